"""Which encoding is a file in? Decided by hand over the whole file, never by guessing from its start.

Byte-order mark, then the pattern of NUL bytes (UTF-16), then the first characters beyond ASCII, wherever they stand,
rank UTF-8, CP932 and EUC-JP; the best is confirmed by decoding every byte (`transcribe`), which is done once, while the
file is copied. A file that begins with two megabytes of ASCII and goes on in CP932 is found out as well; libraries that
sample are not (research/cleaning.md, section 1.1).
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

from crmlib.errors import CrmError

CHUNK = 1 << 20
BOM = "\ufeff"
UTF8 = ("utf-8", "utf-8-sig")
#: Opens the bytes of one file, unpacked.
Opener = Callable[[], AbstractContextManager[BinaryIO]]
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_JAPANESE = ("utf-8", "cp932", "euc_jp")
#: What CP932 makes of single bytes that no one writes: 0x80 and 0xA0, 0xFD to 0xFF.
STRAY = "\x80\uf8f0\uf8f1\uf8f2\uf8f3"
#: First bytes of files that are no text at all, and what they are.
_BINARY = ((b"PK\x03\x04", "zip"), (b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"%PDF", "pdf"),
           (b"\xd0\xcf\x11\xe0", "office"), (b"PAR1", "parquet"), (b"SQLite format 3\0", "sqlite"),
           (b"\x1f\x8b", "gzip"), (b"BM", "bmp"), (b"RIFF", "riff"), (b"7z\xbc\xaf", "7z"), (b"Rar!", "rar"),
           (b"\x7fELF", "program"), (b"MZ", "program"))
#: Control characters that no text holds; a text has at most one in a hundred.
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r\x0b\x0c\x1a\x1b")) + b"\x7f"
_SAMPLE = 1 << 16


def ranked(opened: Opener, file: str) -> tuple[str, ...]:
    """Return the encodings a text file may be in, the likeliest first.

    Raises
    ------
    CrmError
        ``intake.not_text`` for an image, an office file or anything else that is no text.
    """
    with opened() as stream:
        start = stream.read(4096)
        for mark, encoding in _BOMS:
            if start.startswith(mark):
                return (encoding,)
        _refuse_known(start, file)
        wide = _wide(start)
        if wide:
            return (wide,)
        if (len(start) - len(start.translate(None, _CONTROLS))) * 100 > len(start):
            raise CrmError("intake.not_text", file=file, kind="binary")
        sample = _beyond_ascii(start, stream)
    if b"\x1b$" in sample:
        return ("iso2022_jp", "utf-8")
    return _order(sample)


def _refuse_known(start: bytes, file: str) -> None:
    kind = next((kind for mark, kind in _BINARY if start.startswith(mark) and _unlike_text(start, mark)), "")
    if kind:
        raise CrmError("intake.not_text", file=file, kind=kind)


def _unlike_text(start: bytes, mark: bytes) -> bool:
    """Marks that are plain letters may begin a text; what follows in a binary file is no text."""
    return not mark.isascii() or b"\0" in start or mark in (b"%PDF", b"PK\x03\x04", b"PAR1")


def _wide(start: bytes) -> str | None:
    """Return the UTF-16 that the places of NUL bytes speak for: nearly all on one side, and not just a stray one."""
    odd, even = start[1::2].count(0), start[0::2].count(0)
    if (odd + even) * 100 <= len(start) or min(odd, even) * 10 > max(odd, even):
        return None
    return "utf-16-le" if odd >= even else "utf-16-be"


def _beyond_ascii(start: bytes, stream: BinaryIO) -> bytes:
    """Return a part of the file with characters beyond ASCII, or with escapes, from the first of them on."""
    chunk = start
    while chunk:
        if not chunk.isascii() or b"\x1b$" in chunk:
            first = next((n for n, byte in enumerate(chunk) if byte > 0x7F or byte == 0x1B), 0)
            return (chunk[first:] + stream.read(_SAMPLE))[:_SAMPLE]
        chunk = stream.read(CHUNK)
    return b""


def _order(sample: bytes) -> tuple[str, ...]:
    """Rank by faults in the sample; of CP932 and EUC-JP without fault, by what the characters look like."""
    faults = {encoding: _faults(sample, encoding) for encoding in _JAPANESE}
    order = sorted(_JAPANESE, key=lambda encoding: faults[encoding])
    if faults["cp932"] == faults["euc_jp"] == 0 < faults["utf-8"] and _is_euc(sample):
        return ("euc_jp", "cp932", "utf-8")
    return tuple(order)


def _faults(sample: bytes, encoding: str) -> int:
    """Count the replaced characters; one at the end of the sample may be cut only."""
    text = sample.decode(encoding, "replace")
    strays = sum(text.count(c) for c in STRAY) if encoding == "cp932" else 0
    return strays + text[:-2].count("\ufffd")


def _is_euc(sample: bytes) -> bool:
    """Whether what CP932 reads as half-width katakana are ordinary characters of EUC-JP.

    Real half-width katakana stand in runs of their own; EUC-JP read as CP932 mixes them with rare kanji, or shows as
    hiragana and katakana in its own reading.
    """
    wrong = [c for c in sample.decode("cp932", "replace") if c > "\x7f"]
    right = [c for c in sample.decode("euc_jp", "replace") if c > "\x7f"]
    half = sum("\uff61" <= c <= "\uff9f" for c in wrong)
    kana = sum("\u3041" <= c <= "\u30fe" for c in right)
    return half * 2 > len(wrong) and (half < len(wrong) or kana * 10 >= len(right) * 3)


def agrees(wanted: str, found: str, ascii_only: bool) -> bool:
    """Return whether a file in the encoding found may be read in the one wanted."""
    if wanted in ("auto", found):
        return True
    if wanted in UTF8:
        return found in UTF8
    # Plain ASCII is right in any of them; real UTF-8 is never meant as CP932.
    return found.startswith(wanted) or (found == "utf-8" and ascii_only and not wanted.startswith("utf-16"))

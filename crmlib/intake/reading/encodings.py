"""Which encoding is this file in? Decided by hand over the whole file, never by guessing from its start.

Byte-order mark, then the pattern of NUL bytes (UTF-16), then strict decoding as UTF-8, then as CP932. A file that
begins with two megabytes of ASCII and goes on in CP932 is found out as well; libraries that sample are not
(research/cleaning.md, section 1.1).
"""

from __future__ import annotations

import codecs
import gzip
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from crmlib.errors import CrmError

CHUNK = 1 << 20
BOM = "\ufeff"
UTF8 = ("utf-8", "utf-8-sig")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_SAMPLE = 5000
#: First bytes of files that are no text at all.
_BINARY = (b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"\xd0\xcf\x11\xe0", b"PAR1", b"SQLite format")


def opened(path: Path) -> BinaryIO:
    """Open a file for reading bytes, through gzip where its name says so."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def detect(path: Path) -> str:
    """Return the encoding of a text file: utf-8, utf-8-sig, utf-16-le, utf-16-be, cp932 or euc_jp.

    Raises
    ------
    CrmError
        ``intake.not_text`` for an image or office file, ``intake.unknown_encoding`` where none fits.
    """
    with opened(path) as stream:
        start = stream.read(4096)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return _confirmed(path, encoding)
    if start.startswith(_BINARY):
        raise CrmError("intake.not_text", file=path.name)
    wide = _wide(start)
    if wide:
        return _confirmed(path, wide)
    if fits(path, "utf-8"):
        return "utf-8"
    return _japanese(path)


def _wide(start: bytes) -> str | None:
    """Return the UTF-16 that the places of NUL bytes speak for."""
    odd, even = start[1::2].count(0), start[0::2].count(0)
    if odd + even == 0:
        return None
    return "utf-16-le" if odd >= even else "utf-16-be"


def _confirmed(path: Path, encoding: str) -> str:
    if not fits(path, encoding):
        raise CrmError("intake.unknown_encoding", file=path.name, offset=_first_fault(path, encoding))
    return encoding


def _japanese(path: Path) -> str:
    """CP932 unless it makes half-width katakana of what EUC-JP reads as ordinary characters."""
    if fits(path, "cp932"):
        return "euc_jp" if _mostly_half_width(path) and fits(path, "euc_jp") else "cp932"
    if fits(path, "euc_jp"):
        return "euc_jp"
    raise CrmError("intake.unknown_encoding", file=path.name, offset=_first_fault(path, "cp932"))


def _mostly_half_width(path: Path) -> bool:
    for text in decoded(path, "cp932"):
        found = _BEYOND_ASCII.findall(text)
        if found:
            sample = found[:_SAMPLE]
            return sum("\uff61" <= c <= "\uff9f" for c in sample) * 2 > len(sample)
    return False


def fits(path: Path, encoding: str) -> bool:
    """Return whether the whole file decodes strictly."""
    return _first_fault(path, encoding) is None


def _first_fault(path: Path, encoding: str) -> int | None:
    """Return the byte offset of the first sequence that does not decode."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    try:
        with opened(path) as stream:
            while chunk := stream.read(CHUNK):
                decoder.decode(chunk)
                offset += len(chunk)
            decoder.decode(b"", True)
    except UnicodeDecodeError as error:
        return offset + error.start
    except (EOFError, gzip.BadGzipFile):
        raise CrmError("intake.broken_gzip", file=path.name) from None
    return None


def decoded(path: Path, encoding: str) -> Iterator[str]:
    """Yield the text of a file in pieces, without byte-order marks at its start."""
    decoder = codecs.getincrementaldecoder(encoding)()
    first = True
    with opened(path) as stream:
        while chunk := stream.read(CHUNK):
            text = decoder.decode(chunk)
            if first and text:
                text, first = text.lstrip(BOM), False
            yield text
        yield decoder.decode(b"", True)


def settle(path: Path, wanted: str) -> str:
    """Return the encoding to read a file with: the detected one, which the wanted one must agree with.

    Raises
    ------
    CrmError
        ``intake.wrong_encoding`` naming what was asked for and what was found.
    """
    found = detect(path)
    if wanted == "auto" or _agree(path, wanted, found):
        return found
    raise CrmError("intake.wrong_encoding", file=path.name, wanted=wanted, found=found)


def _agree(path: Path, wanted: str, found: str) -> bool:
    if wanted in UTF8:
        return found in UTF8
    if found == "utf-8":
        # Plain ASCII is right in any of them; real UTF-8 is never meant as CP932.
        return not wanted.startswith("utf-16") and fits(path, "ascii")
    return found.startswith(wanted)


@contextmanager
def as_utf8(path: Path, encoding: str, folder: Path) -> Iterator[Path]:
    """Give a UTF-8 file of the same text: the file itself, or a private copy that is removed on every way out."""
    if encoding in UTF8 and path.suffix.lower() != ".gz":
        yield path
        return
    number, name = tempfile.mkstemp(suffix=".csv", dir=folder)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as copy:
            for text in decoded(path, encoding):
                copy.write(text)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)

"""Every byte of a text decoded once, on the way into a UTF-8 copy: what cannot be decoded is counted, located and kept.

A file is read in an encoding that fits it but for a few bytes; each such place becomes U+FFFD and its record is read
like any other. Characters of the private use area (外字) are counted: another machine may show them as anything.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from crmlib.intake.reading.encodings import BOM, STRAY

#: A file with more faults than one character in so many is not in this encoding.
ONE_IN = 100
#: So many faults may be looked at before the share counts: damage may stand close together.
_PATIENCE = 20_000
#: Places of faults that are kept.
KEPT = 1_000
_BLOCK = 8192
#: Bytes taken at a time: a piece and what is made of it stay in the processor's own memory, which halves the cost.
_PIECE = 1 << 16
_LONE = re.compile(b"\r(?!\n)")
#: Bytes of UTF-8 without which a text holds none of the forms of a character, compatible ones included.
_SHOWN = {"_": (b"_",), "+": (b"+", b"\xe2", b"\xef")}
_STRAY = re.compile(f"[{STRAY}]")
_ENDS = re.compile("\r\n|\n|\r")


class TooManyFaultsError(Exception):
    """The text is not in this encoding; carries what was found until then."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.tally = tally


@dataclass
class Tally:
    """What a text was found to hold, kept while it is read.

    Attributes
    ----------
    undecodable : list of (int, int, str)
        Byte offset, line and bytes in hex of what could not be decoded, the first 1,000.
    crlf, lf, cr : int
        Line ends of each kind.
    lacks : set of str
        Those of ``_`` and ``+`` of which the text holds no form.
    """

    encoding: str
    characters: int = 0
    faults: int = 0
    undecodable: list[tuple[int, int, str]] = field(default_factory=list)
    gaiji: int = 0
    crlf: int = 0
    lf: int = 0
    cr: int = 0
    ascii_only: bool = True
    after_cr: bool = False
    lacks: set[str] = field(default_factory=lambda: {*_SHOWN})
    _ended: bool = True

    @property
    def mixed(self) -> bool:
        """Whether there are line ends of several kinds, some perhaps inside quotes."""
        return sum(n > 0 for n in (self.crlf, self.lf, self.cr)) > 1

    @property
    def lines(self) -> int:
        """Lines that have ended."""
        return self.crlf + self.lf + self.cr

    @property
    def all_lines(self) -> int:
        """Lines, the last one also where nothing ends it."""
        return self.lines + (not self._ended)

    def fault(self, offset: int, line: int, found: bytes) -> None:
        """Count one place that does not decode."""
        self.faults += 1
        if len(self.undecodable) < KEPT:
            self.undecodable.append((offset, line, found.hex()))

    def add(self, data: bytes) -> None:
        """Count line ends and characters of the private use area in a piece of text as UTF-8.

        Whether a byte is there costs next to nothing; it is counted only where it is.
        """
        feeds = data.count(b"\n")
        returns = data.count(b"\r") if b"\r" in data else 0
        lone = len(_LONE.findall(data)) if returns else 0
        split = self.after_cr and data.startswith(b"\n")
        self.crlf += returns - lone + split
        self.lf += feeds - (returns - lone) - split
        self.cr += lone - split
        if self.lacks:
            self.lacks = {mark for mark in self.lacks if not any(byte in data for byte in _SHOWN[mark])}
        if data:
            self.after_cr = data.endswith(b"\r")
            self._ended = data.endswith((b"\r", b"\n"))
        if not data.isascii():
            self.ascii_only = False
            self.gaiji += _private(data)

    def judge(self, final: bool) -> None:
        """Stop where there are too many faults for the encoding to be the right one.

        Raises
        ------
        TooManyFaultsError
            More than one character in a hundred does not decode.
        """
        if self.faults * ONE_IN > self.characters and (final or self.faults > _PATIENCE):
            raise TooManyFaultsError(self)


def _private(data: bytes) -> int:
    """Count the characters U+E000 to U+F8FF: those that begin with 0xEE, and with 0xEF the first of that row."""
    found = data.count(b"\xee") if b"\xee" in data else 0
    if b"\xef" in data:
        import numpy as np

        cells = np.frombuffer(data, np.uint8)
        found += int((cells[np.flatnonzero(cells == 0xEF) + 1] < 0xA4).sum())
    return found


def pieces(stream: BinaryIO, tally: Tally) -> Iterator[bytes]:
    """Yield the text of a stream as UTF-8, without byte-order marks at its start, and count what it holds.

    Raises
    ------
    TooManyFaultsError
        The text is not in this encoding.
    """
    first = True
    for text in _texts(stream, tally):
        if first and text:
            text = text.lstrip(BOM)
            first = not text
        data = text.encode("utf-8")
        tally.characters += len(text)
        tally.add(data)
        tally.judge(False)
        yield data
    tally.judge(True)


def whole(stream: BinaryIO, tally: Tally) -> bool:
    """Return whether all of a text is UTF-8, and count what it holds; what is counted is of no use where it is not."""
    import pyarrow as pa

    waiting = b""
    while chunk := stream.read(_PIECE):
        data = waiting + chunk
        cut = _complete(data)
        data, waiting = data[:cut], data[cut:]
        if not data.isascii():
            ends = pa.py_buffer(struct.pack("<ii", 0, len(data)))
            text = pa.StringArray.from_buffers(1, ends, pa.py_buffer(data))
            try:
                text.validate(full=True)
            except pa.ArrowInvalid:
                return False
        tally.add(data)
    return not waiting


def _complete(data: bytes) -> int:
    """Return where the last character of UTF-8 that may be cut off begins."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return len(data)
        if byte >= 0xC0:
            return len(data) - back if back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) else len(data)
    return len(data)


def _texts(stream: BinaryIO, tally: Tally) -> Iterator[str]:
    encoding = "utf-8" if tally.encoding == "utf-8-sig" else tally.encoding
    decoder = codecs.getincrementaldecoder(encoding)()
    narrow = not encoding.startswith(("utf-16", "iso2022"))
    offset, ended = 0, False
    while not ended:
        chunk = stream.read(_PIECE)
        ended = not chunk
        pending = decoder.getstate()[0]
        if narrow and not pending and chunk.isascii():
            text = chunk.decode("ascii")
        else:
            text = _decoded(decoder, encoding, pending, chunk, offset, tally)
        offset += len(chunk)
        yield text


def _decoded(decoder: codecs.IncrementalDecoder, encoding: str, pending: bytes, chunk: bytes, offset: int,
             tally: Tally) -> str:
    try:
        text = decoder.decode(chunk, not chunk)
    except UnicodeDecodeError:
        text, rest = _repaired(pending + chunk, encoding, offset - len(pending), not chunk, tally)
        decoder.reset()
        return text + decoder.decode(rest, not chunk)
    return _without_strays(text, offset - len(pending), tally) if encoding == "cp932" else text


def _repaired(data: bytes, encoding: str, offset: int, final: bool, tally: Tally) -> tuple[str, bytes]:
    """Decode around the faults; return the text and the bytes at the end that wait for more."""
    made: list[str] = []
    place, lines, after_cr = 0, tally.lines, tally.after_cr
    while place < len(data):
        block = data[place:place + _BLOCK]
        at_end = place + len(block) == len(data)
        text, taken, fault = _stretch(block, encoding, final and at_end)
        place += taken
        lines += len(_ENDS.findall(text)) - (after_cr and text.startswith("\n"))
        after_cr = text.endswith("\r") if text else after_cr
        made.append(text)
        if fault:
            tally.fault(offset + place - len(fault), lines + 1, fault)
            made.append("\ufffd")
            after_cr = False
        elif at_end:
            break
    found = "".join(made)
    return _without_strays(found, offset, tally) if encoding == "cp932" else found, data[place:]


def _stretch(block: bytes, encoding: str, final: bool) -> tuple[str, int, bytes]:
    """Decode up to the first fault; return the text, how many bytes were taken, and the fault's bytes among them."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(block, final)
    except UnicodeDecodeError as error:
        end = max(error.end, error.start + 1)
        return block[:error.start].decode(encoding), end, block[error.start:end]
    return text, len(block) - len(decoder.getstate()[0]), b""


def _without_strays(text: str, offset: int, tally: Tally) -> str:
    """Bytes that Python's CP932 gives a meaning of its own are faults like others."""
    if not any(stray in text for stray in STRAY):
        return text
    for found in _STRAY.finditer(text):
        before = text[:found.start()]
        # A fault already replaced took one byte.
        place = offset + len(before.replace("\ufffd", "?").encode("cp932"))
        tally.fault(place, tally.lines + len(_ENDS.findall(before)) + 1, found[0].encode("cp932"))
    return _STRAY.sub("\ufffd", text)

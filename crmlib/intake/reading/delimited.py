"""Delimited text of any encoding and layout, as UTF-8 that begins with one row of headings and has even line ends."""

from __future__ import annotations

import codecs
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from crmlib.errors import CrmError
from crmlib.intake.reading import dialect, encodings, transcribe
from crmlib.intake.reading.encodings import BOM, CHUNK, Opener
from crmlib.intake.reading.table import Options, Table

_ENDS = re.compile(b"\r\n|\n|\r")


@dataclass(frozen=True)
class _Attempt:
    """A file as it reads in one encoding."""

    path: Path
    layout: dialect.Layout
    tally: transcribe.Tally


@contextmanager
def opened(path: Path, file: str, opener: Opener, folder: Path, options: Options) -> Iterator[Table]:
    """Give a delimited file as a table; what has to be copied is private and removed on every way out.

    Parameters
    ----------
    path : pathlib.Path
        The file itself, read in place where it is plain UTF-8 with its headings in the first row.
    file : str
        Its name in messages.
    opener : callable
        Opens its bytes, unpacked.

    Raises
    ------
    CrmError
        ``intake.unknown_encoding``, ``intake.wrong_encoding``, and those of `encodings.ranked` and `dialect.layout`.
    """
    copies = Path(tempfile.mkdtemp(prefix="text-", dir=folder))
    try:
        found = _settled(path, file, opener, copies, options)
        readable = _even(found, copies)
        layout, tally = found.layout, found.tally
        yield Table("csv", readable, layout.delimiter, layout.headings,
                    tuple(f"c{n}" for n in range(len(layout.headings))), ("text",) * len(layout.headings),
                    tally.encoding, layout.row + 1, tuple(sorted(tally.undecodable)), tally.faults, tally.gaiji,
                    tally.all_lines - layout.lines, layout.lines if found.path == path else 1, frozenset(tally.lacks))
    finally:
        for copy in copies.iterdir():
            copy.unlink()
        copies.rmdir()


def _settled(path: Path, file: str, opener: Opener, copies: Path, options: Options) -> _Attempt:
    """Return the file in the encoding that leaves the fewest faults; the likeliest is tried first."""
    best: _Attempt | None = None
    failed: transcribe.Tally | None = None
    for encoding in encodings.ranked(opener, file):
        try:
            tried = _attempt(path, file, opener, copies, encoding, options)
        except transcribe.TooManyFaultsError as error:
            failed = failed or error.tally
            continue
        if best is None or tried.tally.faults < best.tally.faults:
            best = tried
        if best.tally.faults == 0:
            break
    if best is None:
        raise _unknown(file, failed)
    tally = best.tally
    if not encodings.agrees(options.encoding, tally.encoding, tally.ascii_only):
        raise CrmError("intake.wrong_encoding", file=file, wanted=options.encoding, found=tally.encoding)
    return best


def _unknown(file: str, tally: transcribe.Tally | None) -> CrmError:
    offset, line, found = min(tally.undecodable) if tally else (0, 1, "")
    return CrmError("intake.unknown_encoding", file=file, offset=offset, line=line, bytes=found,
                    encoding=tally.encoding if tally else "")


def _attempt(path: Path, file: str, opener: Opener, copies: Path, encoding: str, options: Options) -> _Attempt:
    head, marks, whole = _head(opener, encoding)
    layout = dialect.layout(head, whole, options.delimiter, options.header_row, file)
    tally = transcribe.Tally(encoding)
    if encoding in encodings.UTF8 and marks <= 1 and layout.row == 1 and _in_place(path):
        with opener() as stream:
            if transcribe.whole(stream, tally):
                return _Attempt(path, layout, tally)
        tally = transcribe.Tally(encoding)
    number, name = tempfile.mkstemp(suffix=".csv", dir=copies)
    with os.fdopen(number, "wb") as copy, opener() as stream:
        _copied(stream, copy, layout, tally)
    return _Attempt(Path(name), layout, tally)


def _in_place(path: Path) -> bool:
    return path.suffix.lower() not in (".gz", ".zip")


def _head(opener: Opener, encoding: str) -> tuple[str, int, bool]:
    """Return the beginning of the text, how many byte-order marks stood before it, and whether it is all."""
    with opener() as stream:
        data = stream.read(CHUNK)
        whole = not stream.read(1)
    decoder = codecs.getincrementaldecoder("utf-8" if encoding == "utf-8-sig" else encoding)("replace")
    text = decoder.decode(data, whole)
    head = text.lstrip(BOM)
    return head, len(text) - len(head), whole


def _copied(stream: BinaryIO, copy: IO[bytes], layout: dialect.Layout, tally: transcribe.Tally) -> None:
    """Write one row of headings and all records; what stands above them is left out."""
    names = layout.delimiter.join(f"c{n}" for n in range(len(layout.headings)))
    copy.write((names + layout.newline).encode())
    left = layout.start
    for data in transcribe.pieces(stream, tally):
        if left:
            text = data.decode("utf-8")
            data = text[left:].encode("utf-8")
            left = max(0, left - len(text))
        copy.write(data)


def _even(found: _Attempt, copies: Path) -> Path:
    """Return the text with one kind of line end outside quotes: of several, the engine would stop at the second."""
    if not found.tally.mixed or not _uneven(found.path):
        return found.path
    number, name = tempfile.mkstemp(suffix=".csv", dir=copies)
    inside = False
    with os.fdopen(number, "wb") as copy, found.path.open("rb") as stream:
        for data in _lines_whole(stream):
            parts = data.split(b'"')
            for n, part in enumerate(parts):
                if n:
                    copy.write(b'"')
                    inside = not inside
                copy.write(part if inside else _ENDS.sub(b"\n", part))
    return Path(name)


def _uneven(path: Path) -> bool:
    """Whether records end in several ways: line breaks inside quotes are parts of a cell."""
    import numpy as np

    kinds: set[str] = set()
    inside = 0
    with path.open("rb") as stream:
        for data in _lines_whole(stream):
            cells = np.frombuffer(data + b"\0", np.uint8)
            quotes = np.flatnonzero(cells == 34)
            feeds, returns = (found[(np.searchsorted(quotes, found) + inside) % 2 == 0]
                              for found in (np.flatnonzero(cells == 10), np.flatnonzero(cells == 13)))
            paired = int((cells[returns + 1] == 10).sum())
            kinds |= {kind for kind, n in (("crlf", paired), ("lf", len(feeds) - paired), ("cr", len(returns) - paired))
                      if n}
            if len(kinds) > 1:
                return True
            inside = (inside + len(quotes)) % 2
    return False


def _lines_whole(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield pieces that do not part a carriage return from its line feed."""
    while data := stream.read(CHUNK):
        while data.endswith(b"\r") and (more := stream.read(1)):
            data += more
        yield data

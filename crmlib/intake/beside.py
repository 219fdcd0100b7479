"""Files and sheets beside those a source names that look like them, but that no source names: next month's, perhaps."""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.errors import CrmError
from crmlib.intake import files
from crmlib.intake.reading import excel
from crmlib.privacy import write_private

if TYPE_CHECKING:
    from crmlib.settings.sources import Source

NAME = "beside.json"
#: Files named one by one; of more only that there are.
_NAMED = 3
#: A name whose last digits are a day, a month or a number: what stands before them, and behind.
_DATED = re.compile(r"(.*?)([0-9](?:[0-9\-_.~年月日]*[0-9年月日])?)([^0-9]*)")
#: Of a text file so much is looked at for its first line.
_FIRST = 1 << 16
#: Sheets of a bigger workbook are compared by their names alone.
_OPENED = 8 << 20
_NUMBER = re.compile(r"[0-9０-９]+")
#: Files without a line of headings that could be compared.
_PACKED = (".zip", ".gz", ".parquet", ".pq", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".db", ".sqlite", ".sqlite3")


@dataclass(frozen=True)
class Unread:
    """A file, or a sheet of a workbook, that is not read.

    Attributes
    ----------
    file : str
        As a source would name it; a sheet stands behind its workbook and a ``#``.
    like : str
        A file that is read and that it looks like.
    table : str
        The table whose rows that file holds.
    """

    file: str
    like: str
    table: str


def unread(sources: Sequence[Source], root: Path) -> tuple[Unread, ...]:
    """Return the files in the sources' folders that look like one that is read and that no source names, by name.

    A file looks like another when their names are one but for a day, a month or a number, or when both begin with the
    same line; so does a sheet of a workbook of which another is read. Sources of installed packages, of published data
    and of servers are passed over.
    """
    named: dict[Path, tuple[str, str]] = {}
    books: dict[Path, dict[str, str]] = {}
    for source in sources:
        if source.package or source.realdata or source.database:
            continue
        for label, path in _found(source, root):
            named.setdefault(path.resolve(), (label, source.grain))
            if path.suffix.lower() in excel.SUFFIXES:
                books.setdefault(path.resolve(), {}).update(dict.fromkeys(source.sheet or ("",), source.grain))
    sheets = [one for path in sorted(books) for one in _sheets(path, named[path][0], books[path])]
    found = {path: like for folder in sorted({path.parent for path in named}) for path, like in _of(folder, named)}
    return tuple(Unread((Path(named[like][0]).parent / path.name).as_posix(), *named[like])
                 for path, like in sorted(found.items())) + tuple(sheets)


def _sheets(path: Path, label: str, read: Mapping[str, str]) -> Iterator[Unread]:
    """Yield the sheets of a workbook that look like one that is read (name → table; the first: no name)."""
    try:
        names = excel.sheet_names(path, label) if "*" not in read else []
    except CrmError:
        return  # reading it says what is wrong
    tables = {name or names[0]: table for name, table in read.items() if name or names}
    for name in names:
        like = next((one for one in sorted(tables) if name not in tables and _same(path, one, name)), "")
        if like:
            yield Unread(f"{label}#{name}", f"{label}#{like}", tables[like])


def _same(path: Path, read: str, sheet: str) -> bool:
    if _NUMBER.sub("*", read) == _NUMBER.sub("*", sheet):
        return True
    headings = _headings(path, read) if path.stat().st_size <= _OPENED else ()
    return bool(headings) and headings == _headings(path, sheet)


@cache
def _headings(path: Path, sheet: str) -> tuple[str, ...]:
    """Return the first row of a sheet that has cells; empty where it says too little."""
    try:
        row = next((row for row in excel.sheet_rows(path, path.name, sheet) if any(row)), ())
    except CrmError:
        return ()
    return tuple(row) if sum(map(bool, row)) > 1 else ()


def _found(source: Source, root: Path) -> tuple[tuple[str, Path], ...]:
    try:
        return files.find(source, root, "")
    except CrmError:
        return ()  # reading it says what is wrong


def _of(folder: Path, named: Iterable[Path]) -> Iterable[tuple[Path, Path]]:
    read = sorted(path for path in named if path.parent == folder)
    for path in sorted(folder.iterdir()):
        if path.resolve() in named or path.name.startswith((".", "~$")) or not path.is_file():
            continue
        like = next((one for one in read if one.suffix.lower() == path.suffix.lower() and _alike(one, path)), None)
        if like is not None:
            yield path, like


def _alike(read: Path, path: Path) -> bool:
    shape = pattern(read.name)
    return bool(shape and shape == pattern(path.name)) or bool(_first(read) and _first(read) == _first(path))


def pattern(name: str) -> str:
    """Return a name with its day, month or number as ``*``; empty where it has none, or nothing before it."""
    match = _DATED.fullmatch(name)
    if not match or not match[1] or glob.escape(name) != name:
        return ""
    return f"{match[1]}*{match[3]}"


def pattern_of(paths: Sequence[Path]) -> str:
    """Return the pattern that means some files and no other that is there; empty where there is none.

    The files lie in one folder and have one name but for a day, a month or a number; the folder is that from which a
    source names files.
    """
    shapes = {(path.parent, pattern(path.name)) for path in paths}
    folder, shape = shapes.pop()
    if shapes or not shape or {p.resolve() for p in folder.glob(shape)} != {p.resolve() for p in paths}:
        return ""
    return (folder / shape).as_posix()


@cache
def _first(path: Path) -> bytes:
    """The first line of a text file, empty where it is none or says too little."""
    if path.suffix.lower() in _PACKED:
        return b""
    try:
        with path.open("rb") as stream:
            line = stream.read(_FIRST).splitlines()[:1]
    except OSError:
        return b""
    return line[0].removeprefix(b"\xef\xbb\xbf") if line and len(line[0]) > len("id,name") else b""


def leave(found: Sequence[Unread], work: Path) -> None:
    """Put what is not read where the notebooks of a run find it; without any, nothing."""
    if found:
        write_private(work / NAME, json.dumps([asdict(one) for one in found], ensure_ascii=False).encode())
    else:
        (work / NAME).unlink(missing_ok=True)


def listed(found: Sequence[Unread]) -> str:
    """Return the first names, as a sentence lists them."""
    names = [Path(one.file).name for one in found]
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")


def left(work: Path) -> tuple[Unread, ...]:
    """Return what a run has left."""
    path = work / NAME
    return tuple(Unread(**one) for one in json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else ()

"""Which files does each source mean, and which of them have been read before?"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from crmlib.errors import CrmError
from crmlib.intake.reading import archives, databases, excel
from crmlib.privacy import write_private

if TYPE_CHECKING:
    from crmlib.settings.sources import Source

REALDATA = "CRMLIB_REALDATA"
RAW = "data/raw"
#: Where in the shop's work folder tables of databases are kept.
DATABASES = "databases"
_CHUNK = 1 << 22
#: Files hashed at the same time.
_AT_ONCE = 2


@dataclass(frozen=True)
class Input:
    """One table of one source: a file, a file in a zip file, a sheet of a workbook, a table of a database.

    Attributes
    ----------
    label : str
        Path as published: relative to the project, the package or the folder of real data; ``orders.zip/2026-10.csv``,
        ``book.xlsx#受注``.
    path : pathlib.Path
        Where it lies on this machine; never published.
    sha256 : str
        Of the content: of a file in a zip file its own, of a database table its rows as they were read.
    member, sheet : str
        File inside a zip file, sheet of a workbook (the first where empty).
    """

    label: str
    path: Path
    sha256: str
    bytes: int
    member: str = ""
    sheet: str = ""

    @property
    def name(self) -> str:
        """Name in messages."""
        inner = f"/{self.member}" if self.member else ""
        return f"{self.path.name}{inner}" + (f"#{self.sheet}" if self.sheet and "#" in self.label else "")

    @property
    def place(self) -> str:
        """Where the table lies, different for each."""
        return f"{self.path}/{self.member}#{self.sheet}"

    @property
    def kind(self) -> str:
        """Ending of the file's name, which says how it is read."""
        return PurePosixPath(self.member or self.path.name).suffix.lower()


def find(source: Source, root: Path, where: str) -> tuple[tuple[str, Path], ...]:
    """Return label and path of every file of a source, each once, sorted by label.

    Raises
    ------
    CrmError
        ``intake.missing_file`` with the nearest names, ``intake.no_files`` for a pattern that fits none,
        ``intake.missing_package``.
    """
    found: dict[str, Path] = {}
    for base in _bases(source, root, where):
        for pattern in source.files:
            for path in _matches(base, pattern):
                found.setdefault(_label(path, base), path)
        if found:
            break
    absent = [p for p in source.files if not any(_fits(base, p) for base in _bases(source, root, where))]
    if absent:
        raise _missing(source, absent[0], _bases(source, root, where)[-1], where)
    return tuple(sorted(found.items()))


def _bases(source: Source, root: Path, where: str) -> list[Path]:
    if source.package:
        return [_package_folder(source.package, where)]
    if source.realdata:
        given = os.environ.get(REALDATA)
        return [*([Path(given)] if given else []), root / RAW]
    return [root]


def _package_folder(name: str, where: str) -> Path:
    from importlib.util import find_spec

    spec = find_spec(name)
    if spec is None or not spec.origin:
        raise CrmError("intake.missing_package", package=name, where=where)
    return Path(spec.origin).parent


def _matches(base: Path, pattern: str) -> list[Path]:
    full = str(base / Path(pattern).expanduser())
    return [Path(p) for p in sorted(glob.glob(full, recursive=True)) if Path(p).is_file()]


def _fits(base: Path, pattern: str) -> bool:
    return bool(_matches(base, pattern))


def _label(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name


def _missing(source: Source, pattern: str, base: Path, where: str) -> CrmError:
    if glob.has_magic(pattern):
        return CrmError("intake.no_files", pattern=pattern, where=where)
    from difflib import get_close_matches

    if (base / pattern).is_dir():
        return CrmError("intake.is_folder", file=pattern, where=where)
    folder = (base / pattern).parent
    names = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    near = get_close_matches(Path(pattern).name, names, 3, 0.5)
    code = "intake.missing_realdata" if source.realdata else "intake.missing_file"
    return CrmError(code, file=pattern, allowed=near, where=where)


def tables_of(path: Path, wanted: Sequence[str] = ("*",), label: str = "") -> list[Input]:
    """Return the tables in a file, not hashed: files of a zip file, sheets of a workbook, else the file itself.

    Parameters
    ----------
    wanted : sequence of str
        Sheets; ``*`` for every one that holds anything, the first where none is named.

    Raises
    ------
    CrmError
        As for `archives.members` and `excel.sheet_names`.
    """
    label = label or path.name
    found: list[Input] = []
    for member in archives.members(path) if path.suffix.lower() == ".zip" else ("",):
        inside = Input(f"{label}/{member}" if member else label, path, "", path.stat().st_size, member)
        found += _sheets(inside, wanted)
    return found


def _sheets(file: Input, wanted: Sequence[str]) -> list[Input]:
    if PurePosixPath(file.member or file.path.name).suffix.lower() not in excel.SUFFIXES or not wanted:
        return [file]
    if wanted == ("*",):
        with tempfile.TemporaryDirectory(prefix="crmlib-") as folder, archives.local(
                file.path, file.member, file.name, Path(folder)) as path:
            wanted = excel.sheet_names(path, file.name)
    elif len(wanted) == 1:
        return [replace(file, sheet=wanted[0])]
    return [replace(file, label=f"{file.label}#{sheet}", sheet=sheet) for sheet in wanted] or [file]


def inputs(source: Source, root: Path, where: str, hashes: Hashes, home: Path) -> list[Input]:
    """Return every table of a source with the hash of its content; tables of databases are read at once.

    Raises
    ------
    CrmError
        As for `find`, `tables_of` and `databases`.
    """
    asked = databases.Wanted(source.table or "", source.query or "")
    if source.database:
        variable = source.database.url_env
        stored, digest = databases.from_postgres(variable, asked, home / DATABASES)
        return [Input(f"{variable}#{asked.name}", stored, digest, stored.stat().st_size)]
    found: list[Input] = []
    for label, path in find(source, root, where):
        if asked.table or asked.query or databases.is_sqlite(path):
            stored, digest = databases.from_sqlite(path, asked, home / DATABASES)
            found.append(Input(f"{label}#{asked.name}", stored, digest, stored.stat().st_size))
        else:
            found += tables_of(path, source.sheet, label)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda file: file if file.sha256 else hashes.hashed(file), found))


class Hashes:
    """SHA-256 of files, remembered by size, time of change and inode, so that old files are not read again."""

    def __init__(self, memo: Path) -> None:
        self.memo = memo
        self.known: dict[str, Any] = _read_memo(memo)

    def input(self, label: str, path: Path) -> Input:
        """Return a file with its hash."""
        return self.hashed(Input(label, path, "", path.stat().st_size))

    def hashed(self, file: Input) -> Input:
        """Return a file, or a file in a zip file, with the hash of its content."""
        stat = file.path.stat()
        mark = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        key = f"{file.path}/{file.member}" if file.member else str(file.path)
        entry = self.known.get(key)
        if not entry or entry[:3] != mark:
            with archives.opener(file.path, file.member, file.name)() if file.member else file.path.open("rb") as s:
                entry = [*mark, *digested(s)]
            self.known[key] = entry
        return replace(file, sha256=entry[3], bytes=entry[4] if len(entry) > 4 else stat.st_size)

    def save(self) -> None:
        """Write the memo."""
        text = json.dumps(dict(sorted(self.known.items())), ensure_ascii=False)
        write_private(self.memo, text.encode())


def _read_memo(memo: Path) -> dict[str, Any]:
    try:
        known = json.loads(memo.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return digested(stream)[0]


def digested(stream: BinaryIO) -> tuple[str, int]:
    """Return the SHA-256 in hex and the length of what is left of a stream."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size

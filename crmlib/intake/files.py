"""Which files does each source mean, and which of them have been read before?"""

from __future__ import annotations

import glob
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError
from crmlib.privacy import write_private

if TYPE_CHECKING:
    from crmlib.settings.sources import Source

REALDATA = "CRMLIB_REALDATA"
RAW = "data/raw"
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Input:
    """One file of one source.

    Attributes
    ----------
    label : str
        Path as published: relative to the project, the package or the folder of real data.
    path : pathlib.Path
        Where it lies on this machine; never published.
    """

    label: str
    path: Path
    sha256: str
    bytes: int


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

    folder = (base / pattern).parent
    names = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    near = get_close_matches(Path(pattern).name, names, 3, 0.5)
    code = "intake.missing_realdata" if source.realdata else "intake.missing_file"
    return CrmError(code, file=pattern, allowed=near, where=where)


class Hashes:
    """SHA-256 of files, remembered by size, time of change and inode, so that old files are not read again."""

    def __init__(self, memo: Path) -> None:
        self.memo = memo
        self.known: dict[str, Any] = _read_memo(memo)

    def input(self, label: str, path: Path) -> Input:
        """Return a file with its hash."""
        stat = path.stat()
        mark = [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        entry = self.known.get(str(path))
        if not entry or entry[:3] != mark:
            entry = [*mark, sha256(path)]
            self.known[str(path)] = entry
        return Input(label, path, entry[3], stat.st_size)

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
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

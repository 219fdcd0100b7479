"""The typed stage: each file once, kept under the hash of its content and of everything that decides how it is read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.errors import CrmError
from crmlib.intake import ledger
from crmlib.intake.reading import raw
from crmlib.intake.reading.table import Options
from crmlib.intake.typed import build
from crmlib.privacy import private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmlib.engine.reading import ReadingEngine

#: Raised whenever the same file would be read differently; old stages are then removed.
VERSION = 13
#: Name of a folder that is being made, with the process that makes it.
PART = ".part-"
#: The number of a record in its file, from 1.
RECORD, is_hashed = build.RECORD, build.is_hashed
#: Files typed at the same time.
_AT_ONCE = 2
#: Settings that say where the data is, not how it is read.
_PLACES = ("files", "package", "realdata", "sheet", "database", "table", "query")


@dataclass(frozen=True)
class Staged:
    """One file, typed.

    Attributes
    ----------
    tables : dict of str to tuple of str
        Columns of each canonical table it feeds.
    ordered : bool
        Whether all lines of an order lie together and say the same of it, none twice by its number: `mentions.write`.
    oldest, newest : str
        Oldest and newest business date, ISO; empty where no table has dates.
    counts : dict of str to int
        What was met while reading that is no loss of rows, by name; zero need not be named.
    job, options
        What reads the file again, in the encoding and layout that were found.
    """

    source: str
    label: str
    path: str
    sha256: str
    bytes: int
    folder: str
    grain: str
    tables: Mapping[str, tuple[str, ...]]
    ordered: bool
    oldest: str
    newest: str
    raw: raw.Raw
    entries: tuple[ledger.Entry, ...]
    counts: Mapping[str, int]
    job: build.Job = field(repr=False)
    options: Options = field(repr=False)


def ensure(engine: ReadingEngine, jobs: Sequence[build.Job], home: Path) -> dict[str, CrmError]:
    """Type the files that have not been, two at a time, and return what went wrong, by the folder it was meant for.

    One file seldom keeps two cores busy: its text is decoded by one of them.
    """
    missing: dict[Path, build.Job] = {}
    for job in jobs:
        # Several names may stand for one content: it is read once, under the first of them.
        if not ((folder := _folder(engine, job, home)) / build.META).is_file():
            missing.setdefault(folder, job)
    if not missing:
        return {}
    at_once = min(_AT_ONCE, len(missing), int(engine.rows("SELECT current_setting('threads') AS n")[0][0]))
    with ThreadPoolExecutor(at_once) as pool:
        made = pool.map(lambda item: _made(engine, *item), missing.items())
        return {str(folder): error for folder, error in zip(missing, made, strict=True) if error}


def _made(engine: ReadingEngine, folder: Path, job: build.Job) -> CrmError | None:
    try:
        with engine.beside() as own, building(folder) as part:
            build.build(own, job, part)
    except CrmError as error:
        return error
    return None


def _folder(engine: ReadingEngine, job: build.Job, home: Path) -> Path:
    return home / "typed" / f"v{VERSION}-{_digest(engine.version, job)}"


def stage(engine: ReadingEngine, job: build.Job, name: str, home: Path, errors: Mapping[str, CrmError]) -> Staged:
    """Return a file's typed records, as `ensure` made them.

    Raises
    ------
    CrmError
        What went wrong when they were made.
    """
    folder = _folder(engine, job, home)
    if str(folder) in errors:
        raise errors[str(folder)]
    meta = json.loads((folder / build.META).read_text(encoding="utf-8"))
    read = raw.Raw(**{**meta["raw"], "path": job.file.path,
                      **{key: tuple(tuple(r) for r in meta["raw"][key]) for key in ("rejects", "undecodable")}})
    entries = tuple(ledger.Entry.read({**e, "source": name, "file": job.file.label}) for e in meta["entries"])
    tables = {t: tuple(columns) for t, columns in meta["tables"].items()}
    return Staged(name, job.file.label, job.file.place, job.file.sha256, job.file.bytes, str(folder), job.source.grain,
                  tables, meta["ordered"], meta["oldest"], meta["newest"], read, entries, meta["counts"], job,
                  Options(**meta["options"]))


def _digest(version: str, job: build.Job) -> str:
    decides = {key: value for key, value in job.source.plain().items() if key not in _PLACES}
    # The engine's version is part of it: its hash of a row, by which repeats are found, may change with it.
    content = json.dumps([VERSION, version, job.file.sha256, job.file.kind, job.file.sheet, decides, asdict(job.rules),
                          job.time_zone, list(job.source.tables), schema.SPEC, schema.LINE_TYPES,
                          schema.ORDER_STATUSES], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:24]


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Give a private folder beside the wanted one and rename it when all went well; remove it when not."""
    private_folder(folder.parent)
    part = Path(tempfile.mkdtemp(prefix=f"{PART}{os.getpid()}-", dir=folder.parent))
    try:
        yield part
        for path in part.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)

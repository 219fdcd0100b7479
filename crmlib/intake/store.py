"""Where intake keeps its work: typed files, merged tables, and what of it may go."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.intake import merge
from crmlib.intake.consent.requests import digest
from crmlib.intake.files import DATABASES
from crmlib.intake.typed import stage
from crmlib.privacy import key_id, write_private

if TYPE_CHECKING:
    import pandas as pd

#: Merged folders kept: the newest, and those of a run still going on or of another params file of the same shop.
KEEP = 3
LEDGER = "ledger.parquet"
DESCRIPTION = "intake.json"


@dataclass(frozen=True)
class Intake:
    """What was read.

    Attributes
    ----------
    folder : pathlib.Path
        Canonical Parquet: ``<table>/data.parquet``, or ``<table>/ym=2026-10/…`` where a table has a time.
    tables : frozenset of str
        Canonical tables that some file feeds.
    fingerprint : str
        Changes with the content of the files and with every setting that decides how they are read.
    inputs : tuple of dict
        file (label), source, sha256, bytes, rows, encoding, oldest and newest (business dates or None).
    ledger : pandas.DataFrame
        step, fate (in, out, quarantined, merged, excluded, rounding, info), source, table, reason, rows, amount
        (Decimal, major units, exact).
    quarantine : pathlib.Path
        One CSV per source that lost records; private.
    counts : dict of str to int
        What was met while reading and merging that is no loss of rows, by name: ``orders_in_two_files``, …
    """

    folder: Path
    tables: frozenset[str]
    fingerprint: str
    inputs: tuple[dict[str, Any], ...]
    ledger: pd.DataFrame = field(repr=False)
    quarantine: Path
    counts: Mapping[str, int] = field(default_factory=dict)


def fingerprint(files: Sequence[stage.Staged], basis: merge.Basis) -> str:
    """Return the name of the merged tables: what was read, how, and how it is laid together."""
    parts = [stage.VERSION, [(f.source, Path(f.folder).name) for f in files], key_id(basis.key), basis.closing_day,
             basis.decimals, digest(basis.deletions), basis.contact_purpose, basis.matching.digest()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def counted(files: Sequence[stage.Staged], merged: merge.Merged) -> dict[str, int]:
    """Return the counts of all files, a file that two sources name once, and those of the merge."""
    found: dict[str, int] = {}
    for counts in {f.path: f.counts for f in files}.values():
        for name, n in counts.items():
            found[name] = found.get(name, 0) + n
    return dict(sorted({**found, **merged.counts}.items()))


def describe(folder: Path, mark: str, files: Sequence[stage.Staged], merged: merge.Merged,
             repeated: Sequence[str], deletions: str = "") -> None:
    """Leave beside the tables what they were made of; ``deletions`` is the digest of the requests to be deleted."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    inputs = [{"file": f.label, "source": f.source, "sha256": f.sha256, "bytes": f.bytes,
               "rows": f.raw.rows + len(f.raw.rejects), "encoding": _written(f), "oldest": f.oldest or None,
               "newest": f.newest or None}
              for f in sorted(files, key=lambda f: (f.source, f.label))]
    content = {"version": stage.VERSION, "fingerprint": mark, "inputs": inputs,
               "tables": sorted({t for f in files for t in f.tables}),
               "typed": sorted(Path(f.folder).name for f in files), "counts": counted(files, merged),
               "deletions": deletions}
    frame, kinds = merged.books.frame(repeated), {"rows": pa.int64(), "amount": pa.decimal128(38, 6)}
    columns = {c: pa.array(frame[c].tolist(), kinds.get(c, pa.string())) for c in frame.columns}
    pq.write_table(pa.table(columns), folder / LEDGER)
    write_private(folder / DESCRIPTION, json.dumps(content, ensure_ascii=False, indent=1).encode())


def _written(file: stage.Staged) -> str:
    """How a file is written: its encoding, or what it is; a database's table is kept as Parquet."""
    return "database" if file.job.file.path.parent.name == DATABASES else file.raw.encoding


def read(folder: Path) -> Intake:
    """Return the intake that lies in a folder."""
    import pyarrow.parquet as pq

    content = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    frame = pq.read_table(folder / LEDGER).to_pandas()
    return Intake(folder, frozenset(content["tables"]), content["fingerprint"], tuple(content["inputs"]), frame,
                  folder / "restricted" / "quarantine", content["counts"])


def tidy(home: Path, current: str) -> None:
    """Remove what killed runs left, merged tables of older versions or beyond the newest, and their typed files.

    Tables made under another list of requests to be deleted may hold somebody who is on it now: they go at once.
    """
    for part in [*home.glob(f"{stage.PART}*"), *(home / "typed").glob(f"{stage.PART}*")]:
        if not _alive(part.name):
            shutil.rmtree(part, ignore_errors=True)
    found = [(path.stat().st_mtime_ns, path.parent, _content(path)) for path in home.glob(f"*/{DESCRIPTION}")]
    kept: set[str] = set()
    asked = next((content.get("deletions") for _, folder, content in found if folder.name == current), None)
    newest = sorted(found, key=lambda f: (f[1].name == current, f[0]), reverse=True)
    for place, (_, folder, content) in enumerate(newest):
        same = content.get("version") == stage.VERSION and content.get("deletions") == asked
        if place < KEEP and same:
            kept.update(content["typed"])
        else:
            shutil.rmtree(folder, ignore_errors=True)
    for path in (home / "typed").glob("v*"):
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _alive(name: str) -> bool:
    """Whether the process that makes a part is still running."""
    try:
        os.kill(int(name.removeprefix(stage.PART).partition("-")[0]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _content(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))

"""What a merged folder keeps of how it was made, so that the next one can take over what has not changed.

``merge.json``: the files in their order with the months their rows lie in, and of every unit (a group of tables in one
month) its part of the books. ``restricted/merge/``: orders whose rows lie in several months, and the records in
quarantine. A folder is a stranger to the next run when anything but its files decides differently: then it has another
basis.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmlib.intake import ledger
from crmlib.intake.typed import stage
from crmlib.privacy import write_private

FILE = "merge.json"
PRIVATE = Path("restricted") / "merge"
#: Raised whenever the same typed files would be merged differently, or leave other traces.
VERSION = 5


@dataclass(frozen=True)
class Known:
    """One file of a merge: what it is, and how many rows of each table lie in each month ('' where none dates them)."""

    source: str
    label: str
    typed: str
    grain: str
    tables: tuple[str, ...]
    rows: Mapping[str, Mapping[str, int]]

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes it the same file in another run."""
        return self.source, self.label, self.typed


@dataclass(frozen=True)
class Left:
    """Counted rows of one source that stay in a table, their money before and after rounding, how many it touched."""

    source: str
    table: str
    rows: int
    exact: Decimal = ledger.ZERO
    minor: int = 0
    touched: int = 0


@dataclass(frozen=True)
class Unit:
    """The part of the books of one group of tables in one month."""

    taken: tuple[ledger.Entry, ...] = ()
    left: tuple[Left, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """A merge that is done.

    Attributes
    ----------
    units : dict of (str, str) to Unit
        By group and month, '' for tables without time and for what belongs to no month.
    people : str
        Digest of how people were matched.
    deleted : str
        Digest of who was deleted by request.
    """

    folder: Path
    basis: str
    files: tuple[Known, ...]
    units: Mapping[tuple[str, str], Unit]
    people: str = ""
    deleted: str = ""

    @property
    def private(self) -> Path:
        """Where the tables beside the state lie."""
        return self.folder / PRIVATE

    def months(self, group: str) -> set[str]:
        """Return the months in which a group of tables has something."""
        return {month for name, month in self.units if name == group}


def save(state: State) -> None:
    """Write the state into its folder."""
    units = [{"group": group, "month": month, "taken": [e.plain() for e in unit.taken],
              "left": [{**vars(left), "exact": str(left.exact)} for left in unit.left], "counts": dict(unit.counts)}
             for (group, month), unit in sorted(state.units.items())]
    content = {"version": VERSION, "basis": state.basis, "files": [vars(f) for f in state.files], "units": units,
               "people": state.people, "deleted": state.deleted}
    write_private(state.folder / FILE, json.dumps(content, ensure_ascii=False).encode())


def load(folder: Path) -> State | None:
    """Return the state that lies in a folder; None where there is none, or one of another version."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if content.get("version") != VERSION:
        return None
    files = tuple(Known(**{**f, "tables": tuple(f["tables"])}) for f in content["files"])
    units = {(u["group"], u["month"]): _unit(u) for u in content["units"]}
    return State(folder, content["basis"], files, units, content["people"], content["deleted"])


def _unit(stored: Mapping[str, Any]) -> Unit:
    left = tuple(Left(**{**entry, "exact": Decimal(entry["exact"])}) for entry in stored["left"])
    return Unit(tuple(ledger.Entry.read(e) for e in stored["taken"]), left, stored["counts"])


def nearest(home: Path, basis: str, files: Sequence[stage.Staged]) -> State | None:
    """Return the finished merge of the same basis that shares most bytes with the files; None where none shares any.

    Files that only the old merge has must still be there typed, since their rows have to be found.
    """
    wanted = {identity(f): f.bytes for f in files}
    found: list[tuple[int, int, str, State]] = []
    for path in sorted(home.glob(f"*/{FILE}")):
        state = load(path.parent)
        if path.parent.name.startswith(stage.PART) or state is None or state.basis != basis:
            continue
        shared = sum(wanted.get(f.identity, 0) for f in state.files)
        gone = [f for f in state.files if f.identity not in wanted]
        if shared and all((home / "typed" / f.typed / "meta.json").is_file() for f in gone):
            found.append((shared, -len(gone), path.parent.name, state))
    return max(found, key=lambda f: f[:3])[3] if found else None


def identity(file: stage.Staged) -> tuple[str, str, str]:
    """Return what makes a typed file the same in another run."""
    return file.source, file.label, Path(file.folder).name


def known(file: stage.Staged, rows: Mapping[str, Mapping[str, int]]) -> Known:
    """Return what is kept of a file."""
    return Known(*identity(file), file.grain, tuple(file.tables), rows)


def take_over(old: Path, new: Path, names: Iterable[str]) -> None:
    """Give files or folders of an old merge to a new one, without copying where the file system can share them."""
    for name in names:
        source = old / name
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file():
                _share(path, new / path.relative_to(old))


def _share(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)

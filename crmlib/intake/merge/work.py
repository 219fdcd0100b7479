"""What a merge works with: its files, the months their rows lie in, and how far the windows of a run have come."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from crmlib import schema
from crmlib.intake.merge import collect, views
from crmlib.intake.merge.kept import Unit

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.merge import Basis
    from crmlib.intake.typed import stage

#: Rows of a window: enough for its statements to be worth it, few enough for two windows in any memory.
WINDOW = 1_200_000
#: Months up to which a day is compared with each of them, instead of being written out.
MANY = 12
SALES = ("orders", "order_lines")
#: Columns that merging fills where files have none.
_FILLED = {"line_no", "line_type", "return_of", "status"}
Units = dict[tuple[str, str], Unit]


@dataclass(frozen=True)
class Work:
    """All that a merge works with.

    Attributes
    ----------
    rows : tuple of dict
        For each file, the rows of each table by month; of lines dated by their orders, by the months of these.
    folder : pathlib.Path
        Where the tables go.
    """

    engine: ReadingEngine
    files: tuple[stage.Staged, ...]
    rows: tuple[views.Rows, ...]
    basis: Basis
    folder: Path

    @property
    def tables(self) -> frozenset[str]:
        """All tables that some file feeds."""
        return frozenset(t for f in self.files for t in f.tables)

    @property
    def limit(self) -> int:
        """Rows of a window. Who is taken out by request leaves no trace of his months, so that each goes by itself."""
        return 0 if self.basis.deletions else WINDOW

    @property
    def by_order(self) -> tuple[int, ...]:
        """Files with order lines that only their order dates."""
        return tuple(seq for seq, f in enumerate(self.files)
                     if "order_lines" in f.tables and views.day_column(f, "order_lines") is None)

    def counted(self, group: str, tables: tuple[str, ...], months: tuple[str, ...], alone: bool) -> collect.Counted:
        """Return what `collect` has to know."""
        sources, labels = tuple(f.source for f in self.files), tuple(f.label for f in self.files)
        return collect.Counted(group, tables, months, alone, sources, labels, self.basis.closing_day,
                               10 ** self.basis.decimals)

    def months(self, tables: Iterable[str]) -> set[str]:
        """Return all months in which rows of some tables lie by their own days."""
        return {m for one in self.rows for t in tables for m in one.get(t, {}) if m}

    def absent(self, table: str) -> frozenset[str]:
        """Return the columns of a table that no file has and no rule fills."""
        have = {c for f in self.files for c in f.tables.get(table, ())}
        return frozenset(schema.stored_columns(table).keys() & set(schema.table(table).names) - have - _FILLED)

    def parts(self, table: str, months: Collection[str]) -> list[views.Part]:
        """Return the rows of a table whose own days lie in some months."""
        found = []
        for seq, file in enumerate(self.files):
            if table not in file.tables or views.day_column(file, table) is None:
                continue
            rows = self.rows[seq].get(table, {})
            condition = views.within(file, table, rows, tuple(months), self.basis.closing_day)
            if condition is not None:
                found.append(views.Part(seq, file, condition, sum(n for m, n in rows.items() if m in months)))
        return found


@dataclass(frozen=True)
class Course:
    """The windows of a run as one of them sees it: those before it, and what they are through with.

    Attributes
    ----------
    windows : tuple of tuple of str
        The months of each window up to this one.
    made : frozenset of str
        All months that are made.
    through : tuple of threading.Event
        For each window, whether it knows what it takes back; the last is its own.
    running : tuple of Future
        The windows before.
    """

    windows: tuple[tuple[str, ...], ...]
    made: frozenset[str]
    through: tuple[Event, ...]
    running: tuple[Future[Units], ...]

    @property
    def window(self) -> tuple[str, ...]:
        """Its months."""
        return self.windows[-1]

    @property
    def name(self) -> str:
        """What its relations are called by."""
        return _name(self.window)

    def before(self, first: str = "") -> list[str]:
        """Return the names of the windows before that reach a month."""
        return [_name(w) for w in self.windows[:-1] if max(w) >= first]

    def found(self) -> None:
        """Wait until the window before knows what it takes back."""
        for event in self.through[-2:-1]:
            event.wait()

    def written(self) -> None:
        """Wait until all windows before are written."""
        for one in self.running:
            one.result()


def _name(window: tuple[str, ...]) -> str:
    return window[0].replace("-", "_")

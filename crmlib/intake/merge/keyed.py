"""Tables with a key: one row for each, the newest filled value of every column; what was laid together is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal, quoted
from crmlib.intake.merge.views import listed

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: Rows taken after typing: which record of which file, why, and the money on it.
REMOVED = ("table_name VARCHAR, seq INTEGER, row BIGINT, step VARCHAR, fate VARCHAR, reason VARCHAR, "
           "exact DECIMAL(18, 6)")
#: Of an order that its lines only mention, the earliest line decides.
EARLIEST = ("ordered_at", "business_date", "hour")

#: A part of a key that a file may lack.
UNNAMED = "arm"
#: A person with two cards registered when the first was made.
FIRST_KNOWN = "registered_on"


@dataclass(frozen=True)
class Merge:
    """What to lay together.

    Attributes
    ----------
    source, target : str
        Relation read (with the columns of `views.open_views`) and table made (with ``seq``, ``row``, ``counted`` and
        ``seen`` of the newest record).
    reasons : tuple of str
        Reason for a row that gave way to one of the same file, and to one of a later file.
    first : str
        Expression that is higher for rows to be trusted more, whatever their time.
    several : str
        Table made of the keys that occur more than once.
    """

    table: str
    source: str
    target: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    step: str = "repeats"
    reasons: tuple[str, str] = ("same_id", "later_export")
    first: str = "0"
    several: str = "several"


def lay_together(engine: ReadingEngine, merge: Merge) -> None:
    """Make ``merge.target`` with one row per key, and note the records that gave way in ``removed``."""
    rank(engine, merge)
    note_removed(engine, merge)
    gather(engine, merge)


def rank(engine: ReadingEngine, merge: Merge) -> None:
    """Make ``ranked``: the rows of keys that occur more than once, in an order that only their content decides.

    Keys that occur once, nearly all, never enter a sort.
    """
    key = listed(merge.key)
    others = [c for c in merge.columns if c not in merge.key]
    order = ", ".join(f"{quoted(c)} NULLS FIRST" for c in others) or "1"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {merge.several} AS SELECT {key} FROM {merge.source} "
                   f"GROUP BY {key} HAVING COUNT(*) > 1")
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE ranked AS SELECT *, row_number() OVER (PARTITION BY {key} "
        f"ORDER BY {merge.first}, seen NULLS FIRST, seq, counted, mentioned, {order}, row NULLS FIRST) AS place "
        f"FROM (SELECT * FROM {merge.source} AS one SEMI JOIN {merge.several} AS two ON {_same(merge)})")


def note_removed(engine: ReadingEngine, merge: Merge) -> None:
    """Add the counted rows that gave way to ``removed``."""
    key = listed(merge.key)
    same, later = (literal(r) for r in merge.reasons)
    # Two ids of one person may hold the same due date or the same send.
    person = "customer_id <> FIRST_VALUE(customer_id) OVER w" if "customer_key" in merge.key else "FALSE"
    engine.execute(
        f"INSERT INTO removed SELECT {literal(merge.table)}, seq, row, "
        f"CASE WHEN person THEN 'match' ELSE {literal(merge.step)} END, 'merged', "
        f"CASE WHEN person THEN 'same_person' WHEN seq = top THEN {same} ELSE {later} END, exact "
        f"FROM (SELECT seq, row, exact, FIRST_VALUE(seq) OVER w AS top, row_number() OVER w AS rank, "
        f"COALESCE({person}, FALSE) AS person FROM ranked "
        f"WHERE counted WINDOW w AS (PARTITION BY {key} ORDER BY place DESC)) WHERE rank > 1")


def gather(engine: ReadingEngine, merge: Merge) -> None:
    """Make ``merge.target``."""
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {merge.target} AS {_once(merge)} UNION ALL {_newest_of_all(merge)}")


def see(engine: ReadingEngine, merge: Merge) -> None:
    """Make ``merge.target`` as a view: the source as it lies, but for the keys that occur more than once."""
    if not engine.rows(f"SELECT 1 AS one FROM {merge.several} LIMIT 1"):
        engine.execute(f"CREATE OR REPLACE TEMP VIEW {merge.target} AS SELECT {_columns(merge)} FROM {merge.source}")
        return
    engine.execute(f"CREATE OR REPLACE TEMP TABLE newest_{merge.table} AS {_newest_of_all(merge)}")
    engine.execute(f"CREATE OR REPLACE TEMP VIEW {merge.target} AS {_once(merge)} "
                   f"UNION ALL SELECT * FROM newest_{merge.table}")


def _columns(merge: Merge) -> str:
    return f"{listed(merge.columns)}, seq, row, counted, seen"


def _once(merge: Merge) -> str:
    return (f"SELECT {_columns(merge)} "
            f"FROM (SELECT * FROM {merge.source} AS one ANTI JOIN {merge.several} AS two ON {_same(merge)})")


def _same(merge: Merge) -> str:
    """Return the condition that two rows have one key; where no arm is named, that is one arm too."""
    return " AND ".join(f"one.{quoted(c)} {'IS NOT DISTINCT FROM' if c == UNNAMED else '='} two.{quoted(c)}"
                        for c in merge.key)


def _newest_of_all(merge: Merge) -> str:
    newest = ", ".join(f"{_newest(merge, c)} AS {quoted(c)}" for c in merge.columns)
    return (f"SELECT {newest}, COALESCE(arg_max(seq, place) FILTER (WHERE counted), MAX(seq)) AS seq, "
            f"arg_max(row, place) FILTER (WHERE counted) AS row, bool_or(counted) AS counted, MAX(seen) AS seen "
            f"FROM ranked GROUP BY {listed(merge.key)}")


def _newest(merge: Merge, column: str) -> str:
    """The newest value that is filled; the first registration of a person; the start of an order its lines tell of."""
    name = quoted(column)
    if column in merge.key:
        return name
    if column == FIRST_KNOWN and "customer_key" in merge.key:
        return f"MIN({name})"
    if merge.table == "orders" and column in EARLIEST:
        return f"CASE WHEN bool_or(counted) THEN arg_max({name}, place) ELSE arg_min({name}, ordered_at) END"
    return f"arg_max({name}, place)"


def forget(engine: ReadingEngine, names: Sequence[str]) -> None:
    """Give back the memory of tables that are written."""
    for name in names:
        engine.execute(f"DROP TABLE IF EXISTS {quoted(name)}")

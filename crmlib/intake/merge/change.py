"""What has to be made anew? Months in which rows of new or missing files lie, and every month these reach into.

An order is looked at whole: all months in which rows of it lie, in whatever file, come with it. So do months of
customers whose key has changed, because 名寄せ now takes them for another person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal
from crmlib.intake.merge import collect, kept, returns, views
from crmlib.intake.merge.work import MANY, SALES

if TYPE_CHECKING:
    from crmlib.intake.merge.kept import Known, State
    from crmlib.intake.merge.work import Work
    from crmlib.intake.typed import stage

#: With so many rows for one that was there, a month is made anew without looking at what new files tell of it.
FEW = 1.25


@dataclass(frozen=True)
class Change:
    """What differs from the merge taken over: new files by their place, files that are gone, keys of old customers."""

    before: State
    added: tuple[int, ...]
    gone: tuple[Known, ...]
    keys: bool = False

    @property
    def typed(self) -> Path:
        """Where the typed files lie."""
        return self.before.folder.parent / "typed"

    def touches(self, work: Work, tables: Iterable[str]) -> bool:
        """Return whether a new or missing file feeds one of some tables."""
        fed = {t for n in self.added for t in work.files[n].tables} | {t for f in self.gone for t in f.tables}
        return not fed.isdisjoint(tables)

    def months(self, work: Work, tables: Iterable[str]) -> set[str]:
        """Return the months in which rows of new and missing files lie."""
        rows = [*(work.rows[n] for n in self.added), *(f.rows for f in self.gone)]
        return {m for one in rows for t in tables for m in one.get(t, {}) if m}

    def rows_before(self, work: Work) -> tuple[views.Rows, ...]:
        """Return the rows of each file, none of new ones."""
        return tuple({} if seq in self.added else rows for seq, rows in enumerate(work.rows))


def months_of(work: Work, change: Change, table: str) -> set[str]:
    """Return the months of a table with a time that have to be made anew."""
    months = change.months(work, (table,))
    folder = change.before.folder / table
    if change.keys and "customer_id" in views.columns_of(table):
        months |= _column(work, f"SELECT DISTINCT ym FROM {_written(folder)} "
                                "SEMI JOIN changed_keys USING (customer_key)")
    return months


def months_of_sales(work: Work, change: Change) -> set[str]:
    """Return the months in which new and missing files tell of orders; make ``affected`` (order_id) on the way."""
    _affected(work, change)
    months = change.months(work, SALES)
    return months | _column(work, "SELECT DISTINCT ym FROM affected_months WHERE ym <> ''")


def repeated(work: Work, change: Change, months: set[str]) -> set[str]:
    """Return those of some months of which new files may tell nothing new: every order they name lay there before.

    Not where such an order lies in several months, or where one of its records is in quarantine.
    """
    if change.gone or change.keys or work.basis.deletions or work.by_order:
        return set()
    new = _column(work, "SELECT DISTINCT ym FROM order_months ANTI JOIN affected_months USING (order_id, ym) UNION "
                        "SELECT ym FROM spanning SEMI JOIN affected USING (order_id) UNION "
                        "SELECT ym FROM put_aside_before SEMI JOIN affected USING (order_id)")
    return {m for m in months & change.before.months("sales") - new
            if _rows(work.rows, m) <= FEW * _rows(change.rows_before(work), m)}


def _rows(files: Iterable[views.Rows], month: str) -> int:
    """Return how many rows of orders and lines lie in a month."""
    return sum(rows.get(table, {}).get(month, 0) for rows in files for table in SALES)


def looking_back(work: Work, change: Change, months: set[str]) -> set[str]:
    """Later months in which somebody takes something back who bought or took back something in the months made anew."""
    lines = change.before.folder / "order_lines"
    later = sorted(m for m in change.before.months("sales") - months if m and months and m > min(months))
    listed = [literal(str(p)) for m in later if (p := lines / f"ym={m}" / "data.parquet").is_file()]
    if not listed:
        return set()
    ids = [f"SELECT {views.stored(f, 'orders', 'customer_id')} AS customer_id FROM {views.scan(f, 'orders')}"
           f"{views.kept(f, 'orders', _among(f))}" for f, rows in zip(work.files, work.rows, strict=True)
           if "customer_id" in f.tables.get("orders", ()) and set(rows.get("orders", {})) & months]
    keys = [f"SELECT customer_key FROM {_written(change.before.folder / 'orders')} SEMI JOIN affected USING (order_id)"]
    if ids:
        keys.append(f"SELECT customer_key FROM ({' UNION ALL '.join(ids)}) JOIN customer_links USING (customer_id)")
    return _column(work, f"SELECT DISTINCT ym FROM read_parquet([{', '.join(listed)}], hive_partitioning = false) "
                         f"SEMI JOIN ({' UNION ALL '.join(keys)}) USING (customer_key) WHERE {returns.BACK}")


def _among(file: stage.Staged) -> str:
    return f"{views.stored(file, 'orders', 'order_id')} IN (SELECT order_id FROM affected)"


def _affected(work: Work, change: Change) -> None:
    """Make ``affected``, orders that may come out differently, and ``affected_months``, where they were before."""
    ids = [f"SELECT {views.stored(work.files[n], t, 'order_id')} AS order_id FROM {views.scan(work.files[n], t)}"
           f"{views.kept(work.files[n], t)}" for n in change.added for t in SALES if t in work.files[n].tables]
    ids += [f"SELECT {column} AS order_id FROM {source}" for f in change.gone for source, column in _lost(change, f)]
    orders = change.before.folder / "orders"
    if change.keys:
        ids.append(f"SELECT order_id FROM {_written(orders)} SEMI JOIN changed_keys USING (customer_key)")
        ids.append("SELECT order_id FROM put_aside_before WHERE ym <> ''")
    found = " UNION ALL ".join(ids) or "SELECT CAST(NULL AS VARCHAR) AS order_id"
    work.engine.execute(f"CREATE OR REPLACE TABLE memory.main.affected AS SELECT DISTINCT order_id FROM ({found}) "
                        "WHERE order_id IS NOT NULL")
    # The range lets the engine skip months, where ids grow with time.
    low, high = work.engine.rows("SELECT MIN(order_id) AS low, MAX(order_id) AS high FROM affected")[0]
    among = f"WHERE order_id BETWEEN {literal(low)} AND {literal(high)}" if low else ""
    before = [f"SELECT order_id, ym FROM {source}"
              for source in ("put_aside_before", "spanning_before", f"(SELECT * FROM {_written(orders)} {among})")]
    work.engine.execute("CREATE OR REPLACE TEMP TABLE affected_months AS "
                        + " UNION ALL ".join(f"{b} SEMI JOIN affected USING (order_id)" for b in before))


def _lost(change: Change, file: Known) -> list[tuple[str, str]]:
    """Where the order ids of a missing file lie."""
    found = []
    for table in (t for t in SALES if t in file.tables):
        grain = file.grain == table
        path = change.typed / file.typed / ("records.parquet" if grain else f"{table}.parquet")
        found.append((f"read_parquet({literal(str(path))})" + (" WHERE fate IS NULL" if grain else ""),
                      f'"{table}.order_id"' if grain else "order_id"))
    return found


def pairs(work: Work, months: Collection[str], among: str | None = None) -> None:
    """Make ``order_months``: orders and the months in which rows of them lie; of all orders often more than once.

    Of lines in a file of a single month nothing need be asked: their orders lie in the same month. In a file of several
    the lines tell more: their order is told once, with its first day.
    """
    found = []
    for seq, file in enumerate(work.files):
        for table in (t for t in SALES if t in file.tables):
            rows, day = work.rows[seq].get(table, {}), views.day_column(file, table)
            if day is None or not rows or (table == "order_lines" and len(rows) == 1) or not set(rows) & set(months):
                continue
            if table == "orders" and len(work.rows[seq].get("order_lines", {})) > 1 and seq not in work.by_order:
                continue
            among_few = rows if len(rows) <= MANY and "" not in rows else ()
            month = (literal(next(iter(rows))) if len(rows) == 1
                     else views.month_among(day, work.basis.closing_day, among_few))
            found.append(f"SELECT {views.stored(file, table, 'order_id')} AS order_id, {month} AS ym "
                         f"FROM {views.scan(file, table)}{views.kept(file, table)}")
    text = " UNION ALL ".join(found) or "SELECT * FROM spanning_before WHERE FALSE"
    what = f"TEMP TABLE order_months AS SELECT DISTINCT * FROM ({text}) SEMI JOIN {among} USING (order_id)"
    work.engine.execute(f"CREATE OR REPLACE {what if among else f'TEMP VIEW order_months AS {text}'}")


def spanning(work: Work, change: Change | None) -> None:
    """Make ``spanning`` (order_id, ym): orders with rows in several months, and all these months."""
    if change is None and _in_order(work):
        work.engine.execute(f"CREATE OR REPLACE TEMP TABLE spanning ({collect.SPANNING})")
        return
    anew = ("SELECT DISTINCT order_id, ym FROM order_months SEMI JOIN (SELECT order_id FROM order_months "
            "GROUP BY order_id HAVING MIN(ym) <> MAX(ym)) AS s USING (order_id)")
    old = " UNION ALL SELECT order_id, ym FROM spanning_before ANTI JOIN affected USING (order_id)" if change else ""
    work.engine.execute(f"CREATE OR REPLACE TEMP TABLE spanning AS {anew}{old}")


def _in_order(work: Work) -> bool:
    """Return whether the ids of each month's orders lie apart from those of all others: then none is in two."""
    found = work.engine.rows("SELECT ym, MIN(order_id) AS low, MAX(order_id) AS high FROM order_months "
                             "WHERE ym IS NOT NULL AND order_id IS NOT NULL GROUP BY ym ORDER BY low")
    return all(before[2] < after[1] for before, after in pairwise(found))


def placed(work: Work, change: Change | None, months: set[str]) -> Work:
    """Return the work with the months of lines that only their orders date.

    Those of old files were found before; where such lines may have moved, all months made anew are theirs to look at.
    """
    if not work.by_order:
        return work
    known = "SELECT order_id, MIN(ym) AS ym FROM order_months GROUP BY order_id"
    if change:
        known = ("SELECT order_id, MIN(ym) AS ym FROM (SELECT * FROM order_months UNION ALL "
                 "SELECT order_id, ym FROM affected_months WHERE ym <> '') GROUP BY order_id")
    work.engine.execute(f"CREATE OR REPLACE TEMP TABLE first_months AS {known}")
    rows = list(work.rows)
    for seq in work.by_order:
        if change is None or seq in change.added:
            # The order a line had before may have gone with its file.
            lost = {"": 0} if change and change.gone else {}
            rows[seq] = {**rows[seq], "order_lines": {**lost, **_by_first_month(work, seq)}}
        elif change.gone or _may_move(rows[seq], months):
            old = rows[seq].get("order_lines", {})
            rows[seq] = {**rows[seq], "order_lines": {"": 0, **dict.fromkeys(months, 0), **old}}
    work.engine.execute("DROP TABLE first_months")
    return replace(work, rows=tuple(rows))


def _may_move(rows: views.Rows, months: set[str]) -> bool:
    return not {*rows.get("order_lines", {})}.isdisjoint({*months, ""})


def _by_first_month(work: Work, seq: int) -> dict[str, int]:
    file = work.files[seq]
    order = views.stored(file, "order_lines", "order_id")
    found = work.engine.rows(
        f"SELECT COALESCE(f.ym, '') AS ym, COUNT(*) AS rows FROM (SELECT {order} AS order_id "
        f"FROM {views.scan(file, 'order_lines')}{views.kept(file, 'order_lines')}) AS l "
        "LEFT JOIN first_months AS f ON f.order_id = l.order_id GROUP BY 1 ORDER BY 1")
    return {ym: int(rows) for ym, rows in found}


def settled(work: Work, months: Collection[str]) -> Work:
    """Return the work with the months that lines without days of their own were really found in."""
    if not work.by_order:
        return work
    found: dict[int, set[str]] = {}
    for seq, ym in work.engine.rows("SELECT DISTINCT seq, ym FROM reached UNION SELECT seq, '' FROM put_aside "
                                    "WHERE table_name = 'order_lines' AND ym = ''"):
        found.setdefault(seq, set()).add(ym)
    rows = list(work.rows)
    for seq in work.by_order:
        old = rows[seq].get("order_lines", {})
        stay = {m for m in old if m and m not in months} | found.get(seq, set())
        rows[seq] = {**rows[seq], "order_lines": {m: max(old.get(m, 0), 1) for m in sorted(stay)}}
    return replace(work, rows=tuple(rows))


def _column(work: Work, text: str) -> set[str]:
    return {value for value, in work.engine.rows(text)}


def _written(folder: Path) -> str:
    """What an older merge made of a table, as text to select from; nothing where it had none of it."""
    if next(folder.glob("ym=*/*.parquet"), None) is None:
        return "(SELECT * FROM (VALUES (NULL, NULL, NULL)) AS t(order_id, customer_key, ym) LIMIT 0)"
    return f"read_parquet({literal(str(folder / '**' / '*.parquet'))}, hive_partitioning = false)"


def taken_over(work: Work, before: State | None) -> None:
    """Make ``spanning_before`` and ``put_aside_before`` as an old merge left them, files numbered as they are today."""
    places = {kept.identity(f): n for n, f in enumerate(work.files)}
    numbers = [(n, places.get(f.identity)) for n, f in enumerate(before.files)] if before else []
    listed = ", ".join(f"({old}, {'NULL' if new is None else new})" for old, new in numbers) or "(NULL, NULL)"
    found = {"spanning": collect.SPANNING, "put_aside": collect.PUT_ASIDE}
    for name, columns in found.items():
        path = before.private / f"{name}.parquet" if before else None
        work.engine.execute(f"CREATE OR REPLACE TEMP TABLE {name}_before ({columns})")
        if path and path.is_file():
            work.engine.execute(f"INSERT INTO {name}_before SELECT * FROM read_parquet({literal(str(path))})")
    work.engine.execute(f"UPDATE put_aside_before SET seq = n.new FROM (VALUES {listed}) AS n(old, new) "
                        "WHERE n.old = put_aside_before.seq")


def with_keys(work: Work, change: Change | None) -> Change | None:
    """Return the change with whether customers have other keys than before."""
    return change and replace(change, keys=bool(work.engine.rows("SELECT 1 AS one FROM changed_keys LIMIT 1")))


def orphaned(work: Work, change: Change | None) -> str | None:
    """Return the relation with the orders whose lines may have none; None for all."""
    if change is None:
        return None
    work.engine.execute("CREATE OR REPLACE TEMP TABLE orphaned AS SELECT order_id FROM affected UNION "
                        "SELECT order_id FROM put_aside_before WHERE ym = ''")
    return "orphaned"

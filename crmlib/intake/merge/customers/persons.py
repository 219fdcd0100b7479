"""Customers of a merge: made anew when something about people is new, else taken over with the ids that came."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from crmlib import privacy, schema
from crmlib.engine.duck import literal, quoted
from crmlib.intake import matching
from crmlib.intake.consent import channels, deletions
from crmlib.intake.merge import collect, kept, views, write
from crmlib.intake.merge.customers import people

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.merge.change import Change
    from crmlib.intake.merge.work import Units, Work

GROUP = "people"
#: Count of ids that some file holds without the zeros they begin with.
ZEROS = "ids_without_zeros"
TABLES = ("customers", "customer_identity")
LINKS = "restricted/customer_links.parquet"
CUSTOMERS = "customers/data.parquet"
#: What is told of people besides their ids; where none of it is new, nobody becomes somebody else.
TELLING = ("customers", "customer_identity", "consents")
#: What is then taken over as it lies.
MADE = ("restricted/identity", "match_rules.parquet", "restricted/match_review.csv",
        "restricted/customer_history.parquet")


def settle(work: Work, change: Change | None) -> Units:
    """Make ``customer_links`` and write customers and all that is known of who is who.

    Also makes ``changed_keys`` (customer_key): keys under which an older merge knew ids that have another one now.
    """
    matching.check_trust(work.basis.matching.trust, [f.source for f in work.files])
    known(work, change)
    if change and not (work.basis.deletions or change.gone or change.touches(work, TELLING)
                       or change.before.people != work.basis.matching.digest()):
        _extend(work, change)
        work.engine.execute("CREATE OR REPLACE TEMP TABLE changed_keys (customer_key VARCHAR)")
        unit = change.before.units.get((GROUP, ""), kept.Unit())
        told = {name: n for name, n in unit.counts.items() if name != ZEROS}
        return {(GROUP, ""): replace(unit, counts=told | zeros_lost(work.engine))}
    found = _anew(work)
    _compare(work, change)
    return found


def deleted(work: Work) -> str:
    """Return a digest of the ids taken out by request."""
    if not work.basis.deletions:
        return ""
    found = work.engine.rows("SELECT customer_id FROM deleted ORDER BY customer_id")
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]


def known(work: Work, change: Change | None) -> None:
    """Make ``known_customers`` (customer_id): every id of every table."""
    old = change is not None and not change.gone and not work.basis.deletions
    parts = [f"SELECT {views.stored(f, t, 'customer_id')} AS customer_id FROM {views.scan(f, t)}{views.kept(f, t)}"
             for seq, f in enumerate(work.files) for t in f.tables
             if "customer_id" in f.tables[t] and (not old or (change and seq in change.added))]
    if change and old:
        parts.append(f"SELECT customer_id FROM read_parquet({literal(str(change.before.folder / LINKS))})")
    found = " UNION ALL ".join(parts) or "SELECT CAST(NULL AS VARCHAR) AS customer_id"
    work.engine.execute("CREATE OR REPLACE TEMP TABLE known_customers AS SELECT DISTINCT customer_id "
                        f"FROM ({found}) WHERE customer_id IS NOT NULL")


def _anew(work: Work) -> Units:
    engine, basis = work.engine, work.basis
    tables = frozenset(t for f in work.files for t in f.tables)
    collect.begin(engine)
    for table in TELLING:
        if table in tables:
            views.open_table(engine, table, views.every(work.files, table))
    sources = [f.source for f in work.files]
    counts = people.link(engine, tables, basis.key, basis.matching, sources)
    counts |= _delete(work, tables) if basis.deletions else {}
    people.customers(engine, tables, basis.matching, sources)
    channels.apply(engine, tables, basis.contact_purpose)
    told = tuple(t for t in TABLES if t in tables)
    counts |= zeros_lost(engine)
    units = collect.units(engine, work.counted(GROUP, told, ("",), alone=True), [("", n, c) for n, c in counts.items()])
    _write(work, tables)
    people.write(engine, tables, basis.matching, sources, work.folder)
    return {(GROUP, month): unit for month, unit in units.items()}


def zeros_lost(engine: ReadingEngine) -> dict[str, int]:
    """Return how many ids begin with zeros and are there without them too, as somebody else; nothing where none do.

    A spreadsheet that opens and saves a file makes 42 of 00042, and one customer becomes two.
    """
    found = engine.rows(
        "SELECT COUNT(DISTINCT z.customer_id) FROM (SELECT customer_id, customer_key, ltrim(customer_id, '0') AS bare "
        "FROM customer_links WHERE customer_id >= '0' AND customer_id < '1') AS z INNER JOIN customer_links AS k "
        "ON k.customer_id = z.bare WHERE k.customer_key <> z.customer_key AND regexp_full_match(z.bare, '[0-9]+')")
    return {ZEROS: int(found[0][0])} if found[0][0] else {}


def _delete(work: Work, tables: frozenset[str]) -> dict[str, int]:
    engine = work.engine
    days = [f"SELECT {views.stored(f, 'orders', 'customer_id')} AS customer_id, {views.day_column(f, 'orders')} AS day "
            f"FROM {views.scan(f, 'orders')}{views.kept(f, 'orders')}"
            for f in work.files if "customer_id" in f.tables.get("orders", ())]
    if days:
        engine.execute("CREATE OR REPLACE TEMP TABLE first_orders AS SELECT customer_id, MIN(day) AS day "
                       f"FROM ({' UNION ALL '.join(days)}) GROUP BY customer_id")
    counts = deletions.find(engine, tables - ({"orders"} if not days else set()), work.basis.deletions, work.basis.key)
    if "customers" in tables:
        deletions.take(engine, "customers")
    if "customer_identity" in tables:
        deletions.identity(engine)
    return counts


def _write(work: Work, tables: frozenset[str]) -> None:
    engine, folder = work.engine, work.folder
    if "customer_identity" in tables:
        engine.execute("CREATE OR REPLACE TEMP TABLE out_customer_identity AS SELECT * "
                       f"FROM {views.with_keys('customer_identity', 'out_customer_identity')} AS t")
        write.whole(engine, "customer_identity", folder / "restricted" / "identity")
    if "customers" in tables or engine.rows("SELECT 1 AS one FROM out_customers LIMIT 1"):
        write.whole(engine, "customers", folder)


def _extend(work: Work, change: Change) -> None:
    """Take everything over; ids that only orders and the like know stand for themselves."""
    engine, before = work.engine, change.before.folder
    old = f"read_parquet({literal(str(before / LINKS))})"
    kept.take_over(before, work.folder, MADE)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE customer_links AS SELECT * FROM {old}")
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE come AS SELECT customer_id, {privacy.customer_key_sql('customer_id')} "
        "AS customer_key FROM (SELECT customer_id FROM known_customers ANTI JOIN customer_links USING (customer_id))",
        **privacy.key_parameters(work.basis.key))
    if not engine.rows("SELECT 1 AS one FROM come LIMIT 1"):
        kept.take_over(before, work.folder, (LINKS, CUSTOMERS))
        return
    engine.execute("INSERT INTO customer_links (customer_id, customer_key, rule, decided_by) "
                   "SELECT *, '', '' FROM come")
    engine.write("SELECT * FROM customer_links ORDER BY customer_id", work.folder / LINKS)
    columns, ids = schema.stored_columns("customers"), ("customer_id", "customer_key")
    nothing = {c: f"CAST(NULL AS {kind})" for c, kind in columns.items() if c not in ids}
    # Where no file tells of people, there is nothing to put in order but their ids.
    told = list(columns) if work.tables & set(TELLING) else [c for c in columns if c in ids]
    came = ", ".join(f"{nothing.get(c, quoted(c))} AS {quoted(c)}" for c in told)
    known_before = (f"SELECT {views.listed(told)} FROM read_parquet({literal(str(before / CUSTOMERS))}) UNION ALL "
                    if (before / CUSTOMERS).is_file() else "")
    listed = ", ".join(f"{quoted(c) if c in told else nothing[c]} AS {quoted(c)}" for c in columns)
    engine.write(f"SELECT {listed} FROM ({known_before}SELECT {came} FROM come ORDER BY {write.order('customers')})",
                 work.folder / CUSTOMERS)


def _compare(work: Work, change: Change | None) -> None:
    empty = "SELECT CAST(NULL AS VARCHAR) AS customer_key WHERE FALSE"
    if change:
        empty = (f"SELECT DISTINCT b.customer_key FROM read_parquet({literal(str(change.before.folder / LINKS))}) AS b "
                 "LEFT JOIN customer_links AS n ON n.customer_id = b.customer_id "
                 "WHERE n.customer_key IS DISTINCT FROM b.customer_key")
    work.engine.execute(f"CREATE OR REPLACE TEMP TABLE changed_keys AS {empty}")

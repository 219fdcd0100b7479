"""One file read and typed in a single pass: its records, the rows they mention, its books, what could not be used."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib import schema
from crmlib.engine.duck import literal, quoted
from crmlib.engine.reading import KEPT
from crmlib.errors import CrmError
from crmlib.intake import ledger
from crmlib.intake.reading import counting, raw, relation
from crmlib.intake.reading.table import Options, Table
from crmlib.intake.typed import mentions, plan, records, refuse, shapes, texts
from crmlib.privacy import refused_heading

if TYPE_CHECKING:
    from decimal import Decimal

    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.files import Input

RECORDS, LOST, META = "records.parquet", "lost.parquet", "meta.json"
#: The number of a record in its file, from 1: the typed file keeps the order of the source.
RECORD = "file_row_number + 1"
_STEP = {"footer": "footer", "zero_quantity": "zero_quantity"}
#: Records with a cell that could not be read whose text is kept; all of those that could not be used are.
_EXAMPLES = 1000


@dataclass(frozen=True)
class Job:
    """One file and what decides how it is read: its source in the params, where that stands, rules and zone."""

    file: Input
    source: Any
    where: str
    rules: records.Rules
    time_zone: str


@dataclass(frozen=True)
class _Opened:
    table: Table
    read: relation.Records
    found: plan.Plan


@dataclass(frozen=True)
class _Counted:
    """What a typed file holds.

    Rows and money kept, taken (fate, reason, rows, money) and in all; of kept records, whether any had a cell emptied,
    and the oldest and newest business date, empty where they have none.
    """

    kept: tuple[int, Decimal]
    taken: Sequence[tuple[Any, ...]]
    money: Decimal
    emptied: bool
    oldest: str
    newest: str


def build(engine: ReadingEngine, job: Job, part: Path) -> None:
    """Write the typed file of a job into a folder: records, rows mentioned, what was lost, and ``meta.json``."""
    target = part / RECORDS
    with _opened(engine, job, part, Options.of(job.source)) as opened:
        first = refuse.refuse(engine, opened.read, opened.found, job.file.name, job.where)
        read = _typed(engine, job, opened, first, target)
        found, tables = opened.found, _tables(opened.found)
        ordered = mentions.write(engine, target, tables, found, part)
        counted = _counted(engine, target, found)
        entries = _entries(engine, target, read, found, counted)
        if any(e.fate == ledger.INFO or (e.fate == ledger.QUARANTINED and e.step != "read") for e in entries):
            _keep_lost(engine, opened, read, part)
        options = asdict(opened.table.options)
    meta = {"raw": {**asdict(read), "path": ""}, "options": options, "tables": tables,
            "ordered": ordered, "oldest": counted.oldest, "newest": counted.newest,
            "entries": [e.plain() for e in entries],
            "counts": {"undecodable_bytes": read.undecodable_total, "gaiji": read.gaiji}}
    (part / META).write_text(json.dumps(meta, ensure_ascii=False, default=str), encoding="utf-8")


@contextmanager
def _opened(engine: ReadingEngine, job: Job, folder: Path, options: Options, noted: bool = True) -> Iterator[_Opened]:
    """Give a file with its shape put right; copies it needs are private and go with the context."""
    with tempfile.TemporaryDirectory(prefix="text-", dir=folder) as scratch, \
            raw.opened(engine, job.file, Path(scratch), options) as table:
        read = shapes.without(relation.of(table, noted), job.source.ignored)
        found = plan.make(job.source, read.headings, job.time_zone, job.where, job.file.name)
        with _told(job.file):
            read = shapes.filled_down(engine, read, found, Path(scratch) / "filled.parquet")
        yield _Opened(table, read, found)


@contextmanager
def _told(file: Input) -> Iterator[None]:
    """Say of what the engine cannot read which file it is in."""
    try:
        yield
    except CrmError as error:
        detail = str(error.values.get("detail", ""))
        if error.code != "engine.failed" or not ("CSV" in detail or file.kind in raw.PARQUET):
            raise
        code = "intake.broken_csv" if "CSV" in detail else "intake.broken_parquet"
        raise CrmError(code, file=file.name, detail=detail) from None


def _typed(engine: ReadingEngine, job: Job, opened: _Opened, first: Mapping[int, raw.First], target: Path) -> raw.Raw:
    """Write the typed records and return what was read; every line is accounted for."""
    known = {place: texts.seen(cells, opened.table.lacks) for place, cells in first.items()}
    days = shapes.of_days(engine, opened.read, opened.found, first)
    statement = _hashed(records.typed_statement(days, opened.found, job.rules, known), opened.found)
    with _told(job.file):
        engine.execute(f"COPY ({statement}) TO {literal(str(target))} ({KEPT})")
    table, rows = opened.table, raw.stored_rows(target)
    rejects = refuse.lines(raw.rejected(engine, table), table.headings, opened.read.headings)
    counting.check(table, rows, rejects, job.file.name)
    if not rows:
        raise CrmError("intake.no_row_fits" if rejects else "intake.header_only", file=job.file.name,
                       fields=len(table.headings), lines=len(rejects))
    return raw.Raw(job.file.path, opened.read.headings, opened.read.columns, opened.read.kinds, rows, table.encoding,
                   table.delimiter, table.first, rejects, table.undecodable, table.undecodable_total, table.gaiji)


def _hashed(statement: str, found: plan.Plan) -> str:
    """Add to rows without an id of their own the hash of their content, from which they get one."""
    if not is_hashed(found.grain):
        return statement
    mapped = {f.column.name for f in found.of(found.grain)}
    names = [c.name for c in schema.table(found.grain).columns if c.name != "line_no"]
    cells = [quoted(f"{found.grain}.{n}") if n in mapped or n == "amount" else "NULL" for n in names]
    if found.grain != "order_lines":
        return f"SELECT *, hash({', '.join(cells)}) AS content FROM ({statement})"
    cells += ['"orders.ordered_at"'] if found.field("orders.ordered_at") else []
    texts = ", ".join("''" if c == "NULL" else f"COALESCE(CAST({c} AS VARCHAR), '')" for c in cells)
    # Such a hash becomes the line's id, so it must not depend on the version of the engine.
    content = f"md5_number_lower(concat_ws(chr(31), {texts}))"
    if "line_no" in mapped:
        own = "hash(\"order_lines.order_id\", \"order_lines.line_no\")"
        content = f"CASE WHEN \"order_lines.line_no\" IS NULL THEN {content} ELSE {own} END"
    return f"SELECT *, {content} AS content FROM ({statement})"


def is_hashed(table: str) -> bool:
    """Return whether rows of a table may have no id of their own."""
    return table == "order_lines" or not schema.table(table).key


def _tables(found: plan.Plan) -> dict[str, list[str]]:
    """Columns of each table the file feeds."""
    columns = {t: [f.column.name for f in found.of(t)] for t in found.tables}
    if found.grain == "order_lines" and "amount" not in columns[found.grain]:
        columns[found.grain].append("amount")
    for table, names in columns.items():
        at = schema.table(table).at
        names += ["business_date", "hour"] if at in names else []
    return columns


def _counted(engine: ReadingEngine, target: Path, found: plan.Plan) -> _Counted:
    oldest, newest = _days(found)
    *fates, whole = engine.rows(
        f"SELECT fate, reason, COUNT(*) AS rows, CAST(SUM(exact) AS VARCHAR) AS amount, COUNT(emptied) AS emptied, "
        f"{oldest} AS oldest, {newest} AS newest FROM read_parquet({literal(str(target))}) "
        "GROUP BY GROUPING SETS ((fate, reason), ()) ORDER BY GROUPING(fate), fate NULLS FIRST, reason")
    _, _, rows, amount, *more = next((f for f in fates if f[0] is None), (None, None, 0, None, 0, None, None))
    return _Counted((int(rows), ledger.money(amount)), [f[:4] for f in fates if f[0] is not None],
                    ledger.money(whole[3]), bool(more[0]), str(more[1] or ""), str(more[2] or ""))


def _days(found: plan.Plan) -> list[str]:
    """Return the oldest and the newest business date of records, as expressions; NULL where they have none."""
    dated = [quoted(f"{t}.business_date") for t in found.tables
             if schema.table(t).at and found.field(f"{t}.{schema.table(t).at}")]
    ends = [f"{whole}({of}({', '.join(dated)}))" if len(dated) > 1 else f"{whole}({dated[0]})"
            for whole, of in (("MIN", "LEAST"), ("MAX", "GREATEST"))] if dated else ["NULL", "NULL"]
    return [f"CAST({end} AS VARCHAR)" for end in ends]


def _entries(engine: ReadingEngine, target: Path, read: raw.Raw, found: plan.Plan,
             counted: _Counted) -> list[ledger.Entry]:
    """The books of one file, closed: what is kept, counted apart, is what came in less what was taken."""
    table, source = found.grain, "file"
    taken, first = [], _examples(engine, target, {fate for fate, *_ in counted.taken})
    for fate, reason, rows, amount in counted.taken:
        step = "type" if fate == ledger.QUARANTINED else _STEP.get(reason, "exclude")
        taken.append(ledger.Entry(step, fate, source, table, reason, int(rows), ledger.money(amount),
                                  first=first.get(reason, ()) if fate == ledger.EXCLUDED else ()))
    lost: dict[str, int] = {}
    for _, why, _ in read.rejects:
        lost[why] = lost.get(why, 0) + 1
    taken += [ledger.Entry("read", ledger.QUARANTINED, source, table, f"line.{why}", n) for why, n in lost.items()]
    entered = ledger.Entry("read", ledger.IN, source, table, "file", read.rows + len(read.rejects), counted.money)
    books = ledger.Ledger().add([entered, *taken]).check("type", {(source, table): counted.kept})
    return [*books.entries, *(_emptied(engine, target, source) if counted.emptied else ())]


def _examples(engine: ReadingEngine, target: Path, fates: Collection[str | None]) -> dict[str, tuple[int, ...]]:
    """Return the first records that each rule left out; those in quarantine are kept whole elsewhere."""
    if ledger.EXCLUDED not in fates:
        return {}
    found = engine.rows(
        f"SELECT reason, MIN({RECORD}, {ledger.EXAMPLES}) AS first FROM read_parquet({literal(str(target))}, "
        f"file_row_number = true) WHERE fate = '{ledger.EXCLUDED}' GROUP BY reason ORDER BY reason")
    return {reason: tuple(first) for reason, first in found}


def _emptied(engine: ReadingEngine, target: Path, source: str) -> list[ledger.Entry]:
    found = engine.rows(
        f"SELECT name, COUNT(*) AS rows FROM (SELECT UNNEST(string_split(emptied, ',')) AS name "
        f"FROM read_parquet({literal(str(target))}) WHERE emptied IS NOT NULL AND fate IS NULL) "
        "GROUP BY name ORDER BY name")
    parts = [(name.partition("."), n) for name, n in found]
    return [ledger.Entry("type", ledger.INFO, source, p[0], f"{p[2]}.emptied", n) for p, n in parts]


def _keep_lost(engine: ReadingEngine, opened: _Opened, found: raw.Raw, part: Path) -> None:
    """Keep the cells, as they stood, of records that could not be used, and of the first that were emptied of one."""
    typed = f"read_parquet({literal(str(part / RECORDS))}, file_row_number = true)"
    lost = (f"SELECT {RECORD} AS record, reason, '' AS emptied FROM {typed} WHERE fate = 'quarantined' UNION ALL "
            f"(SELECT {RECORD}, '', emptied FROM {typed} WHERE fate IS NULL AND emptied IS NOT NULL "
            f"ORDER BY 1 LIMIT {_EXAMPLES})")
    with tempfile.TemporaryDirectory(prefix="text-", dir=part) as scratch:
        few = _picked(engine, opened, found, lost, Path(scratch) / "picked.csv")
        engine.execute(f"COPY ({_cells(engine, opened, lost, few)}) TO {literal(str(part / LOST))} ({KEPT})")


def _picked(engine: ReadingEngine, opened: _Opened, found: raw.Raw, wanted: str, target: Path) -> str:
    """Return the wanted records with their number as ``place``, without reading all of a text for them again.

    Where each line is a record, a record is found by its number alone; else all are read.
    """
    table, read = opened.table, opened.read
    if table.kind != "csv" or found.rejects or found.rows != table.lines or read.again != relation.of(table).again:
        return _places(read)
    numbers = [number for number, in engine.rows(f"SELECT DISTINCT record FROM ({wanted}) ORDER BY record")]
    counting.picked(table, numbers, target)
    return (f"(SELECT p.*, w.record AS place FROM (SELECT *, row_number() OVER () AS nth "
            f"FROM {relation.of(replace(table, path=target), noted=False).again}) AS p INNER JOIN (SELECT record, "
            f"row_number() OVER (ORDER BY record) AS nth FROM (SELECT DISTINCT record FROM ({wanted}))) AS w "
            "ON w.nth = p.nth)")


def _places(read: relation.Records) -> str:
    return f"(SELECT *, row_number() OVER () AS place FROM {read.again})"


def _cells(engine: ReadingEngine, opened: _Opened, wanted: str, records_of: str) -> str:
    """Records by their number, with the text of the cells that may be shown: ``v0``, ``v1``, … in the file's order.

    Cells of a column whose values say that nobody may hold it are empty, and no card's number is in any other.
    """
    read = opened.read
    shown = [p for p, heading in enumerate(read.headings) if not refused_heading(heading)]
    hidden = refuse.by_values(engine, read, [p for p in shown if p not in opened.found.places])
    texts_of = {p: f"crm_no_card({raw.cell_text(read.columns[p], read.kinds[p])})" for p in shown if p not in hidden}
    cells = ", ".join(f"{texts_of.get(p, 'CAST(NULL AS VARCHAR)')} AS v{p}" for p in shown)
    return (f"SELECT w.*, {cells} FROM {records_of} AS r INNER JOIN ({wanted}) AS w ON w.record = r.place "
            "ORDER BY w.record")


def read_again(engine: ReadingEngine, job: Job, options: Options, wanted: str, target: Path) -> None:
    """Write records of a file with the text of their cells, as in ``lost.parquet``; ``wanted`` selects ``record``, ….

    Raises
    ------
    CrmError
        As for `build`, where the file is no longer what it was.
    """
    with _opened(engine, job, target.parent, options, noted=False) as opened:
        cells = _cells(engine, opened, wanted, _places(opened.read))
        engine.execute(f"COPY ({cells}) TO {literal(str(target))} ({KEPT})")

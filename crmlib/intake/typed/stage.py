"""The typed stage: each file once, kept under the hash of its content and of everything that decides how it is read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib import schema
from crmlib.engine.duck import literal, quoted
from crmlib.intake import ledger
from crmlib.intake.reading import raw
from crmlib.intake.typed import plan, records, refuse
from crmlib.privacy import private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.files import Input

#: Raised whenever the same file would be read differently; old stages are then removed.
VERSION = 3
#: Name of a folder that is being made, with the process that makes it.
PART = ".part-"
#: The number of a record in its file, from 1: the typed file keeps the order of the source.
RECORD = "file_row_number + 1"
_STEP = {"footer": "footer", "zero_quantity": "zero_quantity"}


@dataclass(frozen=True)
class Staged:
    """One file, typed.

    Attributes
    ----------
    tables : dict of str to tuple of str
        Columns of each canonical table it feeds.
    newest : str
        Newest business date, ISO; empty where no table has dates.
    counts : dict of str to int
        What was met while reading that is no loss of rows, by name; zero need not be named.
    """

    source: str
    label: str
    path: str
    sha256: str
    bytes: int
    folder: str
    grain: str
    tables: Mapping[str, tuple[str, ...]]
    newest: str
    raw: raw.Raw
    entries: tuple[ledger.Entry, ...]
    counts: Mapping[str, int] = field(default_factory=dict)


def stage(engine: ReadingEngine, file: Input, source: Any, name: str, where: str, home: Path, rules: records.Rules,
          time_zone: str) -> Staged:
    """Return a file's typed records, from the store where they are there already."""
    digest = _digest(engine.version, file, source, rules, time_zone)
    folder = home / "typed" / f"v{VERSION}-{digest}"
    if not (folder / "meta.json").is_file():
        with building(folder) as part:
            _build(engine, file, source, where, part, rules, time_zone)
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    read = raw.Raw(**{**meta["raw"], "path": folder / meta["raw"]["path"] if meta["stored"] else file.path,
                      "rejects": tuple(tuple(r) for r in meta["raw"]["rejects"])})
    entries = tuple(ledger.Entry.read({**e, "source": name}) for e in meta["entries"])
    tables = {t: tuple(columns) for t, columns in meta["tables"].items()}
    return Staged(name, file.label, str(file.path), file.sha256, file.bytes, str(folder), source.grain, tables,
                  meta["newest"], read, entries, meta["counts"])


def _digest(version: str, file: Input, source: Any, rules: records.Rules, time_zone: str) -> str:
    decides = {key: value for key, value in source.plain().items() if key not in ("files", "package", "realdata")}
    # The engine's version is part of it: its hash of a row, by which repeats are found, may change with it.
    content = json.dumps([VERSION, version, file.sha256, file.path.suffix.lower(), decides, asdict(rules), time_zone,
                          list(source.tables), schema.SPEC, schema.LINE_TYPES, schema.ORDER_STATUSES],
                         sort_keys=True, default=str)
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


def _build(engine: ReadingEngine, file: Input, source: Any, where: str, part: Path, rules: records.Rules,
           time_zone: str) -> None:
    read = raw.read(engine, file.path, part, source.encoding, source.delimiter, source.sheet)
    found = plan.make(source, read.headings, time_zone, where, file.path.name)
    refuse.refuse(engine, read, found, file.path.name, where)
    target = part / "records.parquet"
    statement = _hashed(records.typed_statement(read, found, rules), found)
    engine.execute(f"COPY ({statement}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)")
    tables = _tables(target, found)
    for table in found.tables[1:]:
        _distinct(engine, target, table, tables[table], found, part / f"{table}.parquet")
    entries = _entries(engine, target, read, found)
    stored = read.path.parent == part
    meta = {"raw": {**asdict(read), "path": read.path.name if stored else ""}, "stored": stored, "tables": tables,
            "newest": _newest(engine, target, found), "entries": [e.plain() for e in entries],
            "counts": {}}
    (part / "meta.json").write_text(json.dumps(meta, ensure_ascii=False, default=str), encoding="utf-8")


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


def _tables(target: Path, found: plan.Plan) -> dict[str, list[str]]:
    import pyarrow.parquet as pq

    names = pq.read_schema(target).names
    return {t: [n.removeprefix(f"{t}.") for n in names if n.startswith(f"{t}.")] for t in found.tables}


def _distinct(engine: ReadingEngine, target: Path, table: str, columns: list[str], found: plan.Plan,
              path: Path) -> None:
    """Rows of a table that the records only mention: each once, with how often and when last they were mentioned."""
    spec = schema.table(table)
    listed = [c for c in columns if not (table == "orders" and c in _EARLIEST)]
    earliest = [f"arg_min({quoted(f'{table}.{c}')}, \"orders.ordered_at\") AS {quoted(c)}" for c in columns
                if table == "orders" and c in _EARLIEST]
    needed = [f"{quoted(f'{table}.{c.name}')} IS NOT NULL" for c in spec.columns if c.required and c.name in columns]
    seen = seen_column(table, columns, found)
    grouped = [quoted(f"{table}.{c}") for c in listed]
    chosen = [f"{g} AS {quoted(c)}" for g, c in zip(grouped, listed, strict=True)] + earliest
    keyless = "file_row_number, " if not spec.key else ""
    engine.execute(
        f"COPY (SELECT {', '.join(chosen)}, MAX({seen}) AS seen, COUNT(*) AS mentioned "
        f"FROM read_parquet({literal(str(target))}, file_row_number = true) "
        f"WHERE fate IS NULL AND {' AND '.join(needed) or 'TRUE'} "
        f"GROUP BY {keyless}{', '.join(grouped)}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")


#: Of an order whose lines carry their own times, the earliest counts.
_EARLIEST = ("ordered_at", "business_date", "hour")


def seen_column(table: str, columns: list[str] | tuple[str, ...], found: plan.Plan) -> str:
    """Return the time that says which of two rows with one key is newer; NULL where only the file can say."""
    if "updated_at" in columns:
        return quoted(f"{table}.updated_at")
    at = schema.table(found.grain).at
    time = f"{found.grain}.{at}" if at else "orders.ordered_at"
    if table in ("orders", found.grain) or not found.field(time):
        return "CAST(NULL AS TIMESTAMP)"
    return quoted(time)


def _newest(engine: ReadingEngine, target: Path, found: plan.Plan) -> str:
    dated = [quoted(f"{t}.business_date") for t in found.tables
             if schema.table(t).at and found.field(f"{t}.{schema.table(t).at}")]
    if not dated:
        return ""
    newest = f"MAX(GREATEST({', '.join(dated)}))" if len(dated) > 1 else f"MAX({dated[0]})"
    found_one = engine.rows(f"SELECT CAST({newest} AS VARCHAR) AS newest FROM read_parquet({literal(str(target))}) "
                            "WHERE fate IS NULL")
    return str(found_one[0][0] or "")


def _entries(engine: ReadingEngine, target: Path, read: raw.Raw, found: plan.Plan) -> list[ledger.Entry]:
    """The books of one file, closed: what is kept, counted apart, is what came in less what was taken."""
    table, source = found.grain, "file"
    fates = engine.rows(
        f"SELECT fate, reason, COUNT(*) AS rows, CAST(SUM(exact) AS VARCHAR) AS amount "
        f"FROM read_parquet({literal(str(target))}) GROUP BY fate, reason ORDER BY fate NULLS FIRST, reason")
    kept, taken = (0, ledger.ZERO), []
    for fate, reason, rows, amount in fates:
        if fate is None:
            kept = (int(rows), ledger.money(amount))
        else:
            step = "type" if fate == ledger.QUARANTINED else _STEP.get(reason, "exclude")
            taken.append(ledger.Entry(step, fate, source, table, reason, int(rows), ledger.money(amount)))
    lost: dict[str, int] = {}
    for _, why, _ in read.rejects:
        lost[why] = lost.get(why, 0) + 1
    taken += [ledger.Entry("read", ledger.QUARANTINED, source, table, f"line.{why}", n) for why, n in lost.items()]
    total = engine.rows(f"SELECT CAST(SUM(exact) AS VARCHAR) AS amount FROM read_parquet({literal(str(target))})")
    money = ledger.money(total[0][0])
    entered = ledger.Entry("read", ledger.IN, source, table, "file", read.rows + len(read.rejects), money)
    books = ledger.Ledger().add([entered, *taken]).check("type", {(source, table): kept})
    return [*books.entries, *_emptied(engine, target, source)]


def _emptied(engine: ReadingEngine, target: Path, source: str) -> list[ledger.Entry]:
    found = engine.rows(
        f"SELECT name, COUNT(*) AS rows FROM (SELECT UNNEST(string_split(emptied, ',')) AS name "
        f"FROM read_parquet({literal(str(target))}) WHERE emptied IS NOT NULL AND fate IS NULL) "
        "GROUP BY name ORDER BY name")
    parts = [(name.partition("."), n) for name, n in found]
    return [ledger.Entry("type", ledger.INFO, source, p[0], f"{p[2]}.emptied", n) for p, n in parts]

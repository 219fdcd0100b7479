"""The cells that could not be read in records that were used all the same: each with its text and the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal
from crmlib.intake.typed import build, kinds, plan, quick, records

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.typed.stage import Staged


@dataclass(frozen=True)
class Cell:
    """One cell that was left empty.

    Attributes
    ----------
    record : int
        Number of the record in its file, from 1.
    column : str
        Canonical column: ``orders.coupon``.
    heading : str
        Heading, or headings, it is read from.
    text : str
        What stands there.
    reason : str
        A code of ``cleaning.yaml``: unreadable, not_whole, no_such_day, not_in_era, ambiguous, scientific,
        unknown_code.
    """

    record: int
    column: str
    heading: str
    text: str
    reason: str


def emptied(engine: ReadingEngine, file: Staged) -> Iterator[Cell]:
    """Give the cells of one file that were left empty, of the first records that had such; by record and column."""
    import pyarrow.parquet as pq

    kept = Path(file.folder) / build.LOST
    if not kept.is_file():
        return
    found = f"read_parquet({literal(str(kept))})"
    # Asked of every file in every run: few have any, and the engine takes longer to begin than this to end.
    told = pq.ParquetFile(kept).read(["emptied"])["emptied"].unique().to_pylist()
    names = sorted({name for one in told if one for name in one.split(",")})
    if not names:
        return
    job = file.job
    fields = plan.make(job.source, file.raw.headings, job.time_zone, job.where, job.file.name)
    parts = [_of(field, file.raw.headings, found) for name in names if (field := fields.field(name)) is not None]
    for row in engine.rows(f"SELECT record, name, heading, text, reason FROM ({' UNION ALL '.join(parts)}) "
                           "ORDER BY record, name"):
        yield Cell(*row)


def _of(field: plan.Field, headings: Sequence[str], found: str) -> str:
    """The statement for one column: its cells as they stand, and why they are no value of it."""
    places = [*field.places, *field.instead]
    heading = literal(" + ".join(headings[p] for p in places))
    text = f"concat_ws({literal(field.spec.join)}, {', '.join(f'v{p}' for p in places)})"
    why = kinds.why(field.column.kind, "plain", field.spec.format)
    reason = literal("unknown_code") if records.known_codes(field) else why
    return (f"SELECT record, {literal(field.name)} AS name, {heading} AS heading, text, {reason} AS reason "
            f"FROM (SELECT record, text, {quick.clean('text')} AS plain FROM (SELECT record, {text} AS text "
            f"FROM {found} WHERE list_contains(string_split(emptied, ','), {literal(field.name)})))")

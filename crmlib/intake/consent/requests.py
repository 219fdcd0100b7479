"""Who asked to be deleted? The list the shop keeps, read by the same readers as any export."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.engine.duck import literal
from crmlib.errors import CrmError
from crmlib.intake import files
from crmlib.intake.reading import raw
from crmlib.intake.reading.table import Options
from crmlib.intake.typed import kinds, plan, quick

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.settings.sources import Source

WHERE = "privacy.deletions"
#: Headings the list may have.
HEADINGS = {"customer_id": ("customer_id", "会員番号", "会員ID", "顧客番号", "顧客ID"),
            "requested_on": ("requested_on", "依頼日", "受付日")}
#: A list without anybody in it is a list.
_EMPTY = ("intake.header_only",)
_TOLD = 5


@dataclass(frozen=True, order=True)
class Request:
    """One customer id and the day its person asked to be deleted (ISO)."""

    customer_id: str
    requested_on: str


def digest(requests: Sequence[Request]) -> str:
    """Return a short hash of a list; empty for an empty one."""
    text = json.dumps([(r.customer_id, r.requested_on) for r in sorted(requests)])
    return hashlib.sha256(text.encode()).hexdigest()[:16] if requests else ""


def read(engine: ReadingEngine, settings: Any, folder: Path) -> tuple[Request, ...]:
    """Return the requests of all files of the list, each id once with its newest day, sorted.

    Raises
    ------
    CrmError
        ``intake.missing_file`` and the like, ``privacy.deletions_column``, ``privacy.deletions_unreadable``: a list
        that cannot be read whole stops the run, since nobody on it may be forgotten.
    """
    wanted = settings.privacy.deletions
    where = str(settings.where(WHERE))
    newest: dict[str, str] = {}
    for _, path in files.find(_listed(wanted), settings.root, where) if wanted else ():
        for one, day in _file(engine, path, settings.time.business_tz, folder, where):
            newest[one] = max(newest.get(one, ""), day)
    return tuple(Request(one, day) for one, day in sorted(newest.items()))


def _listed(wanted: tuple[str, ...]) -> Source:
    """Return the list as `files.find` knows sources."""
    from crmlib.settings.sources import Source

    return Source.model_construct(files=wanted)


def _file(engine: ReadingEngine, path: Path, zone: str, folder: Path, where: str) -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="list-", dir=folder) as work:
        try:
            read = raw.read(engine, files.tables_of(path)[0], Path(work), Options())
        except CrmError as error:
            if error.code in _EMPTY:
                return []
            error.where = error.where or where
            raise
        if read.rejects:
            raise _unreadable(path, [record for record, *_ in read.rejects], where)
        return _records(engine, read, path, zone, where)


def _records(engine: ReadingEngine, read: raw.Raw, path: Path, zone: str, where: str) -> list[tuple[str, str]]:
    cells = {name: raw.cell_text(read.columns[place], read.kinds[place])
             for name, place in _places(read.headings, path, where).items()}
    day = kinds.value("date", "plain", kinds.Clock(zone, zone))
    found = engine.rows(
        f"SELECT number, id, day, plain FROM (SELECT *, CAST({day} AS VARCHAR) AS day FROM (SELECT *, "
        f"{kinds.plain('date', 'asked')} AS plain FROM (SELECT number, {quick.clean('id')} AS id, "
        f"{quick.clean('asked')} AS asked FROM (SELECT file_row_number + 1 AS number, {cells['customer_id']} AS id, "
        f"{cells['requested_on']} AS asked FROM read_parquet({literal(str(read.path))}, file_row_number = true))))) "
        "WHERE id IS NOT NULL OR plain IS NOT NULL ORDER BY number")
    bad = [int(number) + read.first - 1 for number, one, asked, _ in found if one is None or asked is None]
    if bad:
        raise _unreadable(path, bad, where)
    return [(str(one), str(asked)) for _, one, asked, _ in found]


def _unreadable(path: Path, rows: Sequence[int], where: str) -> CrmError:
    told = ", ".join(map(str, rows[:_TOLD])) + (", …" if len(rows) > _TOLD else "")
    return CrmError("privacy.deletions_unreadable", file=path.name, count=len(rows), rows=told, where=where)


def _places(headings: Sequence[str], path: Path, where: str) -> dict[str, int]:
    folded = [plan.folded(h) for h in headings]
    places = {}
    for name, usual in HEADINGS.items():
        place = next((folded.index(plan.folded(h)) for h in usual if plan.folded(h) in folded), None)
        if place is None:
            raise CrmError("privacy.deletions_column", file=path.name, column=name, allowed=usual, where=where)
        places[name] = place
    return places

"""From parameter file to a dataset ready for analysis: intake, mart, shared measures; each cached by content."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib import schema
from crmlib.dataset import marts, months, segment_map
from crmlib.dataset.data import SHARED, Dataset
from crmlib.engine import open_engine
from crmlib.engine.duck import quoted
from crmlib.errors import CrmError

if TYPE_CHECKING:
    from crmlib.engine.duck import DuckEngine

WORK = "data/work"
_DAY = timedelta(days=1)
#: Tables whose newest business date decides the newest month, in this order.
MART_COLUMNS = {"customer_key": "VARCHAR", "business_date": "DATE", "ym": "VARCHAR", "dow": "INTEGER"} | dict.fromkeys(
    ("orders", "lines", "quantity", "gross", "returns", "discounts", "net"), "BIGINT")
DATED = ("order_lines", "survey_answers", "interactions", "events", "tickets", "reviews", "points")
#: A newest day so long after the one before is a slip of the pen; nobody means to report on the year 2099.
FAR = timedelta(days=5 * 366)


def prepare(settings: Any, month: str | None = None, as_of: date | None = None) -> Dataset:
    """Read what is new, and return the dataset with its mart and the measures of the month stored.

    Parameters
    ----------
    month : str, optional
        ``YYYY-MM``; by default the newest month that the data reach the end of, three days of grace given.
    as_of : datetime.date, optional
        An earlier day than the one after the month's last makes the month partial.

    Raises
    ------
    CrmError
        Of intake; ``dataset.no_dates``, ``dataset.all_set_aside``, ``dataset.month_outside``, ``dataset.far_ahead``
        (where no month is named) and those of ``months.period``.
    """
    from crmlib.intake import load

    intake = load(settings, settings.root / WORK)
    data = open_dataset(settings, Path(intake.folder), month, as_of)
    if data.has("order_lines"):
        marts.baskets(data)
    for seen in (data.previous(12), data.previous(1), data):
        for counted in (seen, seen.units) if settings.unit == "account" else (seen,):
            for name in SHARED:
                counted.shared(name)
    return data


def open_dataset(settings: Any, folder: Path, month: str | None = None, as_of: date | None = None) -> Dataset:
    """Return the dataset that lies in a prepared folder."""
    described = json.loads((folder / "intake.json").read_text(encoding="utf-8"))
    engine = open_engine(settings)
    present = _register(engine, folder)
    mart = marts.build(engine, settings, folder)
    _register_or_empty(engine, "customer_day", mart)
    engine.register("rfm_map", segment_map.cells(settings.rfm.segment_map))
    oldest, newest = _dates(engine, present)
    asked = month or as_of or settings.as_of
    # Ready-made results of a mail test may have no day at all: then whoever asks has to name one.
    if newest is None and asked is None:
        raise _undated(folder, settings.root)
    if newest is not None and asked is None:
        _not_far_ahead(engine, present, newest, described["inputs"])
    period = _period(settings, oldest, newest, month, as_of or settings.as_of)
    return Dataset(engine, folder, settings, period, described["fingerprint"] + "-" + mart.name[-16:],
                   frozenset(present), oldest, newest, tuple(described["inputs"]), described["counts"])


def _undated(folder: Path, root: Path) -> CrmError:
    """What to say where no row has a day: what most rows were set aside for, if they were."""
    import pandas as pd

    books = pd.read_parquet(folder / "ledger.parquet")
    lost = books[books["fate"] == "quarantined"].sort_values(["rows", "source", "reason"],
                                                             ascending=[False, True, True])
    if lost.empty:
        return CrmError("dataset.no_dates")
    first = lost.iloc[0]
    column, _, reason = str(first["reason"]).partition(".")
    place = folder / "restricted" / "quarantine" / f"{first['source']}.csv"
    return CrmError("dataset.all_set_aside", where=os.path.relpath(place, root), rows=int(lost["rows"].sum()),
                    most=int(first["rows"]), column=column, reason=reason)


def _period(settings: Any, oldest: date | None, newest: date | None, month: str | None,
            as_of: date | None) -> months.Period:
    closing = settings.calendar.closing_day
    if oldest is None or newest is None:
        return months.period(month or months.month_of((as_of or date.max) - _DAY, closing), closing, as_of)
    if month is None:
        month = months.month_of(as_of - _DAY, closing) if as_of else months.newest_month(newest, closing)
        first = months.month_of(oldest, closing)
        month = max(month, first)
    period = months.period(month, closing, as_of)
    if period.start > newest or period.end <= oldest:
        raise CrmError("dataset.month_outside", month=month, first=months.month_of(oldest, closing),
                       last=months.month_of(newest, closing))
    return period


def _register(engine: DuckEngine, folder: Path) -> list[str]:
    """Register every canonical table, empty where the shop has none, and return those with rows."""
    present = []
    for name in schema.tables():
        if name == "customer_identity":
            continue
        if _register_or_empty(engine, name, folder / name):
            present.append(name)
    return present


def _register_or_empty(engine: DuckEngine, name: str, path: Path) -> bool:
    if path.is_dir() and next(path.rglob("*.parquet"), None) is not None:
        engine.register(name, path)
        return True
    columns = MART_COLUMNS if name == "customer_day" else schema.stored_columns(name)
    columns = columns | (schema.LINE_COLUMNS if name == "order_lines" else {})
    listed = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(column)}" for column, kind in columns.items())
    engine.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS SELECT {listed} WHERE FALSE")
    return False


def _dates(engine: DuckEngine, present: list[str]) -> tuple[date | None, date | None]:
    """Oldest and newest business date of the first table that decides."""
    for name in DATED:
        if name in present:
            row = engine.sql(f"SELECT MIN(business_date) AS oldest, MAX(business_date) AS newest FROM {name}").iloc[0]
            if row["newest"] is not None and row["newest"] == row["newest"]:
                return row["oldest"].date(), row["newest"].date()
    return _of_campaigns(engine)


def _not_far_ahead(engine: DuckEngine, present: list[str], newest: date, inputs: list[dict[str, Any]]) -> None:
    """Refuse to report on the month of a day that one slip has put years after all others."""
    name = next((one for one in DATED if one in present), None)
    if name is None:
        return
    near = f"SELECT 1 AS one FROM {name} WHERE business_date < $newest AND business_date >= $first LIMIT 1"
    if len(engine.sql(near, newest=newest, first=newest - FAR)):
        return  # found at once, where the newest of all days would have to be looked for among all rows
    before = engine.sql(f"SELECT MAX(business_date) AS day FROM {name} WHERE business_date < $newest",
                        newest=newest).iloc[0]["day"]
    if before is None or before != before:
        return
    files = [one["file"] for one in inputs if one.get("newest") == newest.isoformat()]
    raise CrmError("dataset.far_ahead", where=", ".join(files), newest=newest.isoformat(),
                   before=before.date().isoformat(), years=(newest - before.date()).days // 366)


def _of_campaigns(engine: DuckEngine) -> tuple[date | None, date | None]:
    """Oldest and newest day of campaigns, for a shop that holds nothing else with a day of its own."""
    row = engine.sql(
        "SELECT MIN(started) AS oldest, MAX(ended) AS newest FROM (SELECT CAST(starts_on AS DATE) AS started, "
        "CAST(GREATEST(starts_on, COALESCE(ends_on, starts_on)) AS DATE) AS ended FROM campaigns "
        "UNION ALL SELECT CAST(s.at AS DATE) AS started, CAST(s.at AS DATE) AS ended FROM sends AS s)").iloc[0]
    if row["oldest"] is None or row["oldest"] != row["oldest"]:
        return None, None
    return row["oldest"].date(), row["newest"].date()

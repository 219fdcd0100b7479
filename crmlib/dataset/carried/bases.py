"""What is known of each buyer, carried from month to month: a month end, and the days since, give the next one exactly.

Kept beside the intakes of a shop by the content of the mart's months it follows from. Only whole months of all
history, people counted: a window of days forgets, and who is an account may change with the list of customers.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.dataset import months
from crmlib.dataset.marts import publish, share
from crmlib.dataset.snapshots import mart_files
from crmlib.engine import statements

if TYPE_CHECKING:
    from crmlib.dataset.data import Dataset

#: What is carried, and the statement that makes it of an earlier month end and the days since.
BASE, MORE = "customer_base", "customer_base_more"
#: How many months back one is looked for.
LOOK_BACK = 12
#: How many are kept for a shop: of this month, the last one, last year, what forecasts start from, and some more.
KEPT = 24


def ever(data: Dataset) -> Dataset:
    """Return the same data with no window of days, so that ``customer_base`` holds all history."""
    if data.settings.rfm.window_days is None:
        return data
    rfm = data.settings.rfm.model_copy(update={"window_days": None})
    return replace(data, settings=data.settings.model_copy(update={"rfm": rfm}))


def upto(data: Dataset, day: date) -> tuple[str, date]:
    """Return the name of what was stored at the last month end up to a day, and the first day it does not know."""
    closing = data.settings.calendar.closing_day
    until = months.period(months.month_of(day, closing), closing).start
    return ever(data).at(months.month_of(until - timedelta(days=1), closing)).shared(BASE), until


def known(data: Dataset) -> tuple[str, Path] | None:
    """Return the latest month end before this one that has left what it knew, and its file; None without one."""
    marks = mart_files(data) if _may(data) else {}
    found = ((month, _place(data, marks, month)) for n in range(1, LOOK_BACK + 1)
             if (month := months.shift(data.month, -n)))
    return next(((month, path) for month, path in found if path.is_file()), None) if marks else None


def write(data: Dataset, name: str, staging: Path) -> bool:
    """Write a measure of this month from what it or an earlier month end left; False where nothing is carried."""
    if (own := _own(data, name)) is not None and share(own, staging):
        os.utime(own)
        return True
    before = known(data) if name == BASE else None
    if before is None:
        return False
    month, path = before
    os.utime(path)
    data.engine.register("base_before", path)
    until = months.period(month, data.settings.calendar.closing_day).as_of
    data.engine.write(statements.compose(MORE), staging, as_of=data.as_of, since=until)
    return True


def leave(data: Dataset, name: str, path: Path) -> None:
    """Keep this month's measure for later months, where it is one that is carried."""
    target = _own(data, name)
    if target is None or target.is_file():
        return
    staging = target.with_name(f".{target.name}.{os.getpid()}")
    if not share(path, staging):
        return  # the next month reads all days again
    publish(staging, target)
    kept = sorted(target.parent.glob("*_base-*.parquet"), key=lambda p: (p.stat().st_mtime_ns, p.name))
    for old in kept[:-KEPT]:
        old.unlink(missing_ok=True)


def _own(data: Dataset, name: str) -> Path | None:
    """Return where a whole month's measure is kept for later ones; None where it is not one that is carried."""
    marks = mart_files(data) if name == BASE and _may(data) and not data.period.partial else {}
    return _place(data, marks, data.month) if marks else None


def _may(data: Dataset) -> bool:
    return not data.accounts and data.settings.rfm.window_days is None


def _place(data: Dataset, marks: dict[str, str], month: str) -> Path:
    """Return where a month end's rows lie: by statement, end of the month, and the mart's files up to it."""
    until = months.period(month, data.settings.calendar.closing_day).as_of
    told = [statements.text(BASE), until.isoformat(), sorted((ym, mark) for ym, mark in marks.items() if ym <= month)]
    key = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]
    return data.folder.parent / "carried" / f"{BASE}-{month}-{key}.parquet"

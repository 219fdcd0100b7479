"""What is known of buyers up to a month, carried over to the next: a month more reads that month of the mart only.

Kept beside the intakes of a shop, by the content of the mart's months it follows from: what each day brought, the
cohorts' cells of each month, and the waits that have ended. None of it changes when later months are added; what does,
who is still waiting and who bought for the last time, follows from what is known of each customer (``bases``).
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.dataset import months
from crmlib.dataset.carried import bases
from crmlib.dataset.carried.bases import LOOK_BACK
from crmlib.dataset.marts import publish
from crmlib.dataset.snapshots import mart_files
from crmlib.engine import statements

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset.data import Dataset

STATEMENTS = ("customer_base", "trends_buyers", "trends_cohorts", "trends_waits", "trends_days")
#: How many months are kept for a shop.
KEPT = 6
NOBODY = {"customer_key": "str", "first_order_on": "datetime64[us]", "last_order_on": "datetime64[us]",
          "purchase_days": "int64"}
CELLS, WAITS = ["cohort", "ym"], ["cohort", "purchase", "days", "came"]


@dataclass(frozen=True)
class Carried:
    """Rows of the whole history up to ``as_of``.

    Attributes
    ----------
    cohorts : pandas.DataFrame
        cohort, ym, active, last_active, sales: as ``trends_cohorts`` with nothing known before.
    waits : pandas.DataFrame
        cohort, purchase, days, came, waits: as ``trends_waits`` with nothing known before.
    days : pandas.DataFrame
        business_date, ym, dow, orders, customers, sales, returns: as ``trends_days`` with nothing known before.
    """

    cohorts: pd.DataFrame
    waits: pd.DataFrame
    days: pd.DataFrame


def carried(data: Dataset) -> Carried:
    """Return what is known up to the month, from what an earlier one left, if any did; leave it for later ones."""
    folder, marks = data.folder.parent / "carried", mart_files(data)
    own = folder / _key(marks, data.month)
    if not data.period.partial and (own / "complete").is_file():
        os.utime(own)
        return _stored(own, data)
    known = next((month for n in range(1, LOOK_BACK + 1) if (month := months.shift(data.month, -n)) and
                  (folder / _key(marks, month) / "complete").is_file()), "")
    made = _made(data, known, folder / _key(marks, known) if known else None)
    if not data.period.partial:
        _keep(made, own, data.month)
        _tidy(folder)
    return made


def _made(data: Dataset, known: str, before: Path | None) -> Carried:
    """Make cohorts, waits and days from what was known and the months after it."""
    import pandas as pd

    days = data.query("trends_days", known_month=known)
    if before is None:
        nobody = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in NOBODY.items()})
        return Carried(*_asked(data, known, days, nobody), days)
    days = pd.concat([pd.read_parquet(before / "days.parquet"), days], ignore_index=True).astype(days.dtypes.to_dict())
    return _together(before, *_asked(data, known, days, bases.ever(data).at(known).shared("customer_base")), days)


def _asked(data: Dataset, known: str, days: pd.DataFrame, base: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cohorts and waits since the known month, at whose end ``base`` tells of each customer."""
    now, names = bases.ever(data).shared("customer_base"), days[["business_date", "ym"]]
    return (data.query("trends_cohorts", tables={"base_known": now, "month_days": names}, known_month=known),
            data.query("trends_waits", tables={"base_known": base, "month_days": names}, known_month=known))


def _together(before: Path, cohorts: pd.DataFrame, waits: pd.DataFrame, days: pd.DataFrame) -> Carried:
    """Lay what a month has left and what came since together."""
    import pandas as pd

    cells = pd.read_parquet(before / "cohorts.parquet").assign(last_active=0)
    return Carried(_added(cells, cohorts, CELLS), _added(pd.read_parquet(before / "waits.parquet"), waits, WAITS), days)


def _added(one: pd.DataFrame, other: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the rows of both, equal ones added up, in the order of the statements."""
    import pandas as pd

    whole = pd.concat([one, other]).groupby(by, dropna=False, sort=True, as_index=False).sum()
    return whole.sort_values(by, na_position="last", ignore_index=True).astype(other.dtypes.to_dict())


def _stored(own: Path, data: Dataset) -> Carried:
    """Read what this very month has left; who still waits and who bought last follows from its customers."""
    import pandas as pd

    days = pd.read_parquet(own / "days.parquet")
    return _together(own, *_asked(data, data.month, days, bases.ever(data).shared("customer_base")), days)


def _keep(made: Carried, own: Path, month: str) -> None:
    """Leave what the next month can build upon: days, cells and ended waits, which stay as they are."""
    staging = own.with_name(f".{own.name}.{os.getpid()}")
    staging.mkdir(parents=True, exist_ok=True)
    made.days.to_parquet(staging / "days.parquet", index=False)
    made.cohorts.to_parquet(staging / "cohorts.parquet", index=False)
    made.waits[made.waits["came"] == 1].to_parquet(staging / "waits.parquet", index=False)
    (staging / "complete").write_text(month + "\n", encoding="utf-8")
    publish(staging, own)


def _key(marks: dict[str, str], month: str) -> str:
    """Hash of everything that is known up to a month follows from: statements, and the mart's files up to it."""
    texts = [statements.text(name) for name in STATEMENTS]
    payload = json.dumps([texts, sorted((ym, mark) for ym, mark in marks.items() if ym <= month)])
    return f"{month}-{hashlib.sha256(payload.encode()).hexdigest()[:24]}"


def _tidy(folder: Path) -> None:
    import shutil

    kept = sorted((p for p in folder.glob("[0-9]*") if p.is_dir()), key=lambda p: (p.stat().st_mtime_ns, p.name))
    for path in kept[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)

"""The additive mart ``customer_day``: one Parquet file a month, rebuilt only for months whose lines changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.engine import statements

if TYPE_CHECKING:
    from crmlib.engine.duck import DuckEngine

VERSION = "1"


def mart_key(settings: Any) -> str:
    """Return a short hash of everything that decides the mart besides the lines themselves."""
    texts = [statements.text(name) for name in (*statements.closure("mart_customer_day"), "cancelled_pairs")]
    return _hash([VERSION, *texts, *basis(settings).values(), settings.sales.cancellations])


def build_customer_day(engine: DuckEngine, settings: Any, folder: Path) -> Path:
    """Write the missing months of the mart and return its folder.

    Parameters
    ----------
    engine : DuckEngine
        With ``order_lines`` and ``orders`` registered.
    folder : pathlib.Path
        The prepared dataset's folder; the mart lies in ``marts/customer_day-<key>``.
    """
    target = folder / "marts" / f"customer_day-{mart_key(settings)}"
    if (target / "complete.json").is_file():
        return target
    staging = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(staging, ignore_errors=True)
    _register_dropped(engine, settings)
    months = engine.sql("SELECT DISTINCT ym FROM order_lines WHERE ym IS NOT NULL ORDER BY ym")["ym"].tolist()
    text = statements.compose("mart_customer_day")
    rows = {month: engine.write(text, staging / f"ym={month}" / "data.parquet", ym=month, **basis(settings))
            for month in months}
    staging.mkdir(parents=True, exist_ok=True)
    (staging / "complete.json").write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")
    publish(staging, target)
    return target


def publish(staging: Path, target: Path) -> None:
    """Put a finished folder or file in its place; when another run was faster, keep that one."""
    try:
        os.replace(staging, target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(staging, ignore_errors=True)


def basis(settings: Any) -> dict[str, str]:
    """Return what `order_sales` asks for besides the month: how tax is converted, if at all, and what points are."""
    sales = settings.sales
    converted = "as_recorded" if sales.tax in ("as_recorded", sales.recorded) else sales.tax
    return {"tax": converted, "points": sales.points, "country": settings.calendar.country or ""}


def _register_dropped(engine: DuckEngine, settings: Any) -> None:
    """Orders that a later document took back whole leave the mart only when the shop asks for it."""
    if settings.sales.cancellations == "drop_matched":
        engine.register("dropped_orders", engine.query("cancelled_pairs").astype({"order_id": "str"}))
    else:
        engine.execute("CREATE OR REPLACE TEMP VIEW dropped_orders AS SELECT CAST(NULL AS VARCHAR) AS order_id LIMIT 0")


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

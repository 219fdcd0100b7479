"""Additive marts: one Parquet file a month, made anew only where the lines are others.

``customer_day`` is made with the dataset, those of products on first use (``monthly``). A month that
intake took over from an older merge is the same file on disk; its part of the mart is then taken over too.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.engine import statements

if TYPE_CHECKING:
    from crmlib.dataset.data import Dataset
    from crmlib.engine.duck import DuckEngine

VERSION = "2"
CUSTOMER_DAY = "customer_day"
#: What each product brought.
PRODUCTS = "product_month"
#: Marts of baskets: which products lay together, and in baskets of which size.
PAIRS, SIZES = BASKETS = ("product_pair_month", "product_size_month")
#: A mart of pairs with more rows than so many times the lines it is made from is not worth its making: with tens of
#: thousands of products in large baskets nearly every two meet once, and counting the frequent ones anew is faster.
WORTH = 4


def mart_key(settings: Any, mart: str = CUSTOMER_DAY) -> str:
    """Return a short hash of everything that decides a mart besides the lines themselves."""
    texts = [statements.text(name) for name in (*statements.closure(f"mart_{mart}"), "cancelled_pairs")]
    decided = [str(value) for value in _asked(settings, mart).values()]
    return _hash([VERSION, *texts, *decided, settings.sales.cancellations])


def _asked(settings: Any, mart: str) -> dict[str, Any]:
    """What the statement of a mart asks for besides the month."""
    if mart == PRODUCTS:
        return {}
    return {"max_basket": settings.products.max_basket} if mart in BASKETS else basis(settings)


def monthly(data: Dataset, *marts: str) -> None:
    """Make marts readable under their names; what is missing of them is made first."""
    for mart in marts:
        data.engine.register(mart, build(data.engine, data.settings, data.folder, mart))


def baskets(data: Dataset) -> tuple[bool, bool]:
    """Make the marts of baskets readable; tell whether that of pairs is among them, being worth its making.

    Told second is whether there are baskets with more products than ``products.max_basket``.
    """
    monthly(data, SIZES)
    rows = data.query("products_mart_rows", max_basket=data.settings.products.max_basket)
    meetings, every = rows["meetings"] // 2, rows["products"] * (rows["products"] - 1) // 2
    worth = int(meetings.where(meetings < every, every).sum()) <= WORTH * int(rows["lines"].sum())
    if worth:
        monthly(data, PAIRS)
    return worth, bool(rows["larger"].any())


def build(engine: DuckEngine, settings: Any, folder: Path, mart: str = CUSTOMER_DAY) -> Path:
    """Write the missing months of a mart and return its folder.

    Parameters
    ----------
    engine : DuckEngine
        With ``order_lines`` and ``orders`` registered.
    folder : pathlib.Path
        The prepared dataset's folder; the mart lies in ``marts/<mart>-<key>``.
    """
    target = folder / "marts" / f"{mart}-{mart_key(settings, mart)}"
    if (target / "complete.json").is_file():
        return target
    staging = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    _register_dropped(engine, settings)
    months = sorted(path.parent.name[3:] for path in folder.glob("order_lines/ym=*/*.parquet"))
    marks = _marks(engine, settings, folder, months)
    text, older, content = statements.compose(f"mart_{mart}"), _older(target), {}
    for month in months:
        path, (before, content[month]) = _of(staging, month), older.get(marks[month], (target, ""))
        if not (content[month] and share(before, path)):
            engine.write(text, path, ym=month, **_asked(settings, mart))
            content[month] = hashlib.sha256(path.read_bytes()).hexdigest()
    told = json.dumps({"made_of": marks, "content": content}, indent=1)
    (staging / "complete.json").write_text(told + "\n", encoding="utf-8")
    publish(staging, target)
    return target


def files(folder: Path, key: str) -> dict[str, str]:
    """Return each month of the mart ``customer_day`` with this key and the hash of its file; none without the mart."""
    path = folder / "marts" / f"{CUSTOMER_DAY}-{key}" / "complete.json"
    return json.loads(path.read_text(encoding="utf-8"))["content"] if path.is_file() else {}


def _of(mart: Path, month: str) -> Path:
    return mart / f"ym={month}" / "data.parquet"


def _marks(engine: DuckEngine, settings: Any, folder: Path, months: list[str]) -> dict[str, str]:
    """What each month of the mart is made of: its files, which a later intake shares, and the orders left out of it."""
    left_out: dict[str, str] = {}
    if settings.sales.cancellations == "drop_matched":
        rows = engine.sql("SELECT DISTINCT l.ym, d.order_id FROM order_lines AS l INNER JOIN dropped_orders AS d "
                          "ON d.order_id = l.order_id OR d.order_id = l.return_of ORDER BY l.ym, d.order_id")
        left_out = {str(ym): _hash(part.tolist()) for ym, part in rows.groupby("ym")["order_id"]}
    return {month: _hash([_file_mark(_of(folder / t, month)) for t in ("orders", "order_lines")]
                         + [left_out.get(month, "")]) for month in months}


def _file_mark(path: Path) -> str:
    if not path.is_file():
        return ""
    found = path.stat()
    return f"{found.st_dev} {found.st_ino} {found.st_size} {found.st_mtime_ns}"


def _older(target: Path) -> dict[str, tuple[Path, str]]:
    """Return files of marts of the same key beside other intakes of the shop, and their hash, by what they are of."""
    found = {}
    for path in sorted(target.parents[2].glob(f"*/marts/{target.name}/complete.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        found.update({mark: (_of(path.parent, month), told["content"][month])
                      for month, mark in told["made_of"].items()})
    return found


def share(path: Path, target: Path) -> bool:
    """Let another place hold the same file; False on another file system, or one without links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:
        return False
    return True


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

"""A shop of a million customers and five million order lines, as intake leaves it; the same rows for one seed."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from _measure import ROOT

sys.path.insert(0, str(ROOT))
FIRST_DAY, DAYS, MONTH = date(2024, 11, 1), 730, "2026-10"
#: Purchase rates and leaving of the model itself: gamma (shape, days) and beta.
RATE, LEAVE = (0.8, 60.0), (0.8, 2.5)
LINES_MORE = 0.64  # lines of an order beyond the first, on average
ARROW = {"VARCHAR": pa.string(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"), "BIGINT": pa.int64(),
         "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "INTEGER": pa.int32()}


def bought(customers: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return who bought on which day (counted from the first), one element an order, in order of the days."""
    rate = chance.gamma(RATE[0], 1 / RATE[1], customers)
    leave = chance.beta(*LEAVE, customers)
    who, now = np.arange(customers), chance.uniform(0, DAYS, customers)
    people, days = [], []
    while len(who):
        people.append(who)
        days.append(now.astype(np.int64))
        stays = chance.random(len(who)) >= leave[who]
        who, now = who[stays], now[stays] + chance.exponential(1 / rate[who[stays]])
        seen = now < DAYS
        who, now = who[seen], now[seen]
    person, day = np.concatenate(people), np.concatenate(days)
    order = np.lexsort((person, day))
    return person[order], day[order]


def make(folder: Path, customers: int, seed: int = 1) -> dict[str, int]:
    """Write ``orders``, ``order_lines`` and ``customers`` and return how many rows each has."""
    from crmlib.engine.duck import DuckEngine

    engine, chance = DuckEngine(), np.random.default_rng(seed)
    person, day = bought(customers, chance)
    keys = np.array([f"{(n + 1) * 0x9E3779B97F4A7C15 % (1 << 64):016x}{(n + 7) * 0xC2B2AE3D27D4EB4F % (1 << 64):016x}"
                     for n in range(customers)])
    mean = 2500 / chance.gamma(3.7, 1 / 3.7, customers)
    lines = 1 + chance.poisson(LINES_MORE, len(person))
    amount = np.maximum(chance.gamma(3.0, 1 / 3.0, int(lines.sum())) * np.repeat(mean[person] / lines, lines), 1)
    when = np.datetime64(FIRST_DAY) + day
    month = when.astype("datetime64[M]")
    starts = np.concatenate([[0], np.cumsum(lines)])
    for ym in np.unique(month):
        here = slice(*np.searchsorted(month, [ym, ym + 1]))
        count, first = lines[here], starts[here.start]
        orders = {"order_id": pa.array([f"{n:09d}" for n in range(here.start, here.stop)]),
                  "customer_key": pa.array(keys[person[here]]), "business_date": pa.array(when[here]),
                  "ordered_at": pa.array(when[here].astype("datetime64[us]") + np.timedelta64(12, "h")),
                  "dow": pa.array(((day[here] + FIRST_DAY.weekday()) % 7 + 1).astype(np.int32))}
        taken = pa.array(np.repeat(np.arange(len(count)), count))
        money = amount[first:first + count.sum()].round().astype(np.int64)
        detail = {name: pc.take(orders[name], taken) for name in ("order_id", "customer_key", "business_date")}
        detail |= {"amount": pa.array(money), "quantity": pa.array(np.ones(len(money), np.int64)),
                   "line_no": pa.array([str(n) for n in range(len(money))]), "product_id": pa.array(money % 997)}
        fixed = {"ym": str(ym), "status": "placed", "channel": "store", "hour": 12, "line_type": "product",
                 "cancelled": False}
        _write(engine, "orders", folder / "orders" / f"ym={ym}", orders, fixed)
        _write(engine, "order_lines", folder / "order_lines" / f"ym={ym}", detail, fixed)
    known = {"customer_key": pa.array(keys), "customer_id": pa.array(keys)}
    _write(engine, "customers", folder / "customers", known, {})
    engine.close()
    empty = pa.table({n: pa.array([], pa.string()) for n in ("step", "source", "table", "reason", "rows", "amount")})
    pq.write_table(empty, folder / "ledger.parquet")
    described = {"fingerprint": f"made-{customers}-{seed}", "inputs": [], "counts": {}}
    (folder / "intake.json").write_text(json.dumps(described), encoding="utf-8")
    return {"customers": len(np.unique(person)), "orders": len(person), "order_lines": int(lines.sum())}


def _write(engine: Any, name: str, folder: Path, arrays: dict[str, pa.Array], fixed: dict[str, object]) -> None:
    """Write a file of a table as intake writes it: by the same engine, in the same order."""
    from crmlib import schema
    from crmlib.intake.merge.write import order, stored

    spec = schema.stored_columns(name) | (schema.LINE_COLUMNS if name == "order_lines" else {})
    rows = len(next(iter(arrays.values())))
    columns = [arrays[column].cast(ARROW[spec[column]]) if column in arrays else
               pa.repeat(pa.scalar(fixed.get(column), ARROW[spec[column]]), rows) for column in stored(name)]
    engine.register("made", pa.Table.from_arrays(columns, stored(name)))
    engine.write(f"SELECT * FROM made ORDER BY {order(name)}", folder / "data.parquet")

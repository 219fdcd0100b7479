"""Pairs of independent baskets with the sizes of real ones: the raw lift cries wolf, the adjusted one does not.

Sizes: share of the baskets of the grocery panel "The Complete Journey" with 1, 2, … different products, above
10 in classes at their mean. Products are drawn without regard to each other.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shop
from crmlib import schema
from crmlib.analyses.products.goods import Goods
from crmlib.analyses.products.together.pairs import baskets as held_in
from crmlib.analyses.products.together.pairs import frequent, pairs
from crmlib.dataset import open_dataset

SIZES = {1: 0.215, 2: 0.118, 3: 0.089, 4: 0.069, 5: 0.056, 6: 0.047, 7: 0.039, 8: 0.033, 9: 0.03, 10: 0.026, 13: 0.093,
         18: 0.056, 25: 0.062, 37: 0.043, 58: 0.025}
BASKETS, PRODUCTS, CUSTOMERS = 12_000, 300, 900


def baskets(seed: int) -> list[np.ndarray]:
    """Baskets of different products, each drawn by how popular it is."""
    chance = np.random.default_rng(seed)
    weight = 1.0 / (np.arange(PRODUCTS) + 5.0) ** 0.8
    sizes = chance.choice(list(SIZES), BASKETS, p=np.array(list(SIZES.values())) / sum(SIZES.values()))
    # The largest of weighted exponential draws are a sample without repetition (Efraimidis & Spirakis 2006).
    order = np.argsort(chance.exponential(size=(BASKETS, PRODUCTS)) / weight, axis=1)
    return [row[:size] for row, size in zip(order, sizes, strict=True)]


def shop_of(folder, held):
    """Write the baskets as a shop of one year and return its pairs."""
    size = np.array([len(one) for one in held])
    number = np.repeat(np.arange(len(held)), size)
    month = np.array([f"2026-{m:02d}" for m in range(1, 13)])[np.arange(len(held)) % 12]
    who = np.array([f"C{n:04d}" for n in range(CUSTOMERS)])[np.arange(len(held)) * 7919 % CUSTOMERS]
    lines = pd.DataFrame({
        "order_id": number.astype("str"), "line_no": "1", "line_type": "product", "quantity": 1, "amount": 100,
        "product_id": np.char.add("P", np.char.zfill(np.concatenate(held).astype("str"), 3)),
        "customer_key": who[number], "ym": month[number], "hour": 12, "cancelled": False,
        "business_date": pd.to_datetime(month[number] + "-15").date})
    orders = lines.drop_duplicates("order_id").assign(dow=1)
    for name, frame in (("orders", orders), ("order_lines", lines)):
        spec = schema.stored_columns(name) | (schema.LINE_COLUMNS if name == "order_lines" else {})
        table = {c: pa.array(frame[c] if c in frame else [None] * len(frame), shop.ARROW[k]) for c, k in spec.items()}
        (folder / name).mkdir(parents=True, exist_ok=True)
        for ym in sorted(set(frame["ym"])):
            target = folder / name / f"ym={ym}" / "data.parquet"
            target.parent.mkdir()
            pq.write_table(pa.table(table).filter(pa.array(frame["ym"] == ym)), target)
    shop.write(folder, {})
    data = open_dataset(shop.settings(), folder, month="2026-12")
    found = Goods(data, data.settings.products)
    held = held_in(found)
    return pairs(found, held, frequent(found, held))


@pytest.mark.parametrize("seed", [1, 2])
def test_independent_baskets_have_no_pairs_beyond_chance(tmp_path, seed):
    found = shop_of(tmp_path, baskets(seed))
    assert len(found) > 1000
    assert (found["lift"] > 1).mean() > 0.99 and found["lift"].median() > 1.5
    assert 0.97 <= found["lift_adjusted"].median() <= 1.03
    assert ((found["low"] > 1) | (found["high"] < 1)).mean() <= 0.06
    assert (found["lift_adjusted"] * found["lift_null"]).to_numpy() == pytest.approx(found["lift"].to_numpy())


def test_a_planted_pair_stands_first(tmp_path):
    """Every tenth basket with P100 gets P200 as well."""
    held = baskets(3)
    with_it = [n for n, one in enumerate(held) if 100 in one and 200 not in one]
    for n in with_it[::4]:
        held[n] = np.append(held[n], 200)
    first = shop_of(tmp_path, held).iloc[0]
    assert {first["a"], first["b"]} == {"P100", "P200"} and first["low"] > 2
    assert first["baskets"] == sum({100, 200} <= set(one.tolist()) for one in held)

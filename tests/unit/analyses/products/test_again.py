"""Refills: what a window promises is measured on earlier ones. Returns: of many products some stand out by chance."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import shop
from crmlib.analyses.products import again
from crmlib.analyses.products.assortment.uptake import stands_out
from crmlib.analyses.products.goods import Goods
from crmlib.dataset import open_dataset
from crmlib.text import load_text

PEOPLE, BEAT = 60, 20


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Sixty customers buy rice every 20 days or so; a third stops in July, a third in March."""
    draw, rows = np.random.default_rng(5), ["customer,day,amount,order,product"]
    ends = (date(2026, 10, 31), date(2026, 7, 28), date(2026, 3, 31))
    for n in range(PEOPLE):
        day, turn = date(2025, 7, 1) + timedelta(days=n % BEAT), 0
        while day <= ends[n % 3]:
            rows.append(f"C{n:02d},{day},100,O{n:02d}_{turn},RICE")
            day, turn = day + timedelta(days=int(BEAT + draw.integers(-6, 7))), turn + 1
    folder = shop.write(tmp_path_factory.mktemp("shop"), shop.purchases("\n".join(rows)))

    def of(month):
        data = open_dataset(shop.settings(), folder, month=month)
        return again.part(Goods(data.people, data.settings.products), data.settings.products)

    return of


def test_what_may_be_expected_was_known_when_the_windows_were_told(page):
    now, before = (page(month).tables["replenishment_proof"].frame.set_index("outcome")
                   for month in ("2026-10", "2026-07"))
    assert now["expected"].tolist() == before["share"].tolist()
    assert now["share"].sum() == pytest.approx(1) and now["customers"].sum() == 40  # 20 had stopped before


def test_the_page_tells_how_many_windows_held_and_promises_no_half(page):
    result = page("2026-10")
    values = dict(result.notes)["again.proof_expected"]
    assert values["not_yet"] == pytest.approx(0.5)  # those who stopped in July
    assert values["inside"] < 0.5 < values["timed"] == pytest.approx(values["inside"] / 0.5)
    for locale in ("ja", "en"):
        assert load_text("products", locale).sentence("notes.again.proof_expected", values)


def test_where_no_earlier_trial_is_possible_none_is_named(page):
    result = page("2025-12")
    assert result.tables["replenishment_proof"].frame["expected"].isna().all() and "again.proof" in dict(result.notes)


def test_of_two_hundred_products_none_stands_out_by_chance_alone():
    orders = pd.Series([100] * 200)
    chance = pd.Series(binom.ppf((np.arange(200) + 0.5) / 200, 100, 0.02).astype("int64"))
    assert chance.max() >= 6 and set(stands_out(chance, orders, 0.02)) == {"alike"}  # 6 of 100 alone would be "above"
    worst = chance.mask(chance.index == 7, 15)
    assert [n for n, one in enumerate(stands_out(worst, orders, 0.02)) if one == "above"] == [7]

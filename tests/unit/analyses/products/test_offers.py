"""Offers: never what somebody has, filled up with what is popular, and in use only where they beat it."""

from __future__ import annotations

import pandas as pd
import pytest

import shop
from crmlib.analyses import products
from crmlib.analyses.products.together.offers import backtest, gain
from crmlib.dataset import open_dataset


def outcome(rows):
    return pd.DataFrame(rows, columns=["pairs_hits", "popularity_hits", "customers"])


class Three:
    """Stands for the page: three offers a customer."""

    class settings:
        offers = 3


def test_gain_is_the_difference_of_paired_shares():
    """40 of 200 hit by pairs only, 20 by popularity only: 0.1 ± 1.96 √(60 - 20²/200) / 200."""
    share, low, high = gain(outcome([(1, 0, 40), (0, 2, 20), (1, 1, 30), (0, 0, 110)]))
    assert share == pytest.approx(0.1)
    assert (low, high) == pytest.approx((0.1 - 1.959964 * 58**0.5 / 200, 0.1 + 1.959964 * 58**0.5 / 200))


def test_rates_count_customers_and_precision_offers():
    found = backtest(Three, outcome([(1, 0, 40), (0, 2, 20), (2, 1, 30), (0, 0, 110)])).set_index("method")
    assert found.loc["pairs", ["customers", "offers", "hits"]].tolist() == [200, 600, 100]
    assert found.loc["pairs", "hit_rate"] == pytest.approx(0.35) and found.loc["popularity", "hit_rate"] == 0.25
    assert found.loc["popularity", "precision"] == pytest.approx(70 / 600)
    assert found["used"].to_dict() == {"pairs": "true", "popularity": "false"}


@pytest.mark.parametrize("rows", [[(0, 1, 30), (1, 0, 10), (0, 0, 60)], [(0, 1, 9), (1, 0, 10), (0, 0, 60)]])
def test_pairs_that_do_not_clearly_win_are_not_used(rows):
    assert backtest(Three, outcome(rows)).set_index("method").loc["popularity", "used"] == "true"


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Who buys X0 to X9 buys its own Y next month; Z is bought by everybody else and says nothing of them."""
    rows = ["customer,day,amount,order,product"]
    for kind in range(10):
        for n in range(20):
            who = f"C{kind}_{n:02d}"
            rows.append(f"{who},2026-08-{n + 1:02d},100,A{who},X{kind}")
            if n < 10:
                rows.append(f"{who},2026-08-{n + 1:02d},100,A{who},Y{kind}")
            else:
                rows.append(f"{who},2026-10-{n + 1:02d},100,B{who},Y{kind}")
    data = open_dataset(shop.settings(products={"pair_baskets": 5, "pair_customers": 5, "offers": 1}),
                        shop.write(tmp_path_factory.mktemp("shop"), shop.purchases("\n".join(rows))), month="2026-10")
    return products.analyse(data, data.settings.products)


def test_planted_partners_are_found_offered_and_win(planted):
    found = planted.tables["offers_backtest"].frame.set_index("method")
    assert found.loc["pairs", "hit_rate"] == 1 and found.loc["pairs", "used"] == "true"
    assert found.loc["popularity", "hit_rate"] < 0.2
    assert "offers.wins" in {key for key, _ in planted.notes}
    pairs = planted.tables["pairs"].frame
    assert {(a[1], b[1]) for a, b in zip(pairs["a"], pairs["b"], strict=True)} == {(str(n), str(n)) for n in range(10)}


def test_nobody_is_offered_what_they_have(planted):
    told = planted.measures.set_index("customer_key")["next_offer"]
    assert told["C3_01"] not in ("X3", "Y3") and told["C3_15"] not in ("X3", "Y3")

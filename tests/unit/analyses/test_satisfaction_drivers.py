"""What goes with satisfaction: planted weights, a portfolio by hand, gaps, and too few sheets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses.satisfaction import drivers
from crmlib.dataset import open_dataset

METRICS = [{"key": "csat", "scale": [1, 5], "statistic": "top2"},
           {"key": "service", "scale": [1, 5], "statistic": "top2"},
           {"key": "price", "scale": [1, 5], "statistic": "top2"},
           {"key": "queue", "scale": [1, 5], "statistic": "top2", "better": "low"}]


def answers(scores):
    """Long answers from one row a sheet; an empty cell is a question left out."""
    rows = [(f"C{n:04d}", question, score) for n, sheet in enumerate(scores.to_dict("records"))
            for question, score in sheet.items() if not pd.isna(score)]
    return pd.DataFrame(rows, columns=["customer_key", "question", "score"]).assign(
        score=lambda found: found["score"].astype(int).astype(str), survey_id="S", answered_at="2026-10-20 10:00",
        day="2026-10-20")


def part(folder, scores, **satisfaction):
    told = answers(scores)
    tables = shop.purchases("customer,day,amount\nC0000,2026-10-01,100") | {"survey_answers": told}
    data = open_dataset(shop.settings(satisfaction={"metrics": METRICS, **satisfaction}), shop.write(folder, tables),
                        month="2026-10")
    return drivers.part(data, data.settings.satisfaction)


def planted(n=600, seed=3):
    """Service weighs most, then a short queue; price nothing at all."""
    draw = np.random.default_rng(seed)
    service, price, queue = (draw.integers(1, 6, n) for _ in range(3))
    overall = np.clip(np.round(0.8 * (service - 3) - 0.4 * (queue - 3) + 3 + draw.normal(0, 0.6, n)), 1, 5)
    return pd.DataFrame({"csat": overall, "service": service, "price": price, "queue": queue}).astype(float)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return part(tmp_path_factory.mktemp("drivers"), planted())


def test_planted_weights_are_found_in_their_order(found):
    table = found.tables["drivers"].frame.set_index("item")
    assert list(table.index) == ["service", "queue", "price"]
    assert list(table["rank"]) == [1, 2, 3]
    assert (table["rank_best"] == table["rank_worst"]).all()
    assert table.loc["price", "importance"] < 0.02
    x = planted()
    r2 = 1 - np.var(x["csat"] - np.column_stack([np.ones(len(x)), x[["service", "price", "queue"]]]) @ np.linalg.lstsq(
        np.column_stack([np.ones(len(x)), x[["service", "price", "queue"]]]), x["csat"], rcond=None)[0]) / np.var(
            x["csat"])
    assert table["importance"].sum() == pytest.approx(r2, abs=1e-9)
    assert "drivers.leads" in dict(found.notes)


def test_satisfied_counts_the_two_best_steps_the_low_ones_where_low_is_good(found):
    x = planted()
    table = found.tables["drivers"].frame.set_index("item")
    assert table.loc["service", "performance"] == pytest.approx((x["service"] >= 4).mean())
    assert table.loc["queue", "performance"] == pytest.approx((x["queue"] <= 2).mean())


def test_poor_and_excellent_service_both_move_the_score_and_price_does_not(found):
    kinds = found.tables["penalty_reward"].frame.set_index("item")["kind"]
    assert kinds["service"] == "performance"
    assert kinds["price"] == "none"


def test_alpha_is_a_fact_with_its_interval(found):
    (fact,) = found.facts
    x = planted()
    items = np.column_stack([x["service"], x["price"], -x["queue"]])
    by_hand = 3 / 2 * (1 - items.var(axis=0).sum() / items.sum(axis=1).var())
    assert fact.value == pytest.approx(by_hand, abs=1e-9)
    assert fact.low < fact.value < fact.high
    assert fact.n == 600


def test_sheets_with_a_gap_are_left_out_and_items_hardly_answered_too(tmp_path):
    scores = planted(400)
    scores.loc[:99, "price"] = np.nan
    scores.loc[:299, "queue"] = np.nan
    found = part(tmp_path, scores)
    said = dict(found.notes)
    assert said["drivers.left_out"] == {"items": "queue"}
    assert found.facts[0].n == 300


@pytest.mark.parametrize(("n", "note"), [(99, "drivers.too_few"), (100, "drivers.leads")])
def test_a_hundred_sheets_are_needed(tmp_path, n, note):
    found = part(tmp_path, planted(n))
    assert note in dict(found.notes)
    assert ("drivers" in found.tables) == (n == 100)


def test_all_answers_equal_give_no_drivers(tmp_path):
    found = part(tmp_path, pd.DataFrame({"csat": [4.0] * 150, "service": 4.0, "price": 3.0, "queue": 2.0}))
    assert found.tables == {}
    assert found.facts[0].value is None


def test_one_item_is_none(tmp_path):
    found = part(tmp_path, planted(200)[["csat", "service"]])
    assert dict(found.notes) == {"drivers.no_items": {}}


def test_the_order_of_answers_changes_nothing(found, tmp_path):
    other = part(tmp_path, planted().iloc[::-1])
    assert found.tables.keys() == other.tables.keys() != set()
    for name, table in found.tables.items():
        pd.testing.assert_frame_equal(table.frame, other.tables[name].frame)


def test_an_item_is_first_to_mend_only_where_its_quadrant_says_so(found):
    table, said = found.tables["drivers"].frame, dict(found.notes)
    best = table.sort_values("improvement").iloc[-1]
    assert best["improvement"] > 0
    key = "drivers.mend_first" if best["quadrant"] == "first" else "drivers.mend_next"
    assert said[key]["item"] == best["item"] and len({"drivers.mend_first", "drivers.mend_next"} & set(said)) == 1

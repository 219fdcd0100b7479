"""Outlook: the forecast is proved beside plain guesses, and where it cannot be proved there is none."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses import outlook
from crmlib.analyses.outlook import rhythm
from crmlib.analyses.outlook.figures import figures
from crmlib.analyses.outlook.proof import PLAIN, SIMPLE, best_order, lifts, orders
from crmlib.analyses.outlook.rhythm import factor, peaks
from crmlib.analyses.outlook.said import tied
from crmlib.dataset import open_dataset
from crmlib.methods import ranking

START, MONTH = date(2025, 1, 1), "2026-10"
QUICK = {"min_repeaters": 100, "resamples": 10}


def purchases(people=500, seed=5, leave=0.12):
    """A shop whose customers buy at rates of their own and leave unseen."""
    draw, rows = np.random.default_rng(seed), ["customer,day,amount"]
    for person in range(people):
        day, rate = float(draw.integers(0, 500)), draw.gamma(1.2, 1 / 35)
        gone = draw.beta(1, 1 / leave) if leave else 0.0
        while day < 668:
            rows.append(f"C{person:04d},{START + timedelta(days=int(day))},{int(draw.gamma(4, 500)) + 100}")
            if draw.random() < gone:
                break
            day += 1 + draw.exponential(1 / rate)
    return "\n".join(rows) + "\n"


def opened(folder, text, tables=None, **groups):
    found = shop.purchases(text) | (tables or {})
    data = open_dataset(shop.settings(**groups), shop.write(folder, found), month=MONTH)
    return data, data.settings.outlook


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return outlook.analyse(*opened(tmp_path_factory.mktemp("shop"), purchases(), outlook=QUICK))


def test_what_is_forecast_is_held_against_what_came(result):
    table = result.tables["backtest"].frame.set_index("method")
    assert {"mbg", "bg", "rate_continues", "same_again", *SIMPLE} <= set(table.index)
    assert table["actual"].nunique() == 1
    assert result.fact("backtest_error").value == pytest.approx(0, abs=0.25)
    assert result.fact("ranking_auc").value > 0.6


def test_the_interval_holds_the_estimate_and_grows_with_the_days(result):
    coming = result.tables["coming"].frame
    assert (coming["low"] <= coming["expected"]).all() and (coming["expected"] <= coming["high"]).all()
    assert coming["expected"].is_monotonic_increasing


def test_measures_are_probabilities_and_add_up_to_the_facts(result):
    measures = result.measures
    for name in ("p_alive", "p_order_30d", "p_order_90d"):
        assert measures[name].between(0, 1).all()
    assert (measures["p_order_30d"] <= measures["p_order_90d"]).all()
    assert (measures["p_order_30d"] <= measures["expected_orders_30d"] + 1e-9).all()
    assert round(measures["p_alive"].sum()) == result.fact("customers_alive").value
    assert measures["clv_12m"].sum() == pytest.approx(float(result.fact("clv_12m").value), rel=1e-9)


def test_measures_are_those_of_the_published_formulas(result, tmp_path):
    """Batislam et al. (2007) for P(alive); the chance of a purchase from the gamma posterior of the rate."""
    data, _ = opened(tmp_path, purchases(), outlook=QUICK)
    days = data.sql("SELECT DISTINCT customer_key, business_date FROM customer_day WHERE customer_key IS NOT NULL")
    spans = days.groupby("customer_key")["business_date"].agg(["count", "min", "max"])
    x, t_x = spans["count"] - 1, (spans["max"] - spans["min"]).dt.days
    age = (pd.Timestamp(2026, 10, 31) - spans["min"]).dt.days
    table, found = result.tables["parameters"].frame, result.measures.set_index("customer_key")
    used = table.loc[(table["used"] == "yes") & (table["parameter"] == "r"), "model"].item()
    alive = {}
    for model in ("mbg", "bg"):
        r, alpha, a, b = (table[(table["model"] == model) & (table["parameter"] == name)]["value"].item()
                          for name in ("r", "alpha", "a", "b"))
        odds = a / (b + x) if model == "mbg" else (a / (b + x - 1)).where(x > 0, 0.0)
        alive[model] = 1 / (1 + odds * ((alpha + age) / (alpha + t_x)) ** (r + x))
        if model == used:
            chance = alive[model] * (1 - ((alpha + age) / (alpha + age + 30)) ** (r + x))
    assert found["p_alive"].to_numpy() == pytest.approx(alive["mbg"][found.index].to_numpy(), abs=1e-9)
    assert found["p_order_30d"].to_numpy() == pytest.approx(chance[found.index].to_numpy(), abs=1e-9)


def test_totals_have_intervals_and_segments_add_up(result):
    for key in ("expected_orders_30d", "expected_orders_365d", "customers_alive", "clv_12m"):
        fact = result.fact(key)
        assert 0 <= fact.low < fact.value < fact.high, key
    segments = result.tables["segments"].frame
    assert segments["customers"].sum() == len(result.measures)
    assert segments["clv"].sum() == pytest.approx(float(result.fact("clv_12m").value), abs=len(segments))
    assert (segments["low"] <= segments["clv"]).all() and (segments["clv"] <= segments["high"]).all()


def test_money_is_proved_beside_plain_guesses(result):
    table = result.tables["backtest_money"].frame.set_index("method")
    assert {"rate_continues", "same_again", "money"} < set(table.index) and table["actual"].nunique() == 1
    first = table.iloc[0]
    assert result.fact("backtest_money_error").value == pytest.approx(first["predicted"] / first["actual"] - 1)


def test_everybody_has_a_place_in_the_order_whose_first_tenth_held_most(result):
    table = result.tables["orders"].frame.set_index("order")
    used, fact = table.index[table["used"] == "yes"].item(), result.fact("ranking_top_share")
    assert set(PLAIN) < set(table.index) and fact.low < fact.value < fact.high
    assert fact.value == pytest.approx(table.loc[used, "top_decile_share"])
    assert fact.value >= table.loc[list(PLAIN), "top_decile_share"].max() - 1e-9
    assert result.measures["next_order_rank"].min() == 1
    assert result.measures["next_order_rank"].max() <= len(result.measures)


def test_titles_tell_of_no_few_people():
    table = pd.DataFrame({"purchases": [0, 1, 2], "customers": [50, 5, 4], "predicted": 1.0, "actual": [0.5, 2.0, 9.0]})
    drawn = figures({"calibration": table, "ltv": table}, {}, {}, 5)
    assert list(drawn) == ["calibration"] and drawn["calibration"].values["actual"] == 2.0
    assert figures({"calibration": table}, {}, {}, 51) == {}


def test_those_silent_for_long_are_counted_with_their_chance(result, tmp_path):
    data, _ = opened(tmp_path, purchases(), outlook=QUICK)
    silent = data.sql(f"""SELECT customer_key FROM customer_day WHERE orders > 0 AND customer_key IS NOT NULL
        GROUP BY customer_key HAVING MAX(business_date) <= DATE '{date(2026, 10, 31) - timedelta(days=90)}'""")
    chance = result.measures.set_index("customer_key")["p_alive"].loc[silent["customer_key"]]
    told = result.figures["silence"].values
    assert (told["since"], told["quiet"]) == (90, len(silent))
    assert told["quiet_alive"] == pytest.approx(chance.mean())


def test_bars_of_the_order_are_per_customer(result):
    lift = result.tables["lift"].frame
    assert lift["per_customer"].to_numpy() == pytest.approx((lift["actual"] / lift["customers"]).to_numpy())
    assert np.average(lift["lift"], weights=lift["customers"]) == pytest.approx(1.0)
    whole = lifts(np.array([5.0] * 3 + [1.0] * 7), np.ones(10), np.array([2.0] * 3 + [1.0] * 4 + [0.0] * 3))
    assert whole[["customers", "actual"]].to_numpy().tolist() == [[3, 6.0], [7, 4.0]]  # equal ones stay together
    assert whole["per_customer"].round(3).tolist() == [2.0, 0.571] == whole["lift"].round(3).tolist()
    assert tied(whole) == [("rank_ties", {"groups": 2})]
    assert tied(lifts(np.arange(20.0), np.ones(20), np.ones(20))) == []


@pytest.mark.parametrize(("leave", "told"), [(0.12, True), (0.0, False)])
def test_who_is_still_there_is_told_only_where_leaving_shows(tmp_path, result, leave, told):
    found = result if leave else outlook.analyse(*opened(tmp_path, purchases(leave=leave), outlook=QUICK))
    alive = found.fact("customers_alive")
    assert (alive.value is not None) == told == (found.fact("alive_share").value is not None)
    assert (alive.note, alive.low) == (None, alive.low) if told else ("leaving_unknown", None)
    assert ("leaving_untold" in dict(found.notes)) != told and ("silence" in found.tables) == told
    assert ("customers_alive" in found.tables["segments"].frame) == told == ("silence" in found.figures)
    assert all(list(table.columns) == list(table.frame) for table in found.tables.values())
    assert found.measures["p_alive"].between(0, 1).all() and found.measures["p_alive_told"].eq(told).all()


def test_observed_value_stands_beside_the_modelled(result):
    ltv = result.tables["ltv"].frame
    assert ltv["modelled"].iloc[0] == ltv["per_customer"].iloc[0]
    assert ltv["modelled"].is_monotonic_increasing


@pytest.mark.parametrize("unit", [1000, 1_700_000, 90_000_000_007])
def test_what_a_new_customer_brought_has_its_number_and_interval(tmp_path, unit):
    """Of six who began in January 2026, three brought so much each within six months, three three times that."""
    first = "Z,2025-12-01,500\n" + "".join(f"C{n},2026-01-1{n},{unit}\n" for n in range(6))
    more = "".join(f"C{n},2026-0{m}-20,{unit}\n" for n in range(3) for m in (3, 7)) + "C0,2026-08-02,9999\n"
    rest = "".join(f"C{n},2026-10-2{n},1\n" for n in range(6))
    data, settings = opened(tmp_path, "customer,day,amount\n" + first + more + rest)
    found = outlook.analyse(data, settings)
    half = 2.5706 * (1.2 * unit ** 2 / 6) ** 0.5  # Student's t of five degrees; the variance is 1.2 units squared
    told = found.figures["ltv"].values
    assert (told["months"], told["customers"], told["seen"]) == (6, 6, 2 * unit)
    ends = [float(told[end]) for end in ("low", "high")]
    assert ends == pytest.approx([2 * unit - half, 2 * unit + half], rel=1e-4, abs=1)


def test_the_order_of_rows_changes_no_number(tmp_path, result):
    head, *rows = purchases().splitlines()
    again = outlook.analyse(*opened(tmp_path, "\n".join([head, *reversed(rows)]), outlook=QUICK))
    assert [(f.key, f.value, f.low, f.high) for f in again.facts] == [
        (f.key, f.value, f.low, f.high) for f in result.facts]


def test_customers_with_a_subscription_are_told_apart(tmp_path):
    running = pd.DataFrame({"subscription_id": [f"S{n}" for n in range(40)],
                            "customer_key": [f"C{n:04d}" for n in range(40)], "started_on": date(2026, 1, 1),
                            "interval_days": 30, "status": "active"})
    data, settings = opened(tmp_path, purchases(), {"subscriptions": running}, outlook=QUICK)
    found = outlook.analyse(data, settings)
    apart = found.fact("contract_customers").value
    assert 0 < apart <= 40
    assert len(found.measures) == data.query("customer_base").query("frequency > 0").shape[0] - apart
    assert found.tables["contracts"].frame["observed"].eq(1.0).all()


@pytest.mark.parametrize(("text", "why"), [
    ("customer,day,amount\nA,2026-10-01,100\nB,2026-10-02,100\n", "too_few_repeaters"),
    (purchases(people=40), "too_few_repeaters"),
    ("customer,day,amount\n" + "".join(f"C{n:03d},2026-10-{d:02d},100\n" for n in range(250) for d in (1, 20)),
     "too_few_repeaters"),
])
def test_without_enough_to_go_by_nothing_is_forecast(tmp_path, text, why):
    found = outlook.analyse(*opened(tmp_path, text))
    assert found.facts and all(f.value is None and f.note == why for f in found.facts)
    assert found.notes[0][0] == why and "backtest" not in found.tables and "cohort_ltv" in found.tables


@pytest.mark.parametrize(("shares", "ahead", "expected"), [
    ((0.50, 0.40, 0.45), (0.01, 0.09), ("mbg", "frequency", "model")),
    ((0.50, 0.40, 0.49), (-0.01, 0.03), ("frequency", "frequency", "alike")),  # chance alone could make it
    ((0.50, 0.40, 0.50), (0.0, 0.0), ("frequency", "frequency", "alike")),  # no better is not better
    ((0.30, 0.40, 0.20), (-0.15, -0.05), ("recency", "recency", "plain"))])
def test_the_order_is_chosen_by_its_first_tenth_and_beyond_chance(shares, ahead, expected):
    table = pd.DataFrame({"order": ["mbg", "recency", "frequency"], "top_decile_share": shares,
                          "apart_low": [np.nan, ahead[0], ahead[0]], "apart_high": [np.nan, ahead[1], ahead[1]],
                          "auc": [0.6, 0.9, 0.5]})  # however well another one ranks the whole
    assert best_order(table, "mbg") == expected
    assert best_order(table.head(0), "mbg") == ("mbg", "mbg", "none")


def test_orders_by_one_another_s_chance():
    """Ten of a hundred come once each; one order knows them, one knows half, one is that one upside down."""
    came = np.array([1.0] * 10 + [0.0] * 90)
    half = np.array([9.0] * 5 + [1.0] * 5 + [8.0] * 5 + [0.0] * 85)
    table = orders({"mbg": came * 2 - np.linspace(0, 1, 100), "recency": half, "money": -half}, "mbg", came)
    assert table["top_decile_share"].tolist() == [1.0, 0.5, pytest.approx(0.0)]
    assert table["apart"].isna().tolist() == [True, False, False] and table["apart"].tolist()[1:] == [0.5, 1.0]
    assert (table["apart_low"].iloc[1:] > 0).all() and best_order(table, "mbg")[2] == "model"


def test_the_spread_of_top_shares_is_that_of_drawing_shops_anew_and_the_same_for_any_order():
    def shop_of(seed, n=800):
        draw = np.random.default_rng(seed)
        rate = draw.gamma(1.0, 1.0, n)
        return [rate + draw.normal(0, 0.5, n), np.round(rate)], draw.poisson(rate).astype(float)

    def shares(scores, came):
        return [ranking.top_share(score, came) for score in scores]

    anew = np.array([shares(*shop_of(seed)) for seed in range(1, 300)])
    found = [ranking.top_share_spread(*shop_of(seed)) for seed in range(1000, 1006)]
    for pick in ([1, 0], [0, 1], [1, -1]):
        assert np.mean([(one @ pick).std() for one in found]) == pytest.approx((anew @ pick).std(), rel=0.2)
    scores, came = shop_of(1000)
    mixed = np.random.default_rng(7).permutation(len(came))
    assert np.array_equal(found[0], ranking.top_share_spread([score[mixed] for score in scores], came[mixed]))


@pytest.mark.parametrize(("score", "came", "auc"), [
    ([4, 3, 2, 1], [1, 1, 0, 0], 1.0), ([1, 2, 3, 4], [1, 1, 0, 0], 0.0), ([1, 1, 1, 1], [1, 0, 1, 0], 0.5),
    ([3, 2, 2, 1], [1, 1, 0, 0], 0.875), ([1, 2], [1, 1], None)])
def test_auc_counts_ties_half(score, came, auc):
    assert ranking.auc(score, came) == auc


def test_the_top_share_does_not_depend_on_the_order_of_ties():
    assert ranking.top_share([5, 5, 1, 1], [4, 0, 0, 0], 0.25) == 0.5
    assert ranking.top_share([5, 5, 1, 1], [0, 4, 0, 0], 0.25) == 0.5
    assert ranking.top_share([1], [0], 0.1) is None


def test_season_and_peaks():
    index = dict.fromkeys(range(1, 13), 1.0) | {12: 1.6, 2: 0.4}
    assert factor(index, date(2026, 12, 1), 31) == pytest.approx(1.6)
    assert factor(index, date(2026, 12, 17), 30) == pytest.approx((15 * 1.6 + 15) / 30)
    assert factor({}, date(2026, 12, 1), 31) == 1.0
    assert peaks(index, date(2026, 11, 1), 90) == (12,)


@pytest.mark.parametrize(("shape", "k"), [(1, 1.0), (4, 4.0)])
def test_regularity_finds_the_shape_of_the_gaps(shape, k):
    draw = np.random.default_rng(2)
    gaps = pd.DataFrame(draw.gamma(shape, 100.0, (40_000, 2)).round().clip(1), columns=["earlier_days", "later_days"])
    assert rhythm.regularity(gaps.assign(customers=1)) == pytest.approx(k, rel=0.05)
    assert rhythm.regularity(gaps.head(10).assign(customers=1)) is None

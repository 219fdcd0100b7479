"""Cohorts, gaps and next purchases against plain loops over the same purchases, planted rhythms, and their edges."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from crmlib.analyses.trends import people
from crmlib.analyses.trends.people import next_purchase, returning
from crmlib.analyses.trends.people.intervals import STEPS, intervals, medians
from crmlib.dataset import months
from crmlib.methods import rhythm
from crmlib.methods.survival import kaplan_meier

LEVEL = 0.95


def line(customer, day, amount=1000, **more):
    return {"customer": customer, "day": day, "amount": amount, "order": f"{customer}{day}", "quantity": 1,
            "type": "product", "status": "placed", "hour": 12, "product": "P1"} | more


def ym(day):
    return f"{day:%Y-%m}"


def apart(first, last):
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:])


def expected_cohorts(shop):
    """Cohort, age → (size, active, later, revenue), in loops."""
    days = shop.days
    money = defaultdict(int)
    for one in shop.lines:
        if one["customer"]:
            money[one["customer"], ym(one["day"])] += shop.net(one)
    first = {who: ym(bought[0]) for who, bought in days.items()}
    found = {}
    for cohort in sorted(set(first.values())):
        who = [name for name in first if first[name] == cohort]
        for age in range(apart(cohort, shop.data.month) + 1):
            month = months.shift(cohort, age)
            found[cohort, age] = (
                len(who), sum(any(ym(d) == month for d in days[name]) for name in who),
                sum(any(ym(d) >= month for d in days[name]) for name in who),
                sum(money[name, month] for name in who))
    return found


def test_every_cell_of_the_triangle_by_hand(random_shop):
    table = returning.cohorts(random_shop.found.cohorts, random_shop.data)
    rolling = returning.later(random_shop.found.cohorts, random_shop.data)
    expected = expected_cohorts(random_shop)
    assert [(r.cohort, r.age_months) for r in table.itertuples()] == list(expected)
    for cell, later in zip(table.itertuples(), rolling.itertuples(), strict=True):
        size, active, back, revenue = expected[cell.cohort, cell.age_months]
        assert (cell.size, cell.active, later.later, cell.revenue) == (size, active, back, revenue)
        whole = sum(expected[cell.cohort, age][3] for age in range(cell.age_months + 1))
        assert abs(cell.ltv * size - whole) <= size / 2
        assert cell.month == later.month == months.shift(cell.cohort, cell.age_months)
    assert set(table.loc[table["first"], "cohort"]) == {ym(min(one["day"] for one in random_shop.lines))} & set(
        table["cohort"])


def test_averages_divide_by_those_only_who_have_got_so_far(random_shop):
    table = returning.cohorts(random_shop.found.cohorts, random_shop.data)
    expected = expected_cohorts(random_shop)
    oldest = ym(min(one["day"] for one in random_shop.lines))
    for row in returning.averages(table, LEVEL).itertuples():
        cells = [cell for (cohort, age), cell in expected.items() if age == row.age_months and cohort != oldest]
        assert (row.cohorts, row.size, row.active) == (len(cells), sum(c[0] for c in cells), sum(c[1] for c in cells))
        assert row.low <= row.retention <= row.high


@pytest.mark.parametrize(("sizes", "back", "expected"), [
    ([10, 30], [1, 9], {"cohorts": 2, "size": 40, "active": 10, "share": 0.25, "low": 0.142, "high": 0.402}),
    ([5], [0], {"cohorts": 1, "size": 5, "active": 0, "share": 0.0, "low": 0.0, "high": 0.434}), ([], [], {})])
def test_the_return_of_the_month_after_has_its_number_and_interval(sizes, back, expected):
    """Wilson's interval of 10 in 40, and of none in 5."""
    table = pd.DataFrame({"age_months": 1, "partial": False, "first": False, "size": sizes, "active": back})
    found = {key: round(value, 3) for key, value in people.next_month(table).items()}
    assert found == expected


def test_a_month_that_is_not_over_is_flagged_and_no_average(small):
    lines = [line("A", date(2026, 8, 3)), line("B", date(2026, 9, 3)), line("B", date(2026, 10, 3)),
             line("", date(2026, 7, 1)), line("", date(2026, 10, 9))]
    half = small(lines, as_of=date(2026, 10, 10))
    table = returning.cohorts(half.found.cohorts, half.data)
    assert table.loc[table["month"] == "2026-10", "partial"].all() and table["partial"].sum() == 2
    averages = returning.averages(table, LEVEL)
    assert averages["age_months"].tolist() == [0, 1]
    assert averages["cohorts"].tolist() == [2, 1]


def test_every_gap_by_hand(random_shop):
    waits = random_shop.found.waits
    expected = Counter()
    last = random_shop.data.as_of - timedelta(days=1)
    for bought in random_shop.days.values():
        for place, day in enumerate(bought, start=1):
            after = bought[place] if place < len(bought) else None
            key = (ym(day) if place == 1 else None, min(place, 3), ((after or last) - day).days, int(after is not None))
            expected[key] += 1
    found = {(c if isinstance(c, str) else None, p, d, came): n
             for c, p, d, came, n in waits.itertuples(index=False)}
    assert found == dict(expected)
    table = intervals(waits, LEVEL)
    for step, part in table.groupby("step"):
        gaps = [(p, d) for (_, p, d, came), n in expected.items() if came for _ in range(n)]
        mine = [d for p, d in gaps if p in STEPS[step]]
        assert part["gaps"].sum() == len(mine) and part["share"].sum() == pytest.approx(1)
        for row in part.itertuples():
            end = 10_000 if pd.isna(row.to_days) else row.to_days
            assert row.gaps == sum(row.from_days <= d <= end for d in mine)


def test_medians_count_those_who_wait(random_shop):
    waits = random_shop.found.waits
    for row in medians(waits, LEVEL).itertuples():
        part = waits[waits["purchase"].isin(STEPS[row.step])]
        each = np.repeat(part["days"].to_numpy(), part["waits"].to_numpy())
        came = np.repeat(part["came"].to_numpy() == 1, part["waits"].to_numpy())
        assert (row.waits, row.gaps, row.waiting) == (len(each), came.sum(), (~came).sum())
        assert row.median_gap == np.median(each[came])
        theirs = kaplan_meier(each, came).median()
        assert (row.median == theirs) or (theirs is None and np.isnan(row.median))


def test_a_cohort_with_a_planted_hazard_is_found_in_its_curve(small):
    rng = np.random.default_rng(3)
    hazard, start = 0.015, date(2026, 6, 1)
    lines = []
    for n in range(1500):
        first = start + timedelta(days=int(rng.integers(0, 30)))
        again = first + timedelta(days=int(rng.geometric(hazard)))
        lines += [line(f"C{n}", day) for day in (first, again) if day < date(2026, 11, 1)]
    table = returning.curves(small([line("", date(2026, 5, 1)), *lines]).found.waits, LEVEL)
    part = table[table["cohort"] == "2026-06"].set_index("days")
    for days in (30, 60, 90, 120):
        row = part.loc[days]
        assert row["low"] <= 1 - (1 - hazard) ** days <= row["high"]
    assert part.loc[120, "followed"] == part.loc[120, "size"] and 180 not in part.index


# --- next purchase ----------------------------------------------------------------------------------------------------


def rhythmic(people, seed=5, spread=0.25, until=date(2026, 10, 31), begin=date(2024, 1, 5)):
    """Customers with a rhythm of their own: gaps log-normal around a usual one that differs between customers."""
    rng = np.random.default_rng(seed)
    lines = []
    for n in range(people):
        usual, day = np.exp(rng.normal(np.log(30), 0.5)), begin + timedelta(days=int(rng.integers(0, 60)))
        while day <= until:
            lines.append(line(f"C{n:03d}", day))
            day += timedelta(days=max(1, round(usual * np.exp(rng.normal(0, spread)))))
    return lines


def test_half_of_the_next_purchases_fall_into_the_windows(small):
    lines = rhythmic(400, until=date(2026, 12, 31))
    known = small([one for one in lines if one["day"] < date(2026, 11, 1)])
    found = next_purchase.windows(known.data, 0.5)
    told = found[~found["broken"]]
    after = {}
    for one in lines:
        if one["day"] >= date(2026, 11, 1):
            after.setdefault(one["customer"], pd.Timestamp(one["day"]))
    inside = [start <= after[who] <= end for who, start, end in told[
        ["customer_key", "next_purchase_from", "next_purchase_to"]].itertuples(index=False) if who in after]
    assert len(inside) > 300 and 0.43 < np.mean(inside) < 0.6
    assert (told["next_purchase_from"] >= pd.Timestamp(2026, 11, 1)).all()
    assert (told["next_purchase_from"] <= told["next_purchase_to"]).all()


def test_the_proof_counts_what_became_of_the_windows_of_a_year_ago(small):
    proof = next_purchase.proof(small(rhythmic(300)).data, 0.5)
    assert proof["outcome"].tolist() == list(next_purchase.OUTCOMES)
    assert proof["share"].sum() == pytest.approx(1)
    assert 0.43 < proof.set_index("outcome").at["inside", "share"] < 0.6


def test_who_left_or_bought_twice_gets_no_date(small):
    lines = rhythmic(60) + [line("gone", date(2026, 1, 5) + timedelta(days=10 * n)) for n in range(6)]
    lines += [line("twice", day) for day in (date(2026, 9, 1), date(2026, 10, 1))] + [line("once", date(2026, 10, 5))]
    shop = small(lines)
    found = next_purchase.windows(shop.data, 0.5).set_index("customer_key")
    assert found.loc["gone", "broken"] and pd.isna(found.loc["gone", "next_purchase_from"])
    assert not {"twice", "once"} & set(found.index)
    states = next_purchase.states(found.reset_index(), 63, shop.data).set_index("next_purchase")["customers"]
    assert states.sum() == 63 and states["too_few"] == 2 and states["broken"] >= 1


def test_few_gaps_lean_on_the_group_more_than_many():
    gaps = np.array([2.0, 2.0, 40.0, 40.0])
    own = np.log([10.0, 90.0, 10.0, 90.0])
    sums, squares = gaps * own, gaps * own**2 + 0.2 * (gaps - 1)
    known = rhythm.group(gaps, sums, squares)
    mean, _ = rhythm.shrunk(known, gaps, sums, squares)
    pulled = np.abs(mean - own)
    assert pulled[0] > pulled[2] and pulled[1] > pulled[3]
    assert known.within == pytest.approx(0.2) and known.between > 0


def test_customers_all_alike_share_one_rhythm():
    gaps, own = np.full(50, 5.0), np.full(50, np.log(30))
    known = rhythm.group(gaps, gaps * own, gaps * own**2 + 0.1 * (gaps - 1))
    mean, deviation = rhythm.shrunk(known, gaps, gaps * own, gaps * own**2 + 0.1 * (gaps - 1))
    assert known.between == 0 and mean == pytest.approx(np.log(30))
    start, end = rhythm.window(mean, deviation, np.zeros(50), 0.5)
    assert (start < 30).all() and (end > 30).all()


def test_a_window_begins_no_earlier_than_what_has_passed():
    mean, deviation = np.array([np.log(30)]), np.array([0.3])
    for waited in (0.5, 20.5, 40.5):
        start, end = rhythm.window(mean, deviation, np.array([waited]), 0.5)
        assert start[0] >= waited and end[0] >= start[0]


# --- the slice --------------------------------------------------------------------------------------------------------


def test_once_only_customers_have_no_gaps_and_it_is_said(small):
    shop = small([line(f"C{n}", date(2026, 10, 1 + n)) for n in range(8)])
    result = people.part(shop.found, shop.settings)
    assert "intervals" not in result.tables and "next_purchase_proof" not in result.tables
    assert {key for key, _ in result.notes} == {"people.no_gaps", "people.no_windows"}
    assert result.tables["interval_medians"].frame["waiting"].tolist() == [8, 8]
    assert result.measures.empty and list(result.measures.columns) == ["customer_key", "next_purchase_from",
                                                                       "next_purchase_to"]


def test_two_months_closed_are_zeros_in_the_triangle(small):
    lines = [line("A", date(2026, 6, 3)), line("B", date(2026, 6, 5)), line("A", date(2026, 9, 3)),
             line("B", date(2026, 10, 3))]
    closed = small(lines, calendar={"closed": [{"start": "2026-07-01", "end": "2026-08-31"}]})
    table = people.part(closed.found, closed.settings).tables["cohorts"].frame
    assert table["active"].tolist() == [2, 0, 0, 1, 1]
    assert table["revenue"].tolist() == [2000, 0, 0, 1000, 1000]
    assert table["ltv"].tolist() == [1000, 1000, 1000, 1500, 2000]


def test_rows_in_any_order_give_the_same(random_shop, small):
    shuffled = pd.DataFrame(random_shop.lines).sample(frac=1, random_state=4).to_dict("records")
    again = small(shuffled)
    one, other = (people.part(shop.found, shop.settings) for shop in (random_shop, again))
    assert one.tables.keys() == other.tables.keys()
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table.frame, other.tables[name].frame)
    pd.testing.assert_frame_equal(one.measures, other.measures)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_any_number_of_threads_gives_the_same(random_shop, small, threads):
    again = small(random_shop.lines, engine={"threads": threads})
    pd.testing.assert_frame_equal(random_shop.found.cohorts, again.found.cohorts)
    pd.testing.assert_frame_equal(random_shop.found.waits, again.found.waits)
    pd.testing.assert_frame_equal(random_shop.data.query("trends_rhythms"), again.data.query("trends_rhythms"))

"""The customers page against plain loops over the same purchases, and its edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import shop
from crmlib.analyses import customers
from crmlib.analyses.customers import portfolio, profit
from crmlib.analyses.customers.attributes import attributes, band, coverage, few
from crmlib.analyses.customers.said import peak
from crmlib.dataset import months, open_dataset
from crmlib.dataset.data import Dataset

AS_OF = date(2026, 11, 1)
#: A guest bought on the first and on the last day, so that every month in between can be asked for.
OLDEST, NEWEST = date(2025, 4, 1), date(2026, 10, 31)
ROWS = st.lists(st.tuples(st.sampled_from("ABCDEFGH-"), st.integers(0, 570), st.integers(-3000, 9000)),
                min_size=10, max_size=70)
#: Opening a shop takes long enough that few large shops say more than many small ones.
SHOPS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tables(rows):
    """One-line orders: ``-`` is a guest, a negative amount a return of its own."""
    text = "customer,day,amount,quantity\n" + "\n".join(
        f"{'' if c == '-' else c},{AS_OF - timedelta(days=1 + ago)},{a or 1},{-1 if a < 0 else 1}"
        for c, ago, a in rows)
    return shop.purchases(f"{text}\n,{OLDEST},1,1\n,{NEWEST},1,1\n")


def opened(folder, rows, month="2026-10", **groups) -> Dataset:
    return open_dataset(shop.settings(**groups), shop.write(folder, tables(rows)), month=month)


def by_hand(rows, month, lost_after, frequency):
    """The definitions of the contract for one month, in loops."""
    seen = months.period(month)
    before = [(c, AS_OF - timedelta(days=1 + ago), a or 1) for c, ago, a in rows] + [("-", OLDEST, 1), ("-", NEWEST, 1)]
    before = [(c, day, a) for c, day, a in before if day < seen.as_of]
    people = sorted({c for c, _, _ in before} - {"-"})
    bought = {p: sorted(day for c, day, a in before if c == p and a > 0) for p in people}
    current = [(c, day, a) for c, day, a in before if day >= seen.start]

    def recency(person, at):
        days = [day for day in bought[person] if day < at]
        return (at - days[-1]).days if days else None

    def alive(person, at):
        ago = recency(person, at)
        return ago is not None and ago <= lost_after

    active = {c for c, _, a in current if a > 0} - {"-"}
    new = {p for p in active if bought[p][0] >= seen.start}
    times = [len(set(days)) if frequency == "days" else len(days) for days in bought.values() if days]
    orders, sales = sum(a > 0 for _, _, a in current), sum(a for _, _, a in current)
    known = sum(a for c, _, a in current if c != "-")
    average = Decimal(sales) / orders if orders else None
    return {
        "total": len(people), "active": len(active), "new": len(new),
        "returned": sum(not alive(p, seen.start) for p in active - new),
        "lost": sum(alive(p, seen.start) and not alive(p, seen.as_of) for p in people),
        "base": sum(alive(p, seen.as_of) for p in people),
        "repeat_rate": float(f"{sum(t > 1 for t in times) / len(times):.10g}") if times else None,
        "sales": Decimal(sales), "orders": orders,
        "average_order": None if average is None else float(f"{average:.10g}"),
        "identified_share": float(f"{known / sales:.10g}") if sales > 0 and 0 <= known <= sales else None,
    }


@SHOPS
@given(rows=ROWS, lost_after=st.sampled_from([3, 20, 31, 60, 180, 365]), frequency=st.sampled_from(["days", "orders"]))
def test_every_fact_and_every_month_equals_the_plain_loop(rows, lost_after, frequency, tmp_path_factory):
    data = opened(tmp_path_factory.mktemp("shop"), rows, customers={"lost_after_days": lost_after},
                  rfm={"frequency": frequency, "window_days": 100})
    result = customers.analyse(data, data.settings.customers)
    then = {"value": "2026-10", "previous": "2026-09", "year_ago": "2025-10"}
    expected = {name: by_hand(rows, month, lost_after, frequency) for name, month in then.items()}
    for fact in (f for f in result.facts if f.key in customers.UNITS):
        assert {name: getattr(fact, name) for name in then} == {n: expected[n][fact.key] for n in then}, fact.key
    assert result.checks and all(check.ok for check in result.checks)
    steps = result.tables["base"].frame.set_index("step")["customers"]
    assert steps.drop("base").sum() == steps["base"] == expected["value"]["base"]
    shown = result.tables["months"].frame
    assert shown["month"].tolist() == [months.shift("2026-10", n) for n in range(-12, 1)]
    for row in shown.to_dict("records"):
        wanted = by_hand(rows, row["month"], lost_after, frequency)
        keys = ("active", "new", "returned", "lost", "base")
        assert {k: row[k] for k in keys} == {k: wanted[k] for k in keys}, row["month"]


def test_a_partial_month_is_seen_until_the_day_and_says_so(tmp_path):
    folder = shop.write(tmp_path, shop.purchases(
        "customer,day,amount\nA,2026-09-01,100\nA,2026-10-05,200\nB,2026-10-20,400"))
    data = open_dataset(shop.settings(), folder, month="2026-10", as_of=date(2026, 10, 11))
    result = customers.analyse(data, data.settings.customers)
    assert result.fact("sales").value == 200
    assert result.fact("active").value == 1
    assert result.fact("total").value == 1
    assert result.fact("sales").previous == 100
    assert "partial" in [key for key, _ in result.notes]
    assert result.tables["months"].frame["partial"].tolist() == [False, True]


def test_without_orders_every_fact_says_that_it_is_missing(tmp_path):
    answers = shop.read("survey_id,customer_key,question,score,day\nS1,A,nps,9,2026-10-05")
    data = open_dataset(shop.settings(), shop.write(tmp_path, {"survey_answers": answers}), month="2026-10")
    result = customers.analyse(data, data.settings.customers)
    assert result.needs == ("orders", "order_lines")
    assert {f.key for f in result.facts} == {*customers.UNITS, *portfolio.UNITS, *profit.UNITS}
    assert {(f.value, f.note) for f in result.facts} == {(None, "unavailable")}


def test_targets_come_in_the_kind_of_their_number(tmp_path):
    data = opened(tmp_path, [("A", 1, 100)],
                  targets={"customers.sales": "1200.5", "customers.new": 3, "customers.repeat_rate": 0.25})
    result = customers.analyse(data, data.settings.customers)
    assert result.fact("sales").target == Decimal("1200.5")
    assert result.fact("new").target == 3
    assert result.fact("repeat_rate").target == 0.25
    assert result.fact("lost").target is None


def test_sales_are_exact_and_an_average_is_a_quotient(tmp_path):
    data = opened(tmp_path, [("A", 1, 100), ("A", 2, 101)], currency={"code": "JPY", "decimals": 2})
    result = customers.analyse(data, data.settings.customers)
    assert result.fact("sales").value == Decimal("2.02")
    assert result.fact("average_order").value == 0.6733333333


@pytest.mark.parametrize(("born", "expected"), [
    ("2007", "-19"), ("2006", "20-29"), ("1997", "20-29"), ("1996", "30-39"), ("1956", "70-"), ("1916", "70-"),
    ("1900", "unknown"), ("2026", "unknown"), ("2030", "unknown"), (None, "unknown"), ("2025", "-19"),
])
def test_age_bands_begin_at_their_edge(born, expected):
    assert band(2026, born, (20, 30, 40, 50, 60, 70)) == expected


def found(rows):
    return pd.DataFrame(rows, columns=["attribute", "level", "customers", "active", "sales"])


def test_attributes_count_everyone_once_and_leave_out_those_never_given():
    levels = attributes(found([
        ("gender", "male", 3, 1, 100), ("gender", None, 2, 0, 0), ("gender", "female", 5, 2, 300),
        ("rank", None, 10, 3, 400),
        ("birth_year", "1990", 1, 1, 100), ("birth_year", "1996", 4, 1, 300), ("birth_year", None, 5, 1, 0),
    ]), ("age_band", "gender", "rank"), (20, 30), 2026)
    assert levels[["attribute", "level", "customers", "coverage"]].to_numpy().tolist() == [
        ["age_band", "30-", 5, 0.5], ["age_band", "unknown", 5, 0.5],
        ["gender", "female", 5, 0.8], ["gender", "male", 3, 0.8], ["gender", "unknown", 2, 0.8]]


def test_an_attribute_of_which_nothing_is_missing_has_no_row_of_unknowns():
    rows = [("gender", "male", 3, 1, 100), ("gender", "female", 3, 2, 300)]
    levels = attributes(found(rows), ("gender",), (20,), 2026)
    assert levels["level"].tolist() == ["female", "male"]
    assert coverage(levels).to_numpy().tolist() == [["gender", "yes", 6, 1.0, 0.5, 1.0]]


def test_many_levels_are_drawn_as_the_largest_and_the_rest():
    rows = [("city", f"c{n:02}", 20 - n, 0, 10) for n in range(12)] + [("city", None, 7, 0, 5)]
    drawn = few(attributes(found(rows), ("city",), (20,), 2026))
    assert drawn["level"].tolist() == [*(f"c{n:02}" for n in range(7)), "rest", "unknown"]
    assert drawn["customers"].sum() == sum(row[2] for row in rows)
    assert drawn["share"].sum() == pytest.approx(1)
    assert drawn["sales_share"].sum() == pytest.approx(1)


def test_a_month_with_far_more_lost_than_usual_is_told(tmp_path):
    rows = [(name, 245, 100) for name in "ABCDEFGHIJ"]
    rows += [(f"{n}", 185 + 30 * k, 100) for k, n in enumerate(("K", "L", "M", "N", "O", "P", "Q", "R"))]
    data = opened(tmp_path, rows)
    result = customers.analyse(data, data.settings.customers)
    said = dict(map(tuple, result.notes))
    assert said["lost_peak"]["month"] == "2026-08"
    assert said["lost_peak"]["lost"] == 11
    assert f"{said['lost_peak']['last']:%Y-%m}" == "2026-02"


def test_months_in_which_nobody_could_be_lost_yet_are_not_what_is_usual(tmp_path):
    data = replace(opened(tmp_path, [("A", 365, 100), ("B", 10, 100)]), oldest=date(2025, 11, 1))
    lost = [0] * 6 + [58] + [166, 205, 180, 170, 190, 180]
    rows = pd.DataFrame({"ym": [str(m) for m in pd.period_range("2025-10", "2026-10", freq="M")], "lost": lost})
    assert peak(data, rows) == []
    assert [key for key, _ in peak(data, rows.assign(lost=[0] * 8 + [700, *lost[9:]]))] == ["lost_peak"]


def test_the_steps_of_the_sales_add_up(tmp_path):
    rows = [("A", 3, 1000), ("A", 9, 500), ("B", 4, 700), ("-", 5, 90)]
    rows += [("A", 370, 333), ("B", 371, 100), ("C", 372, 10)]
    data = opened(tmp_path, rows)
    frame = customers.analyse(data, data.settings.customers).tables["change"].frame
    assert frame["against"].unique().tolist() == ["year_ago"]
    assert frame["factor"].tolist() == ["sales_before", "people", "purchases_each", "spent_each", "guests", "sales_now"]
    assert frame["sales"].iloc[:-1].sum() == frame["sales"].iloc[-1] == 2291

"""Days, fiscal year, stores, what moved sales, and effects of days: against loops, by hand, and planted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from math import log
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses import trends
from crmlib.analyses.trends.days import described
from crmlib.analyses.trends.months import history
from crmlib.analyses.trends.sales import bridges, categories, drivers, stores, years
from crmlib.analyses.trends.sales.comparing import growth_interval
from crmlib.analyses.trends.sales.daily import daily
from crmlib.analyses.trends.sales.effects import LEAST_DAYS, effects
from crmlib.dataset import months, open_dataset


def rows(frame, *names):
    part = frame[list(names)] if names else frame
    return [tuple(None if pd.isna(value) else value for value in row) for row in part.itertuples(index=False)]


def opened(folder, text, month=None, as_of=None, more=None, **groups):
    tables = shop.purchases(text) | (more or {})
    return open_dataset(shop.settings(**groups), shop.write(folder, tables), month=month, as_of=as_of)


def analyse(folder, text, **groups):
    data = opened(folder, text, **groups)
    return trends.analyse(data, data.settings.trends)


def steady(money, first, last):
    """One purchase a day by a guest; ``money`` gives the amount of a day."""
    return "customer,day,amount\n" + "\n".join(f",{d:%Y-%m-%d},{money(d.date())}" for d in pd.date_range(first, last))


# --- days -----------------------------------------------------------------------------------------------------------


def test_every_day_by_hand(random_shop):
    frame = daily(random_shop.found)
    net, orders, buyers = Counter(), defaultdict(set), defaultdict(set)
    for line in random_shop.lines:
        net[line["day"]] += random_shop.net(line)
        if random_shop.gross(line):
            orders[line["day"]].add(line["order"])
            buyers[line["day"]] |= {line["customer"]} - {""}
    every = [date(2024, 5, 1) + timedelta(days=n) for n in range(len(frame))]
    assert list(frame["date"]) == every and every[-1] == date(2026, 10, 31)
    assert rows(frame, "sales", "orders", "customers") == [
        (net[day], len(orders[day]), len(buyers[day])) for day in every]
    assert frame["open"].tolist() == [bool(orders[day]) for day in every]


def test_a_day_without_trade_is_no_zero_in_the_mean(tmp_path):
    text = "customer,day,amount\n" + "\n".join(f"A,2026-10-{n:02d},{100 * n}" for n in (1, 2, 3, 5, 6, 7, 8))
    frame = daily(history(opened(tmp_path, text, month="2026-10", calendar={"closed": ["2026-10-08"]})))
    means = dict(zip(frame["date"], frame["mean_7"], strict=True))
    assert pd.isna(means[date(2026, 10, 6)]), "not yet seven days"
    assert means[date(2026, 10, 7)] == 2400 / 6
    assert means[date(2026, 10, 8)] == 2300 / 5, "the 8th is declared closed, the 4th had no purchase"
    assert pd.isna(means[date(2026, 10, 15)]), "seven days without trade"


# --- what moved sales -----------------------------------------------------------------------------------------------


def groups_by_hand(found, month, lost=180):
    """Return group → [customers, orders, sales], told from the shop's lines in loops."""
    start = date.fromisoformat(f"{month}-01")
    inside = [line for line in found.lines if f"{line['day']:%Y-%m}" == month]
    told = defaultdict(lambda: [0, set(), 0])
    for who in {line["customer"] for line in inside}:
        bought = sorted(line["day"] for line in found.lines
                        if line["customer"] == who and found.gross(line) and line["day"] < found.data.as_of)
        now = [day for day in bought if f"{day:%Y-%m}" == month]
        earlier = [day for day in bought if day < start]
        name = ("guest" if not who else "none" if not now else "new" if not earlier
                else "returned" if (start - earlier[-1]).days > lost else "retained")
        lines = [line for line in inside if line["customer"] == who]
        told[name][0] += name not in ("guest", "none")
        told[name][1] |= {line["order"] for line in lines if found.gross(line)}
        told[name][2] += sum(found.net(line) for line in lines)
    return {name: drivers.Group(n, len(orders), sales) for name, (n, orders, sales) in told.items()}


@pytest.mark.parametrize("month", ["2026-10", "2025-10", "2026-03"])
def test_groups_by_hand(random_shop, month):
    assert drivers.groups(random_shop.data, month) == groups_by_hand(random_shop, month)


def test_the_bridge_of_a_random_shop_adds_up_by_every_way(random_shop):
    found = random_shop.found
    sides = [groups_by_hand(random_shop, month) for month in ("2025-10", "2026-10")]
    frame = drivers.bridge(*sides)
    amounts = dict(rows(frame))
    sales = [sum(g.sales for g in side.values()) for side in sides]
    assert (amounts.pop("before"), amounts.pop("now")) == tuple(sales)
    assert sum(amounts.values()) == sales[1] - sales[0]
    made = bridges(found, SimpleNamespace(other="2025-10", before=sides[0], now=sides[1]))
    changes = {int(made[name]["difference"].sum()) for name in ("bridge_groups", "bridge_category")}
    assert changes == {sales[1] - sales[0]}


def test_the_steps_are_those_of_the_logarithmic_mean():
    before, now = {"retained": drivers.Group(100, 240, 730_000)}, {"new": drivers.Group(130, 250, 910_000)}
    mean = (910_000 - 730_000) / log(910_000 / 730_000)
    exact = [mean * log(130 / 100), mean * log(250 / 130 / 2.4), mean * log(910_000 / 250 / (730_000 / 240))]
    assert drivers.bridge(before, now)["amount"].tolist()[1:-1] == pytest.approx(exact, abs=1)


def test_a_bridge_by_hand():
    """Twice the customers, as often, half the money each time: nothing changed, and the two steps say so."""
    before, now = {"retained": drivers.Group(10, 20, 8000)}, {"retained": drivers.Group(20, 40, 8000)}
    assert rows(drivers.bridge(before, now)) == [
        ("before", 8000), ("customers", 5545), ("frequency", 0), ("basket", -5545), ("now", 8000)]


def test_a_shop_that_knows_nobody_by_name_has_orders_and_baskets():
    before, now = {"guest": drivers.Group(0, 10, 1000)}, {"guest": drivers.Group(0, 20, 2000)}
    assert rows(drivers.bridge(before, now)) == [("before", 1000), ("orders", 1000), ("basket", 0), ("now", 2000)]


def test_where_named_customers_brought_nothing_there_is_one_step():
    before = {"guest": drivers.Group(0, 10, 1000)}
    now = {"new": drivers.Group(2, 3, 500), "guest": drivers.Group(0, 1, 9)}
    assert rows(drivers.bridge(before, now)) == [("before", 1000), ("known", 500), ("guests", -991), ("now", 509)]


def test_groups_too_small_to_be_told_join_the_next():
    before = {name: drivers.Group(n, n, money) for name, n, money in (
        ("new", 3, 300), ("retained", 9, 900), ("returned", 7, 70))}
    now = {"new": drivers.Group(8, 8, 800), "retained": drivers.Group(9, 9, 900), "none": drivers.Group(0, 0, -50)}
    frame = drivers.by_group(before, now, 5)
    assert rows(frame, "group", "customers_then", "customers", "difference") == [
        ("returned", 7, 0, -70), ("new+retained", 12, 17, 500), ("none", None, None, -50)]
    assert rows(frame, "by_customers", "by_frequency", "by_basket")[0] == (-70, 0, 0), "nobody came back this time"
    assert drivers.by_group({"new": drivers.Group(2, 2, 9)}, {"new": drivers.Group(9, 9, 9)}, 5).empty


def test_volume_price_and_mix_by_hand():
    """Two dear pieces and two cheap ones; then three cheap ones, dearer by ten, and one of something new."""
    before = {"food": {"dear": (2, 600), "cheap": (2, 200)}, "gone": {"G": (1, 50)}}
    now = {"food": {"cheap": (3, 330), "fresh": (1, 150)}, "came": {"C": (1, 70)}}
    frame = categories.by_category(before, now, (800, 540))
    assert rows(frame) == [("food", 800, 480, -320, 0, -350, 30), ("came", 0, 70, 70, None, None, None),
                           ("gone", 50, 0, -50, None, None, None), ("rest", -50, -10, 40, None, None, None)]
    assert categories.price_volume_mix({"a": (3, 100)}, {"a": (4, 100)}) == (33, 0, -33)


def test_no_month_to_compare_with_is_said(tmp_path):
    result = analyse(tmp_path, "customer,day,amount\nA,2026-10-01,700\nA,2026-10-31,700")
    assert "bridge" not in result.tables and "moved.no_bridge" in dict(result.notes)


# --- stores ---------------------------------------------------------------------------------------------------------

STORES = """customer,day,amount,store
A,2025-09-30,1,KEPT
A,2025-10-01,100,KEPT
A,2026-10-31,130,KEPT
B,2025-10-08,500,LATE
B,2026-10-08,900,LATE
C,2025-09-30,300,GONE
C,2025-10-05,300,GONE
C,2026-10-24,40,GONE
D,2025-09-05,70,IDLE
D,2026-10-30,70,IDLE
,2026-10-09,11,
"""


def shops_of(data):
    found = history(data)
    return found, stores.chain(found, [data.month])


def test_existing_stores_are_those_open_all_through_both_months(tmp_path):
    found, shops = shops_of(opened(tmp_path, STORES, month="2026-10"))
    frame = stores.by_store(found, shops)
    assert rows(frame, "store_id", "sales", "sales_year_ago", "change", "counts") == [
        ("LATE", 900, 500, None, "opened"), ("KEPT", 130, 100, pytest.approx(0.3), "existing"),
        ("IDLE", 70, 0, None, "idle"), ("GONE", 40, 300, None, "closed")]
    assert shops.existing(found, "2026-10") == (130, 100, 1)


def test_recorded_days_of_opening_and_closing_win(tmp_path):
    listed = {"stores": shop.read("""store_id,name,opened_on,closed_on
        KEPT,本店,2025-10-02,
        LATE,駅前店,2025-10-01,2026-10-31
        GONE,旧店,2001-01-01,2026-10-30
        IDLE,,2001-01-01,
        NEVER,予定店,2027-04-01,""")}
    found, shops = shops_of(opened(tmp_path, STORES, month="2026-10", more=listed))
    frame = stores.by_store(found, shops)
    assert rows(frame, "store_id", "name", "counts") == [
        ("LATE", "駅前店", "existing"), ("KEPT", "本店", "opened"), ("IDLE", "IDLE", "idle"),
        ("GONE", "旧店", "closed")]
    assert shops.existing(found, "2026-10") == (900, 500, 1)


def test_the_page_says_how_many_stores_count(tmp_path):
    result = analyse(tmp_path, STORES, month="2026-10")
    fact = result.fact("sales_same_store_yoy")
    assert (fact.value, fact.n) == (pytest.approx(0.3), 1)
    assert dict(result.notes)["year.same_store"] == {"stores": 1, "listed": 4, "change": pytest.approx(0.3)}


def test_existing_stores_are_compared_a_month_and_a_year_earlier_too(tmp_path):
    text = "customer,day,amount,store\n" + "\n".join(
        f"A,{ym}-{day},{amount},{store}" for store in ("S", "T") for ym, amount in (
            ("2024-09", 100), ("2024-10", 100), ("2025-09", 110), ("2025-10", 120), ("2026-09", 220), ("2026-10", 180))
        for day in ("01", "30"))
    data = opened(tmp_path, text + "\nB,2026-10-31,0,S", month="2026-10")
    fact = trends.analyse(data, data.settings.trends).fact("sales_same_store_yoy")
    assert (fact.value, fact.previous, fact.year_ago, fact.n) == (
        pytest.approx(0.5), pytest.approx(1.0), pytest.approx(0.2), 2)


def test_one_store_is_no_chain(tmp_path):
    data = opened(tmp_path, "customer,day,amount,store\nA,2025-10-01,1,S\nA,2026-10-01,2,S", month="2026-10")
    assert stores.chain(history(data), ["2026-10"]) is None
    fact = trends.analyse(data, data.settings.trends).fact("sales_same_store_yoy")
    assert (fact.value, fact.note) == (None, "no_stores")


def test_a_month_that_is_not_over_compares_no_stores(tmp_path):
    found, shops = shops_of(opened(tmp_path, STORES, month="2026-10", as_of=date(2026, 10, 20)))
    assert shops.existing(found, "2026-10") is None
    assert set(stores.by_store(found, shops)["change"].isna()) == {True}


# --- fiscal year ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ym", "start", "first"), [
    ("2026-03", 4, "2025-04"), ("2026-04", 4, "2026-04"), ("2026-01", 1, "2026-01"), ("2026-11", 12, "2025-12")])
def test_a_fiscal_year_begins_where_the_shop_says(ym, start, first):
    assert years.first_month(ym, start) == first


def test_quarters_and_halves_by_hand(random_shop):
    net = Counter()
    for line in random_shop.lines:
        net[f"{line['day']:%Y-%m}"] += random_shop.net(line)
    frame = years.fiscal(random_shop.found, None)
    spans = {"q1": (4, 5, 6), "q2": (7, 8, 9), "q3": (10,), "h1": range(4, 10), "h2": (10,), "year": range(4, 11)}
    assert list(frame["span"]) == list(spans) and set(frame["scope"]) == {"all"}
    for row in frame.itertuples():
        now, before = (sum(net[f"{year}-{number:02d}"] for number in spans[row.span]) for year in (2026, 2025))
        assert (row.sales, row.sales_year_ago) == (now, before)
        assert pd.isna(row.change) if before <= 0 else row.change == pytest.approx(now / before - 1)
        assert row.partial == (row.span in ("q3", "h2", "year"))


def test_a_month_that_is_not_over_is_in_no_span(tmp_path):
    text = steady(lambda _: 100, "2025-03-01", "2026-10-10")
    data = opened(tmp_path, text, month="2026-10", as_of=date(2026, 10, 11))
    frame = years.fiscal(history(data), None)
    assert rows(frame, "span", "last_month", "months", "partial") == [
        ("q1", "2026-06", 3, False), ("q2", "2026-09", 3, False), ("h1", "2026-09", 6, False),
        ("year", "2026-09", 6, True)]


def test_a_first_fiscal_year_has_no_year_before(tmp_path):
    data = opened(tmp_path, steady(lambda _: 100, "2026-03-01", "2026-06-30"), month="2026-06")
    assert rows(years.fiscal(history(data), None), "span", "sales", "sales_year_ago", "change") == [
        ("q1", 9100, None, None), ("h1", 9100, None, None), ("year", 9100, None, None)]
    told = years.totals(history(data))
    assert (told["sales_fiscal_ytd"], told["sales_fiscal_ytd_yoy"], told["sales_12_months"]) == (9100, None, None)


def test_a_year_that_began_before_the_records_has_no_sum_so_far(tmp_path):
    data = opened(tmp_path, steady(lambda _: 100, "2026-05-01", "2026-06-30"), month="2026-06")
    assert years.totals(history(data))["sales_fiscal_ytd"] is None


def test_existing_stores_run_through_the_fiscal_year(tmp_path):
    days = [d for d in pd.date_range("2025-03-01", "2026-05-31") if d.day in (1, 15, 28)]
    text = "customer,day,amount,store\n" + "\n".join(
        f",{d:%Y-%m-%d},{money},{name}" for d in days for name, money in (("OLD", 100), ("NEW", 1000))
        if name == "OLD" or d >= pd.Timestamp("2025-05-01"))
    data = opened(tmp_path, text, month="2026-05")
    found = history(data)
    frame = years.fiscal(found, stores.chain(found, years.so_far(found)))
    same = frame[(frame["scope"] == "same_store") & (frame["span"] == "year")]
    assert rows(same, "sales", "sales_year_ago") == [(300 + 3300, 300 + 3300)], "NEW opened in May: it counts from then"


def test_moving_totals_by_hand(random_shop):
    net = Counter()
    for line in random_shop.lines:
        net[f"{line['day']:%Y-%m}"] += random_shop.net(line)
    frame = years.moving(random_shop.found)
    for place, row in enumerate(frame.itertuples()):
        back = [net[months.shift(row.month, -n)] for n in range(12)]
        assert (row.sales, row.moving_3, row.moving_annual) == (back[0], sum(back[:3]), sum(back))
        assert row.cumulative == sum(back[:place + 1])
    assert frame["month"].iloc[-1] == "2026-10" and len(frame) == 12
    last = frame.iloc[-1]
    assert last["cumulative"] == last["moving_annual"], "the Z closes"


def test_too_few_months_for_a_z_chart_are_said(tmp_path):
    result = analyse(tmp_path, steady(lambda _: 100, "2026-03-01", "2026-10-31"))
    assert "moving_totals" not in result.tables
    assert dict(result.notes)["year.too_short"] == {"months": 8}


# --- intervals and effects ------------------------------------------------------------------------------------------


def made(first, last, money, **keys):
    """A history of described days, each with the sales a function gives it."""
    days = [d.date() for d in pd.date_range(first, last)]
    calendar = shop.settings(calendar=keys).calendar
    frame = described(days, calendar)
    frame["sales"] = [int(money(row)) for row in frame.to_dict("records")]
    frame["ym"] = [f"{d:%Y-%m}" for d in days]
    frame["open"] = ~frame["closed"]
    settings = SimpleNamespace(calendar=calendar)
    return SimpleNamespace(daily=frame, days=frame, data=SimpleNamespace(month=f"{days[-1]:%Y-%m}", settings=settings))


def test_the_interval_of_a_change_holds_the_true_one_as_often_as_it_says():
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(150):
        found = made("2026-09-01", "2026-10-31", lambda row: 1e6 * (1.1 if row["date"].month == 10 else 1.0) * (
            1.5 if row["dow"] > 5 else 1.0) * rng.lognormal(0, 0.15), country=None)
        now, then = (float(found.days.loc[found.days["ym"] == ym, "sales"].mean()) for ym in ("2026-10", "2026-09"))
        low, high = growth_interval(found, "2026-10", "2026-09", now / then - 1, 0.95)
        mixed = (22 + 9 * 1.5) / 31 / ((22 + 8 * 1.5) / 30)
        held += low <= 1.1 * mixed - 1 <= high
    assert 0.9 <= held / 150 <= 0.99


def test_a_month_of_equal_days_has_no_interval():
    found = made("2026-09-01", "2026-10-31", lambda _: 1000, country=None)
    assert growth_interval(found, "2026-10", "2026-09", 0.0, 0.95) is None
    assert growth_interval(found, "2026-10", "2026-08", 0.0, 0.95) is None


FAIR = [{"name": "Fair", "start": f"{year}-06-{day:02d}", "end": f"{year}-06-{day + 2}"} for year in (2025, 2026)
        for day in (8, 20)]
PLANTED = {"holiday": 1.2, "new_year": 1.6, "golden_week": 1.35, "obon": 1.25, "payday": 1.12, "gotobi": 1.0,
           "Fair": 1.5}
WEEK = (0.86, 0.84, 0.88, 0.92, 1.02, 1.28, 1.20)


def planted(seed, carried=0.3):
    rng, pushed = np.random.default_rng(seed), [0.0]

    def money(row):
        pushed.append(carried * pushed[-1] + rng.normal(0, 0.12))
        factor = WEEK[row["dow"] - 1] * (1 + 0.1 * np.sin(row["date"].month))
        plain = row["holiday"] and row["dow"] < 7 and not row["season"]
        marks = [row["season"], row["event"], "payday" if row["payday"] else "", "holiday" if plain else ""]
        return 200_000 * factor * np.exp(pushed[-1]) * np.prod([PLANTED.get(mark, 1.0) for mark in marks])

    return made("2024-11-01", "2026-10-31", money, events=FAIR, closed=["2026-10-20"])


def test_planted_effects_come_back_within_their_intervals():
    held = Counter()
    level = np.exp(np.mean(np.log(WEEK)))
    for seed in range(25):
        for kind, what, _, effect, low, high in rows(effects(planted(seed), 24, 0.95)):
            true = WEEK[int(what) - 1] / level - 1 if kind == "weekday" else PLANTED[what] - 1
            held[what] += low <= true <= high
            assert low < effect < high
    assert set(held) == {*PLANTED, *"1234567"}
    assert min(held.values()) >= 20 and sum(held.values()) / (25 * 14) >= 0.92


def test_events_on_the_same_days_cannot_be_told_apart():
    events = [{"name": name, "start": "2026-06-08", "end": "2026-06-12"} for name in ("A", "B")]
    found = made("2026-01-01", "2026-10-31", lambda row: 1000 + row["date"].day * 3, events=events)
    told = {row[1]: row[3] for row in rows(effects(found, 24, 0.95))}
    assert told["A"] is None and told["B"] is None and told["1"] is not None


def test_an_event_on_closed_days_has_no_effect_to_tell():
    events = [{"name": "Typhoon", "start": "2026-06-08"}]
    found = made("2026-01-01", "2026-10-31", lambda row: 1000 + row["date"].day, events=events, closed=["2026-06-08"])
    assert "Typhoon" not in set(effects(found, 24, 0.95)["happening"])


def test_too_few_days_tell_no_effects(tmp_path):
    result = analyse(tmp_path, steady(lambda d: 100 + d.day, "2026-10-01", "2026-10-31"))
    assert "effects" not in result.tables and dict(result.notes)["events.no_effects"] == {"days": LEAST_DAYS}


# --- short and broken histories -------------------------------------------------------------------------------------


def test_one_month_of_history_says_what_it_cannot_tell(tmp_path):
    result = analyse(tmp_path, steady(lambda d: 1000 + d.day, "2026-10-01", "2026-10-31"))
    assert result.fact("sales").value == sum(1000 + n for n in range(1, 32))
    for key in ("sales_mom_per_open_day", "sales_yoy", "sales_same_store_yoy", "sales_12_months", "sales_fiscal_ytd"):
        assert result.fact(key).value is None and result.fact(key).note
    said = {key for key, _ in result.notes}
    assert {"headline_alone", "moved.no_bridge", "year.too_short", "events.no_effects"} <= said


def test_two_closed_months_are_zeros_and_break_nothing(tmp_path):
    text = steady(lambda d: 1000 + d.day, "2025-08-01", "2026-07-31") + "\n,2026-10-01,500\n,2026-10-31,500"
    result = analyse(tmp_path, text, calendar={"closed": [{"start": "2026-08-01", "end": "2026-09-30"}]})
    assert rows(result.tables["monthly"].frame, "month", "sales")[-3:] == [
        ("2026-08", 0), ("2026-09", 0), ("2026-10", 1000)]
    assert result.fact("sales_mom").value is None and result.fact("sales_mom_per_open_day").value is None
    shut = result.tables["daily"].frame.query("closed")
    assert len(shut) == 61 and not shut["open"].any()
    assert [c.ok for c in result.checks if c.key == "no_silent_month"] == [False]
    assert dict(rows(result.tables["bridge"].frame))["now"] == 1000, "against last October"


def test_a_shop_closed_this_month_and_the_one_before(tmp_path):
    text = steady(lambda d: 1000 + d.day, "2025-08-01", "2026-08-31")
    result = analyse(tmp_path, text + "\nA,2026-10-31,-1", month="2026-10")
    assert result.notes[0][0] == "headline_none" and result.fact("sales_yoy").value == pytest.approx(-1, abs=1e-4)
    assert result.fact("sales_yoy").low is None


def test_the_fact_of_the_open_day_has_its_interval(tmp_path):
    rng = np.random.default_rng(2)
    text = steady(lambda d: int(100_000 * rng.lognormal(0, 0.1)), "2025-09-01", "2026-10-31")
    fact = analyse(tmp_path, text, calendar={"country": None}).fact("sales_mom_per_open_day")
    assert fact.low < fact.value < fact.high and fact.unit == "ratio"


def test_a_month_closing_on_the_20th_has_its_own_fiscal_year(tmp_path):
    days = pd.date_range("2026-03-21", "2026-06-20")
    text = "customer,day,amount\n" + "\n".join(f",{d:%Y-%m-%d},100" for d in days)
    data = open_dataset(shop.settings(calendar={"closing_day": 20}), shop.write(tmp_path, shop.purchases(text), 20))
    frame = years.fiscal(history(data), None)
    assert rows(frame, "span", "first_month", "last_month", "sales")[0] == ("q1", "2026-04", "2026-06", 9200)


def test_earlier_sides_are_seen_from_their_own_month(random_shop):
    found = random_shop.found
    past = replace(found, data=found.data.previous(1))
    result = trends.analyse(random_shop.data, random_shop.settings)
    assert result.fact("sales_12_months").previous == years.totals(past)["sales_12_months"]
    assert result.fact("sales_fiscal_ytd").previous == years.totals(past)["sales_fiscal_ytd"]

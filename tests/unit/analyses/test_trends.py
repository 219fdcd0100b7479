"""The trends page against plain loops over the same purchases, planted calendars, and its edges."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from holidays import country_holidays

import shop
from crmlib.analyses import trends
from crmlib.analyses.trends.months import history
from crmlib.dataset import months, open_dataset
from crmlib.methods.intervals import wilson

MONTH, AS_OF = "2026-10", date(2026, 11, 1)
FIRST = date(2024, 5, 1)
CLOSED = {date(2025, 10, 7), date(2026, 10, 20), date(2026, 10, 21)}
CALENDAR = {"calendar": {"closed": [d.isoformat() for d in sorted(CLOSED)], "closed_weekdays": ["wed"]}}


def opened(folder, tables, month=MONTH, as_of=None, **groups):
    return open_dataset(shop.settings(**groups), shop.write(folder, tables), month=month, as_of=as_of)


def analyse(folder, text, month=MONTH, as_of=None, **groups):
    data = opened(folder, shop.purchases(text), month, as_of, **groups)
    return trends.analyse(data, data.settings.trends)


def rows(frame, *names):
    return list(frame[list(names)].itertuples(index=False, name=None)) if names else list(
        frame.itertuples(index=False, name=None))


# --- a random shop, and the definitions in loops --------------------------------------------------------------------


def random_lines(seed, orders=420):
    """Orders of one to three lines: guests, returns, discounts, shipping and cancelled orders among them."""
    rng = np.random.default_rng(seed)
    span = (AS_OF - FIRST).days
    found = []
    for n in range(orders):
        who = "" if rng.random() < 0.15 else f"C{rng.integers(0, 40):02d}"
        day = FIRST + timedelta(days=int(rng.integers(0, span)))
        status = "cancelled" if rng.random() < 0.05 else "placed"
        hour = int(rng.integers(0, 24))
        kinds = rng.choice(["product", "product", "product", "back", "return", "discount", "shipping"],
                           size=rng.integers(1, 4))
        for kind in kinds:
            money = int(rng.integers(100, 9000))
            taken = kind in ("back", "return", "discount")
            found.append({"customer": who, "day": day, "amount": -money if taken else money, "order": f"R{n:04d}",
                          "quantity": -1 if taken else 1, "type": "product" if kind == "back" else str(kind),
                          "status": status, "hour": hour})
    found += [{"customer": "", "day": d, "amount": 1000, "order": f"E{d}", "quantity": 1, "type": "product",
               "status": "placed", "hour": 12} for d in (FIRST, AS_OF - timedelta(days=1))]
    return found


def tables(lines):
    return shop.purchases(pd.DataFrame(lines).to_csv(index=False))


def gross(line):
    return line["type"] == "product" and line["amount"] > 0 and line["status"] != "cancelled"


def days_of(lines):
    """Day → (purchases, sales, returns)."""
    orders, sales, returns = defaultdict(set), defaultdict(int), defaultdict(int)
    for line in lines:
        if line["status"] == "cancelled" or line["type"] == "shipping":
            continue
        sales[line["day"]] += line["amount"]
        if line["type"] in ("product", "return") and line["amount"] < 0:
            returns[line["day"]] -= line["amount"]
        if gross(line):
            orders[line["day"]].add(line["order"])
    return {day: (len(orders[day]), sales[day], returns[day]) for day in sorted(sales)}


def purchases_of(lines):
    """Known customer → sorted purchase days."""
    found = defaultdict(set)
    for line in lines:
        if line["customer"] and gross(line):
            found[line["customer"]].add(line["day"])
    return {who: sorted(days) for who, days in found.items()}


def names_of_months():
    return [months.shift("2024-05", n) for n in range(30)]


@pytest.fixture(scope="module", params=[1, 2])
def random_shop(request, tmp_path_factory):
    lines = random_lines(request.param)
    data = opened(tmp_path_factory.mktemp("random"), tables(lines), **CALENDAR)
    return lines, data, trends.analyse(data, data.settings.trends)


def test_every_month_by_hand(random_shop):
    lines, _, result = random_shop
    days, bought = days_of(lines), purchases_of(lines)
    expected = []
    for ym in names_of_months():
        inside = [v for d, v in days.items() if f"{d:%Y-%m}" == ym]
        buyers = sum(any(f"{d:%Y-%m}" == ym for d in dates) for dates in bought.values())
        expected.append((ym, sum(v[0] for v in inside), buyers, sum(v[1] for v in inside), sum(v[2] for v in inside)))
    assert rows(result.tables["monthly"].frame) == expected
    assert list(result.tables["monthly"].frame.columns) == ["month", "orders", "customers", "sales", "returns"]


def test_facts_by_hand(random_shop):
    _, _, result = random_shop
    by_month = result.tables["monthly"].frame.set_index("month")
    for key in ("sales", "orders", "customers"):
        fact = result.fact(key)
        assert (fact.value, fact.previous, fact.year_ago) == tuple(
            int(by_month.loc[ym, key]) for ym in ("2026-10", "2026-09", "2025-10")), key
    assert isinstance(result.fact("sales").value, Decimal) and result.fact("sales").unit == "JPY"


def test_every_cohort_cell_by_hand(random_shop):
    lines, _, result = random_shop
    bought = purchases_of(lines)
    expected = []
    for n, cohort in enumerate(names_of_months()):
        people = [dates for dates in bought.values() if f"{dates[0]:%Y-%m}" == cohort]
        for age in range(30 - n if people else 0):
            active = sum(any(f"{d:%Y-%m}" == months.shift(cohort, age) for d in dates) for dates in people)
            expected.append((cohort, age, len(people), active, active / len(people)))
    frame = result.tables["cohorts"].frame
    assert rows(frame, "cohort", "age_months", "size", "active", "retention") == expected
    assert list(frame.columns)[:5] == ["cohort", "age_months", "size", "active", "retention"]
    assert not frame["partial"].any()


def test_second_purchases_by_hand(random_shop):
    lines, _, result = random_shop
    bought = purchases_of(lines)
    expected = []
    for cohort in names_of_months():
        people = [dates for dates in bought.values() if f"{dates[0]:%Y-%m}" == cohort]
        for days in (90, 180, 365) if people else ():
            if months.period(cohort).end + timedelta(days=days) <= AS_OF:
                again = sum(len(d) > 1 and (d[1] - d[0]).days <= days for d in people)
                expected.append((cohort, days, len(people), again, again / len(people), *wilson(again, len(people))))
    assert rows(result.tables["f2"].frame) == expected
    newest = [row for row in expected if row[1] == 90][-1]
    fact = result.fact("f2_rate")
    assert (fact.value, fact.n) == (pytest.approx(newest[4]), newest[2])


def open_day(day, days):
    return days.get(day, (0,))[0] > 0 and day not in CLOSED and day.isoweekday() != 3


def test_weekdays_by_hand(random_shop):
    lines, _, result = random_shop
    days = days_of(lines)
    opened_days = [d for d in days if date(2025, 11, 1) <= d and open_day(d, days)]
    whole = sum(days[d][1] for d in opened_days) / len(opened_days)
    for dow, n, orders, sales, each, index in rows(result.tables["weekday"].frame):
        part = [days[d] for d in opened_days if d.isoweekday() == dow]
        assert (n, orders, sales) == (len(part), sum(v[0] for v in part), sum(v[1] for v in part))
        if not part:
            assert dow == 3 and pd.isna(each) and pd.isna(index)
            continue
        assert each == round(sales / n) and index == pytest.approx(sales / n / whole)


def test_hours_by_hand(random_shop):
    lines, _, result = random_shop
    first = {line["order"]: line for line in reversed(lines) if gross(line)}
    counted = defaultdict(int)
    for line in first.values():
        if line["day"] >= date(2026, 8, 1):
            counted[line["hour"], line["day"].isoweekday()] += 1
    frame = result.tables["weekday_hour"].frame
    assert {(h, d): n for d, h, n in rows(frame) if n} == dict(counted)
    assert int(frame["orders"].sum()) == int(result.tables["monthly"].frame["orders"].tail(3).sum())


def test_same_weekdays_by_hand(random_shop):
    from scipy import stats

    lines, _, result = random_shop
    days = days_of(lines)
    year = timedelta(days=364)
    pairs = [(d, d - year) for d in pd.date_range("2026-10-01", "2026-10-31").date
             if not {d, d - year} & CLOSED and d.isoweekday() != 3]
    now, before = ([days.get(p[i], (0, 0))[1] for p in pairs] for i in (0, 1))
    fact = result.fact("sales_364_yoy")
    assert fact.value == pytest.approx(sum(now) / sum(before) - 1)
    steps = [a - b for a, b in zip(now, before, strict=True) if a or b]
    low, high = stats.t.interval(0.95, len(steps) - 1, np.mean(steps), stats.sem(steps))
    assert (fact.low, fact.high) == pytest.approx((low * len(steps) / sum(before), high * len(steps) / sum(before)))
    row = result.tables["like_for_like"].frame.iloc[-1]
    assert (row["days"], row["sales_compared"], row["sales_before"]) == (len(pairs), sum(now), sum(before))


def test_weekday_mix_by_hand(random_shop):
    lines, _, result = random_shop
    days, rest = days_of(lines), country_holidays("JP", years=range(2024, 2027))

    def kinds(ym):
        found = defaultdict(list)
        for d in days:
            if f"{d:%Y-%m}" == ym and open_day(d, days):
                found[7 if d in rest else d.isoweekday()].append(days[d][1])
        return found

    for against, ym in (("previous", "2026-09"), ("year_ago", "2025-10")):
        now, before = kinds(MONTH), kinds(ym)
        table = result.tables["comparisons"].frame
        found = table[(table["against"] == against) & (table["form"] == "weekday_mix")]
        if set(now) - set(before):
            assert found.empty
            continue
        expected = sum(len(v) * sum(before[k]) / len(before[k]) for k, v in now.items())
        brought = sum(sum(v) for v in now.values())
        assert rows(found, "now", "before") == [(brought, round(expected))]
        assert found["change"].iloc[0] == pytest.approx(brought / expected - 1)


def test_orders_taken_back_whole_leave_the_hours_as_they_leave_the_months(tmp_path):
    text = """customer,day,amount,order,quantity,type,return_of,hour
    A,2026-10-05,900,X1,1,product,,10
    B,2026-10-06,500,X2,1,product,,11
    A,2026-10-07,-900,X3,-1,return,X1,12
    ,2026-10-31,100,X4,1,product,,13"""
    for rule, orders in (("as_returns", 3), ("drop_matched", 2)):
        result = analyse(tmp_path / rule, text, sales={"cancellations": rule})
        assert result.fact("orders").value == int(result.tables["weekday_hour"].frame["orders"].sum()) == orders
        assert result.fact("sales").value == 600


# --- planted calendars ----------------------------------------------------------------------------------------------


def steady(money, first="2024-10-01", last="2026-10-31"):
    """One purchase a day by a guest; ``money`` gives the amount of a day."""
    days = pd.date_range(first, last).date
    return "customer,day,amount\n" + "\n".join(f",{d},{money(d)}" for d in days)


def test_a_longer_month_is_not_growth(tmp_path):
    result = analyse(tmp_path, steady(lambda _: 1000), calendar={"country": None})
    assert result.fact("sales_mom").value == pytest.approx(1 / 30)
    assert result.fact("sales_mom_per_open_day").value == 0
    assert dict(result.notes)["mom_mostly_days"] == {"change": 1 / 30, "calendar": Decimal(1000), "rest": Decimal(0)}
    assert rows(result.tables["bridge"].frame) == [("before", 31000), ("calendar", 0), ("rest", 0), ("now", 31000)]


def test_more_weekends_are_not_growth(tmp_path):
    """Saturdays and Sundays sell five times as much: October 2026 has nine of them, October 2025 eight."""
    result = analyse(tmp_path, steady(lambda d: 5000 if d.isoweekday() > 5 else 1000), calendar={"country": None})
    assert result.fact("sales_yoy").value == pytest.approx((22 + 45) / (23 + 40) - 1)
    assert result.fact("sales_weekday_mix_yoy").value == 0
    assert result.fact("sales_364_yoy").value == 0
    assert rows(result.tables["bridge"].frame) == [
        ("before", 63000), ("calendar", 4000), ("rest", 0), ("now", 67000)]
    assert result.notes[0][0] == "headline_compared", "no day differs, so chance has no size"


def test_real_growth_is_called_growth_and_chance_is_not(tmp_path):
    rng = np.random.default_rng(5)
    days = pd.date_range("2024-10-01", "2026-10-31").date
    noise = dict(zip(days, rng.normal(0, 100, len(days)).astype(int).tolist(), strict=True))
    grown = analyse(tmp_path / "a", steady(lambda d: 1000 + noise[d] + (300 if d >= date(2026, 10, 1) else 0)))
    level = analyse(tmp_path / "b", steady(lambda d: 1000 + noise[d]))
    fallen = analyse(tmp_path / "c", steady(lambda d: 1000 + noise[d] - (300 if d >= date(2026, 10, 1) else 0)))
    assert [r.notes[0][0] for r in (grown, level, fallen)] == ["headline_up", "headline_level", "headline_down"]
    assert dict(grown.notes)["past_range"]["months"] == 12
    values = grown.notes[0][1]
    assert 0 < values["low"] < 0.3 < values["high"] or values["low"] == pytest.approx(0.3, abs=0.1)


def test_a_public_holiday_counts_as_a_sunday(tmp_path):
    rest = country_holidays("JP", years=range(2024, 2027))
    text = steady(lambda d: 3000 if d.isoweekday() == 7 or d in rest else 1000, "2024-09-01")
    assert analyse(tmp_path, text, month="2026-09").fact("sales_weekday_mix_yoy").value == 0, "three holidays, not two"
    assert not analyse(tmp_path / "no", steady(lambda _: 1), calendar={"country": None}).fact(
        "sales_weekday_mix_yoy").value


def test_a_country_without_a_known_calendar_is_said(tmp_path):
    result = analyse(tmp_path, steady(lambda _: 1000, "2026-09-01"), calendar={"country": "ZZ"})
    assert [c.ok for c in result.checks if c.key == "holidays_known"] == [False]


def test_a_planted_season_comes_back(tmp_path):
    season = {m: 0.7 + 0.05 * m for m in range(1, 13)}
    mean = sum(season.values()) / 12
    text = "customer,day,amount\n" + "\n".join(
        f",{y}-{m:02d}-15,{round(100_000 * season[m])}" for y in (2023, 2024, 2025, 2026) for m in range(1, 13)
        if (y, m) <= (2026, 10))
    frame = analyse(tmp_path, ",,\n".join([text]) + "\n,2023-01-01,1").tables["seasonal_index"].frame
    assert frame["calendar_month"].tolist() == list(range(1, 13))
    assert frame["index"].tolist() == pytest.approx([season[m] / mean for m in range(1, 13)], rel=1e-3)


def test_too_few_years_for_a_season_are_said(tmp_path):
    result = analyse(tmp_path, steady(lambda _: 1000, "2025-01-01"))
    assert "seasonal_index" not in result.tables and "seasonal_index" not in result.figures
    assert dict(result.notes)["no_season"] == {"months": 22}


# --- edges ----------------------------------------------------------------------------------------------------------

TWICE = """customer,day,amount
A,2026-07-01,100
A,2026-09-29,100
B,2026-07-01,100
B,2026-09-30,100
C,2026-07-31,100
C,2026-07-31,100
,2026-06-01,100
,2026-10-31,100
"""


def test_the_ninetieth_day_counts_the_ninety_first_and_the_same_day_do_not(tmp_path):
    frame = analyse(tmp_path, TWICE).tables["f2"].frame
    assert rows(frame, "cohort", "days", "size", "converted") == [("2026-07", 90, 3, 1)]


@pytest.mark.parametrize(("as_of", "ripe"), [(date(2026, 10, 29), False), (date(2026, 10, 30), True)])
def test_a_cohort_is_ripe_once_its_last_buyer_has_had_all_days(tmp_path, as_of, ripe):
    result = analyse(tmp_path, TWICE, as_of=as_of)
    assert ("f2" in result.tables) is ripe
    assert result.fact("f2_rate").note == (None if ripe else "no_ripe_cohort")


def test_a_month_that_is_not_over_is_flagged_and_not_compared_plainly(tmp_path):
    result = analyse(tmp_path, steady(lambda d: 1000 if d < date(2026, 1, 1) else 2000) + "\nA,2026-09-05,50\n"
                     "A,2026-10-05,50", as_of=date(2026, 10, 11))
    assert result.fact("sales").value == 20_050 and result.fact("sales").note == "partial_month"
    assert (result.fact("sales_mom").value, result.fact("sales_mom").note) == (None, "no_mom")
    assert result.fact("sales_364_yoy").value == pytest.approx(20_050 / 10_000 - 1), "ten days against ten"
    frame = result.tables["cohorts"].frame
    assert rows(frame, "cohort", "age_months", "active", "partial") == [
        ("2026-09", 0, 1, False), ("2026-09", 1, 1, True)]
    assert result.tables["like_for_like"].frame["partial"].tolist()[-1]
    assert dict(result.notes)["partial"]["last"] == date(2026, 10, 10)
    assert "bridge" not in result.tables


def test_months_without_sales_are_zero_not_missing(tmp_path):
    result = analyse(tmp_path, "customer,day,amount\nA,2026-06-01,500\nA,2026-09-03,700\nB,2026-09-03,-200",
                     month="2026-09")
    assert rows(result.tables["monthly"].frame) == [
        ("2026-06", 1, 1, 500, 0), ("2026-07", 0, 0, 0, 0), ("2026-08", 0, 0, 0, 0), ("2026-09", 1, 1, 500, 200)]
    assert rows(result.tables["cohorts"].frame, "age_months", "size", "active") == [
        (0, 1, 1), (1, 1, 0), (2, 1, 0), (3, 1, 1)]
    assert result.fact("sales").previous == 0 and result.fact("sales_mom").value is None


def test_earlier_months_that_the_data_do_not_reach_are_not_compared(tmp_path):
    result = analyse(tmp_path, "customer,day,amount\nA,2026-09-15,500\nA,2026-10-03,700")
    fact = result.fact("sales")
    assert (fact.value, fact.previous, fact.year_ago, fact.note) == (700, None, None, "no_previous")


def test_months_end_on_the_closing_day(tmp_path):
    def closing(frame):
        days = pd.to_datetime(frame["day"])
        return frame.drop(columns="day").assign(
            business_date=days.dt.date, dow=days.dt.day_of_week + 1, hour=12,
            ym=[months.month_of(day, 20) for day in days.dt.date])

    text = "customer,day,amount\nA,2026-08-21,1\nA,2026-09-20,100\nA,2026-09-21,200\nA,2026-10-20,400"
    found = {name: closing(frame) if "day" in frame else frame for name, frame in shop.purchases(text).items()}
    data = opened(tmp_path, found, calendar={"closing_day": 20})
    result = trends.analyse(data, data.settings.trends)
    assert rows(result.tables["monthly"].frame, "month", "sales") == [("2026-09", 101), ("2026-10", 600)]
    assert rows(result.tables["cohorts"].frame, "cohort", "age_months", "active") == [
        ("2026-09", 0, 1), ("2026-09", 1, 1)]


def test_without_a_time_of_day_there_are_no_hours(tmp_path):
    found = shop.purchases("customer,day,amount\nA,2026-10-03,700")
    found["order_lines"]["hour"] = None
    data = opened(tmp_path, found)
    result = trends.analyse(data, data.settings.trends)
    assert "weekday_hour" not in result.tables and "weekday_hour" not in result.figures


def test_hours_begin_with_the_shop_s_day(tmp_path):
    text = "customer,day,amount,hour\nA,2026-10-03,700,22\nA,2026-10-03,700,2\nA,2026-10-04,700,23"
    frame = analyse(tmp_path, text, time={"day_cutoff_hour": 5}).tables["weekday_hour"].frame
    assert list(dict.fromkeys(frame["hour"])) == [22, 23, 0, 1, 2]


def test_a_declared_closure_is_no_open_day_even_with_sales(tmp_path):
    text = "customer,day,amount\nA,2026-10-01,700\nA,2026-10-02,300\nA,2026-10-03,-100"
    result = analyse(tmp_path, text, calendar={"closed": ["2026-10-02"]})
    assert (result.fact("open_days").value, result.fact("sales_per_open_day").value) == (1, 700)
    assert result.fact("sales").value == 900


def test_few_people_are_not_named_in_titles(tmp_path):
    result = analyse(tmp_path, TWICE, privacy={"published_key": "crmlib-test", "min_cell": 2})
    assert "f2" in result.tables and "f2" not in result.figures
    assert "second_purchase" not in dict(result.notes)


def test_history_has_no_gap_and_knows_whole_months(tmp_path):
    data = opened(tmp_path, shop.purchases("customer,day,amount\nA,2026-06-02,500\nA,2026-10-03,700"))
    found = history(data)
    assert list(found.sold) == ["2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
    assert [found.whole(ym) for ym in found.sold] == [False, True, True, True, True]

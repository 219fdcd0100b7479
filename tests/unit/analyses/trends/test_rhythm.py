"""Hours, seasons, peaks, events and who takes part: against plain loops, planted effects, and their edges."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses.trends import rhythm
from crmlib.analyses.trends.months import history
from crmlib.analyses.trends.rhythm.events import Plain, beside, demand, plain_days, recent, spans
from crmlib.analyses.trends.rhythm.peaks import Peak, age_band, lead, makers, peak_week, peaks
from crmlib.analyses.trends.rhythm.seasons import seasons
from crmlib.analyses.trends.rhythm.taking_part import taking_part
from crmlib.analyses.trends.rhythm.windows import best_windows, day_parts, hour_parts
from crmlib.dataset import marts, open_dataset
from crmlib.methods.intervals import wilson

LEVEL = 0.95
PARTS = (5, 11, 14, 17, 21)
CATEGORY = {"P0": "food", "P1": "food", "P2": "gift", "P3": None}
PRODUCTS = {"products": shop.read("product_id,category_1\nP0,food\nP1,food\nP2,gift\nP3,")}


def line(customer, day, amount=1000, **more):
    return {"customer": customer, "day": day, "amount": amount, "order": f"{customer}{day}", "quantity": 1,
            "type": "product", "status": "placed", "hour": 12, "product": "P1"} | more


def every_day(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def part_of(hour):
    return "night" if hour < 5 or hour >= 21 else "morning" if hour < 11 else "midday" if hour < 14 else (
        "afternoon" if hour < 17 else "evening")


def orders_of(random_shop, first="2026-08"):
    """Order → (customer, day, hour) of purchases of the latest months."""
    return {one["order"]: (one["customer"], one["day"], one["hour"]) for one in random_shop.lines
            if random_shop.gross(one) and f"{one['day']:%Y-%m}" >= first}


def test_parts_of_the_day_by_hand(random_shop):
    counted = Counter(part_of(hour) for _, _, hour in orders_of(random_shop).values())
    table = day_parts(random_shop.found, PARTS)
    assert dict(zip(table["part"], table["orders"], strict=True)) == {part: counted[part] for part in table["part"]}
    assert table["share"].sum() == pytest.approx(1)
    assert list(zip(table["from_hour"], table["to_hour"], strict=True)) == [(5, 10), (11, 13), (14, 16), (17, 20),
                                                                           (21, 4)]


def test_every_hour_has_one_part():
    assert hour_parts(PARTS)["part"].tolist() == [part_of(hour) for hour in range(24)]


def test_the_best_window_by_hand(random_shop, monkeypatch):
    monkeypatch.setattr("crmlib.analyses.trends.rhythm.windows.FEW", 1)
    places = defaultdict(set)
    for who, day, hour in orders_of(random_shop).values():
        if who:
            places[day.isoweekday(), part_of(hour)].add(who)
    buyers = len(set().union(*places.values()))
    row = best_windows(random_shop.found, PARTS, LEVEL).iloc[0]
    top = max(len(who) for who in places.values())
    assert (row["rfm_segment"], row["buyers"], row["customers"]) == ("all", buyers, top)
    assert len(places[row["dow"], row["part"]]) == top
    assert (row["low"], row["high"]) == pytest.approx(wilson(top, buyers, LEVEL))
    following = sorted(map(len, places.values()), reverse=True)[1]
    assert row["next_share"] == following / buyers and row["clear"] == (row["low"] > following / buyers)


def test_a_planted_window_is_clear(small):
    rng = np.random.default_rng(2)
    lines = []
    for n in range(80):
        for week in range(10):
            friday = date(2026, 8, 7) + timedelta(weeks=week)
            lines.append(line(f"C{n}", friday if rng.random() < 0.7 else friday + timedelta(days=int(rng.integers(6))),
                              hour=18 if rng.random() < 0.8 else int(rng.integers(24)), order=f"{n}-{week}"))
    row = best_windows(small(lines).found, PARTS, LEVEL).iloc[0]
    assert (row["dow"], row["part"], row["clear"]) == (5, "evening", True)


def category_months(data):
    marts.monthly(data, marts.PRODUCTS)
    return data.query("trends_category_months")


def test_categories_by_hand(random_shop):
    counted = defaultdict(int)
    for one in random_shop.lines:
        if one["status"] != "cancelled" and one["type"] != "shipping":
            counted[f"{one['day']:%Y-%m}", CATEGORY.get(one["product"])] += one["amount"]
    rows = category_months(random_shop.data)
    found = {(ym, c if isinstance(c, str) else None): n for ym, c, n in rows.itertuples(index=False)}
    assert found == {key: n for key, n in counted.items() if key in found} and not {
        key for key, n in counted.items() if n and key not in found}


def test_orders_taken_back_whole_leave_their_category(tmp_path):
    text = """customer,day,amount,order,quantity,type,return_of,product
    A,2025-10-05,900,X1,1,product,,P1
    B,2026-10-06,500,X2,1,product,,P1
    B,2026-09-06,300,X3,1,product,,P1
    A,2026-10-07,-300,X4,-1,return,X3,P1"""
    products = {"products": pd.DataFrame({"product_id": ["P1"], "category_1": ["food"]})}
    left = {"as_returns": [["2026-09", "food", 300], ["2026-10", "food", 200]],
            "drop_matched": [["2026-10", "food", 500]]}
    for rule in left:
        settings = shop.settings(sales={"cancellations": rule})
        folder = shop.write(tmp_path / rule, shop.purchases(text) | products)
        data = open_dataset(settings, folder, month="2026-10")
        assert category_months(data).to_numpy().tolist() == [["2025-10", "food", 900], *left[rule]]
        assert category_months(data.previous(1)).to_numpy().tolist()[1:] == [r for r in left[rule] if r[0] == "2026-09"]


def seasonal_lines(months_of_gift=(12,), years=3, best=40, others=120):
    """A shop whose gifts sell threefold in some months; the best customers buy three weeks before the others then."""
    rng = np.random.default_rng(11)
    lines = []
    for day in every_day(date(2026 - years, 1, 1), date(2025, 12, 31)):
        lines.append(line("", day, 10_000, product="P0", order=f"f{day}"))
        lines.append(line("", day, 9_000 if day.month in months_of_gift else 3_000, product="P2", order=f"g{day}"))
    for n in range(best + others):
        good = n < best
        for year in range(2026 - years, 2026):
            lines.append(line(f"C{n}", date(year, 6, 1 + n % 28), 90_000 + n if good else 2_000, product="P0",
                              order=f"j{n}-{year}"))
            day = date(year, 12, 25) - timedelta(days=int(rng.integers(0, 20)) + (21 if good else 0))
            lines.append(line(f"C{n}", day, 5_000, product="P2", order=f"d{n}-{year}"))
    return lines


@pytest.fixture(scope="module")
def seasonal(tmp_path_factory):
    tables = shop.purchases(pd.DataFrame(seasonal_lines()).to_csv(index=False)) | PRODUCTS
    tables["customers"] = shop.read("customer_key,customer_id,gender,birth_year\n" + "\n".join(
        f"C{n},C{n},{'female' if n % 2 else ''},{1970 + n % 30}" for n in range(160)))
    data = open_dataset(shop.settings(), shop.write(tmp_path_factory.mktemp("seasonal"), tables), month="2025-12")
    return history(data)


def test_a_planted_season_is_found_in_its_category(seasonal):
    table = seasons(seasonal, 2)
    assert list(dict.fromkeys(table["category"])) == ["all", "food", "gift"]
    gift = table[table["category"] == "gift"].set_index("calendar_month")["index"]
    assert gift.idxmax() == 12 and gift[12] > 2 and gift.drop(12).max() < gift[12] / 2
    assert table.groupby("category")["index"].mean().tolist() == pytest.approx([1, 1, 1])
    assert (table["low"] <= table["index"] + 1e-9).all() and (table["years"] == 2).all()


def test_too_short_a_history_has_no_season(small):
    lines = [line("", day) for day in every_day(date(2025, 11, 1), date(2026, 10, 31))]
    assert seasons(small(lines).found, 2).empty


def test_who_makes_the_peak_adds_up(seasonal):
    tops = peaks(seasonal, seasons(seasonal, 2))
    gift = next(peak for peak in tops if peak.category == "gift")
    assert gift.month == "2025-12"
    table = makers(seasonal, (gift,))
    assert table["attribute"].drop_duplicates().tolist() == ["rfm_segment", "gender", "age_band"]
    members = [one for one in seasonal_lines() if one["customer"] and one["product"] == "P2"
               and f"{one['day']:%Y-%m}" == "2025-12"]
    december = 31 * 9_000 + len(members) * 5_000
    for _, part in table.groupby("attribute"):
        assert part["sales"].sum() == december and part["contribution"].sum() == pytest.approx(1, abs=1e-4)
        assert part["customers"].sum() == len(members)
    gender = table[table["attribute"] == "gender"].set_index("level")
    assert gender.loc["female", "sales"] == 5_000 * sum(int(one["customer"][1:]) % 2 for one in members)
    assert table[table["level"] == "guest"]["sales"].tolist() == [31 * 9_000]


def test_the_best_customers_buy_three_weeks_ahead(seasonal):
    row = lead(seasonal, (Peak("gift", "2025-12", 2.0),), LEVEL).iloc[0]
    assert (row["best_customers"], row["other_customers"]) == (32, 128)
    assert row["lead_weeks"] == pytest.approx(row["best_weeks"] - row["other_weeks"])
    # 40 were planted to be early; a fifth of 160 buyers is 32 of them, the other 8 count among the others.
    planted = 3 - 3 * 8 / 128
    assert row["low"] <= planted <= row["high"] and row["low"] > 2


def test_the_peak_week_is_the_earliest_of_equals(small):
    lines = [line("", date(2026, 10, n), 5_000 if n in (4, 20) else 100) for n in range(1, 32)]
    assert peak_week(small(lines).found, date(2026, 10, 1), date(2026, 11, 1)) == date(2026, 10, 1)


@pytest.mark.parametrize(("year", "band"), [("2000", "20-29"), ("2008", "-19"), ("1940", "70-"), (None, "")])
def test_age_bands(year, band):
    assert age_band(year, 2026, (20, 30, 40, 50, 60, 70)) == band


# --- events -----------------------------------------------------------------------------------------------------------


def eventful(event_factor, seed, first=date(2026, 4, 1), last=date(2026, 10, 31)):
    """Days with a weekday pattern and noise, and an event in June that multiplies sales."""
    rng = np.random.default_rng(seed)
    weekday = (0.9, 0.8, 0.9, 1.0, 1.1, 1.5, 1.4)
    lines = []
    for day in every_day(first, last):
        factor = event_factor if date(2026, 6, 10) <= day <= date(2026, 6, 12) else 1.0
        money = 100_000 * weekday[day.weekday()] * factor * (1 + 0.1 * rng.standard_normal())
        lines.append(line("", day, round(money)))
    return lines


EVENT = {"calendar": {"country": None, "events": [
    {"name": {"ja": "祭", "en": "Fair"}, "start": "2026-06-10", "end": "2026-06-12", "kind": "sale"},
    {"name": "Late", "start": "2027-01-01"}]}}


def test_planted_changes_lie_in_their_intervals_about_as_often_as_promised():
    rng, inside, runs = np.random.default_rng(0), 0, 300
    for _ in range(runs):
        days = every_day(date(2026, 4, 1), date(2026, 8, 31))
        happened = every_day(date(2026, 6, 10), date(2026, 6, 12))
        sales = {day: max(1, round(100_000 * (1 + 0.3 * (day.weekday() > 4)) * (1.4 if day in happened else 1)
                                   * (1 + 0.12 * rng.standard_normal()))) for day in days}
        seen = beside(happened, Plain(sales, frozenset(days) - frozenset(happened)), LEVEL)
        inside += seen.low <= 0.4 <= seen.high
    assert 0.92 <= inside / runs <= 0.99


def test_an_event_beside_plain_days_by_hand(small):
    found = small(eventful(1.6, 1), **EVENT).found
    row = demand(found, spans(found), LEVEL).iloc[0]
    sales = dict(zip(found.daily["date"], found.daily["sales"], strict=True))
    days = every_day(date(2026, 6, 10), date(2026, 6, 12))
    near = [sales[day + timedelta(weeks=n)] for day in days for n in (-4, -3, -2, -1, 1, 2, 3, 4)]
    assert (row["kind"], row["event"], row["days"], row["closed"]) == ("event", "Fair", 3, 0)
    assert row["sales"] == sum(sales[day] for day in days)
    assert row["expected"] == pytest.approx(sum(near) / 8, abs=1)
    assert row["low"] < 0.6 < row["high"] and row["low"] > 0.3


def test_days_of_an_event_that_were_closed_are_no_zeros(small):
    lines = [one for one in eventful(1.0, 2) if one["day"] != date(2026, 6, 11)]
    closed = {"calendar": EVENT["calendar"] | {"closed": ["2026-06-11"]}}
    found = small(lines, **closed).found
    row = demand(found, spans(found), LEVEL).iloc[0]
    assert (row["days"], row["closed"]) == (2, 1) and row["low"] < 0 < row["high"]


def test_without_plain_days_around_it_nothing_is_claimed(small):
    found = small(eventful(1.6, 3, first=date(2026, 6, 8), last=date(2026, 6, 20)), month="2026-06", **EVENT).found
    row = demand(found, spans(found), LEVEL).iloc[0]
    assert pd.isna(row["expected"]) and pd.isna(row["change"]) and row["sales"] > 0


def test_days_of_other_events_are_not_plain(small):
    overlapping = {"calendar": {"country": None, "events": [*EVENT["calendar"]["events"],
                                                            {"name": "Other", "start": "2026-06-12",
                                                             "end": "2026-06-30"}]}}
    found = small(eventful(1.6, 4), **overlapping).found
    plain = plain_days(found.daily)
    assert not plain.plain & set(every_day(date(2026, 6, 10), date(2026, 6, 30)))
    rows = demand(found, spans(found), LEVEL)
    assert rows["event"].tolist() == ["Fair", "Other"] and rows["change"].notna().all()


def test_seasons_run_over_the_end_of_a_year_and_old_holidays_are_left_out(small):
    lines = [line("", day) for day in every_day(date(2025, 1, 1), date(2026, 10, 31))]
    found = small(lines).found
    happened = spans(found)
    new_year = [span for span in happened if span.event == "new_year"]
    assert [(s.days[0], s.days[-1]) for s in new_year] == [(date(2025, 1, 1), date(2025, 1, 3)),
                                                           (date(2025, 12, 29), date(2026, 1, 3))]
    told = recent(found, happened)
    assert {s.kind for s in told} == {"season", "holiday", "payday"}
    assert min(s.days[0] for s in told if s.kind == "holiday") >= date(2025, 10, 1)
    assert min(s.days[0] for s in happened if s.kind == "holiday") < date(2025, 10, 1)


def test_who_takes_part_by_hand(small):
    lines = [line(f"C{n}", date(2026, 5, 1 + n % 20), order=f"m{n}") for n in range(40)]
    lines += [line(f"C{n}", date(2026, 6, 11), order=f"e{n}") for n in range(10)]
    lines += [line("C11", date(2026, 5, 14), order="b11"), line("new", date(2026, 6, 12))]
    more = {"campaigns": shop.read("campaign_id,name,starts_on,control_arm\nK,Letter,2026-06-20,none"),
            "sends": shop.read("campaign_id,customer_key,arm,delivered\n" + "\n".join(
                f"K,C{n},{'none' if n > 29 else 'mail'},{'false' if n == 0 else 'true'}" for n in range(40))),
            "responses": shop.read("campaign_id,customer_key,type,at\nK,C1,open,2026-06-21\nK,C2,click,2026-06-21\n"
                                   "K,C2,order,2026-06-22\nK,C35,click,2026-06-22\nK,C0,click,2026-06-22")}
    lines += [line("", date(2026, 4, 1)), line("", date(2026, 7, 31))]
    private = {"published_key": "crmlib-test", "min_cell": 1}
    data = small(lines, month="2026-07", more=more, privacy=private, **EVENT)
    table = taking_part(data.found, LEVEL)
    event, campaign = table[table["kind"] == "event"], table[table["kind"] == "campaign"]
    before = {who for who, days in data.days.items() if {date(2026, 5, 13), date(2026, 5, 14), date(2026, 5, 15)}
              & set(days)}
    assert (event["customers"].sum(), event["participants"].sum()) == (40, 10)
    assert (event["usual"] * event["customers"]).sum() == pytest.approx(len(before))
    assert (campaign["customers"].sum(), campaign["participants"].sum()) == (29, 1)
    guarded = small(lines, month="2026-07", more=more, privacy=private | {"min_cell": 25}, **EVENT)
    assert (taking_part(guarded.found, LEVEL)["customers"] >= 25).all()
    assert campaign["event"].unique().tolist() == ["Letter"] and campaign["usual"].isna().all()


# --- the slice --------------------------------------------------------------------------------------------------------


def test_purchases_without_hours_are_said_to_have_none(small):
    lines = [line(f"C{n}", date(2026, 10, 1 + n)) for n in range(5)]
    tables = shop.purchases(pd.DataFrame(lines).to_csv(index=False))
    timeless = {"order_lines": tables["order_lines"].assign(hour=None)}
    result = rhythm.part(*(lambda s: (s.found, s.settings))(small(lines, more=timeless)))
    assert {"rhythm.no_hours", "events.none", "season.too_short"} == {key for key, _ in result.notes}
    assert not {"weekday_hour", "day_parts", "best_windows", "seasonal_index"} & set(result.tables)


def test_rows_in_any_order_give_the_same(random_shop, small):
    shuffled = pd.DataFrame(random_shop.lines).sample(frac=1, random_state=4).to_dict("records")
    again = small(shuffled, more={"products": PRODUCTS["products"].iloc[::-1]})
    one, other = (rhythm.part(s.found, s.settings) for s in (random_shop, again))
    assert one.tables.keys() == other.tables.keys()
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table.frame, other.tables[name].frame)

"""What was planted can be found in the clean records by ordinary methods."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest

from crmlib.sample import loyalty, support, surveys
from crmlib.sample.baskets import PRODUCT
from crmlib.sample.behaviour import PLAIN
from crmlib.sample.build import build
from crmlib.sample.orders import VOID
from crmlib.sample.truth import planted
from crmlib.sample.world import days as calendar
from crmlib.sample.world import people as folk
from crmlib.sample.world.catalogue import EC, PAIRS
from unit.sample import reading


def truth(made, name):
    return json.loads((made.folder / "truth" / f"{name}.json").read_text(encoding="utf-8"))


def effect(campaign, arm, control="holdout"):
    """Difference of the shares that bought, with its 95 % interval (unpooled normal)."""
    arms = {one["arm"]: one for one in campaign["arms"]}
    p, q = (arms[name]["bought"] / arms[name]["n"] for name in (arm, control))
    error = math.sqrt(p * (1 - p) / arms[arm]["n"] + q * (1 - q) / arms[control]["n"])
    return p - q - 1.96 * error, p - q + 1.96 * error


def campaigns(shop):
    return {one["campaign_id"]: one for one in planted.uplift(shop)}


def test_the_mailing_that_works_is_found_and_the_one_that_does_not_is_not(shop):
    found = campaigns(shop)
    low, high = effect(found["A01"], "mail")
    assert 0 < low < found["A01"]["arms"][0]["true_effect"] < high
    low, high = effect(found["A04"], "mail_b")
    assert 0 < low < found["A04"]["arms"][1]["true_effect"] < high
    low, high = effect(found["A02"], "mail")
    assert low < 0 < high and found["A02"]["arms"][0]["true_effect"] == 0


def test_the_card_to_the_best_customers_only_seems_to_work(shop):
    card = campaigns(shop)["A03"]
    assert not card["randomised"] and card["arms"][0]["true_effect"] == 0
    assert card["naive_difference"] > 0.15


def test_intervals_cover_the_planted_effect_with_other_seeds():
    covered, none = 0, 0
    for seed in range(6):
        found = campaigns(build(2500, 14, "2026-10", seed))
        low, high = effect(found["A01"], "mail")
        covered += low <= found["A01"]["arms"][0]["true_effect"] <= high
        low, high = effect(found["A02"], "mail")
        none += low <= 0 <= high
    assert covered >= 5 and none >= 5


def test_arms_have_the_planned_sizes_and_everybody_one_arm(shop):
    sends = shop.campaigns.sends
    pairs = sends["campaign"] * 100_000 + sends["person"]
    assert len(np.unique(pairs)) == len(pairs)
    sizes = [one["n"] for one in campaigns(shop)["A01"]["arms"]]
    assert abs(sizes[0] - sizes[1]) <= 1


def test_respondents_are_kinder_than_the_base_and_weighting_repairs_it(shop):
    survey = shop.survey
    said = survey["answered"]
    true, heard = planted.nps(survey["nps"]), planted.nps(survey["nps"][said])
    assert heard - true > 5
    cell = np.minimum(survey["purchases"], 12) * 10 + shop.people.age_band[survey["person"]]
    base, some = np.bincount(cell), np.bincount(cell[said], minlength=cell.max() + 1)
    weight = (base / np.maximum(some, 1))[cell[said]]
    vote = (survey["nps"][said] >= 9).astype(float) - (survey["nps"][said] <= 6)
    assert 100 * np.average(vote, weights=weight) == pytest.approx(true, abs=2.0)


def test_the_last_wave_is_written_with_base_and_answers(written):
    wave = truth(written, "response_bias")["waves"][-1]
    assert wave["month"] == "2026-10" and wave["asked"] < wave["base"]
    assert wave["responses"] > wave["respondents"] > 60


def test_harsh_voices_are_too_many_in_the_short_survey_and_reviews_are_j_shaped(shop):
    short, rating = shop.short_survey, shop.reviews["rating"]
    assert (short["csat"][short["answered"]] <= 2).mean() > 1.5 * (short["csat"] <= 2).mean()
    stars = np.bincount(rating, minlength=6)[1:]
    assert stars[0] > stars[1] > stars[2] < stars[3] < stars[4]


def test_drivers_come_back_in_proportion(shop):
    found = np.array(planted.drivers(shop)["found_in_base"])
    assert found / found.sum() == pytest.approx(np.array(surveys.WEIGHTS), abs=0.02)


def expected_by_day(shop, segments):
    """Purchases that the rates alone would bring on each day, without any factor."""
    span = np.arange(shop.days.count)
    habits = shop.habits
    who = np.flatnonzero(np.isin(shop.people.segment, segments))
    there = ((span >= habits.start[who, None]) & (span < habits.end[who, None])
             & ~((span >= habits.away_from[who, None]) & (span < habits.away_to[who, None])))
    return (there * habits.rate[who, None]).sum(axis=0)


def plain_by_day(shop, segments):
    orders = shop.sales.orders
    kept = (orders["kind"] == PLAIN) & (orders["document"] == 0) & np.isin(orders["group"], segments)
    return np.bincount(orders["day"][kept], minlength=shop.days.count)


def open_days(shop):
    days = shop.days
    return ~(days.new_year | days.obon | days.typhoon)


def test_weekday_factors_are_found(shop):
    segments, days = (folk.FREQUENT, folk.STOCKUP, folk.DEAL), shop.days
    weekday = np.array(calendar.WEEKDAY)[days.weekday]
    other = days.factor / weekday * np.array(calendar.MONTH_EVERYDAY)[days.year_month - 1]
    expected, observed = expected_by_day(shop, segments) * other, plain_by_day(shop, segments)
    keep = open_days(shop)
    found = (np.bincount(days.weekday[keep], observed[keep]) / np.bincount(days.weekday[keep], expected[keep]))
    assert found / found.mean() == pytest.approx(np.array(calendar.WEEKDAY) / np.mean(calendar.WEEKDAY), rel=0.04)


@pytest.mark.parametrize(("segments", "factors", "close"), [
    ((folk.FREQUENT, folk.STOCKUP, folk.DEAL), calendar.MONTH_EVERYDAY, 0.06),
    ((folk.GIFT,), calendar.MONTH_GIFT, 0.16)])
def test_month_factors_are_found(shop, segments, factors, close):
    days, keep = shop.days, open_days(shop)
    expected = expected_by_day(shop, segments) * days.factor
    observed = plain_by_day(shop, segments)
    seen, base = (np.bincount(days.year_month[keep] - 1, values[keep]) for values in (observed, expected))
    found = seen / base
    assert found / found.mean() == pytest.approx(np.array(factors) / np.mean(factors), rel=close)


def test_the_exposure_written_beside_the_factors_gives_them_back(shop):
    rows = planted.seasonality(shop)["exposure"]
    july = [row for row in rows if row["month"].endswith("-07")]
    gift = plain_by_day(shop, (folk.GIFT,))
    for row in july:
        month = shop.days.months.index(row["month"])
        seen = gift[shop.days.month == month].sum()
        assert row["factor_gift"] == 3.2 and seen / row["gift"] == pytest.approx(3.2, rel=0.25)


def test_the_dormant_cohort_stops_with_its_store(shop):
    orders, who = shop.sales.orders, np.flatnonzero(shop.people.segment == folk.DORMANT)
    whole = (orders["document"] == 0) & np.isin(orders["person"], who)
    assert orders["month"][whole].max() == folk.stop_month(shop.days) == shop.days.months.index("2026-02")
    rows = planted.dormant(shop)
    assert len(rows["customer_id"]) == len(who) > 300 and {day[:7] for day in rows["last_order_on"]} == {"2026-02"}


def test_planted_pairs_are_bought_together(shop):
    lines, products = shop.sales.lines, shop.products
    goods = lines["type"] == PRODUCT
    order, small = lines["order"][goods], lines["product"][goods]
    baskets = len(np.unique(order))
    for first, second, chance in PAIRS:
        a = np.unique(order[np.isin(small, [products.variant(first, v) for v in range(7)])])
        b = np.unique(order[small == products.variant(second)])
        both = len(np.intersect1d(a, b)) / len(a)
        assert both > chance and both / (len(b) / baskets) > 2


def test_points_never_go_below_zero(shop):
    points = shop.points
    by_member = np.lexsort((points["kind"], points["minute"], points["member"]))
    member, running = points["member"][by_member], np.cumsum(points["points"][by_member])
    start = np.searchsorted(member, member)
    assert (running - np.where(start > 0, running[start - 1], 0)).min() >= 0


def test_subscriptions_end_as_planted(shop):
    rows = shop.subscriptions
    ended_first = (rows["status"] == loyalty.CANCELLED) & (rows["made"] == 1)
    old = rows["start"] < shop.days.count - 60
    assert ended_first[old].mean() == pytest.approx(loyalty.HAZARD[0], abs=0.08)


def test_the_funnel_narrows_as_planted(shop):
    kinds = np.bincount(shop.events["type"])
    rates = kinds[support.CART] / kinds[support.VIEW], kinds[support.CHECKOUT] / kinds[support.CART]
    assert rates == pytest.approx(support.FUNNEL[:2], abs=0.03)
    assert kinds[support.BUY] / kinds[support.CHECKOUT] == pytest.approx(support.FUNNEL[2], abs=0.03)


def test_quick_replies_get_better_marks(shop):
    tickets = shop.tickets
    marked = tickets["mark"] > 0
    band = np.searchsorted(support.LIMITS, tickets["replied"][marked] - tickets["opened"][marked], side="right")
    good = tickets["mark"][marked] >= 4
    assert good[band == 0].mean() > good[band >= 2].mean() + 0.15


def test_free_shipping_pulls_baskets_over_the_line(shop):
    orders = shop.sales.orders
    web = (orders["store"] == EC) & (orders["document"] == 0) & (orders["status"] != VOID)
    goods = orders["goods"][web]
    assert ((goods >= 5000) & (goods < 5600)).sum() > 1.5 * ((goods >= 4400) & (goods < 5000)).sum()


def test_families_share_a_name_and_a_door_but_are_different_people(written):
    members = {row["会員番号"]: row for row in reading.records(written.folder / "members.csv")}
    homes: dict[str, dict[str, set]] = {}
    for row in csv_rows(written, "households"):
        member = members[row["customer_id"]]
        homes.setdefault(row["household_id"], {}).setdefault(row["person"], set()).add(member["名"].strip("\u3000"))
    assert len(homes) > 30 and all(len(people) > 1 for people in homes.values())
    for people in homes.values():
        names = [name for one in people.values() for name in one]
        assert len(set(names)) == len(names) or any(len(one) > 1 for one in people.values())


def test_second_numbers_share_what_their_kind_leaves(written):
    members = {row["会員番号"]: row for row in reading.records(written.folder / "members.csv")}
    pairs = csv_rows(written, "duplicates")
    assert {row["kind"] for row in pairs} == set(folk.KINDS) and len(pairs) > 25
    for row in pairs:
        first, second = members[row["customer_id"]], members[row["duplicate_id"]]
        assert row["customer_id"] < row["duplicate_id"]
        phones = [reading.code(one["電話番号"]).replace("-", "").lstrip("0") for one in (first, second)]
        assert (phones[0] == phones[1]) == (row["kind"] != "new_phone")


def test_customers_flow_adds_up(written):
    for by in ("customers_by_number", "customers_by_person"):
        rows = written.truth[by]
        for before, now in itertools.pairwise(rows):
            assert now["base"] == before["base"] + now["new"] + now["returned"] - now["lost"]
    counts = written.truth["counts"]
    assert counts["numbers"] == counts["persons"] + counts["second_numbers"]


def csv_rows(made, name):
    import csv

    with (made.folder / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

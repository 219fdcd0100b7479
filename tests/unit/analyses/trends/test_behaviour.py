"""Visits, funnels and conversions against plain loops over the same events, and their edges."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses.trends import behaviour
from crmlib.analyses.trends.behaviour.conversion import changes, conversion
from crmlib.analyses.trends.behaviour.funnels import Path, funnel, paths
from crmlib.analyses.trends.behaviour.web import web
from crmlib.errors import CrmError
from crmlib.methods.survival import kaplan_meier

LEVEL = 0.95
SALES = [{"customer": "C1", "day": date(2026, 8, 1), "amount": 1000, "order": "O1", "quantity": 1, "type": "product",
          "status": "placed", "hour": 12, "product": "P1"},
         {"customer": "C1", "day": date(2026, 10, 31), "amount": 1000, "order": "O2", "quantity": 1, "type": "product",
          "status": "placed", "hour": 12, "product": "P1"}]
TYPES = ("visit", "view", "cart", "order")


def random_events(seed, count=900):
    """Events of few visitors, close together, some at the same minute; some visitors turn out to be customers."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        at = datetime(2026, 8, 1, 9) + timedelta(days=2 * int(rng.integers(46)), minutes=20 * int(rng.integers(9)))
        visitor = int(rng.integers(0, 14))
        customer = f"C{visitor}" if visitor % 3 == 0 and rng.random() < 0.5 else None
        found.append({"at": at, "type": str(rng.choice(TYPES)), "visitor_id": None if rng.random() < 0.03 else
                      f"v{visitor}", "customer_key": customer, "day": at.date()})
    # A visitor id two customers used belongs to nobody but them.
    return [*found, {"at": datetime(2026, 9, 1, 9), "type": "visit", "visitor_id": "v0", "customer_key": "C9",
                     "day": date(2026, 9, 1)}]


def person_of(events):
    """The person behind each event, as the page tells them apart."""
    owners = defaultdict(set)
    for one in events:
        if one["visitor_id"] and one["customer_key"]:
            owners[one["visitor_id"]].add(one["customer_key"])
    def person(one):
        if one["customer_key"]:
            return one["customer_key"]
        if not one["visitor_id"]:
            return None
        known = owners[one["visitor_id"]]
        return next(iter(known)) if len(known) == 1 else f"visitor {one['visitor_id']}"
    return [person(one) for one in events]


def trails(events, first=date(2026, 8, 1)):
    """Person → events from ``first`` on, by time, then by type."""
    found = defaultdict(list)
    for one, who in zip(events, person_of(events), strict=True):
        if who and one["day"] >= first:
            found[who].append((one["at"], one["type"]))
    return {who: sorted(trail) for who, trail in found.items()}


def sessions(trail, minutes=30):
    parts = [[trail[0]]]
    for before, after in pairwise(trail):
        if after[0] - before[0] > timedelta(minutes=minutes):
            parts.append([])
        parts[-1].append(after)
    return parts


def reached(trail, steps, window, ripe):
    """Steps reached in order, of all beginnings the best; tried out one beginning after the other."""
    order = sorted(trail, key=lambda one: (one[0], steps.index(one[1]) if one[1] in steps else -1))
    best = 0
    for begin, (at, kind) in enumerate(order):
        if kind != steps[0] or at.date() >= ripe:
            continue
        place = 1
        for later, what in order[begin + 1:]:
            if place < len(steps) and what == steps[place] and (later.date() - at.date()).days <= window:
                place += 1
        best = max(best, place)
    return best


def done(trail, steps):
    """Steps done in any order, a type as often as it is asked for."""
    counted, place = Counter(kind for _, kind in trail), 0
    while place < len(steps) and counted[steps[place]] >= steps[:place + 1].count(steps[place]):
        place += 1
    return place


def opened(small, events, **groups):
    return small(SALES, more={"events": pd.DataFrame(events)}, **groups)


@pytest.mark.parametrize("steps", [("visit", "cart", "order"), ("visit", "cart", "cart", "order"),
                                   ("order", "visit"), TYPES, ("cart", "visit", "cart")])
@pytest.mark.parametrize("per", ["user", "session"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_step_by_hand(small, steps, per, seed):
    events = random_events(seed)
    data = opened(small, events).data
    ripe = data.as_of - timedelta(days=5 if per == "user" else 0)
    units = [part for trail in trails(events).values() for part in (sessions(trail) if per == "session" else [trail])]
    ordered = [reached(unit, steps, 5, ripe) for unit in units]
    loose = [done(unit, steps) for unit, n in zip(units, ordered, strict=True) if n]
    table = funnel(data, data.settings.trends, (Path("p", steps, 5, per),), LEVEL)
    assert table["step"].tolist() == list(steps)
    assert table["ordered"].tolist() == [sum(n >= place for n in ordered) for place in range(1, len(steps) + 1)]
    assert table["any_order"].tolist() == [sum(n >= place for n in loose) for place in range(1, len(steps) + 1)]
    assert (table["n"] == table["ordered"].iloc[0]).all() and (table["any_order"] >= table["ordered"]).all()


def test_months_by_hand(small):
    events = random_events(3)
    rows = opened(small, events).data.query("trends_web")
    counted, who = Counter(), defaultdict(set)
    for one, person in zip(events, person_of(events), strict=True):
        key = f"{one['day']:%Y-%m}", one["type"]
        counted[key] += 1
        who[key] |= {person} - {None}
    table = web(rows)
    for row in table.itertuples():
        key = row.month, row.type
        known = [p for p in who[key] if not p.startswith("visitor")]
        assert (row.events, row.visitors, row.customers) == (counted[key], len(who[key]), len(known))
    assert len(table) == 3 * len(TYPES)


def test_a_step_too_late_or_before_its_time_does_not_count(small):
    def event(visitor, day, hour, kind):
        return {"at": datetime(2026, 10, day, hour), "type": kind, "visitor_id": visitor, "day": date(2026, 10, day)}
    events = [event("late", 1, 9, "visit"), event("late", 9, 9, "order"),
              event("turned", 1, 9, "order"), event("turned", 2, 9, "visit"),
              event("again", 1, 9, "visit"), event("again", 8, 9, "visit"), event("again", 9, 8, "order"),
              event("unripe", 30, 9, "visit"), event("unripe", 30, 10, "order")]
    data = opened(small, events).data
    table = funnel(data, data.settings.trends, (Path("p", ("visit", "order"), 7, "user"),), LEVEL)
    assert table["n"].tolist() == [3, 3]
    assert table["ordered"].tolist() == [3, 1] and table["any_order"].tolist() == [3, 3]


def test_trial_to_paid_counts_those_who_have_not_had_the_time(small):
    rng = np.random.default_rng(1)
    events, waits = [], []
    for n in range(300):
        start = datetime(2026, 8, 1, 9) + timedelta(days=int(rng.integers(0, 85)))
        pays = start + timedelta(days=int(rng.integers(1, 30)), hours=1) if rng.random() < 0.4 else None
        came = pays is not None and pays < datetime(2026, 11, 1)
        end = pays.date() if came else date(2026, 10, 31)
        waits.append(((end - start.date()).days, came))
        found = [(start, "trial"), *([(pays, "paid")] if came else [])]
        if n % 10 == 0:  # paying before the trial is no conversion, a second trial no new one
            found += [(start - timedelta(hours=2), "paid"), (start + timedelta(minutes=5), "trial")]
        events += [{"at": at, "type": kind, "visitor_id": f"v{n}", "day": at.date()} for at, kind in found]
    data = opened(small, events).data
    table = conversion(data, changes(data.settings.trends, ("paid", "trial")), LEVEL).set_index("days")
    curve = kaplan_meier(*zip(*waits, strict=True))
    for day in (7, 14, 30):
        assert table.loc[day, "rate"] == pytest.approx(1 - curve.at(day)[0])
        assert table.loc[day, "converted"] == sum(came and wait <= day for wait, came in waits)
    assert table.loc[30, "low"] <= 0.4 <= table.loc[30, "high"]
    assert table.loc[30, "plain"] < table.loc[30, "rate"]


# --- the slice --------------------------------------------------------------------------------------------------------


def test_without_events_it_says_what_to_add(small):
    shop_ = small(SALES)
    result = behaviour.part(shop_.found, shop_.settings)
    assert result.notes == (("behaviour.no_events", {}),) and not result.tables and not result.figures


def test_events_after_as_of_alone_are_none(small):
    events = [{"at": datetime(2026, 12, 1), "type": "visit", "visitor_id": "v", "day": date(2026, 12, 1)}]
    shop_ = opened(small, events)
    assert behaviour.part(shop_.found, shop_.settings).notes == (("behaviour.no_events", {}),)


def test_events_without_any_customer_are_told_as_such(small):
    events = [{"at": datetime(2026, 10, 1, 9, n), "type": kind, "visitor_id": f"v{n}", "day": date(2026, 10, 1)}
              for n in range(12) for kind in ("visit", "cart")]
    shop_ = opened(small, events)
    result = behaviour.part(shop_.found, shop_.settings)
    assert dict(result.notes)["behaviour.coverage"] == {"events": 24, "known": 0.0}
    assert (result.tables["web"].frame["customers"] == 0).all()
    assert result.tables["funnel"].frame["step"].tolist() == ["visit", "cart"]


def test_events_that_nobody_can_be_told_apart_by_have_no_funnel(small):
    events = [{"at": datetime(2026, 10, 1, 9, n), "type": kind, "day": date(2026, 10, 1)}
              for n in range(5) for kind in ("visit", "cart")]
    shop_ = opened(small, events)
    result = behaviour.part(shop_.found, shop_.settings)
    assert "funnel" not in result.tables
    assert dict(result.notes)["behaviour.no_funnel"] == {"types": "cart, visit"}


@pytest.mark.parametrize(("groups", "key"), [
    ({"funnels": [{"name": "x", "steps": ["visit", "kart"]}]}, "trends.funnels[1].steps"),
    ({"conversions": [{"name": "x", "start": "kart", "end": "visit"}]}, "trends.conversions[1]")])
def test_an_unknown_type_names_those_that_are_there(small, groups, key):
    events = [{"at": datetime(2026, 10, 1, 9), "type": kind, "visitor_id": "v", "day": date(2026, 10, 1)}
              for kind in ("visit", "cart")]
    shop_ = opened(small, events, trends=groups)
    with pytest.raises(CrmError) as caught:
        behaviour.part(shop_.found, shop_.settings)
    assert caught.value.code == "trends.unknown_event_type"
    assert caught.value.values["found"] == "kart" and caught.value.allowed == ("cart", "visit")
    assert key in str(caught.value.where)


def test_the_usual_way_has_the_steps_the_data_have():
    settings = shop.settings().trends
    assert paths(settings, ("order", "view", "signup"))[0].steps == ("view", "order")
    assert paths(settings, ("order", "signup")) == ()
    assert paths(shop.settings(trends={"funnels": []}).trends, TYPES) == ()


def test_rows_in_any_order_give_the_same(small, tmp_path):
    events = random_events(5, 300)
    one = opened(small, events)
    first = behaviour.part(one.found, one.settings)
    other = opened(small, [events[i] for i in np.random.default_rng(0).permutation(len(events))])
    second = behaviour.part(other.found, other.settings)
    assert first.tables.keys() == second.tables.keys() and first.notes == second.notes
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table.frame, second.tables[name].frame)

"""Whom the list holds: one reason each, agreed channels, room, those left alone by lot; nothing depends on order."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses import actions
from crmlib.analyses.actions import asking, choosing, expecting, holding, known
from crmlib.analyses.actions.allowed import Allowed
from crmlib.dataset import open_dataset
from crmlib.result import Result
from crmlib.settings import settings_from

AS_OF = date(2026, 11, 1)


def settings(**actions_group):
    return settings_from({"shop": "s", "actions": actions_group}).actions


def opened(folder, people, rename=None, order=None, **group):
    """A shop in which each of ``people`` bought once, so many days ago, and agreed to mail."""
    names = [f"c{n:03d}" for n in range(len(people))]
    names = [rename(n) for n in names] if rename else names
    rows = [f"{c},{AS_OF - timedelta(days=ago)},{amount}" for c, (ago, amount) in zip(names, people, strict=True)]
    tables = shop.purchases("customer,day,amount\n" + "\n".join([*rows, "fresh,2026-10-31,1000"]))
    tables["customers"] = tables["customers"].assign(opt_in_mail="true")
    if order is not None:
        tables = {name: frame.sample(frac=1, random_state=order) for name, frame in tables.items()}
    rules = [{"action": "call", "when": "recency_days >= 20 and purchase_days = 1", "what": "second_visit"}]
    return open_dataset(shop.settings(actions={"rules": rules, **group}), shop.write(folder, tables), "2026-10")


def run(data):
    return actions.analyse(data, data.settings.actions)


@pytest.mark.parametrize(("told", "asked"), [(True, True), (False, False)])
def test_rules_ask_nothing_that_a_page_says_nobody_can_tell(told, asked):
    class Kept:
        def kept(self, page, *, tables):
            frame = pd.DataFrame({"customer_key": ["A"], "p_alive": [0.99], "p_alive_told": [told], "clv_12m": [1.0]})
            return Result(page, measures=frame)

    assert ("p_alive" in known.measures(Kept(), "outlook")) == asked
    assert "clv_12m" in known.measures(Kept(), "outlook")


@pytest.mark.parametrize(("when", "wanted"), [
    ("recency_days >= 20", [False, True, False]), ("not recency_days >= 20", [True, False, True]),
    ("recency_days != 5", [False, True, False]), ("rank in (gold, silver)", [True, False, False]),
    ("rank != gold", [False, True, False]), ("monetary > 10.5", [False, True, False]),
    ("rank = gold or recency_days = 40", [True, True, False]), ("recency_days in (5, 40)", [True, True, False]),
    ("clv_12m >= 1", [False, False, False])])
def test_a_condition_holds_only_for_those_of_whom_the_value_is_known(when, wanted):
    known = pd.DataFrame({"recency_days": pd.array([5, 40, None], dtype="Int64"), "rank": ["gold", "regular", None],
                          "monetary": [1050, 1051, 0]})
    assert asking.meets(when, known, 2).tolist() == wanted


def test_what_a_rule_lacks_is_named():
    known = pd.DataFrame({"recency_days": [1], "order_value": [1.0]})
    rules = settings(rules=[{"action": "a", "when": "recency_days > 1", "what": "x"},
                            {"action": "b", "when": "clv_12m > 1", "what": "x"},
                            {"action": "c", "when": "recency_days > 1", "what": "x", "due": "coupon_days"}]).rules
    assert [asking.lacking(rule, known) for rule in rules] == ["", "outlook", "due"]


def test_everybody_asks_for_their_best_channel_and_the_most_urgent_keep_it():
    rules = settings(rules=[{"action": "a", "when": "recency_days > 1", "what": "x",
                             "channels": ["phone", "mail"]}]).rules
    may = np.array([[True, True], [True, True], [False, True], [True, False]])
    allow = Allowed(("mail", "phone"), may)
    found = choosing.Candidates(np.zeros(4, dtype=int), np.zeros(4), np.ones((1, 4), dtype=bool), {},
                                np.array([1, 2, 0, 3]))
    known = pd.DataFrame({"customer_id": list("abcd")})
    room = choosing.Capacity({"phone": 1, "mail": 1}, 14)
    placed = choosing.placed(known, found, rules, allow, settings(), room, np.ones(4))
    # Two calls: for the two most urgent; the next takes the mail; of the last two mails one is left.
    assert placed.tolist() == [0, 1, 1, 0]
    full = choosing.Capacity({"phone": 0, "mail": 1}, 7)
    assert choosing.placed(known, found, rules, allow, settings(), full, np.ones(4)).tolist() == [-1, 0, -1, -1]


def test_a_preferred_channel_goes_first_if_it_is_agreed_to():
    rules = settings(rules=[{"action": "a", "when": "recency_days > 1", "what": "x"}]).rules
    allow = Allowed(("mail", "line"), np.array([[True, True], [True, True], [True, False]]))
    known = pd.DataFrame({"customer_id": list("abc"), "preferred_channel": ["mail", None, "line"]})
    found = choosing.Candidates(np.zeros(3, dtype=int), np.zeros(3), np.ones((1, 3), dtype=bool), {}, np.arange(3))
    placed = choosing.placed(known, found, rules, allow, settings(channels=["line", "mail"]),
                             choosing.Capacity({}, 30), np.ones(3))
    assert [allow.channels[n] for n in placed] == ["mail", "line", "mail"]


def test_what_falls_due_first_is_contacted_first():
    listed = pd.DataFrame({"channel": ["phone"] * 4, "due": [np.nan, 3.0, 20.0, np.nan], "held_out": [False] * 4})
    assert choosing.weeks(listed, choosing.Capacity({"phone": 2}, 30)).tolist() == [13, 3, 6, 13]
    free = listed.assign(channel="mail")
    assert choosing.weeks(free, choosing.Capacity({}, 30)).tolist() == [29, 3, 20, 29]


def test_the_share_left_alone_is_the_smallest_that_tells_in_a_month():
    rule = settings(holdout={"most": 0.3, "detect": 0.1, "power": 0.8, "months": 12}).holdout
    few, some, many = (holding.plan(n, 0.2, rule) for n in (100, 2000, 20000))
    assert (few.share, round(some.share, 2), many.share) == (0.3, 0.1, 0.05)
    assert holding.months(100, few, rule) == 8 and holding.months(20000, many, rule) == 1
    assert holding.months(10, few, rule) is None, "more months than are looked at"
    assert holding.plan(1, 0.2, rule).share == 0 and holding.months(1, holding.plan(1, 0.2, rule), rule) is None


def test_results_of_the_shop_move_what_was_expected_by_how_sure_they_are():
    before = expecting.Uplift(0.02, 0.01)
    after = expecting.updated(before, 0.06, 0.01)
    assert after.seen and after.mean == pytest.approx(0.04) and after.error == pytest.approx(0.01 / 2**0.5)
    assert expecting.updated(before, 0.06, 1e6).mean == pytest.approx(0.02)
    assert expecting.updated(before, None, None) is before


def test_nobody_is_left_alone_by_name_and_the_counts_do_not_know_names(tmp_path):
    people = [(20 + n % 60, 1000 + 10 * n) for n in range(80)]
    plain = run(opened(tmp_path / "a", people, holdout={"most": 0.25}))
    shuffled = run(opened(tmp_path / "b", people, order=3, holdout={"most": 0.25}))
    renamed = run(opened(tmp_path / "c", people, rename=lambda n: f"x{997 * int(n[1:]) % 1000:03d}",
                         holdout={"most": 0.25}))
    rows, other = plain.tables["list"].frame, shuffled.tables["list"].frame
    assert rows.equals(other) and plain.facts == shuffled.facts
    assert len(rows) == 80 and int(rows["held_out"].sum()) == 20
    counts = ["action", "candidates", "customers", "contacts", "held_out", "months_to_tell"]
    assert renamed.tables["summary"].frame[counts].equals(plain.tables["summary"].frame[counts])
    held = rows.loc[rows["held_out"], "customer_id"].tolist()
    assert held != sorted(rows["customer_id"])[:20], "drawn, not the first ones"


def test_the_next_month_draws_anew(tmp_path):
    people = [(60 + n % 60, 1000) for n in range(80)]
    data = opened(tmp_path, people)
    now, before = (set(r.loc[r["held_out"], "customer_id"]) for r in
                   (run(d).tables["list"].frame for d in (data, data.previous(1))))
    assert len(now) == len(before) == 16 and now != before


def test_tired_customers_and_open_complaints_are_left_alone(tmp_path):
    people = [(30, 1000)] * 3
    folder = shop.write(tmp_path, shop.purchases("customer,day,amount\n" + "\n".join(
        f"c{n},2026-10-02,1000" for n in range(3)) + "\nfresh,2026-10-31,1") | {
        "interactions": shop.read("at,customer_key,channel,direction,day\n" + "\n".join(
            f"2026-10-{10 + n} 10:00,c0,mail,out,2026-10-{10 + n}" for n in range(4))),
        "tickets": shop.read("opened_at,customer_key,channel,category,day\n2026-10-20 10:00,c1,mail,x,2026-10-20")})
    rules = [{"action": "a", "when": "recency_days >= 20", "what": "x"}]
    asked = shop.settings(actions={"rules": rules, "fatigue": {"contacts": 4, "days": 28}})
    data = open_dataset(asked, folder, "2026-10")
    result = run(data)
    assert result.tables["list"].frame["customer_id"].tolist() == ["c2"] and len(people) == 3
    assert result.tables["left_out"].frame.to_numpy().tolist() == [["complaint", 1], ["fatigue", 1]]
    assert result.tables["list"].frame["channel"].tolist() == ["own_choice"]
    assert ("no_consents", {}) in list(map(tuple, result.notes))


def test_contact_that_costs_more_than_it_brings_is_not_made(tmp_path):
    result = run(opened(tmp_path, [(30, 1000), (31, 100000)], costs={"mail": 500}, holdout={"most": 0}))
    rows = result.tables["list"].frame
    assert rows["customer_id"].tolist() == ["c001"] and rows["expected_gain"].iloc[0] > 0
    assert result.tables["left_out"].frame.to_numpy().tolist() == [["no_gain", 1]]

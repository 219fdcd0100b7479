"""The satisfaction page against plain loops over the same answers, and its edges."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import shop
from crmlib.analyses import satisfaction
from crmlib.analyses.satisfaction.scoring import best_two, difference, estimate
from crmlib.dataset import open_dataset
from crmlib.methods import intervals
from crmlib.settings.analyses.satisfaction import Metric

MONTH = "2026-10"
HEAD = "survey_id,customer_key,question,score,choice,text,answered_at,day\n"
ORDERS = "customer,day,amount\nA,2026-10-05,1000\nB,2025-01-05,1000\nC,2026-09-20,1000"
SHOPS = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def answer(who, question, score="", choice="", day="2026-10-05", time="10:00", survey="S1", text=""):
    return f"{survey},{who},{question},{score},{choice},{text},{day} {time},{day}"


def analyse(folder, answers, orders=ORDERS, invitations=None, month=MONTH, **groups):
    tables = shop.purchases(orders) if orders else {}
    tables["survey_answers"] = shop.read(HEAD + "\n".join(answers))
    if invitations:
        head = "survey_id,customer_key,sent_at,channel,day\n"
        tables["survey_invitations"] = shop.read(head + "\n".join(invitations))
    data = open_dataset(shop.settings(**groups), shop.write(folder, tables), month=month)
    return satisfaction.analyse(data, data.settings.satisfaction)


def rows(frame, *names):
    return list(frame[list(names or frame.columns)].itertuples(index=False, name=None))


# --- the definitions in loops ---------------------------------------------------------------------------------------

ANSWERS = st.lists(st.tuples(
    st.sampled_from(["A", "B", "C", "D", ""]), st.sampled_from(["nps", "csat", "other"]),
    st.sampled_from(["", "-1", "0", "3", "4", "5", "6", "6.5", "7", "8", "9", "10", "11"]),
    st.sampled_from(["", "満足", "とても不満", "?"]), st.integers(0, 400), st.integers(0, 3),
    st.sampled_from(["S1", "S2"])), min_size=1, max_size=40)


def valid(question, score, choice):
    """The score that counts, or None."""
    low, high = {"nps": (0, 10), "csat": (1, 5)}[question]
    labels = {"満足": 4.0, "とても不満": 1.0} if question == "csat" else {}
    value = float(score) if score else labels.get(choice)
    return value if value is not None and low <= value <= high and value == int(value) else None


def by_hand(found, month):
    """Every valid NPS and CSAT answer of a month, and each person's last NPS."""
    every, last = defaultdict(list), {}
    for i, (who, question, score, choice, ago, hour, survey) in enumerate(found):
        day = date(2026, 10, 31) - timedelta(days=ago)
        value = valid(question, score, choice) if question in ("nps", "csat") and f"{day:%Y-%m}" == month else None
        if value is None:
            continue
        every[question].append(value)
        if question == "nps":
            order = (day, hour, survey, -value)
            person = who or f"anonymous {i}"
            if person not in last or order > last[person][0]:
                last[person] = (order, value)
    return every["nps"], every["csat"], [value for _, value in last.values()]


def points(values):
    return 100 * (sum(v >= 9 for v in values) - sum(v <= 6 for v in values)) / len(values) if values else None


@given(ANSWERS)
@SHOPS
def test_facts_by_hand_and_no_answer_lost(tmp_path_factory, found):
    lines = [answer(who, q, score, choice, str(date(2026, 10, 31) - timedelta(days=ago)), f"{10 + hour}:00", survey)
             for who, q, score, choice, ago, hour, survey in found]
    result = analyse(tmp_path_factory.mktemp("shop"), lines)
    if not any(q != "other" and valid(q, score, choice) is not None for _, q, score, choice, *_ in found):
        assert result.needs == ("satisfaction.metrics",)
        return
    no_answer_is_lost(result, found)
    first = min(f"{date(2026, 10, 31) - timedelta(days=f[4]):%Y-%m}" for f in found if f[1] != "other")
    for attribute, month in (("value", MONTH), ("previous", "2026-09"), ("year_ago", "2025-10")):
        nps, csat, people = by_hand(found, month)
        told = {key: getattr(result.fact(key), attribute) for key in (
            "nps", "nps_one_per_person", "csat", "responses", "respondents", "nps_low", "nps_high")}
        if month < first:
            assert set(told.values()) == {None}
            continue
        assert told["nps"] == pytest.approx(points(nps)) if nps else told["nps"] is None
        assert told["nps_one_per_person"] == pytest.approx(points(people)) if nps else told["nps_low"] is None
        assert told["csat"] == pytest.approx(sum(v >= 4 for v in csat) / len(csat)) if csat else told["csat"] is None
        assert (told["responses"], told["respondents"]) == (len(nps), len(people))


def no_answer_is_lost(result, found):
    inside = [(q, score, choice) for _, q, score, choice, ago, *_ in found if ago <= 30 and q != "other"]
    counted = result.tables["invalid"].frame
    assert int(counted["answers"].sum()) == len(inside)
    counts = counted.groupby("state")["answers"].sum()
    assert counts["valid"] == sum(valid(*one) is not None for one in inside)
    assert all(check.ok for check in result.checks if check.severity == "stop")


def test_the_methods_are_those_of_the_intervals(tmp_path):
    lines = [answer(f"P{i}", "nps", s) for i, s in enumerate([10, 10, 9, 8, 7, 6, 3, 10, 9, 2])]
    lines += [answer(f"P{i}", "csat", s) for i, s in enumerate([5, 5, 4, 3, 1])]
    result = analyse(tmp_path, lines)
    low, high = intervals.nps_interval((3, 2, 5))
    assert (result.fact("nps").value, result.fact("nps_low").value, result.fact("nps_high").value) == pytest.approx(
        (20, 100 * low, 100 * high))
    assert (result.fact("csat").low, result.fact("csat").high) == pytest.approx(intervals.wilson(3, 5))
    table = result.tables["scores"].frame
    assert list(table.columns) == ["metric", "n", "value", "low", "high", "method", "unit", "n_eff"]
    assert rows(table, "metric", "n", "method", "n_eff") == [
        ("nps_one_per_person", 10, "adjusted_wald", 10), ("nps", 10, "adjusted_wald", 10),
        ("csat_one_per_person", 5, "wilson", 5), ("csat", 5, "wilson", 5)]


# --- one answer per person ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lines", "value", "people"), [
    ([answer("A", "nps", 0, day="2026-10-01"), answer("A", "nps", 10, day="2026-10-02")], 100, 1),
    ([answer("A", "nps", 10, time="12:00"), answer("A", "nps", 0, time="13:00")], -100, 1),
    ([answer("A", "nps", 10), answer("A", "nps", 0)], -100, 1),
    ([answer("A", "nps", 10, survey="S2"), answer("A", "nps", 0, survey="S1")], 100, 1),
    ([answer("A", "nps", 9), answer("A", "nps", "", time="20:00"), answer("A", "nps", 99, time="21:00")], 100, 1),
    ([answer("", "nps", 10), answer("", "nps", 10), answer("A", "nps", 0)], 100 / 3, 3),
    ([answer("A", "nps", 10, day="2026-09-30"), answer("A", "nps", 0)], -100, 1),
], ids=["last day", "last hour", "same time: lower", "same time: later survey", "invalid never replaces",
        "anonymous each count", "per month"])
def test_each_person_counts_once_with_the_last_valid_answer(tmp_path, lines, value, people):
    result = analyse(tmp_path, lines)
    assert result.fact("nps_one_per_person").value == pytest.approx(value)
    assert result.fact("respondents").value == people


# --- metrics as the shop declares them ------------------------------------------------------------------------------


def test_labels_and_questions_come_from_the_settings(tmp_path):
    metrics = [{"key": "overall", "question": "総合満足度", "scale": [1, 4], "statistic": "top2", "better": "low",
                "labels": {"満足": 1, "やや満足": 2, "やや不満": 3, "不満": 4}},
               {"key": "effort", "scale": [1, 7], "statistic": "mean", "better": "low"},
               {"key": "recommend", "question": "おすすめ度", "scale": [0, 10], "statistic": "nps"}]
    labels = ("満足", "やや満足", "不満", "ふつう")
    lines = [answer(who, "総合満足度", "", label) for who, label in zip("ABCD", labels, strict=True)]
    lines += [answer(who, "effort", score) for who, score in zip("ABCD", ("1", "2.5", "4", "8"), strict=True)]
    lines += [answer("A", "おすすめ度", 9)]
    result = analyse(tmp_path, lines, satisfaction={"metrics": metrics})
    table = result.tables["scores"].frame.set_index("metric")
    assert (table.loc["overall", "n"], table.loc["overall", "value"]) == (3, pytest.approx(2 / 3))
    assert (table.loc["effort", "n"], table.loc["effort", "value"]) == (3, pytest.approx(2.5))
    assert result.fact("csat").value == pytest.approx(2 / 3) and result.fact("nps").value == 100
    invalid = result.tables["invalid"].frame.set_index(["metric", "state"])["answers"]
    assert invalid["overall", "unknown_label"] == 1 and invalid["effort", "out_of_scale"] == 1


@pytest.mark.parametrize(("better", "best"), [("high", 5), ("low", 3)])
def test_the_two_best_steps_follow_the_direction(better, best):
    metric = Metric(key="m", scale=(1, 5), statistic="top2", better=better)
    assert best_two(metric, {1.0: 1, 2.0: 2, 4.0: 2, 5.0: 3}) == best


def test_a_metric_that_is_not_asked_is_said(tmp_path):
    result = analyse(tmp_path, [answer("A", "csat", 5)])
    assert (result.fact("nps").value, result.fact("nps").note) == (None, "no_nps")
    assert (result.fact("responses").value, result.fact("respondents").value) == (0, 0)
    assert [c.ok for c in result.checks if c.key == "every_metric_asked"] == [False]
    only = analyse(tmp_path / "b", [answer("A", "csat", 5)],
                   satisfaction={"metrics": [{"key": "csat", "scale": [1, 5], "statistic": "top2"}]})
    assert (only.fact("responses").value, only.fact("responses").note) == (None, "no_nps_question")


# --- changes --------------------------------------------------------------------------------------------------------


def crowd(now, before):
    """Answers of many people: counts of 0, 7 and 10 in October and in September."""
    lines = []
    for day, counts in (("2026-10-10", now), ("2026-09-10", before)):
        scores = [s for s, n in zip((0, 7, 10), counts, strict=True) for _ in range(n)]
        lines += [answer(f"P{i}", "nps", s, day=day) for i, s in enumerate(scores)]
    return lines


@pytest.mark.parametrize(("now", "before", "verdict"), [
    ((10, 20, 70), (30, 40, 30), "improved"), ((30, 40, 30), (10, 20, 70), "worse"),
    ((28, 40, 32), (30, 40, 30), "noise"), ((0, 0, 29), (40, 0, 0), "unknown"),
])
def test_a_change_is_called_one_only_beyond_chance(tmp_path, now, before, verdict):
    result = analyse(tmp_path, crowd(now, before))
    table = result.tables["changes"].frame.set_index(["metric", "against"])
    assert table.loc[("nps_one_per_person", "previous"), "verdict"] == verdict
    assert result.notes[0][0] == f"nps_{verdict}"
    assert result.figures["nps_by_month"].values["verdict"] == verdict


def test_differences_are_told_in_points():
    top, mean = (Metric(key="m", scale=(1, 5), statistic=kind) for kind in ("top2", "mean"))
    now, before = {5.0: 56, 1.0: 14}, {5.0: 48, 1.0: 32}
    assert difference(top, now, before, 0.95) == pytest.approx((5.24, 33.39), abs=0.005)
    assert difference(mean, now, before, 0.95) == pytest.approx(
        intervals.mean_difference([1, 5], [14, 56], [1, 5], [32, 48]))
    assert difference(top, now, {}, 0.95) is None
    assert estimate(mean, {}, 0.95).value is None


def test_the_first_month_has_nothing_to_compare_with(tmp_path):
    result = analyse(tmp_path, [answer("A", "nps", 9)])
    assert (result.fact("nps").previous, result.fact("responses").previous) == (None, None)
    assert "changes" not in result.tables
    assert result.notes[0][0] == "nps_first"


def test_a_month_without_answers_among_others_is_empty_not_missing(tmp_path):
    result = analyse(tmp_path, [answer("A", "nps", 9, day="2026-07-01"), answer("B", "nps", 9, day="2026-09-01")])
    table = result.tables["by_month"].frame
    found = table[table["metric"] == "nps"]
    assert list(found["month"]) == ["2026-07", "2026-08", "2026-09", "2026-10"]
    assert list(found["n"]) == [1, 0, 1, 0] and list(found["value"].notna()) == [True, False, True, False]
    assert (result.fact("nps").value, result.fact("nps").note, result.fact("nps").previous) == (None, "no_nps", 100)
    assert result.fact("responses").value == 0
    assert result.notes[0][0] == "headline_none" and "nps_distribution" not in result.tables


def test_answers_from_as_of_on_are_not_seen(tmp_path):
    result = analyse(tmp_path, [answer("A", "nps", 9), answer("B", "nps", 0, day="2026-11-01")])
    assert result.fact("responses").value == 1


def test_the_distribution_holds_every_person_once(tmp_path):
    result = analyse(tmp_path, [answer("A", "nps", 9), answer("A", "nps", 3, time="11:00"), answer("B", "nps", 9)])
    table = result.tables["nps_distribution"].frame
    assert list(table["score"]) == list(range(11)) and int(table["people"].sum()) == result.fact("respondents").value
    assert rows(table[table["people"] > 0], "score", "group", "people") == [(3, "detractor", 1), (9, "promoter", 1)]


# --- who answered ---------------------------------------------------------------------------------------------------


def test_the_funnel_counts_a_person_once_per_survey(tmp_path):
    invitations = [f"S1,{who},2026-10-01 1{i}:00,mail,2026-10-01" for i, who in enumerate("AABC")]
    invitations += ["S1,D,2026-09-01 10:00,mail,2026-09-01", "S2,A,2026-10-01 10:00,mail,2026-10-01"]
    lines = [answer("A", "nps", 9), answer("A", "comment", text="よい"), answer("B", "nps", ""),
             answer("D", "nps", 9, day="2026-09-02"), answer("", "nps", 9), answer("C", "nps", 9, day="2026-09-30")]
    result = analyse(tmp_path, lines, invitations=invitations)  # C answered the same survey before being asked
    assert rows(result.tables["funnel"].frame, "step", "n", "rate") == [
        ("invited", 4, 1.0), ("answered", 1, 0.25), ("commented", 1, 0.25)]
    fact = result.fact("response_rate")
    assert (fact.value, fact.n, fact.previous) == (0.25, 4, 1.0)
    assert (fact.low, fact.high) == pytest.approx(intervals.wilson(1, 4))


def test_no_invitations_are_said(tmp_path):
    result = analyse(tmp_path, [answer("A", "nps", 9)])
    assert (result.fact("response_rate").value, result.fact("response_rate").note) == (None, "no_invitations")
    assert "funnel" not in result.tables


def members(regular, gold):
    """Customers of two ranks who all bought; ranks as a customers table."""
    names = [f"R{i:03d}" for i in range(regular)] + [f"G{i:03d}" for i in range(gold)]
    tables = shop.purchases("customer,day,amount\n" + "\n".join(f"{n},2026-10-05,100" for n in names))
    tables["customers"] = tables["customers"].assign(
        rank=["gold" if n.startswith("G") else "regular" for n in tables["customers"]["customer_key"]])
    return tables


def coverage_of(folder, regular, gold, answered, ranked=True):
    tables = members(regular, gold)
    if not ranked:
        tables["customers"] = tables["customers"].drop(columns="rank")
    tables["survey_answers"] = shop.read(HEAD + "\n".join(answer(who, "nps", 9) for who in answered))
    data = open_dataset(shop.settings(), shop.write(folder, tables), month=MONTH)
    return satisfaction.analyse(data, data.settings.satisfaction)


def test_a_skewed_answer_is_said_and_a_fair_one_is_not(tmp_path):
    skewed = coverage_of(tmp_path / "a", 200, 50, [f"G{i:03d}" for i in range(40)] + [f"R{i:03d}" for i in range(20)])
    assert dict(skewed.notes)["not_everyone"]["level"] == "gold" or dict(skewed.notes)["not_everyone"]["gap"] < 0
    fair = coverage_of(tmp_path / "b", 200, 50, [f"G{i:03d}" for i in range(10)] + [f"R{i:03d}" for i in range(40)])
    assert "not_everyone" not in dict(fair.notes) and dict(fair.notes)["no_skew"] == {"respondents": 50}
    rankless = coverage_of(tmp_path / "c", 200, 0, [f"R{i:03d}" for i in range(40)], ranked=False)
    assert dict(rankless.notes)["no_skew_recency"] == {"respondents": 40} and "no_skew" not in dict(rankless.notes)
    frame = fair.tables["coverage"].frame
    ranks = frame[frame["attribute"] == "rank"]
    assert rows(ranks, "level", "customers", "respondents", "share", "share_respondents") == [
        ("regular", 200, 40, 0.8, 0.8), ("gold", 50, 10, 0.2, 0.2)]
    assert rows(frame[frame["attribute"] == "recency"], "level", "customers", "respondents") == [("d030", 250, 50)]


def test_a_group_of_few_is_never_named(tmp_path):
    """All four gold members answered: the highest rate, by far the largest skew, and a small cell."""
    result = coverage_of(tmp_path, 300, 4, [*[f"G{i:03d}" for i in range(4)], *[f"R{i:03d}" for i in range(10)]])
    assert dict(coverage_of(tmp_path / "more", 300, 8, [f"G{i:03d}" for i in range(8)]).notes)["not_everyone"]
    assert result.figures["coverage"].values["level"] != "gold"
    assert dict(result.notes).get("not_everyone", {}).get("level") != "gold"


def test_answers_without_customers_speak_for_nobody_in_particular(tmp_path):
    result = analyse(tmp_path, [answer("", "nps", 9)], orders="")
    assert "whom_unknown" in dict(result.notes) and "coverage" not in result.tables


def test_few_answers_are_marked(tmp_path):
    few = analyse(tmp_path / "a", crowd((3, 3, 3), (0, 0, 0)))
    assert few.fact("nps").note == "few_answers" and dict(few.notes)["reference_only"]["n"] == 9
    many = analyse(tmp_path / "b", crowd((30, 40, 30), (0, 0, 0)))
    assert many.fact("nps").note is None
    told = dict(many.notes)["precision"]
    assert told["needed"] == intervals.answers_needed(0.05, intervals.nps_variance((30.75, 41.5, 30.75)))


def test_free_text_is_nowhere(tmp_path):
    result = analyse(tmp_path, [answer("A", q, s, text="ひみつの言葉") for q, s in (("nps", 9), ("comment", ""))])
    shown = [str(t.frame.to_csv()) for t in result.tables.values()] + [str(result.notes), str(result.facts)]
    assert not any("ひみつ" in text for text in shown)


def test_nothing_to_say_without_a_valid_answer(tmp_path):
    result = analyse(tmp_path, [answer("A", "nps", 99), answer("A", "nps", ""), answer("A", "mystery", 5)])
    assert not result.available and result.needs == ("satisfaction.metrics",)
    assert result.facts and all(f.value is None and f.note for f in result.facts)


def test_shuffled_answers_give_the_same_result(tmp_path):
    lines = [answer(who, "nps", score, time=time, survey=survey) for who in "ABC" for score in (0, 7, 10)
             for time in ("10:00", "11:00") for survey in ("S1", "S2")]
    one, other = analyse(tmp_path / "a", lines), analyse(tmp_path / "b", lines[::-1])
    assert one.facts == other.facts and one.tables.keys() == other.tables.keys() != set()
    assert all(table.frame.equals(other.tables[name].frame) for name, table in one.tables.items())
    assert pd.notna(one.fact("nps_one_per_person").value)

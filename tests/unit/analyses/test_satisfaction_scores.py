"""Scores in depth: weights, cuts, surveys, segments, stars; and what shops really put into a score."""

from __future__ import annotations

import numpy as np
import pytest

import shop
from crmlib.analyses import satisfaction
from crmlib.dataset import open_dataset, prepare
from crmlib.methods import intervals
from crmlib.methods.multiple import benjamini_hochberg
from crmlib.methods.surveys import weighted_scores
from crmlib.settings import load_settings

#: Detractors, passives, promoters by region, and how many customers each region has (data of the R package NPS).
REGIONS = {"NAM": ((184, 83, 240), 3000), "EMEA": ((99, 50, 110), 3000), "APAC": ((42, 23, 74), 3000),
           "LATAM": ((37, 20, 38), 1000)}
CSAT = [{"key": "csat", "scale": [1, 5], "statistic": "top2", "labels": {"満足": 4, "不満": 2}}]


def analyse(folder, rows, month="2026-10", customers=None, reviews="", **asked):
    """``rows``: customer, question, score, choice, weight, survey, day (of October)."""
    frame = shop.read("customer_key,question,score,choice,weight,survey_id,day\n" + "\n".join(rows))
    tables = {"survey_answers": frame.assign(answered_at=frame["day"] + " 10:00")}
    if customers is not None:
        tables["customers"] = customers.assign(customer_id=customers["customer_key"])
    if reviews:
        tables["reviews"] = shop.read("rating,day\n" + reviews).assign(at=lambda one: one["day"] + " 10:00")
    data = open_dataset(shop.settings(satisfaction=asked), shop.write(folder, tables), month=month)
    return satisfaction.analyse(data, data.settings.satisfaction)


def row(who, question, score, choice="", weight="", survey="S", day="2026-10-05"):
    return f"{who},{question},{score},{choice},{weight},{survey},{day}"


def scores(result):
    return result.tables["scores"].frame.set_index("metric")


# --- weights --------------------------------------------------------------------------------------------------------


def weighed_regions():
    signs, weights, counts = [], [], []
    for given, size in REGIONS.values():
        signs += [-1, 0, 1]
        weights += [size / sum(given)] * 3
        counts += given
    return np.array(signs), np.array(weights), np.array(counts)


def test_weighted_nps_as_the_survey_package_of_r_with_weights_only():
    signs, weights, counts = weighed_regions()
    assert weighted_scores.mean(signs, weights, counts) == pytest.approx(0.1159947872, abs=1e-10)
    assert weighted_scores.error(signs, weights, counts) == pytest.approx(0.03205804501, abs=1e-11)
    assert weighted_scores.effective(weights, counts) == pytest.approx(782.6255, abs=1e-4)
    good = (signs == 1).astype(float)
    assert weighted_scores.mean(good, weights, counts) == pytest.approx(0.4691371919, abs=1e-10)
    assert weighted_scores.share_interval(good, weights, counts) == pytest.approx((0.43441, 0.50417), abs=5e-6)


@pytest.mark.parametrize("counts", [(3, 2, 5), (0, 0, 4), (1, 0, 0), (10, 40, 50)])
def test_equal_weights_are_no_weights(counts):
    for weight in (1.0, 7.5):
        found = weighted_scores.nps_interval([-1, 0, 1], [weight] * 3, counts)
        assert found == pytest.approx(intervals.nps_interval(counts))


@pytest.mark.parametrize(("truth", "n"), [((0.36, 0.18, 0.46), 20), ((0.1, 0.3, 0.6), 20), ((0.02, 0.08, 0.9), 50)])
def test_weighted_intervals_cover_as_often_as_they_say(truth, n):
    """Answers and weights drawn independently, weights 1 or 3: the truth lies inside in about 95 of 100 draws."""
    draw, inside, tries = np.random.default_rng(5), 0, 1500
    nps = truth[2] - truth[0]
    for _ in range(tries):
        signs, weights = draw.choice([-1, 0, 1], size=n, p=truth), draw.choice([1.0, 3.0], size=n)
        low, high = weighted_scores.nps_interval(signs, weights, np.ones(n))
        inside += low <= nps <= high
    assert 0.925 <= inside / tries <= 0.985


def test_weights_stand_beside_the_plain_figures_and_never_replace_them(tmp_path):
    rows = [row("A", "nps", 10, weight="3"), row("B", "nps", 0, weight="1"), row("C", "nps", 10),
            row("D", "nps", 0, weight="0")]
    result = analyse(tmp_path, rows)
    assert (result.fact("nps").value, result.fact("responses").value) == (0, 4)
    table = scores(result)
    assert (table.loc["nps_weighted", "value"], table.loc["nps_weighted", "n"]) == (50, 2)
    assert table.loc["nps_weighted", "n_eff"] == pytest.approx(16 / 10)
    assert table.loc["nps_weighted", "method"] == "adjusted_wald_weighted"
    assert dict(result.notes)["honesty.weights"] == {"weighted": 2, "used": 4}


def test_without_weights_nothing_is_weighted(tmp_path):
    result = analyse(tmp_path, [row("A", "nps", 10)])
    assert not any(name.endswith("_weighted") for name in scores(result).index)
    assert "honesty.weights" not in dict(result.notes)


# --- metrics of every kind ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("better", "cut", "satisfied"), [
    ("high", None, 2), ("high", 3, 3), ("high", 5, 1), ("low", None, 3), ("low", 1, 2)])
def test_what_counts_as_good_is_the_shops_own_cut(tmp_path, better, cut, satisfied):
    metric = {"key": "m", "scale": [1, 5], "statistic": "top2", "better": better} | (
        {"good_from": cut} if cut else {})
    result = analyse(tmp_path, [row("ABCDE"[n], "m", score) for n, score in enumerate((1, 1, 3, 4, 5))]
                     if better == "high" or cut else [row("ABCDE"[n], "m", s) for n, s in enumerate((1, 1, 2, 4, 5))],
                     metrics=[metric])
    assert scores(result).loc["m", "value"] == pytest.approx(satisfied / 5)


def test_effort_is_a_mean_that_is_better_low(tmp_path):
    """CES of 1 to 7: from 5 on average in September to 2 in October is better, not worse."""
    rows = [row(f"P{i}", "ces", 4 + i % 3, day="2026-09-05") for i in range(40)]
    rows += [row(f"P{i}", "ces", 1 + i % 3) for i in range(40)]
    result = analyse(tmp_path, rows, metrics=[{"key": "ces", "scale": [1, 7], "statistic": "mean", "better": "low"}])
    moved = result.tables["changes"].frame.set_index(["metric", "against"]).loc[("ces", "previous")]
    assert (moved["verdict"], round(moved["change"], 2)) == ("improved", -3.0)


def test_the_mean_stands_beside_the_satisfied_part(tmp_path):
    result = analyse(tmp_path, [row("A", "csat", 5), row("B", "csat", "", "満足"), row("C", "csat", 1)], metrics=CSAT)
    assert result.fact("csat").value == pytest.approx(2 / 3) and result.fact("csat_mean").value == pytest.approx(10 / 3)
    assert (result.fact("csat_mean").low, result.fact("csat_mean").high) == pytest.approx(
        intervals.mean_interval([1, 4, 5], [1, 1, 1]))


def test_every_answer_and_one_per_person_side_by_side(tmp_path):
    result = analyse(tmp_path, [row("A", "csat", 1, day="2026-10-01"), row("A", "csat", 5), row("B", "csat", 2)],
                     metrics=CSAT)
    table = scores(result)
    assert (table.loc["csat", "n"], table.loc["csat", "value"]) == (3, pytest.approx(1 / 3))
    assert (table.loc["csat_one_per_person", "n"], table.loc["csat_one_per_person", "value"]) == (2, 0.5)


def test_stars_of_reviews_stand_apart(tmp_path):
    reviews = "5,2026-10-03\n4,2026-10-04\n1,2026-10-05\n6,2026-10-05\n,2026-10-05\n5,2026-09-05"
    result = analyse(tmp_path, [row("A", "nps", 9), row("A", "nps", 9, day="2026-09-01")], reviews=reviews)
    table = scores(result)
    assert (table.loc["stars", "n"], table.loc["stars", "value"]) == (3, pytest.approx(10 / 3))
    months = result.tables["by_month"].frame
    assert list(months.loc[months["metric"] == "stars", "n"]) == [1, 3]
    assert result.fact("responses").value == 1  # no review is an answer


def test_three_months_together_steady_what_one_month_cannot(tmp_path):
    rows = [row(f"P{m}{i}", "nps", 0 if i % 2 else 10, day=f"2026-0{m}-05") for m in (7, 8, 9) for i in range(40)]
    rows += [row(f"P{i}", "nps", 10) for i in range(40)]
    table = analyse(tmp_path, rows).tables["changes"].frame.set_index(["metric", "against"])
    assert table.loc[("nps", "three_months"), "n_before"] == 120 and table.loc[("nps", "previous"), "n_before"] == 40
    assert table.loc[("nps", "three_months"), "verdict"] == "improved"


# --- surveys and segments -------------------------------------------------------------------------------------------


def test_surveys_of_one_month_stand_beside_each_other_and_add_up(tmp_path):
    rows = [row("A", "nps", 10, survey="W1"), row("A", "nps", 0, survey="W2"), row("B", "nps", 10, survey="W2")]
    result = analyse(tmp_path, rows)
    table = result.tables["by_survey"].frame.set_index(["survey", "metric"])
    assert (table.loc[("W1", "nps"), "value"], table.loc[("W2", "nps"), "value"]) == (100, 0)
    assert table.xs("nps", level="metric")["n"].sum() == result.fact("responses").value == 3
    # A's last answer of the month is that to W2.
    assert table.xs("nps_one_per_person", level="metric")["n"].to_dict() == {"W2": 2}
    assert "by_survey" not in analyse(tmp_path / "one", rows[1:]).tables


def by_gender(folder, women, men):
    """Scores of women and of men, each of a person of its own."""
    rows = [row(f"F{i}", "nps", s) for i, s in enumerate(women)] + [row(f"M{i}", "nps", s) for i, s in enumerate(men)]
    names = [line.split(",")[0] for line in rows]
    customers = shop.read("customer_key,gender\n" + "\n".join(
        f"{name},{'female' if name[0] == 'F' else 'male'}" for name in names))
    return analyse(folder, [*rows, row("", "nps", 5)], customers=customers)


def test_segments_add_up_to_all_answers(tmp_path):
    result = by_gender(tmp_path, [10] * 40, [0] * 40)
    table = result.tables["by_segment"].frame
    part = table[(table["dimension"] == "gender") & (table["metric"] == "nps")].set_index("level")
    assert part["n"].to_dict() == {"female": 40, "male": 40, "unknown": 1}
    assert (part.loc["female", "value"], part.loc["unknown", "value"]) == (100, -100)
    assert part["n"].sum() == result.fact("responses").value
    assert list(table.columns) == ["dimension", "level", "metric", "n", "value", "low", "high"]


@pytest.mark.parametrize(("women", "men", "said"), [
    ([10] * 40, [0] * 40, "segments.higher_points"), ([10, 0] * 20, [10, 0] * 20, "segments.alike"),
    ([10] * 10, [0] * 10, "segments.too_few"), ([10] * 10, [], "segments.nobody")])
def test_only_what_goes_beyond_chance_stands_out(tmp_path, women, men, said):
    assert said in dict(by_gender(tmp_path, women, men).notes)


def test_many_comparisons_are_judged_together():
    """The example of Benjamini & Hochberg (1995), section 4: of 15 p values the four smallest are real at 5 %."""
    published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
                 0.7590, 1.0000]
    assert benjamini_hochberg(published) == [True] * 4 + [False] * 11
    assert benjamini_hochberg(published[::-1]) == [False] * 11 + [True] * 4
    assert benjamini_hochberg([]) == []


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("score", "choice", "state"), [
    ("11", "", "out_of_scale"), ("0", "", "out_of_scale"), ("4.5", "", "out_of_scale"), ("-1", "", "out_of_scale"),
    ("", "まあまあ", "unknown_label"), ("", "", "empty"), ("", "  ", "empty")])
def test_what_is_off_the_scale_is_counted_and_never_averaged(tmp_path, score, choice, state):
    result = analyse(tmp_path, [row("A", "csat", 5), row("B", "csat", score, choice)], metrics=CSAT)
    assert (result.fact("csat").value, result.fact("csat").n, result.fact("csat_mean").value) == (1, 1, 5)
    counted = result.tables["invalid"].frame.set_index(["metric", "state"])["answers"]
    assert counted["csat", state] == 1 and counted["csat", "valid"] == 1
    basis = result.tables["basis"].frame.set_index("counted")["value"]
    assert (basis["records"], basis["used"], basis[state]) == (2, 1, 1)


def test_all_answers_equal_are_not_certain(tmp_path):
    result = analyse(tmp_path, [row(f"P{i}", "nps", 10) for i in range(40)])
    fact = result.fact("nps")
    assert fact.value == 100 and fact.low < 95 and fact.high == 100
    means = analyse(tmp_path / "b", [row(f"P{i}", "m", 3) for i in range(40)],
                    metrics=[{"key": "m", "scale": [1, 5], "statistic": "mean"}])
    assert np.isnan(scores(means).loc["m", "low"])  # equal answers cannot tell their own spread


def test_three_answers_are_indicative_only(tmp_path):
    result = analyse(tmp_path, [row("A", "nps", 10), row("B", "nps", 9), row("C", "nps", 2)])
    assert (result.fact("nps").note, result.fact("nps").n) == ("few_answers", 3)
    assert result.fact("nps").high - result.fact("nps").low > 100
    assert "reference_only" in dict(result.notes)


def test_two_people_who_share_an_id_are_one_person_with_several_answers(tmp_path):
    result = analyse(tmp_path, [row("HOME", "nps", 10), row("HOME", "nps", 0)])
    assert (result.fact("responses").value, result.fact("respondents").value) == (2, 1)
    assert (result.fact("nps").value, result.fact("nps_one_per_person").value) == (0, -100)


def test_words_where_a_score_should_be_are_no_score_and_said(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    (tmp_path / "answers.csv").write_text(
        "id,who,score,at\nS,A,10,2026-10-01 10:00\nS,B,とても良い,2026-10-02 10:00\nS,C,１０,2026-10-03 10:00\n",
        encoding="utf-8")
    (tmp_path / "shop.yaml").write_text("""shop: s
locale: ja
privacy: {published_key: test}
sources:
  - files: answers.csv
    tables:
      survey_answers: {survey_id: id, customer_id: who, score: score, answered_at: at, question: {constant: nps}}
""", encoding="utf-8")
    monkeypatch.setenv("CRMLIB_ROOT", str(tmp_path))
    data = prepare(load_settings(tmp_path / "shop.yaml"), "2026-10")
    result = satisfaction.analyse(data, data.settings.satisfaction)
    assert (result.fact("responses").value, result.fact("nps").value) == (2, 100)
    emptied = data.ledger[data.ledger["reason"] == "score.emptied"]
    assert int(emptied["rows"].sum()) == 1
    assert result.tables["invalid"].frame.set_index(["metric", "state"]).loc[("nps", "empty"), "answers"] == 1

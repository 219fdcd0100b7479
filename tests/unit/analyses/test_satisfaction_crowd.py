"""Do the voices speak for all: small shops by hand, and one whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses.satisfaction import crowd
from crmlib.dataset import open_dataset

ATTRIBUTES = ["rank", "gender"]


def opened(folder, people, answers, reviews=None, invitations=None, **satisfaction):
    """``people``: customer, rank, gender. Each buys once; ``answers``: customer, score, text."""
    lines = pd.DataFrame({"customer": people["customer"], "day": "2026-10-05", "amount": 1000})
    tables = shop.purchases(lines.to_csv(index=False))
    told = people.rename(columns={"customer": "customer_key"}).assign(customer_id=people["customer"])
    tables["customers"] = told
    tables["survey_answers"] = answers.rename(columns={"customer": "customer_key"}).assign(
        survey_id="S", question="nps", answered_at="2026-10-20 10:00", day="2026-10-20")
    if reviews is not None:
        tables["reviews"] = reviews.assign(at="2026-10-21 10:00", day="2026-10-21")
    if invitations is not None:
        tables["survey_invitations"] = invitations.rename(columns={"customer": "customer_key"}).assign(
            survey_id="S", sent_at="2026-10-15 10:00", day="2026-10-15")
    data = open_dataset(shop.settings(satisfaction={"weight_by": ATTRIBUTES, **satisfaction}),
                        shop.write(folder, tables), month="2026-10")
    return crowd.part(data, data.settings.satisfaction)



@pytest.fixture(scope="module")
def biased():
    """4,000 buyers; gold ones are happier (NPS 40 against -30) and answer five times as often."""
    draw, n = np.random.default_rng(7), 4000
    gold = draw.random(n) < 0.25
    up, down = np.where(gold, 0.6, 0.2), np.where(gold, 0.2, 0.5)
    luck = draw.random(n)
    score = np.where(luck < up, 10, np.where(luck < up + down, 3, 8))
    came = draw.random(n) < np.where(gold, 0.5, 0.1)
    people = pd.DataFrame({"customer": [f"C{i:04d}" for i in range(n)], "rank": np.where(gold, "gold", "regular"),
                           "gender": np.where(draw.random(n) < 0.5, "female", "male")})
    answers = people.loc[came, ["customer"]].assign(score=score[came].astype(str), text=None)
    truth = 100 * float((score == 10).mean() - (score == 3).mean())
    harsh = float((score == 3).mean())
    return people, answers, truth, harsh


@pytest.fixture(scope="module")
def part(biased, tmp_path_factory):
    people, answers, _, _ = biased
    reviews = pd.DataFrame({"rating": ["1"] * 140 + ["5"] * 60})
    return opened(tmp_path_factory.mktemp("crowd"), people, answers, reviews)


def test_weighted_figures_hold_the_truth_and_the_plain_one_does_not(part, biased):
    _, _, truth, harsh = biased
    table = part.tables["estimates"].frame
    assert set(table["method"]) == {"raw", "post_stratified", "raked", "propensity"}
    for measure, true in (("metric", truth), ("harsh", harsh)):
        rows = table[table["measure"] == measure].set_index("method")
        for method in ("post_stratified", "raked", "propensity"):
            assert rows.loc[method, "low"] <= true <= rows.loc[method, "high"]
        assert not rows.loc["raw", "low"] <= true <= rows.loc["raw", "high"]
    raked = table[(table["method"] == "raked") & (table["measure"] == "metric")].iloc[0]
    assert raked["n_eff"] == pytest.approx(raked["n"] / raked["deff"])


def test_it_says_so(part):
    said = dict(part.notes)
    assert said["crowd.differs_points"]["value"] < said["crowd.differs_points"]["raw"]
    assert said["crowd.reviews_harsher"]["share"] == 0.7
    assert said["crowd.reviews_worth"]["worth"] < 50
    assert said["crowd.representative"]["r"] < 0.8


def test_the_difference_is_where_it_was_planted_and_gone_after_weighting(part):
    table = part.tables["balance"].frame.set_index(["attribute", "level"])
    assert table.loc[("rank", "gold"), "difference"] > 0.5
    assert abs(table.loc[("gender", "female"), "difference"]) < 0.1
    assert table["difference_weighted"].abs().max() < 1e-6
    assert part.figures["balance"].values["attribute"] == "rank"


def test_everyone_alike_agrees(tmp_path):
    people = pd.DataFrame({"customer": [f"C{i}" for i in range(200)], "rank": ["gold", "regular"] * 100,
                           "gender": "female"})
    answers = people.iloc[:100][["customer"]].assign(score=["10", "10", "0", "8"] * 25, text=None)
    part = opened(tmp_path, people, answers)
    table = part.tables["estimates"].frame.set_index(["measure", "method"])
    assert table.loc[("metric", "raw"), "value"] == pytest.approx(25)
    assert table.loc[("metric", "raked"), "value"] == pytest.approx(25)
    assert "crowd.agrees_points" in dict(part.notes)


def test_a_rank_of_whom_nobody_answered_is_named(tmp_path):
    people = pd.DataFrame({"customer": ["A", "B", "C", "D"], "rank": ["gold", "gold", "regular", "regular"],
                           "gender": None})
    part = opened(tmp_path, people, pd.DataFrame({"customer": ["A", "B"], "score": ["9", "2"], "text": None}))
    said = dict(part.notes)
    assert said["crowd.refused_empty_level"] == {"method": "raked", "attribute": "rank", "level": "regular"}
    # Nor does the chance to answer stand in for them: no figure for all buyers is given.
    assert set(part.tables["estimates"].frame["method"]) == {"raw"} and "crowd.cannot_be_told" in said


def test_who_was_asked_answered_and_wrote(tmp_path):
    people = pd.DataFrame({"customer": list("ABCDE"), "rank": ["gold", "gold", "regular", "regular", "regular"],
                           "gender": None})
    answers = pd.DataFrame({"customer": ["A", "C", "E"], "score": ["9", "2", "5"], "text": [None, "遅い", None]})
    part = opened(tmp_path, people, answers, invitations=people.iloc[:4][["customer"]])
    table = part.tables["response"].frame
    assert list(table[["level", "asked", "answered", "commented"]].itertuples(index=False, name=None)) == [
        ("gold", 2, 1, 0), ("regular", 2, 1, 1)]
    wrote = part.tables["comments_by_score"].frame
    assert list(wrote[["score", "n", "commented"]].itertuples(index=False, name=None)) == [
        (2.0, 1, 1), (5.0, 1, 0), (9.0, 1, 0)]


def test_anonymous_answers_cannot_be_set_beside_the_customers(tmp_path):
    people = pd.DataFrame({"customer": ["A"], "rank": ["gold"], "gender": [None]})
    part = opened(tmp_path, people, pd.DataFrame({"customer": [None, None], "score": ["9", "2"], "text": None}))
    assert part.notes == (("crowd.nobody", {}),)


def test_the_order_of_customers_changes_nothing(biased, part, tmp_path):
    people, answers, _, _ = biased
    other = opened(tmp_path, people.iloc[::-1], answers.iloc[::-1], pd.DataFrame({"rating": ["5"] * 60 + ["1"] * 140}))
    assert part.tables.keys() == other.tables.keys() != set()
    for name, table in part.tables.items():
        pd.testing.assert_frame_equal(table.frame, other.tables[name].frame)


def test_the_silent_could_be_anything(part, biased):
    people, answers, _, _ = biased
    said = dict(part.notes)
    rate, share = len(answers) / len(people), float((answers["score"] == "3").mean())
    assert said["crowd.bounds"]["low"] == pytest.approx(rate * share)
    assert said["crowd.bounds"]["high"] == pytest.approx(rate * share + 1 - rate)
    assert said["crowd.uneven"]["attribute"] == "rank"
    # Everybody bought for the same money, so the harsh have their share of it.
    assert said["crowd.harsh_spend"]["spent"] == pytest.approx(share)


def test_without_invitations_all_buyers_are_the_base(tmp_path):
    people = pd.DataFrame({"customer": list("ABCD"), "rank": ["gold", "gold", "regular", "regular"], "gender": None})
    answers = pd.DataFrame({"customer": ["A", "C"], "score": ["9", "2"], "text": None})
    table = opened(tmp_path, people, answers).tables["response"].frame
    assert table["asked"].tolist() == [2, 2] and table["rate"].tolist() == [0.5, 0.5]


def test_unevenness_of_counted_rows_is_that_of_the_rows_written_out():
    from crmlib.methods.surveys.balance import partial_r

    chance, level, counts = [0.1, 0.4, 0.9], [0, 0, 1], [3, 1, 4]
    written = [(c, x) for c, x, n in zip(chance, level, counts, strict=True) for _ in range(n)]
    assert partial_r(chance, level, counts) == pytest.approx(partial_r(*zip(*written, strict=True)))
    # Means 0.175 and 0.9 of four each: both lie 0.3625 off.
    assert partial_r(chance, level, counts) == pytest.approx(0.3625)

"""Weights, importance and reliability against R's survey, relaimpo and psych, and a population whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from crmlib.methods.intervals import nps_variance, wilson
from crmlib.methods.surveys import balance, drivers, weighting
from crmlib.methods.surveys.weighting import Refused, Weights
from tests.gold.survey_data import ATTITUDE, SWISS

# Kalton & Flores-Cervantes (2003): counts of a = 1..4 in the columns b = 1..3, as in R survey's saved test kalton.
SAMPLE = np.array([[20, 40, 40], [50, 140, 310], [100, 50, 50], [30, 100, 70]])
POPULATION = np.array([[80, 40, 55], [60, 150, 340], [170, 60, 200], [55, 165, 125]])
RAKED = [[1.81, 1.45, 2.02], [1.08, 0.87, 1.21], [2.20, 1.76, 2.45], [1.83, 1.47, 2.04]]
STRATIFIED = [[4.00, 1.00, 1.38], [1.20, 1.07, 1.10], [1.70, 1.20, 4.00], [1.83, 1.65, 1.79]]
ROW, COLUMN = (np.repeat(index.ravel(), SAMPLE.ravel()) for index in np.indices(SAMPLE.shape))


def by_cell(found):
    return [[round(float(found.weight[(a == ROW) & (b == COLUMN)][0]), 2) for b in range(3)] for a in range(4)]


def test_raking_of_kalton_and_flores_cervantes():
    found = weighting.raked([ROW, COLUMN], [POPULATION.sum(axis=1), POPULATION.sum(axis=0)])
    assert by_cell(found) == RAKED


def test_post_stratification_of_kalton_and_flores_cervantes():
    assert by_cell(weighting.post_stratified(ROW * 3 + COLUMN, POPULATION.ravel())) == STRATIFIED


def test_raking_of_the_californian_schools():
    """R survey's apisrs: 200 schools by type (E, H, M) and whether the school-wide target was met (no, yes)."""
    sample = np.array([[15, 127], [13, 12], [9, 24]])
    kind, met = (np.repeat(index.ravel(), sample.ravel()) for index in np.indices(sample.shape))
    found = weighting.raked([kind, met], [[4421, 755, 1018], [1072, 5122]])
    cells = [[round(float(found.weight[(kind == a) & (met == b)][0]), 6) for b in range(2)] for a in range(3)]
    assert cells == [[28.910768, 31.396366], [29.003103, 31.496639], [29.033127, 31.529244]]
    assert round(found.effective, 5) == 199.81086


# R package NPS, testdata: detractors, passives, promoters by region.
REGIONS = np.array([[184, 83, 240], [99, 50, 110], [42, 23, 74], [37, 20, 38]])
REGION, GROUP = (np.repeat(index.ravel(), REGIONS.ravel()) for index in np.indices(REGIONS.shape))


def test_post_stratified_nps_as_in_r():
    found = weighting.post_stratified(REGION, [3000, 3000, 3000, 1000])
    estimate = weighting.weighted_mean(GROUP - 1, found.weight, [REGION])
    plain = weighting.weighted_mean(GROUP - 1, found.weight)
    assert round(estimate.value, 10) == 0.1159947872
    assert (round(estimate.error, 10), round(plain.error, 10)) == (0.0318779642, 0.0320580450)
    assert round(estimate.effective, 4) == 782.6255
    share = weighting.weighted_mean(GROUP == 2, found.weight)
    low, high = wilson(share.value * share.effective, share.effective)
    assert (round(share.value, 10), round(low, 5), round(high, 5)) == (0.4691371919, 0.43441, 0.50417)


def test_nps_of_the_package_nps():
    counts = REGIONS.sum(axis=0)
    assert list(counts) == [362, 176, 462]
    assert round(nps_variance(counts), 3) == 0.814
    assert round((nps_variance(counts) / 999) ** 0.5, 8) == pytest.approx(0.02853, abs=2e-5)


def test_importance_in_swiss_as_relaimpo():
    found, r2 = drivers.importance(drivers.covariance(SWISS))
    assert round(r2, 10) == 0.7067350016
    assert [round(x, 11) for x in found] == [0.05709122077, 0.17117302890, 0.26013467862, 0.10557015037, 0.11276592293]
    found, r2 = drivers.importance(drivers.covariance(SWISS, np.arange(1, 48)))
    assert round(r2, 10) == 0.7109712889
    assert [round(x, 11) for x in found] == [0.08897257976, 0.14219785306, 0.37576532480, 0.05205963727, 0.05197589402]


def test_importance_in_attitude_as_relaimpo():
    cov = drivers.covariance(ATTITUDE)
    found, r2 = drivers.importance(cov)
    assert round(r2, 10) == 0.7326019925
    assert [round(x, 12) for x in found] == [0.370816194319, 0.050903792972, 0.155765990169, 0.120345079404,
                                             0.006588722546, 0.028182213122]
    johnson = drivers.relative_weights(cov)
    assert list(johnson) == pytest.approx([0.36276, 0.056002, 0.163611, 0.12178, 0.008255, 0.020193], abs=6e-6)
    assert float(johnson.sum()) == pytest.approx(r2, abs=1e-12)


def test_alpha_of_attitude_as_psych():
    found = drivers.cronbach(ATTITUDE)
    assert (round(found.value, 8), round(found.standardised, 7)) == (0.84314277, 0.8390838)
    assert (round(found.low, 3), round(found.high, 3)) == (0.739, 0.916)
    assert [round(x, 4) for x in found.dropped] == [0.8098, 0.7969, 0.8278, 0.8030, 0.7954, 0.8639, 0.8405]


def test_improvement_of_attitude():
    """y = mean of each item, x = its correlation with the rating."""
    x = np.array(ATTITUDE, dtype=float)
    weight = np.corrcoef(x.T)[0, 1:]
    found = drivers.portfolio(x[:, 1:].mean(axis=0), weight)
    assert [round(one.improvement, 3) for one in found] == [3.708, 2.340, 5.821, 0.186, -18.221, 1.735]
    assert (round(found[2].performance, 2), round(found[2].importance, 2)) == (46.72, 56.54)
    assert found[2].quadrant == "first"


# --- a population whose truth is known: who answers depends on who they are, who reviews on what they feel -----------


@pytest.fixture(scope="module")
def people():
    draw, n = np.random.default_rng(20261123), 100_000
    age, rank = draw.integers(0, 4, n), draw.choice(3, n, p=[0.7, 0.2, 0.1])
    recency = draw.exponential(1, n)
    score = np.clip(np.round(6.2 + 0.4 * age + 0.9 * rank - 0.5 * np.minimum(recency, 3) + draw.normal(0, 1.9, n)), 0,
                    10)
    surveyed = draw.random(n) < 1 / (1 + np.exp(2.6 - 0.45 * age - 0.7 * rank + 0.5 * recency))
    reviewed = draw.random(n) < 0.004 + 0.05 * (np.abs(score - 6.5) > 4) + 0.02 * (score == 10)
    band = np.digitize(recency, [0.25, 0.5, 1, 2])
    return {"age": age, "rank": rank, "band": band, "recency": recency, "score": score, "surveyed": surveyed,
            "reviewed": reviewed, "nps": np.where(score >= 9, 1, np.where(score <= 6, -1, 0)), "harsh": score <= 3}


def weights_of(people):
    came = people["surveyed"]
    codes = [people[name][came] for name in ("age", "rank", "band")]
    margins = [np.bincount(people[name]) for name in ("age", "rank", "band")]
    design = np.column_stack([*(people["age"] == k for k in (1, 2, 3)), *(people["rank"] == k for k in (1, 2)),
                              np.minimum(people["recency"], 3)]).astype(float)
    return codes, weighting.raked(codes, margins), weighting.by_propensity(design, came)


def covers(estimate, truth):
    return abs(estimate.value - truth) <= 1.96 * estimate.error


@pytest.mark.parametrize("measure", ["nps", "harsh"])
def test_weights_find_the_truth_where_raw_answers_and_reviews_do_not(people, measure):
    truth, came = people[measure].mean(), people["surveyed"]
    codes, raked, (chances, _) = weights_of(people)
    values = people[measure][came]
    assert covers(weighting.weighted_mean(values, raked.weight, codes), truth)
    assert covers(weighting.weighted_mean(values, chances.weight), truth)
    assert not covers(weighting.weighted_mean(values, np.ones(len(values))), truth)
    reviews = people[measure][people["reviewed"]]
    assert not covers(weighting.weighted_mean(reviews, np.ones(len(reviews))), truth)


def test_a_few_hundred_reviews_are_worth_a_few_answers_drawn_by_lot(people):
    spoken, everyone = int(people["reviewed"].sum()), len(people["score"])
    score = people["nps"].astype(float)
    found = balance.meng(score[people["reviewed"]].mean(), score.mean(), score.std(), spoken, everyone)
    # Meng's identity: ρ is the correlation of having spoken with the score, exactly.
    assert found.rho == pytest.approx(np.corrcoef(people["reviewed"], score)[0, 1], abs=1e-12)
    assert found.effective < 60 < spoken


def test_the_survey_is_less_representative_than_a_lottery(people):
    _, _, (_, chance) = weights_of(people)
    assert 0.78 < balance.r_indicator(chance) < 0.85
    assert balance.partial_r(chance, people["rank"]) > balance.partial_r(chance, people["age"] * 0)
    assert balance.standardised_difference(people["rank"] == 2, people["surveyed"]) > balance.NOTABLE
    _, raked, _ = weights_of(people)
    assert abs(balance.standardised_difference(people["rank"] == 2, people["surveyed"], raked.weight)) < 1e-9


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("codes", "margins", "expected"), [
    ([[0, 0, 1], [0, 1, 0]], [[10, 10, 5], [12, 13]], Refused("empty_group", 0, 2)),
    ([[0] * 98 + [1, 1]], [[50, 50]], Refused("too_large", value=25.0)),
    # A diagonal sample cannot meet margins that differ: the rounds never end.
    ([[0, 1], [0, 1]], [[10, 20], [20, 10]], Refused("no_convergence", value=200.0)),
])
def test_weighting_says_why_it_is_refused(codes, margins, expected):
    assert weighting.raked(codes, margins) == expected


def test_a_level_nobody_of_the_customers_has_asks_for_nothing():
    found = weighting.raked([[0, 1, 1]], [[3, 3, 0]])
    assert isinstance(found, Weights)
    assert list(found.weight) == [3, 1.5, 1.5]


def test_bounds_without_knowing_the_silent():
    assert balance.worst_case(0.2, 0.25) == (0.05, 0.8)

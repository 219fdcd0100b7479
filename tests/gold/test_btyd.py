"""Published figures of BG/NBD, MBG/NBD, Gamma-Gamma, shifted beta-geometric and Kaplan-Meier.

Fader, Hardie & Lee (2005), Marketing Science 24:275-284, and its worked spreadsheet; Batislam et al. (2007); Fader &
Hardie (2007), Journal of Interactive Marketing 21:76-90, table 1 and figure 2; Freireich et al. (1963) as tabulated by
Kalbfleisch & Prentice (1980). The CDNOW records are not ours to pass on: CRMLIB_CDNOW may name the
sample file.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmlib.methods import btyd, contracts, survival
from crmlib.methods.btyd import gamma_gamma
from crmlib.methods.btyd.likelihood import Parameters, log_likelihood

PUBLISHED = Parameters("bg", 0.243, 4.414, 0.793, 2.426)
ONE = btyd.Histories.of([2], [30.43], [38.86])


def test_a_customer_of_the_published_example():
    assert btyd.expected(PUBLISHED, ONE, 39)[0] == pytest.approx(1.226, abs=5e-4)
    assert btyd.alive(PUBLISHED, ONE)[0] == pytest.approx(0.7266, abs=5e-5)
    mbg = Parameters("mbg", 0.524844, 6.183090, 0.891359, 1.613998)
    assert btyd.expected(mbg, ONE, 39)[0] == pytest.approx(1.2627, abs=5e-5)
    assert btyd.alive(mbg, ONE)[0] == pytest.approx(0.7061, abs=5e-5)


@pytest.mark.parametrize(("weeks", "purchases"), [(0.1429, 0.0078), (1, 0.0532), (3, 0.1506), (78, 1.858)])
def test_a_new_customer_of_the_published_spreadsheet(weeks, purchases):
    p = Parameters("bg", 0.242595, 4.413602, 0.792922, 2.425907)
    assert btyd.expected_new(p, weeks) == pytest.approx(purchases, abs=1e-3 if weeks > 3 else 5e-4)


def test_nobody_with_one_purchase_is_sure_to_be_there_by_mbg():
    once = btyd.Histories.of([0, 0], [0, 0], [10, 100])
    assert btyd.alive(PUBLISHED, once).tolist() == [1.0, 1.0]
    some = btyd.alive(Parameters("mbg", 0.5, 6.0, 0.9, 1.6), once)
    assert 0 < some[1] < some[0] < 1


@pytest.mark.parametrize(("survivors", "alpha", "beta", "value"), [
    ([1000, 631, 468, 382, 326, 289, 262, 241], 0.704, 1.182, -1680.3),
    ([1000, 869, 743, 653, 593, 551, 517, 491], 0.668, 3.806, -1611.2)])
def test_contracts_of_the_published_cohorts(survivors, alpha, beta, value):
    lost = -np.diff(survivors)
    fit = contracts.fit([*range(1, 8), 7], [True] * 7 + [False], [*lost, survivors[-1]], prior=None)
    assert (round(fit.alpha, 3), round(fit.beta, 3)) == (alpha, beta)
    assert fit.log_likelihood == pytest.approx(value, abs=0.05)


def test_remission_times_of_the_published_trial():
    time = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    curve = survival.kaplan_meier(time, [True] * 9 + [False] * 12)
    assert curve.survival.round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert (curve.low[0].round(3), curve.high[0].round(3)) == (0.620, 0.952)
    assert curve.median() == 23
    assert curve.at(5) == (1.0, 1.0, 1.0)
    assert curve.at(36) is None


@pytest.fixture(scope="module")
def cdnow():
    path = os.environ.get("CRMLIB_CDNOW")
    if not path:
        pytest.skip("CRMLIB_CDNOW does not name the CDNOW sample (cdnowElog sample, 6,919 lines)")
    logs = pd.read_csv(Path(path), sep=r"\s+", header=None, names=["master", "id", "date", "cds", "spend"])
    logs["date"] = pd.to_datetime(logs["date"].astype(str), format="%Y%m%d")
    days = logs[logs["date"] <= "1997-09-30"].groupby(["id", "date"], as_index=False)["spend"].sum()
    people = days.groupby("id").agg(first=("date", "min"), last=("date", "max"), days=("date", "size"))
    repeats = days.merge(people[["first"]], left_on="id", right_index=True)
    spend = repeats[repeats["date"] > repeats["first"]].groupby("id")["spend"].mean().reindex(people.index).fillna(0)
    end = pd.Timestamp("1997-09-30")
    histories = btyd.Histories.of(people["days"] - 1, (people["last"] - people["first"]).dt.days / 7,
                                  (end - people["first"]).dt.days / 7)
    return histories, spend.to_numpy()


@pytest.mark.parametrize(("model", "parameters", "value"), [
    ("bg", (0.242595, 4.413602, 0.792922, 2.425907), -9582.4292),
    ("mbg", (0.524844, 6.183090, 0.891359, 1.613998), -9582.1357)])
def test_cdnow_parameters_to_the_printed_digit(cdnow, model, parameters, value):
    fit = btyd.fit(cdnow[0], model, prior=None)
    assert fit.parameters.vector == pytest.approx(parameters, rel=2e-5)
    assert fit.log_likelihood == pytest.approx(value, abs=5e-5)
    assert fit.converged


def test_cdnow_hold_back_and_spend(cdnow):
    histories, mean = cdnow
    p = btyd.fit(histories, "bg", prior=None).parameters
    assert btyd.expected(p, histories, 39).sum() == pytest.approx(1653, abs=0.5)
    spend = gamma_gamma.fit(histories.x, mean, prior=None)
    assert (spend.p, spend.q, spend.v) == pytest.approx((6.24957, 3.74422, 15.44352), rel=2e-5)
    assert spend.log_likelihood == pytest.approx(-4055.9177, abs=5e-5)
    first = gamma_gamma.expected(spend, histories.x, mean)[:10].round(2)
    assert first == pytest.approx([24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17], abs=0.011)


@pytest.mark.parametrize("model", ["bg", "mbg"])
@pytest.mark.parametrize("point", [(0.3, 5.0, 0.8, 2.4), (2.0, 40.0, 1.0, 0.5), (0.05, 1.0, 3.0, 30.0)])
def test_the_gradient_is_that_of_the_likelihood(model, point):
    h = btyd.Histories.of([0, 1, 4, 12], [0, 3, 20, 30], [9, 9, 22, 31], [5, 1, 2, 1])
    _, gradient = log_likelihood(Parameters(model, *point), h)
    for n in range(4):
        step = 1e-6 * point[n]
        ends = [log_likelihood(Parameters(model, *(v + s * step * (m == n) for m, v in enumerate(point))), h)[0]
                for s in (1, -1)]
        assert gradient[n] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-6)


def simulated(seed, customers, r, alpha, a, b, weeks):
    """Histories drawn from the model itself: MBG, where a customer may leave after the first purchase."""
    draw = np.random.default_rng(seed)
    rate, leave = draw.gamma(r, 1 / alpha, customers), draw.beta(a, b, customers)
    age = draw.uniform(weeks / 2, weeks, customers)
    x, last = np.zeros(customers), np.zeros(customers)
    for n in range(customers):
        now = 0.0
        while draw.random() >= leave[n]:
            now += draw.exponential(1 / rate[n])
            if now > age[n]:
                break
            x[n], last[n] = x[n] + 1, now
    return btyd.Histories.of(x, last, age)


def test_what_was_planted_is_found_again():
    fit = btyd.fit(simulated(1, 20_000, 0.8, 5.0, 0.9, 2.5, 60), "mbg")
    assert fit.converged
    p = fit.parameters
    assert (p.r, p.alpha) == pytest.approx((0.8, 5.0), rel=0.08)
    assert p.a / (p.a + p.b) == pytest.approx(0.9 / 3.4, rel=0.06)


ODD = {
    "nobody leaves": lambda seed: simulated(seed, 120, 2.0, 4.0, 0.001, 5.0, 50),
    "one order each": lambda seed: btyd.Histories.of(np.zeros(80), np.zeros(80), np.linspace(1, 90 + seed, 80)),
    "once a year": lambda seed: btyd.Histories.of(np.full(60, 2.0), np.full(60, 104.0),
                                                  np.linspace(105, 150 + seed, 60)),
    "fifty customers": lambda seed: simulated(seed, 50, 0.5, 8.0, 1.0, 2.0, 40),
    "like clockwork": lambda seed: btyd.Histories.of(np.full(40, 24.0), np.full(40, 96.0), np.full(40, 97.0 + seed)),
    "one day of history": lambda seed: btyd.Histories.of(np.zeros(30), np.zeros(30), np.zeros(30)),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("model", ["bg", "mbg"])
def test_odd_shops_give_finite_numbers(kind, model):
    for seed in range(5):
        h = ODD[kind](seed)
        fit = btyd.fit(h, model)
        assert np.isfinite(fit.parameters.vector).all()
        for found in (btyd.expected(fit.parameters, h, 13), btyd.alive(fit.parameters, h),
                      btyd.at_least_one(fit.parameters, h, 13)):
            assert np.isfinite(found).all()
            assert (found >= 0).all()
        assert (btyd.at_least_one(fit.parameters, h, 13) <= 1).all()
        assert (btyd.at_least_one(fit.parameters, h, 13) <= btyd.expected(fit.parameters, h, 13) + 1e-9).all()


def test_the_order_of_customers_changes_nothing():
    h = simulated(3, 400, 0.6, 6.0, 0.8, 2.0, 50)
    turned = btyd.Histories.of(h.x[::-1], h.t_x[::-1], h.age[::-1])
    assert btyd.fit(h).parameters == btyd.fit(turned).parameters


def test_purchases_to_expect_agree_with_what_the_model_draws():
    p = Parameters("mbg", 0.8, 5.0, 0.9, 2.5)
    draws = simulated(7, 60_000, p.r, p.alpha, p.a, p.b, 1)  # ages up to a week, so nearly all are new
    ages = btyd.expected_new(p, draws.age)
    assert draws.x.mean() == pytest.approx(ages.mean(), rel=0.03)

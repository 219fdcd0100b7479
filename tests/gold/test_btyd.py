"""BG/NBD and MBG/NBD against themselves; published figures of the shifted beta-geometric and of Kaplan-Meier.

Fader & Hardie (2007), Journal of Interactive Marketing 21:76-90, table 1 and figure 2; Freireich et al. (1963) as
tabulated by Kalbfleisch & Prentice (1980). What was published on CDNOW's purchases: ``test_cdnow``.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import nbinom

from crmlib.methods import btyd, contracts, survival
from crmlib.methods.btyd import staying
from crmlib.methods.btyd.likelihood import Parameters, log_likelihood

PUBLISHED = Parameters("bg", 0.243, 4.414, 0.793, 2.426)


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


@pytest.mark.parametrize("model", ["bg", "mbg"])
def test_chances_of_so_many_purchases_add_up_and_average_to_what_is_expected(model):
    p, many = Parameters(model, 0.6, 5.0, 1.3, 2.5), np.arange(3000)
    for time in (0.0, 1.0, 40.0):
        chances = btyd.probability_new(p, many, time)
        assert chances.sum() == pytest.approx(1, abs=1e-9)
        assert chances @ many == pytest.approx(float(btyd.expected_new(p, time)), rel=1e-6, abs=1e-9)


def test_the_order_of_customers_changes_nothing():
    h = simulated(3, 400, 0.6, 6.0, 0.8, 2.0, 50)
    turned = btyd.Histories.of(h.x[::-1], h.t_x[::-1], h.age[::-1])
    assert btyd.fit(h).parameters == btyd.fit(turned).parameters


def test_purchases_to_expect_agree_with_what_the_model_draws():
    p = Parameters("mbg", 0.8, 5.0, 0.9, 2.5)
    draws = simulated(7, 60_000, p.r, p.alpha, p.a, p.b, 1)  # ages up to a week, so nearly all are new
    ages = btyd.expected_new(p, draws.age)
    assert draws.x.mean() == pytest.approx(ages.mean(), rel=0.03)


@pytest.mark.parametrize(("r", "alpha"), [(0.5, 10.0), (2.0, 40.0)])
def test_without_leaving_purchases_are_negative_binomial_and_the_models_come_to_it(r, alpha):
    """Ehrenberg (1959): the number of purchases within an age T, of which n! ÷ T^n orderings of times are alike."""
    x, age, weight = np.array([0.0, 1, 4, 12]), np.array([9.0, 9, 22, 31]), np.array([5.0, 1, 2, 1])
    value, gradient = staying.log_likelihood_staying(np.array([r, alpha]), x, age, weight)
    counts = nbinom.logpmf(x, r, alpha / (alpha + age)) + gammaln(x + 1) - x * np.log(age)
    assert value == pytest.approx(float(weight @ counts), abs=1e-9)
    histories = btyd.Histories.of(x, [0, 3, 20, 30], age, weight)
    for model in ("bg", "mbg"):
        never = log_likelihood(Parameters(model, r, alpha, 1e-9, 1e3), histories)[0]
        assert never == pytest.approx(value, abs=1e-6)
    for n, step in enumerate((1e-6, 1e-5)):
        ends = [staying.log_likelihood_staying(np.array([r, alpha]) + s * step * np.eye(2)[n], x, age, weight)[0]
                for s in (1, -1)]
        assert gradient[n] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("a", "b", "weeks", "told"), [
    (0.9, 1.6, 78, True), (0.9, 1.6, 30, True), (0.3, 6.0, 78, True),  # a third, a third, one in twenty leaves
    (1e-9, 1.0, 78, False), (1e-9, 1.0, 400, False)])  # nobody does, however long one looks
def test_leaving_is_told_where_it_was_planted_and_only_there(a, b, weeks, told):
    histories = simulated(3, 1500, 0.8, 6.0, a, b, weeks)
    assert btyd.leaving(btyd.fit(histories, "mbg"), histories).told == told

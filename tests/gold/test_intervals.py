"""Published figures, exact coverage by enumeration, and other people's code, for every interval that is printed."""

from __future__ import annotations

from math import lgamma, log

import numpy as np
import pytest

from crmlib.methods import intervals

# Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3 (score), as R's prop.test(correct = FALSE).
WILSON = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
# Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10.
DIFFERENCES = [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090)]


@pytest.mark.parametrize(("k", "n", "low", "high"), WILSON)
def test_wilson_as_published(k, n, low, high):
    assert [round(v, 4) for v in intervals.wilson(k, n)] == [low, high]


@pytest.mark.parametrize(("k", "n", "m", "o", "low", "high"), DIFFERENCES)
def test_newcombe_as_published(k, n, m, o, low, high):
    assert [round(v, 4) for v in intervals.newcombe(k, n, m, o)] == [low, high]


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_and_newcombe_as_in_statsmodels(level):
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    for k, n, m, o in [(0, 7, 3, 9), (7, 7, 1, 40), (12, 33, 0, 5), (500, 1000, 480, 1000)]:
        assert intervals.wilson(k, n, level) == pytest.approx(proportion_confint(k, n, 1 - level, "wilson"), abs=1e-12)
        theirs = confint_proportions_2indep(k, n, m, o, method="newcomb", compare="diff", alpha=1 - level)
        assert intervals.newcombe(k, n, m, o, level) == pytest.approx(theirs, abs=1e-12)


def test_nps_of_the_r_package():
    """Test data of R's NPS package 1.1 (n = 1000): its score, variance, and adjusted Wald interval."""
    counts = (362, 176, 462)
    assert intervals.nps(counts) == 0.1
    assert intervals.nps_variance(counts) == pytest.approx(0.814)
    low, high = intervals.nps_interval(counts)
    assert (round(100 * low, 2), round(100 * high, 2)) == (4.39, 15.55)


def test_nps_variance_of_known_shares():
    assert intervals.nps_variance((1, 2, 3)) == pytest.approx(5 / 9)
    assert intervals.nps_variance((15, 25, 60)) == pytest.approx(0.5475)


def test_nps_difference_approaches_the_plain_test_in_large_samples():
    """R's NPS package, regions NAM and EMEA: plain z interval -0.0669 to 0.2028."""
    low, high = intervals.nps_difference((184, 83, 240), (99, 50, 110))
    assert (low, high) == pytest.approx((-0.0669, 0.2028), abs=0.002)


#: True shares of detractors and promoters, answers, exact coverage of adjusted Wald and of plain Wald (three digits).
COVERAGE = [
    ((0.362, 0.462), 5, 0.943, 0.865), ((0.362, 0.462), 20, 0.943, 0.930), ((0.362, 0.462), 100, 0.948, 0.946),
    ((0.10, 0.60), 5, 0.934, 0.892), ((0.10, 0.60), 20, 0.958, 0.920), ((0.10, 0.60), 100, 0.951, 0.946),
    ((0.02, 0.90), 5, 0.919, 0.401), ((0.02, 0.90), 10, 0.930, 0.649), ((0.02, 0.90), 20, 0.954, 0.875),
    ((0.02, 0.90), 100, 0.962, 0.930),
]


def coverage(shares, n, interval):
    """Add up the probability of every outcome whose interval holds the true NPS."""
    down, up = shares
    still, total = 1 - down - up, 0.0
    for d in range(n + 1):
        for u in range(n + 1 - d):
            found = interval((d, n - d - u, u))
            if found[0] <= up - down <= found[1]:
                total += np.exp(lgamma(n + 1) - lgamma(d + 1) - lgamma(u + 1) - lgamma(n - d - u + 1)
                                + d * log(down) + u * log(up) + (n - d - u) * log(still))
    return total


def plain(counts):
    half = intervals.z_value() * (intervals.nps_variance(counts) / sum(counts)) ** 0.5
    return intervals.nps(counts) - half, intervals.nps(counts) + half


@pytest.mark.parametrize(("shares", "n", "ours", "wald"), COVERAGE)
def test_nps_interval_covers_as_it_says(shares, n, ours, wald):
    assert coverage(shares, n, intervals.nps_interval) == pytest.approx(ours, abs=6e-4)
    assert coverage(shares, n, plain) == pytest.approx(wald, abs=6e-4)


@pytest.mark.parametrize("counts", [(0, 0, 1), (1, 0, 0), (0, 1, 0), (0, 0, 500), (3, 0, 0), (2, 5, 1)])
def test_nps_interval_holds_the_estimate_and_stays_on_the_scale(counts):
    low, high = intervals.nps_interval(counts)
    assert -1 <= low <= intervals.nps(counts) <= high <= 1
    assert low < high, "no answer is certain"


def test_mean_intervals_as_in_scipy():
    from scipy import stats

    values, counts = [1, 2, 3, 4, 5], [99, 348, 993, 2242, 2684]
    before, earlier = [1, 2, 3, 4, 5], [9, 20, 31, 12, 4]
    a, b = np.repeat(values, counts), np.repeat(before, earlier)
    theirs = stats.t.interval(0.95, len(a) - 1, a.mean(), stats.sem(a))
    assert intervals.mean_interval(values, counts) == pytest.approx(theirs, rel=1e-12)
    welch = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert intervals.mean_difference(values, counts, before, earlier) == pytest.approx((welch.low, welch.high))


def test_a_mean_claims_no_certainty():
    assert intervals.mean_interval([4], [7]) is None
    assert intervals.mean_interval([4, 5], [1, 0]) is None
    assert intervals.mean_interval([], []) is None
    assert intervals.mean_difference([4], [7], [1, 5], [3, 3]) is None


def test_nothing_is_said_without_answers():
    assert intervals.wilson(0, 0) is None
    assert intervals.newcombe(0, 0, 1, 2) is None
    assert intervals.nps((0, 0, 0)) is None
    assert intervals.nps_interval((0, 0, 0)) is None
    assert intervals.nps_difference((1, 1, 1), (0, 0, 0)) is None


def test_effective_size_of_raked_weights_of_r_survey():
    """R survey's ``apisrs`` raked on school type and sch.wide: Kish's size 199.81086 of 200."""
    cells = {28.910768: 15, 31.396366: 127, 29.003103: 13, 31.496639: 12, 29.033127: 9, 31.529244: 24}
    assert intervals.kish(np.repeat(list(cells), list(cells.values()))) == pytest.approx(199.81086, abs=1e-5)
    assert intervals.kish([1.0] * 7) == pytest.approx(7)
    assert intervals.kish([]) == 0


def test_wilson_on_an_effective_size():
    """R survey, weights of R's NPS test data: share .4691371919 on n_eff 782.6255."""
    low, high = intervals.wilson(0.4691371919 * 782.6255, 782.6255)
    assert (round(low, 5), round(high, 5)) == (0.43441, 0.50417)


@pytest.mark.parametrize(("half", "variance", "n"), [
    (0.10, 0.68, 262), (0.05, 0.68, 1045), (0.03, 0.68, 2903), (0.10, 0.81, 312), (0.05, 0.81, 1245),
    (0.03, 0.81, 3458),
])
def test_answers_needed(half, variance, n):
    assert intervals.answers_needed(half, variance) == n
    width = intervals.z_value() * (variance / n) ** 0.5
    assert width <= half < intervals.z_value() * (variance / (n - 1)) ** 0.5


@pytest.mark.parametrize(("difference", "n", "before", "better", "said"), [
    ((0.01, 0.2), 30, 30, "high", "improved"), ((-0.2, -0.01), 30, 30, "high", "worse"),
    ((0.01, 0.2), 30, 30, "low", "worse"), ((-0.2, -0.01), 30, 30, "low", "improved"),
    ((-0.1, 0.2), 30, 30, "high", "noise"), ((0.0, 0.2), 30, 30, "high", "noise"),
    ((0.01, 0.2), 29, 300, "high", "unknown"), ((0.01, 0.2), 300, 29, "high", "unknown"),
    (None, 99, 99, "high", "unknown"),
])
def test_verdict(difference, n, before, better, said):
    assert intervals.verdict(difference, n, before, 30, better) == said


def test_usual_range_is_left_in_two_of_n_plus_one_cases():
    """Nonparametric prediction interval of 12 values: a thirteenth from the same source is outside in 2 of 13."""
    draws = np.random.default_rng(7).normal(size=(4000, 13))
    outside = np.mean([not low <= row[-1] <= high for row in draws for low, high in [intervals.usual_range(row[:-1])]])
    assert outside == pytest.approx(2 / 13, abs=0.02)
    assert intervals.usual_range([1.0] * 11) is None
    assert intervals.usual_range([9.0, *[float(i) for i in range(24)]]) == (0.0, 23.0)
    assert intervals.usual_range([float("nan"), None, *range(12)]) == (0.0, 11.0)

"""Comparisons of arms against published figures and other implementations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from crmlib.methods import intervals
from crmlib.methods.experiments.comparing import holm, means, shares, shrunk
from crmlib.methods.experiments.fairness import same_mix, sample_ratio
from crmlib.methods.experiments.power import detectable, people_needed


@pytest.mark.parametrize(("arms", "limits"), [
    # Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10.
    ((56, 70, 48, 80), (0.0524, 0.3339)), ((9, 10, 3, 10), (0.1705, 0.8090)), ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((10, 10, 0, 20), (0.6791, 1.0)), ((10, 10, 0, 10), (0.6075, 1.0))])
def test_newcombe_as_published(arms, limits):
    found = shares(*arms)
    assert (round(float(found.low), 4), round(float(found.high), 4)) == limits
    assert (float(found.low), float(found.high)) == pytest.approx(intervals.newcombe(*arms), abs=1e-12)


@pytest.mark.parametrize("arms", [(56, 70, 48, 80), (9, 10, 3, 10), (130, 893, 100, 892)])
def test_the_p_value_of_shares_is_pearsons(arms):
    k, n, j, m = arms
    expected = stats.chi2_contingency([[k, n - k], [j, m - j]], correction=False).pvalue
    assert float(shares(*arms).p) == pytest.approx(expected, rel=1e-9)


def test_welch_agrees_with_scipy():
    draw = np.random.default_rng(3)
    a, b = draw.gamma(1.5, 900, 70), draw.gamma(1.2, 700, 40)
    other = stats.ttest_ind(a, b, equal_var=False)
    limits = other.confidence_interval(0.95)
    found = means(a.mean(), a.var(ddof=1), 70, b.mean(), b.var(ddof=1), 40)
    assert (float(found.effect), float(found.p)) == pytest.approx((a.mean() - b.mean(), other.pvalue), rel=1e-9)
    assert (float(found.low), float(found.high)) == pytest.approx((limits.low, limits.high), rel=1e-9)


def test_holm_agrees_with_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = [0.01, 0.04, 0.03, 0.005, 0.2]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)
    assert np.isnan(holm([0.02, np.nan])[1]) and holm([0.02, np.nan])[0] == 0.02


def test_sizes_and_mixes_agree_with_scipy():
    assert sample_ratio([821_588, 815_482], [1, 1]) == pytest.approx(
        stats.chisquare([821_588, 815_482]).pvalue, rel=1e-9)
    table = [[30, 50, 20], [25, 45, 40]]
    assert same_mix(table) == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9)


def test_the_published_mismatch_is_found():
    """Fabijan et al. (2019), KDD '19, introduction: 821,588 against 815,482 users planned at halves, p = 1.8E-6."""
    assert sample_ratio([821_588, 815_482], [0.5, 0.5]) == pytest.approx(1.8e-6, rel=0.05)


def test_sizes_as_in_the_manual_of_r():
    """power.prop.test of R: p1 = .50, p2 = .75, power = .90 takes 76.7 in each group; 50 in each show .8026."""
    assert people_needed(0.50, 0.25, power=0.9) == 154  # 2 x 76.65, whole people
    assert 0.50 + detectable(0.50, 100, power=0.9) == pytest.approx(0.8026, abs=5e-5)


def test_segments_that_agree_are_drawn_together_and_others_keep_their_own():
    same = shrunk([0.05, 0.06, 0.04], [0.03, 0.03, 0.03])
    assert same == pytest.approx([0.05] * 3)
    # DerSimonian & Laird by hand: Q = 50, one degree of freedom, tau² = 49 / 10,000 = 0.0049, so 98 % of the way stays.
    apart = shrunk([0.0, 0.1], [0.01, 0.01])
    assert apart == pytest.approx([0.05 - 0.98 * 0.05, 0.05 + 0.98 * 0.05])

"""Chance within a basket size: exact where all products are alike, 1 on average where choices are independent."""

from __future__ import annotations

import numpy as np
import pytest

from crmlib.methods.association import lift


def test_size_classes_are_exact_while_small_and_a_third_wide_above():
    assert lift.size_classes(12) == [1, 2, 3, 4, 5, 5, 6, 6, 6, 7, 7, 7]


@pytest.mark.parametrize(("products", "size"), [(4, 2), (10, 2), (10, 9), (50, 7)])
def test_alike_products_meet_as_often_as_combinatorics_says(products, size):
    baskets = 1000.0
    share = np.full((products, 1), size / products)
    shared = np.array([products * (baskets * size / products) ** 2])
    known = lift.strata(np.array([baskets]), np.array([baskets * size]), np.array([baskets * size**2]), shared)
    found = lift.expected(share, np.array([0]), np.array([1]), known, np.ones((1, 1), dtype=bool))
    assert found[0, 0] == pytest.approx(baskets * size * (size - 1) / (products * (products - 1)))


def test_baskets_of_one_product_hold_no_pair():
    known = lift.strata(np.array([10.0]), np.array([10.0]), np.array([10.0]), np.array([50.0]))
    share = np.array([[0.5], [0.5]])
    assert lift.expected(share, np.array([0]), np.array([1]), known, np.ones((1, 1), dtype=bool))[0, 0] == 0


def test_sizes_that_differ_within_a_class_leave_room_for_more():
    """Half of the baskets hold 5, half 6 of 100 alike products: chance is the mean of both."""
    n, sizes = 1000.0, (5, 6)
    share = np.full((100, 1), 0.055)
    shared = np.array([100 * (n * 0.055) ** 2])
    known = lift.strata(np.array([n]), np.array([n * 5.5]), np.array([n * (25 + 36) / 2]), shared)
    found = lift.expected(share, np.array([0]), np.array([1]), known, np.ones((1, 1), dtype=bool))[0, 0]
    assert found == pytest.approx(n / 2 * sum(s * (s - 1) for s in sizes) / (100 * 99), rel=0.001)


def test_a_product_in_every_basket_meets_every_other():
    known = lift.strata(np.array([10.0]), np.array([20.0]), np.array([40.0]), np.array([100.0 + 25 + 25]))
    share = np.array([[1.0], [0.5]])
    assert lift.expected(share, np.array([0]), np.array([1]), known, np.ones((1, 1), dtype=bool))[0, 0] == 5


def test_limits_of_counts_are_those_published():
    """Garwood's exact 95 % limits of 0, 1, 10 and 100 events, as tabulated (Ulm 1990, Am J Epidemiol 131:373-375)."""
    low, high = lift.count_interval(np.array([0.0, 1.0, 10.0, 100.0]))
    assert low == pytest.approx([0, 0.0253, 4.795, 81.36], abs=0.005)
    assert high == pytest.approx([3.689, 5.572, 18.39, 121.63], abs=0.005)

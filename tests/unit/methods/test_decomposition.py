"""Parts of a change add up to it, treat all factors alike, and are none where no logarithm exists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.methods.decomposition import parts_of_change

SIZES = st.floats(0.01, 1e6)
FACTORS = st.lists(st.tuples(SIZES, SIZES), min_size=1, max_size=4)


def product(values):
    whole = 1.0
    for value in values:
        whole *= value
    return whole


@given(FACTORS)
def test_parts_add_up(pairs):
    before, now = zip(*pairs, strict=True)
    step = product(now) - product(before)
    size = max(product(now), product(before))
    assert sum(parts_of_change(before, now)) == pytest.approx(step, rel=1e-6, abs=1e-6 * size)


@given(FACTORS)
def test_order_does_not_matter_and_back_is_the_opposite(pairs):
    before, now = (list(side) for side in zip(*pairs, strict=True))
    parts = parts_of_change(before, now)
    assert parts_of_change(before[::-1], now[::-1])[::-1] == pytest.approx(parts, rel=1e-6, abs=1e-9)
    assert [-part for part in parts_of_change(now, before)] == pytest.approx(parts, rel=1e-6, abs=1e-9)


def test_a_factor_that_did_not_move_has_no_part():
    assert parts_of_change([10, 2, 5], [20, 2, 5]) == pytest.approx([100, 0, 0])


def test_two_factors_that_both_doubled_share_the_step():
    assert parts_of_change([10, 2], [20, 4]) == pytest.approx([30, 30])


@pytest.mark.parametrize(("before", "now"), [([0, 1], [1, 1]), ([1, 1], [1, 0]), ([1, -1], [1, 1])])
def test_nothing_and_less_than_nothing_cannot_be_split(before, now):
    assert parts_of_change(before, now) is None

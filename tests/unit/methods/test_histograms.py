"""Quantiles from value-count tables equal those of the values written out."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmlib.methods.histograms import median, quantile

PAIRS = st.lists(st.tuples(st.integers(-1000, 1000), st.integers(1, 9)), min_size=1, max_size=30)


@given(PAIRS, st.floats(0, 1))
def test_same_as_numpy(pairs, q):
    values, counts = np.array(pairs).T
    assert abs(quantile(values, counts, q) - np.quantile(np.repeat(values, counts), q)) < 1e-9


def test_nothing_has_no_median():
    assert median([], []) is None

"""Clusters planted in data are found, and none are found where none were planted."""

from __future__ import annotations

import numpy as np
import pytest

from crmlib.methods import clustering


def planted(k, seed, rows=1500):
    """Round clouds, well apart, and which one each row came from."""
    generator = np.random.default_rng(seed)
    centres = generator.permutation(np.eye(6) * 9)[:k, :5]
    label = generator.integers(0, k, rows)
    return centres[label] + generator.normal(size=(rows, 5)), label


@pytest.mark.parametrize(("k", "seed"), [(1, 1), (4, 1), (5, 2), (4, 3)])
def test_the_planted_number_is_chosen(k, seed):
    matrix, _ = planted(k, seed)
    assert clustering.choose(clustering.prediction_strengths(matrix, 7, 5, 0), 0.8) == k


def test_planted_clusters_are_recovered_and_labels_ignore_row_order():
    from sklearn.metrics import adjusted_rand_score

    matrix, truth = planted(4, 1)
    label = clustering.fit(matrix, 4, 0).assign(matrix)
    assert adjusted_rand_score(truth, label) > 0.95
    order = np.random.default_rng(9).permutation(len(matrix))
    again = clustering.fit(matrix[order], 4, 0).assign(matrix[order])
    assert adjusted_rand_score(label[order], again) > 0.99


def test_a_constant_feature_does_no_harm():
    matrix, _ = planted(3, 4)
    model = clustering.fit(np.column_stack([matrix, np.full(len(matrix), 7.0)]), 3, 0)
    assert np.isfinite(model.centres).all()


def test_far_more_rows_take_the_same_labels_as_few():
    matrix, _ = planted(3, 5, rows=60_000)
    model = clustering.fit(matrix[:2000], 3, 0)
    assert (model.assign(matrix)[:1000] == model.assign(matrix[:1000])).all()

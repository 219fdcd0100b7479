"""Clusters planted in data are found, and none are found where none were planted."""

from __future__ import annotations

import numpy as np
import pytest

from crmlib.methods import clustering


def planted(k, seed, rows=1200):
    """Round clouds, well apart, and which one each row came from."""
    generator = np.random.default_rng(seed)
    centres = generator.permutation(np.eye(6) * 9)[:k, :5]
    label = generator.integers(0, k, rows)
    return centres[label] + generator.normal(size=(rows, 5)), label


def found(matrix, k_max=6, repeats=3):
    points = clustering.in_order(clustering.scaling(matrix).apply(matrix))
    return clustering.evidence(points, k_max, repeats, 0)


def choose(matrix, **more):
    return clustering.choose(found(matrix, **more), 0.8, 0.5)


@pytest.mark.parametrize(("k", "seed"), [(1, 1), (2, 3), (4, 1), (5, 2)])
def test_the_planted_number_is_chosen(k, seed):
    choice = choose(planted(k, seed)[0])
    assert (choice.k, choice.grade) == ((k, "strong") if k > 1 else (1, "none"))


def long_cloud(generator, rows):
    return generator.normal(size=(rows, 5)) * [3, 1, 1, 1, 1] @ np.linalg.qr(generator.normal(size=(5, 5)))[0]


def tied(generator, rows):
    return generator.normal(size=(rows, 1)) + 0.4 * generator.normal(size=(rows, 6))


@pytest.mark.parametrize("cloud", [long_cloud, tied, lambda g, n: g.uniform(size=(n, 4))])
def test_one_cloud_is_not_divided_however_long_it_is(cloud):
    assert choose(cloud(np.random.default_rng(0), 1500)).k == 1


def test_clusters_are_not_halved_along_features_that_say_nothing():
    matrix, _ = planted(4, 5, 2000)
    noise = np.random.default_rng(1).normal(size=(2000, 4)) * 3
    assert choose(np.column_stack([matrix, noise]), k_max=8).k == 4


def test_a_typology_is_weak_where_clouds_overlap():
    evidence = [clustering.Evidence(1, 1.0, 1.0, 0, 0, 0), clustering.Evidence(2, 0.7, 0.5, 0.1, 0.01, 1.2),
                clustering.Evidence(3, 0.65, 0.9, 0.2, 0.01, 1.1), clustering.Evidence(4, 0.3, 0.9, 0.3, 0.01, 1.1)]
    assert clustering.choose(tuple(evidence), 0.8, 0.5) == clustering.Choice(3, "weak")
    assert clustering.choose(tuple(evidence), 0.8, 0.75) == clustering.Choice(1, "none")


def test_planted_clusters_are_recovered_and_the_order_of_rows_changes_nothing():
    from sklearn.metrics import adjusted_rand_score

    matrix, truth = planted(4, 1)
    centres = clustering.kmeans(clustering.in_order(matrix), 4, 0)
    assert adjusted_rand_score(truth, clustering.nearest(matrix, centres)) > 0.95
    order = np.random.default_rng(9).permutation(len(matrix))
    assert (clustering.kmeans(clustering.in_order(matrix[order]), 4, 0) == centres).all()


def test_a_constant_feature_does_no_harm_and_a_rare_one_is_kept():
    matrix = np.column_stack([np.full(1000, 0.1), np.r_[np.zeros(995), np.ones(5)]])
    scale = clustering.scaling(matrix)
    assert scale.deviation[0] == 0 and scale.deviation[1] > 0 and np.isfinite(scale.apply(matrix)).all()


def test_fewer_different_points_than_clusters_is_no_structure():
    matrix = np.repeat([[0.0, 1.0], [5.0, 6.0]], 50, axis=0)
    assert clustering.choose(clustering.evidence(matrix, 5, 2, 0), 0.8, 0.5).k == 2


def test_labels_are_matched_so_that_most_customers_keep_theirs():
    # The best for each old label alone (0 → 0, 1 → 0) would give one new label twice.
    assert clustering.matched([[50, 40, 0], [45, 5, 0], [0, 0, 9]]) == [(0, 1), (1, 0), (2, 2)]
    assert clustering.matched([[5, 0], [0, 0]]) == [(0, 0)]


def test_stability_index_by_hand():
    # (0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5) = 0.018232 + 0.022314
    assert clustering.psi([0.5, 0.5], [0.6, 0.4]) == pytest.approx(0.0405465, abs=1e-7)
    assert clustering.psi([0.5, 0.5, 0.0], [0.5, 0.5, 0.0]) == 0


def test_bins_hold_equal_shares_and_missing_values_apart():
    values = np.r_[np.arange(100.0), np.nan]
    edges = clustering.bins(values, 4)
    assert edges == [24.75, 49.5, 74.25]
    assert clustering.shares(values, edges) == pytest.approx([25 / 101] * 4 + [1 / 101])
    assert clustering.bins([7.0] * 50) == [7.0] and clustering.bins([np.nan]) == []

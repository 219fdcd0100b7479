"""What must hold of clusters for any customers: labels follow from a customer's own features and the model alone."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planting
import shop
from crmlib.analyses.segments import assigning, fitting
from crmlib.analyses.segments import model as models
from crmlib.engine.duck import DuckEngine

ABOUT = {"shop": "test", "month": "2026-10", "as_of": "2026-11-01", "currency": "JPY", "decimals": 0, "customers": 900,
         "sample": 900}


def values(engine, frame, names):
    """Return the values of features as the engine gives them, by name."""
    engine.register("features", frame)
    text = assigning.values_sql([fitting.feature(name, ()) for name in names], "features")
    found = engine.sql(f"{text} ORDER BY customer_key")
    return found.rename(columns={f"v{i}": name for i, name in enumerate(names, 1)})


def chosen(**more):
    return shop.settings(segments={"resamples": 2, "evidence_sample": 900, **more}).segments


@cache
def made(k=4, rows=900, seed=7):
    """Return a model of planted customers, as its file holds it, with the customers and their kinds."""
    frame, kind = planting.buyers(k, rows, seed)
    with DuckEngine() as engine:
        found = fitting.fitted(values(engine, frame, planting.EIGHT), planting.EIGHT, chosen(), ABOUT)
    model = models.read(models.written(found.model), "", "test", "2026-10", ("JPY", 0))
    return model, frame.assign(kind=kind).sort_values("customer_key", ignore_index=True)


def labels(frame, model, threads=1):
    with DuckEngine(threads=threads) as engine:
        engine.register("features", frame.drop(columns="kind", errors="ignore"))
        text = assigning.assign_sql(model, "features")
        return engine.sql(f"SELECT customer_key, cluster, distance FROM (\n{text}\n) AS found ORDER BY customer_key")


@pytest.mark.parametrize(("k", "seed"), [(1, 3), (4, 7), (5, 9)])
def test_planted_customers_are_found_and_recovered(k, seed):
    from sklearn.metrics import adjusted_rand_score

    frame, kind = planting.buyers(k, 900, seed)
    with DuckEngine() as engine:
        sample = values(engine, frame, planting.EIGHT)
    found = fitting.fitted(sample, planting.EIGHT, chosen(), ABOUT)
    if k == 1:
        assert found.model is None and found.grade == "none"
        return
    assert (found.model.k, found.grade) == (k, "strong")
    truth = pd.Series(kind, index=frame["customer_key"]).sort_index()
    assert adjusted_rand_score(truth, labels(frame, found.model)["cluster"]) >= 0.9


def test_numpy_and_the_engine_agree():
    model, frame = made()
    with DuckEngine() as engine:
        points = fitting.matrix(values(engine, frame, planting.EIGHT), model.scaled, model.coded)
    away = np.stack([((points - np.array(c.centre)) ** 2).sum(axis=1) for c in model.clusters], axis=1)
    found = labels(frame, model)
    assert [model.codes[i] for i in away.argmin(axis=1)] == found["cluster"].tolist()
    assert np.allclose(np.sqrt(away.min(axis=1)), found["distance"])


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([1, 2, 8]))
def test_labels_ignore_row_order_and_threads(random, threads):
    model, frame = made()
    order = list(range(len(frame)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(labels(frame.iloc[order], model, threads), labels(frame, model))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_label_of_a_customer_whose_features_stay_never_changes(data):
    model, frame = made()
    stays = np.array(data.draw(st.lists(st.booleans(), min_size=len(frame), max_size=len(frame))))
    column = data.draw(st.sampled_from(["recency_days", "purchase_days", "gross", "discounts", "online"]))
    times = data.draw(st.integers(0, 9))
    later = frame.assign(**{column: np.where(stays, frame[column], frame[column] * times)})
    gone = data.draw(st.integers(0, len(frame) - 1))
    before, now = labels(frame, model).set_index("customer_key"), labels(later.drop(index=gone), model)
    kept = now[now["customer_key"].isin(set(frame.loc[stays, "customer_key"]))]
    assert kept["cluster"].tolist() == before.loc[kept["customer_key"], "cluster"].tolist()


def test_the_model_ignores_row_order_and_names():
    model, frame = made()
    again = frame.sample(frac=1, random_state=2, ignore_index=True)
    renamed = again.assign(customer_key=[f"x{i:05d}" for i in range(len(again))])
    with DuckEngine(threads=8) as engine:
        sample = values(engine, renamed.drop(columns="kind"), planting.EIGHT)
    found = fitting.fitted(sample, planting.EIGHT, chosen(), ABOUT)
    assert models.written(found.model) == models.written(model)

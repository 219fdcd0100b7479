"""What all buyers would have said, told four ways beside each other, and how those who answered differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlib.analyses.satisfaction.crowd.people import People
from crmlib.methods.intervals import z_value
from crmlib.methods.surveys import balance, weighting
from crmlib.methods.surveys.weighting import Codes, Refused, Vector, Weights

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("raw", "post_stratified", "raked", "propensity")
#: Attributes whose combinations make the cells of post-stratification, at most: more would leave cells empty.
STRATA = 2
ESTIMATES = {"method": "str", "metric": "str", "measure": "str", "value": "float64", "low": "float64",
             "high": "float64", "n": "int64", "n_eff": "float64", "deff": "float64", "largest": "float64"}
BALANCE = {"attribute": "str", "level": "str", "customers": "int64", "respondents": "int64", "share": "float64",
           "share_respondents": "float64", "share_weighted": "float64", "difference": "float64",
           "difference_weighted": "float64"}


@dataclass(frozen=True)
class Weighted:
    """One way to let the answers speak for all.

    Attributes
    ----------
    method : str
    weights : Weights or Refused
    calibrated : tuple of arrays
        Levels of each answer in the margins the weights meet.
    by : tuple of str
        Attributes the weights follow.
    """

    method: str
    weights: Weights | Refused
    calibrated: tuple[Codes, ...] = ()
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Crowd:
    """The answers under every weighting.

    Attributes
    ----------
    people : People
    ways : tuple of Weighted
    chance : numpy.ndarray or None
        Chance to answer of each cell of buyers, where it could be estimated.
    """

    people: People
    ways: tuple[Weighted, ...]
    chance: Vector | None

    def way(self, method: str) -> Weighted:
        """Return one way by its name."""
        return next(way for way in self.ways if way.method == method)


def crowd(people: People) -> Crowd:
    """Weigh the answers in every way that can be had."""
    place, count = np.flatnonzero(people.came), people.size[people.came].astype(int)
    each = np.repeat(place, count)
    raw = Weighted("raw", Weights(np.full(len(each), people.everyone / max(len(each), 1))))
    if not people.attributes:
        return Crowd(people, (raw,), None)
    raked = weighting.raked([people.codes(name)[each] for name in people.attributes],
                            [people.margin(name) for name in people.attributes])
    propensity, chance = weighting.by_propensity(_design(people), people.came, people.size)
    if isinstance(raked, Refused) and raked.reason == "empty_group":
        # The chance would be carried over from others to a level of whom nobody answered: nothing stands for them.
        propensity = raked
    return Crowd(people, (
        raw, _stratified(people, each),
        Weighted("raked", raked, tuple(people.codes(name)[each] for name in people.attributes), people.attributes),
        Weighted("propensity", propensity, by=people.attributes)), chance)


def _stratified(people: People, each: Codes) -> Weighted:
    """Post-stratify by the two attributes that differ most, or by one where their combinations leave a cell empty."""
    furthest = sorted(people.attributes, key=lambda name: -_distance(people, name))
    found = Weighted("post_stratified", Refused("empty_group"))
    for many in range(min(STRATA, len(furthest)), 0, -1):
        by = tuple(furthest[:many])
        cell = np.ravel_multi_index([people.codes(name) for name in by], [len(people.levels(name)) for name in by])
        size = np.bincount(cell, weights=people.size)
        found = Weighted("post_stratified", weighting.post_stratified(cell[each], size), (cell[each],), by)
        if isinstance(found.weights, Weights):
            break
    return found


def _distance(people: People, attribute: str) -> float:
    """Return how far the answers' shares of an attribute's levels lie from those of all buyers, in all."""
    codes, came = people.codes(attribute), people.came
    told = np.bincount(codes[came], weights=people.size[came], minlength=len(people.levels(attribute)))
    return float(np.abs(told / told.sum() - people.margin(attribute) / people.everyone).sum())


def _design(people: People) -> Vector:
    columns = []
    for name in people.attributes:
        codes = people.codes(name)
        columns += [(codes == level).astype(float) for level in range(1, len(people.levels(name)))]
    return np.column_stack(columns)


def scored(people: People) -> dict[str, Vector]:
    """Return what is measured of each answer: the metric itself and whether it is harsh.

    Harsh: 0-3 of 0-10, the two worst steps of any other scale.
    """
    value = people.cells["value"].to_numpy(dtype=float)
    low, high = people.metric.scale
    worst = 3 if people.metric.statistic == "nps" else low + 1
    harsh = value <= worst if people.metric.better == "high" else value >= high - 1
    if people.metric.statistic == "nps":
        main = np.where(value >= 9, 100.0, np.where(value <= 6, -100.0, 0.0))
    elif people.metric.statistic == "top2":
        good = people.metric.good
        main = (value >= good if people.metric.better == "high" else value <= good).astype(float)
    else:
        main = value
    return {"metric": main, "harsh": harsh.astype(float)}


def estimates(found: Crowd, level: float) -> pd.DataFrame:
    """Return each way's figure with its interval.

    Returns
    -------
    pandas.DataFrame
        method (raw, post_stratified, raked, propensity), metric, measure (metric: points, share or mean; harsh: share
        of harsh answers), value, low, high (linearised), n (answers), n_eff, deff (Kish), largest (largest weight ÷
        mean one). A way that was refused has no row (see ``refused``).
    """
    import pandas as pd

    people, z, rows = found.people, z_value(level), []
    each = np.repeat(np.flatnonzero(people.came), people.size[people.came].astype(int))
    for measure, values in scored(people).items():
        for way in found.ways:
            if isinstance(way.weights, Refused) or len(each) < 2:
                continue
            one = weighting.weighted_mean(values[each], way.weights.weight, way.calibrated)
            rows.append((way.method, people.metric.key, measure, one.value, one.value - z * one.error,
                         one.value + z * one.error, len(each), one.effective, one.design_effect, way.weights.largest))
    return pd.DataFrame(rows, columns=list(ESTIMATES)).astype(ESTIMATES)


def refused(found: Crowd) -> tuple[tuple[str, Refused], ...]:
    """Return the ways that were refused, with their reasons."""
    return tuple((way.method, way.weights) for way in found.ways if isinstance(way.weights, Refused))


def balances(found: Crowd) -> pd.DataFrame:
    """Return how those who answered differ from all buyers, before and after raking.

    Returns
    -------
    pandas.DataFrame
        attribute, level, customers (buyers), respondents, share, share_respondents, share_weighted, difference and
        difference_weighted (standardised; beyond ±0.1 is worth a look). Weighted columns are null where raking was
        refused.
    """
    import pandas as pd

    people, rows = found.people, []
    came, size = people.came, people.size
    raked = next((way.weights for way in found.ways if way.method == "raked"), None)
    held = None
    if isinstance(raked, Weights):
        each = np.repeat(np.arange(int(came.sum())), size[came].astype(int))
        held = np.bincount(each, weights=raked.weight, minlength=int(came.sum()))
    for name in people.attributes:
        codes = people.codes(name)
        for place, level in enumerate(people.levels(name)):
            here = (codes == place).astype(float)
            plain = balance.standardised_difference(here, came, size[came], size)
            after = None if held is None else balance.standardised_difference(here, came, held, size)
            rows.append((name, level, int((here * size).sum()), int((here * size)[came].sum()),
                         float((here * size).sum() / size.sum()), float((here * size)[came].sum() / size[came].sum()),
                         None if held is None else float((here[came] * held).sum() / held.sum()), plain, after))
    return pd.DataFrame(rows, columns=list(BALANCE)).astype(BALANCE)

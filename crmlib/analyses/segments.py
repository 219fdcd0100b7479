"""Segments: which kinds of customer does the shop have, by plain rules, and do clusters in the data hold up?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.result import Check, Column, Fact, Figure, Result, Table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import SegmentRule, SegmentsSettings
    from crmlib.text import Text

NEEDS = ("orders", "order_lines")
#: Derived features of buying, and the unit each is shown in.
FEATURES = {"recency_days": "days", "purchase_days": "count", "basket": "money", "pieces": "score",
            "discount_share": "ratio", "weekend_share": "ratio", "monetary": "money"}
STANDARD = ("recency_days", "purchase_days", "basket", "pieces", "discount_share", "weekend_share")
LOGGED = ("recency_days", "purchase_days", "basket", "pieces", "monetary")
REGULAR_DAYS, OCCASIONAL_DAYS = 4, 2
EVIDENCE_ROWS, PER_CLUSTER = 2_000, 30


def analyse(data: Dataset, settings: SegmentsSettings) -> Result:
    """Group the customers by rules, then look for clusters and say how far they can be trusted.

    Returns
    -------
    Result
        facts
            count (clusters in use, 1 when none are stable), k (the same), prediction_strength (0-1, of that k),
            stable (1 or 0).
        tables
            rules: segment, customers, share, sales (minor units), sales_share. profile: cluster, customers, share,
            sales, feature, median (money in major units), index (100 = median of all buyers), unit (of the median).
            evidence: k, prediction_strength.
        measures
            customer_key, cluster (code, null for those who never bought), rule_segment (code).

    Notes
    -----
    Rules are the spine: complete, exclusive and explainable. Clusters are k-means on winsorised, standardised
    features with ten starts; k by prediction strength (``methods.clustering``).
    """
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("segments", missing, (Fact("count", None, "count"),))
    members = data.query("segment_members")
    raw = data.query("segment_features")
    ruled = members["customer_key"].to_frame().assign(
        rule_segment=rule_segments(members, settings.rules, data.decimals) if settings.rules
        else lifecycle(members, data.settings.customers.lost_after_days))
    names = tuple(settings.features or STANDARD)
    found = clusters(data, features(raw, names), settings)
    profile = profiles(raw, features(raw, FEATURES), found["label"], names, data)
    return Result(
        "segments",
        facts=facts(found, *(evidence_of(d, names, settings) if d.covered else {} for d in (
            data.previous(1), data.previous(12)))),
        tables={"rules": Table(sizes(ruled, members, settings.rules), RULE_COLUMNS, count="customers"),
                "profile": Table(profile, PROFILE_COLUMNS, count="customers", within=("feature",)),
                "evidence": Table(evidence(found), {"k": Column("count"), "prediction_strength": Column("score")})},
        figures=figures(found, ruled, profile),
        checks=(Check("everyone_once", bool(ruled["rule_segment"].notna().all()), len(ruled), len(members), "stop"),
                Check("clusters_stable", found["stable"], found["strength"], settings.prediction_strength, "info")),
        notes=notes(found, settings, len(raw)),
        measures=ruled.merge(raw[["customer_key"]].assign(cluster=found["label"]), on="customer_key", how="left"),
    )


def lifecycle(members: pd.DataFrame, lost_after_days: int) -> pd.Series:
    """Return the standard rule segment of each customer: complete and exclusive by construction.

    prospect (never bought), lapsed (longer ago than ``lost_after_days``), regular (≥ 4 purchase days),
    occasional (2-3), first_timer (1).
    """
    import numpy as np

    days, recency = members["purchase_days"], members["recency_days"].astype("Float64").fillna(0).astype(float)
    picked = np.select(
        [members["frequency"] == 0, recency > lost_after_days, days >= REGULAR_DAYS, days >= OCCASIONAL_DAYS],
        ["prospect", "lapsed", "regular", "occasional"], default="first_timer")
    return _text(picked, members.index)


def rule_segments(members: pd.DataFrame, rules: tuple[SegmentRule, ...], decimals: int) -> pd.Series:
    """Return the first of the shop's own segments that each customer fits, ``other`` where none does."""
    import numpy as np

    fits = [np.logical_and.reduce([_holds(members, name, condition, decimals) for name, condition in r.where.items()])
            for r in rules]
    return _text(np.select(fits, [rule.segment for rule in rules], default="other"), members.index)


def _holds(members: pd.DataFrame, name: str, condition: Any, decimals: int) -> np.ndarray:
    """Which customers meet one condition; a missing value meets none."""
    from crmlib.errors import CrmError

    if name not in members.columns:
        raise CrmError("analyses.unknown_measure", where="segments.rules", name=name,
                       allowed=[c for c in members.columns if c != "customer_key"])
    column = members[name]
    if condition.values:
        return column.isin(condition.values).to_numpy()
    numbers = column.astype("Float64")
    scale = 10 ** decimals if name in ("monetary", "monetary_gross") else 1
    above = numbers >= float(condition.min) * scale if condition.min is not None else numbers.notna()
    below = numbers <= float(condition.max) * scale if condition.max is not None else numbers.notna()
    return (above & below).fillna(False).to_numpy(dtype=bool)


def features(raw: pd.DataFrame, names: Mapping[str, str] | tuple[str, ...]) -> pd.DataFrame:
    """Return the derived features of each buyer: days, pieces and money per purchase, shares in 0-1."""
    gross = raw["gross"].clip(lower=1)
    derived = raw.assign(
        basket=raw["gross"] / raw["orders"], pieces=raw["quantity"] / raw["orders"],
        discount_share=(raw["discounts"] / (gross + raw["discounts"])).clip(0, 1),
        weekend_share=raw["weekend"] / raw["orders"], monetary=raw["net"])
    return derived[list(names)].astype(float)


def clusters(data: Dataset, frame: pd.DataFrame, settings: SegmentsSettings) -> dict[str, Any]:
    """Return the label of each buyer, the k in use, and the evidence for it; one cluster where none is stable."""
    import numpy as np

    from crmlib.methods import clustering

    matrix, found = _logged(frame), choice(data, frame, settings)
    label = (np.zeros(len(matrix), dtype=int) if found["k"] == 1 else
             clustering.fit(_sample(matrix, settings.sample), found["k"], settings.seed).assign(matrix))
    return found | {"label": _text(np.char.add("c", (label + 1).astype(str)), frame.index)}


def choice(data: Dataset, frame: pd.DataFrame, settings: SegmentsSettings) -> dict[str, Any]:
    """Return how many clusters to use, how reproducible each number is, and whether there are too few buyers."""
    from crmlib.methods import clustering

    matrix = _logged(frame)
    few = len(matrix) < PER_CLUSTER * 2
    strengths = {1: 1.0} if few else data.memo(
        "prediction_strength", (matrix[:EVIDENCE_ROWS].tolist(), settings.plain()),
        lambda: clustering.prediction_strengths(_sample(matrix, EVIDENCE_ROWS), settings.k_max, settings.resamples,
                                                settings.seed))
    strengths = {int(k): float(v) for k, v in strengths.items()}
    k = settings.k or clustering.choose(strengths, settings.prediction_strength)
    k = min(k, max(1, len(matrix) // PER_CLUSTER))
    strength = strengths.get(k)
    return {"k": k, "strengths": strengths, "strength": strength, "few": few,
            "stable": k > 1 and strength is not None and strength >= settings.prediction_strength}


def evidence_of(data: Dataset, names: tuple[str, ...], settings: SegmentsSettings) -> dict[str, Any]:
    """Return the same choice for another month; nothing where nobody had bought by then."""
    raw = data.query("segment_features")
    return choice(data, features(raw, names), settings) if len(raw) else {}


def facts(found: Mapping[str, Any], before: Mapping[str, Any], last_year: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return the number of clusters and how reproducible they are, now, a month and a year ago."""
    def fact(key: str, of: str, unit: str) -> Fact:
        # Whole numbers and floats alike; a truth value becomes 1 or 0.
        now, then, ago = (None if not d or d[of] is None else d[of] * 1 for d in (found, before, last_year))
        return Fact(key, now, unit, previous=then, year_ago=ago, note="not_tried" if now is None else None)

    return (fact("count", "k", "count"), fact("k", "k", "count"),
            fact("prediction_strength", "strength", "score"), fact("stable", "stable", "count"))


def sizes(ruled: pd.DataFrame, members: pd.DataFrame, rules: tuple[SegmentRule, ...]) -> pd.DataFrame:
    """Return customers and net sales of each rule segment, in the order of the rules."""
    order = [rule.segment for rule in rules] + ["other"] if rules else [*LIFECYCLE]
    table = (members.assign(segment=ruled["rule_segment"]).groupby("segment")
             .agg(customers=("customer_key", "size"), sales=("monetary", "sum"))
             .reindex([s for s in order if s in set(ruled["rule_segment"])]).reset_index())
    table["segment"] = table["segment"].astype("str")
    people, money = int(table["customers"].sum()), int(table["sales"].sum())
    table["share"] = table["customers"] / people
    table["sales_share"] = table["sales"] / money if money else None
    return table[list(RULE_COLUMNS)]


def profiles(raw: pd.DataFrame, frame: pd.DataFrame, label: pd.Series, names: tuple[str, ...],
             data: Dataset) -> pd.DataFrame:
    """Return size, sales and the median of each feature per cluster, with the index against all buyers."""
    import pandas as pd

    rows = []
    units = {name: data.currency if unit == "money" else unit for name, unit in FEATURES.items()}
    scales = {name: 10 ** data.decimals if unit == "money" else 1 for name, unit in FEATURES.items()}
    net = raw["net"]
    for cluster in sorted(set(label)):
        inside = (label == cluster).to_numpy()
        for feature in names:
            middle, everyone = float(frame.loc[inside, feature].median()), float(frame[feature].median())
            rows.append((cluster, int(inside.sum()), inside.mean(), int(net[inside].sum()), feature,
                         middle / scales[feature], 100 * middle / everyone if everyone else None, units[feature]))
    return pd.DataFrame(rows, columns=list(PROFILE_COLUMNS)).astype(
        {"cluster": "str", "feature": "str", "unit": "str"})


def evidence(found: Mapping[str, Any]) -> pd.DataFrame:
    """Return the prediction strength of every k that was tried."""
    import pandas as pd

    return pd.DataFrame(sorted(found["strengths"].items()), columns=["k", "prediction_strength"])


def notes(found: Mapping[str, Any], settings: SegmentsSettings, buyers: int) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return what may be said of the clusters."""
    values = {"k": found["k"], "strength": found["strength"], "limit": settings.prediction_strength, "buyers": buyers}
    if found["few"]:
        return (("too_few", values),)
    if found["k"] == 1:
        return (("none_stable", values),)
    return (("stable" if found["stable"] else "chosen_by_shop", values),)


def figures(found: Mapping[str, Any], ruled: pd.DataFrame, profile: pd.DataFrame) -> dict[str, Figure]:
    """Return the charts; each draws a table of the same result."""
    drawn = {"rules": Figure(plot_rules, "rules", {"n": len(ruled)}, size=(7.2, 3.4))}
    if len(found["strengths"]) > 1:
        drawn["evidence"] = Figure(plot_evidence, "evidence", {"k": found["k"]}, size=(7.2, 3.2))
    if found["k"] > 1:
        drawn["profile"] = Figure(plot_profile, "profile", {"k": found["k"]},
                                  size=(7.2, 1.2 + 0.5 * profile["feature"].nunique()))
    return drawn


def plot_rules(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each rule segment's share of sales, with its share of customers beside it."""
    return charts.bars(frame, ax, words, label="segment", value="sales_share", unit="ratio", other=("share", "ratio"))


def plot_evidence(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how reproducible each number of clusters is."""
    return charts.columns(frame, ax, words, x="k", value="prediction_strength", unit="score")


def plot_profile(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the index of each feature per cluster, 100 being the median of all buyers."""
    return charts.heatmap(frame, ax, words, row="feature", column="cluster", value="index", unit="index")


def _logged(frame: pd.DataFrame) -> np.ndarray:
    """Return the feature matrix with amounts and counts on a log scale, since they are skewed."""
    import numpy as np

    columns = [np.log1p(frame[name].clip(lower=0)) if name in LOGGED else frame[name] for name in frame.columns]
    return np.column_stack(columns) if columns and len(frame) else np.zeros((0, len(columns)))


def _sample(matrix: np.ndarray, size: int) -> np.ndarray:
    """Return at most ``size`` rows, evenly spaced: rows come ordered by a keyed hash, so that is a random sample."""
    import numpy as np

    return matrix if len(matrix) <= size else matrix[np.linspace(0, len(matrix) - 1, size).astype(int)]


def _text(values: Any, index: pd.Index) -> pd.Series:
    import pandas as pd

    return pd.Series(values, index=index, dtype="str")


LIFECYCLE = ("regular", "occasional", "first_timer", "lapsed", "prospect")
RULE_COLUMNS = {"segment": Column("code"), "customers": Column("customers"), "share": Column("ratio"),
                "sales": Column("money"), "sales_share": Column("ratio")}
PROFILE_COLUMNS = {"cluster": Column("code"), "customers": Column("customers"), "share": Column("ratio"),
                   "sales": Column("money"), "feature": Column("code"), "median": Column("measured"),
                   "index": Column("score"), "unit": Column("unit")}

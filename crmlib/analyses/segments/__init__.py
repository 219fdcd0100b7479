"""Segments: which kinds of customer does the shop have, by plain rules, and do clusters in the data hold up?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.segments import assigning, crosstab, movement, naming, profile, rules, store
from crmlib.analyses.segments.portraits import portraits
from crmlib.analyses.segments.profile import plot_profile, plot_sizes
from crmlib.analyses.segments.rules import plot_rules
from crmlib.dataset.units import by_account
from crmlib.methods.clustering import VALLEY
from crmlib.result import Aside, Check, Column, Fact, Figure, Result, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.analyses.segments.model import Model
    from crmlib.analyses.segments.store import Settled
    from crmlib.dataset import Dataset
    from crmlib.settings import SegmentsSettings
    from crmlib.text import Text

__all__ = ["analyse", "by_attribute", "plot_evidence", "plot_profile", "plot_rules", "plot_sizes", "portraits"]
NEEDS = ("orders", "order_lines")
UNITS = {"count": "count", "k": "count", "prediction_strength": "score", "stable": "count", "stability": "score",
         "moved_share": "ratio", "drift_psi": "score", "drift_distance": "ratio", "refit_advised": "count"}
#: With fewer days of history clusters show who happened to come, not how people shop.
SHORT_DAYS = 60
#: Drift of less than this is written as zero.
SEEN = 0.005


def analyse(data: Dataset, settings: SegmentsSettings) -> Result:
    """Group the customers by rules, then look for clusters and say how far they can be trusted.

    Returns
    -------
    Result
        facts
            count, k (clusters in use, 1 when none are stable), prediction_strength (0-1, of that k when the model was
            made), stable (1 or 0), stability (mean adjusted Rand index of bootstrap fits), moved_share (of last
            month's buyers, in another cluster now), drift_psi (the largest of the features), drift_distance (mean
            distance to the centres against when the model was made, ratio - 1), refit_advised (1 or 0).
        tables
            rules: segment, customers, share, sales (minor units), sales_share. rules_by_month: month, segment,
            customers, share, of those who had bought by each month end. own_rules: as rules, of the shop's own rules,
            which overlap. profile: cluster, customers, share, sales, feature, median (money in major units),
            index (100 = median of all buyers), unit (of the median), apart. cards: cluster, customers, share, sales,
            sales_share, answers, score, score_low, score_high, and the contactable share by channel. goods: cluster,
            customers, category, share, index. evidence: k, prediction_strength, stability, gap, gap_error, valley,
            used. migration: from_cluster, to_cluster, customers, share, sales, moved. drift: feature, psi, limit,
            unknown. crosstab: segment, attribute, level, customers, share, level_share, residual, coverage;
            cross_<attribute>: one of them.
        measures
            customer_key, cluster (code, null for those who never bought), cluster_name, rule_segment (code),
            rule_segments (codes, ``;`` between).

    Notes
    -----
    Rules are the spine: complete, exclusive and explainable. Clusters are a frozen model (``store``): k-means on
    winsorised, standardised features with ten starts; k by prediction strength (``methods.clustering``); everybody's
    label by an expression in the engine (``assigning``).
    """
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("segments", missing, (Fact("count", None, "count"),))
    people = rules.members(data, settings)
    found = store.settled(data, settings)
    now = buyers(data, settings, found)
    then = movement.before(data, settings, found)
    tables = {**rules.tables(people, settings, rules.by_month(data)), **profile.tables(now, found.model, data),
              "evidence": Table(evidence(found), EVIDENCE),
              **movement.tables(now, then, found, settings, data.settings.privacy.min_cell)}
    column, order = ("cluster", found.model.codes) if found.model else ("rule_segment", rules.LIFECYCLE)
    crossed = crosstab.crosstab(crosstab.with_ages(now.merge(people.drop(columns=[
        c for c in people.columns if c in now.columns and c != "customer_key"]), on="customer_key"),
        data.settings.customers), column, order, settings.attributes,
        [one.rank for one in data.settings.customers.rank_thresholds])
    tables |= crosstab.tables(crossed)
    moved = movement.verdict(now, found.model, tables["drift"].frame, settings) if found.model else {}
    return Result(
        "segments",
        facts=facts(data, settings, found, tables, moved),
        tables=tables,
        figures={**rules.figures(tables), **figures(found, settings), **profile.figures(tables, found.model),
                 **movement.figures(tables), **crosstab.figures(crossed)},
        checks=checks(found, people, now, settings, moved),
        notes=(*notes(data, found, settings, now), *movement_notes(tables, moved, found)),
        measures=measures(people, now, found, settings),
    )


def buyers(data: Dataset, settings: SegmentsSettings, found: Settled) -> pd.DataFrame:
    """Return every buyer with cluster (``all`` without a model), distance, money, said, and a column per feature."""
    if found.model is None:
        table = assigning.stored(data, settings, ())
        features = profile.shown(None)
        rows = data.sql(f"{assigning.values_sql(features, table)} ORDER BY customer_key")
        rows = rows.assign(cluster=profile.EVERYONE, distance=0.0).astype({"cluster": "str"})
    else:
        features = assigning.features_of(found.model)
        rows = assigning.assigned(data, settings, found.model)
    named = rows.rename(columns={f"v{i}": f.name for i, f in enumerate(features, 1)})
    return named.assign(monetary=named["money"])


def measures(people: pd.DataFrame, now: pd.DataFrame, found: Settled, settings: SegmentsSettings) -> pd.DataFrame:
    """Return one row per known customer: cluster and its name (null without one), rule_segment, rule_segments."""
    ruled = people[["customer_key", "rule_segment", "rule_segments"]]
    if found.model is None:
        return ruled.assign(cluster=None, cluster_name=None).astype({"cluster": "str", "cluster_name": "str"})
    names = naming.both(found.model, settings)
    labels = now[["customer_key", "cluster"]].assign(cluster_name=now["cluster"].map(names).astype("str"))
    return ruled.merge(labels, on="customer_key", how="left")


def evidence(found: Settled) -> pd.DataFrame:
    """Return what spoke for each number of clusters when the model was made, and which is used."""
    import pandas as pd

    k = found.model.k if found.model else 1
    frame = pd.DataFrame([dict(one) for one in found.evidence], columns=[c for c in EVIDENCE if c != "used"])
    frame = frame.astype({"k": "int64"} | dict.fromkeys(frame.columns[1:], "float64"))
    return frame.assign(used=["yes" if one == k else "no" for one in frame["k"]]).astype({"used": "str"})


def facts(data: Dataset, settings: SegmentsSettings, found: Settled, tables: Mapping[str, Table],
          moved: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return the number of clusters, how far they hold, and who moved; beside them last month's and last year's."""
    migration = tables["migration"].frame if "migration" in tables else None
    now = numbers(found.model) | {
        "moved_share": movement.moved_share(migration) if migration is not None else None,
        "drift_psi": moved.get("psi"), "drift_distance": moved.get("distance"),
        "refit_advised": moved["advised"] * 1 if moved else None}
    then, ago = (numbers(model) if model else {} for model in (
        store.made_by(data.previous(1), settings), store.made_by(data.previous(12), settings)))
    return tuple(Fact(key, now[key], unit, previous=then.get(key), year_ago=ago.get(key),
                      note=why(key, found, now[key])) for key, unit in UNITS.items())


def numbers(model: Model | None) -> dict[str, Any]:
    """Return what is said of the clusters in use."""
    if model is None:
        return {"count": 1, "k": 1, "stable": 0, "prediction_strength": 1.0, "stability": None}
    return {"count": model.k, "k": model.k, "stable": (model.grade == "strong") * 1,
            "prediction_strength": model.prediction_strength, "stability": model.stability}


def why(key: str, found: Settled, value: Any) -> str | None:
    """Return the sentence that says why a fact has no value, or what one that follows from nothing means."""
    if value is not None:
        return "by_definition" if key == "prediction_strength" and found.model is None else None
    if found.model is None:
        return "no_clusters"
    return "not_tried" if key in ("prediction_strength", "stability") else "no_previous"


def checks(found: Settled, people: pd.DataFrame, now: pd.DataFrame, settings: SegmentsSettings,
           moved: Mapping[str, Any]) -> tuple[Check, ...]:
    """Return what must hold: everybody in one computed segment, every buyer in one cluster; and what should."""
    bought = int((people["frequency"] > 0).sum())
    strength = found.model.prediction_strength if found.model else None
    done = [Check("everyone_once", bool(people["rule_segment"].isin(rules.LIFECYCLE).all()), len(people), len(people),
                  "stop"),
            Check("buyers_once", len(now) == bought and now["customer_key"].is_unique, len(now), bought, "stop"),
            Check("clusters_stable", found.grade == "strong", strength, settings.prediction_strength, "info")]
    if moved:
        done += [Check("no_drift", not moved["features"], moved["psi"], settings.drift.psi, "warn"),
                 Check("no_distance", moved["distance"] <= settings.drift.distance, moved["distance"],
                       settings.drift.distance, "warn")]
    return tuple(done)


def notes(data: Dataset, found: Settled, settings: SegmentsSettings,
          now: pd.DataFrame) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return what may be said of the clusters, and with what they were found."""
    values: dict[str, Any] = {
        "k": found.model.k if found.model else 1, "limit": settings.prediction_strength, "buyers": len(now),
        "strength": found.model.prediction_strength if found.model else None}
    if found.model is None:
        said: list[tuple[str, dict[str, Any]]] = [(refused(found, settings), values | {"strength": highest(found)})]
    else:
        said = [(found.grade, values), ("frozen" if found.model.month <= data.month else "frozen_later",
                                       {"month": found.model.month, "customers": found.model.customers})]
        said += [("slices", {})] * sliced(found)
    said += [("refit_found_none", {"month": data.month})] * found.stayed
    said += [(f"features_{reason}", {"features": "+".join(names)}) for reason, names in sorted(found.left_out.items())
             if names and (found.model is None or found.model.month == data.month)]
    said += disagreement(found, settings)
    said += [("people_counted", {})] * by_account(data)
    if data.oldest is not None and (data.as_of - data.oldest).days < SHORT_DAYS:
        said.append(("short_history", {"days": (data.as_of - data.oldest).days}))
    return tuple(said)


def refused(found: Settled, settings: SegmentsSettings) -> str:
    """Return why there are no clusters: too few customers, nothing that comes again, or one cloud cut alike."""
    if found.grade == store.FEW:
        return "too_few"
    return "one_cloud" if (highest(found) or 0.0) >= settings.prediction_strength else "none_stable"


def highest(found: Settled) -> float | None:
    """Return the highest prediction strength of more than one cluster; None where none was tried."""
    return max((one["prediction_strength"] for one in found.evidence if one["k"] > 1), default=None)


def sliced(found: Settled) -> bool:
    """Whether two of the clusters in use are slices of one cloud: they meet where most customers are."""
    k = found.model.k if found.model else 1
    return any(one["k"] == k and one["valley"] > VALLEY for one in found.evidence if k > 1)


def disagreement(found: Settled, settings: SegmentsSettings) -> list[tuple[str, dict[str, Any]]]:
    """Return that the settings ask for what the frozen model is not, if so."""
    model = found.model
    if model is None or settings.k in (None, model.k):
        return []
    return [("other_k", {"k": model.k, "wanted": settings.k, "month": model.month})]


def movement_notes(tables: Mapping[str, Table], moved: Mapping[str, Any],
                   found: Settled) -> list[tuple[str, dict[str, Any]]]:
    """Return who moved, what was renewed, and whether the model has grown old."""
    said: list[tuple[str, dict[str, Any]]] = []
    if found.before and found.model:
        said.append(("renewed", {"k": found.model.k, "before": found.before.k, "month": found.before.month}))
    if "migration" in tables and (share := movement.moved_share(tables["migration"].frame)) is not None:
        said.append(("moved", {"share": share}))
    if moved and moved["unknown"]:
        said.append(("unknown_values", {"customers": moved["unknown"]}))
    if moved and moved["advised"]:
        key = "drift_features" if moved["features"] else "drift_distance"
        said.append((key, {"features": "+".join(moved["features"][:3]), "distance": moved["distance"]}))
    return said


def figures(found: Settled, settings: SegmentsSettings) -> dict[str, Figure]:
    """Return the chart of the evidence, where more than one number was tried.

    Its title tells of the number in use or, where none is or it was not tried, of the one found again best.
    """
    if len(found.evidence) < 2:
        return {}
    k, by = found.model.k if found.model else 1, {int(one["k"]): one["prediction_strength"] for one in found.evidence}
    told = k if found.model and k in by else max((one for one in by if one > 1), key=lambda one: (by[one], -one))
    verdict = refused(found, settings) if found.model is None else found.grade if k in by else "untried"
    values = {"k": k, "tried": told, "strength": by[told], "verdict": verdict}
    return {"evidence": Figure(plot_evidence, "evidence", values, size=(7.2, 3.2))}


def plot_evidence(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how reproducible each number of clusters is, with the limits of stable and of a working typology."""
    from crmlib import theme

    used = [k for k, is_used in zip(frame["k"], frame["used"], strict=True) if is_used == "yes"]
    charts.columns(frame, ax, words, x="k", value="prediction_strength", unit="score", accent=tuple(used))
    ax.axhline(0.8, color=theme.GREY, linewidth=1.2, linestyle=(0, (4, 3)), zorder=0.5)
    return ax


def typical(result: Result) -> Table | None:
    """Return how everyone buys, where customers are not divided: no group has anything to be compared with then."""
    table = result.tables.get("profile")
    if table is None or table.frame["cluster"].nunique() != 1:
        return table
    names = ("feature", "median", "unit")
    return replace(table, frame=table.frame[list(names)], columns={name: table.columns[name] for name in names},
                   count=None, within=(), name="typical")


def drifted(result: Result) -> Table | Aside | None:
    """Return the table of drift; where it would hold nothing but zeros, the sentence that says so."""
    table = result.tables.get("drift")
    if table is None or table.frame["psi"].max() >= SEEN or table.frame["unknown"].any():
        return table
    limit = float(table.frame["limit"].iloc[0])
    return Aside("no_drift", {"features": len(table.frame), "limit": limit}, result.analysis)


def by_attribute(result: Result) -> tuple[Figure, ...]:
    """Return the charts of the cross tables, in the order of the settings."""
    return tuple(figure for name, figure in result.figures.items() if name.startswith("cross_"))


EVIDENCE = {"k": Column("count"), "prediction_strength": Column("score"), "stability": Column("score"),
            "gap": Column("score"), "gap_error": Column("score"), "valley": Column("score"), "used": Column("code")}

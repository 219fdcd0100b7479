"""From a model to everybody's cluster: one expression in SQL, the same on every engine, thread count and row order.

Each customer's label follows from that customer's own row and the model alone. The text keeps to what all engines
agree on: double arithmetic in a written order, LN, CASE; no rounding, no aggregate.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmlib.analyses.segments.catalogue import CATEGORIES, CATEGORY, LOG, Feature, feature
from crmlib.dataset.marts import publish
from crmlib.engine import statements

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.segments.model import Levels, Model, Scaled
    from crmlib.dataset import Dataset
    from crmlib.settings import SegmentsSettings

NOWHERE = ""
#: What is kept beside the features, and where it comes from.
KEPT = {"money": "net", "said": "score"}


def number(value: float) -> str:
    """Return a double literal; without the exponent engines would take it for a decimal."""
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def literal(value: str) -> str:
    """Return a text literal."""
    return "'" + value.replace("'", "''") + "'"


def values_sql(features: Sequence[Feature], table: str) -> str:
    """Return the text that gives each customer's values: customer_key, money, said, n (purchases), v1, v2, …."""
    listed = ", ".join(f"{f.value} AS v{i}" for i, f in enumerate(features, 1))
    kept = ", ".join(f"{column} AS {name}" for name, column in KEPT.items())
    return f"SELECT customer_key, {kept}, CAST(orders AS DOUBLE) AS n, {listed} FROM {table}"


def scaled_sql(part: Scaled, kind: str, column: str) -> str:
    """Return a value as the model sees it: logarithm, few purchases filled up, cut, standardised; 0 where not known."""
    shown = f"LN(1e0 + CASE WHEN {column} > 0e0 THEN {column} ELSE 0e0 END)" if kind == LOG else column
    if part.shrink > 0:
        shown = f"({shown} * n + {number(part.shrink * part.prior)}) / (n + {number(part.shrink)})"
    low, high = number(part.low), number(part.high)
    cut = f"CASE WHEN {shown} < {low} THEN {low} WHEN {shown} > {high} THEN {high} ELSE {shown} END"
    factor = number(part.weight / part.deviation)
    return f"CASE WHEN {column} IS NULL THEN 0e0 ELSE ({cut} - {number(part.mean)}) * {factor} END"


def coded_sql(part: Levels, column: str) -> list[str]:
    """Return one indicator a level, less its share, ÷ √share; a level the model does not know counts as not known."""
    known = ", ".join(literal(level) for level in part.levels)
    return [f"CASE WHEN {column} IN ({known}) THEN (CASE WHEN {column} = {literal(level)} THEN 1e0 ELSE 0e0 END "
            f"- {number(share)}) * {number(share ** -0.5)} ELSE 0e0 END"
            for level, share in zip(part.levels, part.shares, strict=True)]


def assign_sql(model: Model, table: str) -> str:
    """Return the text that puts every customer of a table of features into the nearest cluster.

    Returns
    -------
    str
        Columns customer_key, cluster (code), distance (to its centre, in standard deviations), then money (net, minor
        units), said (last answer), and the value of each feature as v1, v2, … in the order of ``Model.names``.
    """
    features = features_of(model)
    kinds = {f.name: f.kind for f in features}
    columns = [scaled_sql(part, kinds[part.name], f"v{i}") for i, part in enumerate(model.scaled, 1)]
    for i, part in enumerate(model.coded, len(model.scaled) + 1):
        columns += coded_sql(part, f"v{i}")
    kept = ", ".join(("customer_key", *KEPT, *(f"v{i}" for i in range(1, len(features) + 1))))
    scaled = ", ".join(f"{text} AS x{i}" for i, text in enumerate(columns, 1))
    distances = ", ".join(f"{_square(c.centre)} AS d{j}" for j, c in enumerate(model.clusters, 1))
    near = " ".join(f"WHEN {' AND '.join(f'd{j} <= d{i}' for i in range(j + 1, model.k + 1))} THEN {{{j}}}"
                    for j in range(1, model.k))
    pick = {j: literal(c.code) for j, c in enumerate(model.clusters, 1)}
    return (f"SELECT {kept}, {_case(near, model.k, pick)} AS cluster, "
            f"SQRT({_case(near, model.k, {j: f'd{j}' for j in pick})}) AS distance FROM (\n"
            f"SELECT {kept}, {distances} FROM (\nSELECT {kept}, {scaled} FROM (\n"
            f"{values_sql(features, table)}\n) AS valued\n) AS scaled\n) AS measured")


def _square(centre: Sequence[float]) -> str:
    return " + ".join(f"(x{i} - {number(at)}) * (x{i} - {number(at)})" for i, at in enumerate(centre, 1))


def _case(near: str, last: int, pick: dict[int, str]) -> str:
    """Return the choice of the nearest: the first whose distance is no larger than those of all after it."""
    text = near
    for j, value in pick.items():
        text = text.replace(f"{{{j}}}", value)
    return f"CASE {text} ELSE {pick[last]} END"


def features_of(model: Model) -> list[Feature]:
    """Return the features of a model, each with the place its category has among those of the model."""
    held = categories_of(model.names)
    return [feature(name, held) for name in model.names]


def categories_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return the categories of goods among the names of features."""
    return tuple(name.removeprefix(CATEGORY) for name in names if name.startswith(CATEGORY))


def stored(data: Dataset, settings: SegmentsSettings, names: Sequence[str]) -> str:
    """Return the name of a table with every buyer's row of ``segment_features``, computed and kept on first use."""
    given = parameters(data, categories_of(names))
    tables = side_tables(data, settings)
    texts = [statements.text(s) for s in statements.closure("segment_features")]
    told = [texts, data.shared("customer_segment"), sorted((k, str(v)) for k, v in {**data.basis, **given}.items()),
            {name: frame.astype(str).to_numpy().tolist() for name, frame in tables.items()}]
    key = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
    path, name = data.folder / "shared" / f"segment_features-{key}.parquet", f"segment_features_{key}"
    if not path.is_file():
        for alias, frame in tables.items():
            data.engine.register(alias, frame)
        text = statements.compose("segment_features", {"customer_segment": data.shared("customer_segment")})
        values = {**data.basis, **given}
        staging = path.with_name(f".{path.name}.{os.getpid()}")
        data.engine.write(text, staging, **{p: values[p] for p in statements.parameters(text)})
        publish(staging, path)
    data.engine.register(name, path)
    return name


def parameters(data: Dataset, held: Sequence[str]) -> dict[str, Any]:
    """Return the values ``segment_features`` asks for beside those of every statement."""
    places = {f"category_{i + 1}": held[i] if i < len(held) else NOWHERE for i in range(CATEGORIES)}
    return {**places, "since_year": data.previous(12).as_of, "metric": metric(data)}


def metric(data: Dataset) -> str:
    """Return the metric of satisfaction that stands beside clusters: NPS where it is asked, else the first."""
    asked = data.settings.satisfaction.metrics
    return next((m.key for m in asked if m.statistic == "nps"), asked[0].key)


def side_tables(data: Dataset, settings: SegmentsSettings) -> dict[str, pd.DataFrame]:
    """Return the small tables the statements of this page read: channels that are online, how answers are scored."""
    import pandas as pd

    said = data.settings.satisfaction
    metrics = [(m.key, said.question(m), *map(float, m.scale), m.statistic != "mean") for m in said.metrics]
    labels = [(m.key, label.strip(), float(score)) for m in said.metrics for label, score in m.labels.items()]
    kinds = {"metric": "str", "question": "str", "lowest": "float64", "highest": "float64", "whole": "bool"}
    return {
        "segment_channels": pd.DataFrame({"channel": pd.Series(list(dict.fromkeys(settings.online)), dtype="str")}),
        "satisfaction_metrics": pd.DataFrame(metrics, columns=list(kinds)).astype(kinds),
        "satisfaction_labels": pd.DataFrame(labels, columns=["metric", "label", "points"]).astype(
            {"metric": "str", "label": "str", "points": "float64"}).drop_duplicates(["metric", "label"]),
    }


def assigned(data: Dataset, settings: SegmentsSettings, model: Model) -> pd.DataFrame:
    """Return every buyer's cluster, in the order of their keys: the columns of ``assign_sql``."""
    table = stored(data, settings, model.names)
    return data.sql(f"SELECT * FROM (\n{assign_sql(model, table)}\n) AS found ORDER BY customer_key")

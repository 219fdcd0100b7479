"""From customers to a model: which features can be used, how many clusters there are, and where their centres lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from crmlib.analyses.segments import naming
from crmlib.analyses.segments.assigning import categories_of, stored, values_sql
from crmlib.analyses.segments.catalogue import (
    CATEGORY,
    CODE,
    FEATURES,
    LOG,
    STANDARD,
    Feature,
    categories,
    feature,
    weight,
)
from crmlib.analyses.segments.model import Cluster, Levels, Model, Scaled, shortened
from crmlib.errors import CrmError
from crmlib.methods import clustering

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import SegmentsSettings

#: Customers a cluster must have at least, on average.
PER_CLUSTER = 30
#: Levels of an attribute that get an indicator of their own; rarer ones count as not known.
LEVELS, RARE = 10, 0.02
#: Where so many have the same value, a feature counts as constant.
ALIKE = 0.95
CHOSEN, WEAK, STRONG, NONE = "chosen", "weak", "strong", "none"


@dataclass(frozen=True)
class Fitted:
    """What looking for clusters gave.

    Attributes
    ----------
    model : Model or None
        None where nothing stable was found.
    grade : str
        ``strong``, ``weak``, ``chosen`` (the shop set k and the evidence does not reach), ``none``, or ``few``.
    evidence : tuple of dict
        k, prediction_strength, stability, gap, gap_error, valley for each k that was tried.
    left_out : dict of str to tuple of str
        Why features were not used: ``constant``, ``missing``, ``rarely_known``.
    buyers : int
    """

    model: Model | None
    grade: str
    evidence: tuple[dict[str, float], ...]
    left_out: dict[str, tuple[str, ...]]
    buyers: int


def wanted(data: Dataset, settings: SegmentsSettings) -> tuple[str, ...]:
    """Return the names of the features asked for.

    Raises
    ------
    CrmError
        ``analyses.unknown_feature`` with those there are.
    """
    goods = tuple(CATEGORY + name for name in categories(data))
    if settings.features is None:
        return (*STANDARD, *goods)
    unknown = [name for name in settings.features if name not in FEATURES and name != "categories"]
    if unknown:
        raise CrmError("analyses.unknown_feature", where=data.settings.where("segments.features"),
                       name=", ".join(unknown), allowed=[*FEATURES, "categories"])
    named = [name for name in settings.features if name != "categories"]
    return tuple(dict.fromkeys((*named, *(goods if "categories" in settings.features else ()))))


def fit(data: Dataset, settings: SegmentsSettings) -> Fitted:
    """Look for clusters among all who have bought by now, on a sample by hash where they are many."""
    names = wanted(data, settings)
    held = categories_of(names)
    table = stored(data, settings, names)
    buyers = int(data.sql(f"SELECT CAST(COUNT(*) AS BIGINT) AS n FROM {table}")["n"].iloc[0])
    features = [feature(name, held) for name in names]
    lacking = tuple(f.name for f in features if data.missing(f.needs))
    if buyers < 2 * PER_CLUSTER or len(lacking) == len(features):
        return Fitted(None, "few", (), {"missing": lacking}, buyers)
    sample = sampled(data, [f for f in features if f.name not in lacking], table, settings.sample)
    used = tuple(name for name in names if name not in lacking)
    found = fitted(sample, used, settings, head(data, buyers, len(sample)))
    left = {"missing": lacking, **found.left_out}
    model = replace(found.model, left_out=left) if found.model else None
    return replace(found, model=model, left_out=left, buyers=buyers)


def sampled(data: Dataset, features: Sequence[Feature], table: str, size: int) -> pd.DataFrame:
    """Return the values of at most ``size`` customers, those with the smallest hash, a column per feature."""
    chosen = f"SELECT * FROM (\n{values_sql(features, table)}\n) AS valued"
    found = data.sql(f"{chosen} ORDER BY md5(customer_key), customer_key LIMIT {int(size)}")
    return found.rename(columns={f"v{i}": f.name for i, f in enumerate(features, 1)})


def head(data: Dataset, customers: int, sample: int) -> dict[str, Any]:
    """Return what a model says of where it is from."""
    return {"shop": data.settings.shop.id, "month": data.month, "as_of": data.as_of.isoformat(),
            "currency": data.currency, "decimals": data.decimals, "customers": customers, "sample": sample}


def fitted(sample: pd.DataFrame, names: tuple[str, ...], settings: SegmentsSettings, about: dict[str, Any]) -> Fitted:
    """Return what a sample of customers gives.

    Parameters
    ----------
    sample : pandas.DataFrame
        n (purchases), money (net), and a column for each of the features ``names``.
    about : dict
        What the model says of where it is from (``head``).
    """
    known = {name: float(sample[name].notna().mean()) for name in names}
    rare = tuple(n for n in names if known[n] < settings.coverage)
    used = [n for n in names if n not in rare]
    scaled = {n: numbers(sample, n, names) for n in used if _kind(n) != CODE}
    coded = {n: levels(sample, n) for n in used if _kind(n) == CODE}
    constant = tuple(n for n in used if alike(sample[n]) or (n in scaled and not scaled[n].deviation > 0)
                     or (n in coded and len(coded[n].levels) < 2))
    parts = tuple(part for n, part in scaled.items() if n not in constant)
    indicators = tuple(part for n, part in coded.items() if n not in constant)
    left = {"constant": constant, "rarely_known": rare}
    if not parts and not indicators:
        return Fitted(None, NONE, (), left, len(sample))
    points = matrix(sample, parts, indicators)
    found = clustering.evidence(clustering.in_order(clustering.sampled(points, settings.evidence_sample)),
                                settings.k_max, settings.resamples, settings.seed)
    told = tuple(asdict(one) for one in found)
    choice = chosen(found, settings, len(sample))
    if choice.k < 2:
        return Fitted(None, choice.grade, told, left, len(sample))
    model = made(sample, points, (parts, indicators), choice, told, about, settings.seed)
    return Fitted(model, choice.grade, told, left, len(sample))


def chosen(found: tuple[clustering.Evidence, ...], settings: SegmentsSettings, rows: int) -> clustering.Choice:
    """Return the number of clusters: the shop's own, else what the evidence allows; never more than can be filled."""
    most = max(1, rows // PER_CLUSTER)
    allowed = tuple(e for e in found if e.k <= most)
    choice = clustering.choose(allowed, settings.prediction_strength, settings.weak_strength)
    if settings.k is None:
        return choice
    k = min(settings.k, most)
    strength = next((e.prediction_strength for e in found if e.k == k), 0.0)
    grade = STRONG if strength >= settings.prediction_strength else CHOSEN
    return clustering.Choice(k, grade if k > 1 else NONE)


def _kind(name: str) -> str:
    return FEATURES[name].kind if name in FEATURES else feature(name, (name.removeprefix(CATEGORY),)).kind


def numbers(sample: pd.DataFrame, name: str, names: tuple[str, ...]) -> Scaled:
    """Return how one feature in numbers is scaled, from the customers of whom it is known."""
    import numpy as np

    about = FEATURES.get(name) or feature(name, (name.removeprefix(CATEGORY),))
    value = sample[name].to_numpy(dtype=float, na_value=np.nan)
    shown = _shown(value, about.kind)
    prior = float(np.nanmean(shown))
    scale = clustering.scaling(_shrunk(shown, sample["n"].to_numpy(), prior, about.shrink)[np.isfinite(value), None])
    # As the file will hold them, so that a value on an edge is counted on the same side now and later.
    edges = [shortened(edge) for edge in clustering.bins(value)]
    low, high, mean, deviation = (float(a[0]) for a in (scale.low, scale.high, scale.mean, scale.deviation))
    return Scaled(name, low, high, mean, deviation, prior, about.shrink, weight(name, names), tuple(edges),
                  tuple(clustering.shares(value, edges)))


def alike(values: pd.Series) -> bool:
    """Whether nearly everybody of whom it is known has the same value: then it says nothing of the others' kind."""
    return bool(values.value_counts(normalize=True).max() >= ALIKE)


def levels(sample: pd.DataFrame, name: str) -> Levels:
    """Return the levels of one feature in codes that get an indicator, commonest first."""
    counts = sample[name].value_counts()
    kept = sorted(((int(n), str(level)) for level, n in counts.items() if n >= RARE * len(sample)),
                  key=lambda pair: (-pair[0], pair[1]))[:LEVELS]
    known = sum(n for n, _ in kept)
    return Levels(name, tuple(level for _, level in kept), tuple(n / known for n, _ in kept))


def _shown(value: np.ndarray, kind: str) -> np.ndarray:
    import numpy as np

    return np.log1p(np.maximum(value, 0.0)) if kind == LOG else value


def _shrunk(shown: np.ndarray, purchases: np.ndarray, prior: float, shrink: float) -> np.ndarray:
    return (shown * purchases + shrink * prior) / (purchases + shrink) if shrink > 0 else shown


def matrix(sample: pd.DataFrame, parts: Sequence[Scaled], indicators: Sequence[Levels]) -> np.ndarray:
    """Return the customers as points: what ``assigning.assign_sql`` says in SQL, in numpy."""
    import numpy as np

    columns, purchases = [], sample["n"].to_numpy()
    for part in parts:
        value = sample[part.name].to_numpy(dtype=float, na_value=np.nan)
        shown = _shrunk(_shown(value, _kind(part.name)), purchases, part.prior, part.shrink)
        point = (np.clip(shown, part.low, part.high) - part.mean) * (part.weight / part.deviation)
        columns.append(np.where(np.isfinite(value), point, 0.0))
    for codes in indicators:
        known = sample[codes.name].isin(codes.levels).to_numpy(dtype=bool)
        for level, share in zip(codes.levels, codes.shares, strict=True):
            is_it = (sample[codes.name] == level).fillna(False).to_numpy(dtype=bool)
            columns.append(np.where(known, (is_it - share) * share ** -0.5, 0.0))
    return np.column_stack(columns)


def made(sample: pd.DataFrame, points: np.ndarray, features: tuple[tuple[Scaled, ...], tuple[Levels, ...]],
         choice: clustering.Choice, told: tuple[dict[str, float], ...], about: dict[str, Any], seed: int) -> Model:
    """Return the model: clusters by what their customers bring, most first, named by what sets them apart."""
    import numpy as np

    centres = clustering.kmeans(clustering.in_order(points), choice.k, seed)
    label = clustering.nearest(points, centres)
    money = np.array([float(sample["money"].to_numpy(dtype=float)[label == i].mean()) if (label == i).any() else 0.0
                      for i in range(choice.k)])
    order = sorted(range(choice.k), key=lambda i: (-money[i], tuple(centres[i])))
    away = np.sqrt(((points - centres[label]) ** 2).sum(axis=1))
    signs = naming.signs([centres[i] for i in order], *features)
    words = {locale: naming.named(signs, locale) for locale in ("ja", "en")}
    clusters = tuple(
        Cluster(f"c{j}", words["ja"][j - 1], words["en"][j - 1], tuple(float(v) for v in centres[i]),
                float((label == i).mean())) for j, i in enumerate(order, 1))
    one = next((e for e in told if e["k"] == choice.k), {})
    return Model(**about, grade=choice.grade, prediction_strength=one.get("prediction_strength"),
                 stability=one.get("stability"), distance=max(float(away.mean()), 1e-9), scaled=features[0],
                 coded=features[1], clusters=clusters, evidence=told, left_out={})

"""What each cluster is like: size, sales, medians beside everybody's, goods, satisfaction, who may be contacted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.segments.assigning import features_of, metric
from crmlib.analyses.segments.catalogue import CODE, FEATURES, Feature
from crmlib.analyses.segments.naming import number, numbered
from crmlib.methods import intervals
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.analyses.segments.model import Model
    from crmlib.dataset import Dataset
    from crmlib.text import Text

#: Distinguishing facts and categories of goods told of each cluster.
TOLD = 3
#: A category must be bought by so many customers of a cluster before it is told of it.
BUYERS = 30
#: Index from which on a cell is as dark as can be.
DARKEST = 300
#: What is told of everybody where there are no clusters.
EVERYONE = "all"
CHANNELS = ("mail", "sms", "line", "post", "phone")
WHOLE = ("recency_days", "purchase_days", "basket", "lines", "discount_share", "monetary")


def shown(model: Model | None) -> list[Feature]:
    """Return the features whose medians are told: those of the model in numbers, and the money in all."""
    if model is None:
        return [FEATURES[name] for name in WHOLE]
    used = [f for f in features_of(model) if f.kind != CODE]
    return used if any(f.name == "monetary" for f in used) else [*used, FEATURES["monetary"]]


def profile(people: pd.DataFrame, features: Sequence[Feature], codes: Sequence[str], data: Dataset) -> pd.DataFrame:
    """Return size, sales and the median of each feature per cluster, with the index against all buyers.

    Parameters
    ----------
    people : pandas.DataFrame
        cluster, money (net, minor units), and a column per feature.

    Returns
    -------
    pandas.DataFrame
        cluster, customers, share, sales, feature, median (money in major units), index (100 = the median of all buyers
        of whom it is known), unit, apart (the median's distance from that of all, in quartile ranges ÷ 1.35).
    """
    import pandas as pd

    units = {f.name: data.currency if f.unit == "money" else f.unit for f in features}
    scales = {f.name: 10.0 ** data.decimals if f.unit == "money" else 1.0 for f in features}
    rows = []
    for code in codes:
        inside = people[people["cluster"] == code]
        for f in features:
            middle, everyone, spread = _middle(inside[f.name]), _middle(people[f.name]), _spread(people[f.name])
            index = 100 * middle / everyone if middle is not None and everyone else None
            apart = (middle - everyone) / spread if middle is not None and everyone is not None and spread else None
            rows.append((code, len(inside), len(inside) / max(len(people), 1), int(inside["money"].sum()), f.name,
                         None if middle is None else middle / scales[f.name], index, units[f.name], apart))
    kinds = {"cluster": "str", "customers": "int64", "share": "float64", "sales": "int64", "feature": "str",
             "median": "float64", "index": "float64", "unit": "str", "apart": "float64"}
    return pd.DataFrame(rows, columns=list(PROFILE)).astype(kinds)


def _middle(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.median()) if len(known) else None


def _spread(values: pd.Series) -> float:
    """Return the quartile range as a standard deviation; the plain deviation where half of all are alike."""
    known = values.dropna().astype(float)
    if known.empty:
        return 0.0
    width = float(known.quantile(0.75) - known.quantile(0.25)) / 1.349
    return width or float(known.std(ddof=0))


def cards(people: pd.DataFrame, codes: Sequence[str], data: Dataset) -> pd.DataFrame:
    """Return one row per cluster: its size, its part of the sales, satisfaction, and who may be contacted.

    Returns
    -------
    pandas.DataFrame
        cluster, customers, share, sales, sales_share, answers, score, score_low, score_high (95 %; points for NPS, else
        a mean), and per channel the share of customers who did not refuse it, where refusals are recorded at all.
    """
    import pandas as pd

    whole = int(people["money"].sum())
    refused = contact(data, people)
    rows = []
    for code in codes:
        inside = people[people["cluster"] == code]
        money = int(inside["money"].sum())
        n, value, low, high = satisfaction(inside["said"], data)
        open_to = [1 - refused[channel].get(code, 0) / len(inside) if channel in refused and len(inside) else None
                   for channel in CHANNELS]
        rows.append((code, len(inside), len(inside) / max(len(people), 1), money, money / whole if whole > 0 else None,
                     n, value, low, high, *open_to))
    kinds = dict.fromkeys(CARDS, "float64") | {"cluster": "str", "customers": "int64", "sales": "int64",
                                              "answers": "int64"}
    return pd.DataFrame(rows, columns=list(CARDS)).astype(kinds)


def satisfaction(said: pd.Series, data: Dataset) -> tuple[int, float | None, float | None, float | None]:
    """Return number, value and 95 % interval of the last answers of a group: NPS in points, else their mean."""
    known = said.dropna().astype(float)
    asked = next(m for m in data.settings.satisfaction.metrics if m.key == metric(data))
    if known.empty:
        return 0, None, None, None
    if asked.statistic == "nps":
        counts = [int((known <= 6).sum()), int(((known > 6) & (known < 9)).sum()), int((known >= 9).sum())]
        low, high = intervals.nps_interval(counts) or (None, None)
        value, low, high = (None if v is None else 100 * v for v in (intervals.nps(counts), low, high))
        return len(known), value, low, high
    values = known.value_counts().sort_index()
    low, high = intervals.mean_interval(values.index.to_numpy(), values.to_numpy()) or (None, None)
    return len(known), float(known.mean()), low, high


def contact(data: Dataset, people: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return, per channel of which anything is recorded, how many customers of each cluster refused it."""
    flags = [channel for channel in CHANNELS if data.has(f"customers.opt_in_{channel}")]
    said = data.sql("SELECT DISTINCT channel FROM consents ORDER BY channel")["channel"].tolist() if (
        data.has("consents")) else []
    recorded = [c for c in CHANNELS if c in flags or c in said or "all" in said]
    if not recorded:
        return {}
    labelled(data, people)
    found = data.query("segment_contact", purpose=data.settings.privacy.contact_purpose)
    table: dict[str, dict[str, int]] = {channel: {} for channel in recorded}
    for cluster, channel, refused in found.itertuples(index=False):
        if channel in table:
            table[channel][cluster] = int(refused)
    return table


def labelled(data: Dataset, people: pd.DataFrame) -> None:
    """Make the table ``segment_labels`` that statements on clusters read."""
    data.engine.register("segment_labels", people[["customer_key", "cluster"]])


def goods(data: Dataset, people: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame | None:
    """Return what each cluster buys more of than all buyers: its share of the money of the last twelve months.

    Returns
    -------
    pandas.DataFrame or None
        cluster, customers (of the cluster who bought of it), category, share (of the cluster's money), index (100 = the
        share of all buyers); the categories of the finest of two levels that has no more than 40. None without
        categories.
    """
    import pandas as pd

    if not data.has("products.category_1"):
        return None
    labelled(data, people)
    level = 1
    if data.has("products.category_2"):
        finer = data.sql("SELECT CAST(COUNT(DISTINCT category_2) AS BIGINT) AS n FROM products")["n"].iloc[0]
        level = 2 if finer <= 40 else 1
    found = data.query("segment_goods", level=level, since_year=data.previous(12).as_of)
    if found.empty:
        return None
    money = found.groupby("cluster")["gross"].transform("sum")
    overall = found.groupby("category")["gross"].transform("sum") / int(found["gross"].sum())
    table = found.assign(share=found["gross"] / money)
    table = table.assign(index=100 * table["share"] / overall, place=table["cluster"].map(list(codes).index))
    table = table.sort_values(["place", "index", "category"], ascending=[True, False, True], ignore_index=True)
    return pd.DataFrame(table[list(GOODS)]).astype({"cluster": "str", "category": "str"})


def leading(frame: pd.DataFrame | None, cluster: str) -> list[tuple[str, float]]:
    """Return the categories a cluster buys far more of than others: more than a fifth, by enough customers."""
    if frame is None:
        return []
    part = frame[(frame["cluster"] == cluster) & (frame["customers"] >= BUYERS) & (frame["index"] >= 120)]
    return [(str(c), float(i)) for c, i in zip(part["category"], part["index"], strict=True)][:TOLD]


def distinct(frame: pd.DataFrame, cluster: str) -> list[dict[str, Any]]:
    """Return the features that set a cluster apart most: feature, median, index, unit, apart; at most three."""
    part = frame[(frame["cluster"] == cluster) & frame["apart"].notna()]
    order = part.assign(size=part["apart"].abs()).sort_values(["size", "feature"], ascending=[False, True])
    kept = order[order["size"] >= 0.25].head(TOLD)
    return [{str(k): v for k, v in row.items()} for row in kept.to_dict("records")]


def tables(people: pd.DataFrame, model: Model | None, data: Dataset) -> dict[str, Table]:
    """Return the tables of what clusters are like."""
    codes = model.codes if model else (EVERYONE,)
    frame = profile(people, shown(model), codes, data)
    found = {"profile": Table(frame, PROFILE, count="customers", within=("feature",))}
    if model is None:
        return found
    found["cards"] = Table(cards(people, codes, data), CARDS, count="customers")
    bought = goods(data, people, codes)
    if bought is not None:
        found["goods"] = Table(bought, GOODS, count="customers", within=("cluster",), across=("category",))
    return found


def figures(found: Mapping[str, Table], model: Model | None) -> dict[str, Figure]:
    """Return the charts of what clusters are like."""
    if model is None:
        return {}
    frame = found["cards"].frame
    drawn = {"profile": Figure(plot_profile, "profile", {"k": model.k},
                               size=(7.2, 1.2 + 0.5 * found["profile"].frame["feature"].nunique()))}
    known = frame.dropna(subset=["sales_share"])
    if len(known):
        top = known.sort_values(["sales_share", "cluster"], ascending=[False, True]).iloc[0]
        values = {"cluster": top["cluster"], "share": float(top["share"]), "sales": float(top["sales_share"])}
        drawn["sizes"] = Figure(plot_sizes, "cards", values, size=(7.2, 0.9 + 0.4 * len(frame)))
    return drawn


def plot_sizes(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each cluster's share of sales, with its share of the customers beside it."""
    named = frame.assign(name=[numbered("cluster", code, words) for code in frame["cluster"]])
    return charts.bars(named, ax, words, label="name", value="sales_share", unit="ratio", other=("share", "ratio"))


def plot_profile(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the index of each feature per cluster, 100 being the median of all buyers; beyond 300 equally dark."""
    known = frame[frame.groupby("feature")["index"].transform("count") > 0]
    shown = known.assign(no=[number(code) for code in known["cluster"]], seen=known["index"].clip(upper=DARKEST),
                         index=known["index"].round())
    return charts.heatmap(shown, ax, words, row="feature", column="no", value="seen", unit="index", told="index")


PROFILE = {"cluster": Column("code"), "customers": Column("customers"), "share": Column("ratio"),
           "sales": Column("money"), "feature": Column("code"), "median": Column("measured"), "index": Column("score"),
           "unit": Column("unit"), "apart": Column("score")}
CARDS = {"cluster": Column("code"), "customers": Column("customers"), "share": Column("ratio"),
         "sales": Column("money"), "sales_share": Column("ratio"), "answers": Column("responses"),
         "score": Column("score"), "score_low": Column("score"), "score_high": Column("score")} | dict.fromkeys(
             CHANNELS, Column("ratio"))
GOODS = {"cluster": Column("code"), "customers": Column("customers"), "category": Column("code"),
         "share": Column("ratio"), "index": Column("score")}

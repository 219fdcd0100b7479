"""Segments by rule: the computed ones, complete and exclusive, and those the shop writes, several to a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.segments import conditions
from crmlib.dataset import snapshots
from crmlib.dataset.segment_map import segments
from crmlib.errors import CrmError
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import SegmentsSettings
    from crmlib.text import Text

LIFECYCLE = ("regular", "occasional", "first_timer", "lapsed", "prospect")
#: Between several segments of one customer in customers.parquet.
BETWEEN = ";"


def members(data: Dataset, settings: SegmentsSettings) -> pd.DataFrame:
    """Return every known customer with what a rule can ask, rule_segment, and rule_segments.

    rule_segments holds the computed segment first, then the shop's own that the customer is in, in their order,
    with ``;`` between.

    Raises
    ------
    CrmError
        Of ``conditions.of_rule``; ``analyses.unknown_value`` where no customer ever had a value that is named.
    """
    places = [f"segments.rules[{i}]" for i in range(1, len(settings.rules) + 1)]
    for rule, place in zip(settings.rules, places, strict=True):
        if rule.segment in LIFECYCLE:
            raise CrmError("analyses.name_taken", where=data.settings.where(place), name=rule.segment)
    trees = [conditions.of_rule(rule, data.settings.where(place))
             for rule, place in zip(settings.rules, places, strict=True)]
    known_values(data, trees, [data.settings.where(place) for place in places])
    found = data.query("segment_members", since_year=data.previous(12).as_of)
    if not trees:
        return found.assign(rule_segments=found["rule_segment"])
    data.engine.register("segment_tags", data.query("segment_tags"))
    data.engine.register("segment_asked", found)
    fits = ", ".join(f"{conditions.sql(tree, data.decimals)} AS r{i}" for i, tree in enumerate(trees))
    held = data.sql(f"SELECT customer_key, {fits} FROM segment_asked ORDER BY customer_key")
    data.engine.unregister("segment_asked")
    names = found["rule_segment"].astype(object)
    for i, rule in enumerate(settings.rules):
        names = names.where(~held[f"r{i}"].to_numpy(dtype=bool), names + BETWEEN + rule.segment)
    return found.assign(rule_segments=names.astype("str"))


def known_values(data: Dataset, trees: list[Any], places: list[str]) -> None:
    """Raise where a condition names a value that no customer has or ever had, saying which there are."""
    for tree, place in zip(trees, places, strict=True):
        for name, wanted in conditions.named_values([tree]).items():
            there = vocabulary(data, name)
            for value in wanted:
                if value not in there:
                    raise CrmError("analyses.unknown_value", where=place, name=name, found=value,
                                   allowed=there[:60] or ["–"])


def vocabulary(data: Dataset, name: str) -> list[str]:
    """Return the values a column of codes can have, all months taken together."""
    if name == "rule_segment":
        return list(LIFECYCLE)
    if name == "rfm_segment":
        return list(segments(data.settings.rfm.segment_map))
    column, table = ("tag", "tags") if name == conditions.TAGS else (name, "customers")
    found = data.sql(f"SELECT DISTINCT {column} AS value FROM {table} WHERE {column} IS NOT NULL ORDER BY {column}")
    return [str(v) for v in found["value"]]


def computed(people: pd.DataFrame) -> pd.DataFrame:
    """Return customers and net sales to date of each computed segment: they add up to every known customer."""
    table = (people.groupby("rule_segment").agg(customers=("customer_key", "size"), sales=("monetary", "sum"))
             .reindex([s for s in LIFECYCLE if s in set(people["rule_segment"])]).rename_axis("segment").reset_index())
    return _shared(table, len(people), int(people["monetary"].sum()))


def own(people: pd.DataFrame, settings: SegmentsSettings) -> pd.DataFrame:
    """Return customers and net sales to date of each of the shop's own segments, shares of all known customers."""
    import pandas as pd

    rows = []
    for rule in settings.rules:
        told = BETWEEN + people["rule_segments"] + BETWEEN
        inside = told.str.contains(BETWEEN + rule.segment + BETWEEN, regex=False)
        rows.append((rule.segment, int(inside.sum()), int(people.loc[inside, "monetary"].sum())))
    table = pd.DataFrame(rows, columns=["segment", "customers", "sales"]).astype({"segment": "str"})
    return _shared(table, len(people), int(people["monetary"].sum()))


def _shared(table: pd.DataFrame, people: int, money: int) -> pd.DataFrame:
    shares = {"share": table["customers"] / people if people else None,
              "sales_share": table["sales"] / money if money else None}
    return table.assign(**shares).astype({"segment": "str", "customers": "int64", "sales": "int64", "share": "float64",
                                          "sales_share": "float64"})[list(COLUMNS)]


def by_month(data: Dataset) -> pd.DataFrame:
    """Return how many of those who had bought were in each computed segment at the month ends of the last year.

    Returns
    -------
    pandas.DataFrame
        month, segment, customers, share (of the buyers known by then). Only months the data reach back to.
    """
    snapshots.register(data)
    found = data.query("segment_months")
    place = {code: i for i, code in enumerate(LIFECYCLE)}
    named = found.assign(month=found["month_end"].astype("datetime64[s]").dt.strftime("%Y-%m").astype("str"),
                         place=found["segment"].map(place)).sort_values(["month_end", "place"], ignore_index=True)
    whole = named.groupby("month_end")["customers"].transform("sum")
    return named.assign(share=named["customers"] / whole)[list(MONTHS)]


def tables(people: pd.DataFrame, settings: SegmentsSettings, months: pd.DataFrame) -> dict[str, Table]:
    """Return the tables of the computed segments, now and by month, and of the shop's own where it has some."""
    found = {"rules": Table(computed(people), COLUMNS, count="customers")}
    if months["month"].nunique() > 1:
        found["rules_by_month"] = Table(months, MONTHS, count="customers", within=("month",))
    if settings.rules:
        # The rows overlap, so none can be told from a total: each is its own group.
        found["own_rules"] = Table(own(people, settings), COLUMNS, count="customers", within=("segment",))
    return found


def figures(found: dict[str, Table]) -> dict[str, Figure]:
    """Return the chart of the computed segments."""
    frame = found["rules"].frame
    known = frame.dropna(subset=["sales_share"])
    if known.empty:
        return {}
    top = known.sort_values(["sales_share", "segment"], ascending=[False, True]).iloc[0]
    values = {"n": int(frame["customers"].sum()), "segment": top["segment"], "share": float(top["share"]),
              "sales": float(top["sales_share"])}
    drawn = {"rules": Figure(plot_rules, "rules", values, size=(7.2, 3.4))}
    if "rules_by_month" in found:
        drawn["rules_by_month"] = Figure(plot_months, "rules_by_month", moved_most(found["rules_by_month"].frame),
                                         size=(7.2, 5.0))
    return drawn


def moved_most(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the segment whose share has changed most from the first month end to the last, and by how much."""
    ends = [frame.loc[frame["month"] == month].set_index("segment")["share"].reindex(LIFECYCLE[:-1], fill_value=0.0)
            for month in (frame["month"].iloc[0], frame["month"].iloc[-1])]
    steps = ends[1] - ends[0]
    top = max(LIFECYCLE[:-1], key=lambda code: abs(float(steps[code])))
    return {"segment": top, "before": float(ends[0][top]), "now": float(ends[1][top]),
            "since": frame["month"].iloc[0], "month": frame["month"].iloc[-1]}


def plot_months(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each month end as a bar of all who had bought, divided into the computed segments."""
    order = [code for code in LIFECYCLE if code in set(frame["segment"])]
    return charts.shares(frame, ax, words, x="month", part="segment", value="customers", order=order)


def plot_rules(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw each rule segment's share of sales, with its share of customers beside it."""
    return charts.bars(frame, ax, words, label="segment", value="sales_share", unit="ratio", other=("share", "ratio"))


MONTHS = {"month": Column("month"), "segment": Column("code"), "customers": Column("customers"),
          "share": Column("ratio")}
COLUMNS = {"segment": Column("code"), "customers": Column("customers"), "share": Column("ratio"),
           "sales": Column("money"), "sales_share": Column("ratio")}

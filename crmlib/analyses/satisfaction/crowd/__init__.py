"""Do the voices speak for all? Who answered, how they differ, and what all buyers would have said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.satisfaction.answers import leading
from crmlib.analyses.satisfaction.crowd.estimates import Crowd, balances, crowd, estimates, refused, scored
from crmlib.analyses.satisfaction.crowd.people import People, read
from crmlib.analyses.satisfaction.crowd.reviews import Reviews, reviewed
from crmlib.analyses.satisfaction.crowd.spoken import by_score, responses
from crmlib.methods.surveys import balance
from crmlib.methods.surveys.weighting import HEAVY, Refused, Vector
from crmlib.part import CODE, COUNT, PEOPLE, RATIO, FactKinds, Notes, Part, tables
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import Metric, SatisfactionSettings
    from crmlib.text import Text

FACTS: FactKinds = {}
MEASURED, SCORE, UNIT = Column("measured"), Column("score"), Column("unit")
COLUMNS = {
    "estimates": {"method": CODE, "metric": CODE, "measure": CODE, "value": MEASURED, "low": MEASURED, "high": MEASURED,
                  "n": PEOPLE, "n_eff": COUNT, "deff": SCORE, "largest": SCORE, "unit": UNIT},
    "response": {"dimension": CODE, "level": CODE, "asked": PEOPLE, "answered": PEOPLE, "commented": PEOPLE,
                 "rate": RATIO, "low": RATIO, "high": RATIO},
    "balance": {"attribute": CODE, "level": CODE, "customers": PEOPLE, "respondents": PEOPLE, "share": RATIO,
                "share_respondents": RATIO, "share_weighted": RATIO, "difference": SCORE, "difference_weighted": SCORE},
    "comments_by_score": {"score": CODE, "n": PEOPLE, "commented": PEOPLE, "rate": RATIO, "low": RATIO, "high": RATIO},
    "harsh": {"source": CODE, "n": PEOPLE, "harsh": RATIO, "low": RATIO, "high": RATIO, "n_eff": COUNT},
}
SMALL: dict[str, dict[str, Any]] = {
    "estimates": {"count": "n", "within": ("method", "measure")}, "response": {"count": "answered",
                                                                               "within": ("dimension",)},
    "balance": {"count": "respondents", "within": ("attribute",)}, "comments_by_score": {"count": "n"},
    "harsh": {"count": "n", "within": ("source",)},
}
#: Ways that differ by more than this part of an interval are not to be told as one figure.
APART = 0.5
#: Differences in the chart; all of them are in the table.
WIDEST = 12


def part(data: Dataset, settings: SatisfactionSettings) -> Part:
    """Say whether those who spoke speak for all buyers, and what all would have said.

    Returns
    -------
    Part
        tables
            estimates: method (raw, post_stratified, raked, propensity), metric, measure (metric, harsh), value, low,
            high, n, n_eff, deff, largest, unit. response: dimension, level, asked, answered, commented, rate, low,
            high. balance: attribute, level, customers, respondents, share, share_respondents, share_weighted,
            difference, difference_weighted. comments_by_score: score, n, commented, rate, low, high. harsh: source
            (reviews, raw,
            raked, …), n, harsh, low, high, n_eff.
    """
    metric = leading(settings, "nps", "nps") or leading(settings, "top2", "csat") or settings.metrics[0]
    people = read(data, settings, metric)
    if people is None:
        return Part(notes=(("crowd.nobody", {}),))
    found, level = crowd(people), settings.confidence
    estimated = estimates(found, level)
    spoken = reviewed(data, people, estimated, level)
    frames = {"estimates": with_units(estimated, metric), "response": responses(people, level),
              "balance": balances(found), "comments_by_score": by_score(people, level),
              "harsh": harsh(estimated, spoken)}
    return Part(tables=tables(frames, COLUMNS, SMALL), figures=_figures(frames, found),
                notes=(*_told(found, estimated, spoken), *_silent(people, estimated), *_refusals(found),
                       *_cost(found)))


def with_units(estimated: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Add the unit each row's value is read in."""
    own = {"nps": "points", "top2": "ratio", "mean": "score"}[metric.statistic]
    return estimated.assign(unit=["ratio" if measure == "harsh" else own for measure in estimated["measure"]])


def harsh(estimated: pd.DataFrame, spoken: Reviews | None) -> pd.DataFrame:
    """Return the share of harsh voices in the reviews, in the answers as they came, and estimated for all."""
    import pandas as pd

    rows = [] if spoken is None else [("reviews", spoken.n, spoken.share, spoken.low, spoken.high, spoken.effective)]
    part = estimated[estimated["measure"] == "harsh"]
    rows += [(row.method, row.n, row.value, max(row.low, 0.0), min(row.high, 1.0), row.n_eff)
             for row in part.itertuples() if row.method in ("raw", "raked")]
    kinds = {"source": "str", "n": "int64", "harsh": "float64", "low": "float64", "high": "float64",
             "n_eff": "float64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def best(estimated: pd.DataFrame, measure: str) -> Any:
    """Return the row of the figure for all buyers: raked, else by propensity; None where both were refused."""
    part = estimated[estimated["measure"] == measure].set_index("method")
    name = next((name for name in ("raked", "propensity") if name in part.index), None)
    return None if name is None else part.loc[name]


def _told(found: Crowd, estimated: pd.DataFrame, spoken: Reviews | None) -> Notes:
    people, told = found.people, best(estimated, "metric")
    base = {"n": people.answers, "everyone": people.everyone, "metric": people.metric.key,
            "first": people.first_month}
    if told is None:
        return (("crowd.cannot_be_told", base),)
    raw = estimated[(estimated["measure"] == "metric") & (estimated["method"] == "raw")].iloc[0]
    differs = not told["low"] <= raw["value"] <= told["high"]
    unit = {"nps": "points", "top2": "share", "mean": "mean"}[people.metric.statistic]
    notes: list[tuple[str, dict[str, Any]]] = [(f"crowd.{'differs' if differs else 'agrees'}_{unit}", base | {
        "raw": float(raw["value"]), "value": float(told["value"]), "low": float(told["low"]),
        "high": float(told["high"]), "n_eff": round(float(told["n_eff"]))})]
    ways = estimated[(estimated["measure"] == "metric") & (estimated["method"] != "raw")]
    width = float(told["high"] - told["low"])
    if len(ways) > 1 and float(ways["value"].max() - ways["value"].min()) > APART * width > 0:
        notes.append(("crowd.ways_disagree", {}))
    all_harsh = best(estimated, "harsh")
    if spoken is not None and all_harsh is not None:
        louder = "reviews_harsher" if spoken.low > all_harsh["high"] else (
            "reviews_milder" if spoken.high < all_harsh["low"] else "reviews_alike")
        notes.append((f"crowd.{louder}", {
            "reviews": spoken.n, "share": spoken.share, "all": float(all_harsh["value"]),
            "low": max(float(all_harsh["low"]), 0.0), "high": min(float(all_harsh["high"]), 1.0)}))
        if spoken.effective is not None and spoken.effective < spoken.n:
            notes.append(("crowd.reviews_worth", {"reviews": spoken.n, "worth": max(round(spoken.effective), 1)}))
    return tuple(notes)


def _refusals(found: Crowd) -> Notes:
    people, notes = found.people, []
    for method, why in refused(found):
        values: dict[str, Any] = {"method": method}
        if method == "propensity" and why.margin is not None:
            continue  # said of raking already
        if why.reason == "empty_group" and method == "raked" and why.margin is not None and why.level is not None:
            name = people.attributes[why.margin]
            values |= {"attribute": name, "level": people.levels(name)[why.level]}
            notes.append(("crowd.refused_empty_level", values))
        else:
            notes.append((f"crowd.refused_{why.reason}", values | {"value": why.value or 0.0}))
    return tuple(notes)


def _cost(found: Crowd) -> Notes:
    notes: list[tuple[str, dict[str, Any]]] = []
    strata = next((way for way in found.ways if way.method == "post_stratified"), None)
    if strata is not None and not isinstance(strata.weights, Refused):
        notes.append((f"crowd.strata_{len(strata.by)}", {f"by{n}": name for n, name in enumerate(strata.by, 1)}))
    if found.chance is not None:
        notes += _uneven(found.chance, found.people)
    largest = max(way.weights.largest for way in found.ways if not isinstance(way.weights, Refused))
    if largest > HEAVY:
        notes.append(("crowd.heavy", {"largest": largest}))
    return tuple(notes)


def _uneven(chance: Vector, people: People) -> list[tuple[str, dict[str, Any]]]:
    """Return how alike answers and buyers are, and the attribute that has most to do with who answers."""
    part = {name: balance.partial_r(chance, people.codes(name), people.size) for name in people.attributes}
    most = max(part, key=lambda name: part[name])
    return [("crowd.representative", {"r": balance.r_indicator(chance, people.size)}),
            ("crowd.uneven", {"attribute": most, "partial": part[most]})]


def _silent(people: People, estimated: pd.DataFrame) -> Notes:
    """Return how far the share of harsh voices could lie without any assumption on the silent, and what they spend."""
    raw = estimated[(estimated["measure"] == "harsh") & (estimated["method"] == "raw")]
    if raw.empty:
        return ()
    share, rate = float(raw["value"].iloc[0]), people.answers / people.everyone
    low, high = balance.worst_case(share, rate)
    spent = people.cells["spent"].to_numpy(dtype=float).clip(min=0)
    harsh = scored(people)["harsh"] == 1
    money = float(spent[people.came].sum())
    told: Notes = (("crowd.bounds", {"rate": rate, "low": low, "high": high}),)
    return told if money <= 0 else (*told, ("crowd.harsh_spend", {
        "share": share, "spent": float(spent[people.came & harsh].sum()) / money}))


def _figures(frames: dict[str, pd.DataFrame], found: Crowd) -> dict[str, Figure]:
    figures = {}
    if len(frames["balance"]):
        worst = frames["balance"].reindex(
            frames["balance"]["difference"].abs().sort_values(ascending=False, kind="stable").index).iloc[0]
        figures["balance"] = Figure(plot_balance, "balance", {
            "attribute": worst["attribute"], "level": worst["level"], "share": float(worst["share"]),
            "share_respondents": float(worst["share_respondents"]), "n": found.people.answers}, (7.2, 6.0))
    if len(frames["harsh"]) > 1:
        first, last = frames["harsh"].iloc[0], frames["harsh"].iloc[-1]
        figures["harsh"] = Figure(plot_harsh, "harsh", {
            "first": first["source"], "first_share": float(first["harsh"]), "last": last["source"],
            "last_share": float(last["harsh"]), "low": float(last["low"]), "high": float(last["high"])}, (7.2, 3.0))
    return figures


def plot_balance(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw how far the share of each level among those who answered lies from its share of all buyers."""
    known = frame[frame["difference"].notna()].assign(size=lambda rows: rows["difference"].abs().round(9))
    widest = known.sort_values("size", ascending=False, kind="stable").head(WIDEST).sort_index()
    form = "{}（{}）" if words.locale == "ja" else "{} ({})"
    names = [form.format(words.code("level", row.level), words.code("attribute", row.attribute))
             for row in widest.itertuples(index=False)]
    shown = widest.assign(who=names).reset_index(drop=True)
    return charts.bars(shown, ax, words, label="who", value="difference", unit="score",
                       accent=shown["who"].iloc[shown["size"].argmax()])


def plot_harsh(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of harsh voices by where they were raised, with intervals."""
    return charts.dots(frame, ax, words, label="source", value="harsh", low="low", high="high", unit="ratio", n="n",
                       accent=frame["source"].iloc[-1])

"""Points and ranks: what is granted, used and about to run out, who moves, and who leaves after a drop?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.dataset.months import month_of, shift
from crmlib.methods.intervals import wilson
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.dataset import Dataset
    from crmlib.settings import CustomersSettings
    from crmlib.text import Text

#: Months of points shown, back and ahead; months a member is watched after a move.
BACK, AHEAD, WATCHED = 12, 12, 3
#: Who lacks at most this part of a rank's amount is near it.
NEAR = 0.1
_DAY = timedelta(days=1)


def points(data: Dataset) -> pd.DataFrame | None:
    """Return points by month, and those that run out in the months ahead unless they are used; None without points.

    Returns
    -------
    pandas.DataFrame
        month, granted, used, expired, balance (at the end of the month), expiring (held now, of the months ahead).
    """
    import pandas as pd

    if "points" not in data.present:
        return None
    moved = data.query("customers_points")
    moved["balance"] = moved["net"].cumsum()
    due = data.query("customers_points_due")
    closing = data.settings.calendar.closing_day
    months = pd.Series([month_of(pd.Timestamp(day).date(), closing) for day in due["expires_at"]], dtype="str")
    ahead = due["points"].groupby(months).sum().rename_axis("month").rename("expiring").reset_index()
    first, last = shift(data.month, 1 - BACK), shift(data.month, AHEAD)
    table = moved[moved["month"] >= first].merge(ahead[ahead["month"] <= last], on="month", how="outer", sort=True)
    return table.astype({"month": "str"} | dict.fromkeys(list(POINTS)[1:], "Int64"))[list(POINTS)]


def rank_moves(data: Dataset) -> pd.DataFrame | None:
    """Return the moves between ranks since the end of last month: from_rank, to_rank, customers; None without ranks."""
    if "ranks" not in data.present:
        return None
    order = {level.rank: n for n, level in enumerate(data.settings.customers.rank_thresholds, 1)}
    moved = _moves(data, data.start - _DAY, data.as_of - _DAY)
    # Ranks from the lowest; one without a threshold of its own is where everybody begins.
    keys = moved.assign(a=moved["from_rank"].map(order).astype("float64").fillna(0),
                        b=moved["to_rank"].map(order).astype("float64").fillna(0))
    return keys.sort_values(["a", "from_rank", "b", "to_rank"], ignore_index=True)[list(MOVES)]


def after_moves(data: Dataset, settings: CustomersSettings) -> pd.DataFrame | None:
    """Return who bought in the three months after rising, staying or dropping; None where no order of ranks is known.

    The month looked at is the latest one, at least three months back, in which enough members dropped to be counted;
    without one, that of three months ago.

    Returns
    -------
    pandas.DataFrame
        month (of the moves), move (up, same, down), customers, bought, rate (ratio), low, high (95 %).
    """
    import pandas as pd

    order = {level.rank: n for n, level in enumerate(settings.rank_thresholds, 1)}
    if "ranks" not in data.present or not order:
        return None
    tried = ((back, *_stepped(data, back, order)) for back in range(WATCHED, WATCHED + BACK))
    enough = (one for one in tried if int(one[1].loc[one[2] < 0, "customers"].sum()) >= data.settings.privacy.min_cell)
    back, found, step = next(enough, None) or (WATCHED, *_stepped(data, WATCHED, order))
    month, rows = data.previous(back).month, []
    for code, part in (("up", found[step > 0]), ("same", found[step == 0]), ("down", found[step < 0])):
        people, bought = int(part["customers"].sum()), int(part["bought"].sum())
        if people:
            low, high = wilson(bought, people) or (None, None)
            rows.append((month, code, people, bought, bought / people, low, high))
    return pd.DataFrame(rows, columns=list(AFTER)).astype({"month": "str", "move": "str"})


def _stepped(data: Dataset, back: int, order: Mapping[str, int]) -> tuple[pd.DataFrame, pd.Series]:
    """Return the moves of a month, with the purchases of the three months after it, and how many ranks they go up."""
    then, later = data.previous(back), data.previous(back - WATCHED)
    found = _moves(later, then.start - _DAY, then.as_of - _DAY)
    # A rank without a threshold of its own is where everybody begins.
    after, before = (found[name].map(order).astype("float64").fillna(0) for name in ("to_rank", "from_rank"))
    return found, after - before


def distances(data: Dataset, buyers: pd.DataFrame, settings: CustomersSettings) -> pd.DataFrame | None:
    """Return how far the buyers of the last twelve months are from the next rank; None without thresholds.

    Returns
    -------
    pandas.DataFrame
        next_rank, customers (below it and not below the one before), near (lack at most a tenth of its amount),
        lacking_median (minor units).
    """
    import pandas as pd

    spent, below, rows = buyers.loc[buyers["recent_money"] > 0, "recent_money"], 0, []
    for level in settings.rank_thresholds:
        amount = int(level.amount.scaleb(data.decimals))
        part = spent[(spent >= below) & (spent < amount)]
        if len(part):
            lacking = amount - part
            rows.append((level.rank, len(part), int((lacking <= NEAR * amount).sum()), float(lacking.median())))
        below = amount
    return pd.DataFrame(rows, columns=list(DISTANCES)).astype({"next_rank": "str"}) if rows else None


def tables(data: Dataset, buyers: pd.DataFrame, settings: CustomersSettings) -> dict[str, Table]:
    """Return the tables the shop has data for; points also apart: what was, and what is to come."""
    held = points(data)
    past = None if held is None else held.loc[held["granted"].notna(), list(PAST)].reset_index(drop=True)
    due = None if held is None else held.loc[held["expiring"].notna(), list(DUE)].reset_index(drop=True)
    made = {"points": (held, POINTS, None), "points_past": (past, PAST, None), "points_due": (due, DUE, None),
            "rank_moves": (rank_moves(data), MOVES, "customers"),
            "rank_after": (after_moves(data, settings), AFTER, "customers"),
            "rank_distance": (distances(data, buyers, settings), DISTANCES, "customers")}
    return {name: Table(frame, columns, count=count) for name, (frame, columns, count) in made.items()
            if frame is not None and len(frame)}


def figures(data: Dataset, found: dict[str, Table], settings: CustomersSettings) -> dict[str, Figure]:
    """Return the charts of points and ranks."""
    drawn = {}
    if "points_past" in found:
        last = found["points_past"].frame.iloc[-1]
        values: dict[str, Any] = {"balance": int(last["balance"]), "month": str(last["month"])}
        drawn["points"] = Figure(plot_points, "points_past", values, size=(7.2, 3.8))
    if "points_due" in found:
        frame = found["points_due"].frame
        most = frame.sort_values(["expiring", "month"], ascending=[False, True]).iloc[0]
        drawn["points_due"] = Figure(plot_due, "points_due", {
            "month": str(most["month"]), "points": int(most["expiring"]), "all": int(frame["expiring"].sum())},
            size=(7.2, 3.8))
    if "rank_moves" in found:
        moved = found["rank_moves"].frame
        apart = moved[moved["from_rank"] != moved["to_rank"]]
        drawn["rank_moves"] = Figure(plot_ranks, "rank_moves", {
            "moved": int(apart["customers"].sum()), "customers": int(moved["customers"].sum())}, size=(7.2, 3.4))
    if "rank_after" in found:
        frame = found["rank_after"].frame
        told = frame[frame["customers"] >= data.settings.privacy.min_cell]
        if len(told) > 1:
            last = told.iloc[-1]
            drawn["rank_after"] = Figure(plot_after, "rank_after", {
                "month": str(last["month"]), "move": str(last["move"]), "customers": int(last["customers"]),
                "rate": float(last["rate"])}, size=(7.2, 2.4))
    return drawn


def plot_points(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the points granted, used and expired in each month."""
    return charts.line(frame, ax, words, y=("granted", "used", "expired"), unit="count")


def plot_due(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the points that run out in each month to come."""
    return charts.columns(frame, ax, words, x="month", value="expiring", unit="count")


def plot_ranks(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw last month's rank against this month's."""
    order = list(dict.fromkeys([*frame["from_rank"], *frame["to_rank"]]))
    return charts.heatmap(frame, ax, words, row="from_rank", column="to_rank", value="customers", unit="customers",
                          rows=[r for r in order if r in set(frame["from_rank"])],
                          columns=[r for r in order if r in set(frame["to_rank"])])


def plot_after(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw who bought after rising, staying and dropping, with the intervals."""
    return charts.dots(frame, ax, words, label="move", value="rate", low="low", high="high", unit="ratio")


def notes(data: Dataset, found: dict[str, Table]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the points held and those about to run out, and the moves between ranks; or what is missing."""
    said: list[tuple[str, dict[str, Any]]] = []
    if "points" in found:
        frame = found["points"].frame
        held = frame["balance"].dropna()
        next_month = frame.loc[frame["month"] == shift(data.month, 1), "expiring"].fillna(0).sum()
        if len(held):
            said.append(("points", {"balance": int(held.iloc[-1]), "expiring": int(next_month)}))
    if "rank_moves" in found:
        frame = found["rank_moves"].frame
        moved = frame[frame["from_rank"] != frame["to_rank"]]
        said.append(("rank_moves", {"moved": int(moved["customers"].sum()),
                                    "customers": int(frame["customers"].sum())}))
    return tuple(said) if said else (("no_loyalty", {}),)


def _moves(data: Dataset, before: Any, day: Any) -> pd.DataFrame:
    return data.query("customers_rank_moves", rank_from=before, rank_to=day)


PAST = {"month": Column("month"), "granted": Column("count"), "used": Column("count"), "expired": Column("count"),
        "balance": Column("count")}
DUE = {"month": Column("month"), "expiring": Column("count")}
POINTS = {"month": Column("month"), "granted": Column("count"), "used": Column("count"), "expired": Column("count"),
          "balance": Column("count"), "expiring": Column("count")}
MOVES = {"from_rank": Column("code"), "to_rank": Column("code"), "customers": Column("customers")}
AFTER = {"month": Column("month"), "move": Column("code"), "customers": Column("customers"),
         "bought": Column("customers"), "rate": Column("ratio"), "low": Column("ratio"), "high": Column("ratio")}
DISTANCES = {"next_rank": Column("code"), "customers": Column("customers"), "near": Column("customers"),
             "lacking_median": Column("money")}

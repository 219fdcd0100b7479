"""Points and ranks: what is granted, used and about to run out, who moves, and who leaves after a drop?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.dataset.months import month_of, shift
from crmlib.methods.intervals import wilson
from crmlib.result import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import CustomersSettings

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
    return _moves(data, data.start - _DAY, data.as_of - _DAY)[list(MOVES)]


def after_moves(data: Dataset, settings: CustomersSettings) -> pd.DataFrame | None:
    """Return who bought in the three months after rising, staying or dropping; None where no order of ranks is known.

    Returns
    -------
    pandas.DataFrame
        move (up, same, down), customers, bought, rate (ratio), low, high (95 %).
    """
    import pandas as pd

    order = {level.rank: n for n, level in enumerate(settings.rank_thresholds, 1)}
    if "ranks" not in data.present or not order:
        return None
    then = data.previous(WATCHED)
    found = _moves(data, then.start - _DAY, then.as_of - _DAY)
    # A rank without a threshold of its own is where everybody begins.
    step = found["to_rank"].map(order).fillna(0) - found["from_rank"].map(order).fillna(0)
    rows = []
    for code, part in (("up", found[step > 0]), ("same", found[step == 0]), ("down", found[step < 0])):
        people, bought = int(part["customers"].sum()), int(part["bought"].sum())
        if people:
            low, high = wilson(bought, people) or (None, None)
            rows.append((code, people, bought, bought / people, low, high))
    return pd.DataFrame(rows, columns=list(AFTER)).astype({"move": "str"})


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
            rows.append((level.rank, len(part), int((lacking <= NEAR * amount).sum()), round(float(lacking.median()))))
        below = amount
    return pd.DataFrame(rows, columns=list(DISTANCES)).astype({"next_rank": "str"}) if rows else None


def tables(data: Dataset, buyers: pd.DataFrame, settings: CustomersSettings) -> dict[str, Table]:
    """Return the tables the shop has data for."""
    made = {"points": (points(data), POINTS, None), "rank_moves": (rank_moves(data), MOVES, "customers"),
            "rank_after": (after_moves(data, settings), AFTER, "customers"),
            "rank_distance": (distances(data, buyers, settings), DISTANCES, "customers")}
    return {name: Table(frame, columns, count=count) for name, (frame, columns, count) in made.items()
            if frame is not None and len(frame)}


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


POINTS = {"month": Column("month"), "granted": Column("count"), "used": Column("count"), "expired": Column("count"),
          "balance": Column("count"), "expiring": Column("count")}
MOVES = {"from_rank": Column("code"), "to_rank": Column("code"), "customers": Column("customers")}
AFTER = {"move": Column("code"), "customers": Column("customers"), "bought": Column("customers"),
         "rate": Column("ratio"), "low": Column("ratio"), "high": Column("ratio")}
DISTANCES = {"next_rank": Column("code"), "customers": Column("customers"), "near": Column("customers"),
             "lacking_median": Column("money")}

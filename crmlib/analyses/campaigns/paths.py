"""Paths on the campaigns page: how many get from a trial, a sample or a coupon to what it was for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.methods.survival import kaplan_meier
from crmlib.part import CODE, DAYS, LEVEL, PEOPLE, RATIO, FactKinds, Notes, Part, tables
from crmlib.result import Column, Figure
from crmlib.settings.analyses.campaigns import PURCHASE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.analyses.campaigns.ground import Ground
    from crmlib.text import Text

FACTS: FactKinds = {}
COLUMNS: dict[str, dict[str, Column]] = {
    "paths": {"path": CODE, "days": DAYS, "n": PEOPLE, "followed": PEOPLE, "came": PEOPLE, "rate": RATIO, "low": RATIO,
              "high": RATIO, "plain": RATIO}}
SMALL: dict[str, dict[str, Any]] = {"paths": {"count": "came", "within": ("path", "days")}}
MOMENTS = (7, 14, 30, 60, 90, 180, 365)
#: Fewer people still followed, and nothing is said of a day.
FEW = 10
TOLD_DAYS = 90


@dataclass(frozen=True)
class Path:
    """A beginning and its end; the key is the English name, else the Japanese one."""

    key: str
    source: str
    start: tuple[str, ...]
    end: str = PURCHASE
    first_only: bool = False


def part(found: Ground) -> Part:
    """Return how many got there by so many days, those counted who have not had the time (Kaplan-Meier).

    Returns
    -------
    Part
        tables
            paths: path, days, n (began), followed (known at that day), came, rate, low, high, plain (came ÷ n, too low
            while some have not had the time).
    """
    waits = {one.key: waited(found, one) for one in wanted(found)}
    frame = paths(waits)
    if frame.empty:
        return Part(notes=_none(found, waits))
    first = frame[(frame["path"] == frame["path"].iloc[0]) & (frame["days"] <= TOLD_DAYS)]
    values = {}
    if len(first):
        row = first.iloc[-1]
        values = {"path": row["path"], "days": int(row["days"]), "n": int(row["n"]),
                  **{k: float(row[k]) for k in ("rate", "low", "high", "plain")}}
    figures = {"paths": Figure(plot_paths, "paths", values, (7.2, 3.4))} if values else {}
    return Part(tables=tables({"paths": frame}, COLUMNS, SMALL), figures=figures)


def wanted(found: Ground) -> tuple[Path, ...]:
    """Return the paths declared or, where nothing is, those the data have: trials, samples, coupons used."""
    declared = found.settings.paths
    if declared is not None:
        return tuple(Path(one.name.get("en"), one.source, one.start, one.end, one.first_only) for one in declared)
    events = set(found.data.sql("SELECT DISTINCT type FROM events WHERE type IS NOT NULL")["type"])
    coupons = found.data.sql("SELECT 1 AS one FROM responses WHERE type = 'redeem' LIMIT 1")
    usual = (({"trial", "paid"} <= events, Path("trial_to_paid", "events", ("trial",), end="paid")),
             ("sample" in events, Path("sample_to_order", "events", ("sample",), first_only=True)),
             (len(coupons) > 0, Path("coupon_to_return", "responses", ("redeem",))))
    return tuple(path for there, path in usual if there)


def waited(found: Ground, path: Path) -> pd.DataFrame:
    """Return how long those who began a path have waited: days, came, persons."""
    import pandas as pd

    starts = pd.DataFrame({"source": path.source, "code": pd.Series(path.start, dtype="str")})
    found.data.engine.register("campaign_starts", starts)
    return found.query("campaigns_paths", path_end=path.end, path_first=int(path.first_only))


def paths(waits: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the table ``paths``; days that too few have reached are left out."""
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for key, one in waits.items():
        rows += _followed(key, one)
    columns = list(COLUMNS["paths"])
    return pd.DataFrame(rows, columns=columns).astype({"path": "str"})


def _followed(key: str, waits: pd.DataFrame) -> list[tuple[Any, ...]]:
    count, came = waits["persons"].to_numpy(), waits["came"].to_numpy(dtype=bool)
    n = int(count.sum())
    if not n:
        return []
    days = waits["days"].to_numpy()
    curve = kaplan_meier(days, came, count, LEVEL)
    rows = []
    for day in MOMENTS:
        known, there = int(count[(days >= day) | came].sum()), int(count[came & (days <= day)].sum())
        seen = curve.at(day)
        if seen is not None and known >= FEW:
            rows.append((key, day, n, known, there, 1 - seen[0], 1 - seen[2], 1 - seen[1], there / n))
    return rows


def _none(found: Ground, waits: Mapping[str, pd.DataFrame]) -> Notes:
    """Say why nothing is drawn: nobody began, everybody got there at once, or too few can be followed."""
    begun = {key: one for key, one in waits.items() if len(one)}
    if not begun:
        return (("paths.none" if found.settings.paths is None else "paths.few", {}),)
    key, one = next(iter(begun.items()))
    whole = {"path": key, "n": int(one["persons"].sum())}
    if whole["n"] < found.data.settings.privacy.min_cell:
        return (("paths.few", {}),)
    if bool(one["came"].all()):
        return (("paths.all", {**whole, "days": int(one["days"].max())}),)
    return (("paths.untold", whole),)


def plot_paths(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw the share of the first path's beginners who have got there by each day."""
    shown = frame[frame["path"] == frame["path"].iloc[0]].reset_index(drop=True)
    ax = charts.line(shown, ax, words, x="days", y="rate", unit="ratio", low="low", high="high",
                     current=shown["days"].iloc[-1])
    ax.set_xlabel(words.label("days"))
    return ax

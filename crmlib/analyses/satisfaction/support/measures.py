"""How long customers wait, how often they have to ask again, and what they ask about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.analyses.satisfaction.support.tickets import MONTHS, Tickets
from crmlib.dataset import months
from crmlib.methods.intervals import Interval, mean_difference, mean_interval, wilson
from crmlib.methods.survival import Curve, kaplan_meier

if TYPE_CHECKING:
    import pandas as pd

#: Upper ends of the bands of waiting, in hours.
BANDS = {"h1": 1.0, "h4": 4.0, "h24": 24.0, "h72": 72.0, "longer": float("inf")}
#: Scores of a band without which nothing is said of it.
FEWEST_SCORED = 10
SUPPORT = {"measure": "str", "value": "float64", "low": "float64", "high": "float64", "n": "int64", "unit": "str"}
BY_MONTH = {"month": "str", "tickets": "int64", "per_1000": "float64", "reply_median": "float64",
            "solved_median": "float64", "reopened": "float64", "backlog": "int64"}
GROUPS = {"dimension": "str", "level": "str", "tickets": "int64", "share": "float64", "reply_median": "float64",
          "solved_median": "float64", "reopened": "float64", "scored": "int64", "score": "float64"}
REPLY = {"band": "str", "tickets": "int64", "scored": "int64", "score": "float64", "low": "float64", "high": "float64"}


def curve(part: pd.DataFrame, name: str) -> Curve:
    """Return how many still waited after each number of hours; those waiting now are followed until now."""
    ended = {"reply": "replied", "reply_open": "replied", "solved": "solved", "solved_open": "solved"}[name]
    return kaplan_meier(part[f"{name}_hours"], part[ended])


def hours_by(found: Curve, share: float, series: str = "survival") -> float | None:
    """Return the hours after which a share had been served; None where fewer ever were."""
    below = np.flatnonzero(getattr(found, series) <= 1 - share + 1e-12)
    return float(found.times[below[0]]) if len(below) else None


def support(tickets: Tickets, level: float) -> pd.DataFrame:
    """Return the month's figures.

    Returns
    -------
    pandas.DataFrame
        measure, value, low, high (95 %), n (tickets), unit: tickets; per_1000 (tickets per 1,000 customers who bought
        in the month); per_order; reply_median, reply_p90, solved_median, solved_p90 (hours, Kaplan-Meier, interval of
        Brookmeyer & Crowley 1982, Biometrics 38:29-41) and the same _open (hours of the desk); reopened, again,
        first_contact (shares, Wilson); backlog (open on the morning after the month), backlog_days (median age).
    """
    import pandas as pd

    part, rows = tickets.of(tickets.data.month), []
    n = len(part)
    rows += [("tickets", float(n), None, None, n, "count"), *_rates(tickets, n)]
    for name in ("reply", "solved", "reply_open", "solved_open") if n else ():
        if part[f"{name}_hours"].notna().all():
            rows += _waits(part, name, n)
    ended = part[part["solved"]]
    rows += [_share("reopened", int((ended["reopened"] > 0).sum()), len(ended), level),
             _share("again", int(part["again"].sum()), n, level),
             _share("first_contact", int(((ended["reopened"] == 0) & ~_followed(tickets, ended)).sum()), len(ended),
                    level)]
    left = tickets.open_at(tickets.data.as_of)
    ages = (pd.Timestamp(tickets.data.as_of) - left["opened_at"]).dt.total_seconds() / 86400
    rows += [("backlog", float(len(left)), None, None, len(left), "count")]
    rows += [("backlog_days", float(ages.median()), None, None, len(left), "days")] if len(left) else []
    return pd.DataFrame([row for row in rows if row[1] is not None], columns=list(SUPPORT)).astype(SUPPORT)


def _rates(tickets: Tickets, n: int) -> list[tuple[Any, ...]]:
    base = bases(tickets).get(tickets.data.month, (0, 0))
    return [(name, scale * n / count if count else None, None, None, n, "score")
            for name, scale, count in (("per_1000", 1000, base[0]), ("per_order", 1, base[1]))]


def bases(tickets: Tickets) -> dict[str, tuple[int, int]]:
    """Return month → customers who bought, and purchases."""
    data = tickets.data
    if data.missing(("orders", "order_lines")):
        return {}
    found = data.query("satisfaction_buyers", first_month=months.shift(data.month, 1 - MONTHS))
    return {str(row.ym): (int(row.customers), int(row.orders)) for row in found.itertuples()}


def _waits(part: pd.DataFrame, name: str, n: int) -> list[tuple[Any, ...]]:
    found, (first, last) = curve(part, name), name.partition("_")[::2]
    tail = f"_{last}" if last else ""
    return [(f"{first}_{word}{tail}", hours_by(found, share), hours_by(found, share, "low"),
             hours_by(found, share, "high"), n, "score") for word, share in (("median", 0.5), ("p90", 0.9))]


def _share(name: str, k: int, n: int, level: float) -> tuple[Any, ...]:
    low, high = wilson(k, n, level) or (None, None)
    return name, k / n if n else None, low, high, n, "ratio"


def _followed(tickets: Tickets, part: pd.DataFrame) -> pd.Series:
    """Whether the same customer came back about the same thing within seven days after."""
    known = tickets.frame[tickets.frame["customer_key"].notna()]
    after = known.groupby(["customer_key", "category"], sort=False)["again"].shift(-1)
    return after.reindex(part.index).eq(True)


def by_month(tickets: Tickets) -> pd.DataFrame:
    """Return month, tickets, per_1000, reply_median, solved_median (hours), reopened (share), backlog at its end."""
    import pandas as pd

    rows, base = [], bases(tickets)
    data = tickets.data
    for back in reversed(range(13)):
        ym = months.shift(data.month, -back)
        part = tickets.of(ym)
        end = data.as_of if ym == data.month else months.period(ym, data.settings.calendar.closing_day).as_of
        buyers = base.get(ym, (0, 0))[0]
        ended = part[part["solved"]]
        if data.oldest is not None and end <= data.oldest:
            continue
        rows.append((ym, len(part), 1000 * len(part) / buyers if buyers else None,
                     *(hours_by(curve(part, name), 0.5) if len(part) else None for name in ("reply", "solved")),
                     float((ended["reopened"] > 0).mean()) if len(ended) else None, len(tickets.open_at(end))))
    return pd.DataFrame(rows, columns=list(BY_MONTH)).astype(BY_MONTH)


def groups(tickets: Tickets, dimensions: Sequence[str] = ("category", "channel")) -> pd.DataFrame:
    """Return the tickets of the latest twelve months by what they were about and how they came.

    Returns
    -------
    pandas.DataFrame
        dimension, level, tickets, share, reply_median, solved_median (hours), reopened (share of those resolved),
        scored (with a score of the help), score (their mean).
    """
    import pandas as pd

    latest = tickets.frame[tickets.frame["ym"] > months.shift(tickets.data.month, -12)]
    rows = []
    for dimension in dimensions:
        for level, part in latest.groupby(dimension, sort=True):
            ended, scored = part[part["solved"]], part["score"].dropna()
            rows.append((dimension, str(level), len(part), len(part) / len(latest),
                         *(hours_by(curve(part, name), 0.5) for name in ("reply", "solved")),
                         float((ended["reopened"] > 0).mean()) if len(ended) else None, len(scored),
                         float(scored.mean()) if len(scored) else None))
    frame = pd.DataFrame(rows, columns=list(GROUPS)).astype(GROUPS)
    place = {name: n for n, name in enumerate(dimensions)}
    return frame.sort_values(["dimension", "tickets", "level"], ascending=[True, False, True], ignore_index=True,
                             key=lambda column: column.map(place) if column.name == "dimension" else column)


def by_reply(tickets: Tickets, level: float) -> pd.DataFrame:
    """Return how satisfied customers were with the help, by how long they had waited for the first reply.

    Returns
    -------
    pandas.DataFrame
        band (h1, h4, h24, h72: up to so many hours; longer), tickets (replied to, latest twelve months), scored,
        score (mean), low, high (Student; null where fewer than ten were scored).
    """
    import pandas as pd

    rows = []
    for band, part in _bands(tickets).items():
        scored = part["score"].dropna().to_numpy(dtype=float)
        told = mean_interval(scored, np.ones(len(scored)), level) if len(scored) >= FEWEST_SCORED else None
        low, high = told or (None, None)
        rows.append((band, len(part), len(scored), float(scored.mean()) if len(scored) else None, low, high))
    return pd.DataFrame(rows, columns=list(REPLY)).astype(REPLY)


def _bands(tickets: Tickets) -> dict[str, pd.DataFrame]:
    """Return the requests of the latest twelve months that had a reply, by how long it took."""
    latest = tickets.frame[(tickets.frame["ym"] > months.shift(tickets.data.month, -12)) & tickets.frame["replied"]]
    lower = dict(zip(BANDS, (-1.0, *BANDS.values()), strict=False))
    return {band: latest[(latest["reply_hours"] > lower[band]) & (latest["reply_hours"] <= upper)]
            for band, upper in BANDS.items()}


def reply_gap(tickets: Tickets, fast: str, slow: str, level: float) -> Interval | None:
    """Return the interval of how much better the help is rated in one band than in another (Welch)."""
    scores = [part["score"].dropna().to_numpy(dtype=float) for part in (_bands(tickets)[one] for one in (fast, slow))]
    ones = [np.ones(len(score)) for score in scores]
    return mean_difference(scores[0], ones[0], scores[1], ones[1], level)

"""Days: a line a day can be read from, with closed days, events and days that stand out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from crmlib import theme
from crmlib.charts.base import folded, scaled, value_axis, width_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

#: Room above the line for the names of events, as a share of the height, for each line of names.
ROOM, ROWS = 0.13, 3


def days(frame: pd.DataFrame, ax: Axes, words: Text, *, y: str, unit: str, mean: str | None = None,
         open_on: str | None = None, events: Sequence[tuple[date, date, str]] = (),
         marked: Collection[date] = ()) -> Axes:
    """Draw a value for each day, its running mean in colour.

    Parameters
    ----------
    frame : pandas.DataFrame
        With ``date``, one row for each day, none left out.
    y, mean : str
        Columns of the days' values and of their running mean.
    unit : str
    open_on : str, optional
        Column that is false on days the shop was shut: the line passes over them, a tick stands at its foot.
    events : sequence of (first day, last day, words)
        Shaded, with their name above.
    marked : dates, optional
        Days that stand out, as rings.
    """
    scale = scaled(frame, [y, *([mean] if mean else [])], unit, words)
    rows, keys = len(frame), list(frame["date"])
    trading = [bool(state) for state in frame[open_on]] if open_on else [True] * rows
    values = [v if on else float("nan") for v, on in zip(scale.numbers[:rows], trading, strict=True)]
    known = [i for i in range(rows) if values[i] == values[i]]
    ax.plot(known, [values[i] for i in known], color=theme.CONTEXT, linewidth=1.1, zorder=2)
    if mean:
        ax.plot(range(rows), scale.numbers[rows:], color=theme.ACCENT, linewidth=2.4, zorder=3)
    shut = [i for i in range(rows) if not trading[i]]
    ax.plot(shut, [0.018] * len(shut), "|", color=theme.GREY, markersize=7, transform=ax.get_xaxis_transform())
    value_axis(ax, scale, words)
    _months(ax, keys, words)
    told = [(max(first, keys[0]), min(last, keys[-1]), said) for first, last, said in events
            if first <= keys[-1] and last >= keys[0]] if keys else []
    lines = _events(ax, keys, told)
    top, low = max((v for v in values if v == v), default=1.0), min((v for v in values if v == v), default=0.0)
    ax.set_ylim(min(low, 0.0), (top or 1.0) * (1.06 + ROOM * lines))
    rings = [i for i, key in enumerate(keys) if key in marked and values[i] == values[i]]
    ax.plot(rings, [values[i] for i in rings], "o", markersize=9, markerfacecolor="none", markeredgecolor=theme.BAD,
            markeredgewidth=1.8, zorder=4)
    return ax


def _months(ax: Axes, keys: Sequence[date], words: Text) -> None:
    """Name the months under their first day."""
    ax.set_xlim(-0.5, max(len(keys) - 0.5, 0.5))
    starts = [i for i, key in enumerate(keys) if key.day == 1]
    names = [words.formats.write(f"{keys[i]:%Y-%m}", "month_short") for i in starts]
    widest = max((width_of(name) for name in names), default=1.0) + 10
    step = max(1, -int(-widest * len(names) // (theme.WIDTH - 60)))
    shown = [k for k in range(len(starts)) if (len(starts) - 1 - k) % step == 0]
    ax.set_xticks([starts[k] for k in shown], [names[k] for k in shown], ha="left")
    for start in starts:
        ax.axvline(start, color=theme.RULE, linewidth=1, zorder=0)


def _events(ax: Axes, keys: Sequence[date], events: Sequence[tuple[date, date, str]]) -> int:
    """Shade events and name each in the first row where its name meets no other; return how many rows that took."""
    ends: list[float] = []
    per_point = len(keys) / (theme.WIDTH - 60)
    for first, last, said in events:
        left, right = keys.index(first) - 0.5, keys.index(last) + 0.5
        ax.axvspan(left, right, color=theme.CATEGORIES[1], alpha=0.22, linewidth=0, zorder=1)
        name = folded(said, 12).split("\n")[0]
        wide = width_of(name) * per_point
        start = min(left, len(keys) - wide)
        row = next((i for i, end in enumerate(ends) if end < start), len(ends))
        if row >= ROWS:
            continue
        ends[row:row + 1] = [start + wide + 2]
        _name(ax, start, row, name)
    return len(ends)


def _name(ax: Axes, x: float, row: int, name: str) -> Any:
    return ax.annotate(name, (x, 1), xycoords=("data", "axes fraction"),
                       xytext=(0, -2 - row * theme.TEXT_SIZE * 1.25), textcoords="offset points", va="top", ha="left",
                       color=theme.NOTE, annotation_clip=False)

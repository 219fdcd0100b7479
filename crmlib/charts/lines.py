"""Lines over time, small multiples of them, and dots with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from crmlib import theme
from crmlib.charts.base import (
    MARK,
    bare,
    coded,
    fit_height,
    folded,
    hidden,
    mark_hidden,
    name_rows,
    numbers,
    scaled,
    value_axis,
    weight_of,
    width_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

MANY_MONTHS, WEEK = 15, 7
SERIES = (theme.ACCENT, theme.CATEGORIES[1], theme.CATEGORIES[2], theme.CATEGORIES[5])
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.5, 1.8)), (0, (6, 2, 1.5, 2)))


def line(frame: pd.DataFrame, ax: Axes, words: Text, *, x: str = "month", y: str | Sequence[str], unit: str,
         current: Any = None, low: str | None = None, high: str | None = None,
         events: Sequence[tuple[Any, str]] = ()) -> Axes:
    """Draw one to four lines with their names at the end.

    Parameters
    ----------
    x : str
        Column of months (``2026-10``) or other ordered values.
    y : str or sequence of str
        Columns of numbers; the first carries the accent.
    unit : str
    current : optional
        The x value this report is about: marked, with its number.
    low, high : str, optional
        Columns of a band around the first line.
    events : sequence of (x, words)
        Marked by a dashed upright line.
    """
    series = [y] if isinstance(y, str) else list(y)
    band = [c for c in (low, high) if c]
    scale = scaled(frame, [*series, *band], unit, words)
    rows, keys = len(frame), list(frame[x])
    parts = [scale.numbers[i * rows:(i + 1) * rows] for i in range(len(series) + len(band))]
    if len(band) == 2:
        ax.fill_between(range(rows), parts[-2], parts[-1], color=theme.ACCENT, alpha=0.13, linewidth=0)
    for i, values in enumerate(parts[:len(series)]):
        ax.plot(range(rows), values, color=SERIES[i], linestyle=DASHES[i], zorder=3 - i * 0.1)
    value_axis(ax, scale, words)
    names = [words.label(name) for name in series] if len(series) > 1 else []
    ended = [i for i in range(len(names)) if rows and parts[i][-1] != parts[i][-1]]
    beside = [width_of(name) for i, name in enumerate(names) if i not in ended]
    _time_axis(ax, frame, x, words, max(beside, default=0.0))
    _upright_limits(ax, [v for part in parts for v in part if v == v], unit)
    mark_hidden(ax, [i for i, few in enumerate(hidden(frame, series[0])) if few])
    if names:
        _name_lines(ax, parts[:len(series)], names)
        _name_ended(ax, [(names[i], SERIES[i]) for i in ended])
    for at, said in events:
        _mark_event(ax, keys, at, said)
    if current in keys and len(series) == 1:
        at = keys.index(current)
        _mark_current(ax, at, parts[0], words.compact(frame[series[0]].iloc[at], unit))
    return ax


def _upright_limits(ax: Axes, known: list[float], unit: str) -> None:
    top, bottom = max(known, default=1.0), min(known, default=0.0)
    if unit in ("points", "score", "index") or bottom < 0:
        room = (top - bottom) * 0.2 or 1.0
        ax.set_ylim(bottom - room if bottom < 0 else max(bottom - room, 0), top + room)
    else:
        ax.set_ylim(0, (top or 1.0) * 1.15)


def _time_axis(ax: Axes, frame: pd.DataFrame, x: str, words: Text, taken: float = 0.0) -> None:
    """Name the years under a long line, the months under a short one; ``taken``: room needed beside the axis."""
    keys = [str(value) for value in frame[x]]
    ax.set_xlim(-0.5, max(len(keys) - 0.5, 0.5))
    months = all(len(key) == len("2026-10") and key[4] == "-" for key in keys)
    if months and len(keys) > MANY_MONTHS:
        starts = [i for i, key in enumerate(keys) if key.endswith("-01")]
        ax.set_xticks(starts, [words.formats.write(keys[i], "year") for i in starts], ha="left")
        for start in starts:
            ax.axvline(start, color=theme.RULE, linewidth=1, zorder=0)
        return
    if all(isinstance(value, date) for value in frame[x]):
        _name_months(ax, list(frame[x]), words, taken)
        return
    names = [words.formats.write(key, "month_short") for key in keys] if months else coded(frame, x, words)
    widest = max((width_of(name) for name in names), default=1) + 8
    step = max(1, -int(-widest * len(names) // (theme.WIDTH - 60 - taken)))
    shown = [i for i in range(len(names)) if (len(names) - 1 - i) % step == 0]
    ax.set_xticks(shown, [names[i] for i in shown])


def _name_months(ax: Axes, days: Sequence[date], words: Text, taken: float) -> None:
    """Name the months under the first period that begins in each, as many as there is room for."""
    months = [f"{day:%Y-%m}" for day in days]
    starts = [i for i, month in enumerate(months) if i == 0 or month != months[i - 1]]
    if len(starts) > 1 and days[0].day > WEEK:
        starts = starts[1:]
    names = [words.formats.write(months[i], "month_short") for i in starts]
    widest = max((width_of(name) for name in names), default=1.0) + 8
    step = max(1, -int(-widest * len(names) // (theme.WIDTH - 60 - taken)))
    shown = [k for k in range(len(starts)) if (len(starts) - 1 - k) % step == 0]
    ax.set_xticks([starts[k] for k in shown], [names[k] for k in shown])


def _name_lines(ax: Axes, parts: list[list[float]], names: list[str]) -> None:
    """Write each line's name behind its end, moved apart where they would touch."""
    low, high = ax.get_ylim()
    gap = (high - low) * 0.105
    ends = sorted(((part[-1], i) for i, part in enumerate(parts) if part and part[-1] == part[-1]), reverse=True)
    places: list[float] = []
    for value, _ in ends:
        places.append(min(value, places[-1] - gap) if places else value)
    # What was pushed under the axis goes up again, and pushes those above it.
    below = low - gap * 0.6
    for k in reversed(range(len(places))):
        below = places[k] = max(places[k], below + gap)
    for (_, i), place in zip(ends, places, strict=True):
        ax.annotate(names[i], (1, place), xycoords=("axes fraction", "data"), xytext=(4, 0),
                    textcoords="offset points", va="center", color=_text_colour(SERIES[i]),
                    fontweight="bold" if i == 0 else "normal", annotation_clip=False)


def _name_ended(ax: Axes, lines: Sequence[tuple[str, str]]) -> None:
    """Write the names of lines that stop before the last point above their beginning, where they have room."""
    for row, (name, colour) in enumerate(lines):
        ax.annotate(name, (0, 1), xycoords="axes fraction", xytext=(4, -2 - row * theme.TEXT_SIZE * 1.25),
                    textcoords="offset points", va="top", ha="left", color=_text_colour(colour))


def _text_colour(colour: str) -> str:
    return colour if theme.contrast(colour, theme.PAPER) >= 4.5 else theme.NOTE


def _mark_event(ax: Axes, keys: list[Any], at: Any, said: str) -> None:
    if at not in keys:
        return
    place = keys.index(at)
    late = place > len(keys) * 0.6
    ax.axvline(place, color=theme.GREY, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
    ax.annotate(said, (place, 1), xycoords=("data", "axes fraction"), xytext=(-4 if late else 4, -2),
                textcoords="offset points", va="top", ha="right" if late else "left", color=theme.GREY)


def _mark_current(ax: Axes, place: int, values: list[float], text: str) -> None:
    if values[place] != values[place]:
        return
    ax.plot([place], [values[place]], "o", color=theme.ACCENT, markersize=8, zorder=4,
            markeredgecolor=theme.PAPER, markeredgewidth=1.5)
    near_end = place > len(values) * 0.75
    y, under = _clear_place(values, place, width_of(text) / (theme.WIDTH - 60) * len(values), ax, near_end=near_end)
    ax.annotate(text, (place, y), xytext=(4 if near_end else 0, -10 if under else 10),
                textcoords="offset points", ha="right" if near_end else "center", va="top" if under else "bottom",
                fontweight="bold", color=theme.ACCENT, zorder=5,
                bbox={"facecolor": theme.PAPER, "alpha": 0.85, "pad": 1.5, "linewidth": 0})


def _clear_place(values: list[float], place: int, wide: float, ax: Axes, *, near_end: bool) -> tuple[float, bool]:
    """Return the height from which a label keeps clear of the line, and whether it goes under it.

    The label reaches over ``wide`` steps of the line; the nearer of the line's top and foot in that stretch is taken,
    the foot only where there is room for a line of text above the axis.
    """
    first = place - wide if near_end else place - wide / 2
    last = place if near_end else place + wide / 2
    near = [v for i, v in enumerate(values) if v == v and first - 0.5 <= i <= last + 0.5]
    top, foot = max(near), min(near)
    low, high = ax.get_ylim()
    under = foot - low > (high - low) * 0.2 and values[place] - foot < top - values[place]
    return (foot if under else top), under


def panels(frame: pd.DataFrame, ax: Axes, words: Text, *, panel: str, x: str, y: str, unit: str, across: int = 3,
           current: Any = None) -> Axes:
    """Draw one small line per group, all on the same scale.

    Parameters
    ----------
    panel : str
        Column of the groups, in the frame's order.
    x, y : str
    unit : str
    across : int
        Panels beside each other.
    current : optional
        The x value to mark.
    """
    scale = scaled(frame, [y], unit, words)
    top = max([v for v in scale.numbers if v == v], default=1.0) or 1.0
    groups = list(dict.fromkeys(frame[panel]))
    down = -(-len(groups) // across)
    ax.set_axis_off()
    for i, group in enumerate(groups):
        row, column = divmod(i, across)
        inset = ax.inset_axes((column / across + 0.01, 1 - (row + 0.96) / down, 0.93 / across, 0.58 / down))
        chosen = [j for j, value in enumerate(frame[panel]) if value == group]
        values, keys = [scale.numbers[j] for j in chosen], [frame[x].iloc[j] for j in chosen]
        inset.plot(range(len(values)), values, color=theme.ACCENT)
        inset.fill_between(range(len(values)), 0, values, color=theme.ACCENT, alpha=0.1, linewidth=0)
        inset.set_ylim(0, top * 1.12)
        inset.set_xlim(-0.3, max(len(values) - 0.7, 0.7))
        inset.set_xticks([])
        inset.set_yticks([])
        bare(inset, "bottom")
        few = hidden(frame, y)
        mark_hidden(inset, [at for at, j in enumerate(chosen) if few[j]], 1.0)
        name = folded(words.code(panel, group), theme.WIDTH / across / theme.TEXT_SIZE - 1.5)
        inset.set_title(name, fontsize=theme.TEXT_SIZE, loc="left", pad=6, fontweight="bold")
        if current in keys and values[keys.index(current)] == values[keys.index(current)]:
            at = keys.index(current)
            inset.plot([at], [values[at]], "o", color=theme.ACCENT, markersize=6, clip_on=False)
            inset.annotate(words.compact(frame[y].iloc[chosen[at]], unit), (at, values[at]), ha="right", va="bottom",
                           xytext=(3, 6), textcoords="offset points", annotation_clip=False)
    return ax


def dots(frame: pd.DataFrame, ax: Axes, words: Text, *, label: str, value: str, low: str, high: str, unit: str,
         reference: float | None = None, n: str | None = None, accent: Any = None) -> Axes:
    """Draw a dot and its interval per row, with the number behind it.

    Parameters
    ----------
    label, value, low, high : str
        Columns of the codes, the estimates and their intervals.
    unit : str
    reference : float, optional
        Where a dashed line stands, in the unit of the column.
    n : str, optional
        Column of how many each row rests on.
    accent : optional
        The label, or labels, that carry the message.
    """
    keys, names = list(frame[label]), coded(frame, label, words)
    if n:
        names = [f"{folded(name, 9)}\nn={words.format(count, 'count')}"
                 for name, count in zip(names, frame[n], strict=True)]
    names = [name if "\n" in name else folded(name, 9) for name in names]
    small = hidden(frame, value)
    middle, lows, highs = (numbers(frame, column) for column in (value, low, high))
    for i, key in enumerate(keys):
        shown = theme.ACCENT if accent is None or weight_of(key, accent) == "bold" else theme.GREY
        ax.plot([lows[i], highs[i]], [i, i], color=shown, linewidth=2.2, alpha=0.55, solid_capstyle="butt")
        ax.plot([middle[i]], [i], "o", color=shown, markersize=8)
        tail = MARK if small[i] else _bare_number(frame[value].iloc[i], unit, words)
        ax.annotate(tail, (1, i), xycoords=("axes fraction", "data"),
                    xytext=(4, 0), textcoords="offset points", va="center", fontweight=weight_of(key, accent),
                    annotation_clip=False)
    fit_height(ax, names, extra=48)
    _dot_axis(ax, names, [v for v in (*middle, *lows, *highs) if v == v], reference)
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    scale = scaled(frame, [value, low, high], unit, words)
    factor = 100 if unit in ("ratio", "difference") else 1
    sign = "%" if unit == "ratio" else ""
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: scale.tick(v * factor) + sign))
    if unit in ("points", "difference"):
        ax.set_xlabel(scale.unit)
    return ax


def _bare_number(value: Any, unit: str, words: Text) -> str:
    return words.parts(value, unit)[0] if unit in ("points", "difference") else words.brief(value, unit)


def _dot_axis(ax: Axes, names: list[str], known: list[float], reference: float | None) -> None:
    name_rows(ax, names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ends = [*known, *([] if reference is None else [reference])]
    room = ((max(ends) - min(ends)) or 1.0) * 0.08 if ends else 1.0
    ax.set_xlim(min(ends, default=0.0) - room, max(ends, default=1.0) + room)
    ax.grid(axis="x")
    bare(ax)
    if reference is not None:
        ax.axvline(reference, color=theme.GREY, linewidth=1.2, linestyle=(0, (4, 3)))

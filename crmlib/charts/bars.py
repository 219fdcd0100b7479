"""Bars: lying, standing, as a bridge between two levels, and as a histogram."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from crmlib import theme
from crmlib.charts.base import (
    MARK,
    bare,
    coded,
    colour_of,
    end_label,
    fit_height,
    folded,
    hidden,
    is_accent,
    mark_hidden,
    name_rows,
    numbers,
    scaled,
    value_axis,
    weight_of,
    width_of,
)
from crmlib.text.formats import missing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

GAP = 6.0
FEW_COLUMNS = 8


def bars(frame: pd.DataFrame, ax: Axes, words: Text, *, label: str, value: str, unit: str, accent: Any = None,
         other: tuple[str, str] | None = None) -> Axes:
    """Draw lying bars in the order of the frame, each with its value.

    Parameters
    ----------
    label, value : str
        Column of the codes and of the numbers.
    unit : str
        Unit of the numbers; ``money`` is in minor units.
    accent : optional
        The label, or labels, that carry the message; by default all.
    other : tuple of str, optional
        Column and unit of a second number, written in grey behind the first.
    """
    names = [folded(name) for name in coded(frame, label, words)]
    sizes = [0.0 if v != v else v for v in numbers(frame, value)]
    tails = _tails(frame, words, value, unit, other)
    keys = list(frame[label])
    places = range(len(keys))
    ax.barh(places, sizes, height=0.66, color=[colour_of(key, accent) for key in keys])
    _name_rows(ax, names, [weight_of(key, accent) for key in keys])
    fit_height(ax, names)
    for place, (size, tail) in enumerate(zip(sizes, tails, strict=True)):
        small = tail == MARK
        _write_end(ax, max(size, 0.0), place, tail, "normal" if small else weight_of(keys[place], accent),
                   colour=theme.GREY if small else theme.INK)
    _leave_room(ax, sizes, names, tails)
    return ax


def _tails(frame: pd.DataFrame, words: Text, value: str, unit: str, other: tuple[str, str] | None) -> list[str]:
    """Return what stands behind each bar: its value and, in brackets, a second number; a sign where it is hidden."""
    ends = [MARK if small else words.compact(v, unit)
            for v, small in zip(frame[value], hidden(frame, value), strict=True)]
    if other is None:
        return ends
    form = "{}（{}）" if words.locale == "ja" else "{} ({})"
    return [end if missing(v) else form.format(end, words.compact(more, other[1]))
            for end, v, more in zip(ends, frame[value], frame[other[0]], strict=True)]


def _name_rows(ax: Axes, names: list[str], weights: list[str]) -> None:
    name_rows(ax, names, weights)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.set_xticks([])
    bare(ax)
    ax.axvline(0, color=theme.CONTEXT, linewidth=1)


def _write_end(ax: Axes, x: float, y: float, text: str, weight: str = "normal", *, left: bool = False,
               colour: str = theme.INK) -> None:
    ax.annotate(text, (x, y), xytext=(-GAP if left else GAP, 0), textcoords="offset points", va="center",
                ha="right" if left else "left", fontweight=weight, color=colour, annotation_clip=False)


def _leave_room(ax: Axes, sizes: list[float], names: list[str], tails: list[str], *, both: bool = False) -> None:
    """Widen the axis so that numbers beside the bars stay on the canvas; ``both``: those of falls on the left."""
    room = theme.WIDTH - max((width_of(name) for name in names), default=0) - 3 * GAP
    high, low = max([*sizes, 0.0]), min([*sizes, 0.0])
    tail = max((width_of(text) for text in tails), default=0) + 2 * GAP
    left = tail if both and low < 0 else 0.0
    bar = max(room - tail - left, room * 0.25)
    per_point = ((high - low) or 1.0) / bar
    ax.set_xlim(low - left * per_point, high + tail * per_point)


def columns(frame: pd.DataFrame, ax: Axes, words: Text, *, x: str, value: str, unit: str,
            accent: Any = None) -> Axes:
    """Draw upright bars, for instance by weekday or hour; few of them carry their values.

    Parameters
    ----------
    x, value : str
        Column of the codes and of the numbers.
    unit : str
    accent : optional
        The x value, or values, that carry the message.
    """
    keys, names = list(frame[x]), coded(frame, x, words)
    scale = scaled(frame, [value], unit, words)
    sizes = [0.0 if v != v else v for v in scale.numbers]
    ax.bar(range(len(keys)), sizes, width=0.72, color=[colour_of(key, accent) for key in keys])
    value_axis(ax, scale, words)
    ax.set_ylim(min([*sizes, 0.0]) * 1.1, (max([*sizes, 0.0]) or 1.0) * 1.14)
    step = _every(names)
    shown = [i for i in range(len(keys)) if i % step == 0]
    ax.set_xticks(shown, [names[i] for i in shown])
    ax.set_xlim(-0.6, len(keys) - 0.4)
    small = hidden(frame, value)
    told = range(len(keys)) if len(keys) <= FEW_COLUMNS else _telling(keys, sizes, accent)
    for i in (i for i in told if not small[i]):
        ax.annotate(end_label(frame[value].iloc[i], unit, scale, words), (i, max(sizes[i], 0)), xytext=(0, 4),
                    textcoords="offset points", ha="center", va="bottom", fontweight=weight_of(keys[i], accent),
                    bbox={"facecolor": theme.PAPER, "pad": 1.0, "linewidth": 0})
    mark_hidden(ax, [i for i, few in enumerate(small) if few])
    if len(keys) <= FEW_COLUMNS:
        ax.set_yticks([])
        bare(ax, "bottom")
    return ax


def _telling(keys: list[Any], sizes: list[float], accent: Any) -> list[int]:
    told = [i for i, key in enumerate(keys) if accent is not None and is_accent(key, accent)]
    return told or [max(range(len(sizes)), key=lambda i: (sizes[i], -i))] if sizes else []


def _every(names: list[str]) -> int:
    """Return the step at which labels under the axis do not touch."""
    room = (theme.WIDTH - 60) / max(len(names), 1)
    widest = max((width_of(name) for name in names), default=1) + GAP
    step = 1
    while room * step < widest:
        step += 1
    return step


def bridge(frame: pd.DataFrame, ax: Axes, words: Text, *, label: str, value: str, unit: str,
           total: Collection[str] = ()) -> Axes:
    """Draw what leads from one level to the next: steps as bars from one zero line, levels in words.

    Levels stay out of the scale on purpose: beside them the steps could not be seen, and a bar that does not
    start at zero would deceive.

    Parameters
    ----------
    label, value : str
    unit : str
    total : collection of str
        Labels that are levels (before, after), written as a line of their own; one alone is the sum of the steps.
    """
    keys = list(frame[label])
    names = [folded(name) for name in coded(frame, label, words)]
    values = [0.0 if v != v else v for v in numbers(frame, value)]
    steps = [0.0 if key in total else v for key, v in zip(keys, values, strict=True)]
    ax.barh(range(len(keys)), steps, height=0.62, color=[theme.ACCENT if v >= 0 else theme.BAD for v in steps])
    _name_rows(ax, names, ["bold" if key in total else "normal" for key in keys])
    fit_height(ax, names)
    tails = []
    for place, (key, raw, small) in enumerate(zip(keys, frame[value], hidden(frame, value), strict=True)):
        tails.append(MARK if small else words.compact(raw, unit) if key in total and len(total) > 1
                     else _signed(raw, unit, words))
        _write_end(ax, steps[place], place, tails[-1], "bold" if key in total else "normal", left=steps[place] < 0)
        if key in total:
            ax.axhline(place - 0.5 if place else 0.5, color=theme.RULE, linewidth=1, zorder=0)
    _leave_room(ax, steps, names, tails, both=True)
    return ax


def _signed(value: Any, unit: str, words: Text) -> str:
    text = words.compact(value, unit)
    return f"+{text}" if value > 0 else text


def histogram(frame: pd.DataFrame, ax: Axes, words: Text, *, left: str, value: str, unit: str,
              width: float | None = None, mark: tuple[float, str] | None = None, of: str = "days") -> Axes:
    """Draw finished bins.

    Parameters
    ----------
    left, value : str
        Column of the bins' left edges and of their counts.
    unit, of : str
        Units of the counts and of the edges.
    width : float, optional
        Width of a bin; by default the distance of the first two.
    mark : tuple, optional
        An x value to mark, and its words.
    """
    from matplotlib.ticker import FuncFormatter

    edges = numbers(frame, left)
    scale = scaled(frame, [value], unit, words)
    across = scaled(frame, [left], of, words)
    factor = across.numbers[-1] / edges[-1] if edges and edges[-1] else 1.0
    wide = (width or (edges[1] - edges[0] if len(edges) > 1 else 1.0)) * factor
    ax.bar(across.numbers, scale.numbers, width=wide * 0.94, align="edge", color=theme.ACCENT)
    value_axis(ax, scale, words)
    top = (max(scale.numbers, default=1.0) or 1.0) * 1.18
    ax.set_ylim(0, top)
    middles = [x + wide * 0.47 for x in across.numbers]
    mark_hidden(ax, [x for x, few in zip(middles, hidden(frame, value), strict=True) if few])
    ax.set_xlabel(across.unit)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: across.tick(value)))
    if mark:
        ax.axvline(mark[0] * factor, color=theme.INK, linewidth=1.2, linestyle=(0, (4, 3)))
        ax.annotate(mark[1], (mark[0] * factor, top), xytext=(5, -2), textcoords="offset points", va="top")
    return ax

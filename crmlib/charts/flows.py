"""Flows: where the members of each group went, as bands from one side to the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmlib import theme
from crmlib.charts.base import bare, fit_height, folded, said
from crmlib.text.formats import missing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

#: Share of the height between two neighbours, and the width of a pillar.
GAP, PILLAR = 0.03, 0.035
LEFT, RIGHT = 0.0, 1.0
STEPS = 24
Spans = dict[Any, tuple[float, float]]


def flow(frame: pd.DataFrame, ax: Axes, words: Text, *, before: str, after: str, value: str, unit: str,
         order: Sequence[Any], accent: Sequence[Any] = ()) -> Axes:
    """Draw bands from the groups of an earlier day, left, to those of a later one, right; wide as their numbers.

    Parameters
    ----------
    before, after, value : str
        Columns of the groups on both days, and of the numbers; cells that are hidden are left out.
    unit : str
    order : sequence
        Groups from the top.
    accent : sequence
        Groups on the left whose leaving bands carry the message; all other bands are grey.
    """
    cells = [(b, a, float(v)) for b, a, v in zip(frame[before], frame[after], frame[value], strict=True)
             if not missing(v) and v > 0]
    whole = sum(v for _, _, v in cells) or 1.0
    sides = [_pillars(cells, place, order, whole) for place in (0, 1)]
    _bands(ax, cells, sides, whole, order, frozenset(accent))
    for place, (spans, x) in enumerate(zip(sides, (LEFT, RIGHT), strict=True)):
        column = (before, after)[place]
        sizes = {code: sum(v for *codes, v in cells if codes[place] == code) for code in spans}
        for code, (low, high) in spans.items():
            ax.bar(x, high - low, bottom=low, width=PILLAR, color=theme.ACCENT if code in accent else theme.GREY)
            name = f"{folded(said(column, code, words), 8)} {words.compact(round(sizes[code]), unit)}"
            ax.annotate(name, (x, (low + high) / 2), xytext=(-9 if place == 0 else 9, 0), textcoords="offset points",
                        ha="right" if place == 0 else "left", va="center", annotation_clip=False)
    ax.set_xlim(LEFT - PILLAR, RIGHT + PILLAR)
    ax.set_ylim(-0.02, 1 + GAP * max(len(side) for side in sides))
    ax.set_xticks([])
    ax.set_yticks([])
    fit_height(ax, ["row"] * max(len(side) for side in sides), row=42)
    return bare(ax)


def _pillars(cells: list[tuple[Any, Any, float]], place: int, order: Sequence[Any], whole: float) -> Spans:
    """Return where each group stands on one side, the first of the order on top."""
    sizes = {code: sum(v for *codes, v in cells if codes[place] == code) / whole for code in order}
    found, low = {}, 0.0
    for code in reversed([code for code in order if sizes[code] > 0]):
        found[code] = (low, low + sizes[code])
        low += sizes[code] + GAP
    return found


def _bands(ax: Axes, cells: list[tuple[Any, Any, float]], sides: list[Spans], whole: float, order: Sequence[Any],
           accent: frozenset[Any]) -> None:
    """Draw each band between the places it takes on both sides, the accented ones last and on top."""
    import numpy as np

    tops = [{code: high for code, (_, high) in side.items()} for side in sides]
    placed = []
    rank = {code: n for n, code in enumerate(order)}
    for b, a, v in sorted(cells, key=lambda cell: (rank[cell[0]], rank[cell[1]])):
        wide = v / whole
        placed.append((b, a, wide, tops[0][b], tops[1][a]))
        tops[0][b] -= wide
        tops[1][a] -= wide
    t = np.linspace(0, 1, STEPS)
    ease = t * t * (3 - 2 * t)
    x = LEFT + PILLAR / 2 + t * (RIGHT - LEFT - PILLAR)
    for b, a, wide, start, end in sorted(placed, key=lambda band: band[0] in accent and band[0] != band[1]):
        told = b in accent and b != a
        top = start + (end - start) * ease
        ax.fill_between(x, top - wide, top, color=theme.ACCENT if told else theme.FAINT, alpha=0.85 if told else 0.55,
                        linewidth=0)

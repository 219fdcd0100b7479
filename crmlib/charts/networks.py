"""Networks: words as names, lines between those that stand together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib import theme
from crmlib.charts.base import bare, fit_height, numbers, said, width_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

Places = np.ndarray
STEPS, ROW, GAP = 300, 24.0, 10.0
THIN, THICK = 1.0, 5.0
#: Names are wide and low: lines between them need more room upwards to be seen.
TALL = 1.5


def network(frame: pd.DataFrame, ax: Axes, words: Text, *, one: str, other: str, weight: str) -> Axes:
    """Draw names and the lines between them, thicker where the weight is larger; hidden rows are left out.

    Parameters
    ----------
    one, other : str
        Columns of the names at the ends of a line.
    weight : str
        Column of what makes a line thick; the heaviest carries the accent.
    """
    weights = numbers(frame, weight)
    links = [(a, b, w) for a, b, w in zip(frame[one], frame[other], weights, strict=True) if w == w]
    keys = list(dict.fromkeys(key for a, b, _ in links for key in (a, b)))
    names = [said(one, key, words) for key in keys]
    index = {key: n for n, key in enumerate(keys)}
    ends = np.array([(index[a], index[b]) for a, b, _ in links], dtype=np.int64).reshape(-1, 2)
    sizes = np.array([(width_of(name) + GAP, ROW) for name in names]).reshape(-1, 2)
    places = laid_out(len(keys), ends, sizes)
    top = max((w for *_, w in links), default=1.0)
    for (a, b), (*_, w) in zip(ends, links, strict=True):
        heavy = w == top
        ax.plot(places[[a, b], 0], places[[a, b], 1], color=theme.ACCENT if heavy else theme.CONTEXT, zorder=1,
                linewidth=THIN + (THICK - THIN) * w / top, solid_capstyle="round")
    strongest = set(ends[[w == top for *_, w in links]].ravel().tolist())
    for n, (name, (x, y)) in enumerate(zip(names, places, strict=True)):
        ax.annotate(name, (x, y), ha="center", va="center", annotation_clip=False, zorder=2,
                    fontweight="bold" if n in strongest else "normal",
                    bbox={"boxstyle": "round,pad=0.18", "facecolor": theme.PAPER, "edgecolor": "none"})
    _fit(ax, places, sizes)
    return bare(ax)


def _fit(ax: Axes, places: Places, sizes: Places) -> None:
    """Make the figure as high as the names need, one point of the layout a point of the page."""
    if not len(places):
        return
    low, high = (places - sizes / 2).min(axis=0), (places + sizes / 2).max(axis=0)
    ax.set_xlim(low[0], max(high[0], low[0] + theme.WIDTH))
    ax.set_ylim(low[1], high[1])
    ax.set_xticks([])
    ax.set_yticks([])
    fit_height(ax, [""] * round((high[1] - low[1]) / ROW), row=ROW)


def laid_out(count: int, ends: Places, sizes: Places) -> Places:
    """Return the middle of each name in points, so that linked names are near and no two lie upon each other.

    Forces after Fruchterman & Reingold 1991, Software: Practice and Experience 21:1129-1164, from a fixed start on a
    circle; then what still overlaps is moved apart. The width is that of every chart.
    """
    turn = 2 * np.pi * np.arange(count) / max(count, 1)
    places = np.column_stack([np.cos(turn), np.sin(turn)]) * theme.WIDTH / 3
    rest = theme.WIDTH / max(count, 1) ** 0.5 * 0.7
    for step in range(STEPS):
        apart = places[:, None] - places[None, :]
        far = np.maximum(np.sqrt((apart**2).sum(axis=2)), 1.0)[..., None]
        move = (apart / far * (rest**2 / far)).sum(axis=1)
        pull = apart[ends[:, 0], ends[:, 1]] * far[ends[:, 0], ends[:, 1]] / rest
        np.subtract.at(move, ends[:, 0], pull)
        np.add.at(move, ends[:, 1], pull)
        move -= places * 0.6
        length = np.maximum(np.sqrt((move**2).sum(axis=1)), 1e-9)[:, None]
        places = places + move / length * np.minimum(length, rest * (1 - step / STEPS))
    return _parted(_inside(places, sizes), sizes)


def _inside(places: Places, sizes: Places) -> Places:
    """Spread the names over the width of the chart."""
    room = (theme.WIDTH - sizes[:, 0]) / 2
    across = places[:, 0] / max(float(np.abs(places[:, 0]).max(initial=1.0)), 1e-9)
    return np.column_stack([across * np.maximum(room, 0), places[:, 1] * TALL])


def _parted(places: Places, sizes: Places) -> Places:
    """Move names that overlap up and down until none does."""
    order = np.lexsort((places[:, 0], places[:, 1]))
    placed: list[int] = []
    found = places.copy()
    for n in order:
        lift = True
        while lift:
            near = [m for m in placed if abs(found[n, 0] - found[m, 0]) < (sizes[n, 0] + sizes[m, 0]) / 2
                    and abs(found[n, 1] - found[m, 1]) < ROW]
            lift = bool(near)
            if near:
                found[n, 1] = max(found[m, 1] for m in near) + ROW
        placed.append(int(n))
    return found

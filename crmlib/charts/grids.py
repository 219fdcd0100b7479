"""Grids that print their numbers, and stacked shares."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from crmlib import theme
from crmlib.charts.base import MARK, bare, coded, fit_height, folded, hidden, name_rows, said, width_of
from crmlib.text.formats import exact, grouped, missing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

INSIDE = 0.085
SLANT = 60
#: Points between two names in a line.
APART = 5.0
#: Names of so many characters of full width are not broken.
SHORT = 4
SCORES = (1, 2, 3, 4, 5)
#: Three slanting strokes across a cell, with breaks between them.
_BREAK = (float("nan"), float("nan"))
HATCH = ((0.05, 0.45), (0.45, 0.05), _BREAK, (0.05, 0.95), (0.95, 0.05), _BREAK, (0.55, 0.95), (0.95, 0.55))


def heatmap(frame: pd.DataFrame, ax: Axes, words: Text, *, row: str, column: str, value: str, unit: str,
            rows: Sequence[Any] | None = None, columns: Sequence[Any] | None = None,
            mark: tuple[str, float] | None = None, told: str | None = None) -> Axes:
    """Draw a grid of numbers, darker where they are larger.

    Parameters
    ----------
    row, column, value : str
        Columns of a long frame.
    unit : str
    rows, columns : sequence, optional
        Order of the codes; by default as they first appear.
    mark : tuple, optional
        Column and limit: cells beyond it carry ↑, those below its negative ↓.
    told : str, optional
        Column of the numbers that are written, where it is not that of the shades.
    """
    down = list(dict.fromkeys(frame[row])) if rows is None else list(rows)
    across = list(dict.fromkeys(frame[column])) if columns is None else list(columns)
    cells = {(r, c): v for r, c, v in zip(frame[row], frame[column], frame[value], strict=True) if not missing(v)}
    signs = _signs(frame, row, column, mark) if mark else {}
    seen = zip(frame[row], frame[column], frame[told or value], strict=True)
    written = {(r, c): _short(v, unit, words) + signs.get((r, c), "") for r, c, v in seen if (r, c) in cells}
    _paint(ax, down, across, cells, written | _marks(frame, row, column, value))
    names = [folded(said(row, r, words), 10) for r in down]
    name_rows(ax, names, first=0.5)
    ax.xaxis.tick_top()
    room = (theme.WIDTH - max((width_of(name) for name in names), default=0.0)) / max(len(across), 1)
    fit_height(ax, names, extra=_name_columns(ax, [said(column, c, words) for c in across], room))
    return ax


def _signs(frame: pd.DataFrame, row: str, column: str, mark: tuple[str, float]) -> dict[tuple[Any, Any], str]:
    """Return the sign of each cell that is far above or below what chance would give."""
    name, limit = mark
    rows = zip(frame[row], frame[column], frame[name], strict=True)
    return {(r, c): "↑" if v > 0 else "↓" for r, c, v in rows if not missing(v) and abs(v) > limit}


def _name_columns(ax: Axes, names: list[str], room: float) -> float:
    """Write the names above the columns, folded or, where a word is wider than its column, slanted.

    Returns
    -------
    float
        The height they need.
    """
    whole = _side_by_side(names, room)
    heads = names if whole else [folded(name, max(room / theme.TEXT_SIZE - 0.8, 2.0)) for name in names]
    if whole or all(_readable(name, head, room) for name, head in zip(names, heads, strict=True)):
        ax.set_xticklabels(heads)
        return 17.0 * max((head.count("\n") + 1 for head in heads), default=1)
    ax.set_xticklabels(names, rotation=SLANT, ha="left", rotation_mode="anchor")
    return max(width_of(name) for name in names) * 0.87 + theme.TEXT_SIZE


def _side_by_side(names: Sequence[str], room: float) -> bool:
    """Tell whether names stand apart in columns of this width; one may reach out a little over shorter neighbours."""
    wide = [width_of(name) for name in names]
    return all(one <= room for one in wide) or (max(wide) <= 1.1 * room and all(
        (one + other) / 2 + APART <= room for one, other in pairwise(wide)))


def _readable(name: str, head: str, room: float) -> bool:
    """Tell whether a folded name fits its column in two lines, and a short name has stayed in one."""
    lines = head.count("\n") + 1
    return width_of(head) <= room and lines <= (1 if width_of(name) <= SHORT * theme.TEXT_SIZE else 2)


def _marks(frame: pd.DataFrame, row: str, column: str, value: str) -> dict[tuple[Any, Any], str]:
    """Return the sign of each cell that is hidden because few people stand behind it."""
    rows = zip(frame[row], frame[column], hidden(frame, value), strict=True)
    return {(r, c): MARK for r, c, small in rows if small}


def _short(value: Any, unit: str, words: Text) -> str:
    """Return a number without its unit, which the subtitle says."""
    if unit == "ratio":
        return grouped(exact(value) * 100)
    if unit == "money":
        return "".join(words.parts(value, unit))
    if unit in ("index", "score", "count"):
        return words.formats.write(value, "number")
    return words.parts(value, unit)[0]


def _paint(ax: Axes, down: list[Any], across: list[Any], cells: dict[tuple[Any, Any], Any],
           written: dict[tuple[Any, Any], str]) -> None:
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap

    scale = LinearSegmentedColormap.from_list("crmlib", [theme.LOW, theme.HIGH])
    matrix = [[float(cells.get((r, c), "nan")) for c in across] for r in down]
    known = [v for line in matrix for v in line if v == v]
    low, high = min([*known, 0.0]), max(known, default=1.0)
    sns.heatmap(matrix, ax=ax, cmap=scale, vmin=low, vmax=high if high > low else low + 1.0, cbar=False,
                linewidths=2, linecolor=theme.PAPER, xticklabels=False, yticklabels=False)
    span = (high - low) or 1.0
    for i, r in enumerate(down):
        for j, c in enumerate(across):
            if (r, c) in written:
                seen = (r, c) in cells
                ink = theme.ink_on(theme.shade((matrix[i][j] - low) / span)) if seen else theme.GREY
                ax.text(j + 0.5, i + 0.5, written[r, c], ha="center", va="center", color=ink)
    ax.set_xticks([j + 0.5 for j in range(len(across))], [""] * len(across))
    ax.set_yticks([i + 0.5 for i in range(len(down))], [""] * len(down))
    ax.tick_params(axis="y", labelrotation=0, labelcolor=theme.INK)
    ax.tick_params(axis="x", labelrotation=0, labelcolor=theme.INK)
    bare(ax)


def grid(frame: pd.DataFrame, ax: Axes, words: Text, *, value: str = "customers", unit: str = "customers",
         x: str = "f_score", y: str = "r_score") -> Axes:
    """Draw the five-by-five grid of scores, the best customers at the top right.

    Parameters
    ----------
    value : str
        Column of the numbers.
    unit : str
    x, y : str
        Columns of the scores 1 to 5.
    """
    scored = frame.assign(**{x: frame[x].astype(int), y: frame[y].astype(int)})
    heatmap(scored, ax, words, row=y, column=x, value=value, unit=unit, rows=SCORES[::-1], columns=SCORES)
    ax.xaxis.tick_bottom()
    fit_height(ax, ["row"] * len(SCORES), row=46, extra=48)
    ax.set_xlabel(words.label(x) + " →")
    ax.set_ylabel(words.label(y) + " →")
    return ax


def retention(frame: pd.DataFrame, ax: Axes, words: Text, *, cohort: str = "cohort", age: str = "age_months",
              value: str = "retention", size: str = "size", partial: str | None = None, starred: str | None = None,
              ages: int = 12, cohorts: int = 12) -> Axes:
    """Draw the triangle of who came back, newest cohorts at the foot; age 0 is everyone and left out.

    What has not come yet is hatched: it is no zero.

    Parameters
    ----------
    cohort, age, value, size : str
        Columns of the month of first purchase, months since, share that bought, and first buyers.
    partial : str, optional
        Boolean column of cells whose month is not over; they are drawn in grey brackets.
    starred : str, optional
        Boolean column of cohorts that get a star.
    ages, cohorts : int
        How many months and cohorts at most.
    """
    older = frame[(frame[age] >= 1) & (frame[age] <= ages)]
    newest = sorted(dict.fromkeys(older[cohort]))[-cohorts:]
    part = older[older[cohort].isin(newest)]
    across = list(range(1, int(part[age].max()) + 1)) if len(part) else [1]
    cells = {(c, int(a)): v for c, a, v in zip(part[cohort], part[age], part[value], strict=True) if not missing(v)}
    open_cells = set() if partial is None else {
        (c, int(a)) for c, a, p in zip(part[cohort], part[age], part[partial], strict=True) if p}
    rates = {key: _short(v, "ratio", words) for key, v in cells.items()}
    written = {key: f"({rate})" if key in open_cells else rate for key, rate in rates.items()}
    marks = {(c, int(a)): mark for (c, a), mark in _marks(part, cohort, age, value).items()}
    _paint(ax, newest, across, cells, written | marks)
    known = {(c, int(a)) for c, a in zip(part[cohort], part[age], strict=True)}
    _hatch(ax, [(i, j) for i, c in enumerate(newest) for j, a in enumerate(across) if (c, a) not in known])
    sizes = {c: n for c, n in zip(frame[cohort], frame[size], strict=True) if not missing(n)}
    stars = set() if starred is None else set(frame.loc[frame[starred].astype(bool), cohort])
    ax.set_yticklabels([f"{said(cohort, c, words)}{'*' if c in stars else ''}  "
                        f"n={words.format(sizes.get(c), 'count')}" for c in newest])
    ax.set_xticklabels([str(a) for a in across])
    fit_height(ax, ["row"] * len(newest), row=26, extra=42)
    ax.set_xlabel(words.label(age) + " →")
    return ax


def _hatch(ax: Axes, places: Sequence[tuple[int, int]]) -> None:
    """Draw slanting lines over the cells at these rows and columns, all of them as one path."""
    strokes = [(j + x, i + y) for i, j in places for x, y in (*HATCH, _BREAK)]
    if strokes:
        ax.plot(*zip(*strokes, strict=True), color=theme.RULE, linewidth=1, zorder=0)


def shares(frame: pd.DataFrame, ax: Axes, words: Text, *, x: str, part: str, value: str,
           order: Sequence[Any] | None = None) -> Axes:
    """Draw one bar of 100 % per row, divided into parts from dark to light.

    Parameters
    ----------
    x, part, value : str
        Columns of the rows, of their parts, and of the numbers (counts or shares).
    order : sequence, optional
        Order of the parts; by default as they first appear.
    """
    rows = list(dict.fromkeys(frame[x]))
    parts = list(dict.fromkeys(frame[part])) if order is None else list(order)
    cells = {(r, p): 0.0 if missing(v) else float(v)
             for r, p, v in zip(frame[x], frame[part], frame[value], strict=True)}
    colours = [theme.shade(1 - i / max(len(parts) - 1, 1)) for i in range(len(parts))]
    for i, r in enumerate(rows):
        whole, left = sum(cells.get((r, p), 0.0) for p in parts) or 1.0, 0.0
        for p, colour in zip(parts, colours, strict=True):
            share = cells.get((r, p), 0.0) / whole
            ax.barh(i, share, left=left, height=0.7, color=colour, edgecolor=theme.PAPER, linewidth=1.5)
            if share >= INSIDE:
                ax.text(left + share / 2, i, f"{share * 100:.0f}%", ha="center", va="center",
                        color=theme.ink_on(colour))
            left += share
        if any(small for other, small in zip(frame[x], hidden(frame, value), strict=True) if other == r):
            ax.annotate(MARK, (1, i), xytext=(4, 0), textcoords="offset points", va="center", color=theme.GREY,
                        annotation_clip=False)
    names = [folded(name) for name in coded(frame.drop_duplicates(x), x, words)]
    name_rows(ax, names)
    ax.set_xticks([])
    ax.set_xlim(0, 1)
    bare(ax)
    lines = _name_parts(ax, [words.code(part, p) for p in parts], colours, len(rows))
    fit_height(ax, names, row=34, extra=22.0 * lines)
    return ax


def _name_parts(ax: Axes, names: list[str], colours: list[str], rows: int) -> int:
    """Write the parts' names in a line above the bars, each behind a square of its colour."""
    room, used = theme.WIDTH - 110, 0.0
    lines: list[list[tuple[int, float]]] = [[]]
    for i, name in enumerate(names):
        wide = width_of(name) + 30
        if used and used + wide > room:
            lines.append([])
            used = 0.0
        lines[-1].append((i, used))
        used += wide
    step = 0.62
    for k, entries in enumerate(lines):
        y = -0.6 - step * (len(lines) - k - 0.5)
        for i, offset in entries:
            ax.annotate("■", (0, y), xytext=(offset, 0), textcoords="offset points", va="center", color=colours[i])
            ax.annotate(names[i], (0, y), xytext=(offset + 17, 0), textcoords="offset points", va="center")
    ax.set_ylim(rows - 0.5, -0.6 - step * len(lines))
    return len(lines)

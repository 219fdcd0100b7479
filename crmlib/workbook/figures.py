"""Figures as inline SVG with a title that says the finding, alternative text, and the numbers behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmlib import theme
from crmlib.charts.base import HIDDEN, MARK
from crmlib.errors import CrmError
from crmlib.result import Figure, Table
from crmlib.text import Text
from crmlib.text.formats import missing
from crmlib.workbook.markup import Shown, element, escaped, flat, rich
from crmlib.workbook.tables import file_of, prepared, show_table

if TYPE_CHECKING:
    import pandas as pd

DATA_ROWS = 25


def show_figure(figure: Figure, text: Text, k: int, *, folded: bool = True) -> Shown:
    """Return a figure with caption, drawing and, unless it stands open beside it (``folded``), its data table.

    What is drawn is the table as it may be seen: a small cell that is hidden in the table is marked as hidden in the
    chart or, where a chart cannot mark it, left out; either is said once under it, and never named by the title.

    Raises
    ------
    CrmError
        ``pages.figure_without_table``, ``text.missing_key``, or what the table raises.
    """
    if figure.data is None:
        raise CrmError("pages.figure_without_table", figure=f"{figure.analysis}.{figure.name}", table=figure.table)
    text = text.of(figure.analysis)
    frame = prepared(figure.data, k)
    title, subtitle, alt = _words(figure, frame, text)
    svg = drawn(figure, frame, text)
    said = "mark_few" if f">{MARK}<" in svg else "left_few" if _left_out(figure, frame, svg, text) else ""
    few = element("p", escaped(text.sentence(f"show.{said}", {"limit": k})), "small") if said else ""
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escaped(flat(alt))}" ', 1)
    caption = f"<figcaption><b>{rich(title)}</b> <span>{rich(subtitle)}</span></figcaption>"
    fold = _fold(figure.data, text, k, subtitle, flat(title)) if folded else ""
    rows = text.sentence("show.all_rows", {"file": file_of(figure.data)})
    plain = "\n".join(flat(line) for line in (title, subtitle, alt, rows) if line)
    return Shown(element("figure", f"{caption}\n{svg}\n{few}{fold}"), plain)


def _fold(table: Table, text: Text, k: int, label: str, region: str) -> str:
    data = show_table(table, text, k, max_rows=DATA_ROWS, label=label, region=region)
    return f"<details><summary>{escaped(text.sentence('show.data_table'))}</summary>{data.html}</details>"


def _words(figure: Figure, frame: pd.DataFrame, text: Text) -> tuple[str, str, str]:
    """Return title, subtitle and alternative text.

    Where they would name a hidden cell, the caption of the table stands in: its first sentence is the title, and the
    others are said under it, where the subtitle would name the cell too.
    """
    key = f"figures.{figure.name}"
    if not _names_hidden(figure, frame):
        title, subtitle, alt = (text.sentence(f"{key}.{part}", figure.values) for part in ("title", "subtitle", "alt"))
        return title, subtitle, alt
    caption = f"tables.{figure.table}.caption"
    title, rest = first_sentence(text.sentence(caption if text.has(caption) else "title"))
    names = {name for name, value in figure.values.items() if isinstance(value, str)}
    subtitle = rest if names & set(text.holes(f"{key}.subtitle")) else text.sentence(f"{key}.subtitle", figure.values)
    return title, subtitle, f"{title} {subtitle}".strip()


def first_sentence(words: str) -> tuple[str, str]:
    """Return the first sentence, without its full stop, and the others; a colon ends a sentence too."""
    first, end, rest = (*re.split(r"(。|[.:] )", words, maxsplit=1), "", "")[:3]
    return (first if end else words.removesuffix(".")), rest[:1].upper() + rest[1:]


def _gone(table: Table, frame: pd.DataFrame) -> pd.Series:
    """Tell of each row whether it is hidden whole, not only some of its numbers."""
    return frame[HIDDEN] & (frame[table.count].isna() if table.count else True)


def _left_out(figure: Figure, frame: pd.DataFrame, svg: str, text: Text) -> bool:
    """Tell whether the chart draws less than it would, had nothing been hidden; rows it never draws do not count."""
    if figure.data is None or not _gone(figure.data, frame).any():
        return False
    whole = figure.data.frame.astype(dict.fromkeys(_gaps(frame), "float64"))
    return drawn(figure, whole.assign(**{HIDDEN: False}), text) != svg


def _gaps(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if str(frame[name].dtype) == "Int64"]


def _names_hidden(figure: Figure, frame: pd.DataFrame) -> bool:
    """Tell whether the words would tell of rows that are all hidden, or of a hidden number; or nothing is left to see.

    A row of which only some numbers are hidden may be named, if none of these is told with its name.
    """
    import pandas as pd

    if figure.data is None or not frame[HIDDEN].any():
        return False
    named = {value for value in figure.values.values() if isinstance(value, str)}
    told = {value for value in figure.values.values() if isinstance(value, (int, float)) and value == value}
    whole, gone = figure.data.frame, _gone(figure.data, frame)
    few = gone | pd.Series([
        any(missing(seen[name]) and was[name] in told for name in whole.columns)
        for seen, was in zip(frame.to_dict("records"), whole.to_dict("records"), strict=True)], index=frame.index)
    names = [name for name, column in figure.data.columns.items() if column.unit in ("code", "text", "month")]
    seen, small = ({str(value) for name in names for value in frame.loc[few == state, name]}
                   for state in (False, True))
    return bool(named & (small - seen)) or bool(gone.all())


def drawn(figure: Figure, frame: pd.DataFrame, text: Text) -> str:
    """Return the SVG of a figure from its table as it may be seen, the ids prefixed by analysis and name."""
    # Charts reckon in floats; whole numbers with gaps become floats with NaN.
    few = bool(frame[HIDDEN].any())
    frame = frame.astype(dict.fromkeys(_gaps(frame), "float64")) if few else frame.drop(columns=HIDDEN)
    key = re.sub(r"[^A-Za-z0-9]+", "-", f"{figure.analysis}-{figure.name}").strip("-")
    return theme.draw_svg(lambda ax: figure.draw(frame, ax, text), key, figure.size)

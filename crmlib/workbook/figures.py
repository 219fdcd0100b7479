"""Figures as inline SVG with a title that says the finding, alternative text, and the numbers behind."""

from __future__ import annotations

import re

from crmlib import theme
from crmlib.errors import CrmError
from crmlib.result import Figure, Table
from crmlib.text import Text
from crmlib.workbook.markup import Shown, element, escaped, flat, rich
from crmlib.workbook.tables import HIDDEN, file_of, prepared, show_table

DATA_ROWS = 25


def show_figure(figure: Figure, text: Text, k: int) -> Shown:
    """Return a figure with caption, drawing and data table.

    What is drawn is the table as it may be seen: a small cell that is hidden in the table is not in the chart.

    Raises
    ------
    CrmError
        ``pages.figure_without_table``, ``text.missing_key``, or what the table raises.
    """
    if figure.data is None:
        raise CrmError("pages.figure_without_table", figure=f"{figure.analysis}.{figure.name}", table=figure.table)
    text = text.of(figure.analysis)
    title, subtitle, alt = (text.sentence(f"figures.{figure.name}.{part}", figure.values)
                            for part in ("title", "subtitle", "alt"))
    svg = drawn(figure, figure.data, text, k).replace("<svg ", f'<svg role="img" aria-label="{escaped(flat(alt))}" ', 1)
    caption = f"<figcaption><b>{rich(title)}</b> <span>{rich(subtitle)}</span></figcaption>"
    data = show_table(figure.data, text, k, max_rows=DATA_ROWS, label=subtitle, region=flat(title))
    fold = f"<details><summary>{escaped(text.sentence('show.data_table'))}</summary>{data.html}</details>"
    said = text.sentence("show.all_rows", {"file": file_of(figure.data)})
    return Shown(element("figure", f"{caption}\n{svg}\n{fold}"), "\n".join(map(flat, (title, subtitle, alt, said))))


def drawn(figure: Figure, table: Table, text: Text, k: int) -> str:
    """Return the SVG of a figure, the ids prefixed by analysis and name."""
    frame = prepared(table, k)
    if frame[HIDDEN].any():
        # Charts reckon in floats; whole numbers with gaps become floats with NaN.
        gaps = [name for name in frame.columns if str(frame[name].dtype) == "Int64"]
        frame = frame.astype(dict.fromkeys(gaps, "float64"))
    frame = frame.drop(columns=HIDDEN)
    key = re.sub(r"[^A-Za-z0-9]+", "-", f"{figure.analysis}-{figure.name}").strip("-")
    return theme.draw_svg(lambda ax: figure.draw(frame, ax, text), key, figure.size)

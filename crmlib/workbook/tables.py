"""Tables as HTML with caption and scopes, and as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from crmlib.charts.base import HIDDEN
from crmlib.errors import CrmError
from crmlib.privacy import suppress
from crmlib.result import RESTRICTED, Column, Table
from crmlib.text import Text
from crmlib.text.formats import COUNTED, MINUS, exact, fixed, grouped, missing
from crmlib.workbook.markup import Shown, element, escaped, rich, unmarked

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 40
WORDED = ("text", "code", "date", "month")
#: A column that names the unit of its row, those whose numbers are read in it, and those that are differences in it.
UNIT, MEASURED, APART = "unit", "measured", "apart"
#: Units that headings tell in points.
POINTS = ("points", "difference")
#: Units whose numbers have equally many decimals all down a column; scores from so many on have one.
EVEN, SCORE_TENTHS = (*COUNTED, "count", "score", "money"), 10
#: Class of a hidden cell, and from how many neighbours on they are one.
FEW, STRETCH = "few", 3
#: Columns from which a table is set in smaller type.
WIDE = 10
#: A column of changes (ratio - 1, or points), written with their signs.
CHANGE = "change"


def prepared(table: Table, k: int) -> pd.DataFrame:
    """Return a table's frame as it may be seen, small cells emptied, with the column ``suppressed``.

    Raises
    ------
    CrmError
        ``pages.restricted_table`` or ``pages.column_not_described``.
    """
    if table.sensitivity == RESTRICTED:
        raise CrmError("pages.restricted_table", table=f"{table.analysis}.{table.name}")
    apart = sorted(set(table.columns) ^ set(map(str, table.frame.columns)))
    if apart:
        raise CrmError("pages.column_not_described", table=f"{table.analysis}.{table.name}", columns=", ".join(apart))
    return suppress(table, k)


def show_table(table: Table, text: Text, k: int, *, max_rows: int = MAX_ROWS, label: str = "",
               region: str = "") -> Shown:
    """Return a table as HTML that scrolls inside itself.

    Parameters
    ----------
    k : int
        Smallest number of people a cell may rest on; smaller ones say that they are hidden.
    max_rows : int
        Rows at most, the latest of a table that goes from month to month or day to day; the file with all is named.
    label : str
        Used as caption where the catalogue has none for the table.
    region : str
        Name of the region it scrolls in, where the same table stands on a page twice; by default its caption.
    """
    frame = prepared(table, k)
    text = text.of(table.analysis)
    caption = _caption(table, text, label)
    table = replace(table, columns={name: c for name, c in table.columns.items() if c.unit != UNIT})
    names = list(table.columns)
    if frame.empty and text.has(own := f"tables.{table.name}.empty"):
        return Shown(element("p", rich(text.sentence(own)), "empty"), unmarked(text.sentence(own)))
    if frame.empty:
        said = text.sentence("show.empty_table")
        return Shown(element("p", f"{rich(caption)} {escaped(said)}", "empty"), f"{caption}\n{said}")
    places = {name: _places(frame[name], column.unit, text) for name, column in table.columns.items()
              if column.unit in EVEN}
    part = slice(-max_rows, None) if _by_time(table) else slice(max_rows)
    rows = zip(frame[part].to_dict("records"), table.frame[part].to_dict("records"), strict=True)
    cells = [_row(row, whole, table, text, places) for row, whole in rows]
    heads = [_head(name, table, text) for name in names]
    foot = _totals(table, text) if len(frame) <= max_rows else []
    notes = _notes(table, frame, text, k, max_rows)
    html = _html(caption, heads, cells, foot, table, text, notes, region)
    return Shown(html, _plain(caption, heads, cells, foot, notes))


def _by_time(table: Table) -> bool:
    """Tell whether the rows go forward in time by their first column."""
    name, column = next(iter(table.columns.items()))
    return column.unit in ("date", "month") and bool(table.frame[name].is_monotonic_increasing)


def _caption(table: Table, text: Text, label: str) -> str:
    key = f"tables.{table.name}.caption"
    return text.sentence(key) if text.has(key) or not label else label


def _head(name: str, table: Table, text: Text) -> tuple[str, str]:
    """Return a heading and its unit; a table may have a heading of its own for a column (``tables.<name>.labels``)."""
    column = table.columns[name]
    unit = text.formats.form("points", "").strip() if column.unit in POINTS else ""
    if column.unit == "money":
        unit = text.words["currencies"].get(text.currency) or text.formats.symbol.strip()
    elif text.has(f"units.{column.unit}"):
        unit = str(text.get(f"units.{column.unit}"))
    return str(text.find(f"tables.{table.name}.labels.{name}") or text.label(name)), unit


def _places(column: pd.Series, unit: str, text: Text) -> int:
    """Return the decimals that all numbers of a column are written with, so that they can be compared at a glance."""
    known = [exact(value) for value in column if not missing(value)]
    if unit == "money":
        return text.formats.places
    if unit != "score":
        return int(any(value != value.to_integral_value() for value in known))
    small = all(abs(value) < SCORE_TENTHS for value in known)
    return 2 if small and any(fixed(value, 2) != fixed(value, 1) for value in known) else 1


def _row(row: Mapping[Any, Any], whole: Mapping[Any, Any], table: Table, text: Text,
         places: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the cells of a row as (words, class); ``whole`` is the row before anything of it was hidden."""
    own = {name: replace(column, unit=_own_unit(column.unit, str(row[UNIT])))
           if column.unit in (MEASURED, APART) else column for name, column in table.columns.items()}
    return [_named(row[name], name, table) or _cell(
        row[name], name, column, text, hidden=not missing(whole[name]), alone=column is not table.columns[name],
        places=places.get(name))
        for name, column in own.items()]


def _own_unit(unit: str, of_row: str) -> str:
    return "difference" if unit == APART and of_row == "ratio" else of_row


def _named(value: Any, name: str, table: Table) -> tuple[str, str] | None:
    """Return the shop's own name of a code."""
    found = table.names.get(name, {}).get(str(value))
    return None if found is None else (found, "")


def _cell(value: Any, name: str, column: Column, text: Text, *, hidden: bool, alone: bool,
          places: int | None) -> tuple[str, str]:
    """Return a cell's words and class; ``alone``: its unit stands with it, since the heading cannot say it."""
    if column.unit in ("text", "code"):
        return text.code(name, value), ""
    if column.unit in WORDED:
        return text.format(value, column.unit), "day" if column.unit == "date" else ""
    if missing(value):
        return (text.sentence("show.few"), f"n {FEW}") if hidden else (text.formats.write(None, ""), "n")
    if name == CHANGE and column.unit != "difference":
        return text.formats.write(value, "ratio_signed" if column.unit == "ratio" else "tenths_signed"), "n"
    if places is not None:
        return grouped(text.major(value, column.unit), places), "n"
    return (text.format(value, column.unit) if alone else number(value, column.unit, text)), "n"


def number(value: Any, unit: str, text: Text) -> str:
    """Write a number without its unit, which the heading says; money in the digits of its currency."""
    if unit == "money":
        amount = text.major(value)
        return (MINUS if amount < 0 else "") + grouped(abs(amount), text.formats.places)
    if unit in COUNTED or unit in POINTS:
        return text.parts(value, unit)[0]
    return text.format(value, unit)


#: Endings of money columns whose rows do not add up: a limit of a sum is no sum of limits.
SINGLE = ("median", "mean", "average", "low", "high")


def _totals(table: Table, text: Text) -> list[str]:
    """Return the cells of a line of totals, where the rows add up to a published one."""
    first = next(iter(table.columns))
    if table.count is None or table.within or len(table.frame) < 2 or table.columns[first].unit not in WORDED:
        return []
    cells = []
    for name, column in table.columns.items():
        adds = name == table.count or (column.unit == "money" and not name.endswith(SINGLE))
        cells.append(number(_sum(table.frame[name]), column.unit, text) if adds else "")
    return [text.sentence("show.total"), *cells[1:]]


def _sum(column: pd.Series) -> int:
    return sum(int(value) for value in column if not missing(value))


def _notes(table: Table, frame: pd.DataFrame, text: Text, k: int, max_rows: int) -> list[str]:
    said = []
    if frame[HIDDEN].any():
        said.append(text.sentence("show.few_said", {"limit": k}))
    if len(frame) > max_rows:
        part = "show.last_rows" if _by_time(table) else "show.first_rows"
        said.append(text.sentence(part, {"rows": len(frame), "shown": max_rows, "file": file_of(table)}))
    return said


def file_of(table: Table) -> str:
    """Return the name of the file that holds all rows."""
    return f"tables/{table.analysis}.{table.name}.csv"


def _html(caption: str, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[tuple[str, str]]],
          foot: Sequence[str], table: Table, text: Text, notes: Sequence[str], region: str) -> str:
    columns = list(table.columns.values())
    kinds = ["" if column.unit in WORDED else "n" for column in columns]
    head = "".join(_th(name, unit, kind) for (name, unit), kind in zip(heads, kinds, strict=True))
    body = "\n".join(f"<tr>{_tr(row, span)}</tr>" for row, span in zip(rows, _spans(rows, kinds), strict=True))
    total = "".join(element("td", escaped(cell), kind) for cell, kind in zip(foot[1:], kinds[1:], strict=False))
    last = f'<tfoot><tr><th scope="row">{escaped(foot[0])}</th>{total}</tr></tfoot>' if foot else ""
    said = "".join(element("p", escaped(note), "small") for note in notes)
    return element("div", scrolling(rich(caption), head, body, text, last, region) + said, "table")


def scrolling(caption: str, head: str, body: str, text: Text, foot: str = "", region: str = "") -> str:
    """Return a table in a region that scrolls sideways on a narrow page, reachable by keyboard.

    Parameters
    ----------
    caption, head, body, foot : str
        Finished HTML: the caption's words, the heading cells, the rows, and a ``tfoot``.
    region : str
        Name of the region, where the caption's words would not be its own.
    """
    css = ' class="wide"' if head.count("<th") > WIDE else ""
    table = (f"<table{css}><caption><span>{caption}</span></caption><thead><tr>{head}</tr></thead>\n"
             f"<tbody>\n{body}\n</tbody>{foot}</table>")
    label = f"{text.sentence('show.scroll')}: {escaped(region) if region else unmarked(caption)}"
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">{table}</div>'


def _th(name: str, unit: str, kind: str) -> str:
    shown = escaped(name) + (f' <span class="unit">({escaped(unit)})</span>' if unit else "")
    return element("th", shown, kind, scope="col")


def _spans(rows: Sequence[Sequence[tuple[str, str]]], kinds: Sequence[str]) -> list[int]:
    """Return over how many rows the first cell of each row reaches; 0 where an earlier one covers it.

    Only a table whose second column names its rows too is grouped so.
    """
    if len(kinds) < 3 or kinds[1]:
        return [1] * len(rows)
    spans: list[int] = []
    for i, row in enumerate(rows):
        if i and row[0] == rows[i - 1][0]:
            spans.append(0)
            start = max(k for k, span in enumerate(spans) if span)
            spans[start] += 1
        else:
            spans.append(1)
    return spans


def _tr(row: Sequence[tuple[str, str]], span: int) -> str:
    """Return a row; one that belongs to a group names itself by its second cell as well, where that has words."""
    first, *rest = row
    if span == 1:
        head = element("th", escaped(first[0]), first[1], scope="row")
    else:
        second, *rest = rest
        group = element("th", escaped(first[0]), "group", scope="rowgroup", rowspan=str(span)) if span else ""
        # A heading without words would name nothing (stores whose names are not noted).
        named = element("th", escaped(second[0]), "member", scope="row") if second[0] else element("td", "")
        head = group + named
    return head + "".join(_td(cell, css, len(list(run))) for (cell, css), run in groupby(rest))


def _td(cell: str, css: str, run: int) -> str:
    """Return equal neighbours as cells; where a whole stretch of a row is hidden, that is said once."""
    if css.endswith(FEW) and run >= STRETCH:
        return element("td", escaped(cell), css, colspan=str(run))
    return element("td", escaped(cell), css) * run


def _plain(caption: str, heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[tuple[str, str]]],
           foot: Sequence[str], notes: Sequence[str]) -> str:
    lines = [caption.replace("**", ""), " | ".join(f"{name} ({unit})" if unit else name for name, unit in heads)]
    lines += [" | ".join(cell for cell, _ in row) for row in rows]
    lines += [" | ".join(foot)] if foot else []
    return "\n".join([*lines, *notes])

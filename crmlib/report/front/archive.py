"""The page of all months: newest first, with the sales of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmlib.report.front.known import Known, step
from crmlib.report.front.moved import figure
from crmlib.result import Fact
from crmlib.text import Text
from crmlib.workbook.markup import element, escaped
from crmlib.workbook.tables import scrolling

ENOUGH_FOR_A_LINE = 3


def archive(months: Sequence[Mapping[str, Any]], text: Text) -> str:
    """Return the list of months, and their sales as a line where there are enough of them."""
    if not months:
        return element("p", escaped(text.sentence("index.archive_none")), "missing")
    ordered = sorted(months, key=lambda entry: str(entry["month"]), reverse=True)
    known = [(entry, Known.of(entry.get("facts") or ())) for entry in ordered]
    lead = element("p", escaped(text.sentence("index.archive_lead")))
    return "\n".join(part for part in (lead, _table(known, text), _chart(known, text)) if part)


def _sales(known: Known) -> Fact | None:
    return known.first("customers.sales", "trends.sales")


def _table(months: Sequence[tuple[Mapping[str, Any], Known]], text: Text) -> str:
    names = [text.label("month"), text.sentence("index.archive_state"), text.label("sales"),
             text.sentence("index.on_year_ago"), text.label("active")]
    head = "".join(element("th", escaped(name), "n" if i > 1 else "", scope="col") for i, name in enumerate(names))
    body = "\n".join(element("tr", _row(entry, known, text)) for entry, known in months)
    caption = text.sentence("index.archive_table")
    return scrolling(escaped(caption), head, body, text)


def _row(entry: Mapping[str, Any], known: Known, text: Text) -> str:
    month = text.formats.write(entry["month"], "month")
    link = element("a", escaped(month), href=str(entry["href"]))
    state = text.sentence("frame.partial" if entry.get("partial") else "frame.provisional" if (
        entry.get("provisional")) else "frame.final")
    sales, active = _sales(known), known.whole("customers", "active")
    change = step(sales.value, sales.year_ago) if sales else None
    cells = (state, text.brief(sales.value, sales.unit) if sales else text.formats.write(None, ""),
             text.formats.write(change, "change"), text.format(active, "customers"))
    return element("th", link, scope="row") + "".join(
        element("td", escaped(cell), "n" if i else "") for i, cell in enumerate(cells))


def _chart(months: Sequence[tuple[Mapping[str, Any], Known]], text: Text) -> str:
    points = [(str(entry["month"]), sales) for entry, known in reversed(months) if (sales := _sales(known))]
    if len(points) < ENOUGH_FOR_A_LINE:
        return ""
    (first, start), (last, end) = points[0], points[-1]
    values = {"first": first, "last": last, "start": start.value, "end": end.value}
    said = {"title": text.sentence("index.archive_chart"), "alt": text.sentence("index.archive_chart_alt", values),
            "subtitle": text.sentence("index.archive_chart_said", values)}
    return element("div", figure("archive-sales", said, lambda ax: _draw(points, ax, text)), "out")


def _draw(points: Sequence[tuple[str, Fact]], ax: Any, text: Text) -> Any:
    import pandas as pd

    from crmlib import charts

    frame = pd.DataFrame([(month, float(fact.value or 0)) for month, fact in points], columns=["month", "sales"])
    return charts.line(frame, ax, text, y="sales", unit=points[-1][1].unit, current=points[-1][0])

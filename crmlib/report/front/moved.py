"""What moved: customers won and lost, and the facts beside last month and a year ago."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from crmlib import theme
from crmlib.report.front.known import Known
from crmlib.result import Fact
from crmlib.text import Text
from crmlib.workbook.changes import change
from crmlib.workbook.markup import element, escaped, rich
from crmlib.workbook.tables import scrolling

THEN = ("previous", "year_ago")
ROWS = ("sales", "orders", "average_order", "active", "new", "returned", "lost", "total", "repeat_rate")


def moved(known: Known, text: Text, month: str) -> str:
    """Return the chart of who came and went, and the table of differences."""
    return "\n".join(part for part in (_bridge(known, text, month), _table(known, text)) if part)


def _bridge(known: Known, text: Text, month: str) -> str:
    counts = {key: known.whole("customers", key) for key in ("new", "returned", "lost")}
    if None in counts.values():
        return ""
    whole = {key: value or 0 for key, value in counts.items()}
    net = whole["new"] + whole["returned"] - whole["lost"]
    values = {**whole, "net": text.formats.signed(net), "month": month}
    said = {part: text.sentence(f"index.bridge_{part}", values) for part in ("title", "subtitle", "alt")}
    steps = [("new", whole["new"]), ("returned", whole["returned"]), ("lost", -whole["lost"]), ("net", net)]
    return figure("front-bridge", said, lambda ax: _draw(steps, ax, text))


def _draw(steps: list[tuple[str, int]], ax: Any, text: Text) -> Any:
    import pandas as pd

    from crmlib import charts

    frame = pd.DataFrame(steps, columns=["step", "customers"])
    return charts.bridge(frame, ax, text, label="step", value="customers", unit="customers", total=("net",))


def figure(key: str, said: dict[str, str], draw: Any) -> str:
    """Return a figure of the first page: title, subtitle, drawing with alternative text."""
    svg = theme.draw_svg(draw, key).replace("<svg ", f'<svg role="img" aria-label="{escaped(said["alt"])}" ', 1)
    caption = f"<b>{escaped(said['title'])}</b> <span>{escaped(said['subtitle'])}</span>"
    return element("figure", f"<figcaption>{caption}</figcaption>\n{svg}")


def _table(known: Known, text: Text) -> str:
    """Return the facts that have something to be compared with."""
    facts = [fact for key in ROWS if (fact := known.fact("customers", key)) and _comparable(fact)]
    nps = known.fact("satisfaction", "nps_one_per_person")
    facts += [nps] if nps is not None and _comparable(nps) else []
    if not facts:
        return ""
    then_known = [then for then in THEN if any(getattr(fact, then) is not None for fact in facts)]
    heads = [(text.label("metric"), ""), (text.sentence("index.this_month"), "n")]
    for then in then_known:
        heads += [(text.label(then), "n then"), (text.sentence(f"index.on_{then}"), "n")]
    head = "".join(element("th", escaped(name), css, scope="col") for name, css in heads)
    body = "\n".join(element("tr", _row(fact, then_known, text)) for fact in facts)
    return scrolling(rich(text.sentence("index.table_title")), head, body, text)


def _comparable(fact: Fact) -> bool:
    return fact.previous is not None or fact.year_ago is not None


def _row(fact: Fact, then_known: Sequence[str], text: Text) -> str:
    cells = [element("td", escaped(text.compact(fact.value, fact.unit)), "n")]
    for then in then_known:
        before = getattr(fact, then)
        cells.append(element("td", escaped(text.compact(before, fact.unit)), "n then"))
        cells.append(_difference(fact, before, then, text))
    return element("th", escaped(text.label(fact.key)), scope="row") + "".join(cells)


def _difference(fact: Fact, before: Any, then: str, text: Text) -> str:
    """Return a change, its arrow only where the change is more than noise."""
    if before is None:
        return element("td", escaped(text.formats.write(None, "")), "n")
    found = change(fact, before, then, text, bare=True)
    # The arrow stays with its number where a narrow column breaks the line.
    return element("td", escaped(re.sub("^([↑↓]) ", "\\1\u00a0", found.text)), f"n {found.tone}")

"""Groups of people as cards side by side: name, size, what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmlib.charts.base import HIDDEN
from crmlib.result import Portrait
from crmlib.text import Text
from crmlib.workbook.markup import Shown, element, escaped, flat, rich
from crmlib.workbook.tables import prepared, show_table

#: A sentence under this key says that a group is small: its card is grey.
FEW = "few"
SHORT = 18


def show_portraits(group: Sequence[Portrait], text: Text, k: int) -> Shown:
    """Return portraits as a list of cards; where a group's row is hidden, its card says only that."""
    found = [_card(one, text.of(one.analysis), k) for one in group]
    body = "\n".join(card.html for card in found)
    return Shown(element("ul", f"\n{body}\n", "portraits"), "\n\n".join(card.plain for card in found))


def _card(one: Portrait, text: Text, k: int) -> Shown:
    name = text.code(one.column, one.code)
    mark = element("span", escaped(one.mark), "mark") + " " if one.mark else ""
    head = element("h3", mark + escaped(name))
    seen = prepared(one.among, k)
    row = seen[seen[one.column] == one.code]
    if bool((row[HIDDEN] & (row[one.among.count].isna() if one.among.count else True)).any()):
        said = text.sentence("show.few_said", {"limit": k})
        return Shown(element("li", head + element("p", escaped(said), "small"), "portrait faint"), f"{name}\n{said}")
    parts = [_part(label, sentences, text) for label, sentences in one.parts]
    detail = ""
    if one.detail is not None:
        table = show_table(one.detail, text, k, region=f"{name} {text.sentence('show.more')}")
        detail = element("details", f"<summary>{escaped(text.sentence('show.all_features'))}</summary>{table.html}")
    grey = any(key == FEW for _, sentences in one.parts for key, _ in sentences)
    html = element("li", head + "".join(part.html for part in parts) + detail, "portrait faint" if grey else "portrait")
    return Shown(html, "\n".join([name, *(part.plain for part in parts)]))


def _part(label: str, sentences: Sequence[tuple[str, Mapping[str, Any]]], text: Text) -> Shown:
    """Return one part: its first under no heading, as it says how large the group is; the others with theirs."""
    said = [text.sentence(f"portraits.{key}", values) for key, values in sentences]
    heading = text.find(f"portraits.heads.{label}")
    if not heading:
        return Shown("".join(element("p", rich(line)) for line in said), "\n".join(flat(line) for line in said))
    items = "".join(element("li", rich(line)) for line in said)
    # Short ones stand in a line, as many as there is room for.
    css = "short" if all(len(flat(line)) <= SHORT for line in said) else ""
    return Shown(element("p", escaped(heading), "head") + element("ul", items, css),
                 "\n".join([str(heading), *(f"- {flat(line)}" for line in said)]))

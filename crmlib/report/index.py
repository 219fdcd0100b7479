"""The month on one page, and the page of all months.

Order: the verdict, six numbers, what moved, whom to contact, how far the data can be trusted, the doors to the
sections, the shop's remarks. Each claim goes only as far as the published facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmlib.report.front.archive import archive
from crmlib.report.front.known import Known
from crmlib.report.front.moved import moved
from crmlib.report.front.six import six
from crmlib.report.front.trust import trust
from crmlib.report.front.verdict import verdict
from crmlib.report.render import framed, other_language, page_name
from crmlib.text import Text, load_text
from crmlib.workbook.lists import show_actions
from crmlib.workbook.markup import element, escaped, flat

SIX = 6


def render_index(facts: Iterable[Mapping[str, Any]], results_meta: Mapping[str, Mapping[str, Any]],
                 context: Mapping[str, Any]) -> str:
    """Return the first page of a month.

    Parameters
    ----------
    facts : iterable of dict
        Rows of ``facts.json``.
    results_meta : dict of str to dict
        Per analysis: ``available``, ``needs``, ``actions``, ``checks``, ``notes``.
    context : mapping
        As for ``render_page``; also ``locale``, ``remarks``, ``earlier`` and ``later`` (links to the neighbouring
        months), ``archive``, ``min_cell``; ``pages`` may carry their own ``href``.
    """
    text = _words(context)
    known, month, k = Known.of(facts, results_meta), str(context["month"]), int(context.get("min_cell", 5))
    actions = known.actions()
    cards, count = six(known, text)
    parts = [("", verdict(known, text, month, k)), ("six" if count == SIX else "numbers", cards),
             ("moved", _out(moved(known, text, month))),
             ("call", show_actions(actions, text, k).html if actions else ""),
             ("trust", trust(known, text)), ("doors", _doors(known, text, context)),
             ("remarks", element("p", escaped(context["remarks"])) if context.get("remarks") else "")]
    main = "\n".join(_section(name, html, text) for name, html in parts if html)
    return framed("front", text.sentence("index.title", {"month": month}), main, text, context,
                  links=_links(text, context))


def render_archive(months: Sequence[Mapping[str, Any]], context: Mapping[str, Any]) -> str:
    """Return the page of all months, newest first.

    Parameters
    ----------
    months : sequence of dict
        ``month``, ``href``, ``provisional``, ``partial``, ``facts`` (rows of that month's ``facts.json``).
    context : mapping
        ``shop``, ``locale``, ``currency``, ``decimals``, optional ``version``.
    """
    text = _words(context)
    title = text.sentence("index.archive_title", {"shop": context["shop"]})
    return framed("archive", title, archive(months, text), text, context)


def _words(context: Mapping[str, Any]) -> Text:
    words = load_text("pages", str(context["locale"]), str(context.get("currency", "JPY")), context.get("decimals"))
    return words.naming(context.get("own", {}))


def _out(html: str) -> str:
    return element("div", html, "out") if html else ""


def _section(name: str, html: str, text: Text) -> str:
    if not name:
        return html
    heading = element("h2", escaped(text.sentence(f"index.{name}")), id=name)
    return element("section", f"{heading}\n{html}", name + "-part", aria_labelledby=name)


def _links(text: Text, context: Mapping[str, Any]) -> list[dict[str, str]]:
    links = []
    for way, key, shift in (("←", "earlier", -1), ("→", "later", 1)):
        if context.get(key):
            name = text.sentence(f"frame.{key}", {"month": shifted(str(context["month"]), shift)})
            links.append({"href": context[key], "text": f"{way} {name}" if shift < 0 else f"{name} {way}"})
    if context.get("archive"):
        links.append({"href": context["archive"], "text": text.sentence("frame.archive")})
    return links + other_language(text, context)


def shifted(month: str, by: int) -> str:
    """Return the month ``by`` months later."""
    count = int(month[:4]) * 12 + int(month[5:7]) - 1 + by
    return f"{count // 12:04}-{count % 12 + 1:02}"


def _doors(known: Known, text: Text, context: Mapping[str, Any]) -> str:
    """Return a door per section; those that lack data are listed once, with what they need, under trust."""
    missing = dict(known.missing())
    made = [_door(page, text) for page in context.get("pages", ()) if page["analysis"] not in missing]
    return element("ul", "\n".join(made), "doors") if made else ""


def _door(page: Mapping[str, Any], text: Text) -> str:
    """Return the link to a section with its question, or that it could not be made."""
    name, words = escaped(page_name(page, text)), text.of(page["analysis"])
    if not page.get("available", True):
        said = escaped(text.sentence("index.door_missing"))
        return f'<li><div class="shut"><b>{name}</b><span>{said}</span></div></li>'
    line = flat(str(words.find("door") or words.find("title") or ""))
    href = str(page.get("href") or f"{text.locale}/{page['name']}.html")
    return f'<li><a href="{escaped(href)}"><b>{name}</b><span>{escaped(line)}</span></a></li>'

"""Turn an executed notebook into a page a stakeholder reads offline: no code, no script, one language.

The notebook's words and displays go through nbconvert with the small template ``templates/report/body.html.j2``;
the frame around them (head, navigation, foot) is shared with the first page of the month.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from crmlib.text import Text, load_text
from crmlib.text.formats import as_date
from crmlib.workbook.lists import page_name as named
from crmlib.workbook.markup import element, escaped, flat, rich

TEMPLATES = Path(__file__).parents[2] / "templates"
HIDDEN_TAGS = ("parameters", "injected-parameters", "remove")
OTHER = {"ja": "en", "en": "ja"}
_TITLE = re.compile(r"\A\s*#\s+(.+?)\s*(?:\n|\Z)")
_HEADING = re.compile(r"\A\s*#{2,}\s")


def render_page(notebook: Path, locale: str, context: Mapping[str, Any]) -> str:
    """Return the page of one executed notebook.

    Parameters
    ----------
    notebook : Path
        Executed ``.ipynb``.
    locale : str
        ``ja`` or ``en``; cells tagged for the other language are left out.
    context : mapping
        ``name`` (``20_rfm``), ``shop``, ``month``, ``as_of``, ``currency``, ``decimals``; optional ``provisional``,
        ``partial``, ``basis``, ``version``, ``commit``, ``contact``, ``params``, ``pages`` (name, analysis,
        available, in order), ``home``, ``other``.

    Returns
    -------
    str
        HTML without script or external address, always the same bytes for the same notebook and context.
    """
    import nbformat

    book = nbformat.read(notebook, as_version=4)
    text = words_of(str(context["name"]), locale, context)
    title, book.cells = _story(book.cells, locale, text)
    main = _body(book, locale, text) or element("p", escaped(text.sentence("frame.nothing")), "missing")
    return framed("page", title, main + _definitions(text), text, context,
                  links=_links(text, context), neighbours=_neighbours(text, context))


def words_of(name: str, locale: str, context: Mapping[str, Any]) -> Text:
    """Return the words of a page: its analysis's own on top of those of the frame."""
    currency, decimals = str(context.get("currency", "JPY")), context.get("decimals")
    frame = load_text("pages", locale, currency, decimals)
    analysis = next((p["analysis"] for p in context.get("pages", ()) if p["name"] == name), name.partition("_")[2])
    own = frame.of(analysis)
    return Text(analysis, locale, own.currency, own.decimals, {**frame.words, **own.words})


def _story(cells: Sequence[Any], locale: str, text: Text) -> tuple[str, list[Any]]:
    """Return the page's question and the cells that belong on it."""
    dropped = {*HIDDEN_TAGS, f"lang-{OTHER[locale]}"}
    kept = [cell for cell in cells if not dropped & set(cell.metadata.get("tags", ()))]
    title = ""
    for cell in kept:
        found = _TITLE.match(cell.source) if cell.cell_type == "markdown" and not title else None
        if found:
            title, cell.source = found[1], cell.source[found.end():]
    return title or flat(text.sentence("title")), _without_empty_sections(kept)


def _without_empty_sections(cells: Sequence[Any]) -> list[Any]:
    """Leave out a heading, and the words under it, when nothing came of the code it introduces."""
    kept: list[Any] = []
    section: list[Any] = []
    for cell in [*cells, None]:
        starts = cell is None or (cell.cell_type == "markdown" and _HEADING.match(cell.source))
        if starts:
            kept.extend(section if _says_something(section) else [])
            section = []
        if cell is not None:
            section.append(cell)
    return kept


def _says_something(section: Sequence[Any]) -> bool:
    code = [cell for cell in section if cell.cell_type == "code"]
    headed = bool(section) and section[0].cell_type == "markdown" and _HEADING.match(section[0].source)
    return not headed or not code or any(map(_visible, code))


def _visible(cell: Any) -> bool:
    return any(output.output_type == "error" or _html(output).strip() for output in cell.outputs)


def _html(output: Any) -> str:
    found = output.get("data", {}).get("text/html", "")
    return found if isinstance(found, str) else "".join(found)


def _body(book: Any, locale: str, text: Text) -> str:
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs = cell.outputs if _visible(cell) else []
    body, _ = _exporter(locale).from_notebook_node(
        book, resources={"crmlib_failed": text.sentence("frame.failed")})
    return str(body).strip()


@cache
def _exporter(locale: str) -> Any:
    from nbconvert.exporters import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter

    class PageExporter(HTMLExporter):
        """Without the pass through BeautifulSoup, which writes every SVG anew."""

        def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, dict[str, Any]]:
            return TemplateExporter.from_notebook_node(self, nb, resources, **kw)

    return PageExporter(extra_template_basedirs=[str(TEMPLATES)], template_name="report",
                        template_file="body.html.j2", exclude_anchor_links=True, language_code=locale,
                        default_preprocessors=[], preprocessors=[])


def _definitions(text: Text) -> str:
    terms = text.find("definitions")
    if not terms:
        return ""
    pairs = "".join(f"<dt>{escaped(term)}</dt><dd>{rich(str(said))}</dd>" for term, said in terms.items())
    summary = escaped(text.sentence("frame.definitions"))
    return f'\n<details id="definitions"><summary>{summary}</summary><dl>{pairs}</dl></details>'


def _links(text: Text, context: Mapping[str, Any]) -> list[dict[str, str]]:
    links = []
    if context.get("home"):
        links.append({"href": context["home"], "text": text.sentence("frame.home", {"month": context["month"]})})
    return links + other_language(text, context)


def other_language(text: Text, context: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the link to the same page in the other language, if it was made."""
    if not context.get("other"):
        return []
    return [{"href": context["other"], "text": text.sentence("frame.other"), "lang": text.sentence("frame.other_lang")}]


def _neighbours(text: Text, context: Mapping[str, Any]) -> list[dict[str, str]]:
    pages = list(context.get("pages", ()))
    at = next((i for i, page in enumerate(pages) if page["name"] == context["name"]), None)
    if at is None:
        return []
    found = []
    for kind, i in (("before", at - 1), ("after", at + 1)):
        if 0 <= i < len(pages):
            found.append({"kind": kind, "href": f"{pages[i]['name']}.html", "text": page_name(pages[i], text),
                          "label": text.sentence(f"frame.{kind}")})
    return found


def page_name(page: Mapping[str, Any], text: Text) -> str:
    """Return the short name of a page."""
    return named(str(page["analysis"]), text)


def framed(kind: str, title: str, main: str, text: Text, context: Mapping[str, Any], *,
           links: Sequence[Mapping[str, str]] = (), neighbours: Sequence[Mapping[str, str]] = ()) -> str:
    """Put finished HTML into the frame all pages share.

    Parameters
    ----------
    kind : str
        ``page``, ``front`` or ``archive``: the class of the body.
    title : str
        The one h1.
    main : str
        Finished HTML.
    """
    shop, whole = str(context["shop"]), title if kind == "archive" else f"{title} — {context['shop']}"
    meta = [] if kind == "archive" else [shop, *_dates(text, context, kind)]
    values = {
        "kind": kind, "locale": text.locale, "title": title, "document_title": whole, "main": main,
        "css": _css(), "words": text.get("frame"), "links": list(links), "neighbours": list(neighbours),
        "neighbours_label": text.sentence("frame.pages_nav"), "meta": meta,
        "tags": _tags(text, context), "notices": _notices(text, context), "foot": _foot(text, context),
        "parameters": [(_parameter(str(k), text), str(v))
                       for k, v in sorted(dict(context.get("params") or {}).items())],
    }
    return str(_frame().render(values))


def _parameter(key: str, text: Text) -> str:
    return str((text.find("frame.parameter_names") or {}).get(key, key))


def _dates(text: Text, context: Mapping[str, Any], kind: str) -> list[str]:
    if "as_of" not in context:
        return []
    month = [text.formats.write(context["month"], "month")] if kind == "page" else []
    return [*month, text.sentence("frame.as_of", {"day": last_day(context)})]


def last_day(context: Mapping[str, Any]) -> Any:
    """Return the last day whose data the report has seen."""
    return as_date(context["as_of"]) - timedelta(days=1)


def _tags(text: Text, context: Mapping[str, Any]) -> list[str]:
    return [text.sentence(f"frame.{tag}") for tag in ("provisional", "partial") if context.get(tag)]


def _notices(text: Text, context: Mapping[str, Any]) -> list[str]:
    said = {"partial": {"day": last_day(context)}} if context.get("partial") else {}
    return [text.sentence(f"frame.{name}_said", values) for name, values in said.items()]


def _foot(text: Text, context: Mapping[str, Any]) -> list[str]:
    said = _dates(text, context, "front")
    basis = dict(context.get("basis") or {})
    if basis:
        said += [str(text.get("basis.always"))] + [str(text.get(f"basis.{key}")[value]) for key, value in basis.items()
                                                   if value in (text.find(f"basis.{key}") or {})]
    said += [text.sentence("frame.interval")] if "as_of" in context else []
    if context.get("version"):
        made = [str(context["version"]), *([f"({_short(context['commit'])})"] if context.get("commit") else [])]
        said += [text.sentence("frame.version", {"version": " ".join(made)}), text.sentence("frame.reproducible")]
    if context.get("provisional"):
        said.append(text.sentence("frame.provisional_said"))
    if context.get("contact"):
        said.append(text.sentence("frame.contact", {"contact": context["contact"]}))
    return said


def _short(commit: str) -> str:
    """Return a commit as people write it: seven digits, which no gate can take for somebody's number."""
    digits, mark, changes = commit.partition("+")
    return digits[:7] + mark + changes


@cache
def _css() -> str:
    return (TEMPLATES / "report" / "report.css").read_text(encoding="utf-8")


@cache
def _frame() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(TEMPLATES / "report")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=False,
                       keep_trailing_newline=True).get_template("frame.html.j2")

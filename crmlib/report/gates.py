"""What must not be on a published page, and what every page must have; read from the HTML itself.

Addresses and scripts: a page asks nothing of any server. Personal data: nothing that looks like a person's, and none
of the shop's own names, mails, phones and ids. Accessibility: the rules of WCAG 2.2 that can be told without a
browser (axe runs in the tests where there is one).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

from crmlib import theme
from crmlib.report import leaks

LARGEST = 500_000
CONTRAST = 4.5
CONTEXT = 24
ADDRESSES = ("src", "href", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href")
SPOKEN = ("alt", "title", "content", "href", "value", "label", "summary")
SPOKEN_FAMILIES = ("aria-", "data-")
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
PERSONAL = {
    "mail address": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.[A-Za-z]{2,}"),
    "phone number": re.compile(
        r"(?<![\d.,])(?=(?:\D?\d){10,12}(?!\d))(?:\+?81[- ]?|0)\d{1,4}[-(（ ]\d{1,4}[-)） ]\d{3,4}"),
    "postal code": re.compile(r"〒\s*\d{3}"),
    "long number": re.compile(r"(?<![\d.,#])\d{9,}(?![\d,])"),
    "path": re.compile(r"(?<![\w/.])(?:/(?:home|Users|root|work|tmp|var|opt|mnt|private|etc)/[\w.-]|[A-Za-z]:\\\w)"),
    "home": re.compile(r"(?<!\w)~/\w"),
    "traceback": re.compile(r"Traceback \(most recent|\bFile \"[^\"]+\", line \d+|<ipython-input|ipykernel_"),
    "customer key": re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"),
    "object address": re.compile(r"\bat 0x[0-9a-f]{6,}"),
}
#: What stands between the digits of a phone number, whatever key or font it came from.
_HYPHENS = re.compile(r"(?<=\d)[‐‑‒–—―−ー](?=\d)")


@dataclass(frozen=True, order=True)
class Problem:
    """Something that keeps a page from being published: the rule, the element or place, and what was found."""

    rule: str
    where: str
    found: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}" + (f" ({self.found})" if self.found else "")


def scan(html: str, private: Iterable[str] = ()) -> list[Problem]:
    """Return what is wrong with a page, sorted; an empty list lets it pass.

    Parameters
    ----------
    html : str
        The whole page.
    private : iterable of str
        Names, mails, phones and ids of the shop's own customers. What was found is never repeated in a problem.
    """
    page = _Page()
    page.feed(html)
    page.close()
    found = [*page.problems, *_size(html), *_styles(page), *_structure(page), *_ids(page), *_personal(page),
             *_private(page, private)]
    return sorted(set(found))


@dataclass
class _Open:
    """An element that is not closed yet."""

    tag: str
    attributes: dict[str, str]
    text: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


class _Page(HTMLParser):
    """Walks a page once, noting problems of single elements and what the rules on the whole need."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        self.closed: list[_Open] = []
        self.words: list[str] = []
        self.styles: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.tags: Counter[str] = Counter()
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and look at it alone."""
        given = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        self.problems += _element(tag, given)
        self.words += [value for name, value in given.items() if value and _spoken(name, value)]
        self.styles += [given["style"]] if given.get("style") else []
        self.ids += [given["id"]] if "id" in given else []
        self.links += [value[1:] for value in (given.get("href", ""),) if value.startswith("#") and len(value) > 1]
        self.lang = given.get("lang", "") if tag == "html" else self.lang
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for parent in self.stack:
            parent.tags.append(tag)
        if tag not in VOID:
            self.stack.append(_Open(tag, given))

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest open element of that name."""
        while self.stack and any(node.tag == tag for node in self.stack):
            node = self.stack.pop()
            self.closed.append(node)
            if node.tag == tag:
                return

    def handle_comment(self, data: str) -> None:
        """Look into comments as well: whoever opens the source reads them."""
        self.words.append(data.strip())

    def handle_data(self, data: str) -> None:
        """Keep text for the elements it stands in; styles apart."""
        if self.stack and self.stack[-1].tag == "style":
            self.styles.append(data)
            return
        if data.strip():
            self.words.append(data.strip())
            for node in self.stack:
                node.text.append(data)


def _element(tag: str, given: dict[str, str]) -> Iterator[Problem]:
    if tag in ("script", "iframe", "object", "embed", "base", "form", "link"):
        yield Problem("not allowed", f"<{tag}>")
    if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
        yield Problem("not allowed", "<meta http-equiv=refresh>")
    for name, value in given.items():
        if name.startswith("on"):
            yield Problem("script", f"<{tag} {name}>")
        if name in ADDRESSES and _leaves(value, loads=name != "href" or tag not in ("a", "area")):
            yield Problem("outside address", f"<{tag} {name}>", value[:80])
    yield from _alternative(tag, given)
    if tag == "th" and given.get("scope") not in ("row", "col", "rowgroup", "colgroup"):
        yield Problem("no scope", "<th>")
    if "tabindex" in given and (given.get("tabindex") != "0" or not given.get("aria-label") or not given.get("role")):
        yield Problem("scroll region without role and label", f"<{tag} tabindex>")


def _spoken(name: str, value: str) -> bool:
    """Tell whether an attribute holds words; one that points to an id of the page does not."""
    words = name in SPOKEN or name.startswith(SPOKEN_FAMILIES)
    return words and not (name == "href" and value.startswith("#"))


def _alternative(tag: str, given: dict[str, str]) -> Iterator[Problem]:
    if tag == "img" and not given.get("alt", "").strip():
        yield Problem("no alternative text", "<img>")
    if given.get("role") == "img" and not given.get("aria-label", "").strip():
        yield Problem("no alternative text", f"<{tag} role=img>")
    if tag == "svg" and "role" not in given and given.get("aria-hidden") != "true":
        yield Problem("no alternative text", "<svg>")


def _leaves(value: str, *, loads: bool) -> bool:
    """Tell whether an address goes outside; links to neighbouring pages may stand, loading anything may not."""
    address = value.strip()
    if not address or address.startswith(("#", "data:image/")):
        return False
    outside = re.match(r"(?:[A-Za-z][A-Za-z0-9+.-]*:|//|/)", address) is not None
    return outside or loads


def _size(html: str) -> Iterator[Problem]:
    size = len(html.encode())
    if size > LARGEST:
        yield Problem("too large", "page", f"{size} > {LARGEST} bytes")


def _styles(page: _Page) -> Iterator[Problem]:
    whole = "\n".join(page.styles)
    if "@import" in whole:
        yield Problem("outside address", "@import")
    for address in re.findall(r"url\(\s*['\"]?([^)'\"]*)", whole):
        if not address.startswith(("data:", "#")):
            yield Problem("outside address", "url()", address[:80])
    yield from _contrast(whole)


@cache
def _contrast(css: str) -> tuple[Problem, ...]:
    """Compare the named text colours of a style sheet with its named grounds."""
    named = dict(re.findall(r"--([a-z]+):\s*(#[0-9a-fA-F]{6})", css))
    grounds = [named[name] for name in ("paper", "wash") if name in named]
    return tuple(Problem("contrast", f"--{name} on {ground}", f"{theme.contrast(named[name], ground):.2f}")
                 for name in ("ink", "grey", "accent", "good", "bad", "note") if name in named for ground in grounds
                 if theme.contrast(named[name], ground) < CONTRAST)


def _structure(page: _Page) -> Iterator[Problem]:
    if page.lang not in ("ja", "en"):
        yield Problem("no language", "<html lang>", page.lang)
    for tag in ("title", "h1", "main", "header", "footer"):
        if page.tags[tag] != 1:
            yield Problem("exactly one", f"<{tag}>", str(page.tags[tag]))
    if page.headings[:1] != [1]:
        yield Problem("heading order", "the first heading is no h1")
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        if after > before + 1:
            yield Problem("heading order", f"h{after} after h{before}")
    for node in page.closed:
        yield from _finished(node, "".join(node.text).strip())


def _finished(node: _Open, text: str) -> Iterator[Problem]:
    """Look at an element with all it holds."""
    if node.tag in ("th", "caption", "summary", "title", "button") and not text:
        yield Problem("empty", f"<{node.tag}>")
    if (re.fullmatch("h[1-6]", node.tag) or node.tag == "a") and not text and not node.attributes.get("aria-label"):
        yield Problem("empty", f"<{node.tag}>")
    if node.tag == "table" and "caption" not in node.tags:
        yield Problem("no caption", "<table>")
    if node.tag == "nav" and not node.attributes.get("aria-label"):
        yield Problem("no label", "<nav>")


def _ids(page: _Page) -> Iterator[Problem]:
    for name, count in Counter(page.ids).items():
        if count > 1:
            yield Problem("id not unique", name, str(count))
    for target in set(page.links) - set(page.ids):
        yield Problem("link to nothing", f"#{target}")


def _personal(page: _Page) -> Iterator[Problem]:
    """Look for what has the shape of a person's data; the match itself is masked."""
    for text in map(normal, page.words):
        for rule, pattern in PERSONAL.items():
            found = pattern.search(text)
            if found:
                before = text[max(found.start() - CONTEXT, 0):found.start()]
                yield Problem(rule, f"{before}…", f"{len(found[0])} characters")


def normal(text: str) -> str:
    """Return a text with half-width digits, and one kind of hyphen between them."""
    return _HYPHENS.sub("-", unicodedata.normalize("NFKC", text))


def _private(page: _Page, private: Iterable[str]) -> Iterator[Problem]:
    """Look for secrets that are given one by one; `leaks.search` looks for those of a whole shop."""
    words = tuple(page.words)
    texts = leaks.Texts(words, words)
    for _, kind, count in leaks.search({"": texts}, leaks.of_values(private)):
        yield private_data(kind, count)


def private_data(kind: str, count: int) -> Problem:
    """Return the problem of a leak; what was found is not repeated."""
    return Problem("private data", f"{count} of the shop's own ({kind})")

"""The texts of published files, in the form in which names, numbers and codes are compared."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

#: From which length on a match is no accident.
SHORTEST = {"mail": 6, "phone": 9, "name": 4, "address": 8, "id": 5}
BLANK = re.compile(r"\s+")
_NUMBER_ID = 7
_LONGEST_PHONE = 13
_HYPHENS = re.compile(r"[‐‑‒–—―−－ー・]")
#: A number on one line; or one in three cells of its own, which begins with 0, as no figure of a table does.
_DIGITS = re.compile(r"[+(]?\d(?:(?:[-()/]\s?|[^\S\n]){0,2}\d){8,}")
_IN_CELLS = re.compile(r"(?<![^\n])0\d{1,4}\n\d{1,4}\n\d{3,4}(?![^\n])")
_CODE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_-]*[0-9A-Za-z])?")
_WHOLE = re.compile(r"(?<![\d.,-])\d+(?![.,-]?\d)")
#: Elements inside a line of text; a name may go across them.
_INLINE = frozenset("a abbr b bdi bdo cite code em i mark q rp rt ruby s small span strong sub sup tspan u wbr".split())
_UNREAD = frozenset("style script".split())
#: Attributes that hold no words.
_TECHNICAL = frozenset("class style d points transform viewbox fill stroke width height x y x1 x2 y1 y2 cx cy r rx ry "
                       "colspan rowspan scope role lang charset http-equiv xmlns src".split())


class _Texts(HTMLParser):
    """Collects every text of a page: what is read, spoken, commented; whole lines and single pieces."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self._joins, self._unread = False, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the words of attributes; a block begins a new line."""
        self._unread += tag in _UNREAD
        self._joins = self._joins and tag in _INLINE
        for name, value in attrs:
            if value and name not in _TECHNICAL and not value.startswith("data:"):
                self.pieces.append(value)

    def handle_endtag(self, tag: str) -> None:
        """End of a block, end of a line."""
        self._unread -= tag in _UNREAD
        self._joins = self._joins and tag in _INLINE

    def handle_data(self, data: str) -> None:
        """Go on with the line, or begin one."""
        if self._unread or not data.strip():
            return
        self.pieces.append(data)
        if self._joins:
            self.lines[-1] += data
        else:
            self.lines.append(data)
        self._joins = True

    def handle_comment(self, data: str) -> None:
        """Look into comments too."""
        self.pieces.append(data)


@dataclass(frozen=True)
class Texts:
    """The texts of one published file.

    Attributes
    ----------
    lines : tuple of str
        Whole lines and attributes, where names, mails, phones and addresses are looked for.
    pieces : tuple of str
        Single texts, where ids are looked for.
    formatted : bool
        Whether numbers are written for readers (1,234,567), so that bare digits may be somebody's number.
    """

    lines: tuple[str, ...]
    pieces: tuple[str, ...]
    formatted: bool = True

    @cached_property
    def plain(self) -> str:
        """All lines in the form they are compared in, blanks kept."""
        return unicodedata.normalize("NFKC", "\n".join(self.lines))

    @cached_property
    def tight(self) -> str:
        """The same without blanks, a line each."""
        return "\n".join(BLANK.sub("", line) for line in self.plain.split("\n"))

    @cached_property
    def folded(self) -> str:
        """The same in lower case."""
        return self.tight.casefold()

    @cached_property
    def mails(self) -> str:
        """The lines of it in which a mail address may stand."""
        return "\n".join(line for line in self.folded.split("\n") if "@" in line)

    @cached_property
    def phones(self) -> frozenset[str]:
        """Every run of digits of a phone's length."""
        found: set[str] = set()
        written = _HYPHENS.sub("-", self.plain)
        for token in (*_DIGITS.findall(written), *_IN_CELLS.findall(written)):
            digits = re.sub(r"\D", "", token)
            for whole in {digits, "0" + digits[2:] if digits.startswith("81") else digits}:
                found.update(whole[n:n + size] for size in range(SHORTEST["phone"], _LONGEST_PHONE + 1)
                             for n in range(len(whole) - size + 1))
        return frozenset(found)

    @cached_property
    def codes(self) -> frozenset[str]:
        """Every code of letters and digits; long numbers where numbers are written for readers."""
        whole = unicodedata.normalize("NFKC", "\n".join(self.pieces))
        found = {c for c in _CODE.findall(whole) if len(c) >= SHORTEST["id"] and not c.isdigit()}
        if self.formatted:
            found |= {c for c in _WHOLE.findall(whole) if len(c) >= _NUMBER_ID}
        return frozenset(found)


def of_page(html: str) -> Texts:
    """Return the texts of an HTML page."""
    reader = _Texts()
    reader.feed(html)
    reader.close()
    return Texts((*reader.lines, *reader.pieces), tuple(reader.pieces))


def of_file(path: Path) -> Texts:
    """Return the texts of a published notebook, table or JSON file; numbers in them are written for machines."""
    content = path.read_text(encoding="utf-8-sig")
    cells = {".csv": _cells, ".ipynb": _outputs, ".json": _strings}.get(path.suffix, str.splitlines)(content)
    lines = tuple(cells)
    return Texts(lines, lines, formatted=False)


def _cells(content: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(content)):
        yield from (cell for cell in row if cell)


def _strings(content: str) -> Iterator[str]:
    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (list, dict)):
            for one in value.values() if isinstance(value, dict) else value:
                yield from walk(one)

    return walk(json.loads(content))


def _outputs(content: str) -> Iterator[str]:
    for cell in json.loads(content)["cells"]:
        yield from "".join(cell["source"]).splitlines()
        for output in cell.get("outputs", ()):
            yield from "".join(output.get("text", ())).splitlines()
            for kind, value in output.get("data", {}).items():
                text = "".join(value) if isinstance(value, (str, list)) else json.dumps(value, ensure_ascii=False)
                yield from of_page(text).lines if kind == "text/html" else text.splitlines()

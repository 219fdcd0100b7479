"""Small pieces of HTML and of plain text, and the display object made of them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True)
class Shown:
    """What a cell shows: HTML for pages and JupyterLab, plain text for terminals and diffs; always the same bytes."""

    html: str
    plain: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.plain}

    def __repr__(self) -> str:
        return self.plain


def joined(shown: Iterable[Shown]) -> Shown:
    """Put displays under each other."""
    parts = [part for part in shown if part.html or part.plain]
    return Shown("\n".join(p.html for p in parts), "\n\n".join(p.plain for p in parts))


def escaped(text: Any) -> str:
    """Return text safe inside HTML and its attributes."""
    return html.escape(str(text), quote=True)


def rich(text: str) -> str:
    """Return a sentence as HTML, ``**…**`` in bold."""
    return _BOLD.sub(r"<b>\1</b>", escaped(text))


def flat(text: str) -> str:
    """Return a sentence as plain text."""
    return _BOLD.sub(r"\1", str(text))


def unmarked(html_text: str) -> str:
    """Return finished HTML without its elements, still escaped."""
    return re.sub(r"<[^>]*>", "", html_text)


def element(tag: str, content: str, css: str = "", **attributes: str) -> str:
    """Return an element around finished HTML."""
    given = {"class": css} if css else {}
    words = "".join(f' {name.replace("_", "-")}="{escaped(value)}"' for name, value in {**given, **attributes}.items())
    return f"<{tag}{words}>{content}</{tag}>"

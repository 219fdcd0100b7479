"""What do comments speak about? A dictionary of themes that people can read and extend, the same every month."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FILE = Path(__file__).with_name("themes.yaml")


@dataclass(frozen=True)
class Theme:
    """A theme: the words by which it is known, and those that only look like it."""

    key: str
    ja: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    @property
    def pattern(self) -> re.Pattern[str]:
        """Match what names the theme in group 1; what only looks like it is eaten before."""
        parts = [_any(self.ja)] + ([rf"(?<![a-z]){_any(self.en)}"] if self.en else [])
        names = "|".join(part for part in parts if part)
        return re.compile((f"{_any(self.unless)}|" if self.unless else "") + f"({names})")


@cache
def standard() -> tuple[Theme, ...]:
    """Return the themes that come with the workbook, in the order of their file."""
    import yaml

    read: Mapping[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(Theme(key, *(tuple(map(str, own.get(name) or ())) for name in ("ja", "en", "unless")))
                 for key, own in read.items())


def extended(own: Mapping[str, Theme], *, only: bool = False) -> tuple[Theme, ...]:
    """Return the standard themes with a shop's words added, its own themes after them.

    Parameters
    ----------
    own : mapping of str to Theme
    only : bool
        Leave the standard themes out.
    """
    base = () if only else standard()
    known = {theme.key for theme in base}
    added = tuple(_both(theme, own[theme.key]) if theme.key in own else theme for theme in base)
    return added + tuple(theme for key, theme in own.items() if key not in known)


def _both(one: Theme, more: Theme) -> Theme:
    return Theme(one.key, one.ja + more.ja, one.en + more.en, one.unless + more.unless)


def matches(texts: Sequence[str], chosen: Iterable[Theme]) -> csr_matrix:
    """Return texts by themes: 1 where a theme is spoken of. A text may have several themes, or none.

    Matching is by plain text, so that it is the same with and without a tokenizer, and next month as today.
    """
    from scipy.sparse import csr_matrix

    patterns = [theme.pattern for theme in chosen]
    different: dict[str, list[int]] = {text: [] for text in texts}
    for text, found in different.items():
        low = text.lower()
        found += [n for n, pattern in enumerate(patterns) if any(m[1] for m in pattern.finditer(low))]
    rows = [different[text] for text in texts]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.array([c for row in rows for c in row], dtype=np.int64)
    return csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(texts), len(patterns)))


def _any(words: Sequence[str]) -> str:
    """Return a pattern for any of some words, the longest first."""
    found = sorted({word.lower() for word in words if word}, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(map(re.escape, found)) + ")" if found else ""

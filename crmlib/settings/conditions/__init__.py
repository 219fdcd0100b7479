"""The shop's own conditions: one line of text, read into a tree that others say again in SQL or look up in a frame.

Nothing of the text is handed on as it is: names are looked up by those who know them, values become literals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: Words that mean the same; the Japanese ones for those who write their conditions in Japanese.
WORDS = {"and": "and", "かつ": "and", "or": "or", "または": "or", "not": "not", "in": "in", "＝": "=", "==": "=",
         "<>": "!=", "≠": "!=", "≦": "<=", "≧": ">=", "（": "(", "）": ")", "、": ",", "，": ","}
TOKEN = re.compile(r"""\s+|("[^"]*"|'[^']*')|(<=|>=|!=|<>|==|[=<>(),＝≠≦≧（）、，])|([^\s=<>!(),"'＝≠≦≧（）、，]+)""")
RELATIONS = ("=", "!=", "<", "<=", ">", ">=")


class Unreadable(ValueError):
    """A line that is no condition; ``near`` is where it cannot be read on."""

    def __init__(self, near: str) -> None:
        super().__init__(near)
        self.near = near


@dataclass(frozen=True)
class Compare:
    """One comparison of a column with one or several values; ``in`` holds any number of them."""

    name: str
    relation: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Joined:
    """Conditions that hold together (``and``, ``or``), or one that must not (``not``)."""

    word: str
    parts: tuple[Compare | Joined, ...]


@dataclass(frozen=True)
class Word:
    """A piece of the text and whether it was in quotes, and so cannot be ``and`` or ``(``."""

    text: str
    quoted: bool = False


def parsed(text: str) -> Compare | Joined:
    """Return the tree of one line: ``or`` binds least, then ``and``, then ``not``; brackets first.

    Raises
    ------
    Unreadable
        Where it cannot be read on.
    """
    return _Parser(list(_words(text))).whole()


def _words(text: str) -> Iterator[Word]:
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise Unreadable(text[place:place + 12])
        place = match.end()
        quoted, sign, word = match.groups()
        if quoted is not None:
            yield Word(quoted[1:-1], quoted=True)
        elif sign or word:
            found = sign or word
            yield Word(WORDS.get(found.lower(), found))


class _Parser:
    """Reads words from left to right by the three rules of ``parsed``."""

    def __init__(self, words: list[Word]) -> None:
        self._words, self._at = words, 0

    def whole(self) -> Compare | Joined:
        found = self._several("or", lambda: self._several("and", self._one))
        if self._at < len(self._words):
            raise self._stop()
        return found

    def _several(self, word: str, read: Callable[[], Compare | Joined]) -> Compare | Joined:
        parts = [read()]
        while self._is(word):
            self._at += 1
            parts.append(read())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _one(self) -> Compare | Joined:
        if self._is("not"):
            self._at += 1
            return Joined("not", (self._one(),))
        if self._is("("):
            self._at += 1
            found = self._several("or", lambda: self._several("and", self._one))
            self._take(")")
            return found
        return self._compare()

    def _compare(self) -> Compare | Joined:
        name = self._value()
        if self._is("not"):
            self._at += 1
            return Joined("not", (Compare(name, "in", self._list()),))
        if self._is("in"):
            return Compare(name, "in", self._list())
        relation = self._words[self._at].text if self._at < len(self._words) else ""
        if relation not in RELATIONS or self._words[self._at].quoted:
            raise self._stop()
        self._at += 1
        return Compare(name, relation, (self._value(),))

    def _list(self) -> tuple[str, ...]:
        self._take("in")
        self._take("(")
        values = [self._value()]
        while self._is(","):
            self._at += 1
            values.append(self._value())
        self._take(")")
        return tuple(values)

    def _value(self) -> str:
        word = self._words[self._at] if self._at < len(self._words) else None
        if word is None or (not word.quoted and word.text in (*RELATIONS, "(", ")", ",", "and", "or", "not", "in")):
            raise self._stop()
        self._at += 1
        return word.text

    def _is(self, text: str) -> bool:
        return self._at < len(self._words) and self._words[self._at] == Word(text)

    def _take(self, text: str) -> None:
        if not self._is(text):
            raise self._stop()
        self._at += 1

    def _stop(self) -> Unreadable:
        rest = " ".join(word.text for word in self._words[self._at:self._at + 3])
        return Unreadable(rest or "…")


def compared(tree: Compare | Joined) -> Iterator[Compare]:
    """Give every comparison of a condition."""
    if isinstance(tree, Compare):
        yield tree
        return
    for part in tree.parts:
        yield from compared(part)

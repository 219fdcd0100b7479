"""The shop's own conditions: one line of text, or a group of settings, read into a tree and said again in SQL.

Nothing of the text is handed on: names are looked up, values become literals. A customer of whom a value is not known
meets no comparison with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from crmlib.analyses.segments.assigning import literal
from crmlib.errors import CrmError

if TYPE_CHECKING:
    from crmlib.settings import Condition, SegmentRule

NUMBERS = ("recency_days", "frequency", "purchase_days", "monetary", "monetary_gross", "r_score", "f_score", "m_score",
           "decile", "age", "birth_year")
MONEY = ("monetary", "monetary_gross")
CODES = ("rfm_segment", "rule_segment", "type", "gender", "occupation", "income_band", "prefecture", "city", "rank",
         "first_channel", "status")
TAGS = "tags"
ALLOWED = (*NUMBERS, *CODES, TAGS)
#: Words that mean the same; the Japanese ones for those who write their conditions in Japanese.
WORDS = {"and": "and", "かつ": "and", "or": "or", "または": "or", "not": "not", "in": "in", "＝": "=", "==": "=",
         "<>": "!=", "≠": "!=", "≦": "<=", "≧": ">=", "（": "(", "）": ")", "、": ",", "，": ","}
TOKEN = re.compile(r"""\s+|("[^"]*"|'[^']*')|(<=|>=|!=|<>|==|[=<>(),＝≠≦≧（）、，])|([^\s=<>!(),"'＝≠≦≧（）、，]+)""")
RELATIONS = ("=", "!=", "<", "<=", ">", ">=")


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


def of_rule(rule: SegmentRule, where: str) -> Compare | Joined:
    """Return the condition of a rule: its line of text and its conditions by column, all of which hold.

    Raises
    ------
    CrmError
        ``analyses.bad_condition``, ``analyses.unknown_measure``, ``analyses.not_a_number``.
    """
    parts = [*([parsed(rule.when, where)] if rule.when else []), *by_column(rule.where)]
    whole = parts[0] if len(parts) == 1 else Joined("and", tuple(parts))
    for one in compared(whole):
        _check(one, where)
    return whole


def by_column(where: Mapping[str, Condition]) -> Iterator[Compare]:
    """Return conditions by column as comparisons."""
    for name, condition in where.items():
        if condition.values:
            yield Compare(name, "in", tuple(condition.values))
        if condition.min is not None:
            yield Compare(name, ">=", (str(condition.min),))
        if condition.max is not None:
            yield Compare(name, "<=", (str(condition.max),))


def parsed(text: str, where: str) -> Compare | Joined:
    """Return the tree of one line: ``or`` binds least, then ``and``, then ``not``; brackets first."""
    return _Parser(list(_words(text, where)), text, where).whole()


def _words(text: str, where: str) -> Iterator[Word]:
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise CrmError("analyses.bad_condition", where=where, text=text, near=text[place:place + 12])
        place = match.end()
        quoted, sign, word = match.groups()
        if quoted is not None:
            yield Word(quoted[1:-1], quoted=True)
        elif sign or word:
            found = sign or word
            yield Word(WORDS.get(found.lower(), found))


class _Parser:
    """Reads words from left to right by the three rules of ``parsed``."""

    def __init__(self, words: list[Word], text: str, where: str) -> None:
        self._words, self._text, self._where, self._at = words, text, where, 0

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

    def _stop(self) -> CrmError:
        rest = " ".join(word.text for word in self._words[self._at:self._at + 3])
        return CrmError("analyses.bad_condition", where=self._where, text=self._text, near=rest or "…")


def compared(tree: Compare | Joined) -> Iterator[Compare]:
    """Give every comparison of a condition."""
    if isinstance(tree, Compare):
        yield tree
        return
    for part in tree.parts:
        yield from compared(part)


def _check(one: Compare, where: str) -> None:
    if one.name not in ALLOWED:
        raise CrmError("analyses.unknown_measure", where=where, name=one.name, allowed=ALLOWED)
    if one.name in NUMBERS:
        for value in one.values:
            _number(value, one.name, where)
    elif one.relation not in ("=", "!=", "in"):
        raise CrmError("analyses.no_order", where=where, name=one.name, relation=one.relation,
                       allowed=["=", "!=", "in"])


def _number(value: str, name: str, where: str) -> Decimal:
    try:
        return Decimal(value.replace(",", ""))
    except InvalidOperation:
        raise CrmError("analyses.not_a_number", where=where, name=name, found=value) from None


def sql(tree: Compare | Joined, decimals: int) -> str:
    """Return a condition as SQL over ``segment_members``: true or false, never neither."""
    if isinstance(tree, Compare):
        return f"COALESCE({_compare_sql(tree, decimals)}, FALSE)"
    parts = [sql(part, decimals) for part in tree.parts]
    return f"NOT {parts[0]}" if tree.word == "not" else "(" + f" {tree.word.upper()} ".join(parts) + ")"


def _compare_sql(one: Compare, decimals: int) -> str:
    if one.name == TAGS:
        return _tags(one)
    values = [_minor(v, one.name, decimals) if one.name in NUMBERS else literal(v) for v in one.values]
    if one.relation == "in":
        return f"{one.name} IN ({', '.join(values)})"
    return f"{one.name} {'<>' if one.relation == '!=' else one.relation} {values[0]}"


def _tags(one: Compare) -> str:
    listed = ", ".join(map(literal, one.values))
    within = "NOT IN" if one.relation == "!=" else "IN"
    return f"customer_key {within} (SELECT customer_key FROM segment_tags WHERE tag IN ({listed}))"


def _minor(value: str, name: str, decimals: int) -> str:
    """Return a number as it is stored: money in minor units, halves kept so that limits between two units hold."""
    number = _number(value, name, "")
    return f"{number.scaleb(decimals) if name in MONEY else number:f}"


def named_values(trees: Sequence[Compare | Joined]) -> dict[str, tuple[str, ...]]:
    """Return the values that conditions name, by column, for those columns that hold codes."""
    found: dict[str, list[str]] = {}
    for tree in trees:
        for one in compared(tree):
            if one.name in (*CODES, TAGS):
                found.setdefault(one.name, []).extend(one.values)
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}

"""The short way for what most cells hold: digits, a day and time from largest unit to smallest, text in plain form.

Every expression here gives the value that the long way of `kinds` and `texts` would give, or NULL where that has to be
asked. The tests are chosen by what they cost: a pattern matched against every cell was half the time of intake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmlib.engine.duck import literal
from crmlib.intake.typed import kinds

if TYPE_CHECKING:
    from crmlib.intake.reading.raw import First

#: Characters that NFKC leaves as they are, also beside each other, and that are no blanks.
SETTLED = "!-}、-〃々-〇「-】〔-〛ぁ-ゖァ-ヺ・-ー一-鿿"
#: None of them begins what a spreadsheet is kept from reading: ``'001`` and ``="001"``.
_FIRST = SETTLED.replace("!-}", "!-&(-<>-}")
_SETTLED = f"[{_FIRST}]([ ~{SETTLED}]*[{SETTLED}])?"
#: Blanks of all sorts stand between this character and U+3000.
_BEYOND_ASCII = "\u007f"
#: Words that a text is compared with one after another.
_COMPARED = 20
#: So few texts, of which one in so many cells holds each, are common if they are the cells of nine in ten.
_COMMON, _ONE_IN = 3, 20
#: How a day and a time to the second are written by most systems, by what stands between year, month and day.
_LAYOUTS = {"-": "%Y-%m-%d %H:%M:%S", "/": "%Y/%m/%d %H:%M:%S"}
#: Shapes of a time by the bytes of its text. The last character is a digit, so no offset can hide in them.
_SHAPES = {19: "????[-/]??[-/]??[ T]??:??:?[0-9]", 16: "????[-/]??[-/]??[ T]??:?[0-9]", 10: "????[-/]??[-/]?[0-9]",
           23: "????[-/]??[-/]??[ T]??:??:??.??[0-9]"}
#: The same without leading zeros, as Excel writes it.
_SHORTER = "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?"


@dataclass(frozen=True)
class Seen:
    """What is known of a column before its cells are read; it makes statements quicker and changes no value.

    Attributes
    ----------
    forms : dict of str to (str or None)
        Texts that stand in many cells, and what they are in plain form.
    common : tuple of str
        The few texts that nearly all cells hold, if there are such.
    layout : str
        How nearly all cells are written that hold a time, for the engine; empty where that is not one way.
    lacks : frozenset of str
        Those of ``_`` and ``+`` of which no cell holds any form.
    """

    forms: Mapping[str, str | None] = field(default_factory=dict)
    common: tuple[str, ...] = ()
    layout: str = ""
    lacks: frozenset[str] = frozenset()


_UNSEEN = Seen()


def common(cells: First) -> tuple[str, ...]:
    """Return the few texts that nearly all of the first cells hold; none where they hold many."""
    found = [(text, n) for text, n in Counter(cells.short).most_common(_COMMON) if n * _ONE_IN >= cells.filled]
    return tuple(text for text, _ in found) if sum(n for _, n in found) * 10 >= cells.filled * 9 else ()


def layout(cells: First) -> str:
    """Return the one way in which nearly all of the first cells hold a time; empty where there is none."""
    for mark, pattern in _LAYOUTS.items():
        fits = sum(len(t) == 19 and t[4] + t[7] + t[10] + t[13] + t[16] == f"{mark}{mark} ::" for t in cells.long)
        if fits and fits * 10 >= cells.filled * 9:
            return pattern
    return ""


def settled(cell: str) -> str:
    """Return whether a text is in its NFKC form, with nothing to trim; NULL of NULL."""
    # Of conditions joined by OR the engine may try the dear one first.
    return f"CASE WHEN {_plain_ascii(cell)} THEN TRUE ELSE {_fits(cell)} END"


def _plain_ascii(cell: str) -> str:
    # Neither a blank nor ' begins it, told by the order of texts, and neither a blank nor the quote of ="001" ends it.
    return f"{cell} >= '(' AND strlen({cell}) = length({cell}) AND substr({cell}, -1) >= '#'"


def _fits(cell: str) -> str:
    return f"regexp_full_match({cell}, {literal(_SETTLED)})"


def clean(cell: str, known: Mapping[str, str | None] | None = None) -> str:
    """Return a text in its NFKC form without surrounding blanks; NULL where nothing is left.

    ``known`` says of texts, where a column holds mostly them, what they are in that form.
    """
    whens = [f"WHEN {cell} = {literal(text)} THEN {cell if text == form else literal(form) if form else 'NULL'}"
             for text, form in (known or {}).items()]
    # Where the first condition holds for all of a batch, the engine looks no further and copies nothing.
    whens += [f"WHEN {test} THEN {cell}" for test in (_plain_ascii(cell), f"{cell} IS NULL", _fits(cell))]
    return f"CASE {' '.join(whens)} ELSE crm_clean({cell}) END"


def bare(cell: str) -> str:
    """Return a text as written without surrounding blanks: no blank stands behind U+3000, the wide one."""
    begins = (f"({cell} >= '>' AND {cell} < {literal(_BEYOND_ASCII)}) OR ({cell} >= '(' AND {cell} < '=') "
              f"OR {cell} >= '、'")
    ends = f"substr({cell}, -1) BETWEEN '!' AND '~' OR substr({cell}, -1) >= '、'"
    return f"CASE WHEN ({begins}) AND ({ends}) THEN {cell} WHEN {cell} IS NULL THEN {cell} ELSE crm_bare({cell}) END"


def among(text: str, words: Sequence[str]) -> str:
    """Return whether a text is one of some words, which the engine looks up by joining a table from five on."""
    if len(words) > _COMPARED:
        return f"({text} IN ({', '.join(literal(word) for word in words)}))"
    return f"({' OR '.join(f'{text} = {literal(word)}' for word in words)})"


def value(kind: str, cell: str, clock: kinds.Clock, seen: Seen = _UNSEEN) -> str | None:
    """Return the typed value of a cell that is plain already, NULL of any other; None where a kind has no short way."""
    maker = _SHORT.get(kind)
    if maker is None:
        return None
    made = maker(cell, clock, seen)
    # Of a text that is written out the engine makes the value once.
    whens = "".join(f"WHEN {cell} = {literal(text)} THEN {maker(literal(text), clock, seen)} " for text in seen.common)
    return f"CASE {whens}ELSE {made} END" if whens else made


def _number(cell: str, made: str, seen: Seen) -> str:
    """The engine takes an underscore for a digit's neighbour."""
    return made if "_" in seen.lacks else f"CASE WHEN contains({cell}, '_') THEN NULL ELSE {made} END"


def _money(cell: str, clock: kinds.Clock, seen: Seen) -> str:
    return _number(cell, f"TRY_CAST({cell} AS {kinds.EXACT})", seen)


def _whole(cell: str, clock: kinds.Clock, seen: Seen) -> str:
    """Most quantities are one digit."""
    exact = f"TRY_CAST({cell} AS {kinds.EXACT})"
    longer = _number(cell, f"CASE WHEN {exact} = floor({exact}) THEN CAST(floor({exact}) AS BIGINT) ELSE NULL END",
                     seen)
    digit = f"strlen({cell}) = 1 AND {cell} >= '0' AND {cell} < ':'"
    return f"CASE WHEN {digit} THEN TRY_CAST({cell} AS BIGINT) ELSE {longer} END"


def _double(cell: str, clock: kinds.Clock, seen: Seen) -> str:
    return _number(cell, f"CASE WHEN TRY_CAST({cell} AS {kinds.EXACT}) IS NULL THEN NULL "
                         f"ELSE TRY_CAST({cell} AS DOUBLE) END", seen)


def _flag(cell: str, clock: kinds.Clock, seen: Seen) -> str:
    return f"CASE WHEN {cell} = '1' THEN TRUE WHEN {cell} = '0' THEN FALSE ELSE NULL END"


def _local(cell: str, seen: Seen) -> str:
    """Years 1800 to 2199, compared as text: a shorter one is no year."""
    if seen.layout:
        return (f"CASE WHEN strlen({cell}) = 19 AND {cell} >= '18' AND {cell} < '22' "
                f"THEN TRY_STRPTIME({cell}, {literal(seen.layout)}) ELSE NULL END")
    shapes = " ".join(f"WHEN {size} THEN {cell} GLOB {literal(shape)}" for size, shape in _SHAPES.items())
    return (f"CASE WHEN {cell} >= '18' AND {cell} < '22' AND CASE strlen({cell}) {shapes} "
            f"ELSE regexp_full_match({cell}, {literal(_SHORTER)}) END "
            f"THEN TRY_CAST({cell} AS TIMESTAMP) ELSE NULL END")


def _time(cell: str, clock: kinds.Clock, seen: Seen) -> str:
    local = _local(cell, seen)
    if seen.layout:
        return kinds.to_utc(local, clock.source)
    opening = kinds.to_utc(f"({local} + INTERVAL {clock.cutoff} HOUR)", clock.business)
    return f"CASE WHEN {kinds.timed(cell)} THEN {kinds.to_utc(local, clock.source)} ELSE {opening} END"


def _date(cell: str, clock: kinds.Clock, seen: Seen) -> str:
    return f"CAST({_local(cell, seen)} AS DATE)"


_SHORT: dict[str, Callable[[str, kinds.Clock, Seen], str]] = {
    "money": _money, "quantity": _whole, "integer": _whole, "number": _double, "ratio": _double, "date": _date,
    "time": _time, "flag": _flag,
}

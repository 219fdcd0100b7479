"""How each kind of column is read from text: expressions of the engine, in two steps.

First a value is brought into one plain form (``１，２８０円`` → ``1280``, ``令和6年1月5日`` → ``2024-1-5``),
and only where it is not plain already; then the plain form is cast under a pattern. What fits no pattern becomes NULL,
never a guess:
the engine's own cast would read ``1/5/24`` as the year 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from crmlib.engine.duck import literal

#: Amounts are read with six decimals, far finer than any currency, and rounded to minor units once.
EXACT = "DECIMAL(18, 6)"
OLDEST, NEWEST = 1868, 2199
_PLAIN_NUMBER = r"[-+]?[0-9]{1,12}(\.[0-9]*)?"
_NUMBER = r"[-+]?([0-9]{1,12}|[0-9]{1,3}(,[0-9]{3}){1,3})?(\.[0-9]*)?([eE][-+]?[0-9]{1,2})?"
_DAY = r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"
_CLOCK = r"[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?"
_OFFSET = r"(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_LOCAL_TIME = rf"{_DAY}([ T]+{_CLOCK})?"
_ERAS = (("明治", "M", 1867), ("大正", "T", 1911), ("昭和", "S", 1925), ("平成", "H", 1988), ("令和", "R", 2018))
_ERA = (r"^(明治|大正|昭和|平成|令和|[MTSHRmtshr])\.?\s*([0-9]{1,2}|元)\s*[年./-]\s*([0-9]{1,2})\s*[月./-]"
        r"\s*([0-9]{1,2})\s*日?(.*)$")
_TRUE = ("1", "true", "t", "yes", "y", "on", "○", "◯", "はい", "有", "あり", "可", "希望する",
         "許可", "同意", "同意する")
_FALSE = ("0", "false", "f", "no", "n", "off", "×", "✕", "いいえ", "無", "なし", "不可", "希望しない", "拒否",
          "不同意", "同意しない")


@dataclass(frozen=True)
class Clock:
    """The zones and the hour that make a business day of a time."""

    source: str
    business: str
    cutoff: int = 0


def plain(kind: str, text: str) -> str:
    """Return the expression that brings a text into the plain form of a kind."""
    maker = _FORMS.get(kind)
    return maker(text) if maker else text


def value(kind: str, text: str, clock: Clock, pattern: str | None = None) -> str:
    """Return the expression of the typed value; NULL where the plain form does not fit.

    Money comes with six exact decimals, times in UTC, everything else in its stored type.
    """
    if kind in ("date", "time") and pattern:
        return _stamp(kind, f"TRY_STRPTIME({text}, {literal(pattern)})", text, clock)
    return _VALUES[kind](text, clock)


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _replace(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, {literal(by)}, 'g')"


def _number_form(text: str) -> str:
    """Drop currency signs, spaces and grouping in threes; △, ▲ and brackets mean minus."""
    bare = _replace(text, r"[¥\\$£€\s]|円$|^JPY", "")
    signed = _replace(bare, r"^[△▲−‐‑–—ー]", "-")
    opened = _replace(signed, r"^[¥\\$£€]?\((.+)\)$", r"-\1")
    return (f"CASE WHEN {_matches(text, _PLAIN_NUMBER)} THEN {text} "
            f"WHEN {_matches(opened, _NUMBER)} THEN replace({opened}, ',', '') ELSE NULL END")


def _date_form(text: str) -> str:
    """Bring eras, 年月日, dots and compact digits into ``Y-M-D H:M:S``."""
    fast = rf"{_LOCAL_TIME}( ?{_OFFSET})?"
    return f"CASE WHEN {_matches(text, fast)} THEN {text} ELSE {_spelled(_era_year(text))} END"


def _era_year(text: str) -> str:
    part = f"regexp_extract({text}, {literal(_ERA)}, %d)"
    starts = " ".join(f"WHEN upper({part % 1}) IN ('{name}', '{letter}') THEN {base}" for name, letter, base in _ERAS)
    year = f"CASE WHEN {part % 2} = '元' THEN 1 ELSE CAST({part % 2} AS INTEGER) END"
    joined = (f"CAST((CASE {starts} ELSE NULL END) + ({year}) AS VARCHAR) || '-' || {part % 3} || '-' || {part % 4} "
              f"|| CASE WHEN trim({part % 5}) = '' THEN '' ELSE ' ' || trim({part % 5}) END")
    return f"CASE WHEN regexp_matches({text}, {literal(_ERA)}) THEN {joined} ELSE {text} END"


def _spelled(text: str) -> str:
    steps = ((r"\([月火水木金土日]\)", ""),
             (r"^([0-9]{4})\s*[年.]\s*([0-9]{1,2})\s*[月.]\s*([0-9]{1,2})\s*日?", r"\1-\2-\3 "),
             (r"^([0-9]{4})([0-9]{2})([0-9]{2})$", r"\1-\2-\3"),
             (r"^([0-9]{4})([0-9]{2})([0-9]{2})[ T]?([0-9]{2})([0-9]{2})([0-9]{2})$", r"\1-\2-\3 \4:\5:\6"),
             (r"([0-9]{1,2})時\s*([0-9]{1,2})分\s*([0-9]{1,2})秒", r"\1:\2:\3"),
             (r"([0-9]{1,2})時\s*([0-9]{1,2})分", r"\1:\2"), (r"([0-9]{1,2})時$", r"\1:00"), (r"\s+$", ""))
    for pattern, by in steps:
        text = _replace(text, pattern, by)
    return text


def _money(text: str, clock: Clock) -> str:
    return f"TRY_CAST({text} AS {EXACT})"


def _whole(text: str, clock: Clock) -> str:
    number = f"TRY_CAST({text} AS {EXACT})"
    return f"CASE WHEN {number} = floor({number}) THEN CAST(floor({number}) AS BIGINT) ELSE NULL END"


def _number(text: str, clock: Clock) -> str:
    return f"TRY_CAST({text} AS DOUBLE)"


def _number_or_share(text: str) -> str:
    share = f"CAST(TRY_CAST(replace({text}, '%', '') AS DOUBLE) / 100 AS VARCHAR)"
    return f"CASE WHEN ends_with({text}, '%') THEN {share} ELSE {_number_form(text)} END"


def _same(text: str, clock: Clock) -> str:
    return text


def _flag(text: str, clock: Clock) -> str:
    yes, no = (", ".join(literal(w) for w in words) for words in (_TRUE, _FALSE))
    return f"CASE WHEN lower({text}) IN ({yes}) THEN TRUE WHEN lower({text}) IN ({no}) THEN FALSE ELSE NULL END"


def _time(text: str, clock: Clock) -> str:
    return _stamp("time", f"CASE WHEN {_matches(text, _LOCAL_TIME)} THEN TRY_CAST({text} AS TIMESTAMP) ELSE NULL END",
                  text, clock)


def _date(text: str, clock: Clock) -> str:
    return _stamp("date", f"CASE WHEN {_matches(text, _LOCAL_TIME)} THEN TRY_CAST({text} AS TIMESTAMP) ELSE NULL END",
                  text, clock)


def _stamp(kind: str, local: str, text: str, clock: Clock) -> str:
    """A day without a time is a business day as it stands; a time with an offset needs no zone."""
    spaced = _replace(text, r" ?([+-][0-9]{2}):?([0-9]{2})$", r"\1:\2")
    shifted = f"TRY_CAST({spaced} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
    zoned = _matches(text, rf"{_DAY}[ T]+{_CLOCK} ?{_OFFSET}")
    if kind == "date":
        found = f"CAST(CASE WHEN {zoned} THEN {from_utc(shifted, clock.business)} ELSE {local} END AS DATE)"
    else:
        opening = to_utc(f"({local} + INTERVAL {clock.cutoff} HOUR)", clock.business)
        found = (f"CASE WHEN {zoned} THEN {shifted} WHEN NOT {timed(text)} THEN {opening} "
                 f"ELSE {to_utc(local, clock.source)} END")
    return f"CASE WHEN year({found}) BETWEEN {OLDEST} AND {NEWEST} THEN {found} ELSE NULL END"


def timed(text: str) -> str:
    """Return the expression that says whether a plain date text has a time of day."""
    return f"(strpos({text}, ':') > 0)"


def to_utc(local: str, zone: str) -> str:
    """Return a local time in UTC; by plain arithmetic where the zone never changes its clocks."""
    minutes = fixed_offset(zone)
    if minutes is None:
        return f"(({local} AT TIME ZONE {literal(zone)}) AT TIME ZONE 'UTC')"
    return f"({local} - INTERVAL ({minutes}) MINUTE)" if minutes else local


def from_utc(utc: str, zone: str) -> str:
    """Return a UTC time as the clock of a zone showed it."""
    minutes = fixed_offset(zone)
    if minutes is None:
        return f"(({utc} AT TIME ZONE 'UTC') AT TIME ZONE {literal(zone)})"
    return f"({utc} + INTERVAL ({minutes}) MINUTE)" if minutes else utc


@cache
def fixed_offset(zone: str) -> int | None:
    """Return the minutes a zone is ahead of UTC, or None where that changes with the season (1970-2037)."""
    info = ZoneInfo(zone)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    offsets = {(start + timedelta(days=30 * n)).astimezone(info).utcoffset() for n in range(825)}
    only = offsets.pop()
    return None if offsets or only is None else int(only.total_seconds() // 60)


_FORMS: dict[str, Callable[[str], str]] = {
    "money": _number_form, "quantity": _number_form, "integer": _number_form, "number": _number_or_share,
    "ratio": _number_or_share, "date": _date_form, "time": _date_form,
}
_VALUES: dict[str, Callable[[str, Clock], str]] = {
    "money": _money, "quantity": _whole, "integer": _whole, "number": _number, "ratio": _number, "date": _date,
    "time": _time, "flag": _flag, "id": _same, "code": _same, "text": _same, "list": _same, "month": _same,
}

"""How each kind of column is read from text, in two steps.

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
#: Years 1800 to 2199; a shorter one is no year.
_DAY = r"(1[89]|2[01])[0-9]{2}[-/][0-9]{1,2}[-/][0-9]{1,2}"
_CLOCK = r"[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?"
_OFFSET = r"(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_LOCAL_TIME = rf"{_DAY}([ T]+{_CLOCK})?"
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
        return _stamp(kind, text, clock, pattern)
    return _VALUES[kind](text, clock)


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _number_form(text: str) -> str:
    """Plain numbers stay; the engine alone would take an underscore for a digit's neighbour."""
    return (f"CASE WHEN TRY_CAST({text} AS {EXACT}) IS NOT NULL AND strpos({text}, '_') = 0 THEN {text} "
            f"ELSE crm_number({text}) END")


def _date_form(text: str) -> str:
    """Bring what is not ``Y-M-D`` or ``Y/M/D`` into it."""
    usual = (f"TRY_CAST(left({text}, 4) AS SMALLINT) IS NOT NULL AND substr({text}, 5, 1) IN ('-', '/') "
             f"AND length({text}) = strlen({text}) AND strpos({text}, '(') = 0")
    return f"CASE WHEN {usual} THEN {text} ELSE crm_date({text}) END"


def _money(text: str, clock: Clock) -> str:
    return f"TRY_CAST({text} AS {EXACT})"


def _whole(text: str, clock: Clock) -> str:
    number = _money(text, clock)
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
    return _stamp("time", text, clock)


def _date(text: str, clock: Clock) -> str:
    return _stamp("date", text, clock)


def _stamp(kind: str, text: str, clock: Clock, pattern: str | None = None) -> str:
    """A day without a time is a business day as it stands; a time with an offset needs no zone."""
    if pattern:
        local, fits = f"TRY_STRPTIME({text}, {literal(pattern)})", "WHEN TRUE"
    else:
        local, fits = f"TRY_CAST({text} AS TIMESTAMP)", f"WHEN {_matches(text, _LOCAL_TIME)}"
    offset = literal(r" ?([+-][0-9]{2}):?([0-9]{2})$")
    spaced = f"regexp_replace({text}, {offset}, '\\1:\\2')"
    shifted = f"TRY_CAST({spaced} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
    zoned = f"WHEN {_matches(text, rf'{_DAY}[ T]+{_CLOCK} ?{_OFFSET}')}"
    if kind == "date":
        there = from_utc(f"({shifted})", clock.business)
        return f"CASE {fits} THEN CAST({local} AS DATE) {zoned} THEN CAST({there} AS DATE) ELSE NULL END"
    opening = to_utc(f"({local} + INTERVAL {clock.cutoff} HOUR)", clock.business)
    return (f"CASE {fits} THEN CASE WHEN {timed(text)} THEN {to_utc(local, clock.source)} ELSE {opening} END "
            f"{zoned} THEN {shifted} ELSE NULL END")


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

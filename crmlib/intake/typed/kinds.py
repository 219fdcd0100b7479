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
_CLOCK = r"([01]?[0-9]|2[0-3]):[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?"
_OFFSET = r"(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_LOCAL_TIME = rf"{_DAY}([ T]+{_CLOCK})?"
_ZONED_TIME = rf"{_DAY}[ T]+{_CLOCK} ?{_OFFSET}"
_SCIENTIFIC = r"[0-9](\.[0-9]+)?E\+[0-9]{2,3}"
_TRUE = ("1", "true", "t", "yes", "y", "on", "○", "◯", "はい", "有", "あり", "可", "希望する",
         "許可", "同意", "同意する", "承諾", "承諾する", "受け取る", "受取る", "受信する", "配信する", "購読する",
         "登録する", "する", "済", "ok", "オン", "✓", "希望", "要")
_FALSE = ("0", "false", "f", "no", "n", "off", "×", "✕", "いいえ", "無", "なし", "不可", "希望しない", "拒否",
          "不同意", "同意しない", "承諾しない", "受け取らない", "受取らない", "受信しない", "配信しない",
          "購読しない", "登録しない", "しない", "未", "ng", "オフ", "配信停止", "否",
          "不許可", "不要", "停止", "受信拒否")


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


def why(kind: str, text: str, pattern: str | None = None) -> str:
    """Return the expression that says why a text that is there could not be read: a code of ``cleaning.yaml``."""
    if kind in ("date", "time") and pattern is None:
        return f"crm_why_date({text})"
    if kind in ("quantity", "integer"):
        return f"CASE WHEN TRY_CAST(crm_count({text}) AS {EXACT}) IS NULL THEN 'unreadable' ELSE 'not_whole' END"
    return "'scientific'" if kind == "id" else "'unreadable'"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _number_form(text: str) -> str:
    """Plain numbers stay; the engine alone would take an underscore for a digit's neighbour."""
    return (f"CASE WHEN TRY_CAST({text} AS {EXACT}) IS NOT NULL AND strpos({text}, '_') = 0 THEN {text} "
            f"ELSE crm_number({text}) END")


def _count_form(text: str) -> str:
    return (f"CASE WHEN TRY_CAST({text} AS {EXACT}) IS NOT NULL AND strpos({text}, '_') = 0 THEN {text} "
            f"ELSE crm_count({text}) END")


def _date_form(text: str) -> str:
    """Leave a day of the calendar, with or without a time of 0 to 23 o'clock, as it stands; bring the rest into that.

    The usual lengths are known without a regular expression; whether they are a time is left to the cast.
    """
    day = " OR ".join(f"{text} LIKE '____{s}__{s}__'" for s in "-/")
    time = " OR ".join(f"{text} LIKE '____{s}__{s}_____:__:__'" for s in "-/")
    known = f"strlen({text}) IN (10, 19) AND {text} >= '18' AND {text} < '22'"
    return (f"CASE WHEN {known} AND ({day} OR (({time}) AND substr({text}, 12, 2) < '24')) THEN {text} "
            f"WHEN {_matches(text, _LOCAL_TIME)} THEN {text} "
            f"WHEN strlen({text}) > 19 AND {_matches(text, _ZONED_TIME)} THEN {text} "
            f"WHEN {_digits(text, 8)} THEN {_spelled_out(text, 3)} "
            f"WHEN {_digits(text, 14)} THEN {_spelled_out(text, 6)} "
            f"ELSE crm_date({text}) END")


def _digits(text: str, length: int) -> str:
    return f"strlen({text}) = {length} AND {_matches(text, '(1[89]|2[01])[0-9]*')}"


def _spelled_out(text: str, parts: int) -> str:
    """``20240105130405`` as a day and a time; where hours go beyond the day, it is left to the other spellings."""
    cut = [f"left({text}, 4)", *(f"substr({text}, {start}, 2)" for start in range(5, 5 + 2 * (parts - 1), 2))]
    day = " || '-' || ".join(cut[:3])
    if parts == 3:
        return day
    clock = " || ':' || ".join(cut[3:])
    return f"CASE WHEN {cut[3]} < '24' THEN {day} || ' ' || {clock} ELSE crm_date({text}) END"


def _money(text: str, clock: Clock) -> str:
    return f"TRY_CAST({text} AS {EXACT})"


def _whole(text: str, clock: Clock) -> str:
    number = _money(text, clock)
    return f"CASE WHEN {number} = floor({number}) THEN CAST(floor({number}) AS BIGINT) ELSE NULL END"


def _number(text: str, clock: Clock) -> str:
    return f"TRY_CAST({text} AS DOUBLE)"


def _number_or_share(text: str) -> str:
    return (f"CASE WHEN TRY_CAST({text} AS {EXACT}) IS NOT NULL AND strpos({text}, '_') = 0 THEN {text} "
            f"ELSE crm_share({text}) END")


def _same(text: str, clock: Clock) -> str:
    return text


def _id(text: str, clock: Clock) -> str:
    """Excel shows long numbers as ``1.2E+10`` and stores what it shows: which number it was, nobody can tell."""
    return (f"CASE WHEN strpos({text}, 'E+') > 0 AND {_matches(text, _SCIENTIFIC)} THEN NULL ELSE {text} END")


def _flag(text: str, clock: Clock) -> str:
    # A list that is searched: for IN the engine would join a table, and look at every cell again.
    yes, no = (f"list_contains([{', '.join(literal(w) for w in words)}], lower({text}))" for words in (_TRUE, _FALSE))
    return f"CASE WHEN {yes} THEN TRUE WHEN {no} THEN FALSE ELSE NULL END"


def _time(text: str, clock: Clock) -> str:
    return _stamp("time", text, clock)


def _date(text: str, clock: Clock) -> str:
    return _stamp("date", text, clock)


def _stamp(kind: str, text: str, clock: Clock, pattern: str | None = None) -> str:
    """A day without a time is a business day as it stands; a time with an offset needs no zone.

    What stands in the plain form and is no longer than a time to the second has no offset.
    """
    if pattern:
        local, fits = f"TRY_STRPTIME({text}, {literal(pattern)})", "TRUE"
    else:
        local = f"TRY_CAST({text} AS TIMESTAMP)"
        fits = f"strlen({text}) <= 19 OR {_matches(text, _LOCAL_TIME)}"
    offset = literal(r" ?([+-][0-9]{2}):?([0-9]{2})$")
    spaced = f"regexp_replace({text}, {offset}, '\\1:\\2')"
    shifted = f"TRY_CAST({spaced} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
    if kind == "date":
        there = from_utc(f"({shifted})", clock.business)
        return f"CASE WHEN {fits} THEN CAST({local} AS DATE) ELSE CAST({there} AS DATE) END"
    opening = to_utc(f"({local} + INTERVAL {clock.cutoff} HOUR)", clock.business)
    return (f"CASE WHEN {fits} THEN CASE WHEN {timed(text)} THEN {to_utc(local, clock.source)} ELSE {opening} END "
            f"ELSE {shifted} END")


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
    "money": _number_form, "quantity": _count_form, "integer": _count_form, "number": _number_or_share,
    "ratio": _number_or_share, "date": _date_form, "time": _date_form,
}
_VALUES: dict[str, Callable[[str, Clock], str]] = {
    "money": _money, "quantity": _whole, "integer": _whole, "number": _number, "ratio": _number, "date": _date,
    "time": _time, "flag": _flag, "id": _id, "code": _same, "text": _same, "list": _same, "month": _same,
}

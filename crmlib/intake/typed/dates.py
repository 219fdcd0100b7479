"""Dates and times as systems and people write them, brought into one form; and why one could not be read.

Only what is certain is read: years of four digits or of an era, years first. ``5/1/24`` and ``01/05/2024`` need a
format in the params, since nobody can tell the day from the month.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

#: First and last day of each era; the day an era ends on can belong to the next one too.
ERAS = {
    "明治": (date(1868, 1, 25), date(1912, 7, 30)), "大正": (date(1912, 7, 30), date(1926, 12, 25)),
    "昭和": (date(1926, 12, 25), date(1989, 1, 7)), "平成": (date(1989, 1, 8), date(2019, 4, 30)),
    "令和": (date(2019, 5, 1), date(2199, 12, 31)),
}
_SHORT = dict(zip("明大昭平令MTSHR", [*ERAS, *ERAS], strict=True))
#: Day 0 of Excel's calendar as its days from March 1900 on count.
_EXCEL = date(1899, 12, 30)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"

_SERIAL = re.compile(r"([2-5]\d{4}|60000)(\.\d+)?")
_WEEKDAY = re.compile(r"\s*(\([月火水木金土日](曜日?)?([・,/]?祝日?)?\)|(?<=[日\d\s])[月火水木金土日]曜日?|"
                      r"\((sun|mon|tue|wed|thu|fri|sat)[a-z]*\.?\))\s*", re.IGNORECASE)
_KANJI = re.compile(r"[〇零一二三四五六七八九十]+(?=[年月日時分秒])")
_YEAR_FIRST = re.compile(r"(?:西暦\s*)?(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)\s*日?")
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(?=$|\d{4}(?:\d\d)?$|[ T])")
_NAMES = "(明治|大正|昭和|平成|令和|[明大昭平令MTSHR])"
_ERA = re.compile(_NAMES + r"\.?\s*(\d{1,2}|元)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})(?!\d)\s*日?", re.IGNORECASE)
_ERA_DIGITS = re.compile(_NAMES + r"(\d\d)(\d\d)(\d\d)(?!\d)", re.IGNORECASE)
_ENGLISH = (re.compile(rf"{_MONTH}\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}}),?", re.IGNORECASE),
            re.compile(rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[- ]?{_MONTH}[- ,]\s*(?P<y>\d{{4}}),?", re.IGNORECASE))
_HALF = r"(午前|午後|a\.?m\.?|p\.?m\.?)"
_ZONE = r"(Z|UTC|GMT|\(?JST\)?|[+-]\d\d(?::?\d\d)?)(?:\[[\w/]+\])?"
_TIME = r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?"
_CLOCK = re.compile(rf"{_HALF}?\s*{_TIME}\s*{_HALF}?\s*(?:{_ZONE})?", re.IGNORECASE)
_HOUR = re.compile(rf"(?:{_HALF}\s*(\d{{1,2}})|(\d{{1,2}})\s*{_HALF})\s*(?:{_ZONE})?", re.IGNORECASE)
_WORDS = ((re.compile(r"時\s*(\d{1,2})分\s*(\d{1,2})秒"), r":\1:\2"), (re.compile(r"時\s*(\d{1,2})分"), r":\1"),
          (re.compile(r"時"), ":00"))
_BARE_CLOCK = re.compile(r"(\d{1,2}?)(\d\d)(\d\d)?")
#: Shapes whose year, or whose order of day and month, nobody can know.
_UNSURE = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{1,4}(?!\d)|\d{1,2}年\s*\d{1,2}月")


@dataclass(frozen=True)
class _Day:
    year: int
    month: int
    day: int
    rest: str

    def shown(self) -> str:
        return f"{self.year:04}-{self.month:02}-{self.day:02}"


@lru_cache(maxsize=100_000)
def spelled(text: str) -> str | None:
    """Return a date or time as ``YYYY-MM-DD HH:MM:SS`` with its offset from UTC if it has one; None if it is none."""
    return _read(text)[0]


@lru_cache(maxsize=10_000)
def why_not(text: str) -> str:
    """Return why a text is no date: ``ambiguous``, ``not_in_era``, ``no_such_day`` or ``unreadable``."""
    return _read(text)[1]


def _read(text: str) -> tuple[str | None, str]:
    """The plain form, and the reason should the calendar not know it either."""
    if _SERIAL.fullmatch(text):
        return _of_excel(float(text)), "no_such_day"
    text = _KANJI.sub(lambda m: str(_counted(m[0])), text) if "年" in text else text
    text = _WEEKDAY.sub(" ", text).strip()
    found = _day(text)
    if found is None:
        return None, "ambiguous" if _UNSURE.match(text) else "unreadable"
    if isinstance(found, str):
        return None, found
    clock = found.rest.lstrip(" T,").rstrip()
    if not clock:
        return found.shown() if 1800 <= found.year < 2200 else None, "no_such_day"
    return _with_clock(found, clock)


def _day(text: str) -> _Day | str | None:
    """The day a text begins with and what follows; a reason, or nothing."""
    for pattern in (_YEAR_FIRST, _DIGITS):
        if found := pattern.match(text):
            return _Day(int(found[1]), int(found[2]), int(found[3]), text[found.end():])
    for pattern in (_ERA, _ERA_DIGITS):
        if found := pattern.match(text):
            return _in_era(found, text[found.end():])
    for pattern in _ENGLISH:
        if found := pattern.match(text):
            month = next(n for n, name in enumerate(_MONTHS, 1) if name in found[0].lower())
            return _Day(int(found["y"]), month, int(found["d"]), text[found.end():])
    return None


def _in_era(found: re.Match[str], rest: str) -> _Day | str:
    """A day by the year of an era, if the era had that day: 昭和64年1月8日 there never was."""
    name = _SHORT.get(found[1].upper(), found[1])
    first, last = ERAS[name]
    year = first.year - 1 + (1 if found[2] == "元" else int(found[2]))
    there = _Day(year, int(found[3]), int(found[4]), rest)
    try:
        known = first <= date(there.year, there.month, there.day) <= last and found[2] not in ("0", "00")
    except ValueError:
        return "no_such_day"
    return there if known else "not_in_era"


def _with_clock(day: _Day, clock: str) -> tuple[str | None, str]:
    """A day and the time after it; 24 to 29 o'clock are the early hours of the next day."""
    parts = _parts(clock)
    if parts is None:
        return None, "unreadable"
    half, hour, minute, second, zone = parts
    at = _hour_of(int(hour), half)
    if at is None or at > 29 or not 1800 <= day.year < 2200 or int(minute) > 59 or float(second) >= 60:
        return None, "no_such_day"
    if at > 23:
        try:
            later = date(day.year, day.month, day.day) + timedelta(days=1)
        except (ValueError, OverflowError):
            return None, "no_such_day"
        day, at = _Day(later.year, later.month, later.day, ""), at - 24
    return f"{day.shown()} {at:02}:{int(minute):02}:{_two_digits(second)}{zone}", "no_such_day"


def _parts(clock: str) -> tuple[str, str, str, str, str] | None:
    """Half of the day, hour, minute, second and offset of a time of day."""
    for pattern, by in _WORDS:
        clock = pattern.sub(by, clock)
    if found := _BARE_CLOCK.fullmatch(clock):
        return "", found[1], found[2], found[3] or "0", ""
    if (found := _CLOCK.fullmatch(clock)) and not (found[1] and found[5]):
        return found[1] or found[5] or "", found[2], found[3], found[4] or "0", _offset(found[6])
    if found := _HOUR.fullmatch(clock):
        return found[1] or found[4], found[2] or found[3], "0", "0", _offset(found[5])
    return None


def _two_digits(second: str) -> str:
    whole, point, part = second.partition(".")
    return f"{whole:0>2}{point}{part}"


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    if "JST" in zone.upper():
        return "+09:00"
    return "Z" if zone.upper() in ("Z", "UTC", "GMT") else zone


def _hour_of(hour: int, half: str) -> int | None:
    """Twelve before noon is midnight, twelve after noon is noon, as clocks and Excel show them."""
    if not half:
        return hour
    after = half == "午後" or half[0] in "pP"
    if hour > 12:
        return hour if after and hour < 24 else None
    return hour % 12 + (12 if after else 0)


def _of_excel(number: float) -> str:
    """A day as Excel counts them, the part after the point being the time of day."""
    seconds = round((number % 1) * 86_400)
    day = _EXCEL + timedelta(days=int(number) + seconds // 86_400)
    seconds %= 86_400
    clock = f" {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" if number % 1 else ""
    return f"{day.isoformat()}{clock}"


def _counted(kanji: str) -> int:
    """Return a number in kanji: 二十四 by tens, 二〇二四 digit by digit."""
    digits = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
    if "十" not in kanji:
        return int("".join(str(digits[c]) for c in kanji))
    tens, _, ones = kanji.partition("十")
    return 10 * digits.get(tens, 1) + digits.get(ones, 0)

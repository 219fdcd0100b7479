"""Kinds of scalars that check against a list: currencies, time zones, weekdays, names of facts."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from crmlib.settings.analyses.facts import FACTS
from crmlib.settings.fields import WHOLE, IsText, IsWhole, Kind, Scalar, wrong

#: ISO 4217, active codes; digits after a colon where they are not 2.
CURRENCIES = {
    word.partition(":")[0]: int(word.partition(":")[2] or 2) for word in """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD:3 BIF:0 BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
    CHF CLP:0 CNY COP CRC CUP CVE CZK DJF:0 DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF:0 GTQ GYD HKD
    HNL HTG HUF IDR ILS INR IQD:3 IRR ISK:0 JMD JOD:3 JPY:0 KES KGS KHR KMF:0 KPW KRW:0 KWD:3 KYD KZT LAK LBP LKR LRD
    LSL LYD:3 MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR:3 PAB PEN PGK PHP
    PKR PLN PYG:0 QAR RON RSD RUB RWF:0 SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND:3
    TOP TRY TTD TWD TZS UAH UGX:0 USD UYU UZS VED VES VND:0 VUV:0 WST XAF:0 XCD XCG XOF:0 XPF:0 YER ZAR ZMW ZWG
    """.split()}
#: What people write instead, and mean.
SPOKEN = {"YEN": "JPY", "円": "JPY", "日本円": "JPY", "¥": "JPY", "DOLLAR": "USD", "EURO": "EUR"}
SPOKEN_ZONES = {"JST": "Asia/Tokyo", "日本": "Asia/Tokyo", "日本時間": "Asia/Tokyo", "東京": "Asia/Tokyo",
                "TOKYO": "Asia/Tokyo"}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KANJI_DAYS = "月火水木金土日"


def iso_decimals(code: Any) -> int:
    """Return the decimal places of a currency; 2 for a code nobody knows, which its own field refuses."""
    return CURRENCIES.get(code, 2) if isinstance(code, str) else 2


def nearest(word: str, choices: tuple[str, ...] | list[str]) -> str:
    """Return the choice a slip of the hand most likely meant, or an empty text."""
    by_folded = {choice.casefold(): choice for choice in reversed(choices)}
    swapped = next((c for c in choices if len(c) > 1 and sorted(c.casefold()) == sorted(word.casefold())), "")
    if swapped:
        return swapped
    found = difflib.get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


@dataclass(frozen=True)
class IsCurrency(IsText):
    """An ISO 4217 code."""

    def read(self, value: Any) -> str:
        """Return the code."""
        text = super().read(value)
        if text not in CURRENCIES:
            near = SPOKEN.get(text.upper()) or nearest(text, list(CURRENCIES))
            raise wrong("unknown_currency_near" if near else "unknown_currency", nearest=near,
                        allowed=["JPY", "USD", "EUR", "…"])
        return text

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"enum": list(CURRENCIES)}


@cache
def zones() -> tuple[str, ...]:
    """Return the names of all time zones this machine knows."""
    return tuple(sorted(available_timezones()))


@dataclass(frozen=True)
class IsZone(IsText):
    """A time zone of the IANA list."""

    def read(self, value: Any) -> str:
        """Return the zone's name."""
        text = super().read(value)
        if text not in zones():
            near = SPOKEN_ZONES.get(text.upper()) or nearest(text, zones())
            raise wrong("unknown_zone_near" if near else "unknown_zone", nearest=near,
                        allowed=["Asia/Tokyo", "UTC", "America/New_York", "…"])
        return text

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema; the list of zones differs between machines, so it is not in it."""
        return {"type": "string"}


@dataclass(frozen=True)
class IsWeekday(Kind):
    """A weekday by name or number; kept as 1 (Monday) to 7, as ``dow`` in the data."""

    def read(self, value: Any) -> int:
        """Return the number of the weekday."""
        if isinstance(value, str) and value in WEEKDAYS:
            return WEEKDAYS.index(value) + 1
        if isinstance(value, str) and len(value) == 1 and value in KANJI_DAYS:
            return KANJI_DAYS.index(value) + 1
        if isinstance(value, int) or (isinstance(value, Scalar) and value.plain and WHOLE.fullmatch(value)):
            return int(IsWhole(1, 7).read(value))
        raise wrong("not_weekday", allowed=[*WEEKDAYS, *KANJI_DAYS, "1 … 7"])

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"enum": [*WEEKDAYS, *KANJI_DAYS, *range(1, 8)]}


#: Analyses whose facts may have a target or stand on the first page.
ANALYSES = tuple(FACTS)


@dataclass(frozen=True)
class IsFact(IsText):
    """The name of a figure, ``customers.sales``."""

    def read(self, value: Any) -> str:
        """Return the name."""
        text = super().read(value)
        analysis, _, rest = text.partition(".")
        if analysis not in ANALYSES:
            near = nearest(analysis, ANALYSES)
            raise wrong("unknown_analysis_near" if near else "unknown_analysis",
                        nearest=near and f"{near}.{rest}", allowed=[f"{a}.…" for a in ANALYSES])
        if rest not in FACTS[analysis]:
            near = _meant(analysis, rest)
            raise wrong("unknown_fact_near" if near else "unknown_fact", nearest=near, analysis=analysis,
                        allowed=[f"{analysis}.{name}" for name in FACTS[analysis]])
        return text


def _meant(analysis: str, name: str) -> str:
    """Return the figure a name nearly spells, or the page that tells one of this very name."""
    near = nearest(name, FACTS[analysis])
    other = next((one for one in ANALYSES if name in FACTS[one]), "")
    return f"{analysis}.{near}" if near else f"{other}.{name}" if other else ""


CurrencyCode = Annotated[str, IsCurrency()]
Zone = Annotated[str, IsZone()]
Weekday = Annotated[int, IsWeekday()]
FactKey = Annotated[str, IsFact(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", "customers.sales")]

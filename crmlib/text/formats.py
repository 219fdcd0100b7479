"""How numbers, money and dates are written in Japanese and English.

Pure functions of the value and the words of ``common.yaml``; neither the machine's locale nor its
clock is asked. Amounts rounded for prose keep at most three significant figures, with one exception:
Japanese money below one oku is given in whole man (1,842万円), the smallest unit people say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

MINUS = "\u2212"
NOTHING = "\u2014"
SYMBOLS = {"JPY": "¥", "GBP": "£", "USD": "$", "EUR": "€", "CNY": "CN¥", "KRW": "₩", "TWD": "NT$", "AUD": "A$",
           "CAD": "C$", "SGD": "S$", "HKD": "HK$", "THB": "฿", "INR": "₹", "CHF": "CHF "}
#: Currencies of ISO 4217 without a minor unit, and those with three decimals; all others have two.
NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
MAN, OKU, CHO = Decimal(10**4), Decimal(10**8), Decimal(10**12)
EXACT_BELOW = Decimal(100_000)
#: As in ``crmlib.result``.
SIGNIFICANT = 10
#: Decimals of a percentage at most.
SMALLEST = 5
#: Units of facts and columns that are counted things, with the counter that words them.
COUNTED = {"customers": "people", "orders": "orders", "rows": "rows", "responses": "responses", "days": "days"}


def default_decimals(currency: str) -> int:
    """Return the number of decimals ISO 4217 gives a currency."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def missing(value: Any) -> bool:
    """Tell whether a value is None, NaN, NaT or NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value


def exact(value: Any) -> Decimal:
    """Return the decimal a number is written as.

    A float gives ten significant digits, as a fact does, so that one number is never written in two ways because one
    of them was rounded before; never its binary tail. Whole floats keep all their digits.
    """
    if isinstance(value, float) and not value.is_integer():
        return Decimal(f"{value:.{SIGNIFICANT}g}")
    return value if isinstance(value, Decimal) else Decimal(str(value))


def fixed(number: Decimal, places: int) -> Decimal:
    """Round half up, away from zero, to ``places`` decimals."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def significant(number: Decimal, figures: int = 3) -> Decimal:
    """Round to significant figures."""
    return fixed(number, figures - 1 - number.adjusted()) if number else number


def grouped(number: Decimal, places: int = 0) -> str:
    """Write a number with thousands separators and the real minus sign."""
    text = f"{abs(fixed(number, places)):,}"
    return MINUS + text if number < 0 and fixed(number, places) else text


def signed(number: str) -> str:
    """Put a plus before a written number that is above zero."""
    return number if number.startswith(MINUS) or not number.strip("0.,%") else f"+{number}"


def trimmed(number: Decimal) -> str:
    """Write a number without trailing zeros after the point."""
    text = f"{abs(number):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return MINUS + text if number < 0 and text != "0" else text


def as_date(value: Any) -> dt.date:
    """Return the date of a date, a time, or ISO text; a month stands for its first day."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = str(value)[:10]
    return dt.date.fromisoformat(text if len(text) == 10 else f"{text[:7]}-01")


@dataclass(frozen=True)
class Formats:
    """The formats of one language and one currency.

    Attributes
    ----------
    words : mapping
        ``common.yaml`` of the language: ``counters``, ``forms``, ``currencies``, ``calendar``.
    """

    locale: str
    currency: str
    decimals: int
    words: Mapping[str, Any]

    def write(self, value: Any, spec: str) -> str:
        """Write a value as a format of a hole says (see ``SPECS`` and the counters of ``common.yaml``)."""
        if missing(value):
            return NOTHING
        if spec in self.words["counters"]:
            return self.counted(exact(value), spec)
        if spec in SPECS:
            return SPECS[spec](self, value)
        return format(value, spec)

    def counted(self, number: Decimal, counter: str) -> str:
        """Write a number with its counter word."""
        one, many = self.words["counters"][counter]
        return str(one if abs(number) == 1 else many).format(self.plain(number))

    def plain(self, number: Decimal) -> str:
        """Write a number exactly when it is whole, else with one decimal."""
        return grouped(number, 0 if number == number.to_integral_value() else 1)

    def form(self, name: str, *parts: str) -> str:
        """Fill one of the language's forms (``forms`` in ``common.yaml``)."""
        return str(self.words["forms"][name]).format(*parts)

    def money(self, amount: Decimal, decimals: int | None = None) -> str:
        """Write an amount in major units exactly: 12,345円, ¥12,345, £8,911,407.90."""
        text = grouped(abs(amount), self.places if decimals is None else decimals)
        sign = MINUS if amount < 0 and text.strip("0.") else ""
        if self.locale == "ja" and self.currency == "JPY":
            return f"{sign}{text}円"
        return f"{sign}{self.symbol}{text}"

    @property
    def places(self) -> int:
        """The decimals amounts are read in: those of the currency, however much finer they are kept (``decimals``)."""
        return min(self.decimals, default_decimals(self.currency))

    @property
    def symbol(self) -> str:
        """The sign written before an amount."""
        return SYMBOLS.get(self.currency, f"{self.currency} ")

    def brief(self, amount: Decimal) -> tuple[str, str, str]:
        """Return sign with symbol, number and unit word of an amount in short: ``("", "1,842", "万円")``."""
        return self._brief_ja(amount) if self.locale == "ja" else self._brief_en(amount)

    def _brief_ja(self, amount: Decimal) -> tuple[str, str, str]:
        sign, size = (MINUS if amount < 0 else ""), abs(amount)
        word = self.words["currencies"].get(self.currency, "")
        if size < EXACT_BELOW:
            number = self._small(size)
            return (sign, number, word) if self.currency == "JPY" else (sign + self.symbol, number, "")
        sign = sign if word else sign + self.symbol
        if fixed(size / MAN, 0) < MAN:
            return sign, grouped(size / MAN), f"万{word}"
        scale, name = (OKU, "億") if significant(size) < CHO else (CHO, "兆")
        return sign, trimmed(significant(size / scale)), f"{name}{word}"

    def _brief_en(self, amount: Decimal) -> tuple[str, str, str]:
        sign, size = (MINUS if amount < 0 else "") + self.symbol, abs(amount)
        if size < EXACT_BELOW:
            return sign, self._small(size), ""
        size = significant(size)
        scale, name = next(step for step in STEPS if size >= step[0])
        return sign, trimmed(significant(size / scale)) + name, ""

    def _small(self, size: Decimal) -> str:
        return grouped(size, self.places if size < 1000 else 0)

    def axis(self, largest: Decimal) -> tuple[Decimal, str]:
        """Return what to divide an axis of money by, and the words of its unit."""
        if self.locale == "ja":
            word = self.words["currencies"].get(self.currency, self.currency)
            steps = ((CHO, f"兆{word}"), (OKU, f"億{word}"), (MAN * 10, f"万{word}"), (Decimal(0), word))
            scale, name = next(step for step in steps if largest >= step[0])
            return (MAN if name.startswith("万") else scale or Decimal(1)), name
        named = [(scale, f"{self.symbol.strip()}{name}") for scale, name in STEPS if largest >= EXACT_BELOW]
        plain = (Decimal(1), self.symbol.strip())
        return next((step for step in named if largest >= step[0]), plain)

    def percent(self, ratio: Any) -> str:
        """Write a ratio as a percentage: one decimal, none from 100 %, two below 0.1 %, then one figure."""
        value = exact(ratio) * 100
        size = abs(fixed(value, 2))
        places = 0 if size >= 100 else 1 if size >= Decimal("0.1") or not value else 2
        return f"{grouped(value, places if size or not value else min(-value.adjusted(), SMALLEST))}%"

    def change(self, value: Any, form: str = "change") -> str:
        """Write a relative change, or a difference of two ratios in points, as an increase or a decrease."""
        number = exact(value) * 100
        places = 0 if abs(number) >= 100 else 1
        if not fixed(number, places):
            return self.form("unchanged")
        return self.form(f"{form}_{'up' if number > 0 else 'down'}", grouped(abs(number), places))

    def arrow(self, value: Any) -> str:
        """Write a change with an arrow before it; none where it rounds to nothing."""
        number = fixed(exact(value) * 100, 1)
        sign = "↑ " if number > 0 else "↓ " if number < 0 else ""
        return sign + self.change(value)

    def money_signed(self, amount: Any) -> str:
        """Write a difference of money in short with its sign: +63万円, −12,300円."""
        text = "".join(self.brief(exact(amount)))
        return f"+{text}" if exact(amount) > 0 else text

    def signed(self, value: Any, places: int | None = None) -> str:
        """Write a difference with its sign; ``places`` decimals, by default none where it is whole."""
        number = exact(value)
        return signed(self.plain(number) if places is None else grouped(number, places))

    def percent_signed(self, ratio: Any) -> str:
        """Write a change, given as ratio - 1, as a percentage with its sign: +4.2%, −2.1%."""
        return signed(self.percent(ratio))

    def date(self, value: Any, form: str) -> str:
        """Write a date in one of the calendar forms of ``common.yaml``."""
        day, names = as_date(value), self.words["calendar"]
        return str(names[form]).format(y=day.year, m=day.month, d=day.day, month=names["months"][day.month - 1],
                                       short=names["months_short"][day.month - 1],
                                       weekday=names["weekdays"][day.weekday()])


STEPS = ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "K"))


def _dated(form: str) -> Callable[[Formats, Any], str]:
    return lambda formats, value: formats.date(value, form)


#: Formats of holes beside the counters: ``{sales:money_short}``.
SPECS: dict[str, Callable[[Formats, Any], str]] = {
    "money": lambda f, v: f.money(exact(v)),
    "money_short": lambda f, v: "".join(f.brief(exact(v))),
    "money_signed": Formats.money_signed,
    "count": lambda f, v: f.plain(exact(v)),
    "ratio": Formats.percent,
    "points": lambda f, v: f.form("points", grouped(exact(v), 1)),
    "in_points": lambda f, v: f.signed(exact(v) * 100, 1),
    "difference": lambda f, v: f.form("points", f.signed(exact(v) * 100, 1)),
    "score": lambda f, v: grouped(exact(v), 1) if abs(exact(v)) >= 10 else grouped(exact(v), 2).removesuffix("0"),
    "tenths": lambda f, v: grouped(exact(v), 1),
    "tenths_signed": lambda f, v: f.signed(v, 1),
    "ratio_signed": Formats.percent_signed,
    "number": lambda f, v: trimmed(significant(exact(v))),
    "index": lambda f, v: grouped(exact(v), 2) if abs(exact(v)) < 100 else grouped(significant(exact(v))),
    "times": lambda f, v: f.form("times", trimmed(significant(exact(v), 2))),
    "change": Formats.change,
    "change_points": lambda f, v: f.change(v, "points"),
    "arrow": Formats.arrow,
    "signed": Formats.signed,
    **{name: _dated(name) for name in ("date", "day", "month", "month_name", "month_short", "month_day", "month_axis",
                                       "year")},
}

"""The words of a page: labels, sentences with holes, and how values are written, in one language.

Words are data (``<locale>/common.yaml`` and ``<locale>/<analysis>.yaml``); results carry keys only.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, cached_property, reduce
from pathlib import Path
from typing import Any

from crmlib.errors import LOCALES, CrmError
from crmlib.text.formats import COUNTED, Formats, default_decimals, exact, missing

FOLDER = Path(__file__).parent
#: Codes that the words of intake's books word already.
BOOKS = {"step": "steps", "reason": "reasons", "rule": "match_rules"}
#: The column of codes that are facts, with the page each stands on.
FACT = "fact"
#: Words that an analysis takes over: the quality page tells the books of intake.
BESIDE = {"quality": "cleaning"}
PLAIN_UNITS = ("ratio", "points", "difference", "score", "count", "index", "date", "month")


def load_text(analysis: str, locale: str, currency: str = "JPY", decimals: int | None = None) -> Text:
    """Return the words of an analysis in one language, on top of the words all pages share.

    Parameters
    ----------
    analysis : str
        Name of the analysis; ``common`` for the shared words alone.
    locale : str
        ``ja`` or ``en``.
    currency : str
        ISO 4217 code in which money is written.
    decimals : int, optional
        Digits after the point; by default what ISO 4217 gives the currency.

    Raises
    ------
    CrmError
        ``text.unknown_locale``, ``text.missing_file`` or ``text.not_readable``.
    """
    if locale not in LOCALES:
        raise CrmError("text.unknown_locale", allowed=LOCALES, locale=locale)
    return _load(analysis, locale, currency, default_decimals(currency) if decimals is None else decimals)


@cache
def _load(analysis: str, locale: str, currency: str, decimals: int) -> Text:
    shared = _read(locale, "common")
    if analysis in BESIDE:
        shared = _merged(shared, _read(locale, BESIDE[analysis]))
    words = shared if analysis == "common" else _merged(shared, _read(locale, analysis))
    return Text(analysis, locale, currency, decimals, words)


@cache
def _read(locale: str, name: str) -> dict[str, Any]:
    import yaml

    path = FOLDER / locale / f"{name}.yaml"
    if not path.is_file():
        raise CrmError("text.missing_file", file=f"crmlib/text/{locale}/{name}.yaml", name=name)
    # A page of several slices keeps the words of each in a file of its own, in a folder of the page's name.
    parts = [path, *sorted(path.with_suffix("").glob("*.yaml"))]
    try:
        return reduce(_merged, (_with_text_keys(_parsed(part.read_text(encoding="utf-8")) or {}) for part in parts))
    except yaml.YAMLError as error:
        raise CrmError("text.not_readable", file=f"crmlib/text/{locale}/{name}.yaml", why=str(error)) from error


def _parsed(text: str) -> Any:
    """Read plain values by PyYAML's safe reader, the one in C where it was built: it takes a tenth of the time."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _with_text_keys(node: Any) -> Any:
    """Turn keys that YAML reads as numbers or booleans (a code ``1``, ``no``) back into text."""
    if isinstance(node, dict):
        names = {True: "true", False: "false"}
        return {names[k] if isinstance(k, bool) else str(k): _with_text_keys(v) for k, v in node.items()}
    return node


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in over.items():
        old = both.get(key)
        both[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


@dataclass(frozen=True)
class Text:
    """The words of one analysis in one language, with the formats of one currency.

    Attributes
    ----------
    analysis, locale, currency : str
    decimals : int
        Digits of the minor unit; money columns of tables are integers of it.
    own : mapping
        The shop's own words, which go before those of any analysis.
    """

    analysis: str
    locale: str
    currency: str
    decimals: int
    words: Mapping[str, Any] = field(repr=False)
    own: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __hash__(self) -> int:
        return hash((self.analysis, self.locale, self.currency, self.decimals))

    @cached_property
    def formats(self) -> Formats:
        """How values are written."""
        return Formats(self.locale, self.currency, self.decimals, self.words)

    def of(self, analysis: str) -> Text:
        """Return the words of another analysis in the same language and currency."""
        if not analysis or analysis == self.analysis:
            return self
        return load_text(analysis, self.locale, self.currency, self.decimals).naming(self.own)

    def naming(self, own: Mapping[str, Any]) -> Text:
        """Return the same words with the shop's own on top: a tree like that of a text file."""
        return replace(self, words=_merged(self.words, own), own=own) if own else self

    def find(self, key: str) -> Any:
        """Return what stands at a dotted key, or None; codes with dots in them are found too."""
        node: Any = self.words
        rest = key
        while isinstance(node, Mapping) and rest:
            if rest in node:
                return node[rest]
            head, _, rest = rest.partition(".")
            node = node.get(head)
        return None

    def has(self, key: str) -> bool:
        """Tell whether there are words at a dotted key."""
        return self.find(key) is not None

    def get(self, key: str) -> Any:
        """Return what stands at a dotted key.

        Raises
        ------
        CrmError
            ``text.missing_key``, naming the file and the key.
        """
        found = self.find(key)
        if found is None:
            raise CrmError("text.missing_key", key=key, file=f"crmlib/text/{self.locale}/{self.analysis}.yaml")
        return found

    def label(self, key: str) -> str:
        """Return the word of a fact or a column."""
        return str(self.get(f"labels.{key}"))

    def code(self, column: str, value: Any) -> str:
        """Return the word of a code, or of several with a plus between; one that is not listed stands for itself."""
        listed = {**(self.find(BOOKS.get(column, "")) or {}), **(self.find(f"codes.{column}") or {})}
        if missing(value) or (value == "" and "" not in listed):
            return str(self.get("codes.unknown"))
        key = str(value).lower() if str(value) in ("True", "False") else str(value)
        parts = [key] if key in listed else key.split("+")
        if all(part in listed for part in parts):
            return ("、" if self.locale == "ja" else ", ").join(str(listed[part]) for part in parts)
        if column == FACT:
            return self._fact(key)
        return self._reason(key) if column == "reason" and self.has("whys") else str(value)

    def _fact(self, name: str) -> str:
        """Return the words of a fact of another page: ``customers.lost``."""
        analysis, _, key = name.partition(".")
        said, page = self.of(analysis).label(key), self.code("breaks", analysis)
        return f"{said}（{page}）" if self.locale == "ja" else f"{said} ({page})"

    def _reason(self, reason: str) -> str:
        """Return the words of a reason of the books: what is wrong with a column, or a rule of the shop's own."""
        column, _, why = reason.rpartition(".")
        if column and self.has(f"whys.{why}"):
            return str(self.get(f"whys.{why}")).format(column=self.code("columns", column))
        return str(self.get("rule")).format(reason=reason)

    def sentence(self, key: str, values: Mapping[str, Any] | None = None) -> str:
        """Return a sentence with its holes filled; ``{x:money_short}`` names the format of a hole.

        Money in holes is in major units.

        Raises
        ------
        CrmError
            ``text.missing_key`` or ``text.missing_value``.
        """
        return self.fill(str(self.get(key)), values or {}, key)

    def fill(self, pattern: str, values: Mapping[str, Any], key: str = "") -> str:
        """Fill the holes of a pattern that is at hand."""
        try:
            return _Filler(self).vformat(pattern, (), values)
        except KeyError as error:
            raise CrmError("text.missing_value", key=key, hole=str(error.args[0]), allowed=sorted(values),
                           file=f"crmlib/text/{self.locale}/{self.analysis}.yaml") from error
        except (ValueError, ArithmeticError) as error:
            raise CrmError("text.bad_value", key=key, why=f"{type(error).__name__}: {error}",
                           file=f"crmlib/text/{self.locale}/{self.analysis}.yaml") from error

    def holes(self, key: str) -> Iterator[str]:
        """Give the names of the holes of a sentence."""
        return (name for _, name, _, _ in string.Formatter().parse(str(self.get(key))) if name)

    def format(self, value: Any, unit: str) -> str:
        """Write a value exactly, as in a table: counted things and money with their unit.

        ``unit`` is one of ``crmlib.result.UNITS`` (``money``: integer minor units) or an ISO currency
        (major units).
        """
        return self._write(value, unit, short=False)

    def brief(self, value: Any, unit: str) -> str:
        """Write a value as on a card or in a chart: money in 万円 or ¥M."""
        return self._write(value, unit, short=True)

    def compact(self, value: Any, unit: str) -> str:
        """Write a value where its unit is said nearby: English leaves out counted words, Japanese keeps 人 and 件."""
        return self.parts(value, unit)[0] if self.locale == "en" and unit in COUNTED else self.brief(value, unit)

    def _write(self, value: Any, unit: str, *, short: bool) -> str:
        if missing(value):
            return self.formats.write(None, "")
        if unit in COUNTED:
            return self.formats.write(value, COUNTED[unit])
        if unit in PLAIN_UNITS:
            return self.formats.write(value, unit)
        if unit in ("text", "code"):
            return str(value)
        return self.formats.write(self.major(value, unit), "money_short" if short else "money")

    def parts(self, value: Any, unit: str) -> tuple[str, str]:
        """Return number and unit word apart, for the large figure of a card: ``("1,842", "万円")``."""
        if missing(value):
            return self.formats.write(None, ""), ""
        if unit in COUNTED:
            number = self.formats.plain(exact(value))
            return number, self.format(value, unit).replace(number, "").strip()
        if unit == "ratio":
            return self.formats.percent(value).removesuffix("%"), "%"
        if unit in (*PLAIN_UNITS, "text", "code"):
            word = self.formats.form("points", "") if unit in ("points", "difference") else ""
            return self.brief(value, unit).removesuffix(word), word.strip()
        sign, number, word = self.formats.brief(self.major(value, unit))
        return sign + number, word

    def major(self, value: Any, unit: str = "money") -> Decimal:
        """Return an amount in major units: ``money`` comes in minor units, an ISO currency in major ones."""
        return exact(value).scaleb(-self.decimals) if unit == "money" else exact(value)


class _Filler(string.Formatter):
    """Fills ``{x:format}`` holes with the formats of a language."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("code."):
            return self.text.code(format_spec.removeprefix("code."), value)
        if format_spec == "own":  # words of the shop's own, in both languages
            return str(value[self.text.locale])
        if format_spec == "label":
            return self.text.label(str(value))
        return self.text.formats.write(value, format_spec)

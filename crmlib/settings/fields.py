"""What a settings field may hold: typed scalars that keep a file's own text, and a field with its words.

YAML guesses the type of a scalar from its looks (``010`` becomes 8, ``no`` becomes false). Here the
field decides: the reader hands over the text as written (`Scalar`), and each kind below reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

#: Keys in ``json_schema_extra`` that are ours; the JSON Schema for editors leaves them out.
MACHINE = "machine"
WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")


class Scalar(str):
    """The text of one YAML scalar, exactly as written.

    ``plain`` is False for a quoted or block scalar, which is never a number, a flag or null.
    """

    plain: bool

    def __new__(cls, text: str, plain: bool = True) -> Scalar:
        """Keep the text and how it was written."""
        self = super().__new__(cls, text)
        self.plain = plain
        return self


def wrong(code: str, /, *, key: str = "", of: tuple[str, ...] = (), **values: Any) -> PydanticCustomError:
    """Return the error a reader or a check raises.

    Parameters
    ----------
    code : str
        Names the sentences in ``errors/settings.yaml``.
    key : str
        The key inside the checked group that the message points at.
    of : tuple of str
        The keys a check compared; it says nothing where one of them is wrong by itself.
    **values
        Fill the holes of the sentences; ``allowed`` and ``nearest`` are told as such.
    """
    return PydanticCustomError("crm", "crm", {**values, "error": code, "key": key, "of": of or (key,) * bool(key)})


@dataclass(frozen=True)
class Kind:
    """One kind of scalar: reads a value or says what was wrong, and describes itself to editors."""

    def read(self, value: Any) -> Any:
        """Return the typed value."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema of the kind."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return self.describe()


@dataclass(frozen=True)
class IsText(Kind):
    """Text or a code: always the characters of the file, whatever they look like."""

    pattern: str | None = None
    example: str = ""

    def read(self, value: Any) -> str:
        """Return the text; a whole number from Python becomes its digits."""
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise wrong("not_text")
        text = "".join(value) if isinstance(value, str) else str(value)
        if not text:
            raise wrong("empty_text")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise wrong("bad_form", allowed=[self.example])
        return text

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema; a bare number or flag is fine where any text is, as it stays text."""
        if self.pattern:
            return {"type": "string", "pattern": f"^(?:{self.pattern})$"}
        return {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True)
class IsWhole(Kind):
    """A whole number written plainly: no leading zero, underscore, colon or quotes."""

    low: int | None = None
    high: int | None = None

    def read(self, value: Any) -> int:
        """Return the number within its limits."""
        if isinstance(value, Scalar) and value.plain and WHOLE.fullmatch(value):
            value = int(value)
        if isinstance(value, (bool, str)) or not isinstance(value, int):
            raise wrong("not_whole", allowed=[span(self.low, self.high)])
        return int(within(value, self.low, self.high))

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "integer", **limits(self.low, self.high)}


@dataclass(frozen=True)
class IsNumber(Kind):
    """A decimal number, kept exactly (Decimal), or as a float where ``exact`` is False."""

    low: float | None = None
    high: float | None = None
    exact: bool = True

    def read(self, value: Any) -> Decimal | float:
        """Return the number within its limits."""
        if isinstance(value, Scalar) and value.plain and NUMBER.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, (bool, str)) or not isinstance(value, (int, float, Decimal)) or value != value:
            raise wrong("not_number", allowed=[span(self.low, self.high, "12.5")])
        number = within(Decimal(str(value)), self.low, self.high)
        return number if self.exact else float(number)

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "number", **limits(self.low, self.high)}


@dataclass(frozen=True)
class IsFlag(Kind):
    """``true`` or ``false``; ``yes``, ``no``, ``on`` and ``off`` are text and refused."""

    def read(self, value: Any) -> bool:
        """Return the flag."""
        if isinstance(value, Scalar) and value.plain and value in ("true", "false"):
            return value == "true"
        if isinstance(value, bool):
            return value
        raise wrong("not_flag", allowed=["true", "false"])

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class IsDay(Kind):
    """A calendar day, ``2026-10-31``."""

    def read(self, value: Any) -> date:
        """Return the day."""
        if type(value) is date:
            return value
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise wrong("no_such_day", allowed=["2026-10-31"]) from None
        raise wrong("not_day", allowed=["2026-10-31"])

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "string", "format": "date"}


def span(low: float | None, high: float | None, example: str = "1, 2, 3 …") -> str:
    """Return limits as ``1 … 12``, ``≥ 1`` or ``≤ 12``, which need no language; an example where there are none."""
    if low is not None and high is not None:
        return f"{low:g} … {high:g}"
    if low is not None:
        return f"≥ {low:g}"
    return f"≤ {high:g}" if high is not None else example


def within(value: Any, low: float | None, high: float | None) -> Any:
    """Return the number, or say that it lies outside its limits."""
    if not _finite(value) or (low is not None and value < low) or (high is not None and value > high):
        raise wrong("out_of_range", allowed=[span(low, high)])
    return value


def _finite(value: Any) -> bool:
    return not isinstance(value, Decimal) or value.is_finite()


def limits(low: float | None, high: float | None) -> dict[str, float]:
    """Return limits as JSON Schema."""
    return {name: limit for name, limit in (("minimum", low), ("maximum", high)) if limit is not None}


class Fixed(Mapping[str, Any]):
    """A mapping that cannot be changed, so that frozen settings are frozen to the bottom."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


class OrOne:
    """Marks a list that may be written as a single value where it has one item."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}

    def listed(self, value: Any) -> Any:
        """Return a list of one for a single value."""
        return [value] if isinstance(value, str) else value


def is_machine(field: Any) -> bool:
    """Tell whether a field changes only how fast a run is."""
    return isinstance(field.json_schema_extra, dict) and bool(field.json_schema_extra.get(MACHINE))


def plain_value(value: Any) -> Any:
    """Return a value as JSON knows it: dates as text, decimals as numbers, tuples as lists."""
    if isinstance(value, Mapping):
        return {name: plain_value(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain_value(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.plain() if hasattr(value, "plain") else value


def doc(default: Any, ja: str, en: str, *, example: Any = None, machine: bool = False, **more: Any) -> Any:
    """Return a field with its default and its explanation in both languages.

    Parameters
    ----------
    default : object
        ``...`` for a field that must be given.
    ja, en : str
        One or two sentences; the template and the editor's help are made of them.
    example : object, optional
        Shown in the template beside the default.
    machine : bool
        The field changes how fast a run is, never what it publishes; ``resolved`` leaves it out.
    """
    return Field(default, description=f"{ja}\n{en}", examples=None if example is None else [example],
                 json_schema_extra={MACHINE: True} if machine else None, **more)


Text = Annotated[str, IsText()]
Code = Annotated[str, IsText()]
Name = Annotated[str, IsText(r"[a-z][a-z0-9_]*", "first_order")]
Month = Annotated[str, IsText(r"\d{4}-(0[1-9]|1[0-2])", "2026-10")]
Whole = Annotated[int, IsWhole()]
Count = Annotated[int, IsWhole(1)]
Money = Annotated[Decimal, IsNumber()]
Share = Annotated[float, IsNumber(0, 1, exact=False)]
Flag = Annotated[bool, IsFlag()]
Day = Annotated[date, IsDay()]

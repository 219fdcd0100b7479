"""What an analysis returns: facts, tables, figures, checks and actions; keyed, language-free, frozen.

Nothing here knows a language or a chart style: words come from ``text``, drawing happens on show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Number = int | float | Decimal | None
SIGNIFICANT, SHAREABLE, RESTRICTED = 10, "shareable", "restricted"
UNITS = ("customers", "orders", "rows", "responses", "ratio", "points", "days", "score", "count",
         "text", "code", "date", "month", "money", "index", "unit", "measured", "difference", "apart")


def rounded(value: Any) -> Any:
    """Round a float to ten significant digits, once; leave exact numbers alone; NaN becomes None."""
    if value is None or isinstance(value, (int, Decimal, str, bool)):
        return value
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        return None
    return float(f"{number:.{SIGNIFICANT}g}") + 0.0


@dataclass(frozen=True)
class Fact:
    """One number with what is needed to read it.

    Attributes
    ----------
    key : str
        Without prefix, for instance ``repeat_rate``.
    value : int, float, Decimal or None
        Money is a Decimal in major units (``Dataset.money``); None says why in ``note``.
    unit : str
        An ISO currency, or customers, orders, rows, responses, ratio (0-1), points, days, score.
    previous, year_ago, target : number or None
        The same definition one month and one year earlier, from today's data; from ``targets`` in the parameters.
    n : int or None
        How many the value rests on.
    low, high : number or None
        95 % interval, where the value is an estimate.
    note : str or None
        Key of a sentence in the analysis's text (``notes.<note>``), for instance ``no_surveys``.
    analysis : str
        Set by ``Result``.
    """

    key: str
    value: Number
    unit: str
    previous: Number = None
    year_ago: Number = None
    target: Number = None
    n: int | None = None
    low: Number = None
    high: Number = None
    note: str | None = None
    analysis: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "previous", "year_ago", "target", "low", "high"):
            object.__setattr__(self, name, rounded(getattr(self, name)))


@dataclass(frozen=True)
class Column:
    """How a column is read: its unit (see ``UNITS``), and whose people it tells of, hidden with them (``share_of``).

    Rows of different kinds have a column ``unit`` (unit ``unit``) with the unit of each, in which their column of unit
    ``measured`` is read; money there is in major units, its unit the ISO currency. A ``difference`` is one of two
    ratios, told in points; ``apart`` is a difference in the unit of its row.
    """

    unit: str
    share_of: str | None = None


@dataclass(frozen=True)
class Table:
    """A finished frame with the unit of each column.

    Attributes
    ----------
    frame : pandas.DataFrame
        Totally ordered; money columns are minor units (int64; averages as they are, float64: pages and files round
        them, once, to the digits of the currency), dates are ``datetime.date`` or ISO text.
    columns : dict of str to Column
        Every column of the frame, in order.
    sensitivity : str
        ``shareable`` or ``restricted``.
    count : str or None
        The column of the number of people behind a row: rows of 1 to k-1 people lose their numbers on pages and in
        shareable files. None when rows are not groups of people.
    within, across : tuple of str
        Columns inside which the counts add up to a published total; none: the whole table. Two sets for cross tables.
    totals : tuple of str
        Columns that stay where a row loses its numbers: money and orders of the whole shop, not of the people counted.
    hide : tuple of int
        Places of rows hidden in any case, because the longer table they are taken from hides them.
    names : dict of str to dict
        Column of codes → code → what the shop calls it: pages write the name, files keep the code.
    name, analysis : str
        Set by ``Result``: a table shown alone knows its caption and file.
    """

    frame: pd.DataFrame
    columns: Mapping[str, Column]
    sensitivity: str = SHAREABLE
    count: str | None = None
    within: tuple[str, ...] = ()
    across: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    hide: tuple[int, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    name: str = ""
    analysis: str = ""


@dataclass(frozen=True)
class Figure:
    """A chart that is drawn only when shown.

    Attributes
    ----------
    draw : callable
        ``draw(frame, ax, words) -> Axes``; ``words`` is the text catalogue of the locale.
    table : str
        Key of the table in the same Result that holds exactly what is drawn.
    values : dict
        For the holes of title, subtitle and alternative text (``figures.<key>.title|subtitle|alt``).
    size : tuple of float
        Width and height in inches; the proportion counts, every figure is drawn equally wide.
    name, analysis, data : str, str, Table
        Set by ``Result``.
    """

    draw: Callable[..., Axes]
    table: str
    values: Mapping[str, Any] = field(default_factory=dict)
    size: tuple[float, float] = (7.2, 3.6)
    name: str = ""
    analysis: str = ""
    data: Table | None = None


@dataclass(frozen=True)
class Check:
    """Something that must hold: the observed value, the limit, and how bad a breach is.

    ``severity``: ``stop`` (the run ends), ``warn`` (said on the page) or ``info``.
    """

    key: str
    ok: bool
    observed: Any = None
    limit: Any = None
    severity: str = "warn"
    analysis: str = ""


@dataclass(frozen=True)
class Action:
    """Whom to contact, with what, through which channel, why, until when; codes, not words, and how many people."""

    who: str
    what: str
    channel: str
    why: str
    until: str
    customers: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    analysis: str = ""


@dataclass(frozen=True)
class Portrait:
    """What is told of one group of people on a card; codes and numbers, not words.

    Attributes
    ----------
    column, code : str
        The group: a column of ``among`` (where its row is hidden, so is the portrait) and its code there.
    parts : tuple of (str, tuple of (str, dict))
        Headings (keys of ``labels``) and under each its sentences (keys of ``portraits``, with their values).
    detail : Table or None
        Opens on demand; ``mark`` stands for the group in charts.
    """

    column: str
    code: str
    parts: tuple[tuple[str, tuple[tuple[str, Mapping[str, Any]], ...]], ...]
    among: Table
    detail: Table | None = None
    mark: str = ""
    analysis: str = ""


class Note(tuple[str, Mapping[str, Any]]):
    """A (key, values) pair that knows which analysis wrote it."""

    analysis: str

    def __new__(cls, key: str, values: Mapping[str, Any], analysis: str = "") -> Note:
        """Return the pair."""
        pair = super().__new__(cls, (key, values))
        pair.analysis = analysis
        return pair

    def __getnewargs__(self) -> tuple[str, Mapping[str, Any], str]:
        return (self[0], self[1], self.analysis)


class Aside(Note):
    """A note that stands beside its section, not in the box of the page's answer."""


@dataclass(frozen=True)
class Result:
    """Everything one analysis found in one month.

    Attributes
    ----------
    analysis : str
        Name of the module, for instance ``rfm``.
    measures : pandas.DataFrame or None
        Restricted, one row per customer_key.
    notes : tuple of (str, dict)
        Keys of sentences in ``notes`` of the catalogue with the numbers for their holes. The first
        is the page's answer in one sentence.
    needs : tuple of str
        What was missing when the result is not available.
    lead : tuple of str
        Keys of the notes a page opens with, the answer first; the others stand beside their sections (``beside``).
        Empty: all of them open the page.
    """

    analysis: str
    facts: tuple[Fact, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    actions: tuple[Action, ...] = ()
    notes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    measures: pd.DataFrame | None = None
    needs: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        name = self.analysis
        tables = {key: replace(t, name=key, analysis=name) for key, t in self.tables.items()}
        figures = {key: replace(f, name=key, analysis=name, data=tables.get(f.table))
                   for key, f in self.figures.items()}
        owned = {"tables": MappingProxyType(tables), "figures": MappingProxyType(figures),
                 "facts": tuple(replace(f, analysis=name) for f in self.facts),
                 # What was taken over from another analysis keeps the words of that one.
                 "checks": tuple(replace(c, analysis=c.analysis or name) for c in self.checks),
                 "actions": tuple(replace(a, analysis=a.analysis or name) for a in self.actions),
                 "notes": tuple(Note(key, values, name) for key, values in self.notes)}
        for attribute, value in owned.items():
            object.__setattr__(self, attribute, value)

    @classmethod
    def unavailable(cls, analysis: str, needs: tuple[str, ...], facts: tuple[Fact, ...] = ()) -> Result:
        """Return a result that says in one sentence what is missing and how to supply it."""
        empty = tuple(replace(f, value=None, note="unavailable") for f in facts)
        return cls(analysis, facts=empty, needs=needs)

    @property
    def opening(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """The notes a page opens with."""
        return tuple(note for note in self.notes if not self.lead or note[0] in self.lead)

    def beside(self, *keys: str) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """Return the notes of a section by their keys, but for those the page has opened with."""
        return tuple(Aside(*note, self.analysis) for note in self.notes
                     if note[0] in keys and self.lead and note[0] not in self.lead)

    @property
    def available(self) -> bool:
        """Whether the analysis had the data it needs."""
        return not self.needs

    def fact(self, key: str) -> Fact:
        """Return one fact by its key."""
        return next(f for f in self.facts if f.key == key)

    def __repr__(self) -> str:
        state = "" if self.available else f" unavailable, needs {', '.join(self.needs)}"
        return (f"<Result {self.analysis}:{state} {len(self.facts)} facts, tables {sorted(self.tables)}, "
                f"figures {sorted(self.figures)}, {sum(c.ok for c in self.checks)}/{len(self.checks)} checks ok>")

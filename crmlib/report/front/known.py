"""The published facts as the first page reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, TypeVar

from crmlib.result import Action, Check, Fact

Made = TypeVar("Made", Fact, Action, Check)


@dataclass(frozen=True)
class Known:
    """Facts by analysis and key, and what else the analyses left: checks, actions, what was missing."""

    facts: Mapping[tuple[str, str], Fact]
    meta: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], meta: Mapping[str, Mapping[str, Any]] | None = None) -> Known:
        """Read the rows of ``facts.json`` and the notes of the run."""
        found = (_made(Fact, row) for row in rows)
        return cls({(fact.analysis, fact.key): fact for fact in found}, meta or {})

    def fact(self, analysis: str, key: str) -> Fact | None:
        """Return a fact that has a value, or None."""
        found = self.facts.get((analysis, key))
        return found if found is not None and found.value is not None else None

    def first(self, *names: str) -> Fact | None:
        """Return the first of several facts (``rfm.slipping_customers``) that has a value."""
        return next((fact for name in names if (fact := self.fact(*name.split(".", 1)))), None)

    def like_for_like(self) -> Fact | None:
        """Return the change of sales against the same weekdays a year before, with its interval, or None."""
        fact = self.fact("trends", "sales_364_yoy")
        return fact if fact is not None and fact.low is not None and fact.high is not None else None

    def whole(self, analysis: str, key: str) -> int | None:
        """Return a count, or None."""
        fact = self.fact(analysis, key)
        return None if fact is None or fact.value is None else int(fact.value)

    def actions(self) -> list[Action]:
        """Return every action, in the order of the analyses; those of a summary repeat others and are left out."""
        return [_made(Action, {**row, "analysis": row.get("analysis") or name})
                for name, row in self._rows("actions") if name != "summary"]

    def checks(self) -> list[Check]:
        """Return every check."""
        return [_made(Check, {**row, "analysis": name}) for name, row in self._rows("checks")]

    def missing(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return the analyses that had no data, with what they need."""
        return [(name, tuple(about.get("needs", ()))) for name, about in sorted(self.meta.items())
                if not about.get("available", True)]

    def _rows(self, part: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((name, row) for name, about in sorted(self.meta.items()) for row in about.get(part, ()))


def _made(kind: type[Made], row: Mapping[str, Any]) -> Made:
    """Build a value from a row, whatever else the row holds."""
    names = [field.name for field in fields(kind)]
    return kind(**{name: row[name] for name in names if name in row})


def beyond_zero(change: Fact) -> bool:
    """Tell whether a change is more than its own interval allows for chance."""
    return change.low is not None and change.high is not None and (change.low > 0 or change.high < 0)


def step(now: Any, before: Any) -> Decimal | None:
    """Return a relative change, or None where the earlier value is missing or not above zero."""
    if now is None or before is None or before <= 0:
        return None
    return Decimal(str(now)) / Decimal(str(before)) - 1

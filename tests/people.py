"""Customer records for tests of matching: a few named columns in, groups and tables out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from crmlib.engine.reading import ReadingEngine
from crmlib.intake import matching
from crmlib.intake.typed import texts

COLUMNS = ("customer_id", "family_name", "given_name", "family_kana", "given_kana", "full_name", "company", "phone",
           "email", "birth_date", "postal", "address")


def reader() -> ReadingEngine:
    """Return an engine that knows the functions of intake."""
    engine = ReadingEngine()
    texts.teach(engine)
    return engine


def hold(engine: ReadingEngine, rows: Iterable[dict[str, Any]]) -> None:
    """Make ``identity`` and ``customers`` of rows; what a row does not name is missing."""
    found = list(rows)
    for name, columns in (("identity", COLUMNS), ("customers", ("customer_id", "type", "gender"))):
        table = pa.table({c: pa.array([r.get(c) for r in found], pa.string()) for c in columns})
        engine.register("rows", table)
        dates = " REPLACE (CAST(birth_date AS DATE) AS birth_date)" if name == "identity" else ""
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT *{dates} FROM rows")
        engine.unregister("rows")


def match(engine: ReadingEngine, **options: Any) -> list[list[str]]:
    """Match ``identity`` and return the persons with several ids, each sorted."""
    matching.match(engine, "identity", "identity", "customers", matching.Options(**options))
    return groups(engine)


def groups(engine: ReadingEngine) -> list[list[str]]:
    """Return the persons with several ids that ``joined`` tells of."""
    found: dict[str, list[str]] = {}
    for one, root in engine.rows("SELECT customer_id, root FROM joined ORDER BY customer_id"):
        found.setdefault(root, [root]).append(one)
    return sorted(sorted(group) for group in found.values())


def pairs(persons: Iterable[list[str]]) -> set[tuple[str, str]]:
    """Return the pairs of ids inside persons, the smaller id first."""
    return {(p[i], p[j]) for p in persons for i in range(len(p)) for j in range(i + 1, len(p))}

"""Results on disk: written by the notebook that computed them, read by the summary and the publisher.

Plain JSON and Parquet, so that nothing from outside can run code by being read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError
from crmlib.result import Action, Check, Column, Fact, Result, Table

if TYPE_CHECKING:
    import pandas as pd

#: What a table says of its columns and rows by listing them.
_TUPLES = ("within", "across", "totals", "hide")


def save_result(result: Result, folder: Path) -> None:
    """Write a result into an empty folder, or compare it with what lies there.

    Raises
    ------
    CrmError
        ``dataset.result_differs`` when the folder holds another result: the same data must give the same numbers.
    """
    import pandas as pd

    described = json.dumps(_describe(result), ensure_ascii=False, indent=1, sort_keys=True)
    path = folder / "result.json"
    if path.is_file():
        before = path.read_text(encoding="utf-8")
        if before != described:
            raise CrmError("dataset.result_differs", where=result.analysis, exit_code=1,
                           keys=", ".join(_changed(json.loads(before), json.loads(described))))
        return
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for name, table in result.tables.items():
        table.frame.to_parquet(folder / "tables" / f"{name}.parquet", index=False)
    if isinstance(result.measures, pd.DataFrame):
        result.measures.to_parquet(folder / "measures.parquet", index=False)
    path.write_text(described, encoding="utf-8")


def load_result(folder: Path, *, tables: bool = True, measures: bool = True) -> Result:
    """Return the result that lies in a folder; figures keep only their keys, since drawings are on the pages.

    Parameters
    ----------
    tables, measures : bool
        Whether to read its tables and what it says of each customer, or to do without.
    """
    import pandas as pd

    described = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    found = {name: _table(pd.read_parquet(folder / "tables" / f"{name}.parquet"), spec)
             for name, spec in described["tables"].items()} if tables else {}
    people = folder / "measures.parquet"
    return Result(
        described["analysis"],
        facts=tuple(Fact(**_revive(fact)) for fact in described["facts"]),
        tables=found,
        checks=tuple(Check(**_revive(check)) for check in described["checks"]),
        actions=tuple(Action(**_revive(action)) for action in described["actions"]),
        notes=tuple((key, _revive(values)) for key, values in described["notes"]),
        measures=pd.read_parquet(people) if measures and people.is_file() else None,
        needs=tuple(described["needs"]),
    )


def figure_tables(folder: Path) -> dict[str, str]:
    """Return which table each figure of a stored result draws."""
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))["figures"]


def _table(frame: pd.DataFrame, spec: Mapping[str, Any]) -> Table:
    within, across, totals, hide = (tuple(spec.get(way, ())) for way in _TUPLES)
    return Table(frame, {c: Column(**spec["columns"][c]) for c in spec["order"]}, spec["sensitivity"], spec["count"],
                 within, across, totals, hide)


def _describe(result: Result) -> dict[str, Any]:
    """Everything in a result that words and numbers hold, and a digest of each frame."""
    return {
        "analysis": result.analysis,
        "facts": [_plain({f.name: getattr(fact, f.name) for f in fields(fact)}) for fact in result.facts],
        "tables": {name: {"columns": {c: asdict(v) for c, v in table.columns.items()}, "sensitivity": table.sensitivity,
                          "count": table.count, "order": list(table.columns),
                          **{way: list(getattr(table, way)) for way in _TUPLES}, "digest": _digest(table.frame)}
                   for name, table in sorted(result.tables.items())},
        "figures": {name: figure.table for name, figure in sorted(result.figures.items())},
        "checks": [_plain(asdict(check)) for check in result.checks],
        "actions": [_plain({f.name: getattr(action, f.name) for f in fields(action)}) for action in result.actions],
        "notes": [[key, _plain(dict(values))] for key, values in result.notes],
        "measures": None if result.measures is None else _digest(result.measures),
        "needs": list(result.needs),
    }


def _digest(frame: Any) -> str:
    """Hash of a frame's columns, types and values, in order."""
    from io import BytesIO

    buffer = BytesIO()
    frame.to_csv(buffer, index=False, float_format="%.10g")
    types = json.dumps([[str(c), str(t)] for c, t in frame.dtypes.items()])
    return hashlib.sha256(types.encode() + buffer.getvalue()).hexdigest()


def _plain(value: Any) -> Any:
    """Turn values into JSON; decimals and dates keep their kind."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, date):
        return {"date": value.isoformat()[:10]}
    return value.item() if hasattr(value, "item") else value


def _revive(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"decimal"}:
        return Decimal(value["decimal"])
    if isinstance(value, dict) and set(value) == {"date"}:
        return date.fromisoformat(value["date"])
    return {k: _revive(v) for k, v in value.items()} if isinstance(value, dict) else value


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Names of the facts, tables and parts that differ."""
    found = [key for key in before if key not in ("facts", "tables") and before[key] != after.get(key)]
    old = {fact["key"]: fact for fact in before["facts"]}
    found += [fact["key"] for fact in after["facts"] if old.get(fact["key"]) != fact]
    found += [name for name, spec in after["tables"].items() if before["tables"].get(name) != spec]
    return found

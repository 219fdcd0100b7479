"""Write what the notebooks found as files others can read: facts, tables, and the restricted folder.

Money leaves exact: JSON numbers and DECIMAL columns in major units with the currency's digits.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.privacy import formula_safe, formulas_safe, suppress
from crmlib.result import SHAREABLE, Column, Fact, Result, rounded

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FACT_FIELDS = ("analysis", "key", "value", "unit", "previous", "year_ago", "target", "n", "low", "high", "month",
               "note")
NUMBERS = ("value", "previous", "year_ago", "target", "low", "high")
#: First columns of customers.parquet; other measures follow by name.
CUSTOMER_COLUMNS = ("customer_id", "customer_key", "first_order_on", "last_order_on", "recency_days", "frequency",
                    "purchase_days", "monetary", "monetary_gross", "r_score", "f_score", "m_score", "rfm_segment",
                    "cluster")
#: Measures carry no units: those in money, in minor units, begin so.
MONEY_MEASURE = ("clv_", "gross_profit", "monetary")
#: What intake leaves in its restricted folder beside the quarantine of each source.
INTAKE_FILES = ("match_review.csv", "customer_links.parquet")
BOM = "\ufeff"
#: Kinds of columns in which equal values are written alike; elsewhere 1, 1.0 and true are equal, too.
ALIKE = ("integer", "boolean", "date")
_EXACT = re.compile(r'"\\u0000(-?[0-9.]+)"')


def to_json(value: Any) -> bytes:
    """Return JSON in which a Decimal is a number with exactly its digits."""
    text = json.dumps(value, ensure_ascii=False, indent=1, default=_other)
    return (_EXACT.sub(r"\1", text) + "\n").encode()


def _other(value: Any) -> str:
    return f"\0{value:f}" if isinstance(value, Decimal) else str(value)


def exact(value: Any, digits: int) -> Decimal | None:
    """Return an amount in major units with exactly the currency's digits."""
    if value is None or value != value:
        return None
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0


def facts(results: Iterable[Result], month: str, currency: str, digits: int) -> list[dict[str, Any]]:
    """Return the rows of ``facts.json``, sorted by analysis and key."""
    rows = [_row(result.analysis, fact, month, digits if fact.unit == currency else None)
            for result in results for fact in result.facts]
    return sorted(rows, key=lambda row: (row["analysis"], row["key"]))


def _row(analysis: str, fact: Fact, month: str, digits: int | None) -> dict[str, Any]:
    row = {field: getattr(fact, field, None) for field in FACT_FIELDS} | {"analysis": analysis, "month": month}
    if digits is not None:
        # A float is an estimate or a quotient, already rounded to ten significant digits: not an amount of money.
        row |= {field: exact(row[field], digits) for field in NUMBERS if not isinstance(row[field], float)}
    return row


def tables(folder: Path, results: Mapping[str, Result], figures: Mapping[str, Mapping[str, str]], k: int,
           digits: int) -> None:
    """Write every table twice: shareable with small cells hidden, and whole in ``restricted/``.

    Parameters
    ----------
    figures : dict of str to dict of str to str
        Which table each figure of an analysis draws.
    k : int
        Smallest number of people a shown cell may rest on.
    """
    for analysis, result in results.items():
        shared = {}
        for name, table in result.tables.items():
            _store(folder / "restricted" / "tables" / f"{analysis}.{name}", table.frame, table.columns, digits)
            if table.sensitivity == SHAREABLE:
                shown = suppress(table, k)
                shared[name] = _store(folder / "tables" / f"{analysis}.{name}", shown, table.columns, digits)
        for figure, name in figures.get(analysis, {}).items():
            if name in shared:
                (folder / "tables" / f"{analysis}.{figure}.data.csv").write_bytes(shared[name])


def _store(path: Path, frame: pd.DataFrame, columns: Mapping[str, Column], digits: int) -> bytes:
    """Write a frame as CSV and as Parquet, and return the CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = csv(frame, columns, digits)
    Path(f"{path}.csv").write_bytes(text)
    money = [name for name, column in columns.items() if column.unit == "money" and name in frame.columns]
    parquet(Path(f"{path}.parquet"), frame, money, digits)
    return text


def csv(frame: pd.DataFrame, columns: Mapping[str, Column], digits: int) -> bytes:
    """Return a frame as CSV that Excel opens right and takes no cell of for a formula; UTF-8 with BOM."""
    import csv as writer
    from io import StringIO

    money = {name for name, column in columns.items() if column.unit == "money"}
    shown = [_cells(frame[name], digits if name in money else None) for name in frame.columns]
    text = StringIO()
    out = writer.writer(text, lineterminator="\n")
    out.writerow(map(str, frame.columns))
    out.writerows(zip(*shown, strict=True))
    return (BOM + text.getvalue()).encode()


def _cells(column: pd.Series, digits: int | None) -> list[str]:
    """Return a column as text; where all values are of one kind, one that comes again is worded once."""
    from pandas.api.types import infer_dtype

    kind = infer_dtype(column)
    if kind == "string":
        return formulas_safe(column)
    values = column.astype(object).where(column.notna(), None).tolist()
    if kind not in ALIKE:
        return [_cell(value, digits) for value in values]
    words = {value: _cell(value, digits) for value in set(values)}
    return [words[value] for value in values]


def _cell(value: Any, digits: int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return formula_safe(value)
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return text.removesuffix("T00:00:00")
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if digits is not None:
        return str(exact(Decimal(str(value)).scaleb(-digits), digits))
    value = rounded(value)
    return "" if value is None else str(value)


def parquet(path: Path, frame: pd.DataFrame, money: Sequence[str], digits: int) -> None:
    """Write a frame as Parquet with money as DECIMAL in major units, floats rounded as in results."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {str(name): _money_array(frame[name], digits) if name in money else _array(frame[name])
              for name in frame.columns}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(arrays), path, compression="zstd")


def _array(column: pd.Series) -> pa.Array:
    """Round floats as results do; write times that are all midnight as the dates they are."""
    import pyarrow as pa

    if column.dtype.kind == "f":
        return pa.array(column.map(rounded, na_action="ignore"), from_pandas=True)
    array = pa.array(column, from_pandas=True)
    dates = column.dtype.kind == "M" and bool((column.dropna() == column.dropna().dt.normalize()).all())
    return array.cast(pa.date32()) if dates else array


def _money_array(column: pd.Series, digits: int) -> pa.Array:
    """Turn minor units into DECIMAL: the integers are the digits already, only the point is missing."""
    import numpy as np
    import pyarrow as pa

    missing = column.isna().to_numpy()
    minor = column.fillna(0).to_numpy()
    # An estimate between two units goes to the farther one, as in the CSV.
    whole = np.sign(minor) * np.floor(np.abs(minor) + 0.5) if column.dtype.kind == "f" else minor
    wide = np.empty((len(column), 2), dtype="int64")
    wide[:, 0] = whole.astype("int64")
    wide[:, 1] = wide[:, 0] >> 63
    valid = pa.array(~missing).buffers()[1] if missing.any() else None
    return pa.Array.from_buffers(pa.decimal128(18, digits), len(column), [valid, pa.py_buffer(wide.tobytes())])


def customers(results: Iterable[Result]) -> pd.DataFrame:
    """Return every per-customer measure, one row per customer, sorted by the source's id.

    Returns
    -------
    pandas.DataFrame
        ``CUSTOMER_COLUMNS`` that exist, then the other measures by name; money in minor units.
    """
    import pandas as pd

    whole: pd.DataFrame | None = None
    for result in results:
        if result.measures is not None:
            fresh = result.measures
            again = [] if whole is None else [c for c in fresh.columns if c in whole.columns and c != "customer_key"]
            fresh = fresh.drop(columns=again)
            whole = fresh if whole is None else whole.merge(fresh, on="customer_key", how="outer")
    if whole is None:
        return pd.DataFrame({"customer_id": pd.Series(dtype="str"), "customer_key": pd.Series(dtype="str")})
    first = [c for c in CUSTOMER_COLUMNS if c in whole.columns]
    order = [c for c in ("customer_id", "customer_key") if c in whole.columns]
    whole = whole[[*first, *sorted(c for c in whole.columns if c not in first)]]
    return whole.sort_values(order, ignore_index=True)


def money_measures(frame: pd.DataFrame) -> list[str]:
    """Return the measures that are in money."""
    return [c for c in frame.columns if str(c).startswith(MONEY_MEASURE)]


def intake(kept: Path, folder: Path) -> None:
    """Copy what intake set aside or decided about people, for those who mend it; what there is not is left out."""
    for name in (*INTAKE_FILES, *(f"quarantine/{p.name}" for p in sorted(kept.glob("quarantine/*.csv")))):
        if (kept / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept / name, folder / name)


def close_to_others(folder: Path) -> None:
    """Let only the owner read a folder and everything in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)

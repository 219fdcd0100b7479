"""Companies: what do whole accounts buy, and how much hangs on the largest of them?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crmlib.result import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

UNKNOWN = "unknown"


def rolled_up(data: Dataset) -> pd.DataFrame | None:
    """Return one row per account with its customers and its sales of the last twelve months; None without accounts."""
    if not data.has("customers.account_id"):
        return None
    rows = data.query("customers_accounts", since_year=data.previous(12).as_of)
    return rows.fillna({"size_band": UNKNOWN, "industry": UNKNOWN})


def table(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return accounts by size, by industry or by both, without a name.

    Returns
    -------
    pandas.DataFrame
        size_band, industry, accounts, customers, buyers, sales (minor units, last twelve months), top_share (of the
        sales, by the largest account).
    """
    summed = rows.groupby(by, as_index=False).agg(
        accounts=("account_id", "size"), customers=("customers", "sum"), buyers=("buyers", "sum"),
        sales=("sales", "sum"), largest=("sales", "max"))
    summed["top_share"] = [_ratio(int(a), int(b)) for a, b in zip(summed["largest"], summed["sales"], strict=True)]
    kinds = dict.fromkeys(by, "str") | {"top_share": "float64"}
    order = sorted(range(len(summed)), key=lambda i: [_place(str(summed[name].iloc[i])) for name in by])
    return summed.iloc[order].reset_index(drop=True).astype(kinds)[[*by, *NUMBERS]]


def _place(level: str) -> tuple[bool, int, str]:
    """Sort ``10~49`` after ``1~9``, words by themselves, and those not known last."""
    first = re.match(r"\D*(\d+)", level.replace(",", ""))
    return level == UNKNOWN, int(first[1]) if first else 0, level


def tables(rows: pd.DataFrame | None) -> dict[str, Table]:
    """Return the table, where customers belong to accounts."""
    if rows is None or not len(rows):
        return {}
    kinds = {"accounts": ["size_band", "industry"], "accounts_by_size": ["size_band"],
             "accounts_by_industry": ["industry"]}
    return {name: Table(table(rows, by), {c: Column("code") for c in by} | NUMBERS, count="accounts")
            for name, by in kinds.items() if any((rows[c] != UNKNOWN).any() for c in by)}


def notes(data: Dataset, rows: pd.DataFrame | None) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return how much hangs on the largest account."""
    sales = 0 if rows is None else int(rows["sales"].sum())
    if rows is None or sales <= 0:
        return ()
    share = int(rows["sales"].max()) / sales
    return (("accounts", {"accounts": len(rows), "sales": data.money(sales), "share": share}),)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


NUMBERS = {"accounts": Column("count"), "customers": Column("customers"), "buyers": Column("customers"),
           "sales": Column("money"), "top_share": Column("ratio")}

"""The books of intake as the quality page tells them: what came in, what was left out and why, what is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmlib.result import Column, Table

if TYPE_CHECKING:
    import pandas as pd

ZERO = Decimal(0)
MIXED = "mixed"
#: Ways a record leaves, in the order of the page. What rounding took is money only.
TAKEN = ("quarantined", "merged", "excluded")
STEPS = ("in", *TAKEN, "rounding", "out")
LINES = "order_lines"
#: Only these columns are read, so that a ledger with more of them stays readable.
READS = ["fate", "table", "reason", "rows", "amount"]


@dataclass(frozen=True)
class Books:
    """Rows and exact money (major units) by fate and reason.

    Attributes
    ----------
    entries : tuple of (str, str, str, int, Decimal)
        fate, table, reason, rows, amount.
    """

    entries: tuple[tuple[str, str, str, int, Decimal], ...]

    def rows(self, fate: str, table: str | None = None) -> int:
        """Return the rows with a fate, of one table or of all."""
        return sum(n for f, t, _, n, _ in self.entries if f == fate and table in (None, t))

    def amount(self, fate: str) -> Decimal:
        """Return the money with a fate; only order lines carry money."""
        return sum((a for f, _, _, _, a in self.entries if f == fate), ZERO)

    def has(self, table: str) -> bool:
        """Return whether any row of a table was read."""
        return self.rows("in", table) > 0

    @property
    def open_rows(self) -> int:
        """Rows that came in and are nowhere: 0, or intake is at fault."""
        return self.rows("in") - sum(self.rows(fate) for fate in (*TAKEN, "out"))

    @property
    def open_amount(self) -> Decimal:
        """Money that came in and is nowhere."""
        return self.amount("in") - sum((self.amount(fate) for fate in STEPS[1:]), ZERO)


def books(ledger: pd.DataFrame) -> Books:
    """Return the entries of intake's ledger."""
    frame = ledger.reindex(columns=READS)
    return Books(tuple((str(fate), str(table), str(reason), int(rows), exact(amount))
                       for fate, table, reason, rows, amount in frame.itertuples(index=False)))


def exact(amount: Any) -> Decimal:
    """Return an amount as a decimal; tables without money have none."""
    return ZERO if amount is None or amount != amount else Decimal(str(amount))


def balance(found: Books, decimals: int) -> pd.DataFrame:
    """Return rows and money by fate, what left with a minus; each column adds up to its last row.

    Returns
    -------
    pandas.DataFrame
        step, rows, amount (minor units; what is finer than a minor unit is told as rounding).
    """
    import pandas as pd

    parts = [(step, sign(step) * found.rows(step), minor(sign(step) * found.amount(step), decimals))
             for step in ("in", *TAKEN)]
    rest = minor(found.amount("out"), decimals) - sum(amount for _, _, amount in parts)
    rounding = [("rounding", 0, rest)] if rest else []
    rows = [*parts, *rounding, ("out", found.rows("out"), minor(found.amount("out"), decimals))]
    return _typed(pd.DataFrame(rows, columns=list(BALANCE_COLUMNS)))


def reasons(found: Books, decimals: int) -> pd.DataFrame:
    """Return what was left out, reason by reason, between what came in and what is used.

    Returns
    -------
    pandas.DataFrame
        step, reason, rows, amount (minor units); most rows first within a step. Both add up to the last row.
    """
    import pandas as pd

    summed: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for fate, _, reason, rows, amount in found.entries:
        before = summed.get((fate, reason), (0, ZERO))
        summed[fate, reason] = (before[0] + rows, before[1] + amount)
    left = [(fate, reason, -rows, minor(-amount, decimals)) for (fate, reason), (rows, amount) in summed.items()
            if fate in TAKEN]
    left.sort(key=lambda row: (TAKEN.index(row[0]), row[2], row[1]))
    first = ("in", "files", found.rows("in"), minor(found.amount("in"), decimals))
    last = ("out", "used", found.rows("out"), minor(found.amount("out"), decimals))
    rest = last[3] - sum(row[3] for row in (first, *left))
    rounding = [("rounding", "finer", 0, rest)] if rest else []
    return _typed(pd.DataFrame([first, *left, *rounding, last], columns=list(LEDGER_COLUMNS)))


def sign(step: str) -> int:
    """Return -1 for what left."""
    return -1 if step in TAKEN else 1


def minor(amount: Decimal, decimals: int) -> int:
    """Return an amount in whole minor units, half up."""
    return int(amount.scaleb(decimals).quantize(Decimal(1), ROUND_HALF_UP))


def major(amount: Decimal, decimals: int) -> Decimal:
    """Return an amount with the currency's digits, or with as many as it needs to stay exact."""
    usual = amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return usual if usual == amount else amount.normalize()


def sources(inputs: tuple[dict[str, Any], ...]) -> pd.DataFrame:
    """Return the files that were read, by name.

    Returns
    -------
    pandas.DataFrame
        file (name without folder), rows, encoding, newest (date as text, empty where the file has none).
    """
    import pandas as pd

    rows = sorted((PurePosixPath(one["file"]).name, int(one["rows"]), str(one.get("encoding") or ""),
                   str(one.get("newest") or "")) for one in inputs)
    frame = pd.DataFrame(rows, columns=list(SOURCE_COLUMNS))
    frame["newest"] = [newest or None for newest in frame["newest"]]
    return frame.astype({"file": "str", "rows": "int64", "encoding": "str", "newest": "str"})


def feeds(inputs: tuple[dict[str, Any], ...]) -> pd.DataFrame:
    """Return what the files feed, a month's exports of one kind together.

    Returns
    -------
    pandas.DataFrame
        table (the one whose rows the files hold), files, file (its name, or the first and the last), rows, encoding,
        newest (date as text).
    """
    import pandas as pd

    groups: dict[str, list[dict[str, Any]]] = {}
    for one in inputs:
        groups.setdefault(str(one["source"]), []).append(one)
    rows = [_feed(source, parts) for source, parts in sorted(groups.items())]
    kinds = {"table": "str", "files": "int64", "file": "str", "rows": "int64", "encoding": "str", "newest": "str"}
    return pd.DataFrame(rows, columns=list(FEED_COLUMNS)).astype(kinds)


def _feed(source: str, parts: list[dict[str, Any]]) -> tuple[Any, ...]:
    names = sorted(PurePosixPath(one["file"]).name for one in parts)
    codes = sorted({str(one.get("encoding") or "") for one in parts} - {""})
    newest = max((str(one["newest"]) for one in parts if one.get("newest")), default=None)
    # Several sources may feed one table; intake numbers them.
    table = source.rstrip("0123456789").removesuffix("_")
    file = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
    encoding = codes[0] if len(codes) == 1 else MIXED
    return table, len(parts), file, sum(int(one["rows"]) for one in parts), encoding, newest


def tables(found: Books, inputs: tuple[dict[str, Any], ...], decimals: int) -> dict[str, Table]:
    """Return the tables of what was read."""
    return {"balance": Table(balance(found, decimals), BALANCE_COLUMNS),
            "ledger": Table(reasons(found, decimals), LEDGER_COLUMNS),
            "feeds": Table(feeds(inputs), FEED_COLUMNS),
            "sources": Table(sources(inputs), SOURCE_COLUMNS)}


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({c: "int64" if c in ("rows", "amount") else "str" for c in frame.columns})


BALANCE_COLUMNS = {"step": Column("code"), "rows": Column("rows"), "amount": Column("money")}
LEDGER_COLUMNS = {"step": Column("code"), "reason": Column("code"), "rows": Column("rows"), "amount": Column("money")}
FEED_COLUMNS = {"table": Column("code"), "files": Column("count"), "file": Column("text"), "rows": Column("rows"),
                "encoding": Column("code"), "newest": Column("date")}
SOURCE_COLUMNS = {"file": Column("text"), "rows": Column("rows"), "encoding": Column("code"), "newest": Column("date")}

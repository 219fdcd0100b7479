"""The books of intake as the quality page tells them: what came in, what was left out and why, what is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from crmlib import charts
from crmlib.intake.ledger import STEPS as INTAKE
from crmlib.result import Column, Figure, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.text import Text

ZERO = Decimal(0)
#: Ways a record leaves, in the order of the page. What rounding took is money only.
TAKEN = ("quarantined", "merged", "excluded")
STEPS = ("in", *TAKEN, "rounding", "out")
LINES = "order_lines"
EMPTIED, MATCH = ".emptied", "match"
#: Only these columns are read, so that a ledger with more of them stays readable.
READS = ["step", "fate", "source", "table", "reason", "rows", "amount"]


class Entry(NamedTuple):
    """One line of the books."""

    step: str
    fate: str
    source: str
    table: str
    reason: str
    rows: int
    amount: Decimal


@dataclass(frozen=True)
class Books:
    """Rows and exact money (major units) by step, fate, source and reason."""

    entries: tuple[Entry, ...]

    def rows(self, fate: str, table: str | None = None, source: str | None = None) -> int:
        """Return the rows with a fate, of one table or source, or of all."""
        return sum(e.rows for e in self.entries
                   if e.fate == fate and table in (None, e.table) and source in (None, e.source))

    def amount(self, fate: str) -> Decimal:
        """Return the money with a fate; only order lines carry money."""
        return sum((e.amount for e in self.entries if e.fate == fate), ZERO)

    @property
    def emptied(self) -> dict[tuple[str, str], int]:
        """Cells that could not be read and were left empty: (table, reason) to how many."""
        found: dict[tuple[str, str], int] = {}
        for e in self.entries:
            if e.fate == "info" and e.reason.endswith(EMPTIED):
                found[e.table, e.reason] = found.get((e.table, e.reason), 0) + e.rows
        return found

    @property
    def joined(self) -> int:
        """Customer ids that turned out to be a second one of somebody."""
        return sum(e.rows for e in self.entries if (e.fate, e.table, e.step) == ("merged", "customers", MATCH))

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
    return Books(tuple(Entry(str(step), str(fate), str(source), str(table), str(reason), int(rows), exact(amount))
                       for step, fate, source, table, reason, rows, amount in frame.itertuples(index=False)))


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
    """Return what was left out on the way from the files to the analyses, step by step and reason by reason.

    Returns
    -------
    pandas.DataFrame
        step (in, the steps of intake, rounding, out), reason, rows, amount (minor units), fate (what became of the
        rows); most rows first within a step. Rows and amount add up to the last row.
    """
    import pandas as pd

    summed: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
    for e in found.entries:
        before = summed.get((e.step, e.reason, e.fate), (0, ZERO))
        summed[e.step, e.reason, e.fate] = (before[0] + e.rows, before[1] + e.amount)
    left = [(step, reason, -rows, minor(-amount, decimals), fate)
            for (step, reason, fate), (rows, amount) in summed.items() if fate in TAKEN]
    left.sort(key=lambda row: (_place(row[0]), row[0], TAKEN.index(row[4]), row[2], row[1]))
    first = ("in", "files", found.rows("in"), minor(found.amount("in"), decimals), "in")
    last = ("out", "used", found.rows("out"), minor(found.amount("out"), decimals), "out")
    rest = last[3] - sum(row[3] for row in (first, *left))
    rounding = [("rounding", "finer", 0, rest, "rounding")] if rest else []
    return _typed(pd.DataFrame([first, *left, *rounding, last], columns=list(LEDGER_COLUMNS)))


def _place(step: str) -> int:
    return INTAKE.index(step) if step in INTAKE else len(INTAKE)


def steps(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the ledger with the reasons of a step together: step, rows, amount."""
    return ledger.groupby("step", sort=False, as_index=False)[["rows", "amount"]].sum()


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


def tables(found: Books, decimals: int) -> dict[str, Table]:
    """Return the tables of what became of the records and of the money."""
    ledger = reasons(found, decimals)
    return {"balance": Table(balance(found, decimals), BALANCE_COLUMNS), "ledger": Table(ledger, LEDGER_COLUMNS),
            "steps": Table(steps(ledger), BALANCE_COLUMNS)}


def figures(found: Books, decimals: int) -> dict[str, Figure]:
    """Return the charts of what became of the rows and of the money, unless none were read."""
    if not found.rows("in"):
        return {}
    left = sum(found.rows(fate) for fate in TAKEN)
    values = {"rows": found.rows("in"), "used": found.rows("out"), "left": left, "share": left / found.rows("in"),
              "quarantined": found.rows("quarantined"), "merged": found.rows("merged"),
              "excluded": found.rows("excluded")}
    drawn = {"balance": Figure(plot_balance, "balance", values, size=(7.2, 3.2))}
    if not found.amount("in"):
        return drawn
    whole, used = (major(found.amount(fate), decimals) for fate in ("in", "out"))
    return drawn | {"amounts": Figure(plot_amounts, "steps", {"whole": whole, "used": used}, size=(7.2, 4.2))}


def plot_balance(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what left between the rows that came in and those that are used."""
    return charts.bridge(frame[frame["step"] != "rounding"].reset_index(drop=True), ax, words, label="step",
                         value="rows", unit="rows", total=("in", "out"))


def plot_amounts(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what each step took of the money between the files and the analyses."""
    kept = frame[(frame["amount"] != 0) | frame["step"].isin(("in", "out"))]
    return charts.bridge(kept.reset_index(drop=True), ax, words, label="step", value="amount", unit="money",
                         total=("in", "out"))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({c: "int64" if c in ("rows", "amount") else "str" for c in frame.columns})


BALANCE_COLUMNS = {"step": Column("code"), "rows": Column("rows"), "amount": Column("money")}
LEDGER_COLUMNS = {"step": Column("code"), "reason": Column("code"), "rows": Column("rows"), "amount": Column("money"),
                  "fate": Column("code")}

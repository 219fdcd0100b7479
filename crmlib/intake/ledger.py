"""The books of intake: every row and every unit of money that came in went somewhere, or the run stops.

``in = out + quarantined + merged + excluded`` for rows, and the same with the rounding of finer prices for money, for
each source and table, after every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError

if TYPE_CHECKING:
    import pandas as pd

IN, OUT, QUARANTINED, MERGED, EXCLUDED = "in", "out", "quarantined", "merged", "excluded"
ROUNDING, INFO = "rounding", "info"
TAKEN = (QUARANTINED, MERGED, EXCLUDED)
STEPS = ("read", "footer", "exclude", "type", "zero_quantity", "two_customers", "orphan", "repeats", "match", "returns",
         "deletion", "out")
COLUMNS = ("step", "fate", "source", "table", "reason", "rows", "amount")
ZERO = Decimal(0)
#: Rows of each reason that are named, by the number of their record in its file.
EXAMPLES = 5


@dataclass(frozen=True)
class Entry:
    """One line of the books; money is exact, in major units.

    Attributes
    ----------
    file : str
        Label of the file, where ``first`` names some of its records.
    first : tuple of int
        The first records it is about, `EXAMPLES` at most, of those that were merged or excluded.
    """

    step: str
    fate: str
    source: str
    table: str
    reason: str
    rows: int
    amount: Decimal = ZERO
    file: str = ""
    first: tuple[int, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return the entry for JSON."""
        return {**self.__dict__, "amount": str(self.amount)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Entry:
        """Return the entry from JSON."""
        return cls(**{**stored, "amount": Decimal(stored["amount"]), "first": tuple(stored["first"])})


@dataclass(frozen=True)
class Ledger:
    """All entries so far; adding returns a new ledger."""

    entries: tuple[Entry, ...] = ()

    def add(self, entries: Iterable[Entry]) -> Ledger:
        """Return the ledger with more entries; those about nothing are left out."""
        return replace(self, entries=self.entries + tuple(e for e in entries if e.rows or e.amount))

    def expected(self, source: str, table: str) -> tuple[int, Decimal]:
        """Return the rows and money that should still be there."""
        rows, amount = 0, ZERO
        for e in self.entries:
            if (e.source, e.table) == (source, table) and e.fate in (IN, *TAKEN):
                sign = 1 if e.fate == IN else -1
                rows, amount = rows + sign * e.rows, amount + sign * e.amount
        return rows, amount

    def check(self, step: str, left: Mapping[tuple[str, str], tuple[int, Decimal]]) -> Ledger:
        """Return the ledger when what is left, counted in the data, is what the books say.

        Raises
        ------
        CrmError
            ``intake.ledger_open`` naming the step, source and both figures.
        """
        for source, table in sorted({(e.source, e.table) for e in self.entries if e.fate == IN}):
            wanted, found = self.expected(source, table), left.get((source, table), (0, ZERO))
            if wanted != found:
                raise CrmError("intake.ledger_open", step=step, table=table, where=source, rows=wanted[0],
                               rows_found=found[0], amount=wanted[1], amount_found=found[1])
        return self

    def frame(self, repeated: Iterable[str] = ()) -> pd.DataFrame:
        """Return the ledger as a table, in order of steps, without the sources that only read a file again."""
        import pandas as pd

        again = set(repeated)
        totals: dict[tuple[str, ...], tuple[int, Decimal]] = {}
        for e in self.entries:
            fate = INFO if e.source in again else e.fate
            key = (e.step, fate, e.source, e.table, e.reason)
            rows, amount = totals.get(key, (0, ZERO))
            totals[key] = (rows + e.rows, amount + e.amount)
        ordered = sorted(totals.items(), key=lambda item: (STEPS.index(item[0][0]), item[0]))
        frame = pd.DataFrame([(*key, *sums) for key, sums in ordered], columns=list(COLUMNS))
        return frame.astype({"rows": "int64"})


def money(text: Any) -> Decimal:
    """Return an exact amount that left the engine as text."""
    return ZERO if text is None or text != text else Decimal(str(text))

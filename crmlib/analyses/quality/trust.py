"""Which analyses can be trusted, which with care, and which cannot be had: from what each reads and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.analyses.quality import reads
from crmlib.result import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from crmlib.analyses.quality.findings import Finding
    from crmlib.dataset import Dataset

YES, CARE, NO = "yes", "care", "no"
NOTHING, MISSING, OPEN = "nothing", "missing", "books_open"


def breaks(cells: Sequence[reads.Cell]) -> tuple[str, ...]:
    """Return the analyses that something wrong with one of some columns breaks, in the order of the pages.

    An analysis that only meets the column on the way, its own table being another, is not broken by it; what is known
    of customers counts for those who ask for it themselves.
    """
    return tuple(a for a in reads.names() if a != reads.OWN and any(
        cell in (reads.directly(a) if cell[0] == "customers" else reads.columns(a))
        and (cell[0] == "customers" or _table_of(reads.needs(a), cell[0])) for cell in cells))


def resting_on(*tables: str) -> tuple[str, ...]:
    """Return the analyses that have nothing to say without one of some tables."""
    return tuple(a for a in reads.names() if a != reads.OWN and any(_table_of(reads.needs(a), t) for t in tables))


def _table_of(needs: Sequence[str], table: str) -> bool:
    return any(need.partition(".")[0] == table for need in needs)


def table(data: Dataset, said: Sequence[Finding], *, closed: bool) -> pd.DataFrame:
    """Return how far each analysis can be trusted.

    Returns
    -------
    pandas.DataFrame
        analysis, trust (yes, care, no), because (codes of findings with a plus between, or nothing, missing,
        books_open).
    """
    import pandas as pd

    rows = [(a, *_judged(data, a, said, closed=closed)) for a in reads.names() if a != reads.OWN]
    return pd.DataFrame(rows, columns=list(TRUST_COLUMNS)).astype("str")


def _judged(data: Dataset, analysis: str, said: Sequence[Finding], *, closed: bool) -> tuple[str, str]:
    if data.missing(reads.needs(analysis)):
        return NO, MISSING
    if not closed:
        return NO, OPEN
    touching = [f for f in said if analysis in f.breaks and f.severity != "info"]
    codes = "+".join(dict.fromkeys(f.finding for f in touching)) or NOTHING
    stopped = any(f.severity == "stop" for f in touching)
    return NO if stopped else CARE if touching else YES, codes


def tables(data: Dataset, said: Sequence[Finding], *, closed: bool) -> dict[str, Table]:
    """Return the table."""
    return {"trust": Table(table(data, said, closed=closed), TRUST_COLUMNS)}


TRUST_COLUMNS = {"analysis": Column("code"), "trust": Column("code"), "because": Column("code")}

"""Summary: what did the other pages find, how far can the numbers be trusted, and how many are to be contacted?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError
from crmlib.result import Aside, Check, Column, Fact, Note, Result, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import SummarySettings

NEEDS = ("results",)
READS = ("quality", "customers", "rfm", "segments", "trends", "products", "satisfaction", "campaigns", "outlook",
         "actions")
#: Kept by the same page: the list of whom to contact.
LISTED = "actions"


def analyse(data: Dataset, settings: SummarySettings) -> Result:
    """Gather the month's results; nothing is computed a second time.

    Returns
    -------
    Result
        facts
            pages (sections with data), checks_failed (checks of all pages that do not hold), to_contact (customers whom
            the list of actions wants contacted, each once).
        tables
            checks: analysis, check, ok, observed, limit.
        notes
            One sentence on the whole (see ``answers`` for those of the pages).
    """
    results = kept(data)
    if not results:
        return Result.unavailable("summary", NEEDS, (Fact("pages", None, "count"),))
    people, pages = to_contact(results), [r for r in results if r.analysis != LISTED]
    shown = sum(page.available for page in pages)
    checks = [check for result in results for check in result.checks]
    failed = sum(not check.ok and check.severity != "info" for check in checks)
    return Result(
        "summary",
        facts=(Fact("pages", shown, "count"),
               Fact("checks_failed", failed, "count"),
               Fact("to_contact", people, "customers", note=None if people is not None else "no_list")),
        tables={"checks": Table(check_table(checks), CHECK_COLUMNS)},
        checks=(Check("all_pages", shown == len(pages), shown, len(pages), "info"),),
        notes=(("headline", {"pages": shown, "failed": failed, "people": people or 0}),),
    )


def kept(data: Dataset) -> list[Result]:
    """Return the results that other notebooks kept in this run, in the order of the pages."""
    found = []
    for name in READS:
        try:
            found.append(data.kept(name, tables=False, measures=False))
        except CrmError as error:
            if error.code != "dataset.not_kept":
                raise
    return found


def answers(data: Dataset) -> tuple[Note, ...]:
    """Return the answer of every page of the month that has one: its first sentence."""
    return tuple(Aside(*result.notes[0], result.analysis) for result in kept(data)
                 if result.available and result.notes and result.analysis != LISTED)


def to_contact(results: list[Result]) -> int | None:
    """Return how many customers the list wants contacted; None without a list."""
    listed = next((result for result in results if result.analysis == LISTED and result.available), None)
    return None if listed is None else int(listed.fact("contacts").value or 0)


def check_table(checks: list[Check]) -> pd.DataFrame:
    """Return every check of the month with what was observed and what was allowed, as text."""
    import pandas as pd

    rows = [(c.analysis, c.key, "ok" if c.ok else "not_ok", _plain(c.observed), _plain(c.limit)) for c in checks]
    return pd.DataFrame(rows, columns=list(CHECK_COLUMNS), dtype="str")


def _plain(value: Any) -> str:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


CHECK_COLUMNS = {"analysis": Column("code"), "check": Column("code"), "ok": Column("code"), "observed": Column("text"),
                 "limit": Column("text")}

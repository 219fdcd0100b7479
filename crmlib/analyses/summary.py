"""Summary: what did the other pages find, what moved, and whom should the shop contact?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError
from crmlib.result import Action, Check, Column, Fact, Result, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import SummarySettings

NEEDS = ("results",)
READS = ("quality", "customers", "rfm", "segments", "trends", "satisfaction")


def analyse(data: Dataset, settings: SummarySettings) -> Result:
    """Gather the month's results; nothing is computed a second time.

    Returns
    -------
    Result
        facts
            pages (sections with data), checks_failed (checks of all pages that do not hold), to_contact (customers in
            the listed actions, one person counted once per action).
        tables
            actions: who, what, channel, customers, until. checks: analysis, check, ok, observed, limit.
        notes
            The first sentence of every page that has one.
    """
    results = kept(data)
    if not results:
        return Result.unavailable("summary", NEEDS, (Fact("pages", None, "count"),))
    chosen = actions(results, settings.max_actions)
    checks = [check for result in results for check in result.checks]
    failed = sum(not check.ok and check.severity != "info" for check in checks)
    return Result(
        "summary",
        facts=(Fact("pages", sum(r.available for r in results), "count"),
               Fact("checks_failed", failed, "count"),
               Fact("to_contact", sum(a.customers for a in chosen), "customers")),
        tables={"actions": Table(action_table(chosen), ACTION_COLUMNS, count="customers"),
                "checks": Table(check_table(checks), CHECK_COLUMNS)},
        checks=(Check("all_pages", all(r.available for r in results), sum(r.available for r in results),
                      len(results), "info"),),
        actions=chosen,
        notes=(("headline", {"pages": sum(r.available for r in results), "failed": failed,
                             "people": sum(a.customers for a in chosen)}),),
    )


def kept(data: Dataset) -> list[Result]:
    """Return the results that other notebooks kept in this run, in the order of the pages."""
    found = []
    for name in READS:
        try:
            found.append(data.kept(name))
        except CrmError as error:
            if error.code != "dataset.not_kept":
                raise
    return found


def actions(results: list[Result], most: int) -> tuple[Action, ...]:
    """Return the actions of all pages, most money at stake first."""
    found = [action for result in results for action in result.actions]
    ranked = sorted(found, key=lambda a: (-(a.values.get("sales") or 0), -a.customers, a.who, a.what))
    return tuple(ranked[:most])


def action_table(chosen: tuple[Action, ...]) -> pd.DataFrame:
    """Return whom to contact, with what and how, as counts."""
    import pandas as pd

    rows = [(a.who, a.what, a.channel, a.customers, a.until) for a in chosen]
    return pd.DataFrame(rows, columns=list(ACTION_COLUMNS)).astype(
        {"who": "str", "what": "str", "channel": "str", "customers": "int64", "until": "str"})


def check_table(checks: list[Check]) -> pd.DataFrame:
    """Return every check of the month with what was observed and what was allowed, as text."""
    import pandas as pd

    rows = [(c.analysis, c.key, "ok" if c.ok else "not_ok", _plain(c.observed), _plain(c.limit)) for c in checks]
    return pd.DataFrame(rows, columns=list(CHECK_COLUMNS), dtype="str")


def _plain(value: Any) -> str:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


ACTION_COLUMNS = {"who": Column("code"), "what": Column("code"), "channel": Column("code"),
                  "customers": Column("customers"), "until": Column("date")}
CHECK_COLUMNS = {"analysis": Column("code"), "check": Column("code"), "ok": Column("code"), "observed": Column("text"),
                 "limit": Column("text")}

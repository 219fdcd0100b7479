"""Quality: how far can the numbers of this report be trusted, and what was left out on the way?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.quality import books, columns, control, findings
from crmlib.result import Check, Fact, Figure, Result, Table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.analyses.quality.books import Books
    from crmlib.analyses.quality.findings import Days, Finding
    from crmlib.dataset import Dataset
    from crmlib.settings import QualitySettings
    from crmlib.text import Text

NEEDS = ("ledger",)
SALES = ("orders", "order_lines")


def analyse(data: Dataset, settings: QualitySettings) -> Result:
    """Tell what became of every record, and how complete and recent the data are.

    Returns
    -------
    Result
        facts
            rows_in, rows_out, rows_quarantined, duplicates_merged, rows_excluded (records of all tables, over the whole
            input), amount_in, amount_out (of order lines, unrounded), customers_before, customers_after (records of the
            customer list, and customers they turned out to be), identified_sales_share (of the month), days_silent
            (from the last purchase to the month's last day), findings (that call for care).
        tables
            balance: step, rows, amount (minor units). ledger: step, reason, rows, amount. feeds: table, files, file,
            rows, encoding, newest. sources: file, rows, encoding, newest. columns: table, column, rows, filled,
            purpose, matters. empties: subject, missing, rows.
            findings: finding, subject, severity, rows, share, sales_share, advice. control (where totals were given):
            month, store_id, given_sales, sales, difference, given_orders, orders, agrees.
    """
    found = books.books(data.ledger)
    gaps = columns.filled(data)
    compared = control.control(data)
    seen = findings.days(data.query("quality_days"), data)
    said = gather(data, found, seen, compared)
    tables = {"findings": Table(findings.table(said), findings.FINDING_COLUMNS),
              **books.tables(found, data.inputs, data.decimals), **columns.tables(gaps)}
    if len(compared):
        tables["control"] = Table(compared, control.CONTROL_COLUMNS)
    return Result(
        "quality",
        facts=facts(data, found, seen, said),
        tables=tables,
        figures={**figures(data, found), **columns.figures(tables["empties"].frame)},
        checks=checks(settings, found, seen, compared),
        notes=notes(data, found, seen, said, compared),
    )


def gather(data: Dataset, found: Books, seen: Days, compared: pd.DataFrame) -> list[Finding]:
    """Return everything the reader should know."""
    if data.missing(SALES):
        return findings.of_rows(found, data)
    sales = findings.sales_of(data.query("customers_sales"), data.month)
    return [*findings.of_rows(found, data), *findings.of_people(data, sales), *findings.of_days(seen, data),
            *findings.of_control(compared)]


def facts(data: Dataset, found: Books, seen: Days, said: list[Finding]) -> tuple[Fact, ...]:
    """Return the key numbers; those over the whole input have no month to compare with."""
    return (
        Fact("rows_in", found.rows("in"), "rows"),
        Fact("rows_out", found.rows("out"), "rows"),
        Fact("rows_quarantined", found.rows("quarantined"), "rows"),
        Fact("duplicates_merged", found.rows("merged"), "rows"),
        Fact("rows_excluded", found.rows("excluded"), "rows"),
        *(money_fact(data, found, key, fate) for key, fate in (("amount_in", "in"), ("amount_out", "out"))),
        *(people_fact(found, key) for key in ("customers_before", "customers_after")),
        *month_facts(data, seen),
        Fact("findings", sum(f.severity != "info" for f in said), "count"),
    )


def money_fact(data: Dataset, found: Books, key: str, fate: str) -> Fact:
    """Return a sum of order lines exactly as the files have it."""
    if not found.has(books.LINES):
        return Fact(key, None, data.currency, note="no_lines")
    return Fact(key, books.major(found.amount(fate), data.decimals), data.currency)


def people_fact(found: Books, key: str) -> Fact:
    """Return the records of the customer list, before or after those of one person were laid together."""
    if not found.has("customers"):
        return Fact(key, None, "customers", note="no_customer_list")
    after = found.rows("out", "customers")
    merged = found.rows("merged", "customers")
    return Fact(key, after + merged if key == "customers_before" else after, "customers")


def month_facts(data: Dataset, seen: Days) -> tuple[Fact, ...]:
    """Return the numbers of the month, with those one month and one year earlier."""
    if data.missing(SALES):
        return (Fact("identified_sales_share", None, "ratio", note="no_lines"),
                Fact("days_silent", None, "days", note="no_lines"))
    sales, days = data.query("customers_sales"), data.query("quality_days")
    then = (data.previous(1), data.previous(12))
    shares = [findings.known_share(findings.sales_of(sales, d.month)) if d.covered else None for d in then]
    silent = [findings.days(days, d).silent if d.covered else None for d in then]
    share = findings.known_share(findings.sales_of(sales, data.month))
    return (Fact("identified_sales_share", share, "ratio", previous=shares[0], year_ago=shares[1],
                 note="no_sales" if share is None else None),
            Fact("days_silent", seen.silent, "days", previous=silent[0], year_ago=silent[1],
                 note="no_purchases" if seen.silent is None else None))


def checks(settings: QualitySettings, found: Books, seen: Days, compared: pd.DataFrame) -> tuple[Check, ...]:
    """Return what must hold: the books close, little is set aside, the data reach the month's end, totals agree."""
    rows = found.rows("in")
    share = found.rows("quarantined") / rows if rows else 0.0
    gate = "stop" if settings.on_breach == "stop" else "warn"
    said = [
        Check("rows_close", found.open_rows == 0, found.open_rows, 0, "stop"),
        Check("amount_closes", found.open_amount == 0, float(found.open_amount), 0, "stop"),
        Check("quarantined_share", share <= settings.max_quarantined_share, share, settings.max_quarantined_share,
              gate),
    ]
    if seen.silent is not None:
        said.append(Check("days_silent", seen.silent <= settings.max_silent_days, seen.silent,
                          settings.max_silent_days))
        said.append(Check("silent_run", seen.longest <= settings.max_silent_days, seen.longest,
                          settings.max_silent_days))
    if len(compared):
        differing = int((compared["agrees"] == "no").sum())
        said.append(Check("control_totals", differing == 0, differing, 0))
    return tuple(said)


def notes(data: Dataset, found: Books, seen: Days, said: list[Finding],
          compared: pd.DataFrame) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the answer in one sentence, and what it rests on."""
    worst = next((level for level in findings.ORDER if any(f.severity == level for f in said)), "info")
    values: dict[str, Any] = {fate: found.rows(fate) for fate in ("in", "out", "quarantined", "merged", "excluded")}
    values |= {"care": sum(f.severity != "info" for f in said), "files": len(data.inputs)}
    lines: list[tuple[str, dict[str, Any]]] = [({"stop": "breach", "warn": "care"}.get(worst, "usable"), values)]
    if found.rows("in"):
        lines.append(("closed" if found.open_rows == 0 and found.open_amount == 0 else "open", values))
    if seen.newest is not None:
        lines.append(("newest" if seen.silent else "newest_is_last", {"newest": seen.newest, "silent": seen.silent}))
    return (*lines, *control_notes(data, compared))


def control_notes(data: Dataset, compared: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Return whether the shop's own totals agree, or how far they are apart."""
    if compared.empty:
        return []
    wrong = compared[compared["agrees"] == "no"]
    if wrong.empty:
        return [("control_agrees", {"months": len(compared)})]
    apart = max((abs(int(step)) for step in wrong["difference"].dropna()), default=0)
    return [("control_differs", {"wrong": len(wrong), "given": len(compared), "apart": data.money(apart)})]


def figures(data: Dataset, found: Books) -> dict[str, Figure]:
    """Return the chart of what became of the rows, unless none were read."""
    if not found.rows("in"):
        return {}
    left = sum(found.rows(fate) for fate in books.TAKEN)
    values = {"rows": found.rows("in"), "used": found.rows("out"), "left": left, "share": left / found.rows("in"),
              "quarantined": found.rows("quarantined"), "merged": found.rows("merged"),
              "excluded": found.rows("excluded")}
    return {"balance": Figure(plot_balance, "balance", values, size=(7.2, 3.2))}


def plot_balance(frame: pd.DataFrame, ax: Axes, words: Text) -> Axes:
    """Draw what left between the rows that came in and those that are used."""
    return charts.bridge(frame[frame["step"] != "rounding"].reset_index(drop=True), ax, words, label="step",
                         value="rows", unit="rows", total=("in", "out"))

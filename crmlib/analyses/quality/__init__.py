"""Quality: how far can the numbers of this report be trusted, and what was left out on the way?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.analyses.quality import (
    books,
    columns,
    consistency,
    control,
    dimensions,
    files,
    findings,
    people,
    restated,
    trust,
)
from crmlib.intake import beside
from crmlib.result import Check, Fact, Result, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.quality.books import Books
    from crmlib.analyses.quality.consistency import Held
    from crmlib.analyses.quality.findings import Days, Finding
    from crmlib.dataset import Dataset
    from crmlib.settings import QualitySettings

NEEDS = ("ledger",)
SALES = ("orders", "order_lines")
#: The gate that a decision of the shop can open.
GATE = "quarantined_share"
#: Facts that intake counts, with their units.
COUNTED = {"orders_in_two_files": "orders", "undecodable_bytes": "count"}


@dataclass(frozen=True)
class Found:
    """Everything the page tells of."""

    books: Books
    days: Days
    held: tuple[Held, ...]
    control: pd.DataFrame
    said: tuple[Finding, ...]
    aged: dict[str, int] | None
    accepted: bool

    @property
    def closed(self) -> bool:
        """Whether every row and every unit of money is accounted for."""
        return self.books.open_rows == 0 and self.books.open_amount == 0


def analyse(data: Dataset, settings: QualitySettings) -> Result:
    """Tell what became of every record, how good the data are, and which analyses can be trusted.

    Returns
    -------
    Result
        facts
            rows_in, rows_out, rows_quarantined, duplicates_merged, rows_excluded (records of all tables, over the whole
            input), amount_in, amount_out (of order lines, unrounded), customers_before, customers_after (ids of the
            customer list, and customers they turned out to be), orders_in_two_files, undecodable_bytes (whole input),
            stale_customers, identified_sales_share (of the month), control_difference (this report less the shop's own
            figure of the month), days_silent (from the last purchase to the month's last day), findings (that call for
            care).
        tables
            findings, trust, dimensions, weakest, balance, ledger, steps, feeds, sources, control, identified, unseen,
            match_rules, restatements, columns, empties; examples (restricted). Their columns are told by the modules
            of this folder. Money in minor units.
    """
    found = look(data, settings)
    gaps = columns.filled(data)
    measured = dimensions.measure(data, dimensions.Seen(
        found.books, gaps, found.held, found.days, found.control, people.match_rules(data),
        (found.aged["stale"], found.aged["dated"]) if found.aged else (0, 0)))
    tables = {"findings": Table(findings.table(found.said), findings.FINDING_COLUMNS),
              **trust.tables(data, found.said, closed=found.closed),
              **dimensions.tables(measured), **books.tables(found.books, data.decimals),
              **files.tables(found.books, data.inputs, data.folder, consistency.named(data)),
              "control": Table(found.control, control.CONTROL_COLUMNS), **people.tables(data),
              **restated.tables(data), **columns.tables(gaps)}
    return Result(
        "quality",
        facts=facts(data, found),
        tables=tables,
        figures={**dimensions.figures(measured), **books.figures(found.books, data.decimals), **people.figures(tables),
                 **columns.figures(tables["empties"].frame)},
        checks=checks(settings, found, tables["restatements"].frame),
        notes=notes(data, settings, found, tables),
    )


def look(data: Dataset, settings: QualitySettings) -> Found:
    """Return what is found in the month, and of each finding how it was a month earlier."""
    read = books.books(data.ledger)
    seen = findings.days(data.query("quality_days"), data)
    held, compared = tuple(consistency.held(data)), control.control(data)
    accepted = settings.accepted(GATE, data.month) is not None
    whole = [*findings.of_rows(read, data, accepted), *findings.of_counts(data)]
    then = data.previous(1)
    before = of_month(then, consistency.held(then), control.control(then)) if then.covered else None
    monthly = findings.with_trend(of_month(data, held, compared), before)
    aged = None if "customers" not in data.present else findings.aged(data)
    return Found(read, seen, held, compared, (*whole, *monthly), aged, accepted)


def of_month(data: Dataset, held: list[Held] | tuple[Held, ...], compared: pd.DataFrame) -> list[Finding]:
    """Return the findings about one month."""
    if data.missing(SALES):
        return findings.of_rules(held, data, dict.fromkeys(("known_sales", "guest_sales"), 0))
    sales = findings.sales_of(data.query("customers_sales"), data.month)
    seen = findings.days(data.query("quality_days"), data)
    return [*findings.of_people(data, sales), *findings.of_rules(held, data, sales), *findings.of_days(seen, data),
            *findings.of_control(compared)]


def facts(data: Dataset, found: Found) -> tuple[Fact, ...]:
    """Return the key numbers; those over the whole input have no month to compare with."""
    read = found.books
    return (
        Fact("rows_in", read.rows("in"), "rows"),
        Fact("rows_out", read.rows("out"), "rows"),
        Fact("rows_quarantined", read.rows("quarantined"), "rows"),
        Fact("duplicates_merged", read.rows("merged"), "rows"),
        Fact("rows_excluded", read.rows("excluded"), "rows"),
        *(money_fact(data, read, key, fate) for key, fate in (("amount_in", "in"), ("amount_out", "out"))),
        *(people_fact(read, key) for key in ("customers_before", "customers_after")),
        *(Fact(key, data.counts.get(key), unit, note=None if key in data.counts else "not_counted")
          for key, unit in COUNTED.items()),
        *month_facts(data, found),
        Fact("findings", sum(f.severity != "info" for f in found.said), "count"),
    )


def money_fact(data: Dataset, found: Books, key: str, fate: str) -> Fact:
    """Return a sum of order lines exactly as the files have it."""
    if not found.has(books.LINES):
        return Fact(key, None, data.currency, note="no_lines")
    return Fact(key, books.major(found.amount(fate), data.decimals), data.currency)


def people_fact(found: Books, key: str) -> Fact:
    """Return the customer ids of the customer list, or the customers they turned out to be after matching."""
    if not found.has("customers"):
        return Fact(key, None, "customers", note="no_customer_list")
    after = found.rows("out", "customers")
    return Fact(key, after + found.joined if key == "customers_before" else after, "customers")


def month_facts(data: Dataset, found: Found) -> tuple[Fact, ...]:
    """Return the numbers of the month, with those one month and one year earlier."""
    then = (data.previous(1), data.previous(12))
    old = [findings.aged(d) if found.aged and d.covered else None for d in then]
    ages = [None if one is None else one["stale"] for one in (found.aged, *old)]
    gaps = [None if step is None else data.money(step)
            for step in (control.difference(found.control, d.month) for d in (data, *then))]
    return (Fact("stale_customers", ages[0], "customers", previous=ages[1], year_ago=ages[2],
                 n=found.aged["dated"] if found.aged else None, note=None if found.aged else "no_updates"),
            *sales_facts(data, found, then),
            Fact("control_difference", gaps[0], data.currency, previous=gaps[1], year_ago=gaps[2],
                 note="no_control" if gaps[0] is None else None))


def sales_facts(data: Dataset, found: Found, then: tuple[Dataset, Dataset]) -> tuple[Fact, ...]:
    """Return the share of sales with a customer, and the days since the last sale."""
    if data.missing(SALES):
        return (Fact("identified_sales_share", None, "ratio", note="no_lines"),
                Fact("days_silent", None, "days", note="no_lines"))
    sales, days = data.query("customers_sales"), data.query("quality_days")
    shares = [findings.known_share(findings.sales_of(sales, d.month)) if d.covered else None for d in then]
    silent = [findings.days(days, d).silent if d.covered else None for d in then]
    share, seen = findings.known_share(findings.sales_of(sales, data.month)), found.days
    return (Fact("identified_sales_share", share, "ratio", previous=shares[0], year_ago=shares[1],
                 note="no_sales" if share is None else None),
            Fact("days_silent", seen.silent, "days", previous=silent[0], year_ago=silent[1],
                 note="no_purchases" if seen.silent is None else None))


def checks(settings: QualitySettings, found: Found, moved: pd.DataFrame) -> tuple[Check, ...]:
    """Return what must hold: books close, little is set aside or contradicts, data reach the end, totals agree."""
    read, seen = found.books, found.days
    rows = read.rows("in")
    share = read.rows("quarantined") / rows if rows else 0.0
    gate = "stop" if settings.on_breach == "stop" and not found.accepted else "warn"
    limit = settings.max_contradicting_share
    broken = max([1 - one.score for one in found.held if one.score is not None], default=0.0)
    said = [
        Check("rows_close", read.open_rows == 0, read.open_rows, 0, "stop"),
        Check("amount_closes", read.open_amount == 0, float(read.open_amount), 0, "stop"),
        Check(GATE, share <= settings.max_quarantined_share, share, settings.max_quarantined_share, gate),
    ]
    if found.held:
        said.append(Check("contradicting_share", broken <= limit, broken, limit))
    if seen.silent is not None:
        said.append(Check("days_silent", seen.silent <= settings.max_silent_days, seen.silent,
                          settings.max_silent_days))
        said.append(Check("silent_run", seen.longest <= settings.max_silent_days, seen.longest,
                          settings.max_silent_days))
    if len(found.control):
        differing = int((found.control["agrees"] == "no").sum())
        said.append(Check("control_totals", differing == 0, differing, 0))
    return (*said, Check("final_months", moved.empty, len(moved), 0, "info"))


def notes(data: Dataset, settings: QualitySettings, found: Found,
          tables: dict[str, Table]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the answer in one sentence, and what it rests on."""
    read, seen = found.books, found.days
    worst = next((level for level in findings.ORDER if any(f.severity == level for f in found.said)), "info")
    values: dict[str, Any] = {fate: read.rows(fate) for fate in ("in", "out", "quarantined", "merged", "excluded")}
    values |= {"care": sum(f.severity != "info" for f in found.said), "files": files.count(data.inputs)}
    lines: list[tuple[str, dict[str, Any]]] = [({"stop": "breach", "warn": "care"}.get(worst, "usable"), values)]
    lines += override(data, settings, found)
    if read.rows("in"):
        lines.append(("closed" if found.closed else "open", values))
    if data.beside:
        lines.append(("beside", {"n": len(data.beside), "files": beside.listed(data.beside)}))
    if seen.newest is not None:
        lines.append(("newest" if seen.silent else "newest_is_last", {"newest": seen.newest, "silent": seen.silent}))
    return (*lines, *control.notes(data, found.control), *people.notes(data, tables),
            *restated.notes(data, tables["restatements"].frame))


def override(data: Dataset, settings: QualitySettings, found: Found) -> list[tuple[str, dict[str, Any]]]:
    """Return that a limit was passed and the report published all the same, and by whose reason."""
    rows = found.books.rows("in")
    share = found.books.rows("quarantined") / rows if rows else 0.0
    if share <= settings.max_quarantined_share:
        return []
    values = {"share": share, "limit": settings.max_quarantined_share}
    decision = settings.accepted(GATE, data.month)
    if decision is not None:
        return [("accepted", values | {"reason": {locale: decision.reason.get(locale) for locale in ("ja", "en")}})]
    return [("gone_on", values)] if settings.on_breach == "warn" else []

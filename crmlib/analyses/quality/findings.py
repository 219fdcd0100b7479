"""What the reader should know of the data: each finding with how much of the sales it touches, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.quality import consistency, trust
from crmlib.result import Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from crmlib.analyses.quality.books import Books
    from crmlib.analyses.quality.consistency import Held
    from crmlib.dataset import Dataset

ORDER = ("stop", "warn", "info")
#: Attributes of customers that a page breaks the customers down by.
ATTRIBUTES = ("gender", "birth_year", "prefecture", "rank", "first_channel")
SALES = ("orders", "order_lines")
ADVICE = {"lines_make_total": "look_at_totals", "tax_rate_of_day": "look_at_rates"}


@dataclass(frozen=True)
class Finding:
    """One thing the reader should know; codes, not words.

    Attributes
    ----------
    finding, subject, severity, advice : str
        Codes; ``subject`` is the column, the month, the rule, or the kind of row it is about.
    rows : int
        Records, customers, purchases or days it is about.
    share : float or None
        Of all such rows.
    sales_share : float or None
        Of the month's sales (where it is about customers, of the sales with a known customer).
    breaks : tuple of str
        Analyses to be taken with care because of it.
    previous : int or None
        Rows a month earlier by the same definition; None where it is about the whole input.
    """

    finding: str
    subject: str
    severity: str
    rows: int
    share: float | None
    sales_share: float | None
    advice: str
    breaks: tuple[str, ...] = ()
    previous: int | None = None


@dataclass(frozen=True)
class Days:
    """The days of a month with and without sales.

    Attributes
    ----------
    newest : datetime.date or None
        The last day with a purchase, of this month or before.
    silent : int or None
        Days from it to the last day of the month.
    open_days, without, longest : int
        Days the shop was open, those without a purchase, and the most in a row.
    """

    newest: date | None
    silent: int | None
    open_days: int
    without: int
    longest: int


def days(found: pd.DataFrame, data: Dataset) -> Days:
    """Return how regularly the shop sold in the month."""
    calendar, last = data.settings.calendar, data.as_of - timedelta(days=1)
    sold = {day.date() if hasattr(day, "date") else day for day in found["business_date"]}
    sold = {day for day in sold if day <= last}
    newest = max(sold, default=None)
    month = [data.start + timedelta(days=n) for n in range((data.as_of - data.start).days)]
    opened = [day for day in month if day.isoweekday() not in calendar.closed_weekdays
              and day not in calendar.closed_days and (data.oldest is None or day >= data.oldest)]
    run, longest = 0, 0
    for day in opened:
        run = 0 if day in sold else run + 1
        longest = max(longest, run)
    return Days(newest, None if newest is None else (last - newest).days, len(opened),
                sum(day not in sold for day in opened), longest)


def sales_of(found: pd.DataFrame, month: str) -> dict[str, int]:
    """Return purchases and sales of known customers and guests in one month; zeros where there were none."""
    row = found[found["ym"] == month]
    return {name: int(row[name].iloc[0]) if len(row) else 0 for name in
            ("known_orders", "guest_orders", "known_sales", "guest_sales")}


def known_share(sales: dict[str, int]) -> float | None:
    """Return the share of sales that can be traced to a customer; None where returns leave nothing to share."""
    whole = sales["known_sales"] + sales["guest_sales"]
    return over(sales["known_sales"], whole) if 0 <= sales["known_sales"] <= whole else None


def of_rows(found: Books, data: Dataset, accepted: bool = False) -> list[Finding]:
    """Return findings about records that could not be read or were changed on reading."""
    limits, rows, lost = data.settings.quality, found.rows("in"), found.rows("quarantined")
    said = []
    if lost:
        share = over(lost, rows) or 0.0
        bad = share > limits.max_quarantined_share
        severity = "info" if not bad else "stop" if limits.on_breach == "stop" and not accepted else "warn"
        losing = {e.table for e in found.entries if e.fate == "quarantined" and e.rows}
        said.append(Finding("quarantined", "records", severity, lost, share, None, "mend_quarantine",
                            trust.resting_on(*losing)))
    if cut := sum(e.rows for e in found.entries if (e.fate, e.reason) == ("merged", "cut_receipt")):
        said.append(Finding("cut_receipt", "records", "info", cut, None, None, "whole_receipts"))
    if found.emptied:
        cells = [(t, reason.partition(".")[0]) for t, reason in found.emptied]
        said.append(Finding("cells_emptied", "cells", "info", sum(found.emptied.values()), None, None,
                            "look_at_source", trust.breaks(cells)))
    return said


def of_counts(data: Dataset) -> list[Finding]:
    """Return what cost no row: files that nobody named, bytes that are no characters, orders in two files, pairs."""
    counts, said = data.counts, []
    if data.beside:
        said.append(Finding("files_beside", "files", "warn", len(data.beside), None, None, "name_files",
                            trust.resting_on(*{one.table for one in data.beside})))
    if counts.get("undecodable_bytes"):
        said.append(Finding("undecodable", "bytes", "warn", counts["undecodable_bytes"], None, None, "export_again"))
    if counts.get("orders_in_two_files"):
        said.append(Finding("in_two_files", "orders", "info", counts["orders_in_two_files"], None, None, "nothing"))
    if zeros := counts.get("ids_without_zeros"):
        said.append(Finding("zeros_lost", "ids", "warn", zeros, None, None, "keep_zeros",
                            trust.breaks([("customers", "customer_id"), ("orders", "customer_id")])))
    if counts.get("match_review"):
        said.append(Finding("match_review", "pairs", "info", counts["match_review"], None, None, "review_pairs",
                            trust.breaks([("customers", "customer_id")])))
    return said


def of_people(data: Dataset, sales: dict[str, int]) -> list[Finding]:
    """Return findings about customers: purchases without one, attributes not known, details grown old."""
    limits, said = data.settings.quality, []
    orders = sales["known_orders"] + sales["guest_orders"]
    if sales["guest_orders"]:
        share = over(sales["guest_orders"], orders)
        severity = "warn" if (share or 0) > limits.max_missing_share else "info"
        known = known_share(sales)
        said.append(Finding("no_customer", "orders", severity, sales["guest_orders"], share,
                            None if known is None else 1 - known, "ask_for_card",
                            trust.breaks([("orders", "customer_id")])))
    return said + attributes(data, limits.max_missing_share) + stale(data, sales)


def attributes(data: Dataset, limit: float) -> list[Finding]:
    """Return the attributes of customers that are empty more often than the limit allows; those never given are not."""
    found = data.query("customers_attributes")
    said = []
    for name in ATTRIBUTES:
        part = found[found["attribute"] == name]
        blank = part[part["level"].isna()]
        people, empty = int(part["customers"].sum()), int(blank["customers"].sum())
        if empty < people and (over(empty, people) or 0) > limit:
            said.append(Finding("attribute_empty", f"customers.{name}", "warn", empty, over(empty, people),
                                over(int(blank["sales"].sum()), int(part["sales"].sum())), "ask_attribute",
                                trust.breaks([("customers", name)])))
    return said


def aged(data: Dataset) -> dict[str, int] | None:
    """Return of how many customers the day of the last update is known, for how many it is too long ago, their sales.

    None where the shop notes no such day.
    """
    if not data.has("customers.updated_at"):
        return None
    before = data.previous(data.settings.quality.stale_after_months).as_of
    row = data.query("quality_stale", stale_before=before).iloc[0]
    return {name: int(row[name]) for name in ("dated", "stale", "sales")}


def stale(data: Dataset, sales: dict[str, int]) -> list[Finding]:
    """Return whether many customers' details have not been updated for long."""
    found = aged(data)
    if not found or not found["stale"]:
        return []
    share = over(found["stale"], found["dated"])
    severity = "warn" if (share or 0) > data.settings.quality.max_missing_share else "info"
    return [Finding("stale_details", "customers.updated_at", severity, found["stale"], share,
                    over(found["sales"], sales["known_sales"]), "ask_again",
                    trust.breaks([("customers", name) for name in ATTRIBUTES]))]


def of_rules(held: Iterable[Held], data: Dataset, sales: dict[str, int]) -> list[Finding]:
    """Return the rules that records break."""
    limit, whole = data.settings.quality.max_contradicting_share, sales["known_sales"] + sales["guest_sales"]
    said = []
    for one in held:
        share = over(one.broken, one.checked)
        cells = [(t, c) for t, _, c in (name.partition(".") for name in consistency.RULES[one.rule])]
        base = sales["known_sales"] if cells[0][0] == "customers" else whole
        if one.broken:
            said.append(Finding("contradicts", one.rule, "warn" if (share or 0) > limit else "info", one.broken, share,
                                None if one.sales is None else over(one.sales, base),
                                ADVICE.get(one.rule, "look_at_source"), trust.breaks(cells)))
    return said


def of_days(found: Days, data: Dataset) -> list[Finding]:
    """Return findings about days without sales, and data that end too early."""
    limit, said = data.settings.quality.max_silent_days, []
    if found.silent is not None and found.silent > limit:
        said.append(Finding("ends_early", "days", "warn", found.silent, None, None, "bring_newest",
                            trust.resting_on(*SALES)))
    elif found.longest > limit:
        said.append(Finding("silent_days", "days", "warn", found.longest, over(found.longest, found.open_days), None,
                            "check_days", trust.resting_on(*SALES)))
    return said


def of_control(control: pd.DataFrame) -> list[Finding]:
    """Return the months and stores whose given totals the data do not agree with."""
    rows = control[control["agrees"] == "no"]
    return [Finding("control_differs", str(month), "warn", len(part), _apart(part), None, "compare_register",
                    trust.resting_on(*SALES)) for month, part in rows.groupby("month", sort=True)]


def _apart(part: pd.DataFrame) -> float | None:
    """Return the largest difference of a month as a share of what was given."""
    shares = [over(abs(int(row.difference)), abs(int(row.given_sales))) for row in part.itertuples()
              if row.given_sales is not None and row.given_sales == row.given_sales]
    return max((share for share in shares if share is not None), default=None)


def with_trend(found: Sequence[Finding], before: Sequence[Finding] | None) -> list[Finding]:
    """Return findings with how many rows each was about a month earlier; what was not found then was about none.

    ``before`` is None where the data do not reach back; what is about the whole input has no month before.
    """
    if before is None:
        return list(found)
    then = {(f.finding, f.subject): f.rows for f in before}
    return [replace(f, previous=then.get((f.finding, f.subject), 0)) for f in found]


def table(found: Sequence[Finding]) -> pd.DataFrame:
    """Return the findings, worst first, then those that touch most sales."""
    import pandas as pd

    ranked = sorted(found, key=lambda f: (ORDER.index(f.severity), -(f.sales_share or 0.0), f.finding, f.subject))
    rows = [tuple("+".join(f.breaks) or "none" if name == "breaks" else getattr(f, name) for name in FINDING_COLUMNS)
            for f in ranked]
    kinds: dict[str, Any] = dict.fromkeys(FINDING_COLUMNS, "str") | {
        "rows": "int64", "previous": "Int64", "share": "float64", "sales_share": "float64"}
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS)).astype(kinds)


def over(part: int, whole: int) -> float | None:
    """Return a share, None of nothing."""
    return part / whole if whole > 0 else None


FINDING_COLUMNS = {"finding": Column("code"), "subject": Column("code"), "severity": Column("code"),
                   "rows": Column("count"), "previous": Column("count"), "share": Column("ratio"),
                   "sales_share": Column("ratio"), "breaks": Column("code"), "advice": Column("code")}

"""What the reader should know of the data: each finding with how much of the sales it touches, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.result import Column

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.quality.books import Books
    from crmlib.dataset import Dataset

ORDER = ("stop", "warn", "info")
#: Attribute of the customer table to the column it comes from.
ATTRIBUTES = ("gender", "birth_year", "prefecture", "rank", "first_channel")


@dataclass(frozen=True)
class Finding:
    """One thing the reader should know; codes, not words.

    Attributes
    ----------
    finding, subject, severity, advice : str
        Codes; ``subject`` is the column, the month, or the kind of row it is about.
    rows : int
        Records, customers, purchases or days it is about.
    share : float or None
        Of all such rows.
    sales_share : float or None
        Of the month's sales (where it is about customers, of the sales with a known customer).
    """

    finding: str
    subject: str
    severity: str
    rows: int
    share: float | None
    sales_share: float | None
    advice: str


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


def of_rows(found: Books, data: Dataset) -> list[Finding]:
    """Return findings about records that could not be read or were changed on reading."""
    limits, rows, lost = data.settings.quality, found.rows("in"), found.rows("quarantined")
    cells = sum(n for fate, _, _, n, _ in found.entries if fate == "info")
    said = []
    if lost:
        share = over(lost, rows) or 0.0
        bad = share > limits.max_quarantined_share
        severity = "info" if not bad else "stop" if limits.on_breach == "stop" else "warn"
        said.append(Finding("quarantined", "records", severity, lost, share, None, "mend_quarantine"))
    if cells:
        said.append(Finding("cells_emptied", "cells", "info", cells, None, None, "look_at_source"))
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
                            None if known is None else 1 - known, "ask_for_card"))
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
                                over(int(blank["sales"].sum()), int(part["sales"].sum())), "ask_attribute"))
    return said


def stale(data: Dataset, sales: dict[str, int]) -> list[Finding]:
    """Return whether many customers' details have not been updated for long."""
    if not data.has("customers.updated_at"):
        return []
    limits = data.settings.quality
    before = data.previous(limits.stale_after_months).as_of
    row = data.query("quality_stale", stale_before=before).iloc[0]
    share = over(int(row["stale"]), int(row["dated"]))
    if not row["stale"]:
        return []
    severity = "warn" if (share or 0) > limits.max_missing_share else "info"
    return [Finding("stale_details", "customers.updated_at", severity, int(row["stale"]), share,
                    over(int(row["sales"]), sales["known_sales"]), "ask_again")]


def of_days(found: Days, data: Dataset) -> list[Finding]:
    """Return findings about days without sales, and data that end too early."""
    limit, said = data.settings.quality.max_silent_days, []
    if found.silent is not None and found.silent > limit:
        said.append(Finding("ends_early", "days", "warn", found.silent, None, None, "bring_newest"))
    elif found.longest > limit:
        said.append(Finding("silent_days", "days", "warn", found.longest, over(found.longest, found.open_days), None,
                            "check_days"))
    return said


def of_control(control: pd.DataFrame) -> list[Finding]:
    """Return the given totals that the data do not agree with."""
    rows = control[control["agrees"] == "no"]
    return [Finding("control_differs", str(row.month), "warn", 1,
                    None if row.given_sales is None or row.given_sales != row.given_sales else
                    over(abs(int(row.difference)), abs(int(row.given_sales))), None, "compare_register")
            for row in rows.itertuples()]


def table(found: list[Finding]) -> pd.DataFrame:
    """Return the findings, worst first, then those that touch most sales."""
    import pandas as pd

    ranked = sorted(found, key=lambda f: (ORDER.index(f.severity), -(f.sales_share or 0.0), f.finding, f.subject))
    rows = [tuple(getattr(f, name) for name in FINDING_COLUMNS) for f in ranked]
    kinds: dict[str, Any] = dict.fromkeys(FINDING_COLUMNS, "str") | {
        "rows": "int64", "share": "float64", "sales_share": "float64"}
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS)).astype(kinds)


def over(part: int, whole: int) -> float | None:
    """Return a share, None of nothing."""
    return part / whole if whole > 0 else None


FINDING_COLUMNS = {"finding": Column("code"), "subject": Column("code"), "severity": Column("code"),
                   "rows": Column("count"), "share": Column("ratio"), "sales_share": Column("ratio"),
                   "advice": Column("code")}

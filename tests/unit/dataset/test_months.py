"""Months as the shop counts them."""

from __future__ import annotations

from datetime import date

import pytest

from crmlib.dataset import months
from crmlib.errors import CrmError


@pytest.mark.parametrize(("month", "closing", "start", "end"), [
    ("2026-10", None, "2026-10-01", "2026-11-01"),
    ("2024-02", None, "2024-02-01", "2024-03-01"),
    ("2026-01", None, "2026-01-01", "2026-02-01"),
    ("2026-10", 20, "2026-09-21", "2026-10-21"),
    ("2026-03", 28, "2026-03-01", "2026-03-29"),
    ("2026-01", 10, "2025-12-11", "2026-01-11"),
])
def test_days_of_a_month(month, closing, start, end):
    period = months.period(month, closing)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)
    assert period.as_of == period.end and not period.partial


@pytest.mark.parametrize(("day", "closing", "month"), [
    ("2026-10-31", None, "2026-10"), ("2026-10-20", 20, "2026-10"), ("2026-10-21", 20, "2026-11"),
    ("2026-12-25", 20, "2027-01"), ("2026-01-01", None, "2026-01"),
])
def test_month_of_a_day(day, closing, month):
    assert months.month_of(date.fromisoformat(day), closing) == month


@pytest.mark.parametrize(("newest", "closing", "month"), [
    ("2026-10-31", None, "2026-10"),
    ("2026-10-28", None, "2026-10"),  # three days of grace: closed on the last days
    ("2026-10-27", None, "2026-09"),
    ("2011-12-09", None, "2011-11"),
    ("2026-10-18", 20, "2026-10"),
    ("2026-10-16", 20, "2026-09"),
    ("2026-12-30", None, "2026-12"),
])
def test_default_month_is_the_newest_whole_one(newest, closing, month):
    assert months.newest_month(date.fromisoformat(newest), closing) == month


def test_as_of_may_cut_a_month_short_but_not_lengthen_it():
    assert months.period("2026-10", None, date(2026, 10, 15)).partial
    for day, code in ((date(2026, 11, 2), "dataset.as_of_too_late"), (date(2026, 10, 1), "dataset.as_of_too_early")):
        with pytest.raises(CrmError) as caught:
            months.period("2026-10", None, day)
        assert caught.value.code == code


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "202610", "October", "2026-00"])
def test_what_is_not_a_month_is_refused(text):
    with pytest.raises(CrmError) as caught:
        months.parse(text)
    assert caught.value.code == "dataset.bad_month"


@pytest.mark.parametrize(("month", "n", "expected"), [("2026-01", -1, "2025-12"), ("2026-12", 1, "2027-01"),
                                                      ("2026-10", -12, "2025-10"), ("2026-10", 0, "2026-10")])
def test_shift(month, n, expected):
    assert months.shift(month, n) == expected

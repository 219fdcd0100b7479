"""The forecast slice on shops whose next weeks are known: planted seasons, closures, odd days and short histories."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses.trends import forecast
from crmlib.analyses.trends.forecast import calendar as periods
from crmlib.analyses.trends.months import history
from crmlib.analyses.trends.sales.daily import daily
from crmlib.dataset import open_dataset

LAST = date(2026, 10, 31)


def sold(days, amount, seed=0, noise=0.03):
    """One purchase a day that brings ``amount(day)``, with some noise; no row where it brings nothing."""
    draw = np.random.default_rng(seed)
    every = [LAST - timedelta(days=n) for n in reversed(range(days))]
    factors = np.exp(draw.normal(0, noise, days))
    rows = [(f"C{day.day % 7}", day.isoformat(), round(amount(day) * factor))
            for day, factor in zip(every, factors, strict=True)]
    frame = pd.DataFrame([row for row in rows if row[2] > 0], columns=["customer", "day", "amount"])
    return frame.to_csv(index=False)


def seasonal(day):
    """Level 100,000 with a yearly wave, Sundays twice as good, growing by a fifth a year."""
    wave = 1 + 0.3 * np.sin(2 * np.pi * day.timetuple().tm_yday / 365)
    growth = 1.2 ** ((day - LAST).days / 365)
    return 100_000 * wave * growth * (2 if day.isoweekday() == 7 else 1)


def opened(folder, text, **groups):
    data = open_dataset(shop.settings(**groups), shop.write(folder, shop.purchases(text)), month="2026-10")
    return history(data), data


def parts(folder, text, **groups):
    found, data = opened(folder, text, **groups)
    return forecast.part(found, data.settings.trends)


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    return parts(tmp_path_factory.mktemp("grown"), sold(36 * 30, seasonal))


def test_a_planted_season_with_growth_is_forecast_and_repeating_last_year_is_not_as_good(grown):
    table = grown.tables["forecast_backtest"].frame
    weeks = table[(table["grain"] == "week") & (table["steps"] == "1-4")].set_index("method")
    assert weeks.loc["chosen", "better"] == "yes"
    assert weeks.loc["chosen", "wape"] < weeks.loc["seasonal_naive", "wape"] / 3
    truth = [sum(seasonal(LAST + timedelta(days=7 * step - n)) for n in range(7)) for step in range(1, 5)]
    shown = grown.tables["forecast"].frame
    ahead = shown[shown["grain"] == "week"].head(4)
    assert list(ahead["date"]) == [date(2026, 11, 1) + timedelta(days=7 * n) for n in range(4)]
    assert ahead["value"].to_numpy() == pytest.approx(truth, rel=0.06)
    for column, ordered in (("low80", "low50"), ("low50", "value"), ("value", "high50"), ("high50", "high80")):
        assert (ahead[column] <= ahead[ordered]).all()


def test_next_month_is_a_fact_with_its_band_and_what_was_said_before(grown):
    (fact,) = grown.facts
    truth = sum(seasonal(date(2026, 11, 1) + timedelta(days=n)) for n in range(30))
    assert fact.key == "forecast_next_month"
    assert float(fact.low) < truth < float(fact.high)
    assert float(fact.value) == pytest.approx(truth, rel=0.08)
    october = sum(seasonal(date(2026, 10, 1) + timedelta(days=n)) for n in range(31))
    assert float(fact.previous) == pytest.approx(october, rel=0.1)
    assert (fact.unit, fact.note) == ("JPY", "band_80")


def test_sales_that_repeat_last_year_exactly_get_no_forecast_of_their_own(tmp_path):
    """Every day as 364 days before: nothing can beat repeating last year, so nothing is printed."""
    base = {n: round(50_000 * np.exp(np.random.default_rng(n).normal(0, 0.5))) for n in range(364)}
    part = parts(tmp_path, sold(364 * 3, lambda day: base[(day - LAST).days % 364], noise=0))
    table = part.tables["forecast_backtest"].frame
    weeks = table[table["grain"] == "week"].set_index(["steps", "method"])
    assert weeks.loc[("1-4", "seasonal_naive"), "wape"] == 0
    assert weeks.loc[("1-4", "chosen"), "better"] == "no"
    assert "forecast" not in part.tables or "week" not in set(part.tables["forecast"].frame["grain"])
    assert "forecast.weeks_soon_lose" in dict(part.notes)


def test_a_band_tried_a_handful_of_times_is_not_promised(tmp_path):
    """A year of records: twelve weeks in all could be tried four times, four weeks twelve times."""
    part = parts(tmp_path, sold(53 * 7, lambda _: 100_000, noise=0.4))
    table = part.tables["forecast_backtest"].frame.set_index(["steps", "method"])
    assert table.loc[("1-12", "chosen"), "tries"] < 8 <= table.loc[("1-4", "chosen"), "tries"]
    said = dict(part.notes)
    assert "forecast.weeks_later" not in said and said["forecast.weeks_later_open"]["tries"] == 4
    assert said["forecast.weeks_soon"]["tries"] == 12 and part.figures["forecast"].values["steps"] == 4
    assert part.tables["forecast"].frame["low80"].notna().all()  # a single week borrows its neighbours' misses


@pytest.mark.parametrize(("days", "weeks", "months"), [(10, True, True), (150, False, True), (400, False, True)])
def test_what_is_too_short_is_said(tmp_path, days, weeks, months):
    part = parts(tmp_path, sold(days, seasonal))
    said = dict(part.notes)
    assert ("forecast.weeks_too_few" in said) == weeks
    assert ("forecast.months_too_few" in said) == months
    assert part.facts[0].value is None
    assert part.facts[0].note == "no_forecast"


def test_weeks_are_counted_back_from_the_report_and_months_are_whole(tmp_path):
    found, _ = opened(tmp_path, sold(61 + 20, seasonal))
    weeks, months = periods.weeks(found), periods.calendar_months(found)
    assert (weeks.periods, weeks.starts[weeks.periods]) == (11, date(2026, 11, 1))
    assert list(months.sold()) == [date(2026, 9, 1), date(2026, 10, 1)]
    assert (months.coming, months.date_of(1)) == ("2026-11", date(2026, 11, 1))


def test_a_closed_week_is_unknown_and_a_week_half_open_counts_by_its_days(tmp_path):
    """The first whole week is shut, three days of the next: the level of the others is not pulled down."""
    first = LAST - timedelta(days=6 * 7 - 1)
    shut = {first + timedelta(days=n) for n in range(10)}
    found, _ = opened(tmp_path, sold(8 * 7, lambda day: 0 if day in shut else 1000, noise=0))
    grain = periods.weeks(found)
    series = grain.known(grain.periods)
    assert [value if value == value else None for value in series.values] == [7000, 7000, None, 4000, *[7000] * 4]
    level = series.values / series.weights[:8]
    assert level[3] == pytest.approx(level[4])


def test_a_declared_closure_ahead_lowers_the_week_it_falls_into(tmp_path):
    closed = [date(2026, 11, day).isoformat() for day in range(1, 8)]
    found, _ = opened(tmp_path, sold(20 * 7, lambda _: 1000, noise=0), calendar={"closed": closed})
    grain = periods.weeks(found)
    ahead = grain.known(grain.periods).weights[grain.periods:]
    assert ahead[0] == 0
    assert list(ahead[1:3]) == pytest.approx([1, 1], rel=0.05)


def test_days_that_stand_out_are_named_by_the_calendar(tmp_path):
    """Three planted days: the shop's fair, Marine Day, and one nobody can explain; quiet days are not listed."""
    planted = {date(2026, 7, 20): 3.0, date(2026, 6, 10): 3.0, date(2026, 9, 9): 0.3}
    fair = {"name": {"ja": "陶器市", "en": "Pottery fair"}, "start": "2026-06-10", "end": "2026-06-10"}
    part = parts(tmp_path, sold(300, lambda day: 100_000 * planted.get(day, 1.0), noise=0.05),
                 calendar={"events": [fair]})
    frame = part.tables["anomalies"].frame
    assert list(zip(frame["date"], frame["cause"], frame["event"], frame["z"] > 0, strict=True)) == [
        (date(2026, 6, 10), "event", "Pottery fair", True), (date(2026, 7, 20), "holiday", "", True),
        (date(2026, 9, 9), "unknown", "", False)]
    assert frame["expected"].to_numpy() == pytest.approx(100_000, rel=0.1)


def test_the_chart_of_days_marks_those_that_stand_out(tmp_path):
    found, _ = opened(tmp_path, sold(300, lambda day: 100_000 * (3.0 if day == date(2026, 9, 9) else 1.0), noise=0.05))
    frame = daily(found)
    marked = list(frame.loc[frame["unusual"], "date"])
    assert date(2026, 9, 9) in marked and marked == list(found.unusual["date"]) and len(marked) < 4


def test_a_weekly_closing_day_is_no_dip(tmp_path):
    part = parts(tmp_path, sold(300, lambda day: 0 if day.isoweekday() == 3 else 100_000, 1, 0.05))
    assert "forecast.unusual_none" in dict(part.notes)


def test_few_days_give_no_verdict_on_odd_ones(tmp_path):
    part = parts(tmp_path, sold(40, seasonal))
    assert "forecast.unusual_too_few" in dict(part.notes)
    assert "anomalies" not in part.tables


def test_the_order_of_rows_changes_nothing(tmp_path):
    text = sold(200, seasonal)
    head, *rows = text.strip().splitlines()
    mixed = "\n".join([head, *reversed(rows)])
    one, other = (parts(tmp_path / name, t) for name, t in (("a", text), ("b", mixed)))
    assert one.tables.keys() == other.tables.keys() != set()
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table.frame, other.tables[name].frame)

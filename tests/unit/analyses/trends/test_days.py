"""What kind of day a day is, and what the page says of a calendar that looks wrong."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import shop
from crmlib.analyses import trends
from crmlib.analyses.trends import days
from crmlib.dataset import open_dataset
from crmlib.errors import CrmError


def calendar(**keys):
    return shop.settings(calendar=keys).calendar


def kinds(day, **keys):
    return days.described([day], calendar(**keys)).iloc[0]


def dates(column, year=2026, **keys):
    every = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    frame = days.described(every, calendar(**keys))
    return [f"{day:%m-%d}" for day in frame.loc[frame[column].astype(bool), "date"]]


def analyse(folder, text, month=None, **groups):
    data = open_dataset(shop.settings(**groups), shop.write(folder, shop.purchases(text)), month=month)
    return trends.analyse(data, data.settings.trends)


@pytest.mark.parametrize(("day", "season"), [
    ("2025-12-28", ""), ("2025-12-29", "new_year"), ("2026-01-03", "new_year"), ("2026-01-04", ""),
    ("2026-04-28", ""), ("2026-04-29", "golden_week"), ("2026-05-05", "golden_week"), ("2026-05-06", "golden_week"),
    ("2025-05-07", ""), ("2027-05-06", ""), ("2026-08-12", ""), ("2026-08-13", "obon"), ("2026-08-16", "obon"),
    ("2026-08-17", "")])
def test_seasons_of_the_japanese_year(day, season):
    """6 May belongs to it in 2026, where it is the day off for 3 May, a Sunday; in 2027 it is an ordinary Thursday."""
    assert kinds(date.fromisoformat(day))["season"] == season


def test_wages_come_on_the_working_day_before_a_day_off():
    assert dates("payday") == ["01-23", "02-25", "03-25", "04-24", "05-25", "06-25", "07-24", "08-25", "09-25", "10-23",
                               "11-25", "12-25"]
    assert dates("payday", payday=31)[:4] == ["01-30", "02-27", "03-31", "04-30"]
    assert dates("payday", payday=31)[-1] == "12-28", "31 December is a day on which offices are closed"
    assert dates("payday", payday=None) == []


def test_days_ending_in_five_or_nothing():
    assert dates("gotobi")[:8] == ["01-05", "01-10", "01-15", "01-20", "01-25", "01-30", "02-05", "02-10"]


def test_the_customs_of_japan_are_not_those_of_other_countries():
    day = days.described([date(2026, 1, 1), date(2026, 8, 15), date(2026, 11, 25)], calendar(country="US"))
    assert day["holiday"].tolist() == [True, False, False]
    assert set(day["season"]) == {""} and not day["payday"].any() and not day["gotobi"].any()


def test_holidays_closures_and_events_of_a_day():
    fair = {"name": {"ja": "創業祭", "en": "Fair"}, "start": "2026-11-03", "end": "2026-11-05"}
    sale = {"name": "特売", "start": "2026-11-05"}
    keys = {"events": [sale, fair], "closed": ["2026-11-04"], "closed_weekdays": ["fri"]}
    found = [kinds(date(2026, 11, n), **keys) for n in (3, 4, 5, 6)]
    assert [row["holiday"] for row in found] == [True, False, False, False]
    assert [row["kind"] for row in found] == [7, 3, 4, 5]
    assert [row["closed"] for row in found] == [False, True, False, True]
    assert [row["event"] for row in found] == ["Fair", "Fair", "Fair+特売", ""]


def test_days_to_come_are_described_too():
    assert kinds(date(2031, 1, 1))["holiday"]


FAIRS = [{"name": "A", "start": "2026-10-01", "end": "2026-10-10"}, {"name": "B", "start": "2026-10-08"},
         {"name": "A", "start": "2026-10-09", "end": "2026-10-12"}]


def test_events_that_share_days_are_counted_and_said(tmp_path):
    assert days.overlapping(calendar(events=FAIRS)) == (("A", "B", 1),), "a fair does not overlap itself"
    result = analyse(tmp_path, "customer,day,amount\nA,2026-10-05,1000", calendar={"events": FAIRS})
    assert ("events.overlap", {"one": "A", "other": "B", "days": 1}) in [(k, dict(v)) for k, v in result.notes]
    assert [c.observed for c in result.checks if c.key == "events_apart"] == ["A / B"]


def test_an_event_in_another_century_is_named(tmp_path):
    events = [{"name": "Fair", "start": "2062-10-01"}, {"name": "Past", "start": "2006-10-01"},
              {"name": "Next", "start": "2027-04-01"}]
    result = analyse(tmp_path, "customer,day,amount\nA,2026-10-05,1000", calendar={"events": events})
    assert [(c.ok, c.observed) for c in result.checks if c.key == "events_within"] == [(False, "Past, Fair")]


NIGHTS = "customer,day,amount,hour\n" + "\n".join(f"A,2026-10-0{n},1000,{hour}" for n, hour in (
    (1, 1), (2, 3), (3, 14), (4, 15), (5, 16)))


def test_many_orders_at_night_are_a_warning_unless_the_shop_is_open_then(tmp_path):
    odd = analyse(tmp_path / "a", NIGHTS)
    assert [(c.ok, c.observed, c.severity) for c in odd.checks if c.key == "hours_plausible"] == [(False, 0.4, "warn")]
    assert dict(odd.notes)["rhythm.odd_hours"]["share"] == 0.4
    late = analyse(tmp_path / "b", NIGHTS, time={"day_cutoff_hour": 5})
    assert [c.ok for c in late.checks if c.key == "hours_plausible"] == [True]
    assert "rhythm.odd_hours" not in dict(late.notes)


def test_without_hours_nothing_is_said_of_them(tmp_path):
    tables = shop.purchases("customer,day,amount\nA,2026-10-03,700")
    tables["order_lines"]["hour"] = None
    data = open_dataset(shop.settings(), shop.write(tmp_path, tables))
    assert "hours_plausible" not in {check.key for check in trends.analyse(data, data.settings.trends).checks}


def test_a_time_zone_that_does_not_exist_is_named_with_the_nearest():
    with pytest.raises(CrmError) as caught:
        shop.settings(time={"business_tz": "Asia/Tokio"})
    said = caught.value.say("en")
    assert "Asia/Tokio" in said and "Asia/Tokyo" in said


def test_a_month_to_come_is_named_with_those_there_are(tmp_path):
    with pytest.raises(CrmError) as caught:
        analyse(tmp_path, "customer,day,amount\nA,2026-09-05,1000\nA,2026-10-05,1000", month="2027-03")
    said = caught.value.say("en")
    assert caught.value.code == "dataset.month_outside" and "2027-03" in said and "2026-10" in said

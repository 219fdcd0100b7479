"""Chance and the calendar."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from crmlib.sample.world.days import is_holiday, make_days
from crmlib.sample.world.draw import Draw


def test_draws_are_even_and_unrelated():
    draw, number = Draw(3), np.arange(200_000)
    luck = draw.uniform("a", number)
    assert abs(luck.mean() - 0.5) < 0.003 and abs(luck.var() - 1 / 12) < 0.001
    assert abs(np.corrcoef(luck[:-1], luck[1:])[0, 1]) < 0.01
    assert abs(np.corrcoef(luck, draw.uniform("b", number))[0, 1]) < 0.01
    counts = np.bincount((luck * 100).astype(int), minlength=100)
    assert ((counts - 2000) ** 2 / 2000).sum() < 150


def test_a_draw_depends_on_nothing_but_its_name_and_numbers():
    draw = Draw(3)
    whole = draw.uniform("a", np.arange(10)[:, None], np.arange(5)[None, :])
    assert (draw.uniform("a", np.array([7]), np.arange(5)) == whole[7]).all()
    assert whole[7, 3] == Draw(3).uniform("a", 7, 3)[0] != Draw(4).uniform("a", 7, 3)[0]


def test_these_bits_never_change():
    assert Draw(1).bits("a", np.arange(3), 5).tolist() == BITS


BITS = [7005991853075076825, 1694537702090963333, 5912090271804926800]


def test_weights_and_shapes():
    draw, number = Draw(5), np.arange(100_000)
    picked = np.bincount(draw.pick("p", (1, 0, 3), number), minlength=3) / len(number)
    assert picked[1] == 0 and picked[2] == pytest.approx(0.75, abs=0.006)
    bell, gamma = draw.bell("n", number), draw.gamma("g", number)
    assert abs(bell.mean()) < 0.015 and bell.std() == pytest.approx(1, abs=0.01)
    assert gamma.mean() == pytest.approx(1, abs=0.01) and gamma.var() == pytest.approx(0.25, abs=0.03)


def test_public_holidays_are_those_of_the_calendar_package():
    holidays = pytest.importorskip("holidays")
    known = holidays.country_holidays("JP", years=range(2022, 2041))
    day = datetime.date(2022, 1, 1)
    while day.year < 2041:
        assert is_holiday(day) == (day in known), day
        day += datetime.timedelta(days=1)


def test_months_cross_leap_years():
    days = make_days("2024-03", 6)
    assert days.months == ("2023-10", "2023-11", "2023-12", "2024-01", "2024-02", "2024-03")
    assert days.count == 31 + 30 + 31 + 31 + 29 + 31
    assert days.month_start(5) == days.count - 31 and days.month_start(6) == days.count

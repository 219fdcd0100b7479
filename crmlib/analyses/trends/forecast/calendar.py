"""Weeks and months as the forecast sees them: what each brought, and what its calendar alone would bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from crmlib.analyses.trends.days import described
from crmlib.dataset import months
from crmlib.methods.forecasting import Series

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.trends.months import History

WEEK, MONTH = "week", "month"
#: Periods of a year, and steps ahead.
SEASON = {WEEK: 52, MONTH: 12}
STEPS = 12
YEAR = 364
#: A period with less than this part of its usual opening says nothing about how it sells.
MOSTLY_OPEN = 0.5


@dataclass(frozen=True)
class Grain:
    """The shop's days cut into periods of one kind, those ahead too.

    Attributes
    ----------
    name : str
        ``week`` (seven days counted back from the day of the report) or ``month``.
    starts : tuple of date
        First day of each period, the ``STEPS`` ahead at the end, and the day behind the last one.
    days : pandas.DataFrame
        date, sales, open, closed, kind of every day from the first period to the last one ahead.
    coming : str
        The month that comes next, as its name; empty for weeks.
    """

    name: str
    starts: tuple[date, ...]
    days: pd.DataFrame
    coming: str = ""

    @property
    def periods(self) -> int:
        """How many periods are over."""
        return len(self.starts) - 1 - STEPS

    def known(self, origin: int) -> Series:
        """Return the series as it was known after ``origin`` periods: calendar weights from the days until then."""
        frame = self.days
        places = np.array([(start - self.starts[0]).days for start in self.starts])
        past = np.arange(len(frame)) < places[origin]
        index, opened = _kinds(frame[past])
        usual = np.where(frame["closed"], 0.0, frame["kind"].map(index * opened).fillna(0.0))
        held = np.where(frame["open"], frame["kind"].map(index).fillna(0.0), 0.0)
        expected, real = (np.add.reduceat(part, places[:-1]) for part in (usual, held))
        sales = np.add.reduceat(frame["sales"].to_numpy(dtype=float), places[:-1])[:origin]
        full = np.add.reduceat(frame["kind"].map(index * opened).fillna(0.0).to_numpy(), places[:-1])
        told = (real[:origin] >= MOSTLY_OPEN * full[:origin]) & (sales > 0)
        weights = np.concatenate([real[:origin], expected[origin:]]) / max(float(np.mean(full)), 1e-9)
        return Series(np.where(told, sales, np.nan), weights, self.season)

    @property
    def season(self) -> int:
        """Periods of a year where two are known and a proof besides; 1 for weeks where they are not."""
        whole = SEASON[self.name]
        return whole if self.name == MONTH or self.periods >= 2 * whole else 1

    def sold(self) -> dict[date, int]:
        """Return what each period that is over brought (minor units), by its first day."""
        places = [(start - self.starts[0]).days for start in self.starts]
        sales = self.days["sales"].astype("int64")
        return {start: int(sales.iloc[a:b].sum())
                for start, a, b in list(zip(self.starts, places, places[1:], strict=False))[:self.periods]}

    def date_of(self, step: int) -> date:
        """Return the first day of the period so many steps ahead."""
        return self.starts[self.periods + step - 1]


def _kinds(days: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return what an open day of each kind brings beside the average one, and how often such a day is open."""
    recent = days.iloc[-YEAR:]
    opened = recent[recent["open"].astype(bool)]
    mean = float(opened["sales"].mean()) if len(opened) else 0.0
    index = opened.groupby("kind")["sales"].mean().clip(lower=0) / mean if mean > 0 else opened.groupby("kind").size()
    able = recent[~recent["closed"].astype(bool)]
    return index.astype(float), able.groupby("kind")["open"].mean().astype(float)


def weeks(found: History) -> Grain | None:
    """Return the whole weeks behind the day of the report, and those ahead; None under one week."""
    oldest, end = found.data.oldest, found.data.as_of
    whole = 0 if oldest is None else (end - oldest).days // 7
    starts = [end + timedelta(days=7 * step) for step in range(-whole, STEPS + 1)]
    return _grain(found, WEEK, starts) if whole else None


def calendar_months(found: History) -> Grain | None:
    """Return the whole months known, and those ahead; None without one."""
    whole = [ym for ym in found.sold if found.whole(ym)]
    if not whole:
        return None
    names = [*whole, *(months.shift(whole[-1], step) for step in range(1, STEPS + 1))]
    closing = found.data.settings.calendar.closing_day
    periods = [months.period(ym, closing) for ym in names]
    return _grain(found, MONTH, [*(period.start for period in periods), periods[-1].as_of], names[len(whole)])


def _grain(found: History, name: str, starts: Sequence[date], coming: str = "") -> Grain:
    import pandas as pd

    daily = found.daily.set_index("date")
    every = [starts[0] + timedelta(days=n) for n in range((starts[-1] - starts[0]).days)]
    frame = described(every, found.data.settings.calendar)[["date", "closed", "kind"]].set_index("date")
    past = daily.loc[daily.index >= starts[0], ["sales", "open"]]
    frame = frame.join(past)
    return Grain(name, tuple(starts), frame.assign(
        sales=pd.to_numeric(frame["sales"]).fillna(0), open=frame["open"].eq(True)).reset_index(), coming)

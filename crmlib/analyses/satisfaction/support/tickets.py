"""The shop's tickets with the times that matter, open ones as far as they have come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crmlib.analyses.satisfaction.support.hours import Desk, clock
from crmlib.dataset import months

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings

MONTHS = 13
#: A customer who turns up again about the same thing within so many days was not helped the first time.
AGAIN_DAYS = 7


@dataclass(frozen=True)
class Tickets:
    """Tickets of the latest thirteen months, and older ones that were still open then.

    Attributes
    ----------
    data : Dataset
    frame : pandas.DataFrame
        ym, opened_at, customer_key, channel, category, resolution, reopened, score, reply_hours and replied (hours to
        the first reply, or waited so far without one), solved_hours and solved, reply_open_hours, solved_open_hours (of
        the desk; null without its hours), again (the same customer about the same thing within seven days before).
    desk : Desk or None
    """

    data: Dataset
    frame: pd.DataFrame
    desk: Desk | None

    def of(self, ym: str) -> pd.DataFrame:
        """Return the tickets opened in a month."""
        return self.frame[self.frame["ym"] == ym]

    def open_at(self, day: date) -> pd.DataFrame:
        """Return the tickets that were open on the morning of a day."""
        moment = morning(day, self.data.settings.time.business_tz)
        frame = self.frame
        ended = frame["solved"] & (frame["resolved_at"] < moment)
        return frame[(frame["opened_at"] < moment) & ~ended]


def morning(day: date, zone: str) -> datetime:
    """Return the moment a day begins where the shop is, in UTC without a zone."""
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def read(data: Dataset, settings: SatisfactionSettings) -> Tickets | None:
    """Return the tickets; None where there are none."""
    if not data.has("tickets"):
        return None
    first = months.period(months.shift(data.month, 1 - MONTHS), data.settings.calendar.closing_day).start
    zone = data.settings.time.business_tz
    until = morning(data.as_of, zone)
    frame = data.query("satisfaction_tickets", first_day=first, now=until, first_time=morning(first, zone))
    if frame.empty:
        return None
    desk = _desk(data, settings)
    return Tickets(data, _timed(frame, until, desk), desk)


def _desk(data: Dataset, settings: SatisfactionSettings) -> Desk | None:
    if settings.support_hours is None:
        return None
    from holidays import country_holidays, list_supported_countries

    calendar, opens_closes = data.settings.calendar, settings.support_hours
    oldest = data.oldest or data.as_of
    years = range(oldest.year - 1, data.as_of.year + 1)
    known = calendar.country is not None and calendar.country in list_supported_countries()
    rest = frozenset(country_holidays(str(calendar.country), years=years)) if known else frozenset()
    return Desk(*opens_closes, data.settings.time.business_tz, frozenset(calendar.closed_weekdays),
                calendar.closed_days | (rest if settings.support_closed_on_holidays else frozenset()))


def _timed(frame: pd.DataFrame, until: datetime, desk: Desk | None) -> pd.DataFrame:
    import pandas as pd

    found = frame.assign(replied=frame["first_reply_at"].notna(), solved=frame["resolved_at"].notna())
    ways = {"": clock} | ({"_open": desk.between} if desk else {})
    for name, at in (("reply", "first_reply_at"), ("solved", "resolved_at")):
        ends = found[at].fillna(pd.Timestamp(until))
        for suffix, way in ways.items():
            found[f"{name}{suffix}_hours"] = [way(start, end) for start, end in zip(
                found["opened_at"].dt.to_pydatetime(), ends.dt.to_pydatetime(), strict=True)]
        if not desk:
            found[f"{name}_open_hours"] = float("nan")
    return found.assign(again=_again(found)).astype({"reply_open_hours": "float64", "solved_open_hours": "float64"})


def _again(frame: pd.DataFrame) -> pd.Series:
    """Whether the same customer had turned to the shop about the same thing within seven days before."""
    known = frame[frame["customer_key"].notna()]
    before = known.groupby(["customer_key", "category"], sort=False)["opened_at"].shift()
    again = (known["opened_at"] - before) <= timedelta(days=AGAIN_DAYS)
    return again.reindex(frame.index, fill_value=False).astype(bool)

"""What the reader should know of the calendar: hours that look wrong, events that overlap or lie elsewhere."""

from __future__ import annotations

from datetime import timedelta

from crmlib.analyses.trends.days import events, holiday_countries, overlapping
from crmlib.analyses.trends.months import History
from crmlib.result import Check

#: Hours in which a shop that closes at night sells next to nothing, and which share of purchases in them looks like a
#: wrong time zone. A shop that sets ``time.day_cutoff_hour`` says that it is open at night.
NIGHT = range(6)
MOST_AT_NIGHT = 0.2
AHEAD = timedelta(days=366)


def checks(found: History) -> tuple[Check, ...]:
    """Return what should hold of the calendar and the clock."""
    calendar = found.data.settings.calendar
    country, shared, lost = calendar.country, overlapping(calendar), elsewhere(found)
    silent = sum(m.orders == 0 for m in found.sold.values())
    last, newest = found.data.as_of - timedelta(days=1), max(found.days["date"], default=None)
    return (
        Check("no_silent_month", silent == 0, silent, 0, "info"),
        Check("reaches_the_end", newest is not None and newest >= last, newest and newest.isoformat(), last.isoformat(),
              "info"),
        Check("holidays_known", country is None or country in holiday_countries(), country, None, "info"),
        *hours_plausible(found),
        Check("events_apart", not shared, ", ".join(f"{a} / {b}" for a, b, _ in shared) or None, None, "info"),
        Check("events_within", not lost, ", ".join(lost) or None, None, "warn"),
    )


def hours_plausible(found: History) -> tuple[Check, ...]:
    """Return whether the share of purchases from midnight to six looks like a shop; nothing without hours."""
    share = night_share(found)
    if share is None:
        return ()
    late = found.data.settings.time.day_cutoff_hour > 0
    return (Check("hours_plausible", late or share < MOST_AT_NIGHT, share, MOST_AT_NIGHT, "warn"),)


def night_share(found: History) -> float | None:
    """Return the share of purchases between midnight and six among those with a time of day."""
    timed = found.hours[found.hours["hour"].notna()]
    whole = int(timed["orders"].sum())
    return int(timed.loc[timed["hour"].isin(NIGHT), "orders"].sum()) / whole if whole else None


def elsewhere(found: History) -> tuple[str, ...]:
    """Return the events that touch no day of the records nor of the year to come, as a slip in the year would."""
    data = found.data
    if data.oldest is None:
        return ()
    return tuple(dict.fromkeys(one.key for one in events(data.settings.calendar)
                               if one.end < data.oldest or one.start > data.as_of + AHEAD))

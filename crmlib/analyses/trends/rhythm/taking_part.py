"""Who takes part: which segments come to the shop's events, and which answer its campaigns?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.days import events as own_events
from crmlib.dataset import months, snapshots
from crmlib.engine.duck import literal
from crmlib.methods.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.trends.months import History
    from crmlib.dataset import Dataset

#: Events and campaigns of so many months are told: further back, segments are not kept.
MONTHS = 13
EVENT, CAMPAIGN = "event", "campaign"
PART = {"kind": "str", "event": "str", "start": "object", "rfm_segment": "str", "customers": "int64",
        "participants": "int64", "share": "float64", "low": "float64", "high": "float64", "usual": "float64"}


def taking_part(found: History, level: float) -> pd.DataFrame:
    """Return what share of each segment took part in each event and campaign of the latest months.

    Segments are those at the end of the month before, so that an event does not make its own participants; one of
    fewer people than may be told is left out.

    Returns
    -------
    pandas.DataFrame
        kind (event, campaign), event (its key, the campaign's name), start, rfm_segment, customers (of the segment
        then; of a campaign those it was delivered to, the control arm left out), participants (bought on the event's
        days; clicked, visited, attended, ordered or redeemed), share, low, high (Wilson), usual (of an event: the share
        that bought on the days 28 days earlier).
    """
    import pandas as pd

    least = found.data.settings.privacy.min_cell
    rows = [row for row in (*_events(found, level), *_campaigns(found, level)) if row[4] >= least]
    rows.sort(key=lambda row: (row[2], row[0], row[1], -row[4], row[3]))
    return pd.DataFrame(rows, columns=list(PART)).astype(PART)


def _events(found: History, level: float) -> list[tuple[Any, ...]]:
    import pandas as pd

    data = found.data
    opened = found.daily.loc[found.daily["open"], "date"]
    happened = [one for one in own_events(data.settings.calendar)
                if opened.between(one.start, one.end).any() and _before(one.start, data) is not None]
    if not happened:
        return []
    spans = pd.DataFrame({"event_no": range(len(happened)), "first_on": [one.start for one in happened],
                          "last_on": [min(one.end, data.as_of - timedelta(days=1)) for one in happened],
                          "month_end": [_before(one.start, data) for one in happened]})
    _segments(data, set(spans["month_end"]))
    cells = data.query("trends_event_buyers", tables={"event_spans": spans})
    return [(EVENT, happened[row.event_no].key, happened[row.event_no].start, row.rfm_segment,
             *_share(row.customers, row.buyers, level), row.before / row.customers) for row in cells.itertuples()]


def _campaigns(found: History, level: float) -> list[tuple[Any, ...]]:
    import pandas as pd

    data = found.data
    if data.missing(("sends", "responses")):
        return []
    starts = data.query("trends_campaign_starts")
    starts["month_end"] = [None if day != day else _before(day.date(), data) for day in starts["start_on"]]
    told = starts[starts["month_end"].notna()]
    if told.empty:
        return []
    spans = pd.DataFrame({"campaign_id": told["campaign_id"].astype("str"), "month_end": list(told["month_end"])})
    _segments(data, set(spans["month_end"]))
    cells = data.query("trends_campaign_answers", tables={"campaign_spans": spans})
    named = {row.campaign_id: (row.name if isinstance(row.name, str) else row.campaign_id, row.start_on.date())
             for row in told.drop(columns="month_end").itertuples(index=False)}
    return [(CAMPAIGN, *named[row.campaign_id], row.rfm_segment, *_share(row.reached, row.answered, level), None)
            for row in cells.itertuples()]


def _share(customers: int, participants: int, level: float) -> tuple[Any, ...]:
    low, high = wilson(participants, customers, level) or (None, None)
    return int(customers), int(participants), participants / customers, low, high


def _before(day: date, data: Dataset) -> date | None:
    """Return the last day of the month before the day's, where that lies in the latest months that the data cover."""
    closing = data.settings.calendar.closing_day
    month = months.shift(months.month_of(day, closing), -1)
    if month < months.shift(data.month, -MONTHS) or not data.at(month).covered:
        return None
    return months.period(month, closing).end - timedelta(days=1)


def _segments(data: Dataset, ends: set[date]) -> None:
    """Make the relation ``segment_history`` of these month ends: month_end, customer_key, rfm_segment."""
    closing = data.settings.calendar.closing_day
    seen = {end: data.at(months.month_of(end, closing)) for end in sorted(ends)}
    parts = [f"SELECT CAST({literal(end.isoformat())} AS DATE) AS month_end, customer_key, rfm_segment "
             f"FROM read_parquet({literal(str(snapshots.snapshot(then)))})" for end, then in seen.items()]
    data.engine.execute("CREATE OR REPLACE TEMP VIEW segment_history AS " + " UNION ALL ".join(parts))

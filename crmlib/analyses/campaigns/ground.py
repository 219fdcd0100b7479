"""What every slice of the page stands on: the campaigns with their days, and the small tables statements read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from crmlib.dataset import months, snapshots
from crmlib.dataset.segment_map import segments
from crmlib.engine.duck import literal

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.result import Table
    from crmlib.settings import CampaignsSettings

DAY = timedelta(days=1)
#: Days as every engine reads them out of a frame.
STAMP = "datetime64[us]"
#: Stretches as long as the campaign that are looked at before it.
BEFORE = 6
#: Years of times of sends and responses that are put into the shop's own time zone; older ones keep their day.
CLOCK_YEARS = 5
PARTS = ("morning", "midday", "afternoon", "evening", "night")
ARMS, LIST, EVERYONE, READY = "arms", "list", "everyone", "ready"
WINDOWS = ("campaign_id", "window_no", "first_on", "last_on", "month_end", "design")


@dataclass(frozen=True)
class Ground:
    """The shop's campaigns as known in the month.

    Attributes
    ----------
    campaigns : pandas.DataFrame
        A row per campaign told, the newest first: the columns of ``campaigns_list``, and start_on, end_on, state (over,
        running), kind_of (arms: has a control arm; list: sent to some; everyone: no list of people; ready: results come
        ready-made), month_end (whose segments are taken, else None).
    strange : pandas.DataFrame
        Every campaign of the records, told or not, for what does not fit in it.
    sales : bool
        Whether there are purchases of known customers.
    """

    data: Dataset
    settings: CampaignsSettings
    campaigns: pd.DataFrame
    strange: pd.DataFrame
    sales: bool

    @property
    def names(self) -> dict[str, str]:
        """Campaign → the name a reader knows it by."""
        return {str(r.campaign_id): str(r.name) if isinstance(r.name, str) else str(r.campaign_id)
                for r in self.campaigns.itertuples(index=False)}

    @property
    def places(self) -> dict[str, int]:
        """Segment → its place in the order of the map of segments."""
        return {code: place for place, code in enumerate(segments(self.data.settings.rfm.segment_map))}

    @property
    def asked(self) -> dict[str, Any]:
        """Values that the statements ask for."""
        one = self.settings
        return {"control_arm": one.control_arm, "cap_days": one.cap_days, "prior_days": one.prior_days,
                "double_days": one.double_days, "staff_days": one.staff_days, "doubles_from": self.data.start,
                "window_days": one.window_days, "purpose": self.data.settings.privacy.contact_purpose}

    def query(self, name: str, **params: Any) -> pd.DataFrame:
        """Return the rows of a statement of the page."""
        return self.data.query(name, **self.asked, **params)

    def select(self, kinds: Sequence[str], ids: Sequence[str] | None = None) -> None:
        """Let the statements see the windows of campaigns of some kinds only."""
        chosen = self.campaigns[self.campaigns["kind_of"].isin(kinds)]
        chosen = chosen if ids is None else chosen[chosen["campaign_id"].isin(list(ids))]
        self.data.engine.register("campaign_windows", windows(chosen))



def named(tables: Mapping[str, Table], found: Ground) -> dict[str, Table]:
    """Return the same tables, in which pages write a campaign's name instead of its code."""
    return {key: replace(one, names={"campaign": found.names}) if "campaign" in one.columns else one
            for key, one in tables.items()}

def prepared(data: Dataset, settings: CampaignsSettings) -> Ground:
    """Return the campaigns that began in the latest months, with everything statements need registered."""
    import pandas as pd

    data.engine.register("campaign_clock", clock(data))
    data.engine.register("campaign_parts", parts(data.settings.trends.day_parts))
    listed = data.query("campaigns_list", control_arm=settings.control_arm)
    strange = dated(listed, settings, data.as_of)
    earliest = data.at(months.shift(data.month, 1 - settings.months)).start
    recent = [s is not None and earliest <= s < data.as_of for s in strange["start_on"]]
    told = strange[np.array(recent, dtype=bool)]
    told = told.sort_values(["start_on", "campaign_id"], ascending=[False, True], ignore_index=True)
    sales = not data.missing(("order_lines", "orders"))
    ends = [_before(day, data) if sales else None for day in told["start_on"]]
    told = told.assign(month_end=pd.Series(ends, index=told.index, dtype="object"))
    _segments(data, {end for end in ends if end is not None})
    found = Ground(data, settings, told, strange, sales)
    found.select((ARMS, LIST, READY, EVERYONE))
    return found


def dated(listed: pd.DataFrame, settings: CampaignsSettings, as_of: date) -> pd.DataFrame:
    """Return the campaigns with first and last day (None where nothing tells them), state, and kind of list."""
    import pandas as pd

    rows = listed.to_dict("records")
    starts = [_day(r["starts_on"]) or _day(r["first_sent"]) or (as_of - DAY if r["outcome_people"] else None)
              for r in rows]
    ends = [_end(r, start, settings) for r, start in zip(rows, starts, strict=True)]
    # Results that come ready-made are told by those who waited for them.
    state = ["unknown" if end is None else "over" if end < as_of or r["outcome_people"] else "running"
             for r, end in zip(rows, ends, strict=True)]
    return listed.assign(start_on=pd.Series(starts, index=listed.index, dtype="object"),
                         end_on=pd.Series(ends, index=listed.index, dtype="object"), state=state,
                         kind_of=[_kind(r) for r in rows])


def _kind(row: dict[str, Any]) -> str:
    if row["outcome_people"]:
        return READY
    if row["people"]:
        return ARMS if row["groups"] + (row["held"] > 0) > 1 else LIST
    return EVERYONE


def _end(row: dict[str, Any], start: date | None, settings: CampaignsSettings) -> date | None:
    """Return the last day: the campaign's own, else so many days after its last send."""
    if start is None:
        return None
    last = _day(row["ends_on"])
    if last is not None and last >= start:
        return last
    return max(start, _day(row["last_sent"]) or start) + timedelta(days=settings.window_days - 1)


def _day(value: Any) -> date | None:
    if value is None or value != value:
        return None
    return value.date() if hasattr(value, "date") else value


def windows(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return a row per campaign and stretch: 0 the campaign itself, -1 the stretch of equal length before it, …."""
    import pandas as pd

    rows = []
    for one in chosen.itertuples():
        length = one.end_on - one.start_on + DAY
        rows += [(one.campaign_id, n, one.start_on + n * length, one.end_on + n * length, one.month_end, one.kind_of)
                 for n in range(-BEFORE, 1)]
    frame = pd.DataFrame(rows, columns=list(WINDOWS))
    return frame.astype({"campaign_id": "str", "window_no": "int64", "design": "str"}).assign(
        **{c: pd.to_datetime(frame[c]).astype(STAMP) for c in ("first_on", "last_on", "month_end")})


def clock(data: Dataset) -> pd.DataFrame:
    """Return the local day and hour of every hour of the latest years: utc_day, utc_hour, local_day, local_hour."""
    import pandas as pd

    time = data.settings.time
    zone, cutoff = ZoneInfo(time.business_tz), timedelta(hours=time.day_cutoff_hour)
    moments = pd.date_range(date(data.as_of.year - CLOCK_YEARS, 1, 1), data.as_of + 2 * DAY, freq="h", tz="UTC")
    local = moments.tz_convert(zone)
    days = {"utc_day": moments, "local_day": local - cutoff}
    hours = {"utc_hour": moments.hour.astype("int64"), "local_hour": local.hour.astype("int64")}
    return pd.DataFrame({**{name: day.tz_localize(None).normalize().astype(STAMP) for name, day in days.items()},
                         **hours})


def parts(starts: Sequence[int]) -> pd.DataFrame:
    """Return the part of the day of each hour, from the hours at which the parts begin."""
    import pandas as pd

    named = [PARTS[max((i for i, start in enumerate(starts) if start <= hour), default=len(starts) - 1)]
             for hour in range(24)]
    return pd.DataFrame({"hour": pd.Series(range(24), dtype="int64"), "part": named})


def _before(day: date, data: Dataset) -> date | None:
    """Return the last day of the month before a day, where the data reach back to it."""
    closing = data.settings.calendar.closing_day
    month = months.shift(months.month_of(day, closing), -1)
    if not data.at(month).covered:
        return None
    return months.period(month, closing).end - DAY


def _segments(data: Dataset, ends: set[date]) -> None:
    """Make the relation ``segment_history`` of these month ends: month_end, customer_key, rfm_segment."""
    closing = data.settings.calendar.closing_day
    seen = {end: data.at(months.month_of(end, closing)) for end in sorted(ends)}
    kept = [f"SELECT CAST({literal(end.isoformat())} AS DATE) AS month_end, customer_key, rfm_segment "
            f"FROM read_parquet({literal(str(snapshots.snapshot(then)))})" for end, then in seen.items()]
    none = ("SELECT CAST(NULL AS DATE) AS month_end, CAST(NULL AS VARCHAR) AS customer_key, "
            "CAST(NULL AS VARCHAR) AS rfm_segment WHERE FALSE")
    data.engine.execute("CREATE OR REPLACE TEMP VIEW segment_history AS " + " UNION ALL ".join(kept or [none]))

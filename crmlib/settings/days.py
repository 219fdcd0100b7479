"""Settings of time: the calendar, the days the shop is open, and when a business day ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, ClassVar

from pydantic import model_validator

from crmlib.settings.base import Model, Words
from crmlib.settings.fields import Day, IsText, IsWhole, Name, doc, wrong
from crmlib.settings.kinds import Weekday, Zone


class Event(Model):
    """Something of the shop's own that moves sales: a fair, a rebuild, a typhoon."""

    name: Words = doc(..., "行事の名前。", "What it was.", example="創業祭")
    start: Day = doc(..., "最初の日。", "First day.", example="2026-10-01")
    end: Day | None = doc(None, "最後の日。省くと一日だけです。", "Last day; one day where left out.",
                          example="2026-10-07")
    kind: Name = doc("event", "種類(event、sale、closure、weather など)。", "Kind: event, sale, closure, weather, …")

    @model_validator(mode="after")
    def _order(self) -> Event:
        if self.end is not None and self.end < self.start:
            raise wrong("end_before_start", key="end", of=("start", "end"))
        return self


class Closure(Model):
    """Days on which the shop is closed."""

    SHORT: ClassVar[str] = "start"
    start: Day = doc(..., "休みの最初の日。", "First day closed.", example="2026-12-31")
    end: Day | None = doc(None, "休みの最後の日。省くと一日だけです。", "Last day closed; one day where left out.",
                          example="2027-01-03")

    @model_validator(mode="after")
    def _order(self) -> Closure:
        if self.end is not None and self.end < self.start:
            raise wrong("end_before_start", key="end", of=("start", "end"))
        return self

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the closure."""
        length = ((self.end or self.start) - self.start).days + 1
        return tuple(self.start + timedelta(days=n) for n in range(length))


class Calendar(Model):
    """Months, holidays and the days the shop is open."""

    fiscal_year_start: Annotated[int, IsWhole(1, 12)] = doc(
        4, "会計年度が始まる月。", "The month the fiscal year starts in.")
    closing_day: Annotated[int, IsWhole(1, 28)] | None = doc(
        None, "締め日(20 なら毎月20日締め)。null は月末締め。",
        "The day a month ends on (20: from the 21st to the 20th); null is the calendar month.", example=20)
    country: Annotated[str, IsText(r"[A-Z]{2}", "JP")] | None = doc(
        "JP", "祝日を数える国(ISO 3166 の2文字)。null は祝日なし。",
        "The country whose public holidays count (ISO 3166, two letters); null for none.")
    payday: Annotated[int, IsWhole(1, 31)] | None = doc(
        25, "給料日。休みの日にあたる月は、その前の平日と数えます。null なら見ません。日本の店でだけ使います。",
        "The day wages come (the working day before it where it is a day off); null for none. Used in Japan only.")
    closed_weekdays: tuple[Weekday, ...] = doc(
        (), "定休日の曜日。月〜日、mon〜sun、または 1(月)〜7(日)。",
        "Weekdays the shop is closed: mon … sun, or 1 (Monday) … 7.", example=["wed"])
    closed: tuple[Closure, ...] = doc(
        (), "臨時休業や年末年始の休み。日付か {start, end}。",
        "Other days closed: a date, or {start, end}.",
        example=[{"start": "2026-12-31", "end": "2027-01-03"}, "2026-08-13"])
    events: tuple[Event, ...] = doc(
        (), "売上を動かした店の行事。グラフに印が付きます。", "The shop's own events; charts mark them.",
        example=[{"name": {"ja": "創業祭", "en": "Anniversary fair"}, "start": "2026-10-01", "end": "2026-10-07",
                  "kind": "sale"}])

    @property
    def closed_days(self) -> frozenset[date]:
        """Every day of ``closed``."""
        return frozenset(day for closure in self.closed for day in closure.days)


class Time(Model):
    """How a time in the data becomes a business day."""

    source_tz: Zone = doc("Asia/Tokyo", "データの時刻のタイムゾーン。", "Time zone of the times in the data.")
    business_tz: Zone = doc("Asia/Tokyo", "店のタイムゾーン。", "Time zone of the shop.")
    day_cutoff_hour: Annotated[int, IsWhole(0, 23)] = doc(
        0, "この時刻より前は前日の営業とみなします(深夜5時まで営業なら 5)。",
        "Times before this hour belong to the day before (5 for a bar open until five).")

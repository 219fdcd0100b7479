"""Settings of the trends page."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crmlib.settings.base import Model, Words
from crmlib.settings.fields import Code, Count, IsNumber, IsWhole, doc, wrong

MOST_STEPS = 8


class Funnel(Model):
    """A path through site or app: steps in their order, within a time."""

    name: Words = doc(..., "ファネルの名前。", "Name of the path.", example={"ja": "注文まで", "en": "To the order"})
    steps: Annotated[tuple[Code, ...], Field(min_length=2, max_length=MOST_STEPS)] = doc(
        ..., "events の種別を、歩む順に(2〜8)。同じ種別を二度並べると、二度目も要ります。",
        "Types of events in their order (2 to 8); a type named twice has to happen twice.",
        example=["view", "cart", "order"])
    window_days: Count = doc(7, "最初の一歩から、この日数のうちに。", "Within so many days of the first step.")
    per: Literal["user", "session"] = doc(
        "user", "人ごと(user)か、訪問ごと(session)か。", "Counted by visitor (user) or by session.")


class Conversion(Model):
    """A change that takes its time, such as from trial to paid."""

    name: Words = doc(..., "移り変わりの名前。", "Name of the change.",
                      example={"ja": "お試しから有料へ", "en": "Trial to paid"})
    start: Code = doc(..., "始まりの種別。", "Type of event it begins with.", example="trial")
    end: Code = doc(..., "終わりの種別。", "Type of event it ends with.", example="paid")


class TrendsSettings(Model):
    """How far back charts look, and when a season can be spoken of."""

    months_shown: Annotated[int, IsWhole(2)] = doc(
        25, "月次グラフに出す月数。表には全部の月があります。",
        "Months in the monthly chart; the table holds all of them.")
    cohort_months: Annotated[int, IsWhole(2)] = doc(
        13, "コホート図に出す初回購入月の数。表には全部あります。",
        "First-purchase months in the cohort chart; the table holds all of them.")
    conversion_days: Annotated[tuple[Count, ...], Field(min_length=1)] = doc(
        (90, 180, 365), "F2転換率の期間(日)。",
        "Days within which a first buyer's second purchase counts (F2 conversion).")
    seasonal_years: Annotated[int, IsWhole(2)] = doc(
        2, "季節指数を出すのに要る年数。", "Full years needed before a seasonal index is shown.")
    next_purchase_share: Annotated[float, IsNumber(0.1, 0.95, exact=False)] = doc(
        0.5, "「次に買いそうな期間」に入る見込み。0.5 なら二人に一人がその期間に買う幅です。",
        "Share of customers whose next purchase should fall into the window told for them.")
    day_parts: Annotated[tuple[Annotated[int, IsWhole(0, 23)], ...], Field(min_length=5, max_length=5)] = doc(
        (5, 11, 14, 17, 21), "朝・昼・午後・夕方・夜が始まる時刻。",
        "Hours at which morning, midday, afternoon, evening and night begin.")
    session_minutes: Count = doc(
        30, "サイトやアプリで、この分数より長く動きがなければ、次の訪問とみなします。",
        "After more minutes than this without a trace, a visitor's next one begins a new session.")
    funnel_months: Count = doc(
        3, "ファネルに使う月数(対象月まで)。", "Months behind the funnels, the report's month included.")
    funnels: tuple[Funnel, ...] | None = doc(
        None,
        "サイトやアプリの歩み。events の種別を順に並べます。"
        "null は visit、view、cart、checkout、order のうちデータにあるもの。",
        "Paths through site or app, as types of events in order; null takes those of visit, view, cart, checkout and "
        "order that are in the data.",
        example=[{"name": {"ja": "注文まで", "en": "To the order"}, "steps": ["view", "cart", "order"],
                  "window_days": 7, "per": "user"}])
    conversions: tuple[Conversion, ...] | None = doc(
        None, "お試しから有料へ、のような移り変わり。null は、trial と paid がデータにあればそれ。",
        "Changes such as from trial to paid; null takes trial and paid where both are in the data.",
        example=[{"name": {"ja": "お試しから有料へ", "en": "Trial to paid"}, "start": "trial", "end": "paid"}])

    anomaly_z: Annotated[float, IsNumber(2, 20, exact=False)] = doc(
        4.0, "ふだんのばらつきの何倍離れた日を「ふだんと違う日」とするか。",
        "How many times the usual spread a day must lie away to stand out.")

    @model_validator(mode="after")
    def _parts_of_a_day(self) -> TrendsSettings:
        if any(later <= earlier for earlier, later in pairwise(self.day_parts)):
            raise wrong("not_rising", key="day_parts")
        return self

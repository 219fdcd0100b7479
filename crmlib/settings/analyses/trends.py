"""Settings of the trends page."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from crmlib.settings.base import Model
from crmlib.settings.fields import Count, IsWhole, doc


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

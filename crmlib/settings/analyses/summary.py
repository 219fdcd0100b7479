"""Settings of the first page."""

from __future__ import annotations

from typing import Annotated

from crmlib.settings.base import Model
from crmlib.settings.fields import IsWhole, doc
from crmlib.settings.kinds import FactKey


class SummarySettings(Model):
    """What stands on the month's first page."""

    facts: tuple[FactKey, ...] = doc(
        ("customers.sales", "customers.active", "customers.average_order", "customers.new", "customers.repeat_rate",
         "satisfaction.nps_one_per_person"),
        "最初に見せる数字。分析名.名前。データのないものは飛ばします。",
        "Figures shown first, as analysis.name; one without data is left out.")
    max_actions: Annotated[int, IsWhole(0, 20)] = doc(
        5, "「今月の打ち手」に並べる数の上限。", "How many actions are listed, at most.")

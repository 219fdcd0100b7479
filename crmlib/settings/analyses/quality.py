"""Settings of the quality page: when data is good enough to publish."""

from __future__ import annotations

from typing import Literal

from crmlib.settings.base import Model
from crmlib.settings.fields import Count, Share, doc


class QualitySettings(Model):
    """Limits data must keep; a breach is said on the page and may stop the report."""

    max_quarantined_share: Share = doc(
        0.05, "読めずに隔離した行の割合の上限。超えると on_breach に従います。",
        "Largest share of rows that could not be read and were set aside; beyond it on_breach decides.")
    max_missing_share: Share = doc(
        0.3, "列の空欄の割合の上限。超えた列はページで知らせます。",
        "Largest share of empty cells in a column; the page names columns beyond it.")
    stale_after_months: Count = doc(
        24, "顧客の情報が更新されずこの月数を過ぎたら古いとみなします。",
        "Customer details not updated for more months than this are stale.")
    max_silent_days: Count = doc(
        3, "営業日なのに売上のない日がこの日数を超えて続いたら知らせます。",
        "More open days in a row than this without a sale are pointed out.")
    control_tolerance: Share = doc(
        0.0, "control_totals とのずれをこの割合まで一致とみなします。",
        "Differences from control_totals up to this share count as agreement.")
    on_breach: Literal["stop", "warn"] = doc(
        "stop", "上限を超えたとき、発行をやめる(stop)か、知らせて続ける(warn)か。",
        "When a limit is passed: stop publishing, or warn and go on.")

"""Settings of the quality page: when data is good enough to publish."""

from __future__ import annotations

from typing import Literal

from crmlib.settings.base import Model, Words
from crmlib.settings.fields import Count, Month, Share, doc


class Accepted(Model):
    """A limit that was passed, and published all the same: which, in which month, and why."""

    check: Literal["quarantined_share"] = doc(
        "quarantined_share", "超えた上限。", "The limit that was passed.")
    month: Month | None = doc(
        None, "認める月。省くと、毎月認めます。", "The month it is accepted for; every month where left out.",
        example="2026-10")
    reason: Words = doc(
        ..., "認める理由。ページに出ます。", "Why it is accepted; printed on the page.",
        example={"ja": "旧POSの最後の月のため", "en": "Last month of the old till"})


class QualitySettings(Model):
    """Limits data must keep; a breach is said on the page and may stop the report."""

    max_quarantined_share: Share = doc(
        0.05, "読めずに隔離した行の割合の上限。超えると on_breach に従います。",
        "Largest share of rows that could not be read and were set aside; beyond it on_breach decides.")
    max_missing_share: Share = doc(
        0.3, "列の空欄の割合の上限。超えた列はページで知らせます。",
        "Largest share of empty cells in a column; the page names columns beyond it.")
    max_contradicting_share: Share = doc(
        0.01, "食い違いのある記録の割合の上限。超えた決まりはページで知らせます。",
        "Largest share of records that contradict themselves; the page points out rules broken more often.")
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
    accept: tuple[Accepted, ...] = doc(
        (), "上限を超えても発行すると決めた月と、その理由。ページに理由が出ます。",
        "Months to publish though a limit is passed, and why; the page prints the reason.",
        example=[{"check": "quarantined_share", "month": "2026-10", "reason": "旧POSの最後の月のため"}])

    def accepted(self, check: str, month: str) -> Accepted | None:
        """Return the decision that accepts a breach in a month, or None."""
        return next((one for one in self.accept if one.check == check and one.month in (None, month)), None)

"""What of a wide table stands on the page; the whole of it is in its file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.result import Result, Table

#: Table → the columns a reader needs.
READ = {
    "summary": ("name", "channel", "start_on", "state", "sent", "delivered", "answered", "response_rate", "low", "high",
                "redeemed", "opted_out"),
    "effects": ("name", "arm", "control", "outcome", "verdict", "effect", "low", "high", "p_holm", "n_arm", "n_control",
                "design", "unit"),
    "refused": ("name", "n_arm", "n_control", "reason"),
    "returns": ("name", "arm", "n_arm", "sales", "low", "high", "cost", "profit", "profit_low", "profit_high",
                "roi"),
    "fatigue": ("by", "level", "contacts", "rate", "low", "high", "opt_out_rate", "opt_out_low", "opt_out_high")}
#: Why groups cannot be compared stands with the campaigns that cannot be told.
COMPARED = ("other_campaigns", "alike_before", "enough_people", "enough_history", "placebo")


def read(result: Result, name: str) -> Table | None:
    """Return a table with the columns of ``READ``; of ``effects`` what is told, of ``refused`` what is not.

    Of ``checks``, only what failed in the records. Columns without a single value are left out, and those that another
    column says already.
    """
    table = result.tables.get("effects" if name == "refused" else name)
    if table is None:
        return None
    frame = table.frame
    if name in ("effects", "refused"):
        frame = frame[(frame["design"] == "none") == (name == "refused")]
    if name == "checks":
        frame = frame[(frame["state"] == "failed") & ~frame["check"].isin(COMPARED)]
    if frame.empty:
        return None
    if name == "summary":
        frame = _told_once(frame)
    if name == "refused":  # nobody was counted where the records do not reach back
        frame = frame.assign(n_control=frame["n_control"].where(frame["n_control"] > 0).astype("Int64"))
    kept = [column for column in READ.get(name, tuple(frame.columns))
            if column in frame and frame[column].notna().any()]
    return replace(table, frame=frame[kept].reset_index(drop=True), name=name,
                   columns={column: table.columns[column] for column in kept})


def _told_once(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out what was sent where deliveries are recorded, and redeemed coupons where these are all answers."""
    delivered = bool(frame["delivered"].notna().equals(frame["sent"].notna()))
    left_out = {"sent": delivered, "redeemed": bool(frame["redeemed"].equals(frame["answered"]))}
    return frame.drop(columns=[name for name, out in left_out.items() if out])

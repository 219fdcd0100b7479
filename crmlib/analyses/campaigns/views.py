"""What of a wide table stands on the page; the whole of it is in its file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlib.result import Result, Table

#: Table → the columns a reader needs.
READ = {
    "summary": ("name", "channel", "start_on", "state", "delivered", "answered", "response_rate", "low", "high",
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

    Of ``checks``, only what failed in the records. Columns without a single value are left out.
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
    kept = [column for column in READ.get(name, tuple(frame.columns)) if frame[column].notna().any()]
    return replace(table, frame=frame[kept].reset_index(drop=True), name=name,
                   columns={column: table.columns[column] for column in kept})

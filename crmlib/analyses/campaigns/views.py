"""What of a wide table stands on the page; the whole of it is in its file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmlib.part import COUNT

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.result import Result, Table

#: Table → the columns a reader needs.
READ = {
    "summary": ("name", "channel", "start_on", "state", "sent", "delivered", "answered", "response_rate", "low", "high",
                "redeemed", "opted_out"),
    "effects": ("name", "arm", "control", "outcome", "verdict", "effect", "low", "high", "p_holm", "n_arm", "n_control",
                "design", "unit"),
    "refused": ("reason", "campaigns", "name"),
    "returns": ("name", "arm", "n_arm", "sales", "low", "high", "cost", "profit", "profit_low", "profit_high",
                "roi"),
    "fatigue": ("by", "level", "contacts", "rate", "low", "high", "opt_out_rate", "opt_out_low", "opt_out_high")}
#: So many campaigns are named beside a reason they share; all of them are in the file.
NAMED, BETWEEN = 6, " / "
#: Why groups cannot be compared stands with the campaigns that cannot be told.
COMPARED = ("other_campaigns", "alike_before", "enough_people", "enough_history", "placebo")


def read(result: Result, name: str) -> Table | None:
    """Return a table with the columns of ``READ``; of ``effects`` what is told, of ``refused`` what is not, by reason.

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
    if name == "refused":
        table, frame = replace(table, columns={**table.columns, "campaigns": COUNT}), _by_reason(frame)
    kept = [column for column in READ.get(name, tuple(frame.columns))
            if column in frame and frame[column].notna().any()]
    # A campaign stands by its name here: what is hidden with a few is sought among the rows of that name alone.
    within = tuple(column if column in kept else "name" for column in table.within)
    return replace(table, frame=frame[kept].reset_index(drop=True), name=name, within=within,
                   columns={column: table.columns[column] for column in kept})


def _by_reason(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each reason: reason, campaigns that share it (most first), name (of the first of them)."""
    once = frame.drop_duplicates(["campaign", "reason"]).groupby("reason", sort=True)["name"]
    rows = once.agg(campaigns="size", name=_listed).reset_index()
    return rows.sort_values(["campaigns", "reason"], ascending=[False, True], ignore_index=True)


def _listed(names: pd.Series) -> str:
    return BETWEEN.join([*names.head(NAMED), *(["…"] if len(names) > NAMED else [])])


def _told_once(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out what was sent where deliveries are recorded, and redeemed coupons where these are all answers."""
    delivered = bool(frame["delivered"].notna().equals(frame["sent"].notna()))
    left_out = {"sent": delivered, "redeemed": bool(frame["redeemed"].equals(frame["answered"]))}
    return frame.drop(columns=[name for name, out in left_out.items() if out])

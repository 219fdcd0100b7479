"""What the page says in sentences, and which of them open it: the answer, and the few that matter most this month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.customers import months

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

#: So many times the usual number, and a month is worth a sentence of its own.
FAR = 3
#: Of fewer months none is usual.
FEWEST_MONTHS = 4
Note = tuple[str, Mapping[str, Any]]
#: Sentences a page opens with at most, the answer among them.
MOST = 5
#: Without these the numbers would be misread.
NEEDED = ("headline", "nobody", "partial", "accounts_unit", "short_history")


def opening(notes: Sequence[Note]) -> tuple[str, ...]:
    """Return the keys of the sentences to open with, the weightiest of this month after those nobody may miss."""
    needed = [key for key, _ in notes if key in NEEDED]
    rest = [(weight(key, values), -place, key) for place, (key, values) in enumerate(notes) if key not in NEEDED]
    told = [key for heavy, _, key in sorted(rest, reverse=True) if heavy > 0]
    return tuple([*needed, *told][:MOST])


def weight(key: str, values: Mapping[str, Any]) -> float:
    """Return how much a sentence matters this month: 0 not at all, 1 as a rule, more where it is far from usual."""
    if key in ("base_more", "base_fewer", "base_same"):
        return 1.5
    if key == "losing":
        return 2.0
    if key == "overdue":
        return 1.0 + _share(values["customers"], values["of"])
    if key == "guests":
        return 2 * _share(values["guest_sales"], values["sales"]) + (0.0 if values["guest_sales"] else -1.0)
    if key == "top_decile":
        return 2 * float(values["share"])
    return {"lost_peak": 0.9, "kpi": 0.6, "no_cost": 0.0}.get(key, 0.0)


def _share(part: Any, whole: Any) -> float:
    return float(part) / float(whole) if whole and whole > 0 else 0.0


def notes(data: Dataset, found: months.History, headline: Mapping[str, Any], coverage: pd.DataFrame
          ) -> tuple[Note, ...]:
    """Return the answer in one sentence, and what the reader should know of it."""
    now, days = found.of("this"), data.settings.customers.lost_after_days
    values = {**headline, "month": data.month, "days": days, "guests": int(now["guest_orders"])}
    said = [("headline" if now["active"] else "nobody", values), base_note(now, days)]
    if data.accounts:
        said.append(("accounts_unit", {}))
    if now["known_orders"]:
        values = values | {"known_sales": data.money(int(now["known_sales"])), "each": months.ratio(
            int(now["known_orders"]), int(now["active"])), "spent": data.money(
            months.average(int(now["known_sales"]), int(now["known_orders"])))}
        said.append(("kpi", values))
    if now["guest_orders"]:
        said.append(("guests", values | {"guest_sales": data.money(int(now["guest_sales"]))}))
    said.extend(peak(data, found.months))
    if data.oldest is not None and data.oldest > data.start - timedelta(days=days):
        said.append(("short_history", {"oldest": data.oldest, "days": days}))
    if data.period.partial:
        said.append(("partial", {"last": data.as_of - timedelta(days=1)}))
    return (*said, *coverage_notes(coverage))


def base_note(now: dict[str, Any], days: int) -> tuple[str, dict[str, Any]]:
    """Return how many still buy here, and whether they became more."""
    step = int(now["base"] - now["base_before"])
    key = "base_more" if step > 0 else "base_fewer" if step < 0 else "base_same"
    return key, {"base": int(now["base"]), "step": abs(step), "days": days}


def peak(data: Dataset, rows: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Return the month in which far more were lost than in the others, if there was one.

    Months count from when on somebody could be lost: so many days after the data begin.
    """
    since = (data.oldest or data.start) + timedelta(days=data.settings.customers.lost_after_days)
    lost = rows[[data.at(str(ym)).start >= since for ym in rows["ym"]]].set_index("ym")["lost"]
    if len(lost) < FEWEST_MONTHS:
        return []
    usual, most = float(lost.median()), int(lost.max())
    if usual <= 0 or most < FAR * usual:
        return []
    month = str(lost.idxmax())
    # Those lost in a month bought last within the month that lies lost_after_days before it.
    middle = date.fromisoformat(f"{month}-15") - timedelta(days=data.settings.customers.lost_after_days)
    return [("lost_peak", {"month": month, "lost": most, "usual": usual, "last": middle})]


def coverage_notes(coverage: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Return for whom the least known attribute speaks, or that there is none."""
    if coverage.empty:
        return [("no_attributes", {})]
    known = coverage[(coverage["known"] == "yes") & (coverage["share"] < 1)]
    if known.empty:
        return []
    least = known.sort_values(["share", "attribute"]).iloc[0]
    share = least["sales_share"]
    values = {"attribute": least["attribute"], "share": float(least["share"])}
    return [("coverage", values | {"sales_share": float(share)}) if share == share else ("coverage_only", values)]

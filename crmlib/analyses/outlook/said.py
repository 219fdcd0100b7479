"""What may be said of a forecast: first how good it was, then what it expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.analyses.outlook.tables import quiet
from crmlib.methods.btyd import MBG

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.outlook.coming import Totals
    from crmlib.analyses.outlook.histories import Known
    from crmlib.analyses.outlook.models import Fitted
    from crmlib.analyses.outlook.proof import Proof
    from crmlib.analyses.outlook.worth import Worth
    from crmlib.dataset import Dataset
    from crmlib.methods.btyd import Leaving
    from crmlib.settings import OutlookSettings

#: More regular than this, purchases are no matter of chance any more.
REGULAR = 2.0
#: Misses closer than this are told as the same.
TOLD = 0.01
#: Groups an order of contact is divided into; ties that reach over whole groups leave fewer.
TENTHS = 10
#: A new customer's value by the model this far from what came is said to be.
APART = 0.25


#: Sentences that say how the forecast was made and whom it leaves out: they stand in the sections they belong to.
PROOF = ("chosen_closer", "chosen_alike", "chosen_likelier", "money_proved", "money_guess_as_good")
ORDER = ("rank_by_model", "rank_by_plain", "rank_alike", "rank_ties")
LEAVING = ("leaving_untold",)
COMING = ("yearly", "contracts_apart", "in_sales", "in_profit", "spend_depends")
WORTH = ("ltv_apart",)


def opening(told: Sequence[tuple[str, Any]]) -> tuple[str, ...]:
    """Return the keys of the sentences to open with: what is expected, how sure that is, and what speaks against it."""
    apart = {*PROOF, *ORDER, *COMING, *LEAVING, *WORTH}
    return tuple(key for key, _ in told if key not in apart)


@dataclass(frozen=True)
class Story:
    """Everything the page tells of the coming purchases.

    Attributes
    ----------
    fits, trained : dict of str to Fitted
        Both models, fitted to all that is known and to what was known at the start of the hold-back.
    season : float
        How far the season lifts the days ahead; 1 where it is not known.
    horizon : int
        Days ahead that are forecast and proved.
    leaving : btyd.Leaving
        Whether the records tell that customers leave; where they do not, nobody is counted as being there or gone.
    newcomer : dict
        What a new customer brought (see ``cohorts.newcomer``).
    """

    now: Known
    before: Known
    fits: dict[str, Fitted]
    fit: Fitted
    proof: Proof
    trained: dict[str, Fitted]
    totals: Totals
    worth: Worth
    regularity: float | None
    yearly: int
    peaks: tuple[int, ...]
    season: float
    horizon: int
    leaving: Leaving
    newcomer: dict[str, Any]


def notes(story: Story, data: Dataset, settings: OutlookSettings,
          ltv: pd.DataFrame) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return the answer, how far it can be trusted, and whom it does not fit."""
    values = figure_values(story) | {"horizon": settings.horizon_days}
    month = story.totals.orders[30]
    lines = [("headline", values | {
        "expected": round(month.expected), "low": round(month.low), "high": round(month.high)}),
             *_chosen(story),
             ("proved" if story.proof.beats_guessing else "guess_as_good", values),
             *_money(story, data),
             *_order(story),
             *tied(story.proof.lift)]
    if not story.leaving.told:
        lines += [("leaving_open", {}), ("leaving_untold", {"days": _span(data)})]
    if story.peaks:
        lines.append(("peaks", {"month": str(story.peaks[0])}))
    if story.regularity is not None and story.regularity >= REGULAR:
        lines.append(("regular", {"k": story.regularity}))
    if story.yearly:
        lines.append(("yearly", {"customers": story.yearly}))
    if story.now.contract:
        lines.append(("contracts_apart", {"customers": story.now.contract}))
    lines += _apart(data, ltv)
    if story.worth.alike is not None and abs(story.worth.alike) > 0.3:
        lines.append(("spend_depends", {"alike": story.worth.alike}))
    return (*lines, ("in_sales" if settings.margin is None else "in_profit", {"margin": settings.margin}))


def _apart(data: Dataset, ltv: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Say where new customers bring much more, or less, than the model expects."""
    if "modelled" not in ltv or not len(ltv):
        return []
    age, seen, modelled = (round(ltv[name].iloc[-1]) for name in ("age_months", "per_customer", "modelled"))
    if abs(modelled - seen) <= APART * abs(seen):
        return []
    return [("ltv_apart", {"months": age, "seen": data.money(seen), "modelled": data.money(modelled)})]


def _order(story: Story) -> list[tuple[str, dict[str, Any]]]:
    """Say which order of customers proved best for a list of a tenth of them, where any could."""
    proof, key = story.proof, {"model": "rank_by_model", "plain": "rank_by_plain", "alike": "rank_alike"}
    if proof.verdict not in key:
        return []
    model, plain = proof.order(proof.chosen), proof.order(proof.plain)
    return [(key[proof.verdict], {
        "order": proof.plain, "model_top": model["top_decile_share"], "plain_top": plain["top_decile_share"],
        "low": plain["apart_low"], "high": plain["apart_high"], "model_auc": _told(model["auc"]),
        "plain_auc": _told(plain["auc"]), "tested": proof.customers})]


def tied(lift: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Say why an order falls into fewer groups than ten, where ties reach over whole tenths."""
    return [("rank_ties", {"groups": len(lift)})] * (0 < len(lift) < TENTHS)


def _span(data: Dataset) -> int:
    return (data.as_of - data.oldest).days if data.oldest else 0


def _told(value: float) -> float | None:
    return None if value != value else value


def _chosen(story: Story) -> list[tuple[str, dict[str, Any]]]:
    """Say why this model, where another one was as possible."""
    other = next((m for m in story.trained if m != story.fit.model), None)
    misses = {m: story.proof.row(m)["mae"] for m in story.trained}
    if other is None or round(misses[story.fit.model], 6) > round(misses[other], 6):
        return []
    gap = abs(misses[story.fit.model] - misses[other])
    key = "chosen_likelier" if round(gap, 6) == 0 else "chosen_alike" if gap < TOLD else "chosen_closer"
    return [(key, {
        "model": story.fit.model, "other": other, "mae": misses[story.fit.model], "other_mae": misses[other]})]


def _money(story: Story, data: Dataset) -> list[tuple[str, dict[str, Any]]]:
    """Say how close the money of the hold-back was."""
    table, error = story.proof.money.set_index("method"), story.proof.money_error
    if error is None:
        return []
    actual = float(table["actual"].iloc[0])
    naive = {name: float(table.loc[name, "predicted"]) / actual - 1 for name in ("rate_continues", "same_again")}
    closer = abs(error) <= min(abs(one) for one in naive.values())
    return [("money_proved" if closer else "money_guess_as_good", {
        "predicted": data.money(int(table["predicted"].iloc[0])), "actual": data.money(int(actual)), "error": error,
        **naive})]


def figure_values(story: Story, least: int = 1) -> dict[str, Any]:
    """Return the numbers for titles and sentences."""
    row = story.proof.row(story.fit.model)
    naive = [story.proof.row(name)["predicted"] / row["actual"] - 1 if row["actual"] else None
             for name in ("rate_continues", "same_again")]
    lift = story.proof.lift
    top = float(lift["actual"].iloc[0]) / float(lift["actual"].sum()) if lift["actual"].sum() else None
    first = float(lift["customers"].iloc[0]) / float(lift["customers"].sum()) if len(lift) else None
    return {"predicted": round(row["predicted"] * story.proof.lifted), "actual": row["actual"],
            "error": story.proof.error,
            "rate_continues": naive[0], "same_again": naive[1], "order": story.proof.ranking,
            "model": story.fit.model, "top": top, "first": first, "times": lift["lift"].iloc[0] if len(lift) else None,
            "customers": len(story.now.frame), "tested": len(story.before.frame),
            **quiet(story.now, story.fits[MBG].alive(story.now), least),
            "segment": story.totals.segments["rfm_segment"].iloc[0],
            "clv_share": float(story.totals.segments["clv_share"].iloc[0])}

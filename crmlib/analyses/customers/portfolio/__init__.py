"""The buyers as a portfolio: by value, by stage, by rhythm, and by who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.analyses.customers.portfolio import crosstab, profile, rhythm, steps, value
from crmlib.dataset.segment_map import segments
from crmlib.result import Fact, Figure, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import CustomersSettings

#: So many days beyond the least, and somebody can be in the last class of all.
ROOM = 30
UNITS = {"top_decile_share": "ratio", "f2_rate_90d": "ratio", "f3_rate_90d": "ratio", "overdue": "customers",
         "prospects": "customers"}


@dataclass(frozen=True)
class Portfolio:
    """Buyers with their classes, and the tables made of them.

    Attributes
    ----------
    buyers : pandas.DataFrame
        Rows of ``customers_value`` with abc_class, cpm_class, overdue_ratio and rhythm.
    deciles : pandas.DataFrame
        Rows of ``customers_deciles``.
    """

    buyers: pd.DataFrame
    deciles: pd.DataFrame
    limits: value.Bounds
    steps: pd.DataFrame
    cross: pd.DataFrame
    profile: pd.DataFrame
    joined: pd.DataFrame

    @property
    def measures(self) -> pd.DataFrame:
        """One row per buyer for the restricted list."""
        return self.buyers[["customer_key", *MEASURES]]


def portfolio(data: Dataset, settings: CustomersSettings, year: int) -> Portfolio:
    """Return the portfolio of a month."""
    buyers = value.values(data)
    limits = value.bounds(buyers, data.query("customers_gaps"), settings, data.decimals)
    buyers = with_rhythm(buyers.assign(abc_class=value.abc(buyers), cpm_class=value.cpm_classes(buyers, limits)),
                         settings)
    people = data.query("customers_people").merge(buyers[["customer_key", *MEASURES]], on="customer_key", how="left")
    orders = {"rfm_segment": segments(data.settings.rfm.segment_map), "cpm_class": value.CODES, "rhythm": rhythm.CODES}
    return Portfolio(buyers, value.values(data, "customers_deciles"), limits,
                     steps.steps(data.query("customers_steps")),
                     crosstab.crosstab(people, settings, year, orders), profile.profile(people, settings, year),
                     rhythm.prospect_table(data.query("customers_prospects"), data.as_of))


def with_rhythm(buyers: pd.DataFrame, settings: CustomersSettings) -> pd.DataFrame:
    """Return buyers with their wait beside their own usual one."""
    timed = buyers.assign(overdue_ratio=value.overdue(buyers))
    return timed.assign(rhythm=rhythm.classes(timed, settings.lost_after_days))


def tables(held: Portfolio) -> dict[str, Table]:
    """Return the tables of the portfolio."""
    return {**value.tables(held.buyers, held.deciles), **steps.tables(held.steps),
            **rhythm.tables(held.buyers, held.joined), **crosstab.tables(held.cross),
            **profile.tables(held.profile)}


def figures(held: Portfolio, found: dict[str, Table]) -> dict[str, Figure]:
    """Return the charts of the portfolio."""
    return {**value.figures(found), **steps.figures(held.steps), **rhythm.figures(found),
            **crosstab.figures(held.cross)}


def headline(data: Dataset, buyers: pd.DataFrame, waits: pd.DataFrame) -> dict[str, Any]:
    """Return the key numbers of one month."""
    ranked = buyers[buyers["decile"].notna()]
    money = int(ranked["recent_money"].sum())
    top = int(ranked.loc[ranked["decile"] == 1, "recent_money"].sum())
    return {"top_decile_share": top / money if money else None,
            "f2_rate_90d": steps.rate(waits, "f2", steps.WINDOW), "f3_rate_90d": steps.rate(waits, "f3", steps.WINDOW),
            "overdue": int((buyers["rhythm"] == "overdue").sum())}


def facts(data: Dataset, held: Portfolio) -> tuple[Fact, ...]:
    """Return the key numbers with those of a month and a year ago."""
    sides = [headline(data, held.buyers, held.steps)]
    for earlier in (data.previous(1), data.previous(12)):
        if not earlier.covered:
            sides.append({})
            continue
        buyers = with_rhythm(value.values(earlier), earlier.settings.customers)
        sides.append(headline(earlier, buyers, steps.steps(earlier.query("customers_steps"))))
    ranges = {f"{code}_rate_90d": held.steps[(held.steps["purchase"] == code) & (held.steps["days"] == steps.WINDOW)]
              for code in steps.STEPS.values()}
    found = []
    for key, unit in list(UNITS.items())[:-1]:
        part = ranges.get(key)
        low, high, n = (None, None, None) if part is None or part.empty else (
            float(part["low"].iloc[0]), float(part["high"].iloc[0]), int(part["customers"].iloc[0]))
        now, before, ago = (side.get(key) for side in sides)
        found.append(Fact(key, now, unit, before, ago, low=low, high=high, n=n,
                          note="too_few_to_tell" if now is None else None))
    return (*found, *rhythm.facts(data, held.joined))


def notes(data: Dataset, held: Portfolio) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return what stands out: how much the top tenth carries, and who is overdue."""
    found = headline(data, held.buyers, held.steps)
    lines: list[tuple[str, dict[str, Any]]] = []
    if found["top_decile_share"] is not None:
        lines.append(("top_decile", {"share": found["top_decile_share"]}))
    lines.extend(rhythm.notes(held.buyers, held.joined, data))
    if len(held.buyers):
        lines.append(("cpm_limits", {"lapsed": round(held.limits.lapsed_after), "early": held.limits.early,
                                     "loyal": held.limits.loyal, "amount": data.money(round(held.limits.amount))}))
        lines.extend(_too_short(data, held.limits))
    return (*lines, *profile.notes(tables(held)))


def _too_short(data: Dataset, limits: value.Bounds) -> list[tuple[str, dict[str, Any]]]:
    """Say where the records hardly reach back far enough for anybody to have been among the best, and to have left."""
    needed = round(limits.loyal + limits.lapsed_after) + 1
    days = (data.as_of - data.oldest).days if data.oldest else 0
    return [("cpm_too_short", {"days": days, "needed": needed})] if days < needed + ROOM else []


MEASURES = ("decile", "abc_class", "cpm_class", "overdue_ratio", "rhythm")

"""Who is behind the answers: how many of those asked answered, and how they differ from all customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.satisfaction.answers import declared
from crmlib.methods.intervals import wilson
from crmlib.result import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings

STEPS = ("invited", "answered", "commented")
RECENCY = ("d030", "d090", "d180", "d365", "older", "never")
UNKNOWN, NEVER = "unknown", "never"
FUNNEL = {"step": "str", "n": "int64", "rate": "float64", "low": "float64", "high": "float64"}
WHO = {"attribute": "str", "level": "str", "customers": "int64", "respondents": "int64", "share": "float64",
       "share_respondents": "float64", "rate": "float64", "low": "float64", "high": "float64"}
WHO_COLUMNS = {"attribute": Column("code"), "level": Column("code"), "customers": Column("customers"),
               "respondents": Column("customers"), "share": Column("ratio"), "share_respondents": Column("ratio"),
               "rate": Column("ratio"), "low": Column("ratio"), "high": Column("ratio")}


def invited(data: Dataset) -> dict[str, int]:
    """Return the invitations of the month, those answered and those with a comment; empty where none was sent."""
    if not data.has("survey_invitations"):
        return {}
    row = data.query("satisfaction_funnel").iloc[0]
    found = {step: int(row[step]) for step in STEPS}
    return found if found["invited"] else {}


def funnel(found: dict[str, int], level: float) -> pd.DataFrame:
    """Return step, n, rate (of the invitations), low, high (Wilson)."""
    import pandas as pd

    rows = []
    for step in STEPS if found else ():
        low, high = wilson(found[step], found["invited"], level) or (None, None)
        ends = (None, None) if step == "invited" else (low, high)
        rows.append((step, found[step], found[step] / found["invited"], *ends))
    return pd.DataFrame(rows, columns=list(FUNNEL)).astype(FUNNEL)


def who(data: Dataset, settings: SatisfactionSettings) -> pd.DataFrame:
    """Return who answered this month beside who the known customers are.

    Returns
    -------
    pandas.DataFrame
        attribute (rank or recency), level, customers (known), respondents (of these, with a valid answer), share and
        share_respondents (of the attribute), rate (respondents ÷ customers), low, high (Wilson). An attribute that the
        shop does not have is left out.
    """
    import pandas as pd

    if not data.has("customers"):
        return nobody()
    found = data.query("satisfaction_coverage", tables=declared(settings))
    rows: list[tuple[Any, ...]] = []
    for attribute, empty in (("rank", UNKNOWN), ("recency", NEVER)):
        part = found[found["attribute"] == attribute]
        if (part["level"] != empty).any():
            rows += _levels(attribute, part, settings.confidence)
    return pd.DataFrame(rows, columns=list(WHO)).astype(WHO)


def _levels(attribute: str, part: pd.DataFrame, level: float) -> list[tuple[Any, ...]]:
    """Ranks by size, the unknown last; recency from the latest to never."""
    customers, respondents = int(part["customers"].sum()), int(part["respondents"].sum())
    place = {code: i for i, code in enumerate(RECENCY)} if attribute == "recency" else {}
    order = sorted(range(len(part)), key=lambda i: (
        part["level"].iloc[i] == UNKNOWN, place.get(part["level"].iloc[i], 0),
        0 if place else -int(part["customers"].iloc[i]), part["level"].iloc[i]))
    rows = []
    for code, n, told in part.iloc[order][["level", "customers", "respondents"]].itertuples(index=False):
        low, high = wilson(int(told), int(n), level) or (None, None)
        rows.append((attribute, code, int(n), int(told), int(n) / customers,
                     int(told) / respondents if respondents else None, int(told) / int(n), low, high))
    return rows


def skew(table: pd.DataFrame, shown: list[bool], level: float) -> dict[str, Any]:
    """Return the level whose share among the respondents lies furthest from its share of all customers.

    Only differences beyond chance count: the share of all customers must lie outside the Wilson interval of the
    respondents' share, at a level corrected for the number of rows looked at (Bonferroni). Rows not ``shown`` hold
    few people and are not spoken of. Empty without one.
    """
    worst: dict[str, Any] = {}
    strict = 1 - (1 - level) / max(len(table), 1)
    for attribute, part in table.assign(shown=shown).groupby("attribute", sort=False):
        n = int(part["respondents"].sum())
        for row in part[part["shown"]].itertuples():
            ends = wilson(int(row.respondents), n, strict)
            gap = 0.0 if ends is None or ends[0] <= row.share <= ends[1] else row.share_respondents - row.share
            if abs(gap) > abs(worst.get("gap", 0.0)):
                worst = {"attribute": str(attribute), "level": str(row.level), "share": float(row.share),
                         "share_respondents": float(row.share_respondents), "gap": float(gap)}
    return worst


def coverage_table(who: pd.DataFrame) -> Table:
    """Return the table with its units; each attribute's respondents add up to all of them."""
    return Table(who, WHO_COLUMNS, count="respondents", within=("attribute",))


def nobody() -> pd.DataFrame:
    """Return the table of ``who`` without a row."""
    import pandas as pd

    return pd.DataFrame(columns=list(WHO)).astype(WHO)

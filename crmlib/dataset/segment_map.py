"""Which RFM segment each of the 125 cells of scores belongs to: complete and exclusive, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError
from crmlib.settings.analyses.segment_map import CELLS, Cell, claims, named

if TYPE_CHECKING:
    import pandas as pd

#: segment, r from-to, f from-to, m from-to. f = 1 is a class of its own: bought once.
DEFAULT: tuple[tuple[str, tuple[int, int], tuple[int, int], tuple[int, int]], ...] = (
    ("champions", (5, 5), (4, 5), (3, 5)),
    ("champions", (4, 4), (5, 5), (3, 5)),
    ("loyal", (5, 5), (4, 5), (1, 2)),
    ("loyal", (4, 4), (5, 5), (1, 2)),
    ("loyal", (4, 4), (4, 4), (1, 5)),
    ("loyal", (3, 3), (4, 5), (1, 5)),
    ("growing", (4, 5), (2, 3), (1, 5)),
    ("new", (5, 5), (1, 1), (1, 5)),
    ("second_due", (4, 4), (1, 1), (1, 5)),
    ("needs_attention", (3, 3), (2, 3), (1, 5)),
    ("slipping_new", (3, 3), (1, 1), (1, 5)),
    ("cannot_lose", (1, 2), (4, 5), (4, 5)),
    ("at_risk", (1, 2), (4, 5), (1, 3)),
    ("at_risk", (2, 2), (2, 3), (1, 5)),
    ("dormant", (1, 1), (2, 3), (1, 5)),
    ("lost_once", (1, 2), (1, 1), (1, 5)),
)
#: The ten segments of R's package ``rfm`` 0.3.0 (vignette "RFM: customer level data"): the first that fits counts.
R_PACKAGE: tuple[tuple[str, tuple[int, int], tuple[int, int], tuple[int, int]], ...] = (
    ("champions", (5, 5), (5, 5), (5, 5)),
    ("potential_loyalist", (3, 5), (3, 5), (2, 5)),
    ("loyal", (2, 4), (2, 4), (2, 4)),
    ("promising", (3, 4), (1, 3), (3, 5)),
    ("new", (4, 5), (1, 3), (1, 5)),
    ("cannot_lose", (1, 2), (3, 4), (4, 5)),
    ("at_risk", (1, 2), (2, 5), (4, 5)),
    ("needs_attention", (1, 3), (3, 5), (3, 5)),
    ("about_to_sleep", (2, 3), (1, 3), (1, 4)),
    ("lost", (1, 1), (1, 5), (1, 5)),
)
OTHERS = "others"
#: What the segments of this workbook are in the flow of customers.
TIERS = {"champions": "best", "loyal": "best", "growing": "growing", "potential_loyalist": "growing",
         "new": "starting", "second_due": "starting", "promising": "starting", "needs_attention": "cooling",
         "slipping_new": "cooling", "about_to_sleep": "cooling", "cannot_lose": "slipping", "at_risk": "slipping",
         "dormant": "asleep", "lost_once": "asleep", "lost": "asleep"}
PROSPECT = "prospect"


def segments(rules: Any = None) -> tuple[str, ...]:
    """Return the segment codes in the order of the map, prospects last."""
    if rules == "r_package":
        return (*dict.fromkeys(rule[0] for rule in R_PACKAGE), OTHERS, PROSPECT)
    codes = [rule.segment for rule in rules] if rules else [rule[0] for rule in DEFAULT]
    return (*dict.fromkeys(codes), PROSPECT)


def tiers(rules: Any = None) -> dict[str, str]:
    """Return the tier of each segment that has one; of a shop's own map, as it says itself."""
    if rules and rules != "r_package":
        return {rule.segment: rule.tier for rule in rules if rule.tier}
    return {code: TIERS[code] for code in segments(rules) if code in TIERS}


def cells(rules: Any = None) -> pd.DataFrame:
    """Return the map as rows.

    Parameters
    ----------
    rules : sequence of RfmSegmentRule, ``"r_package"`` or None
        The shop's own lines, the map of R's package, or that of this workbook.

    Returns
    -------
    pandas.DataFrame
        r_score, f_score, m_score (1-5), rfm_segment (code); 125 rows.

    Raises
    ------
    CrmError
        ``dataset.map_overlap`` or ``dataset.map_gap``, naming the cells.
    """
    import pandas as pd

    return pd.DataFrame([(*cell, code) for cell, code in zip(CELLS, codes(rules), strict=True)],
                        columns=["r_score", "f_score", "m_score", "rfm_segment"])


def codes(rules: Any = None) -> tuple[str, ...]:
    """Return the segment of every cell, in the order of the cells; refuses what ``cells`` refuses."""
    return _codes(rules if not rules or isinstance(rules, str) else tuple(rules))


@cache
def _codes(rules: Any) -> tuple[str, ...]:
    found: dict[Cell, tuple[str, ...]]
    if rules == "r_package":
        found = {cell: (next((code for code, *bands in R_PACKAGE if _inside(cell, bands)), OTHERS),) for cell in CELLS}
    elif rules:
        found = claims(rules)
    else:
        found = {cell: tuple(dict.fromkeys(code for code, *bands in DEFAULT if _inside(cell, bands))) for cell in CELLS}
    _refuse(found)
    return tuple(found[cell][0] for cell in CELLS)


def _refuse(found: dict[Cell, tuple[str, ...]]) -> None:
    """Refuse a map that a program made and that nobody has checked yet."""
    missing = [cell for cell, by in found.items() if not by]
    if missing:
        raise CrmError("dataset.map_gap", where="rfm.segment_map", cells=named(missing), n=len(missing))
    twice = next(((cell, by) for cell, by in found.items() if len(by) > 1), None)
    if twice:
        raise CrmError("dataset.map_overlap", where="rfm.segment_map", cell=named([twice[0]]), first=twice[1][0],
                       second=twice[1][1])


def _inside(cell: Cell, bands: Sequence[tuple[int, int]]) -> bool:
    return all(low <= score <= high for score, (low, high) in zip(cell, bands, strict=True))

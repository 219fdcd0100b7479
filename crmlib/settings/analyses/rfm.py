"""Settings of the RFM page."""

from __future__ import annotations

from itertools import product
from typing import Annotated, Any, Literal

from pydantic import model_validator
from pydantic_core import CoreSchema, core_schema

from crmlib.settings.base import Model
from crmlib.settings.fields import Count, IsWhole, Name, doc, wrong

SCORE = IsWhole(1, 5)
CELLS = tuple(product(range(1, 6), repeat=3))


class IsBand(IsWhole):
    """Scores from … to …, ``[4, 5]``; a single score stands for itself."""

    def read(self, value: Any) -> Any:
        """Return the lowest and the highest score."""
        pair = value if isinstance(value, (list, tuple)) else [value, value]
        if len(pair) != 2:
            raise wrong("not_band", allowed=["[1, 5]", "[4, 5]", "3"])
        low, high = (SCORE.read(item) for item in pair)
        if low > high:
            raise wrong("not_band", allowed=["[1, 5]", "[4, 5]", "3"])
        return low, high

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        score = SCORE.describe()
        return {"oneOf": [score, {"type": "array", "items": score, "minItems": 2, "maxItems": 2}]}

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)


Band = Annotated[tuple[int, int], IsBand()]
ANY = (1, 5)


class RfmSegmentRule(Model):
    """One line of a shop's own segment map: a name and the scores it covers."""

    segment: Name = doc(..., "セグメントのコード。", "Code of the segment.", example="champions")
    r: Band = doc(ANY, "R の範囲 [低, 高]。", "Range of R, [low, high].", example=[4, 5])
    f: Band = doc(ANY, "F の範囲。", "Range of F.", example=[4, 5])
    m: Band = doc(ANY, "M の範囲。", "Range of M.", example=[4, 5])

    def holds(self, r: int, f: int, m: int) -> bool:
        """Tell whether a customer with these scores belongs here."""
        return all(low <= score <= high for score, (low, high) in zip((r, f, m), (self.r, self.f, self.m), strict=True))


class RfmSettings(Model):
    """How recency, frequency and monetary value are measured and named."""

    frequency: Literal["days", "orders"] = doc(
        "days", "F の数え方。days は購入した日数、orders は購入件数。",
        "What F counts: days with a purchase, or orders.")
    monetary: Literal["net", "gross"] = doc(
        "net", "M の金額。net は返品と値引きを引いた額、gross は引く前。",
        "What M adds up: net of returns and discounts, or gross.")
    window_days: Count | None = doc(
        None, "さかのぼる日数。null は全期間。", "Days looked back; null is all history.", example=730)
    segment_map: tuple[RfmSegmentRule, ...] | None = doc(
        None,
        "セグメントの分け方。上から順に最初に当たったもの。125 通りすべてに行き先が要ります。null は標準の分け方。",
        "The shop's own segments: the first that fits counts, and all 125 score combinations must fit one; "
        "null is the standard map.",
        example=[{"segment": "champions", "r": [4, 5], "f": [4, 5]}, {"segment": "others"}])

    @model_validator(mode="after")
    def _whole_map(self) -> RfmSettings:
        rules = self.segment_map
        if rules is None:
            return self
        first = {cell: next((n for n, rule in enumerate(rules) if rule.holds(*cell)), None) for cell in CELLS}
        gaps = ["".join(map(str, cell)) for cell, rule in first.items() if rule is None]
        if gaps:
            raise wrong("map_gaps", key="segment_map", count=len(gaps), gaps=", ".join(gaps[:5]))
        idle = [rule.segment for n, rule in enumerate(rules) if n not in first.values()]
        if idle:
            raise wrong("map_idle", key="segment_map", segments=", ".join(idle))
        return self

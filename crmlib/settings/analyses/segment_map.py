"""The shop's own RFM segments: a line a rule, every combination of scores in exactly one segment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from crmlib.settings.base import Model, Words
from crmlib.settings.fields import IsWhole, Name, doc, wrong

SCORE = IsWhole(1, 5)
Cell = tuple[int, int, int]
CELLS: tuple[Cell, ...] = tuple((r, f, m) for r, f, m in product(range(1, 6), repeat=3))
#: Cells named in a message; the others are counted.
NAMED = 5


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
#: Channels a segment can be addressed through.
Channel = Literal["phone", "mail", "sms", "line", "post", "store", "app"]
#: What a segment is in the flow of customers; those of the first and of the fifth are counted in the page's answer.
Tier = Literal["best", "growing", "starting", "cooling", "slipping", "asleep"]


class RfmSegmentRule(Model):
    """One line of a shop's own segment map: a name and the scores it covers."""

    segment: Name = doc(..., "セグメントのコード。", "Code of the segment.", example="champions")
    r: Band = doc(ANY, "R の範囲 [低, 高]。", "Range of R, [low, high].", example=[4, 5])
    f: Band = doc(ANY, "F の範囲。", "Range of F.", example=[4, 5])
    m: Band = doc(ANY, "M の範囲。", "Range of M.", example=[4, 5])
    tier: Tier | None = doc(
        None, "動きを見るときのまとまり。best は上位の方、slipping は離れそうな方として数えます。",
        "What it is in the flow: best are counted as the best customers, slipping as those about to leave.",
        example="best")
    name: Words | None = doc(None, "ページに出す名前。", "The name on the page.",
                             example={"ja": "得意客", "en": "Best customers"})
    action: Words | None = doc(None, "この方々への働きかけ。", "What to do for them.",
                               example={"ja": "新作の内覧会へご招待", "en": "Invite to a preview"})
    channel: Channel | None = doc(None, "働きかけの手段。", "Through which channel.", example="mail")

    @property
    def whole(self) -> bool:
        """Whether the line names no scores: as the last one it takes all that are left."""
        return (self.r, self.f, self.m) == (ANY, ANY, ANY)

    def holds(self, r: int, f: int, m: int) -> bool:
        """Tell whether a customer with these scores belongs here."""
        return all(low <= score <= high for score, (low, high) in zip((r, f, m), (self.r, self.f, self.m), strict=True))


class OrNamed:
    """A map typed line by line, or the name of one that this workbook knows."""

    KNOWN = "r_package"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"const": self.KNOWN, "type": "string"}, handler(schema)]}

    def read(self, value: Any, typed: Callable[[Any], Any]) -> Any:
        """Return the name, or the lines read."""
        return value if value == self.KNOWN else typed(value)


SegmentMap = Annotated[tuple[RfmSegmentRule, ...], OrNamed()]


def claims(rules: Sequence[RfmSegmentRule]) -> dict[Cell, tuple[str, ...]]:
    """Return which segments claim each of the 125 cells; a last line without scores claims what nobody else does."""
    rest = rules[-1] if len(rules) > 1 and rules[-1].whole else None
    typed = rules[:-1] if rest else rules
    found = {cell: tuple(dict.fromkeys(rule.segment for rule in typed if rule.holds(*cell))) for cell in CELLS}
    return {cell: by or ((rest.segment,) if rest else ()) for cell, by in found.items()}


def check(rules: Sequence[RfmSegmentRule]) -> None:
    """Refuse a map that leaves a gap, overlaps, or has a line that nobody can fall into.

    Raises
    ------
    PydanticCustomError
        ``map_gaps``, ``map_overlap`` or ``map_idle``, naming cells and segments.
    """
    found = claims(rules)
    gaps = [cell for cell, by in found.items() if not by]
    if gaps:
        raise wrong("map_gaps", key="segment_map", count=len(gaps), gaps=named(gaps))
    twice = {cell: by for cell, by in found.items() if len(by) > 1}
    if twice:
        first = next(iter(twice.values()))
        raise wrong("map_overlap", key="segment_map", count=len(twice), cells=named(twice),
                    segments=", ".join(first))
    used = {by[0] for by in found.values()}
    idle = [rule.segment for rule in rules if rule.segment not in used]
    if idle:
        raise wrong("map_idle", key="segment_map", segments=", ".join(idle))


def named(cells: Iterable[Cell]) -> str:
    """Return the first few cells by their scores, ``555, 554 …``."""
    listed = ["".join(map(str, cell)) for cell in cells]
    return ", ".join(listed[:NAMED]) + (" …" if len(listed) > NAMED else "")

"""Settings of the segments page: rules of the shop's own, and clusters found in the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from crmlib.settings.base import Model, Words
from crmlib.settings.fields import Code, IsWhole, Money, Name, OrOne, Share, doc, wrong
from crmlib.settings.sources import Frozen


class Condition(Model):
    """What one measure or attribute must be: at least, at most, or one of some codes."""

    SHORT: ClassVar[str] = "values"
    min: Money | None = doc(None, "この値以上。", "At least this.", example=100000)
    max: Money | None = doc(None, "この値以下。", "At most this.", example=90)
    values: Annotated[tuple[Code, ...], OrOne()] = doc((), "このコードのどれか。", "One of these codes.",
                                                       example=["gold", "platinum"])

    @model_validator(mode="after")
    def _something(self) -> Condition:
        bounded = self.min is not None or self.max is not None
        if bounded == bool(self.values):
            raise wrong("no_condition", of=("min", "max", "values"), allowed=["min", "max", "values"])
        if self.min is not None and self.max is not None and self.min > self.max:
            raise wrong("max_below_min", key="max", of=("min", "max"))
        return self


class SegmentRule(Model):
    """One segment the shop defines itself; the first that fits a customer counts."""

    segment: Name = doc(..., "セグメントのコード。", "Code of the segment.", example="vip")
    name: Words | None = doc(None, "ページに出す名前。", "The name on the page.",
                             example={"ja": "得意客", "en": "Best customers"})
    where: Annotated[Mapping[Name, Condition], Frozen(), Field(min_length=1)] = doc(
        ...,
        "すべて満たす顧客。"
        "指標(recency_days、frequency、purchase_days、monetary、r_score など)か属性(rank、gender など)。",
        "Customers for whom all of it holds: measures (recency_days, frequency, purchase_days, monetary, r_score, …) "
        "or attributes (rank, gender, …).",
        example={"monetary": {"min": 100000}, "recency_days": {"max": 90}, "rank": ["gold", "platinum"]})


class SegmentsSettings(Model):
    """How customers are grouped."""

    k: Annotated[int, IsWhole(2, 20)] | None = doc(
        None, "クラスターの数。null はデータから選びます。", "Number of clusters; null chooses it from the data.",
        example=5)
    k_max: Annotated[int, IsWhole(2, 20)] = doc(8, "選ぶときに試す最大の数。", "The largest number tried.")
    sample: Annotated[int, IsWhole(100)] = doc(
        100000, "あてはめに使う顧客数の上限。全員に番号が付きます。",
        "Customers used for fitting, at most; all get a cluster.")
    seed: Annotated[int, IsWhole(0)] = doc(0, "乱数の種。", "Seed of the random numbers.")
    features: Annotated[tuple[Name, ...], Field(min_length=1)] | None = doc(
        None, "使う指標。null は標準(購入からの日数、購入日数、金額など)。",
        "Measures used; null is the standard set (recency, purchase days, money, …).",
        example=["recency_days", "purchase_days", "monetary"])
    prediction_strength: Share = doc(
        0.8, "再現性がこれを下回るクラスター数は選びません。",
        "A number of clusters less reproducible than this is not chosen.")
    resamples: Annotated[int, IsWhole(2, 200)] = doc(
        10, "再現性を確かめる繰り返しの数。", "Repeats that measure how reproducible the clusters are.")
    rules: tuple[SegmentRule, ...] = doc(
        (), "店が決めるセグメント。上から順に最初に当たったもの。どれにも当たらない顧客は other。",
        "Segments the shop defines; the first that fits counts, and who fits none is other.",
        example=[{"segment": "vip", "name": {"ja": "得意客", "en": "Best customers"},
                  "where": {"monetary": {"min": 100000}, "recency_days": {"max": 90}, "rank": ["gold", "platinum"]}}])

    @model_validator(mode="after")
    def _distinct(self) -> SegmentsSettings:
        names = [rule.segment for rule in self.rules]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise wrong("repeated", key="rules", repeated=", ".join(repeated))
        return self

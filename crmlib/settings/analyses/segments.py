"""Settings of the segments page: rules of the shop's own, and clusters found in the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from crmlib.settings.analyses.customers import Attribute
from crmlib.settings.base import Model, Words
from crmlib.settings.fields import (
    Code,
    Fixed,
    IsNumber,
    IsWhole,
    Money,
    Month,
    Name,
    OrOne,
    Share,
    Text,
    doc,
    wrong,
)
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
    """One segment the shop defines itself; a customer may be in several."""

    segment: Name = doc(..., "セグメントのコード。", "Code of the segment.", example="hokkaido_gold")
    name: Words | None = doc(None, "ページに出す名前。", "The name on the page.",
                             example={"ja": "北海道のゴールド会員", "en": "Gold members in Hokkaido"})
    when: Text | None = doc(
        None,
        "条件を1行の文で。= != < <= > >=、in、and、or、not、かっこが使えます。例: prefecture = 北海道 and rank = gold",
        "The condition as one line: = != < <= > >=, in, and, or, not, brackets; prefecture = Hokkaido and rank = gold.",
        example="prefecture = 北海道 and rank in (gold, platinum) and not tags = 卸")
    where: Annotated[Mapping[Name, Condition], Frozen()] = doc(
        Fixed({}),
        "条件を項目ごとに。すべて満たす顧客(when と両方書くと、両方を満たす顧客)。"
        "指標(recency_days、frequency、purchase_days、monetary、r_score、decile、rfm_segment など)か"
        "属性(rank、gender、prefecture、tags など)。",
        "Conditions by measure or attribute, all of which hold (and when, where that is given too): recency_days, "
        "frequency, purchase_days, monetary, r_score, decile, rfm_segment, …, rank, gender, prefecture, tags, …",
        example={"monetary": {"min": 100000}, "recency_days": {"max": 90}, "rank": ["gold", "platinum"]})

    @model_validator(mode="after")
    def _something(self) -> SegmentRule:
        if not self.when and not self.where:
            raise wrong("no_rule", of=("when", "where"), allowed=["when", "where"])
        return self


class Drift(Model):
    """When a frozen model is said to have grown old."""

    psi: Annotated[float, IsNumber(0, 10, exact=False)] = doc(
        0.2, "特徴の分布のずれ(PSI)がこれを超えたら、作り直しをすすめます。",
        "A new fit is advised where the population stability index of a feature exceeds this.")
    distance: Annotated[float, IsNumber(0, 10, exact=False)] = doc(
        0.2, "組の中心からの平均距離が、作ったときよりこの割合以上に開いたら、作り直しをすすめます。",
        "A new fit is advised where the mean distance to the centres has grown by more than this share.")


class SegmentsSettings(Model):
    """How customers are grouped."""

    k: Annotated[int, IsWhole(2, 20)] | None = doc(
        None, "クラスターの数。null はデータから選びます。", "Number of clusters; null chooses it from the data.",
        example=5)
    k_max: Annotated[int, IsWhole(2, 20)] = doc(8, "選ぶときに試す最大の数。", "The largest number tried.")
    sample: Annotated[int, IsWhole(100)] = doc(
        100000, "あてはめに使う顧客数の上限。全員に番号が付きます。",
        "Customers used for fitting, at most; all get a cluster.")
    evidence_sample: Annotated[int, IsWhole(100, 50000)] = doc(
        3000, "再現性を確かめるときに使う顧客数の上限。",
        "Customers used for the evidence, at most.")
    seed: Annotated[int, IsWhole(0)] = doc(0, "乱数の種。", "Seed of the random numbers.")
    features: Annotated[tuple[Name, ...], Field(min_length=1)] | None = doc(
        None,
        "使う特徴。null は標準(最後の購入からの日数、購入日数、1回の金額と品数、値引き、ネットの割合、商品の大分類)。"
        "属性(gender、age、rank など)、満足度(score)、サイトの訪問(web_days)も書けます。",
        "Features used; null is the standard set (recency, purchase days, money and lines per purchase, discounts, "
        "online share, categories of goods). Attributes (gender, age, rank, …), score and web_days may be named too.",
        example=["recency_days", "purchase_days", "basket", "web_days", "gender"])
    coverage: Share = doc(
        0.5, "わかっている顧客の割合がこれを下回る特徴は使いません。",
        "A feature known of a smaller share of the customers than this is not used.")
    online: tuple[Code, ...] = doc(
        ("ec", "web", "online", "app", "mall"), "ネットとみなす注文の経路(orders.channel)。",
        "Channels of orders that count as online.")
    prediction_strength: Share = doc(
        0.8, "再現性がこれ以上のクラスター数を「安定」とします。",
        "A number of clusters at least as reproducible as this counts as stable.")
    weak_strength: Share = doc(
        0.5, "再現性がこれ以上なら「作業用の目安」として使い、下回れば分けません。",
        "From here on clusters are used as a working typology; below it there are none.")
    resamples: Annotated[int, IsWhole(2, 200)] = doc(
        5, "再現性を確かめる繰り返しの数。", "Repeats that measure how reproducible the clusters are.")
    models: Text = doc(
        "params/models", "クラスターのモデルを置くフォルダー。最初の月に作り、以後の月も同じモデルで分けます。",
        "Folder of the cluster models: made in the first month, and used in all months after.")
    refit: Month | None = doc(
        None, "この月のレポートで、モデルを作り直します。古いモデルはそのまま残ります。",
        "In the report of this month the model is made anew; the older one stays where it is.", example="2026-11")
    names: Annotated[Mapping[Name, Words], Frozen()] = doc(
        Fixed({}), "組(c1、c2、…)に付ける店の呼び名。", "The shop's own names of the clusters (c1, c2, …).",
        example={"c1": {"ja": "毎週の常連さん", "en": "Weekly regulars"}})
    drift: Drift = doc(Drift(), "モデルが古くなったとみなす目安。", "When a model counts as grown old.")
    attributes: tuple[Attribute, ...] = doc(
        ("gender", "age_band", "rank", "prefecture", "first_channel"), "組とのクロス集計に使う属性。",
        "Attributes that clusters are crossed with.")
    rules: tuple[SegmentRule, ...] = doc(
        (), "店が決めるセグメント。条件に当たる顧客全員が入り、1人が複数に入ることもあります。",
        "Segments the shop defines: all customers that fit; one customer may be in several.",
        example=[{"segment": "vip", "name": {"ja": "得意客", "en": "Best customers"},
                  "where": {"monetary": {"min": 100000}, "recency_days": {"max": 90}, "rank": ["gold", "platinum"]}},
                 {"segment": "hokkaido_gold", "when": "prefecture = 北海道 and rank = gold"}])

    @model_validator(mode="after")
    def _distinct(self) -> SegmentsSettings:
        names = [rule.segment for rule in self.rules]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise wrong("repeated", key="rules", repeated=", ".join(repeated))
        if self.weak_strength > self.prediction_strength:
            raise wrong("weak_above_strong", key="weak_strength", of=("weak_strength", "prediction_strength"))
        return self

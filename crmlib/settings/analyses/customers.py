"""Settings of the customers page."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crmlib.settings.base import Model, Words
from crmlib.settings.fields import Code, Count, IsWhole, Money, doc, wrong

Attribute = Literal["gender", "age_band", "prefecture", "rank", "first_channel", "type", "city", "occupation",
                    "income_band", "status", "industry", "size_band", "revenue_band"]
#: What a cross table can break an attribute down by: how customers buy, or another attribute.
Measure = Literal["rfm_segment", "r_score", "f_score", "m_score", "decile", "abc_class", "cpm_class", "rhythm",
                  "gender", "age_band", "prefecture", "rank", "first_channel", "type", "city", "occupation",
                  "income_band", "status", "industry", "size_band", "revenue_band"]
#: Cross tables a page holds at most.
TABLES = 12


class Cpm(Model):
    """The limits of the ten classes of customer portfolio management (CPM分析)."""

    lapsed_after_days: Count | None = doc(
        None, "この日数を過ぎて買っていない方を「離脱」とします。null はデータから(間隔の95%点)。",
        "Lapsed after more days than this without a purchase; null takes 95 % of all waits in the data.", example=240)
    early_days: Count = doc(90, "買い始めからこの日数までを「よちよち」とします。",
                            "Toddling until so many days after the first purchase.")
    loyal_days: Count = doc(210, "この日数より長く買い、金額も多い方を「優良」とします。",
                            "Best from so many days of buying on, with much money.")
    amount: Money | None = doc(
        None, "これまでの買上額がこれ以上で「流行」「優良」。null はデータから(2回以上買った方の中央値)。",
        "Much money from this total on; null takes the median of those who bought twice or more.", example=70000)

    @model_validator(mode="after")
    def _rising(self) -> Cpm:
        if self.loyal_days <= self.early_days:
            raise wrong("not_rising", key="loyal_days")
        return self


class Crosstab(Model):
    """One cross table: an attribute down, a measure across."""

    attribute: Attribute = doc(..., "縦に並べる属性。", "The attribute, down.", example="gender")
    measure: Measure = doc("rfm_segment", "横に並べる区分。ほかの属性でもかまいません。",
                           "The measure, across; another attribute will do.")

    @model_validator(mode="after")
    def _two(self) -> Crosstab:
        if self.attribute == self.measure:
            raise wrong("one_attribute", key="measure", found=self.measure)
        return self


class Named(Model):
    """What the shop calls an attribute, where it keeps something else in the column."""

    attribute: Attribute = doc(..., "属性。", "The attribute.", example="prefecture")
    name: Words = doc(..., "お店での呼び方。", "What the shop calls it.", example={"ja": "国", "en": "country"})


class RankThreshold(Model):
    """From how much money in twelve months a member has a rank."""

    rank: Code = doc(..., "ランクのコード。", "Code of the rank.", example="silver")
    amount: Money = doc(..., "直近12か月の買上額がこれ以上。", "At least this much money in the last twelve months.",
                        example=30000)


class CustomersSettings(Model):
    """Who counts as lost, and by what customers are broken down."""

    lost_after_days: Count = doc(
        180, "最後の購入からこの日数を過ぎた顧客を離脱とみなします。",
        "A customer without a purchase for more days than this counts as lost.")
    attributes: tuple[Attribute, ...] = doc(
        ("gender", "age_band", "prefecture", "rank", "first_channel"),
        "顧客の内訳に使う属性。データにないものは、その旨を書いて飛ばします。",
        "Attributes customers are broken down by; one without data is left out, and the page says so.")
    names: tuple[Named, ...] = doc(
        (), "属性の、お店での呼び方。都道府県の列に国や州を入れた店などで。",
        "What the shop calls an attribute, for instance where the column of prefectures holds countries or states.",
        example=[{"attribute": "prefecture", "name": {"ja": "国", "en": "country"}}])
    age_bands: Annotated[tuple[Annotated[int, IsWhole(1, 120)], ...], Field(min_length=1)] = doc(
        (20, 30, 40, 50, 60, 70), "年代の区切り(この年齢から次の区切りの前まで)。",
        "Where age bands begin; the first band ends before the first number.")

    cpm: Cpm = doc(Cpm(), "CPM分析の区切り。", "Limits of the CPM classes.")
    crosstabs: Annotated[tuple[Crosstab, ...], Field(max_length=TABLES)] = doc(
        (Crosstab(attribute="gender"), Crosstab(attribute="age_band"), Crosstab(attribute="rank", measure="cpm_class")),
        "クロス集計。属性と区分の組み合わせ(12まで)。", "Cross tables of an attribute and a measure (12 at most).",
        example=[{"attribute": "prefecture", "measure": "rfm_segment"}])

    rank_thresholds: tuple[RankThreshold, ...] = doc(
        (), "会員ランクの基準。低いランクから順に。次のランクまでの差と、ランクが下がった方のその後を出します。",
        "What ranks ask for, lowest first; gives the distance to the next rank, and what follows a drop.",
        example=[{"rank": "silver", "amount": 30000}, {"rank": "gold", "amount": 100000}])

    @model_validator(mode="after")
    def _rising_ranks(self) -> CustomersSettings:
        if any(later.amount <= earlier.amount for earlier, later in pairwise(self.rank_thresholds)):
            raise wrong("ranks_not_rising", key="rank_thresholds")
        return self

    @model_validator(mode="after")
    def _rising(self) -> CustomersSettings:
        if any(later <= earlier for earlier, later in pairwise(self.age_bands)):
            raise wrong("not_rising", key="age_bands")
        return self

"""Settings of the list of whom to contact: rules, channels, how much the shop can do, and what is held out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from crmlib.settings.analyses.actions.rules import RULES, ActionRule, Channel, Uplift
from crmlib.settings.base import Model
from crmlib.settings.fields import Code, Fixed, IsNumber, IsWhole, OrOne, Share, Text, doc, wrong
from crmlib.settings.sources import Frozen

__all__ = ["ActionRule", "ActionsSettings", "Expected", "Fatigue", "Holdout", "Samples"]

Hour = Annotated[int, IsWhole(0, 24)]
PerChannel = Annotated[Mapping[Channel, Annotated[int, IsWhole(0)]], Frozen()]
CostPerChannel = Annotated[Mapping[Channel, Annotated[Decimal, IsNumber(0)]], Frozen()]
MinutesPerChannel = Annotated[Mapping[Channel, Annotated[float, IsNumber(0, exact=False)]], Frozen()]


class Fatigue(Model):
    """How often the same customer may be contacted."""

    contacts: Annotated[int, IsWhole(1, 1000)] = doc(
        4, "この回数の声かけを受けた方には、もう声をかけません。",
        "Whoever has had so many contacts is left alone.")
    days: Annotated[int, IsWhole(1, 365)] = doc(28, "回数を数える日数。", "Days in which contacts are counted.")


class Holdout(Model):
    """Those a month leaves alone by chance, so that the next can tell what contact did."""

    most: Share = doc(
        0.2, "声をかけずに残す割合の上限。0 で残しません。", "The largest share left alone; 0 leaves nobody.")
    detect: Annotated[float, IsNumber(0.001, 1, exact=False)] = doc(
        0.05, "見分けたい差(買った割合の差)。", "The difference in the share who buy that is to be seen.")
    power: Annotated[float, IsNumber(0.5, 0.99, exact=False)] = doc(
        0.8, "その差が本当にあるとき、見つけられる確率。", "Probability of seeing it if it is there.")
    months: Annotated[int, IsWhole(1, 36)] = doc(
        12, "何か月分の一覧までまとめて確かめるか。", "How many months of lists are taken together, at most.")


class Expected(Model):
    """What contact is expected to do before the shop's own months have shown it."""

    low: Uplift = doc(0.0, "控えめな見込み。", "A cautious guess.")
    high: Uplift = doc(0.04, "強気な見込み。", "A bold guess.")

    @model_validator(mode="after")
    def _in_order(self) -> Expected:
        if self.low >= self.high:
            raise wrong("max_below_min", key="high", of=("low", "high"))
        return self


class Samples(Model):
    """What counts as a sample or a trial."""

    products: Annotated[tuple[Code, ...], OrOne()] = doc(
        (), "お試し品の商品コード。", "Codes of sample products.", example=["TRIAL-01"])
    categories: Annotated[tuple[Code, ...], OrOne()] = doc(
        ("sample", "trial", "お試し", "サンプル"), "お試し品の分類(category_1〜3)。", "Categories of sample products.")
    events: Annotated[tuple[Code, ...], OrOne()] = doc(
        ("trial", "sample"), "お試しとみなすサイトの動き(events.type)。", "Events that count as a trial.")


class ActionsSettings(Model):
    """Whom to contact, with what, through which channel, and how it is told whether it worked."""

    rules: tuple[ActionRule, ...] = doc(
        RULES, "だれに、何を。1人は1つの規則だけに入ります(見込み額の高いもの。同じなら先のもの)。"
        "データのない規則は飛ばします。",
        "Who is meant, and with what. A customer is contacted for one of them only (that of the highest expected gain, "
        "then the earlier one); a rule without data is skipped.")
    channels: Annotated[tuple[Channel, ...], Field(min_length=1), OrOne()] = doc(
        ("line", "mail", "sms", "post", "phone"), "好みの手段がわからない方への手段。先のものから選びます。",
        "Channels for those without a known preference, best first.")
    capacity_per_week: PerChannel = doc(
        Fixed({"sms": 1000, "post": 300, "phone": 40}), "1週間にできる件数。書かない手段は無制限、0 は使いません。",
        "Contacts a week; a channel left out has no limit, 0 is not used.")
    costs: CostPerChannel = doc(
        Fixed({}), "1件あたりの費用(店の通貨)。", "Cost of a contact, in the shop's currency.",
        example={"post": 85, "sms": 10, "phone": 60})
    minutes: MinutesPerChannel = doc(
        Fixed({"mail": 0.05, "line": 0.05, "sms": 0.05, "post": 3, "phone": 12}), "1件あたりの手間(分)。",
        "Minutes that a contact takes.")
    fatigue: Fatigue = doc(Fatigue(), "声かけの間隔。", "How often the same customer may be contacted.")
    holdout: Holdout = doc(Holdout(), "声をかけずに残す方。", "Those left alone, to compare with.")
    uplift: Expected = doc(
        Expected(), "声かけで買う割合がどれだけ上がるかの見込み。実績が出ると、そちらに寄ります。",
        "How much contact raises the share who buy, as expected; the shop's own results take over as they come in.")
    samples: Samples = doc(Samples(), "お試しとみなすもの。", "What counts as a sample.")
    lunch_hours: tuple[Hour, Hour] = doc(
        (11, 14), "ランチの時間帯(始まりと終わりの時)。", "Hours of lunch (from, to).", example=[11, 14])
    returned: Text = doc(
        "data/raw/actions-{shop}-*.xlsx", "記入して戻した一覧のファイル。{shop} は店の短い名前です。",
        "The lists that come back filled in; {shop} is the shop's id.")

    @model_validator(mode="after")
    def _distinct(self) -> ActionsSettings:
        names = [rule.action for rule in self.rules]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise wrong("repeated", key="rules", repeated=", ".join(repeated))
        if self.lunch_hours[0] >= self.lunch_hours[1]:
            raise wrong("not_hours", key="lunch_hours", allowed=["[11, 14]"])
        return self

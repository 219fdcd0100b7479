"""Settings of the campaigns page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from crmlib.settings.base import Model, Words
from crmlib.settings.exports.columns import Frozen
from crmlib.settings.fields import Code, Count, Fixed, Flag, IsNumber, IsWhole, OrOne, Share, doc

#: What a path ends with where it is no type of event.
PURCHASE = "purchase"


class CampaignPlan(Model):
    """How the people of one campaign were divided."""

    campaign: Code = doc(..., "施策コード。", "Code of the campaign.", example="A01")
    randomised: Flag = doc(
        True, "くじで分けたか。false なら、対照があっても効果は「比べられない」とします。",
        "Whether chance decided; if false, no effect is told from its control arm.")
    shares: Annotated[Mapping[Code, Share], Frozen()] = doc(
        Fixed({}), "群 → 予定の割合。人数が予定どおりか(SRM)を確かめます。",
        "Arm → planned share, against which the sizes are tested (sample ratio mismatch).",
        example={"mail": 0.9, "holdout": 0.1})


class CampaignPath(Model):
    """From a beginning to what it was for, followed by Kaplan-Meier."""

    name: Words = doc(..., "名前。", "Its name.",
                      example={"ja": "サンプルから初回購入へ", "en": "Sample to first order"})
    source: Literal["events", "responses", "order_lines"] = doc(
        "events", "始まりのある表。order_lines は、商品(サンプル品など)の最初の購入。",
        "The table it begins in; order_lines: the first order of a product, such as a sample.")
    start: Annotated[tuple[Code, ...], Field(min_length=1), OrOne()] = doc(
        ..., "始まりの種別(events、responses)か商品コード(order_lines)。どれか最初のもの。",
        "Types it begins with (events, responses), or product codes (order_lines); the first of them.",
        example=["sample"])
    end: Code = doc(PURCHASE, "終わり: events の種別か、purchase(次の日以降の購入)。",
                    "Ends with a type of event, or purchase: one on a later day.")
    first_only: Flag = doc(False, "true なら、それまで買ったことのない方だけ。",
                           "If true, only of customers who had never bought before.")


class CampaignsSettings(Model):
    """How campaigns are told and judged."""

    months: Annotated[int, IsWhole(1, 60)] = doc(
        13, "何か月前までに始まった施策を載せるか。", "Campaigns that began within so many months are told.")
    window_days: Annotated[int, IsWhole(1, 92)] = doc(
        14, "施策に終わりの日がないとき、何日間の購入を見るか。",
        "Days of purchases that count where a campaign has no last day.")
    control_arm: Code = doc(
        "holdout", "送らずに比べる群の名前。施策の表に control_arm があればそちら。",
        "Name of the arm that gets nothing, where the list of campaigns does not say.")
    plans: tuple[CampaignPlan, ...] = doc(
        (), "施策ごとの、群の分け方。", "How the people of single campaigns were divided.",
        example=[{"campaign": "A01", "shares": {"mail": 0.5, "holdout": 0.5}}])
    min_people: Annotated[int, IsWhole(10)] = doc(
        30, "一つの群がこの人数に満たなければ、効果を出しません。", "With fewer people in an arm, no effect is told.")
    prior_days: Annotated[int, IsWhole(28, 730)] = doc(
        180, "「前の買い方」として見る日数。", "Days of buying before a campaign by which groups are compared.")
    max_distance: Annotated[float, IsNumber(0.05, 1, exact=False)] = doc(
        0.25, "送った方と送らなかった方の、前の買い方の隔たり。これを超えると「選ばれた相手」とみて効果を出しません。",
        "How far apart those contacted and the others may have been before; beyond it, no effect is told.")
    margin: Share | None = doc(
        None, "粗利率。入れると、増えた売上から利益と費用対効果を計算します。",
        "Gross margin; where given, profit and return are worked out of the extra sales.", example=0.35)
    detect: Annotated[float, IsNumber(0.001, 0.5, exact=False)] = doc(
        0.03, "次の施策で見つけたい、買う方の割合の上がり幅。",
        "Rise of the share who buy that the next campaign should be able to show.")
    power: Annotated[float, IsNumber(0.5, 0.99, exact=False)] = doc(
        0.8, "その上がり幅があるとき、見つけられる確率。", "Chance of finding such a rise where there is one.")
    holdout_share: Share | None = doc(
        None, "送らずに残す割合。null は、要る人数から決めます(最大で半分)。",
        "Share held out next time; null takes as many as are needed, half at most.", example=0.1)
    cap_days: Annotated[int, IsWhole(1, 365)] = doc(
        30, "連絡の上限を数える日数。", "Days over which contacts are counted for a cap.")
    double_days: Count = doc(
        3, "同じ手段の連絡が、この日数のうちに重なれば「二重」とします。",
        "Two contacts through one channel within so many days are double.")
    staff_days: Count = doc(
        7, "二人の担当者が、この日数のうちに同じ方へ連絡すれば知らせます。",
        "Two members of staff who contact one customer within so many days are told.")
    prior_strength: Annotated[float, IsNumber(1, 1000, exact=False)] = doc(
        10.0, "手段や時間帯の好みを見るとき、区分の平均を何回分の反応とみるか。",
        "How many contacts the segment's average counts for when preferences are told.")
    paths: tuple[CampaignPath, ...] | None = doc(
        None, "お試しから有料へ、サンプルから初回購入へ、のような道のり。null は、データにあるもの。",
        "Paths such as trial to paid or sample to first order; null takes those the data have.",
        example=[{"name": {"ja": "サンプルから初回購入へ", "en": "Sample to first order"}, "start": ["sample"],
                  "first_only": True}])
    outcome: Literal["bought", "sales"] = doc(
        "bought", "まとめの表に載せる効果。bought は買った方の割合、sales は1人あたりの売上。",
        "Effect in the summary: bought (share who bought) or sales (money per person).")

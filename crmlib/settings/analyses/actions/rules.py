"""Rules of contact: who is meant, with what, through which channels; and those a shop starts with."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import model_validator

from crmlib.settings.analyses.actions.columns import CODE, KINDS, MONEY
from crmlib.settings.base import Model, Words
from crmlib.settings.conditions import Compare, Unreadable, compared, parsed
from crmlib.settings.fields import IsNumber, Name, OrOne, Text, doc, wrong
from crmlib.settings.kinds import nearest

Channel = Literal["mail", "line", "sms", "post", "phone"]
Uplift = Annotated[float, IsNumber(-1, 1, exact=False)]


def check(text: str, key: str) -> None:
    """Refuse a condition that cannot be read, names an unknown column, or compares a code by size."""
    try:
        found = list(compared(parsed(text)))
    except Unreadable as error:
        raise wrong("unreadable_condition", key=key, text=text, near=error.near) from None
    for one in found:
        _known(one, key)


def _known(one: Compare, key: str) -> None:
    if one.name not in KINDS:
        near = nearest(one.name, tuple(KINDS))
        raise wrong("unknown_column_near" if near else "unknown_column", key=key, name=one.name, nearest=near,
                    allowed=list(KINDS))
    if KINDS[one.name] == CODE:
        if one.relation not in ("=", "!=", "in"):
            raise wrong("code_without_order", key=key, name=one.name, relation=one.relation, allowed=["=", "!=", "in"])
        return
    for value in one.values:
        try:
            Decimal(value.replace(",", ""))
        except InvalidOperation:
            raise wrong("value_not_number", key=key, name=one.name, value=value) from None


class Instead(Model):
    """What is offered to some of a rule's customers instead of its usual offer."""

    when: Text = doc(..., "条件。", "The condition.", example="usual_time = lunch")
    what: Name = doc(..., "内容のコード。", "Code of what is offered.", example="lunch_first")
    say: Words | None = doc(None, "内容を店のことばで。", "What is offered, in the shop's own words.",
                            example={"ja": "ランチの新メニュー", "en": "New dishes for lunch"})

    @model_validator(mode="after")
    def _readable(self) -> Instead:
        check(self.when, "when")
        return self


class ActionRule(Model):
    """One reason to contact a customer."""

    SPARSE = True

    action: Name = doc(..., "規則のコード。一覧の action の列に入ります。", "Code of the rule, as in the list.",
                       example="second_due")
    when: Text = doc(
        ..., "条件を1行の文で。= != < <= > >=、in、and、or、not、かっこが使えます。金額は店の通貨で書きます。",
        "The condition as one line: = != < <= > >=, in, and, or, not, brackets; money in the shop's currency.",
        example="purchase_days = 1 and recency_days >= 21")
    name: Words | None = doc(None, "ページに出す名前。", "The name on the page.",
                             example={"ja": "2回目まちの方", "en": "Second visit due"})
    what: Name = doc(..., "内容のコード。", "Code of what is offered or said.", example="second_visit")
    say: Words | None = doc(None, "内容を店のことばで。", "What is offered, in the shop's own words.",
                            example={"ja": "次のお買い物の送料無料券", "en": "Free shipping for the next order"})
    instead: tuple[Instead, ...] = doc(
        (), "条件に当たる方には、what の代わりにこちらを。先に当たったものを使います。",
        "Offered instead of what to those who meet a condition; the first that fits.",
        example=[{"when": "usual_time = lunch", "what": "lunch_first"}])
    kind: Literal["offer", "information", "care"] = doc(
        "offer", "offer は提案、information はお知らせ、care はお詫びやお礼。care は、未解決の申し出がある方にも送り、"
        "送らない組を作らず、間隔の上限にも数えません。",
        "offer, information, or care (an apology, thanks): care also reaches those with an open complaint, has nobody "
        "held out, and does not wait for the limit of contacts.")
    channels: Annotated[tuple[Channel, ...], OrOne()] = doc(
        (), "この規則で使う手段。書いた順に選びます。省くと actions.channels。",
        "Channels of this rule, best first; actions.channels where left out.", example=["phone", "post"])
    due: Name | None = doc(
        None, "期限までの日数の項目。この日までに声をかけます。", "A column of days: contact within so many days.",
        example="coupon_days")
    value: Name = doc(
        "order_value", "見込み額のもとにする金額の項目。", "The column of money that an answer is worth.",
        example="clv_12m")
    uplift: Uplift | None = doc(
        None, "声をかけると買う割合がどれだけ上がるか(見込み)。省くと actions.uplift。",
        "How much contact raises the share who buy, as expected; actions.uplift where left out.", example=0.03)

    @model_validator(mode="after")
    def _readable(self) -> ActionRule:
        check(self.when, "when")
        for key, kinds in (("due", ("number",)), ("value", (MONEY,))):
            name = getattr(self, key)
            if name is not None and KINDS.get(name) not in kinds:
                fitting = [known for known, kind in KINDS.items() if kind in kinds]
                near = nearest(name, tuple(fitting))
                raise wrong("unknown_column_near" if near else "unknown_column", key=key, name=name, nearest=near,
                            allowed=fitting)
        return self


#: What a shop starts with, most urgent first: where two rules promise the same, the earlier one counts.
RULES = (
    ActionRule(action="open_complaint", when="complaint_days >= 1", what="answer_complaint", kind="care",
               channels=("phone", "mail", "post")),
    ActionRule(action="falling_satisfaction", when="score_change <= -2 and score <= 6 and score_days <= 60",
               what="ask_why", kind="care", channels=("phone", "mail", "post", "line")),
    ActionRule(action="dissatisfied", when="satisfaction_call = call", what="hear_out", kind="care",
               channels=("phone", "mail", "post", "line")),
    ActionRule(action="coupon_expiring", when="coupon_days <= 31", what="coupon_reminder", due="coupon_days"),
    ActionRule(action="points_expiring", when="points_days <= 31 and points_expiring >= 100", what="points_reminder",
               due="points_days", kind="information"),
    ActionRule(action="contract_due", when="contract_days <= 45", what="renewal", due="contract_days",
               channels=("phone", "post", "mail", "line")),
    ActionRule(action="cart_left", when="cart_days <= 14", what="cart_reminder", channels=("mail", "line", "sms")),
    ActionRule(action="replenishment_due", what="replenishment",
               when='replenish_product != "" and replenish_from_days <= 30 and replenish_days >= 0'),
    ActionRule(action="sample_tried", when="sample_days >= 7 and sample_days <= 90", what="after_sample"),
    ActionRule(action="slipping_best", when="rfm_tier = slipping and decile <= 2 and recency_days >= 1",
               what="personal_note", channels=("phone", "post", "mail", "line")),
    ActionRule(action="overdue", when="overdue_ratio >= 2 and rhythm = overdue", what="reminder",
               instead=(Instead(when="usual_time = lunch", what="lunch_first"),)),
    ActionRule(action="slipping", when="rfm_tier = slipping and recency_days >= 1", what="come_back_offer"),
    ActionRule(action="second_due", when="purchase_days = 1 and recency_days >= 21 and recency_days <= 120",
               what="second_visit", instead=(Instead(when="usual_time = lunch", what="lunch_first"),)),
    ActionRule(action="near_rank", when="rank_share >= 0.85 and recency_days <= 180", what="rank_hint",
               kind="information"),
    ActionRule(action="dear_purchase", when="last_order_times >= 3 and recency_days <= 14", what="thanks_dear",
               kind="care", channels=("phone", "post", "mail", "line")),
    ActionRule(action="first_purchase", when="purchase_days = 1 and recency_days <= 14", what="thanks_first",
               kind="care", channels=("mail", "line", "post")),
    ActionRule(action="same_season", when="season_days >= 1 and recency_days >= 60", what="season_offer"),
    ActionRule(action="dormant_winnable", when="recency_days > 180 and p_alive >= 0.2", what="come_back_offer",
               channels=("post", "mail", "line", "sms")),
    ActionRule(action="value_at_stake", when="decile <= 2 and p_order_90d < 0.5 and recency_days >= 30",
               what="next_item"),
    ActionRule(action="next_offer", when='next_offer != "" and recency_days <= 180', what="next_item"),
)

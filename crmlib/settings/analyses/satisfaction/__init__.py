"""Settings of the satisfaction page: which question is which metric, on which scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import CoreSchema, core_schema

from crmlib.settings.analyses.satisfaction.questions import ATTRIBUTES, Crosstab, Question
from crmlib.settings.analyses.satisfaction.voices import VoicesSettings
from crmlib.settings.base import Model, Words
from crmlib.settings.fields import Code, Count, Day, Fixed, Flag, IsNumber, IsWhole, Name, doc, wrong
from crmlib.settings.sources import Frozen

#: Labels Japanese and English questionnaires use for five steps. 満足 is 4 beside とても満足; where 満足 is the
#: top of the scale the share of the two best labels is the same.
CSAT_LABELS = {
    "とても満足": 5, "非常に満足": 5, "大変満足": 5, "たいへん満足": 5, "満足": 4, "まあ満足": 4, "やや満足": 4,
    "ふつう": 3, "普通": 3, "どちらでもない": 3, "どちらともいえない": 3, "やや不満": 2, "不満": 2, "とても不満": 1,
    "非常に不満": 1, "大変不満": 1, "たいへん不満": 1,
    "Very satisfied": 5, "Satisfied": 4, "Neutral": 3, "Neither": 3, "Dissatisfied": 2, "Very dissatisfied": 1,
}


#: Figures of the support history that an improvement may be measured by: share with a first reply within a day.
SUPPORT_METRICS = ("reply_within_day",)


class IsScale(IsWhole):
    """Lowest and highest answer, ``[0, 10]``."""

    def read(self, value: Any) -> Any:
        """Return both ends."""
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise wrong("not_scale", allowed=["[0, 10]", "[1, 5]"])
        low, high = (IsWhole(-100, 100).read(item) for item in value)
        if low >= high:
            raise wrong("not_scale", allowed=["[0, 10]", "[1, 5]"])
        return low, high

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)


class Metric(Model):
    """One figure of satisfaction: its question, scale and statistic."""

    key: Name = doc(..., "指標の名前。", "Name of the metric.", example="csat")
    name: Words | None = doc(None, "ページに出す名前。省くと、よく使う key には用意した名前、ほかは key。",
                             "Its name on the pages; left out, common keys have one, others show the key.",
                             example={"ja": "県内の交通", "en": "Getting around"})
    question: Code | None = doc(None, "survey_answers の question の値。省くと key と同じ。",
                                "Its value in survey_answers.question; the key itself where left out.",
                                example="overall")
    scale: Annotated[tuple[int, int], IsScale()] = doc(
        ..., "回答の最低と最高。外れた値は無効として数えます。",
        "Lowest and highest answer; others are counted as invalid.",
        example=[1, 5])
    statistic: Literal["nps", "top2", "mean"] = doc(
        ..., "nps は推奨者−批判者、top2 は上位2つの割合、mean は平均。",
        "nps: promoters less detractors; top2: share of the two best answers; mean.", example="top2")
    better: Literal["high", "low"] = doc(
        "high", "高いほど良いか、低いほど良いか。", "Whether high or low answers are good.")
    good_from: Annotated[int, IsWhole(-100, 100)] | None = doc(
        None, "top2 で、この点から良い答えと数えます(better が low なら、この点まで)。省くと上位2つ。",
        "For top2: answers from here on count as good (up to here where low is better); the two best where left out.",
        example=4)
    labels: Annotated[Mapping[Code, Annotated[float, IsNumber(exact=False)]], Frozen()] = doc(
        Fixed({}), "選択肢の文 → 点数。", "Wording of an answer → its score.", example={"満足": 5, "不満": 1})

    @model_validator(mode="after")
    def _fits(self) -> Metric:
        low, high = self.scale
        if self.statistic == "nps" and (self.scale != (0, 10) or self.better != "high"):
            raise wrong("nps_scale", key="scale", of=("scale", "statistic", "better"), allowed=["[0, 10]"])
        outside = [label for label, score in self.labels.items() if not low <= score <= high]
        if outside:
            raise wrong("label_outside", key="labels", of=("labels", "scale"),
                        labels=", ".join(outside), allowed=[f"{low} … {high}"])
        if self.good_from is not None and (self.statistic != "top2" or not low <= self.good_from <= high):
            raise wrong("not_a_cut", key="good_from", of=("good_from", "statistic", "scale"),
                        allowed=[f"{low} … {high}"])
        return self

    @property
    def good(self) -> int:
        """The first answer that counts as good, the last one where low answers are better."""
        low, high = self.scale
        return self.good_from if self.good_from is not None else high - 1 if self.better == "high" else low + 1


class Improvement(Model):
    """Something that was mended, and the figure that should tell."""

    name: Words = doc(..., "手を入れたこと。", "What was mended.",
                      example={"ja": "返信の担当を増員", "en": "More staff for replies"})
    start: Day = doc(..., "始めた日。", "Day it began.", example="2026-07-01")
    metric: Name = doc(..., "くらべる指標(metrics の key か reply_within_day)。",
                       "The figure to compare: a key of metrics, or reply_within_day.", example="csat")


METRICS = (
    Metric(key="nps", question=None, scale=(0, 10), statistic="nps"),
    Metric(key="csat", question=None, scale=(1, 5), statistic="top2", labels=CSAT_LABELS),
)


class SatisfactionSettings(Model):
    """What is asked, and how sure a figure must be to be spoken of."""

    nps_question: Code = doc(
        "nps", "「すすめたいですか」の question の値。metrics の nps が question を省いたときに使います。",
        "Value of question for “would you recommend us”; used where the metric nps leaves out its question.")
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1)] = doc(
        METRICS, "指標。1つ目から順にページに並びます。", "Metrics, in the order of the page.")
    confidence: Annotated[float, IsNumber(0.5, 0.999, exact=False)] = doc(
        0.95, "区間の信頼水準。", "Confidence level of the intervals.")
    reference_below: Count = doc(
        30, "回答がこれより少ない数字には「参考値」と添えます。",
        "Figures from fewer answers are marked as indicative.")

    crowd_months: Annotated[int, IsWhole(1, 60)] = doc(
        12, "声がお客さま全体を代表するかを見る期間(月数、対象月まで)。",
        "Months of answers, up to the report's, behind the question whether they speak for all.")
    weight_by: tuple[Literal["rank", "recency", "bought", "age", "gender", "channel"], ...] | None = doc(
        None, "答えた方の偏りをならす項目。null はデータにあるものすべて。",
        "Attributes by which answers are weighted to match all buyers; null takes all the shop has.",
        example=["rank", "recency", "age"])

    questions: tuple[Question, ...] = doc(
        (), "選んで答える質問。GT表とクロス集計にします。",
        "Questions answered by choosing; the page counts their answers.",
        example=[{"key": "reasons", "name": {"ja": "利用の理由", "en": "Reasons"}, "kind": "multiple"}])
    crosstabs: tuple[Crosstab, ...] = doc(
        (), "クロス集計。", "Cross tabulations.", example=[{"question": "reasons", "by": ["gender", "age_band"]}])

    overall: Name | None = doc(
        None, "「何が満足を左右するか」で説明する指標(metrics の key)。null は総合満足度、なければおすすめ度。",
        "The metric whose drivers are looked for; null takes overall satisfaction, else recommendation.",
        example="csat")

    support_hours: Annotated[tuple[int, int], IsScale()] | None = doc(
        None, "問い合わせに答える時間帯(始まりと終わりの時)。書くと、営業時間で数えた待ち時間も出します。",
        "Hours in which requests are answered (from, to); with them waiting is also told in open hours.",
        example=[9, 18])
    support_closed_on_holidays: Flag = doc(
        True, "祝日は問い合わせに答えない日として数えます。", "Whether nobody answers on public holidays.")

    after_days: Annotated[int, IsWhole(7, 730)] = doc(
        180, "答えた後の買い物を見る日数。", "Days after an answer in which purchases are looked at.")
    call_days: Annotated[int, IsWhole(1, 730)] = doc(
        90, "この日数のうちに不満と答えた方を、お話をうかがう方の一覧に入れます。",
        "Those who said within so many days that they are dissatisfied are listed to be called.")

    voices: VoicesSettings = doc(VoicesSettings(), "書かれた声の読み方。", "How what customers write is read.")

    improvements: tuple[Improvement, ...] = doc(
        (), "手を入れたこと。その前と後で指標がどう動いたかを表示します。",
        "What was mended, and when; the page compares the metric before and after.",
        example=[{"name": {"ja": "返信の担当を増員", "en": "More staff for replies"}, "start": "2026-07-01",
                  "metric": "csat"}])
    improvement_months: Annotated[int, IsWhole(1, 12)] = doc(
        3, "手を入れた前と後で、それぞれ何か月ぶんをくらべるか。",
        "Months compared on each side of an improvement.")

    invite_half_width: Annotated[float, IsNumber(1, 50, exact=False)] = doc(
        10, "次の調査で、グループごとの数字をこの幅(±ポイント)で言えるように依頼する人数を決めます。",
        "Invitations are sized so that each group's figure is known to within ± so many points.")
    invite_rest_days: Annotated[int, IsWhole(0, 730)] = doc(
        90, "前に調査をお願いしてから、この日数は続けてお願いしません。",
        "Nobody is asked again within so many days of the last invitation.")
    invite_purpose: Code = doc(
        "research", "調査のお願いを断った方を見分ける、同意の目的のコード。",
        "Purpose of the consents by which customers refuse surveys.")

    @model_validator(mode="after")
    def _distinct(self) -> SatisfactionSettings:
        keys = [metric.key for metric in self.metrics]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise wrong("repeated", key="metrics", repeated=", ".join(repeated))
        if self.support_hours is not None and not 0 <= self.support_hours[0] < self.support_hours[1] <= 24:
            raise wrong("not_hours", key="support_hours", allowed=["[9, 18]", "[0, 24]"])
        self._crossed()
        known = [*keys, *SUPPORT_METRICS]
        for one in self.improvements:
            if one.metric not in known:
                raise wrong("unknown_metric", key="improvements", found=one.metric, allowed=known)
        if self.overall is not None and self.overall not in keys:
            raise wrong("unknown_metric", key="overall", found=self.overall, allowed=keys)
        return self

    def _crossed(self) -> None:
        named = [one.key for one in self.questions]
        repeated = sorted({key for key in named if named.count(key) > 1})
        if repeated:
            raise wrong("repeated", key="questions", repeated=", ".join(repeated))
        for one in self.crosstabs:
            for key, allowed in ((one.question, named), *((by, [*ATTRIBUTES, *named]) for by in one.by)):
                if key not in allowed:
                    raise wrong("unknown_question", key="crosstabs", found=key, allowed=allowed)

    def question(self, metric: Metric) -> str:
        """Return the value of ``survey_answers.question`` a metric reads."""
        return metric.question or (self.nps_question if metric.key == "nps" else metric.key)

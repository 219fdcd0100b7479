"""Settings of questions that are told as asked: which they are, and what they are crossed with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import model_validator

from crmlib.settings.base import Model, Words
from crmlib.settings.fields import Code, IsText, Kind, Name, OrOne, doc, wrong

#: What a question may be crossed with besides another question.
ATTRIBUTES = ("rfm_segment", "rank", "gender", "age_band", "prefecture", "channel")


class IsSeparator(Kind):
    """What stands between several choices in one cell, a line break among them."""

    def read(self, value: Any) -> str:
        """Return the characters."""
        if not isinstance(value, str) or not 1 <= len(value) <= 3 or value.isalnum():
            raise wrong("not_separator", allowed=["\\n", ";", "、"])
        return "".join(value)

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "string", "minLength": 1, "maxLength": 3}


class Question(Model):
    """A question answered by choosing: one answer, or several."""

    key: Name = doc(..., "質問の短い名前。", "Short name of the question.", example="purpose")
    name: Words | None = doc(None, "ページに出す質問の文。省くと key。", "The question as the pages word it; the key "
                             "where left out.", example={"ja": "訪問の目的", "en": "Purpose of the visit"})
    question: Code | None = doc(None, "survey_answers の question の値。省くと key と同じ。",
                                "Its value in survey_answers.question; the key itself where left out.",
                                example="reasons")
    kind: Literal["single", "multiple"] = doc(
        "single", "single は一つだけ選ぶ質問、multiple はいくつでも選べる質問。",
        "single: one answer is chosen; multiple: any number.")
    separator: Annotated[str, IsSeparator()] | None = doc(
        None, "一つの欄に選択肢が並ぶとき、その区切り(multiple だけ)。",
        "What stands between the choices where one cell holds several (multiple only).", example=";")
    options: tuple[Code, ...] = doc(
        (), "選択肢を並べる順。書いていない選択肢は、その後に多い順で並びます。",
        "Order of the answers; others follow by how often they were chosen.", example=["自宅用", "贈り物"])

    @model_validator(mode="after")
    def _fits(self) -> Question:
        if self.separator is not None and self.kind == "single":
            raise wrong("separator_of_single", key="separator", of=("separator", "kind"), allowed=["multiple"])
        return self

    @property
    def asked(self) -> str:
        """The value of ``survey_answers.question``."""
        return self.question or self.key


class Crosstab(Model):
    """A question told apart by an attribute of the customers, or by another question."""

    question: Name = doc(..., "集計する質問(questions の key)。", "The question (key of questions).", example="purpose")
    by: Annotated[tuple[Annotated[str, IsText()], ...], OrOne()] = doc(
        ..., "分ける項目(rfm_segment, rank, gender, age_band, prefecture, channel)か、ほかの質問の key。",
        "By what: rfm_segment, rank, gender, age_band, prefecture, channel, or the key of another question.",
        example=["gender", "age_band"])

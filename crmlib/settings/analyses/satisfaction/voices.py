"""Settings of what customers write: how far back, from how many people on, and the shop's own themes."""

from __future__ import annotations

from typing import Annotated

from pydantic import model_validator

from crmlib.settings.base import Model, Words
from crmlib.settings.fields import Flag, IsWhole, Name, OrOne, Text, doc, wrong


class ThemeWords(Model):
    """A theme by the words it is known by; for a theme that exists, words are added."""

    key: Name = doc(..., "テーマの短い名前。用意したテーマの名前なら、その言葉に足します。",
                    "Short name of the theme; that of a standard theme adds to its words.", example="onsen")
    name: Words | None = doc(None, "ページに出すテーマの名前。省くと用意した名前か key。",
                             "Its name on the pages; left out, the standard name or the key.",
                             example={"ja": "温泉", "en": "Hot springs"})
    ja: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "日本語の言い回し。コメントのどこにあっても数えます。",
        "How it is written in Japanese, anywhere in a comment.",
        example=["温泉", "露天風呂", "足湯"])
    en: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "英語の言い回し。単語の始まりで数えます。", "How it is written in English, at the beginning of a word.",
        example=["hot spring", "onsen"])
    unless: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "似ているが別の意味の言い回し。数えません。", "What contains one of these words and means something else.",
        example=["温泉街"])

    @model_validator(mode="after")
    def _something(self) -> ThemeWords:
        if not self.ja and not self.en:
            raise wrong("no_theme_words", of=("ja", "en"), allowed=["ja", "en"])
        return self


class VoicesSettings(Model):
    """What customers write: comments of surveys, reviews and tickets."""

    months: Annotated[int, IsWhole(1, 60)] = doc(
        12, "コメントを読む期間(月数、対象月まで)。", "Months of comments read, up to the report's.")
    recent_months: Annotated[int, IsWhole(1, 12)] = doc(
        1, "「最近」とみなす月数(対象月まで)。期間の残りとくらべて、増えた言葉を探します。",
        "The latest months, compared with the others to find what is said more often.")
    least: Annotated[int, IsWhole(8, 1000)] = doc(
        8, "この人数以上が使った言葉だけを数え、この人数以上が似たことを書いた文だけを載せます。8人が下限です。",
        "Words count, and sentences are shown, only where so many people wrote them; not below 8.")
    most: Annotated[int, IsWhole(1000, 1_000_000)] = doc(
        100_000, "読むコメントの上限(アンケート、レビュー、問い合わせのそれぞれ)。超えるときは、くじ引きで選びます。",
        "The most comments read of each source; from more, a sample by hash is drawn.")
    standard_themes: Flag = doc(
        True, "用意したテーマの辞書を使います。", "Whether the standard dictionary of themes is used.")
    themes: tuple[ThemeWords, ...] = doc(
        (), "お店のテーマ。", "The shop's own themes.",
        example=[{"key": "onsen", "name": {"ja": "温泉", "en": "Hot springs"}, "ja": ["温泉", "足湯"]}])

    @model_validator(mode="after")
    def _fits(self) -> VoicesSettings:
        keys = [theme.key for theme in self.themes]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise wrong("repeated", key="themes", repeated=", ".join(repeated))
        if self.recent_months >= self.months > 1:
            raise wrong("recent_too_long", key="recent_months", of=("recent_months", "months"),
                        allowed=[f"1 … {self.months - 1}"])
        return self

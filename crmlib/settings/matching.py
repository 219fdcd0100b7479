"""Settings of matching: which customer ids are one person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from crmlib.settings.base import Model
from crmlib.settings.fields import Name, Share, Text, doc


class MatchingSettings(Model):
    """How the ids of one person are found (名寄せ); in doubt two stay two, and a person decides."""

    decisions: Text | None = doc(
        None, "お店が決めた「同じ人」「別の人」のファイル。省くと data/decisions/店/matches.csv(あれば)。",
        "File of the shop's own decisions, which always win; data/decisions/<shop>/matches.csv where left out.",
        example="data/decisions/my-shop/matches.csv")
    trust: Annotated[tuple[Name, ...], Field(max_length=100)] = doc(
        (), "食い違ったときに信じる順の、取り込み元の名前(取り込みの帳簿に出る名前)。ないものは最後。",
        "Sources in the order they are believed when they disagree, by their names in the ledger; others come last.",
        example=["customers_2", "customers_1"])
    propose: Literal["off", "splink"] = doc(
        "off", "splink なら、決まりで見つからない組を確率で探し、確認待ちの一覧に出します(自動ではまとめません)。",
        "With splink, pairs the rules miss are proposed by probability, for a person to decide; never joined by "
        "themselves.")
    proposal_threshold: Share = doc(
        0.95, "この確率以上の組を候補に出します。", "Pairs from this probability on are proposed.")

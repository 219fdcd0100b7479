"""Settings of the products page."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crmlib.settings.base import Model
from crmlib.settings.fields import Count, IsWhole, Money, Share, doc, wrong

ProductColumn = Literal["category_1", "category_2", "category_3", "taste", "brand", "name"]


class Ctb(Model):
    """Which columns of products are category, taste and brand (CTB分析)."""

    category: ProductColumn = doc("category_1", "カテゴリーとみる列。", "Column taken as the category.")
    taste: ProductColumn = doc("taste", "テイスト(色・味・大きさなど)とみる列。",
                               "Column taken as the taste (colour, flavour, size …).")
    brand: ProductColumn = doc("brand", "ブランドとみる列。", "Column taken as the brand.")


class ProductsSettings(Model):
    """Which sales are looked at, and when a pair, an offer or a rhythm may be spoken of."""

    window_months: Annotated[int, IsWhole(1, 36)] = doc(
        12, "併買や構成をみる月数(対象月まで)。", "Months behind pairs and shares, the report's month included.")
    abc: Annotated[tuple[Share, ...], Field(min_length=2, max_length=2)] = doc(
        (0.7, 0.9), "ABC分析の区切り(売上の累計割合)。", "Cumulative shares of sales at which A and B end.")
    ctb: Ctb = doc(Ctb(), "CTB分析に使う列。", "Columns behind category, taste and brand.")
    price_bands: tuple[Money, ...] | None = doc(
        None, "価格帯の区切り(小さい順)。null はデータから五つに分けます。",
        "Where price bands end, ascending; null cuts five from the data.", example=[500, 1000, 3000])
    max_basket: Annotated[int, IsWhole(2, 1000)] = doc(
        100, "品目がこれより多い買い物は、併買の計算に入れません(数はページに出ます)。",
        "Baskets with more different products stay out of pairs; the page says how many.")
    pair_baskets: Annotated[int, IsWhole(1)] = doc(
        30, "併買を示すのに要る買い物の数。", "Baskets a pair has to be in to be shown.")
    pair_customers: Annotated[int, IsWhole(1)] = doc(
        10, "併買を示すのに要るお客さまの数(お客さまがわかる買い物がある場合)。",
        "Customers who have to have bought a pair, where any of them is known.")
    most_pairs: Annotated[int, IsWhole(1)] = doc(
        20000, "表に載せる組の最大数。買い物の多いものから載せます。",
        "Pairs kept at most; those in most baskets are.")
    offers: Annotated[int, IsWhole(1, 20)] = doc(
        3, "おすすめの良し悪しを、一人に何品まで出したものとして比べるか。",
        "How many offers a customer gets where ways of choosing them are compared.")
    new_days: Count = doc(180, "はじめて売れてからこの日数までを新商品とします。",
                          "A product is new for so many days after its first sale.")
    free_shipping: Money | None = doc(
        None, "送料が無料になる金額。null は、送料の記録から読み取れれば読み取ります。",
        "Amount from which shipping is free; null reads it from recorded shipping where that tells it.", example=5000)

    @model_validator(mode="after")
    def _rising(self) -> ProductsSettings:
        for key in ("abc", "price_bands"):
            edges = getattr(self, key) or ()
            if any(high <= low for low, high in pairwise(edges)):
                raise wrong("not_rising", key=key)
        return self

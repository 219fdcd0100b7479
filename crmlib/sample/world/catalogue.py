"""Stores and products of the sample shop, with what is planted in them: pairs, seasons, launches, a price rise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlib.sample.world.days import Days
from crmlib.sample.world.draw import Draw

#: Planted: one store closed for good so many months before the end.
CLOSED_BACK = 8
#: Code, name, area, format, opened (months before the end, None = long ago), closed (months before the end), size.
STORES = (
    ("010", "本店", "東京東", "路面店", None, None, 30), ("020", "駅前店", "東京西", "駅ナカ", None, None, 22),
    ("030", "横浜店", "神奈川", "商業施設", None, None, 18), ("040", "大宮店", "埼玉", "商業施設", None, None, 12),
    ("050", "船橋店", "千葉", "路面店", None, CLOSED_BACK, 10), ("060", "新都心店", "埼玉", "商業施設", 18, None, 8),
    ("900", "オンライン店", "全国", "EC", None, None, 0), ("990", "催事売場", "東京東", "路面店", None, None, 0))
EC, STALL, SHOPS, OFFICE, CLOSING = 6, 7, 6, 3, 4
BRANDS = ("見本屋", "青葉堂", "ほしの里", "北風舎", "まるや本舗", "小川印", "試作工房")
TASTES = (("定番", "減塩", "濃厚", "甘口", "辛口", "有機", "季節限定"),
          ("無香料", "せっけんの香り", "柑橘の香り", "森の香り", "敏感肌用", "大容量", "詰替"),
          ("和", "洋", "季節", "祝い", "内祝い", "特選", "小さな"))
CATEGORIES = ("食品", "日用品", "ギフト")
#: Category, middle class, small class, price of the plain one, months in which it sells more, and how much more.
CLASSES = (
    (0, "飲料", "コーヒー豆", 980, (), 1.0), (0, "飲料", "緑茶", 640, (), 1.0),
    (0, "飲料", "麦茶", 380, (6, 7, 8), 3.0), (0, "調味料", "しょうゆ", 420, (), 1.0),
    (0, "調味料", "味噌", 520, (), 1.0), (0, "調味料", "鍋つゆ", 360, (11, 12, 1, 2), 3.0),
    (0, "麺", "パスタ", 320, (), 1.0), (0, "麺", "そうめん", 480, (6, 7, 8), 2.5),
    (0, "ソース", "パスタソース", 340, (), 1.0), (0, "米", "米5kg", 2480, (), 1.0),
    (0, "菓子", "せんべい", 380, (), 1.0), (0, "菓子", "チョコレート", 540, (2,), 3.5),
    (0, "菓子", "ようかん", 680, (), 1.0), (1, "洗濯", "洗剤", 780, (), 1.0),
    (1, "洗濯", "柔軟剤", 680, (), 1.0), (1, "ヘアケア", "シャンプー", 980, (), 1.0),
    (1, "ヘアケア", "コンディショナー", 980, (), 1.0), (1, "紙製品", "ティッシュ", 420, (), 1.0),
    (1, "台所", "食器用洗剤", 280, (), 1.0), (1, "台所", "スポンジ", 220, (), 1.0),
    (1, "台所", "コーヒーフィルター", 260, (), 1.0), (1, "ペット", "ペットフード", 1680, (), 1.0),
    (1, "季節品", "日焼け止め", 1180, (5, 6, 7, 8), 3.0), (2, "食品ギフト", "詰合せ", 3800, (7, 12), 2.0),
    (2, "食品ギフト", "焼菓子セット", 2900, (), 1.0), (2, "飲料ギフト", "お茶セット", 3200, (7,), 1.5),
    (2, "飲料ギフト", "コーヒーギフト", 4200, (), 1.0), (2, "雑貨ギフト", "タオルセット", 4800, (3,), 2.0))
VARIANTS = 7
#: Planted pairs: small class bought, small class added, chance that the second is added because of the first.
PAIRS = (("コーヒー豆", "コーヒーフィルター", 0.35), ("パスタ", "パスタソース", 0.40),
         ("シャンプー", "コンディショナー", 0.30), ("洗剤", "柔軟剤", 0.30), ("食器用洗剤", "スポンジ", 0.25))
#: Planted: products bought again and again, with their cycle in days.
REPLENISHED = (("米5kg", 35), ("ペットフード", 28), ("洗剤", 50), ("コーヒー豆", 21))
#: Planted: all shelf prices rise by this much, this many months before the end.
PRICE_RISE, RISE_BACK = 0.03, 18
#: Small classes whose last variant is new, and how many months before the end it appeared.
LAUNCHES = (("緑茶", 14), ("せんべい", 10), ("ティッシュ", 7), ("焼菓子セット", 4), ("チョコレート", 2))


@dataclass(frozen=True, repr=False)
class Catalogue:
    """Products as arrays, numbered from 0.

    Attributes
    ----------
    code, name, brand, taste : list of str
    small : ndarray
        Index into ``CLASSES``; ``category`` is the index into ``CATEGORIES``.
    price, cost, tax : ndarray of int
        Yen with tax, before the price rise; tax 8 for food, else 10.
    popularity : ndarray
    launched : ndarray of int
        Month index from which it is sold (0 = always).
    rise_month : int
        Month index of the price rise.
    """

    code: list[str]
    name: list[str]
    brand: list[str]
    taste: list[str]
    small: np.ndarray
    category: np.ndarray
    price: np.ndarray
    cost: np.ndarray
    tax: np.ndarray
    popularity: np.ndarray
    launched: np.ndarray
    rise_month: int

    @property
    def count(self) -> int:
        """Number of products."""
        return len(self.code)

    def variant(self, small: str, number: int = 0) -> int:
        """Return the product of a small class by its variant."""
        return next(i for i, c in enumerate(CLASSES) if c[2] == small) * VARIANTS + number

    def shelf_price(self, product: np.ndarray, month: np.ndarray) -> np.ndarray:
        """Return the price in yen in a month (index)."""
        risen = (self.price[product] * (100 + int(PRICE_RISE * 100)) + 50) // 100
        return np.where(month >= self.rise_month, risen, self.price[product])


def make_catalogue(draw: Draw, months: int) -> Catalogue:
    """Return the products of the shop: 28 small classes with seven variants each."""
    small = np.repeat(np.arange(len(CLASSES)), VARIANTS)
    variant = np.tile(np.arange(VARIANTS), len(CLASSES))
    category = np.array([c[0] for c in CLASSES])[small]
    plain = np.array([c[3] for c in CLASSES])[small]
    price = plain * (100 + 8 * draw.below("price", 6, small, variant)) // 100 // 10 * 10
    price = np.where(variant == 0, plain, price)
    cost = price * (52 + draw.below("cost", 17, small, variant)) // 100
    launched = np.zeros(len(small), dtype=np.int64)
    names = [c[2] for c in CLASSES]
    for name, back in LAUNCHES:
        launched[names.index(name) * VARIANTS + VARIANTS - 1] = max(0, months - back)
    brand = [BRANDS[(s * 3 + v) % len(BRANDS)] for s, v in zip(small.tolist(), variant.tolist(), strict=True)]
    taste = [TASTES[c][v] for c, v in zip(category.tolist(), variant.tolist(), strict=True)]
    return Catalogue(
        code=[f"0{CLASSES[s][0] + 1}{s + 1:02d}{v + 1:03d}" for s,
              v in zip(small.tolist(), variant.tolist(), strict=True)],
        name=[f"{b} {names[s]} {t}" for b, s, t in zip(brand, small.tolist(), taste, strict=True)],
        brand=brand, taste=taste, small=small, category=category, price=price, cost=cost,
        tax=np.where(category == 0, 8, np.where((category == 2) & (small < len(CLASSES) - 1), 8, 10)),
        popularity=1.0 / (1.0 + 0.6 * variant), launched=launched, rise_month=max(1, months - RISE_BACK))


def season(products: Catalogue) -> np.ndarray:
    """Return the planted factor of each product in each calendar month, products × 12."""
    factors = np.ones((products.count, 12))
    for index, (_, _, _, _, months, factor) in enumerate(CLASSES):
        for month in months:
            factors[products.small == index, month - 1] = factor
    return factors


def store_days(days: Days) -> np.ndarray:
    """Return which store is open on which day, stores × days (EC always, the stall never by itself)."""
    last = days.month[-1] + 1
    table = np.zeros((len(STORES), days.count), dtype=bool)
    for index, (_, _, _, _, opened, closed, _) in enumerate(STORES[:SHOPS]):
        table[index] = ~(days.new_year | days.typhoon)
        if opened is not None:
            table[index] &= days.month >= last - opened
        if closed is not None:
            table[index] &= days.month < last - closed
    table[OFFICE] &= ~days.obon
    table[EC] = True
    return table

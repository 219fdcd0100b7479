"""Surveys and reviews: what everybody would have answered, who was asked, who did answer, and what they wrote.

Every person has an answer to every question whether asked or not, so the truth about the whole base is
known beside what the respondents say. Who answers the monthly survey depends on how often they buy and on age
(both can be weighted for); the short survey after a purchase and the reviews depend on the score itself.
"""

from __future__ import annotations

import numpy as np

from crmlib.sample.behaviour import Habits, Rows
from crmlib.sample.orders import VOID, Sales
from crmlib.sample.world.catalogue import EC
from crmlib.sample.world.days import Days
from crmlib.sample.world.draw import Draw
from crmlib.sample.world.people import People

ITEMS = ("assortment", "service", "price", "delivery")
#: Planted: how much each item weighs in overall satisfaction.
WEIGHTS = (0.30, 0.40, 0.10, 0.20)
#: Planted: mean of each item (1–5); delivery falls by ``INCIDENT`` in three months (late parcels).
MEANS = (3.85, 3.65, 3.25, 3.70)
INCIDENT, INCIDENT_BACK = -0.9, (8, 9, 10)
ASKED_SHARE, AFTER_PURCHASE = 1 / 3, 0.06
#: Planted: chance to answer = base + step × purchases in 12 months (at most 12) + step × age band.
ANSWERS, PER_PURCHASE, PER_AGE = 0.05, 0.045, 0.035
#: Planted: chance to answer the short survey, and to write a review, by satisfaction 1–5.
SHORT_ANSWERS = (0.75, 0.50, 0.18, 0.15, 0.20)
REVIEWS = (0.080, 0.030, 0.001, 0.008, 0.040)
COMMENTS = (0.80, 0.70, 0.38, 0.25, 0.32)
LABELS = ("とても不満", "不満", "どちらともいえない", "満足", "とても満足")
USES = ("自宅用", "贈り物", "まとめ買い", "仕事用")
GOOD = ("店員さんの説明がていねいで安心して買えました。", "品ぞろえが良く、いつも助かっています。",
        "配送が早くて驚きました。また利用します。",
        "定期便が便利です。量もちょうど良いです。", "お茶がとてもおいしかったです。",
        "Great selection, and the staff are kind.")
MIXED = ("特になし", "ふつうです。", "味は良いが、値段がもう少し安いとうれしい。", "駅前店のレジが夕方に混みます。",
         "商品は良いのに、箱が大きすぎます。")
BAD = ("配送が遅れ、連絡もありませんでした。", "問い合わせの返事が三日も来ませんでした。",
       "値上げが続いて買いにくくなりました。", "欲しい商品がいつも売り切れです。",
       "店員さんの対応が冷たく感じました。", "Delivery was late and nobody answered my mail.",
       "ポイントの有効期限が短すぎます。")


def scores(draw: Draw, people: People, habits: Habits, person: np.ndarray, wave: np.ndarray, late: np.ndarray) -> Rows:
    """Return what people would answer in a wave (month index): nps 0–10, csat 1–5 and the four items 1–5."""
    mood = habits.mood[person]
    answers: Rows = {}
    index = np.zeros(len(person))
    for number, item in enumerate(ITEMS):
        own = draw.bell(f"item/{item}", person)
        fall = np.where(late, INCIDENT, 0.0) if item == "delivery" else 0.0
        raw = MEANS[number] + fall + 0.65 * mood + 0.60 * own + 0.30 * draw.bell(f"wave/{item}", person, wave)
        answers[item] = np.clip(np.floor(raw + 0.5), 1, 5).astype(np.int64)
        index = index + WEIGHTS[number] * (answers[item] - MEANS[number])
    overall = 3.65 + 1.30 * index + 0.40 * draw.bell("overall", person, wave)
    answers["csat"] = np.clip(np.floor(overall + 0.5), 1, 5).astype(np.int64)
    recommend = 7.2 + 2.6 * index + 0.90 * draw.bell("recommend", person, wave)
    answers["nps"] = np.clip(np.floor(recommend + 0.5), 0, 10).astype(np.int64)
    return answers


def incident(days: Days, month: np.ndarray) -> np.ndarray:
    """Tell whether a month (index) is one of the three with late parcels."""
    return np.isin(len(days.months) - 1 - month, INCIDENT_BACK)


def buyers(days: Days, sales: Sales, people: People, month: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the people who bought in the 12 months before a month's 20th day, and how many purchases each made."""
    orders, day = sales.orders, days.month_start(month) + 19
    inside = ((orders["person"] >= 0) & (orders["document"] == 0) & (orders["status"] != VOID)
              & (orders["day"] < day) & (orders["day"] >= day - 365))
    count = np.bincount(orders["person"][inside], minlength=people.count)
    return np.flatnonzero(count), count


def make_survey(draw: Draw, days: Days, people: People, habits: Habits, sales: Sales) -> Rows:
    """Return everybody in the base of every monthly wave: person, month, asked, answered, comment, and all scores."""
    parts = []
    for month in range(len(days.months)):
        who, bought = buyers(days, sales, people, month)
        waves = np.full(len(who), month)
        asked = draw.uniform("asked", who, month) < ASKED_SHARE
        chance = ANSWERS + PER_PURCHASE * np.minimum(bought[who], 12) + PER_AGE * people.age_band[who]
        answered = asked & (draw.uniform("answers", who, month) < chance)
        answers = scores(draw, people, habits, who, waves, incident(days, waves))
        writes = answered & (draw.uniform("writes", who, month) < np.array(COMMENTS)[answers["csat"] - 1])
        parts.append({"person": who, "month": waves, "asked": asked, "answered": answered, "comment": writes,
                      "purchases": bought[who], **answers})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def make_short_survey(draw: Draw, days: Days, people: People, habits: Habits, sales: Sales) -> Rows:
    """Return the survey after a purchase: person, day, minute, csat, answered."""
    orders = sales.orders
    fits = (orders["person"] >= 0) & (orders["document"] == 0) & (orders["status"] != VOID)
    rows = np.flatnonzero(fits)
    rows = rows[draw.uniform("short_asked", rows) < AFTER_PURCHASE]
    person, month = orders["person"][rows], orders["month"][rows]
    late = incident(days, month) & (orders["store"][rows] == EC)
    csat = scores(draw, people, habits, person, month, late)["csat"]
    answered = draw.uniform("short_answers", rows) < np.array(SHORT_ANSWERS)[csat - 1]
    return {"person": person, "member": orders["member"][rows], "day": orders["day"][rows],
            "minute": orders["minute"][rows], "month": month, "csat": csat, "answered": answered}


def make_reviews(draw: Draw, days: Days, people: People, habits: Habits, sales: Sales) -> Rows:
    """Return reviews: member, person, day, minute, product, rating; mostly from the very pleased and the very cross."""
    orders, lines = sales.orders, sales.lines
    first = np.searchsorted(lines["order"], np.arange(len(orders["day"])))
    fits = (orders["person"] >= 0) & (orders["document"] == 0) & (orders["status"] != VOID)
    rows = np.flatnonzero(fits)
    person, month = orders["person"][rows], orders["month"][rows]
    csat = scores(draw, people, habits, person, month, incident(days, month))["csat"]
    writes = draw.uniform("reviews", rows) < np.array(REVIEWS)[csat - 1]
    kept = rows[writes]
    day = orders["day"][kept] + 2 + draw.below("review_after", 10, kept)
    inside = day < days.count
    kept, day, rating = kept[inside], day[inside], csat[writes][inside]
    return {"person": orders["person"][kept], "member": orders["member"][kept], "day": day,
            "minute": 600 + draw.below("review_at", 720, kept), "product": lines["product"][first[kept]],
            "rating": np.where((rating <= 2) & (draw.uniform("one_star", kept) < 0.70), 1, rating)}


def comment(draw: Draw, name: str, number: np.ndarray, csat: np.ndarray) -> list[str]:
    """Return a sentence that suits the satisfaction 1–5."""
    luck = draw.uniform(name, number)
    found = []
    for score, one in zip(csat.tolist(), luck.tolist(), strict=True):
        words = BAD if score <= 2 else MIXED if score == 3 else GOOD
        found.append(words[int(one * len(words))])
    return found

"""What was planted, written beside the sample so that tests and analysts can see whether a method finds it."""

from __future__ import annotations

from typing import Any

import numpy as np

from crmlib.sample import campaigns as plan
from crmlib.sample import loyalty, support, surveys
from crmlib.sample.behaviour import HAZARD, LEAVING, RATE, Rows, month_factors
from crmlib.sample.build import Shop
from crmlib.sample.files.trade import member_codes
from crmlib.sample.files.voices import answered
from crmlib.sample.truth.oracle import order_money
from crmlib.sample.world import days as calendar
from crmlib.sample.world.catalogue import CLASSES, LAUNCHES, PAIRS, PRICE_RISE, REPLENISHED, store_days
from crmlib.sample.world.people import DORMANT, KINDS, SHARES, stop_month


def segments(shop: Shop) -> dict[str, list[str]]:
    """Return the planted segment of every member number (a person's two numbers share it)."""
    owner = shop.people.owner()
    names = [name for name, _ in SHARES]
    return {"customer_id": member_codes(np.arange(len(owner))),
            "segment": [names[s] for s in shop.people.segment[owner].tolist()]}


def duplicates(shop: Shop) -> dict[str, list[str]]:
    """Return pairs of member numbers of one person; the first is the smaller, the one that stays after merging."""
    people = shop.people
    twice = np.flatnonzero(people.kind >= 0)
    return {"customer_id": member_codes(people.first_id[twice]), "duplicate_id": member_codes(people.second_id[twice]),
            "kind": [KINDS[k] for k in people.kind[twice].tolist()]}


def households(shop: Shop) -> dict[str, list[str]]:
    """Return member numbers that live together and must not be merged across people."""
    owner = shop.people.owner()
    home = shop.people.household[owner]
    rows = np.flatnonzero(home >= 0)
    rows = rows[np.lexsort((rows, home[rows]))]
    return {"household_id": [f"H{h:05d}" for h in home[rows].tolist()], "customer_id": member_codes(rows),
            "person": [f"P{p:06d}" for p in owner[rows].tolist()]}


def dormant(shop: Shop) -> dict[str, list[str]]:
    """Return the cohort that stopped for good when its store closed, with its last purchase."""
    orders, purchase = shop.sales.orders, order_money(shop)["purchase"]
    who = np.flatnonzero(shop.people.segment == DORMANT)
    last = np.full(shop.people.count, -1)
    known = purchase & (orders["person"] >= 0)
    np.maximum.at(last, orders["person"][known], orders["day"][known])
    who = who[last[who] >= 0]
    stamps = (last[who] + shop.days.epoch).astype("datetime64[D]").astype(str).tolist()
    return {"customer_id": member_codes(shop.people.first_id[who]),
            "stopped_after": [shop.days.months[stop_month(shop.days)]] * len(who),
            "last_order_on": stamps}


def uplift(shop: Shop) -> list[dict[str, Any]]:
    """Return each campaign's true effect on buying at least once within the window, and the naive comparison.

    The generator knows which purchases would not have been made without the campaign, so ``without`` is what the
    same people would have done.
    """
    found = []
    for index, one in enumerate(shop.campaigns.plan):
        row: dict[str, Any] = {
               "campaign_id": one.code, "randomised": one.randomised, "target": one.target, "window_days": plan.WINDOW,
               "starts_on": str(np.datetime64(int(shop.days.epoch + shop.campaigns.start[index]), "D")), "arms": []}
        for number, (arm, share, effect) in enumerate(one.arms):
            row["arms"].append({"arm": arm, "share": share, "planted_extra_order": effect, **_arm(shop, index, number)})
        if one.arms and not one.randomised:
            row["naive_difference"] = _naive(shop, index)
        found.append(row)
    arms = [{"arm": arm, "share": share, "planted_conversion": plan.TEST_BASE + e} for arm, share, e in plan.TEST.arms]
    return [*found, {"campaign_id": plan.TEST.code, "randomised": True, "outcome": "conversion", "arms": arms}]


def _window_buyers(shop: Shop, index: int, without: bool) -> np.ndarray:
    orders, start = shop.sales.orders, int(shop.campaigns.start[index])
    inside = order_money(shop)["purchase"] & (orders["day"] > start) & (orders["day"] <= start + plan.WINDOW)
    if without:
        inside &= orders["campaign"] != index
    bought = np.zeros(shop.people.count, dtype=bool)
    bought[orders["person"][inside & (orders["person"] >= 0)]] = True
    return bought


def _arm(shop: Shop, index: int, arm: int) -> dict[str, Any]:
    sends = shop.campaigns.sends
    who = sends["person"][(sends["campaign"] == index) & (sends["arm"] == arm)]
    bought, would = _window_buyers(shop, index, False)[who], _window_buyers(shop, index, True)[who]
    by_segment = {name: float(bought[inside].mean() - would[inside].mean()) for s, (name, _) in enumerate(SHARES)
                  if (inside := shop.people.segment[who] == s).any()}
    return {"n": len(who), "bought": int(bought.sum()), "without": int(would.sum()),
            "true_effect": float(bought.mean() - would.mean()) if len(who) else 0.0, "by_segment": by_segment}


def _naive(shop: Shop, index: int) -> float:
    """Return what 'sent against not sent' shows, though nothing was caused."""
    sends, start = shop.campaigns.sends, int(shop.campaigns.start[index])
    sent = np.zeros(shop.people.count, dtype=bool)
    sent[sends["person"][sends["campaign"] == index]] = True
    there = shop.people.registered < start
    bought = _window_buyers(shop, index, False)
    return float(bought[sent].mean() - bought[~sent & there].mean()) if sent.any() else 0.0


def nps(score: np.ndarray) -> float:
    """Return the share of 9 and 10 minus the share of 0 to 6, in points."""
    return float(100 * ((score >= 9).mean() - (score <= 6).mean())) if len(score) else float("nan")


def response_bias(shop: Shop) -> dict[str, Any]:
    """Return what the whole base would have said beside what respondents and reviewers say."""
    survey, short = shop.survey, shop.short_survey
    waves = [{"month": month, **_wave(survey, survey["month"] == index), **_recorded(shop, index)}
             for index, month in enumerate(shop.days.months) if (survey["month"] == index).any()]
    rating = shop.reviews["rating"]
    said = short["csat"][short["answered"]]
    return {"base": "people with a purchase in the 12 months before the 20th of the month", "waves": waves,
            "all_waves": _wave(survey, np.ones(len(survey["nps"]), dtype=bool)),
            "answering": {"base": surveys.ANSWERS, "per_purchase_up_to_12": surveys.PER_PURCHASE,
                          "per_age_band": surveys.PER_AGE},
            "short_survey": {"asked": len(short["csat"]), "answered": len(said),
                             "true_top_two": float((short["csat"] >= 4).mean()),
                             "respondents_top_two": float((said >= 4).mean()),
                             "answering_by_score": surveys.SHORT_ANSWERS},
            "reviews": {"count": len(rating), "stars": np.bincount(rating, minlength=6)[1:].tolist(),
                        "writing_by_score": surveys.REVIEWS}}


def _wave(survey: Rows, inside: np.ndarray) -> dict[str, Any]:
    said = inside & survey["answered"]
    every, some = survey["nps"][inside], survey["nps"][said]
    return {"base": int(inside.sum()), "asked": int((inside & survey["asked"]).sum()), "answered": int(said.sum()),
            "nps_true": nps(every), "nps_respondents": nps(some),
            "csat_true": float((survey["csat"][inside] >= 4).mean()),
            "csat_respondents": float((survey["csat"][said] >= 4).mean()) if said.any() else None,
            "mean_true": float(every.mean()), "mean_respondents": float(some.mean()) if said.any() else None}


def _recorded(shop: Shop, index: int) -> dict[str, Any]:
    """Return the figures of the valid answers in the file: everybody's last answer too (a few answered twice)."""
    rows = answered(shop)
    inside = np.flatnonzero(rows["month"] == index)
    late = inside[np.argsort(rows["minute"][inside], kind="stable")]
    last = dict(zip(rows["person"][late].tolist(), rows["nps"][late].tolist(), strict=True))
    return {"responses": len(inside), "nps_recorded": nps(rows["nps"][inside]), "respondents": len(last),
            "nps_one_per_person": nps(np.array(list(last.values())))}


def drivers(shop: Shop) -> dict[str, Any]:
    """Return the planted weights of the items, and the weights found in the whole base by least squares."""
    survey = shop.survey
    items = np.stack([survey[name] for name in surveys.ITEMS], axis=1).astype(float)
    centred = items - items.mean(axis=0)
    found, *_ = np.linalg.lstsq(centred, survey["csat"] - survey["csat"].mean(), rcond=None)
    return {"outcome": "csat", "items": list(surveys.ITEMS), "planted_weights": list(surveys.WEIGHTS),
            "found_in_base": [round(float(b), 3) for b in found], "leaving_factor_by_mood": LEAVING,
            "incident": {"item": "delivery", "shift": surveys.INCIDENT, "months": _back(shop, surveys.INCIDENT_BACK)},
            "support": {"good_mark_by_reply": support.GOOD_MARK, "limits_minutes": support.LIMITS,
                        "replies_faster_from": _back(shop, (support.FASTER_BACK,))}}


def _back(shop: Shop, months: tuple[int, ...]) -> list[str]:
    labels = shop.days.months
    return sorted(labels[len(labels) - 1 - back] for back in months if back < len(labels))


def seasonality(shop: Shop) -> dict[str, Any]:
    """Return the planted factors, and the days on which stores were shut."""
    days = shop.days
    dates = np.arange(days.epoch, days.epoch + days.count).astype("datetime64[D]").astype(str)
    shut = (~store_days(days)[0]).nonzero()[0]
    return {"weekday": dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), calendar.WEEKDAY, strict=True)),
            "month_everyday": list(calendar.MONTH_EVERYDAY), "month_gift": list(calendar.MONTH_GIFT),
            "holiday_on_weekday": calendar.HOLIDAY, "pay_day_25th": calendar.PAY_DAY, "anniversary_sale": calendar.SALE,
            "sale_days": dates[days.sale].tolist(), "stores_shut": dates[shut].tolist(),
            "typhoon": dates[days.typhoon].tolist(),
            "season_by_class": {c[2]: {"months": c[4], "factor": c[5]} for c in CLASSES if c[4]},
            "exposure": exposure(shop)}


def exposure(shop: Shop) -> list[dict[str, Any]]:
    """Return what each month would bring with a month factor of 1, gift buyers apart: observed ÷ this = factor."""
    days, habits, people = shop.days, shop.habits, shop.people
    rows = []
    for index, month in enumerate(days.months):
        span = np.arange(days.month_start(index), days.month_start(index + 1))
        there = ((span[None, :] >= habits.start[:, None]) & (span[None, :] < habits.end[:, None])
                 & ~((span[None, :] >= habits.away_from[:, None]) & (span[None, :] < habits.away_to[:, None])))
        weight = (there * days.factor[span][None, :]).sum(axis=1) * habits.rate
        gift = people.segment == 2
        rows.append({"month": month, "everyday": round(float(weight[~gift].sum()), 3),
                     "gift": round(float(weight[gift].sum()), 3),
                     "factor_everyday": float(month_factors(days)[0, index]),
                     "factor_gift": float(month_factors(days)[2, index])})
    return rows


def others(shop: Shop) -> dict[str, Any]:
    """Return the smaller plants: segments, pairs, cycles, launches, prices, subscriptions, funnel."""
    code = shop.products.code
    return {"segments": {name: {"share": share, "orders_per_30_days": RATE[i], "monthly_hazard": HAZARD[i]}
                         for i, (name, share) in enumerate(SHARES)},
            "pairs": [{"a": code[shop.products.variant(a)], "a_class": a, "b": code[shop.products.variant(b)],
                       "added": p}
                      for a, b, p in PAIRS],
            "replenishment": [{"product_id": code[shop.products.variant(small)], "cycle_days": days,
                               "customers": int((shop.habits.cycle == i).sum())} for i,
                               (small, days) in enumerate(REPLENISHED)],
            "launches": [{"product_id": code[shop.products.variant(small, 6)], "months_before_end": back} for small,
                         back in LAUNCHES],
            "price_rise": {"share": PRICE_RISE, "from": shop.days.months[shop.products.rise_month]},
            "subscriptions": {"hazard_by_delivery": loyalty.HAZARD, "interval_days": loyalty.INTERVAL},
            "funnel": {"cart_of_view": support.FUNNEL[0], "checkout_of_cart": support.FUNNEL[1],
                       "order_of_checkout": support.FUNNEL[2]},
            "trial": {"pays": support.TRIAL_PAYS, "within_days": support.TRIAL_DAYS}}

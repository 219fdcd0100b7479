"""Master data, loyalty and campaigns as exported files."""

from __future__ import annotations

import numpy as np

from crmlib.sample import campaigns as plan
from crmlib.sample.build import Shop
from crmlib.sample.files.members import RANKS, company_name
from crmlib.sample.files.sheet import Clock, Sheet, numbers, words
from crmlib.sample.files.trade import member_codes
from crmlib.sample.loyalty import INTERVAL, REASONS
from crmlib.sample.support import TAGS
from crmlib.sample.world import names
from crmlib.sample.world.catalogue import CATEGORIES, CLASSES, SHOPS, STORES


def member_at(shop: Shop, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return the member number (running) a person used on a day."""
    people = shop.people
    second = (people.kind[person] >= 0) & (day >= people.second[person])
    return np.where(second, people.second_id[person], people.first_id[person])


def record_sheets(shop: Shop, clock: Clock) -> list[Sheet]:
    """Return stores, products, accounts, subscriptions, points, ranks, due dates, tags, consents and campaigns."""
    return [_stores(shop, clock), _products(shop), _accounts(shop), _subscriptions(shop, clock), _points(shop, clock),
            _ranks(shop, clock), _due_dates(shop, clock), _tags(shop, clock), _consents(shop, clock),
            _campaigns(shop, clock), _sends(shop, clock), _responses(shop, clock), _outcomes(shop)]


def _stores(shop: Shop, clock: Clock) -> Sheet:
    months = len(shop.days.months)
    opened = [shop.days.month_start(max(0, months - s[4])) if s[4] is not None else -2000 + 100 * i
              for i, s in enumerate(STORES)]
    closed = [shop.days.month_start(max(0, months - s[5])) - 1 if s[5] is not None else None for s in STORES]
    return Sheet("stores.csv", "stores", {
        "店舗コード": [s[0] for s in STORES], "店舗名": [s[1] for s in STORES], "地域": [s[2] for s in STORES],
        "業態": [s[3] for s in STORES], "開店日": clock.on(np.array(opened)),
        "閉店日": ["" if day is None else clock.on(np.array([day]))[0] for day in closed]})


def _products(shop: Shop) -> Sheet:
    products = shop.products
    small = products.small.tolist()
    return Sheet("products.csv", "products", {
        "商品コード": products.code, "商品名": products.name, "大分類": words(products.category, CATEGORIES),
        "中分類": [CLASSES[s][1] for s in small], "小分類": [CLASSES[s][2] for s in small], "テイスト": products.taste,
        "ブランド": products.brand, "原価": numbers(products.cost)}, "utf-8-sig")


def _accounts(shop: Shop) -> Sheet:
    firm = np.flatnonzero(shop.people.company)
    pick = shop.draw.below
    return Sheet("accounts.csv", "accounts", {
        "取引先コード": [f"B{p:05d}" for p in firm.tolist()], "取引先名": [company_name(p) for p in firm.tolist()],
        "業種": words(pick("trade", len(names.TRADES), firm), names.TRADES),
        "従業員規模": words(pick("size_band", len(names.SIZES), firm), names.SIZES),
        "年商規模": words(pick("revenue_band", len(names.REVENUES), firm), names.REVENUES),
        "担当者コード": staff_codes(shop.people.home[firm] * 3)})


def staff_codes(running: np.ndarray) -> list[str]:
    """Return staff codes, three for each store."""
    return [f"E{1 + one:03d}" for one in np.minimum(running, SHOPS * 3 - 1).tolist()]


def _subscriptions(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.subscriptions
    member = member_at(shop, rows["person"], rows["start"])
    none = clock.low - 1
    return Sheet("subscriptions.csv", "subscriptions", {
        "定期番号": [f"T{1 + n:05d}" for n in range(len(member))], "会員番号": member_codes(member),
        "商品コード": words(rows["product"], shop.products.code), "開始日": clock.on(rows["start"]),
        "間隔日数": [str(INTERVAL)] * len(member),
        "次回予定日": clock.on(np.where(rows["next"] >= 0, rows["next"], none)),
        "状態": words(rows["status"], ("継続", "解約", "休止")),
        "解約日": clock.on(np.where(rows["end"] >= 0, rows["end"], none)), "解約理由": words(rows["reason"], REASONS)})


def _points(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.points
    expires = np.where(rows["expires"] >= 0, rows["expires"], clock.low - 1)
    return Sheet("points.csv", "points", {
        "会員番号": member_codes(rows["member"]), "日時": clock.at(rows["minute"]),
        "区分": words(rows["kind"], ("付与", "利用", "失効", "調整")), "ポイント": numbers(rows["points"]),
        "有効期限": clock.on(expires)})


def _ranks(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.ranks
    return Sheet("ranks.csv", "ranks", {
        "会員番号": member_codes(rows["member"]), "ランク": words(rows["rank"], RANKS),
        "適用開始日": clock.on(rows["from"]),
        "適用終了日": clock.on(np.where(rows["to"] >= 0, rows["to"], clock.low - 1))})


def _due_dates(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.due_dates
    return Sheet("due_dates.csv", "due_dates", {
        "会員番号": member_codes(rows["member"]),
        "種別": words(rows["kind"], ("契約", "保証", "クーポン", "ポイント", "誕生日")),
        "期日": clock.on(rows["day"])})


def _tags(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.tags
    return Sheet("tags.csv", "tags", {
        "会員番号": member_codes(member_at(shop, rows["person"], rows["day"])), "タグ": words(rows["tag"], TAGS),
        "付与日時": clock.at(rows["day"] * 1440 + 1020), "付与者": staff_codes(rows["staff"])})


def _consents(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.consents
    member = member_at(shop, rows["person"], rows["day"])
    source = np.where(rows["granted"] == 0, 1, 0)
    return Sheet("consents.csv", "consents", {
        "会員番号": member_codes(member), "目的": ["販売促進"] * len(member),
        "手段": words(rows["channel"], ("メール", "SMS", "LINE", "郵送", "電話")), "同意": numbers(rows["granted"]),
        "日時": clock.at(rows["day"] * 1440 + 620), "取得元": words(source, ("入会申込", "アプリ"))})


def _campaigns(shop: Shop, clock: Clock) -> Sheet:
    plans, sends = [*shop.campaigns.plan], shop.campaigns.sends
    start = shop.campaigns.start.tolist()
    length = [3 if one.target == "shop" else plan.WINDOW for one in plans]
    cost = [int(((sends["campaign"] == i) & sends["treated"]).sum()) * one.yen_each + 8000 for i,
            one in enumerate(plans)]
    test = shop.days.month_start(max(0, len(shop.days.months) - 1 - plan.TEST.back)) + plan.TEST.day - 1
    return Sheet("campaigns.csv", "campaigns", {
        "施策コード": [one.code for one in plans] + [plan.TEST.code],
        "施策名": [one.named(shop.days.months[-1 - one.back]) for one in plans] + [plan.TEST.name],
        "種類": [one.kind for one in plans] + [plan.TEST.kind],
        "手段": [one.channel for one in plans] + [plan.TEST.channel],
        "開始日": clock.on(np.array([*start, test])),
        "終了日": clock.on(np.array([*(s + n for s, n in zip(start, length, strict=True)), test + plan.WINDOW])),
        "費用": [str(c) for c in [*cost, 12000]],
        "対照群": [plan.HOLDOUT if one.randomised else "" for one in [*plans, plan.TEST]]})


def _sends(shop: Shop, clock: Clock) -> Sheet:
    rows, plans = shop.campaigns.sends, shop.campaigns.plan
    arms = [plans[c].arms[a][0] for c, a in zip(rows["campaign"].tolist(), rows["arm"].tolist(), strict=True)]
    at = np.where(rows["treated"], rows["day"] * 1440 + 600, -1)
    return Sheet("sends.csv", "sends", {
        "施策コード": words(rows["campaign"], [one.code for one in plans]),
        "会員番号": member_codes(member_at(shop, rows["person"], rows["day"])), "群": arms, "送信日時": clock.at(at),
        "到達": numbers(rows["delivered"].astype(np.int64))})


def _responses(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.campaigns.responses
    inside = np.flatnonzero(rows["minute"] < shop.days.count * 1440)
    rows = {name: values[inside] for name, values in rows.items()}
    sent = shop.campaigns.start[rows["campaign"]]
    return Sheet("responses.csv", "responses", {
        "施策コード": words(rows["campaign"], [one.code for one in shop.campaigns.plan]),
        "会員番号": member_codes(member_at(shop, rows["person"], sent)),
        "反応": words(rows["type"], ("開封", "クリック", "注文", "利用", "配信停止")),
        "日時": clock.at(rows["minute"])})


def _outcomes(shop: Shop) -> Sheet:
    rows = shop.outcomes
    member = member_codes(shop.people.first_id[rows["person"]])
    arms = words(rows["arm"], [arm for arm, _, _ in plan.TEST.arms])
    names_of = ("visit", "conversion", "spend")
    return Sheet("campaign_outcomes.csv", "campaign_outcomes", {
        "施策コード": [plan.TEST.code] * (len(member) * 3), "会員番号": member * 3, "群": arms * 3,
        "指標": [name for name in names_of for _ in member],
        "値": [text for name in names_of for text in numbers(rows[name])]})

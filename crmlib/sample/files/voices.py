"""Surveys, reviews, tickets, contacts and the web trail as exported files."""

from __future__ import annotations

import numpy as np

from crmlib.sample.behaviour import Rows
from crmlib.sample.build import Shop
from crmlib.sample.files.records import member_at, staff_codes
from crmlib.sample.files.sheet import Clock, Sheet, numbers, words
from crmlib.sample.files.trade import member_codes
from crmlib.sample.support import BUY, CART, CATEGORIES, CHECKOUT, VIEW
from crmlib.sample.surveys import ITEMS, LABELS, USES, comment

ITEM_WORDS = ("品揃え", "接客", "価格", "配送")
TWICE = 0.03
BODIES = {"配送": ("注文した荷物がまだ届きません。いつ届きますか。", "配送日時を変更したいです。"),
          "商品": ("袋が破れていました。交換できますか。", "原材料について教えてください。"),
          "返品・交換": ("サイズを間違えたので返品したいです。", "贈り先に届いた品が違いました。"),
          "ポイント": ("ポイントの期限を教えてください。", "付与されたポイントが少ないようです。"),
          "会員情報": ("引っ越したので住所を変更したいです。", "パスワードを忘れました。"),
          "その他": ("領収書を発行してください。", "Do you ship to other countries?")}
ANSWERS = ("案内して解決", "交換", "返金", "情報変更", "確認して回答")
PAGES = ("/", "/item", "/cart", "/checkout", "/thanks", "/signup", "/app", "/trial", "/plan")
TYPES = ("visit", "view", "cart", "checkout", "order", "signup", "download", "trial", "paid")


def voice_sheets(shop: Shop, clock: Clock) -> list[Sheet]:
    """Return invitations, answers, reviews, tickets, interactions and web events (the last becomes Parquet)."""
    return [_invitations(shop, clock), _answers(shop, clock), _reviews(shop, clock), _tickets(shop, clock),
            _interactions(shop, clock), _events(shop, clock)]


def answered(shop: Shop) -> Rows:
    """Return one row per filled-in monthly questionnaire: a few people fill it in twice, the second time kinder."""
    survey, draw = shop.survey, shop.draw
    rows = np.flatnonzero(survey["answered"])
    once = {name: values[rows] for name, values in survey.items()}
    starts = np.array([shop.days.month_start(m) for m in range(len(shop.days.months))])
    day = starts[once["month"]] + 19 + draw.below("answer_after", 6, once["person"], once["month"])
    once["minute"] = day * 1440 + 640 + draw.below("answer_at", 600, once["person"], once["month"])
    again = np.flatnonzero(draw.uniform("answers_twice", once["person"], once["month"]) < TWICE)
    twice = {name: values[again] for name, values in once.items()}
    twice |= {"minute": twice["minute"] + 1500, "nps": np.minimum(twice["nps"] + 1, 10),
              "comment": np.zeros(len(again), dtype=bool)}
    return {name: np.concatenate([once[name], twice[name]]) for name in once}


def _invitations(shop: Shop, clock: Clock) -> Sheet:
    survey, short, months = shop.survey, shop.short_survey, shop.days.months
    rows = np.flatnonzero(survey["asked"])
    starts = np.array([shop.days.month_start(m) for m in range(len(months))])
    day = starts[survey["month"][rows]] + 19
    later = np.minimum(short["day"] * 1440 + short["minute"] + 180, shop.days.count * 1440 - 1)
    channel = np.concatenate([survey["person"][rows] % 4 == 0, short["person"] % 2 == 0]).astype(np.int64)
    return Sheet("survey_invitations.csv", "survey_invitations", {
        "調査コード": words(survey["month"][rows], [f"nps-{m}" for m in months])
        + words(short["month"], [f"csat-{m}" for m in months]),
        "会員番号": member_codes(np.concatenate([member_at(shop, survey["person"][rows], day), short["member"]])),
        "依頼日時": clock.at(np.concatenate([day * 1440 + 600, later])), "手段": words(channel, ("メール", "LINE"))},
        "utf-8-sig")


def _answers(shop: Shop, clock: Clock) -> Sheet:
    rows, months = answered(shop), shop.days.months
    survey = words(rows["month"], [f"nps-{m}" for m in months])
    member = member_codes(member_at(shop, rows["person"], rows["minute"] // 1440))
    at, empty = clock.at(rows["minute"]), [""] * len(survey)
    blocks = [(survey, member, "おすすめ度", numbers(rows["nps"]), empty, empty, at)]
    for word, name in zip(("総合満足度", *ITEM_WORDS), ("csat", *ITEMS), strict=True):
        blocks.append((survey, member, word, numbers(rows[name]), words(rows[name] - 1, LABELS), empty, at))
    blocks += _reasons(shop, rows, survey, member, at)
    writes = np.flatnonzero(rows["comment"]).tolist()
    text = comment(shop.draw, "comment", rows["person"][writes] * 64 + rows["month"][writes], rows["csat"][writes])
    blocks.append(([survey[i] for i in writes], [member[i] for i in writes], "ご意見", [""] * len(writes),
                   [""] * len(writes), text, [at[i] for i in writes]))
    blocks.append(_short(shop, clock))
    return Sheet("survey_answers.csv", "survey_answers", {
        "調査コード": [x for b in blocks for x in b[0]], "会員番号": [x for b in blocks for x in b[1]],
        "設問": [b[2] for b in blocks for _ in b[0]], "点数": [x for b in blocks for x in b[3]],
        "選択肢": [x for b in blocks for x in b[4]], "自由記述": [x for b in blocks for x in b[5]],
        "回答日時": [x for b in blocks for x in b[6]]}, "utf-8-sig")


def _reasons(shop: Shop, rows: Rows, survey: list[str], member: list[str], at: list[str]) -> list[tuple]:
    """The multiple-answer question: one row for each box ticked."""
    blocks = []
    for index, use in enumerate(USES):
        ticked = shop.draw.uniform("reason_ticked", rows["person"], index) < (0.7, 0.35, 0.4, 0.1)[index]
        which = np.flatnonzero(ticked).tolist()
        blocks.append(([survey[i] for i in which], [member[i] for i in which], "利用理由", [""] * len(which),
                       [use] * len(which), [""] * len(which), [at[i] for i in which]))
    return blocks


def _short(shop: Shop, clock: Clock) -> tuple:
    short = shop.short_survey
    rows = np.flatnonzero(short["answered"])
    minute = np.minimum(short["day"][rows] * 1440 + short["minute"][rows] + 400, shop.days.count * 1440 - 1)
    score = short["csat"][rows]
    empty = [""] * len(rows)
    return (words(short["month"][rows], [f"csat-{m}" for m in shop.days.months]), member_codes(short["member"][rows]),
            "総合満足度", numbers(score), words(score - 1, LABELS), empty, clock.at(minute))


def _reviews(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.reviews
    number = np.arange(len(rows["person"]))
    return Sheet("reviews.csv", "reviews", {
        "投稿日時": clock.at(rows["day"] * 1440 + rows["minute"]), "会員番号": member_codes(rows["member"]),
        "商品コード": words(rows["product"], shop.products.code), "星": numbers(rows["rating"]),
        "本文": comment(shop.draw, "review", number, rows["rating"])}, "utf-8-sig")


def _tickets(shop: Shop, clock: Clock) -> Sheet:
    rows, draw = shop.tickets, shop.draw
    luck = draw.uniform("ticket_body", rows["number"]).tolist()
    about = words(rows["category"], CATEGORIES)
    body = [BODIES[a][int(u * 2)] for a, u in zip(about, luck, strict=True)]
    body = [f"{text} 連絡先は090-0000-{n % 10000:04d}、mail{n}@example.jpです。" if u * 50 % 1 < 0.05 else text
            for text, u, n in zip(body, luck, rows["number"].tolist(), strict=True)]
    solved = np.where(rows["resolved"] >= 0, draw.below("resolution", len(ANSWERS), rows["number"]), -1)
    return Sheet("tickets.csv", "tickets", {
        "受付日時": clock.at(rows["opened"]), "初回返信日時": clock.at(rows["replied"]),
        "解決日時": clock.at(rows["resolved"]),
        "再開回数": numbers(rows["reopened"]), "会員番号": member_codes(rows["member"]),
        "手段": words(rows["channel"], ("電話", "メール", "チャット")), "分類": about,
        "件名": [f"{a}について" for a in about], "本文": body, "対応結果": words(solved, ANSWERS),
        "対応満足度": ["" if m == 0 else str(m) for m in rows["mark"].tolist()]})


def _interactions(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.interactions
    return Sheet("interactions.csv", "interactions", {
        "日時": clock.at(rows["minute"]), "会員番号": member_codes(rows["member"]),
        "手段": words(rows["channel"], ("来店", "電話", "メール", "チャット")),
        "方向": words(rows["direction"], ("受", "発")),
        "担当者コード": staff_codes(rows["staff"]),
        "用件": words(rows["purpose"], ("商品相談", "取り寄せ", "お礼", "ご案内")),
        "結果": words(rows["outcome"], ("対応済", "再連絡", "購入", "不在")),
        "評価": words(rows["label"], ("良", "悪")),
        "所要分": numbers(rows["duration"])})


def _events(shop: Shop, clock: Clock) -> Sheet:
    rows = shop.events
    day = rows["minute"] // 1440
    member = np.where(rows["person"] >= 0, member_at(shop, rows["person"], day), -1)
    shown = np.isin(rows["type"], (VIEW, CART))
    seen = np.where(np.isin(rows["type"], (CHECKOUT, BUY)) | ~shown, -1, rows["product"])
    return Sheet("web_events.parquet", "events", {
        "日時": clock.at(np.maximum(rows["minute"], 0)), "会員番号": member_codes(member),
        "訪問者ID": [f"V{v:07d}" for v in rows["visitor"].tolist()],
        "種別": words(rows["type"], TYPES), "ページ": words(rows["type"], PAGES),
        "流入元": words(rows["source"], ("search", "mail", "sns", "direct")),
        "商品コード": words(seen, shop.products.code)}, "parquet")

"""Help given: waiting times by hand, open requests that count as waiting, repeats, and the hours of the desk."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

import shop
from crmlib.analyses.satisfaction import support
from crmlib.analyses.satisfaction.support.hours import Desk
from crmlib.dataset import open_dataset

TOKYO = {"time": {"source_tz": "Asia/Tokyo", "business_tz": "Asia/Tokyo"}}


def opened(folder, text, tables=None, **satisfaction):
    """Rows ``opened, replied, solved, customer, category, reopened, score``; times as they read in Tokyo."""
    rows = shop.read(text)
    local = {name: pd.to_datetime(rows[name]).dt.tz_localize("Asia/Tokyo").dt.tz_convert("UTC").dt.tz_localize(None)
             for name in ("opened", "replied", "solved")}
    frame = pd.DataFrame({
        "opened_at": local["opened"], "first_reply_at": local["replied"], "resolved_at": local["solved"],
        "customer_key": rows["customer"], "category": rows["category"], "reopened": rows["reopened"],
        "score": rows["score"], "channel": "mail", "day": rows["opened"].str[:10]})
    data = open_dataset(shop.settings(satisfaction=satisfaction, **TOKYO),
                        shop.write(folder, (tables or {}) | {"tickets": frame}), month="2026-10")
    return support.part(data, data.settings.satisfaction)


FIVE = """opened,replied,solved,customer,category,reopened,score
    2026-10-01 10:00,2026-10-01 11:00,2026-10-01 12:00,A,delivery,0,5
    2026-10-02 10:00,2026-10-02 12:00,2026-10-03 10:00,B,delivery,1,3
    2026-10-05 10:00,2026-10-05 13:00,,C,points,,
    2026-10-06 10:00,2026-10-06 14:00,2026-10-07 10:00,A,delivery,0,2
    2026-10-31 10:00,,,D,points,,"""


@pytest.fixture
def figures(tmp_path):
    return opened(tmp_path, FIVE).tables["support"].frame.set_index("measure")


def test_half_had_a_reply_after_three_hours_the_fifth_still_waits(figures):
    """Replies after 1, 2, 3, 4 hours and one that waited 14 when the month ended: the third of five is the half."""
    assert figures.loc["reply_median", "value"] == 3
    assert figures.loc["tickets", "n"] == 5
    assert "reply_p90" not in figures.index or pd.isna(figures.loc["reply_p90", "value"])


def test_shares_count_what_was_solved_and_who_came_back(figures):
    # Three solved: one reopened; A came back about the same thing five days later, so that request was not settled.
    assert figures.loc["reopened", "value"] == pytest.approx(1 / 3)
    assert figures.loc["again", "value"] == pytest.approx(1 / 5)
    assert figures.loc["first_contact", "value"] == pytest.approx(1 / 3)
    assert figures.loc["backlog", "value"] == 2


def test_a_reply_after_the_month_is_not_known_yet(tmp_path):
    late = opened(tmp_path, """opened,replied,solved,customer,category,reopened,score
        2026-10-31 22:00,2026-11-01 09:00,2026-11-02 09:00,A,delivery,0,""").tables["support"].frame
    late = late.set_index("measure")
    assert late.loc["backlog", "value"] == 1
    assert "reply_median" not in late.index


def test_groups_are_listed_by_how_many(tmp_path):
    frame = opened(tmp_path, FIVE).tables["support_groups"].frame
    assert list(frame[["dimension", "level", "tickets"]].itertuples(index=False, name=None)) == [
        ("category", "delivery", 3), ("category", "points", 2), ("channel", "mail", 5)]
    delivery = frame.iloc[0]
    assert (delivery["scored"], delivery["score"]) == (3, pytest.approx(10 / 3))


def test_requests_per_thousand_buyers_and_per_order(tmp_path):
    tables = shop.purchases("""customer,day,amount
        A,2026-10-03,100
        A,2026-10-09,100
        B,2026-10-09,100
        C,2026-09-09,100""")
    figures = opened(tmp_path, FIVE, tables).tables["support"].frame.set_index("measure")
    assert figures.loc["per_1000", "value"] == 2500
    assert figures.loc["per_order", "value"] == pytest.approx(5 / 3)


def test_fast_replies_please_where_they_clearly_do(tmp_path):
    rows = ["opened,replied,solved,customer,category,reopened,score"]
    for n in range(40):
        day = f"2026-10-{n % 28 + 1:02d}"
        replied, score = ("22:00", 2 + n % 3) if n % 2 else ("10:30", 5 - n % 4 // 2)
        rows.append(f"{day} 10:00,{day} {replied},{day} 23:00,C{n},x,0,{score}")
    part = opened(tmp_path, "\n".join(rows))
    assert "support.fast_pleases" in dict(part.notes)
    bands = part.tables["support_reply"].frame.set_index("band")
    assert (bands.loc["h1", "scored"], bands.loc["h24", "scored"]) == (20, 20)


@pytest.mark.parametrize(("start", "end", "hours"), [
    ((2, 10), (2, 12), 2),  # within a Friday
    ((2, 17), (5, 10), 2),  # Friday evening to Monday morning: an hour each
    ((3, 10), (4, 10), 0),  # a weekend
    ((2, 7), (2, 20), 9),  # before it opens until after it closes
    ((9, 17), (13, 10), 2),  # the Monday is Sports Day
    ((2, 12), (2, 11), 0),  # the end before the start
])
def test_hours_of_the_desk(start, end, hours):
    desk = Desk(9, 18, "Asia/Tokyo", frozenset({6, 7}), frozenset({date(2026, 10, 12)}))
    utc = [pd.Timestamp(datetime(2026, 10, *when), tz="Asia/Tokyo").tz_convert("UTC").tz_localize(None).to_pydatetime()
           for when in (start, end)]
    assert desk.between(*utc) == hours


def test_waiting_is_told_in_open_hours_too(tmp_path):
    part = opened(tmp_path, """opened,replied,solved,customer,category,reopened,score
        2026-10-02 17:00,2026-10-03 10:00,2026-10-03 11:00,A,delivery,0,""", support_hours=[9, 18])
    frame = part.tables["support"].frame.set_index("measure")
    assert (frame.loc["reply_median", "value"], frame.loc["reply_median_open", "value"]) == (17, 2)
    assert "support.clock_only" not in dict(part.notes)


def test_no_tickets_is_a_sentence(tmp_path):
    data = open_dataset(shop.settings(), shop.write(tmp_path, shop.purchases("customer,day,amount\nA,2026-10-01,1")),
                        month="2026-10")
    assert support.part(data, data.settings.satisfaction).notes == (("support.none", {}),)


def asked(folder, rows):
    """``rows``: subject, customers who wrote it; all about delivery, refunded, resolved."""
    people = [(subject, f"{subject[:2]}{n}") for subject, many in rows for n in range(many)]
    frame = pd.DataFrame({"opened_at": "2026-10-02 10:00", "first_reply_at": "2026-10-02 11:00",
                          "resolved_at": "2026-10-03 10:00", "customer_key": [who for _, who in people],
                          "category": "delivery", "subject": [subject for subject, _ in people],
                          "resolution": ["refund" if n % 4 else "told" for n in range(len(people))], "reopened": 0,
                          "day": "2026-10-02"})
    data = open_dataset(shop.settings(), shop.write(folder, {"tickets": frame}), month="2026-10")
    return support.part(data, data.settings.satisfaction).tables["faq"].frame


def test_only_words_that_many_wrote_are_shown(tmp_path):
    table = asked(tmp_path, [("荷物が届かない", 12), ("山田と申します", 9), ("住所変更", 7),
                             ("電話 090-1234-5678 に連絡を", 12),
                             ("mail a@example.com", 9)])
    assert set(table["subject"]) == {"荷物が届かない", ""}
    shown = table[table["subject"] == "荷物が届かない"]
    assert shown[["resolution", "tickets", "customers", "share"]].values.tolist() == [
        ["refund", 9, 9, 0.75], ["told", 3, 3, 0.25]]
    # The rest stands together, the largest group first.
    assert table["tickets"].sum() == 49 and table.iloc[0]["subject"] == ""


def met(folder, rows, **satisfaction):
    """``rows``: label, customers, of whom so many buy again: each bought twice in July and was met on the 20th."""
    bought, contacts, n = ["customer,day,amount", ",2026-10-30,1"], [], 0
    for label, many, again in rows:
        for k in range(many):
            n += 1
            bought += [f"C{n:03d},2026-07-05,500", f"C{n:03d},2026-07-20,500"]
            bought += [f"C{n:03d},2026-08-{k % 28 + 1:02d},700"] if k < again else []
            contacts.append((f"C{n:03d}", label))
    frame = pd.DataFrame(contacts, columns=["customer_key", "label"]).assign(
        at="2026-07-20 12:00", channel="visit", direction="in", purpose="advice", day="2026-07-20")
    tables = shop.purchases("\n".join(bought)) | {"interactions": frame}
    data = open_dataset(shop.settings(satisfaction={"after_days": 60, **satisfaction}), shop.write(folder, tables),
                        month="2026-10")
    return support.part(data, data.settings.satisfaction)


def test_bad_contacts_are_followed_by_loss_where_it_was_planted(tmp_path):
    part = met(tmp_path, [("negative", 60, 18), ("positive", 60, 48), (None, 40, 28)])
    said = dict(part.notes)["labels.stays_away"]
    assert said["value"] == pytest.approx(50) and said["low"] > 30
    table = part.tables["labels"].frame
    rows = table[table["dimension"] == "all"].set_index("label")
    assert rows["n"].to_dict() == {"negative": 60, "unknown": 40, "positive": 60}
    assert rows["repeat_rate"].round(2).to_dict() == {"negative": 0.3, "unknown": 0.7, "positive": 0.8}
    contacts = part.tables["contacts"].frame.set_index(["dimension", "level"])
    assert contacts.loc[("purpose", "advice"), ["contacts", "customers"]].tolist() == [160, 160]
    assert contacts.loc[("channel", "visit"), "negative"] == pytest.approx(60 / 160)


@pytest.mark.parametrize(("rows", "note"), [
    ([("negative", 29, 9), ("positive", 60, 40)], "labels.too_few"),
    ([(None, 40, 9)], "labels.none"),
    ([("negative", 60, 30), ("positive", 60, 30)], "labels.no_difference"),
    ([("negative", 60, 55), ("positive", 60, 20)], "labels.comes_more"),
])
def test_what_cannot_be_told_of_labels_is_said(tmp_path, rows, note):
    assert note in dict(met(tmp_path, rows).notes)


def test_a_later_label_counts_before_a_contact_without_one(tmp_path):
    bought = shop.purchases("customer,day,amount\nA,2026-07-01,100\n,2026-10-30,1")
    contacts = shop.read("""customer_key,at,label,day
        A,2026-07-02 10:00,negative,2026-07-02
        A,2026-07-09 10:00,,2026-07-09""").assign(channel="mail")
    data = open_dataset(shop.settings(satisfaction={"after_days": 60}),
                        shop.write(tmp_path, bought | {"interactions": contacts}), month="2026-10")
    table = support.part(data, data.settings.satisfaction).tables["labels"].frame
    assert table[table["dimension"] == "all"][["label", "n"]].values.tolist() == [["negative", 1]]


def test_slow_replies_and_later_purchases(tmp_path):
    """40 waited an hour and 32 bought again, 40 waited two days and 12 did: 50 points more stayed away."""
    rows, bought = ["opened,replied,solved,customer,category,reopened,score"], ["customer,day,amount", ",2026-10-30,1"]
    for n in range(80):
        fast = n < 40
        rows.append(f"2026-07-06 10:00,2026-07-{'06 11:00' if fast else '08 10:00'},2026-07-09 10:00,C{n},x,0,")
        bought.append(f"C{n},2026-07-01,500")
        if n % 40 < (32 if fast else 12):
            bought.append(f"C{n},2026-08-01,500")
    part = opened(tmp_path, "\n".join(rows), shop.purchases("\n".join(bought)), after_days=60)
    assert part.tables["support_after"].frame[["band", "n", "repeat_rate"]].values.tolist() == [
        ["h1", 40, 0.8], ["h72", 40, 0.3]]
    assert dict(part.notes)["support.slow_stays_away"]["value"] == pytest.approx(50)

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

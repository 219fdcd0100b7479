"""The map proposed for a file nobody knows: sure where heading and values agree, a question everywhere else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from crmlib.intake.presets import look
from crmlib.intake.presets.draft import commonest, currencies, drafted, sources
from crmlib.intake.presets.look import Looked, is_day, is_number, number
from crmlib.intake.presets.propose import propose
from crmlib.intake.presets.words import WORDS, meanings, plain
from crmlib.text import load_text


def looked(text: str) -> Looked:
    """A file from its lines; the first are the headings."""
    head, *rows = [line.split(",") for line in text.strip().splitlines()]
    cells = tuple(zip(*rows, strict=True)) if rows else tuple(() for _ in head)
    return Looked("a.csv", "", "utf-8", ",", len(rows), 0, 0, tuple(head), cells)


def doubts(text: str) -> dict[str, str]:
    """Target → doubt of each line of the proposal."""
    return {line.target: line.doubt for line in propose(looked(text)).lines}


ORDERS = "注文番号,注文日,会員番号,商品コード,数量,単価,金額\n"


def test_headings_and_values_that_agree_are_mapped():
    found = propose(looked(ORDERS + "1,2026-10-01,7,A,2,100,200\n1,2026-10-01,7,B,1,50,50\n"))
    assert (found.about, found.ready, found.missing, found.unused) == ("order_lines", True, (), ())
    assert {line.doubt for line in found.lines} == {""}


@pytest.mark.parametrize(("rows", "target", "doubt"), [
    ("1,2026-10-01,7,A,2,100,二百\n1,2026-10-01,7,B,1,50,五十", "order_lines.amount", "values"),
    ("1,first,7,A,2,100,200\n1,second,7,B,1,50,50", "orders.ordered_at", "values"),
    ("1,2026-10-01,7,A,2,100,250\n1,2026-10-01,7,B,1,50,250", "order_lines.amount", "whole_order"),
    ("1,2026-10-01,7,A,2,100,220\n1,2026-10-01,7,B,1,50,55", "order_lines.amount", "differs"),
])
def test_values_that_speak_against_a_heading_are_asked(rows, target, doubt):
    assert doubts(ORDERS + rows)[target] == doubt


def test_two_headings_of_one_meaning_are_both_asked():
    found = propose(looked("注文番号,受注番号,注文日,数量,単価\n1,A,2026-10-01,1,100"))
    asked = [line for line in found.lines if line.target == "orders.order_id"]
    assert [(line.headings, line.doubt) for line in asked] == [(("注文番号",), "several"), (("受注番号",), "several")]
    assert not found.ready


def test_a_heading_that_only_resembles_one_is_asked():
    assert doubts("ご注文番号です,注文日,数量,単価\n1,2026-10-01,1,100")["orders.order_id"] == "resembles"


def test_orders_without_articles_are_their_totals():
    found = propose(looked("受注番号,受注日,会員ID,商品名,合計金額\n1,2026-10-01,5,茶碗,1500\n1,2026-10-01,5,皿,1500"))
    assert found.about == "orders"
    assert [line.target for line in found.lines if line.headings == ("合計金額",)] == ["orders.total"]
    lines = propose(looked("受注番号,受注日,会員ID,商品名,合計金額\n1,2026-10-01,5,茶碗,1500\n1,2026-10-01,5,皿,500"))
    assert [line.target for line in lines.lines if line.headings == ("合計金額",)] == ["order_lines.amount"]


def test_the_name_of_an_article_is_its_id_only_if_the_shop_says_so():
    assert doubts("注文番号,注文日,商品名,数量,単価\n1,2026-10-01,茶碗,1,100")["order_lines.product_id"] == "stands_in"


def test_a_state_is_asked_with_the_values_there_are_and_a_gender_only_where_one_is_strange():
    found = propose(looked("会員番号,氏名,性別,メール\n1,見本,男,a@example.com\n2,例,女,b@example.com"))
    assert {line.target: line.doubt for line in found.lines}["customers.gender"] == ""
    assert doubts("会員番号,氏名,性別,メール\n1,見本,1,a@example.com")["customers.gender"] == "codes"


def test_codes_that_say_what_is_no_sale_are_asked_whatever_their_heading():
    head = "受付番号,受付日時,品番,個数,金額,具合,たぐい\n"
    file = looked(head + "1,2026-10-01,7,1,100,済,品\n2,2026-10-01,,1,500,取消,送料\n")
    told = {line.target: line for line in propose(file).lines}
    assert told["orders.status"].doubt == told["order_lines.line_type"].doubt == "codes"
    assert (told["orders.status"].headings, told["orders.status"].values) == (("具合",), ("済", "取消"))
    assert told["order_lines.line_type"].headings == ("たぐい",)
    block = sources([drafted("x.csv", file)], load_text("presets", "en"))
    assert "{from: たぐい, values: {品: product, 送料: shipping}}" in block


def test_without_an_order_number_the_day_and_the_customer_are_offered_for_it():
    found = propose(looked("日付,会員番号,品目,点数,金額\n令和8年3月5日,00012,コート,1,¥980-\nR8.3.5,,毛布,1,△500"))
    made_up = [line for line in found.lines if line.doubt == "made_up"]
    assert [line.target for line in made_up] == ["orders.order_id", "order_lines.order_id"]
    assert {line.headings for line in made_up} == {("日付", "会員番号")}
    assert found.missing == () and not found.ready
    timed = propose(looked("日付,時刻,会員番号,品目,点数,金額\n2026/3/5,10:00,00012,コート,1,980"))
    assert timed.lines[0].headings == ("日付", "時刻", "会員番号")
    assert propose(looked("日付,品目,点数,金額\n2026/3/5,コート,1,980")).missing == ("order_id", "customer_id")


def test_a_phone_number_in_pieces_is_one_column():
    head = "会員番号,氏名,電話1,電話2,電話3\n"
    pieces = [line for line in propose(looked(head + "1,見本,090,1234,5678")).lines if line.column == "phone"]
    assert [(line.headings, line.doubt) for line in pieces] == [(("電話1", "電話2", "電話3"), "resembles")]
    whole = propose(looked(head + "1,見本,09012345678,0312345678,0612345678")).lines
    assert [line.headings for line in whole if line.column == "phone"] == [("電話1",), ("電話2",), ("電話3",)]


def test_days_nobody_named_are_asked():
    found = propose(looked("Order ID,Bought,Client,Qty,Price\n1,2026-10-01,7,1,100"))
    asked = [line for line in found.lines if line.target == "orders.ordered_at"]
    assert [(line.headings, line.doubt) for line in asked] == [(("Bought",), "resembles")]
    assert found.missing == ("customer_id",)


@pytest.mark.parametrize("text", ["年月,天気,来客数\n2026-10,晴れ,20", "a,b\n1,2", "備考\nx"])
def test_what_says_nothing_is_unknown(text):
    assert propose(looked(text)).about == "unknown"


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_no_value_of_a_person_s_details_is_ever_shown(locale):
    text = "会員番号,氏名,メール,電話,誕生日,ご登録の日\n" + "\n".join(
        f"{n},見本{n},秘密{n},0300000{n},いつか{n},昔{n}" for n in range(3))
    block = sources([drafted("a.csv", looked(text))], load_text("presets", locale))
    assert not any(word in block for word in ("見本", "秘密", "0300000", "いつか", "昔"))


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("text", [
    ORDERS + "1,2026-10-01,7,A,2,100,250\n1,2026-10-01,7,B,1,50,250",
    "注文番号,受注番号,注文日,状態,商品名,数量,単価\n1,A,2026-10-01,完了,x,1,$100",
    "Order ID,Bought,Qty,Price\n1,2026-10-01,1,100", "a: b,#c\n1,2",
    "注文番号,注文日,|備 考,数量,単価\n1,2026-10-01,x,1,1"])
def test_what_is_written_is_yaml_with_its_questions_commented(text, locale):
    import yaml

    file = replace(found := looked(text), headings=tuple(h.replace("|", "\n- ") for h in found.headings))
    block = sources([drafted("data/raw/a: b #1.csv", file)], load_text("presets", locale))
    for source in yaml.safe_load(block)["sources"] or []:
        assert source["files"] == "data/raw/a: b #1.csv"
    assert all(line.lstrip().startswith("#") for line in block.splitlines() if "？" in line or "# ?" in line)


def test_values_are_told_as_what_they_are():
    assert [is_number(t) for t in ("1,200", "¥100-", "-$8.00", "△5", "3個", "¥1,2-0", "12万", "2026-10-01", "")] == [
        True, True, True, True, True, False, False, False, False]
    assert [number(t) for t in ("1,200", "-$8.50", "△5", "(7)", "$-3", "¥9-")] == [1200, -8.5, -5, -7, -3, 9]
    assert [is_day(t) for t in ("2026/10/1", "令和6年1月5日", "20261001", "20269", "103309", "x")] == [
        True, True, True, False, False, False]


def test_no_word_means_two_things():
    words = [word for group in WORDS.values() for word in {plain(w) for w in group.split()}]
    assert {w for w in words if words.count(w) > 1} == set()
    assert meanings()["注文番号"] == "order_id" and meanings()["customerid"] == "customer_id"


def test_the_words_of_a_salon_are_known():
    found = propose(looked("受付番号,来店日,来店時刻,顧客No,メニューコード,数量,金額\n"
                           "U1,2026/9/1,25:30,7,M01,1,4500\nU1,2026/9/1,25:30,7,M02,1,7800"))
    assert (found.ready, found.unused) == (True, ())
    assert next(line.headings for line in found.lines if line.target == "orders.ordered_at") == ("来店日", "来店時刻")


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize(("codes", "says"), [(("USD", "USD"), "USD"), (("USD", "EUR"), "EUR, USD")])
def test_another_currency_is_said(locale, codes, says):
    rows = "".join(f"{n},2026-10-01,7,A,1,2.50,2.50,{code}\n" for n, code in enumerate(codes))
    block = sources([drafted("a.csv", looked(ORDERS.strip() + ",通貨\n" + rows))], load_text("presets", locale))
    assert says in block
    assert ("混ざって" in block or "Several" in block) == (len(set(codes)) > 1)


def test_yen_needs_no_word():
    block = sources([drafted("a.csv", looked(ORDERS.strip() + ",通貨\n1,2026-10-01,7,A,1,250,250,JPY\n"))],
                    load_text("presets", "ja"))
    assert "JPY" not in block


def test_each_table_of_a_database_is_looked_at(tmp_path):
    path = tmp_path / "salon.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE members (会員番号 INTEGER, 氏名 TEXT, 電話番号 TEXT)")
        base.execute("INSERT INTO members VALUES (1, '見本 花子', '03-0000-0001')")
        base.execute("CREATE TABLE empty (a TEXT)")
    found = look.looked(path)
    assert [(f.label, f.table, f.encoding, f.rows) for f in found] == [("salon.db#members", "members", "SQLite", 1)]
    block = sources([drafted("data/raw/salon.db", f) for f in found], load_text("presets", "ja"))
    assert "  - files: data/raw/salon.db\n    table: members\n" in block


def test_several_currencies_are_a_question_to_settle_first():
    file = looked(ORDERS.strip() + ",通貨\n1,2026-10-01,7,A,1,2.50,2.50,USD\n2,2026-10-01,7,A,1,2.50,2.50,EUR")
    assert not drafted("a.csv", file).ready


@pytest.mark.parametrize("preset", [False, True])
def test_of_several_currencies_one_is_counted_and_the_rest_left_out(preset):
    if preset:
        head = ("Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
                "Lineitem sku")
        rows = "".join(f"#{n},a@example.com,paid,{code},2026-10-01 10:00:00 +0900,1,x,1.00,s\n"
                       for n, code in enumerate(("USD", "USD", "EUR")))
        draft = drafted("a.csv", looked(f"{head}\n{rows}"))
    else:
        rows = "".join(f"{n},2026-10-01,7,A,1,2.50,2.50,{code}\n" for n, code in enumerate(("USD", "USD", "EUR")))
        draft = drafted("a.csv", looked(ORDERS.strip() + ",通貨\n" + rows))
    block = sources([draft], load_text("presets", "en"))
    assert "never added up" in block and ("    currency: 通貨" in block) is not preset
    assert commonest(currencies([draft])) == "USD"


def test_an_unknown_table_of_a_database_is_named():
    file = replace(looked("a,b\n1,2"), table="mystery")
    assert "salon.db#mystery" in sources([drafted("salon.db", file)], load_text("presets", "en"))

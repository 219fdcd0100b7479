"""Requests to be deleted: the person goes everywhere, what was bought stays, the books close."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.errors import CrmError
from exports import assert_nowhere, column, flat, lines, totals

MEMBERS = {
    "files": "members.csv",
    "tables": {
        "customers": {"customer_id": "会員番号", "registered_on": "登録日", "referred_by": "紹介者",
                      "opt_in_mail": "メール可"},
        "customer_identity": {"customer_id": "会員番号", "full_name": "氏名", "phone": "電話", "email": "メール"},
    },
}
HEAD = "会員番号,登録日,紹介者,メール可,氏名,電話,メール"
TARO = "m1,2020-01-01,,1,山田 太郎,090-1234-5678,taro@example.com"
HANAKO = "m2,2021-01-01,m1,1,佐藤 花子,090-2222-3333,hanako@example.com"
LIST = "data/decisions/list.csv"
ASKED = {"privacy": {"published_key": "tests", "deletions": LIST}}
TICKETS = {"files": "tickets.csv",
           "tables": {"tickets": {"opened_at": "日時", "customer_id": "会員番号", "body": "本文"}}}
POINTS = {"files": "points.csv",
          "tables": {"points": {"at": "日時", "customer_id": "会員番号", "kind": "区分", "points": "点"}}}


@pytest.fixture
def shop(exports):
    """Two members, an order each, a ticket and points; a list that names nobody yet."""
    exports.write("orders.csv", lines("A1,m1,2024-01-05,x,1,10,100,", "A2,m2,2024-01-06,x,1,10,30,"))
    exports.write("members.csv", lines(TARO, HANAKO, head=HEAD))
    exports.write("tickets.csv", lines("2024-01-05 10:00,m1,太郎です", "2024-01-06 10:00,m2,花子です",
                                       head="日時,会員番号,本文"))
    exports.write("points.csv", lines("2024-01-05,m1,earn,5", "2024-01-06,m2,earn,7", head="日時,会員番号,区分,点"))
    exports.write(LIST, "会員番号,依頼日\n")
    return exports


def load(shop, *asked):
    shop.write(LIST, "会員番号,依頼日\n" + "".join(f"{a}\n" for a in asked))
    return shop.load(flat(), MEMBERS, TICKETS, POINTS, **ASKED)


def test_a_list_without_anybody_changes_nothing(shop):
    intake = load(shop)
    assert column(intake, "customers", "customer_id") == ["m1", "m2"]
    assert set(totals(intake)) == {"in", "out"}
    assert not [name for name in intake.counts if "deletion" in name]


def test_the_person_goes_and_the_sales_stay(shop):
    before = column(load(shop), "orders", "customer_key")
    intake = load(shop, "m1,2024-02-01")
    assert column(intake, "customers", "customer_id") == ["m2"]
    assert column(intake, "customers", "referred_by") == [None]
    assert column(intake, "customer_identity", "customer_id") == ["m2"]
    assert column(intake, "order_lines", "amount") == [100, 30]
    assert column(intake, "orders", "customer_key") == [None, before[1]]
    assert column(intake, "order_lines", "customer_key")[0] is None
    assert column(intake, "tickets", "body") == [None, "花子です"]
    assert column(intake, "points", "points") == [7]
    links = pd.read_parquet(intake.folder / "restricted" / "customer_links.parquet")
    assert links["customer_id"].tolist() == ["m2"]
    assert_nowhere(intake.folder, "山田", "太郎", "090-1234-5678", "09012345678", "taro@example.com", "m1")


def test_the_ledger_says_which_rows_went_and_closes(shop):
    intake = load(shop, "m1,2024-02-01")
    said = intake.ledger[intake.ledger["step"] == "deletion"]
    assert sorted(map(tuple, said[["fate", "table", "reason", "rows"]].values.tolist())) == [
        ("excluded", "customers", "deletion_request", 1),
        ("excluded", "points", "deletion_request", 1),
        ("info", "tickets", "deletion_request.nameless", 1),
    ]
    sums = totals(intake)
    assert sums["in"][0] == sums["out"][0] + sums["excluded"][0] == 8
    assert sums["in"][1] == sums["out"][1] == 130


def test_the_quarantine_does_not_show_them_either(shop):
    rows = ("A1,m1,いつか,x,1,10,100,", "A2,m2,いつか,x,1,10,30,", "A3,m2,2024-01-06,x,1,10,30,")
    shop.write("orders.csv", lines(*rows))
    intake = load(shop, "m1,2024-02-01")
    shown = (intake.quarantine / "order_lines.csv").read_text(encoding="utf-8-sig")
    assert "A2" in shown and "A1" not in shown
    assert intake.ledger[intake.ledger["fate"] == "quarantined"]["rows"].sum() == 2


def test_tables_made_before_the_request_are_gone(shop):
    before = load(shop)
    load(shop, "m1,2024-02-01")
    assert not before.folder.exists()


def test_all_ids_of_the_person_go_and_stay_gone_when_an_export_brings_them_again(shop):
    load(shop, "m1,2024-02-01")
    shop.write("members.csv", lines(TARO, HANAKO, TARO.replace("m1", "m9").replace("2020", "2019"), head=HEAD))
    intake = load(shop, "m1,2024-02-01")
    assert column(intake, "customers", "customer_id") == ["m2"]
    assert_nowhere(intake.folder, "山田", "m9")


def test_who_registers_anew_after_the_request_is_a_new_person(shop):
    anew = TARO.replace("m1", "m9").replace("2020-01-01", "2024-03-01")
    shop.write("members.csv", lines(TARO, HANAKO, anew, head=HEAD))
    shop.write("orders.csv", lines("A1,m1,2024-01-05,x,1,10,100,", "A3,m9,2024-03-05,x,1,10,7,"))
    intake = load(shop, "m1,2024-02-01")
    assert column(intake, "customers", "customer_id") == ["m2", "m9"]
    assert column(intake, "customers", "registered_on")[1] == pd.Timestamp("2024-03-01")
    own = column(intake, "customers", "customer_key")[1]
    assert column(intake, "orders", "customer_key") == [None, own]
    assert column(intake, "customer_identity", "customer_key")[1] == own


def test_the_first_order_tells_where_no_registration_does(shop):
    anew = TARO.replace("m1", "m9").replace("2020-01-01", "")
    shop.write("members.csv", lines(TARO, anew, head=HEAD))
    shop.write("orders.csv", lines("A1,m1,2024-01-05,x,1,10,100,", "A3,m9,2024-03-05,x,1,10,7,"))
    intake = load(shop, "m1,2024-02-01")
    assert "m9" in column(intake, "customers", "customer_id")
    assert "m9" not in column(load(shop, "m1,2024-04-01"), "customers", "customer_id")


def test_what_they_wrote_may_be_in_two_exports(shop):
    shop.write("tickets_2.csv", lines("2024-01-05 10:00,m1,太郎です", "2024-01-07 10:00,m1,また太郎です",
                                      head="日時,会員番号,本文"))
    shop.write(LIST, "会員番号,依頼日\nm1,2024-02-01\n")
    intake = shop.load(flat(), MEMBERS, {**TICKETS, "files": "tickets*.csv"}, **ASKED)
    assert sorted(column(intake, "tickets", "body"), key=str) == [None, None, "花子です"]
    assert totals(intake)["merged"][0] == 1


def test_who_is_taken_off_the_list_is_there_again(shop):
    load(shop, "m1,2024-02-01")
    assert column(load(shop), "customers", "customer_id") == ["m1", "m2"]


def test_a_month_later_they_stay_deleted(shop):
    shop.write("orders_1.csv", lines("A1,m1,2024-01-05,x,1,10,100,", "A2,m2,2024-01-06,x,1,10,30,"))
    (shop.root / "orders.csv").unlink()
    load(shop, "m1,2024-02-01")
    shop.write("orders_2.csv", lines("A3,m1,2024-02-05,x,1,10,9,", "A4,m2,2024-02-06,x,1,10,7,"))
    intake = load(shop, "m1,2024-02-01")
    assert column(intake, "customers", "customer_id") == ["m2"]
    assert [key is None for key in column(intake, "orders", "customer_key")] == [True, False, True, False]
    assert totals(intake)["out"][1] == 146


def test_ids_that_no_file_has_are_told(shop):
    counts = load(shop, "m1,2024-02-01", "zz,2024-02-01").counts
    assert {name: n for name, n in counts.items() if "delet" in name} == {
        "deleted_customers": 1, "deletion_requests": 2, "deletion_requests_unknown": 1
    }


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("番号,日\nm1,2024-01-01\n", "privacy.deletions_column", "customer_id"),
        ("会員番号,依頼日\nm1,2024-01-01\nm2,きのう\n", "privacy.deletions_unreadable", "3"),
        ("会員番号,依頼日\n,2024-01-01\n", "privacy.deletions_unreadable", "2"),
        ("会員番号,依頼日\nm1\n", "intake.no_row_fits", "list.csv"),
        ("", "intake.empty_file", "list.csv"),
    ],
)
def test_a_list_that_cannot_be_read_whole_stops_the_run(shop, content, code, says):
    shop.write(LIST, content)
    with pytest.raises(CrmError) as error:
        shop.load(flat(), MEMBERS, **ASKED)
    assert error.value.code == code
    for locale in ("ja", "en"):
        said = error.value.say(locale)
        assert says in said and "list.csv" in said and "privacy.deletions" in said and "{" not in said
    assert not list((shop.root / "data/work").rglob("intake.json"))


def test_a_missing_list_stops_the_run(shop):
    (shop.root / LIST).unlink()
    with pytest.raises(CrmError) as error:
        shop.load(flat(), MEMBERS, **ASKED)
    assert error.value.code == "intake.missing_file"


def test_the_list_may_be_of_any_encoding_with_dates_as_written(shop):
    shop.write(LIST, "依頼日,備考,会員番号\n令和6年2月1日,電話で,ｍ１\n", "cp932")
    intake = shop.load(flat(), MEMBERS, **ASKED)
    assert column(intake, "customers", "customer_id") == ["m2"]

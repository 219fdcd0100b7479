"""Overlapping exports, orders and lines, persons: what is laid together, what is not, and that the books close."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crmlib.errors import CrmError
from crmlib.intake import ledger
from exports import books, column, flat, lines, table, totals

NUMBERED = "注文番号,会員番号,注文日時,行,商品,数量,単価,金額,状態"


def numbered(files="orders*.csv"):
    source = flat(files)
    source["tables"]["order_lines"]["line_no"] = "行"
    return source


def test_equal_lines_of_one_file_are_two_lines_and_those_of_two_files_are_the_same(exports):
    exports.write(
        "orders_1.csv", lines("A1,c,2024-01-05,x,1,10,10,", "A1,c,2024-01-05,x,1,10,10,", "A1,c,2024-01-05,y,1,5,5,")
    )
    assert totals(exports.load(flat()))["out"] == (3, 25)
    exports.write("orders_2.csv", lines("A1,c,2024-01-05,x,1,10,10,", "A2,c,2024-01-06,x,1,10,10,"))
    exports.write("orders_3.csv", lines(*["A1,c,2024-01-05,x,1,10,10,"] * 3))
    intake = exports.load(flat())
    assert column(intake, "order_lines", "order_id") == ["A1"] * 4 + ["A2"]
    assert books(intake) == [("repeats", "cut_receipt", 3, "30")], "one order in common, not the same lines"
    assert len(set(column(intake, "order_lines", "line_no"))) == 5


def test_a_line_with_a_number_is_replaced_by_the_later_export(exports):
    exports.write("orders_1.csv", lines("A1,c,2024-01-05,1,x,1,10,10,", "A1,c,2024-01-05,2,y,1,10,10,", head=NUMBERED))
    exports.write(
        "orders_2.csv", lines("A1,c,2024-01-05,1,x,3,10,30,取消", "A9,c,2024-02-05,1,x,1,1,1,", head=NUMBERED)
    )
    intake = exports.load(numbered())
    found = table(intake, "order_lines")
    assert found[["order_id", "line_no", "amount", "cancelled"]].values.tolist() == [
        ["A1", "1", 30, True],
        ["A1", "2", 10, True],
        ["A9", "1", 1, False],
    ]
    assert books(intake) == [("repeats", "later_export", 1, "10")]


def test_the_export_with_the_newest_day_is_the_later_one_whatever_its_name(exports):
    exports.write("orders_b.csv", lines("A1,c,2024-01-05,1,x,1,10,10,", head=NUMBERED))
    exports.write("orders_a.csv", lines("A1,c,2024-01-05,1,x,1,20,20,", "A2,c,2024-03-01,1,x,1,1,1,", head=NUMBERED))
    assert column(exports.load(numbered()), "order_lines", "amount") == [20, 1]


def test_loading_the_same_file_twice_changes_nothing(exports):
    records = ["A1,c,2024-01-05,x,1,10,10,", "A1,c,2024-01-05,x,1,10,10,", "A2,d,2024-02-05,y,1,5,5,"]
    exports.write("orders_1.csv", lines(*records))
    once = table(exports.load(flat()), "order_lines")
    exports.write("orders_2.csv", lines(*records))
    intake = exports.load(flat())
    assert table(intake, "order_lines").equals(once)
    assert totals(intake)["merged"] == (3, 25)


def test_one_order_of_two_customers_goes_to_quarantine_with_all_its_lines(exports):
    exports.write(
        "orders.csv",
        lines(
            "A1,c,2024-01-05,x,1,10,10,",
            "A1,d,2024-01-05,y,1,20,20,",
            "A2,c,2024-01-05,x,1,5,5,",
            "A3,c,2024-01-05,x,1,1,1,",
            "A3,,2024-01-05,y,1,2,2,",
        ),
    )
    intake = exports.load(flat())
    assert column(intake, "orders", "order_id") == ["A2", "A3"]
    assert column(intake, "order_lines", "amount") == [5, 1, 2] or column(intake, "order_lines", "amount") == [5, 2, 1]
    assert books(intake) == [("two_customers", "customer_id.two_customers", 2, "30")]
    kept = (intake.quarantine / "order_lines.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [row.split(",")[:2] for row in kept[1:]] == [["A1", "c"], ["A1", "d"]]


def test_an_order_starts_with_its_earliest_line(exports):
    exports.write("orders.csv", lines("A1,c,2024-02-01 00:05,x,1,10,10,", "A1,c,2024-01-31 23:59,y,1,20,20,"))
    intake = exports.load(flat())
    assert column(intake, "orders", "ym") == ["2024-01"]
    assert column(intake, "orders", "hour") == [23]
    assert column(intake, "order_lines", "ym") == ["2024-01", "2024-01"]


def separate(**more):
    return (
        {"files": "o.csv", "tables": {"orders": {"order_id": "番号", "customer_id": "会員", "ordered_at": "日時"}}},
        {"files": "l.csv", "tables": {"order_lines": {"order_id": "番号", "line_no": "行", "amount": "金額"}}, **more},
    )


def test_lines_of_their_own_file_take_day_and_customer_from_their_order(exports):
    exports.write(
        "o.csv",
        "番号,会員,日時\nA1,c,2024-01-05 10:00\nA2,,2024-02-05 11:00\nA2,,2024-02-05 11:00\n"
        "A9,c,2024-02-06\nA9,d,2024-02-06\n",
    )
    exports.write("l.csv", "番号,行,金額\nA1,1,10\nA1,2,20\nA1,2,20\nA2,1,5\nB7,1,7\nA9,1,9\n")
    intake = exports.load(*separate())
    found = table(intake, "order_lines")
    assert found[["order_id", "line_no", "ym"]].values.tolist() == [
        ["A1", "1", "2024-01"],
        ["A1", "2", "2024-01"],
        ["A2", "1", "2024-02"],
    ]
    assert found["customer_key"].isna().tolist() == [False, False, True]
    assert books(intake) == [
        ("two_customers", "customer_id.two_customers", 1, "9"),
        ("two_customers", "customer_id.two_customers", 2, "0"),
        ("orphan", "order_id.orphan", 1, "7"),
        ("repeats", "same_id", 1, "20"),
        ("repeats", "same_id", 1, "0"),
    ]
    assert totals(intake)["in"] == (11, 71)


def test_customers_that_only_orders_know_have_a_row_without_attributes(exports):
    exports.write("m.csv", "番号,性別\n1,女\n2,男\n")
    exports.write(
        "orders.csv", lines("A1,2,2024-01-05,x,1,10,10,", "A2,9,2024-01-05,x,1,10,10,", "A3,,2024-01-05,x,1,10,10,")
    )
    intake = exports.load(
        {"files": "m.csv", "tables": {"customers": {"customer_id": "番号", "gender": "性別"}}}, flat()
    )
    found = table(intake, "customers").sort_values("customer_id")
    assert found["customer_id"].tolist() == ["1", "2", "9"]
    assert [None if g != g else g for g in found["gender"]] == ["女", "男", None]
    assert totals(intake)["in"] == totals(intake)["out"] == (5, 30)


def test_the_newest_filled_value_of_a_customer_stays(exports):
    head = "番号,性別,市,更新\n"
    exports.write("m_1.csv", head + "1,女,大阪,2024-05-01\n2,男,京都,2024-01-01\n")
    exports.write("m_2.csv", head + "1,女,奈良,2023-01-01\n2,,神戸,2024-02-01\n")
    intake = exports.load(
        {
            "files": "m_*.csv",
            "tables": {"customers": {"customer_id": "番号", "gender": "性別", "city": "市", "updated_at": "更新"}},
        }
    )
    assert table(intake, "customers").sort_values("customer_id")[["gender", "city"]].values.tolist() == [
        ["女", "大阪"],
        ["男", "神戸"],
    ]
    assert books(intake) == [("repeats", "later_export", 2, "0")]


def test_what_a_flat_file_mentions_is_taken_once_and_not_counted_again(exports):
    head = "注文番号,会員番号,注文日時,商品,商品名,県,数量,単価,金額,状態"
    exports.write(
        "orders.csv",
        lines(
            "A1,c,2024-01-05,x,古い名,滋賀,1,1,1,",
            "A2,c,2024-03-05,x,新しい名,京都,1,1,1,",
            "A3,,2024-01-05,y,別の品,,1,1,1,",
            head=head,
        ),
    )
    source = flat()
    source["tables"] |= {
        "products": {"product_id": "商品", "name": "商品名"},
        "customers": {"customer_id": "会員番号", "prefecture": "県"},
    }
    intake = exports.load(source)
    assert table(intake, "products")[["product_id", "name"]].values.tolist() == [["x", "新しい名"], ["y", "別の品"]]
    assert column(intake, "customers", "prefecture") == ["京都"]
    assert totals(intake)["in"] == totals(intake)["out"] == (3, 3)


def test_rows_without_any_key_are_kept_unless_another_export_has_them(exports):
    source = {
        "files": "a_*.csv",
        "tables": {
            "survey_answers": {
                "survey_id": {"constant": "s"},
                "question": {"constant": "nps"},
                "customer_id": "会員",
                "score": "点",
                "answered_at": "日",
            }
        },
    }
    exports.write("a_1.csv", "会員,点,日\nc,9,2024-01-05\nc,9,2024-01-05\n,3,2024-01-06\n")
    exports.write("a_2.csv", "会員,点,日\nc,9,2024-01-05\n,満点,2024-02-06\n")
    intake = exports.load(source)
    assert column(intake, "survey_answers", "score") == [9.0, 9.0, 3.0, None] or sorted(
        s for s in column(intake, "survey_answers", "score") if s is not None
    ) == [3.0, 9.0, 9.0]
    assert books(intake) == [("type", "score.emptied", 1, "0"), ("repeats", "repeated_export", 1, "0")]
    assert column(intake, "customers", "customer_id") == ["c"]


def test_a_file_read_for_two_questions_counts_once(exports):
    exports.write("a.csv", "会員,点,満足,日\nc,9,5,2024-01-05\nd,3,4,2024-01-06\n")
    sources = [
        {
            "files": "a.csv",
            "tables": {
                "survey_answers": {
                    "survey_id": {"constant": "s"},
                    "question": {"constant": q},
                    "customer_id": "会員",
                    "score": h,
                    "answered_at": "日",
                }
            },
        }
        for q, h in (("nps", "点"), ("csat", "満足"))
    ]
    intake = exports.load(*sources)
    assert len(table(intake, "survey_answers")) == 4
    assert totals(intake)["in"] == totals(intake)["out"] == (2, 0)


MEMBERS = "番号,姓,名,セイ,メイ,電話,メール,生年月日\n"
PEOPLE = {
    "files": "m.csv",
    "tables": {
        "customers": {"customer_id": "番号"},
        "customer_identity": {
            "customer_id": "番号",
            "family_name": "姓",
            "given_name": "名",
            "family_kana": "セイ",
            "given_kana": "メイ",
            "phone": "電話",
            "email": "メール",
            "birth_date": "生年月日",
        },
    },
}


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("山田,花子,,,090-2468-1357,,", "佐藤,花子,,,０９０２４６８１３５７,,", True),
        ("山田,花子,,,090-2468-1357,,", "山田,太郎,,,090-2468-1357,,", False),
        ("髙橋,裕子,,ユウコ,9024681357,,", "高橋,優子,,ﾕｳｺ,+81 90-2468-1357,,", True),
        ("山田,花子,,,,A.b@Example.jp,", "山田,花子,,,,a.b@example.jp,", True),
        ("山田,花子,,,,a@example.jp,1980-01-01", "山田,花子,,,,a@example.jp,1950-06-01", False),
        ("髙﨑,花子,,,,,1980-01-01", "高崎,花子,,,,,1980/1/1", True),
        ("山田,花子,,,,,1900-01-01", "山田,花子,,,,,1900-01-01", False),
        ("山田,花子,,,,,1980-01-01", "山田,花子,,,,,", False),
        ("山田,花子,,,000-0000-0000,none,", "山田,花子,,,000-0000-0000,none,", False),
        ("山田,,,,090-2468-1357,,", "山田,,,,090-2468-1357,,", False),
    ],
)
def test_two_ids_are_one_person_only_with_good_reason(exports, first, second, one):
    exports.write("m.csv", f"{MEMBERS}0002,{first}\n0010,{second}\n")
    intake = exports.load(PEOPLE)
    assert column(intake, "customers", "customer_id") == (["0002"] if one else ["0002", "0010"])
    assert totals(intake).get("merged", (0, 0))[0] == int(one)
    assert len(set(column(intake, "customer_identity", "customer_key"))) == (1 if one else 2)
    assert len(table(intake, "customer_identity")) == 2


def test_a_number_that_many_share_joins_nobody(exports):
    exports.write("m.csv", MEMBERS + "".join(f"{n:04},山田,花子,,,03-2468-1357,,19{50 + n}-01-01\n" for n in range(11)))
    assert len(table(exports.load(PEOPLE), "customers")) == 11


def test_a_chain_of_joins_never_holds_two_people(exports):
    exports.write(
        "m.csv",
        MEMBERS + "1,山田,花子,,,090-1111-2222,,1980-01-01\n2,山田,花子,,,090-1111-2222,a@example.jp,\n"
        "3,山田,花子,,,,a@example.jp,1950-01-01\n",
    )
    intake = exports.load(PEOPLE)
    assert column(intake, "customers", "customer_id") == ["1", "3"]


def test_orders_of_a_persons_two_ids_are_one_customers(exports):
    exports.write("m.csv", MEMBERS + "7,山田,花子,,,090-2468-1357,,\n3,山田,花子,,,090-2468-1357,,\n")
    exports.write(
        "orders.csv", lines("A1,7,2024-01-05,x,1,10,10,", "A1,3,2024-01-05,y,1,10,10,", "A2,3,2024-01-06,x,1,10,10,")
    )
    intake = exports.load(PEOPLE, flat())
    key = column(intake, "customers", "customer_key")
    assert column(intake, "customers", "customer_id") == ["3"]
    assert column(intake, "orders", "customer_key") == key * 2
    assert books(intake) == [("match", "same_person", 1, "0")]


def test_identity_lies_apart_and_only_the_owner_can_read(exports):
    exports.write("m.csv", MEMBERS + "7,山田,花子,,,090-2468-1357,,\n")
    intake = exports.load(PEOPLE)
    assert not (intake.folder / "customer_identity").exists()
    for path in [intake.folder, *intake.folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0
    names = {
        c for p in intake.folder.glob("*/*.parquet") for c in __import__("pyarrow.parquet").parquet.read_schema(p).names
    }
    assert names.isdisjoint({"phone", "email", "family_name", "given_name", "address", "birth_date"})


def test_books_that_do_not_close_stop_the_run():
    entry = ledger.Entry("read", "in", "s", "order_lines", "file", 3, Decimal("30.5"))
    books_so_far = ledger.Ledger().add(
        [entry, ledger.Entry("type", "quarantined", "s", "order_lines", "amount.empty", 1)]
    )
    assert books_so_far.check("type", {("s", "order_lines"): (2, Decimal("30.5"))}) is books_so_far
    for left in ((2, Decimal("30.4")), (1, Decimal("30.5")), None):
        with pytest.raises(CrmError) as error:
            books_so_far.check("type", {("s", "order_lines"): left} if left else {})
        assert error.value.code == "intake.ledger_open"


@pytest.mark.parametrize(("arm", "rows"), [(",g", ["K1,c,a", "K1,c,b", "K1,d,a"]), ("", ["K1,c", "K1,d"])])
def test_a_customer_in_two_arms_of_a_campaign_stays_in_both_and_one_exported_twice_is_one(exports, arm, rows):
    source = {"files": "sends*.csv", "tables": {"sends": {"campaign_id": "c", "customer_id": "k"}}}
    source["tables"]["sends"] |= {"arm": "g"} if arm else {}
    exports.write("sends_1.csv", "\n".join([f"c,k{arm}", *rows]) + "\n")
    exports.write("sends_2.csv", "\n".join([f"c,k{arm}", *rows]) + "\n")
    intake = exports.load(source)
    assert len(table(intake, "sends")) == len(rows)
    assert books(intake) == [("repeats", "later_export", len(rows), "0")]

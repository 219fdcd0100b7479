"""Any encoding, delimiter and kind of file gives the same records; what does not fit says so and stops the run."""

from __future__ import annotations

import gzip
import re
from datetime import datetime

import pandas as pd
import pytest

from crmlib.errors import CrmError, CrmErrors
from crmlib.intake.presets.look import looked
from crmlib.intake.reading import archives, delimited
from crmlib.intake.reading.table import Options
from exports import HEAD, Exports, books, column, flat, lines, table, totals
from packed import workbook

SHOP = lines(
    "A1,髙﨑①,2024/01/05 10:00,㈱の石鹸,2,100,200,完了", "A2,〜波ー,2024/01/06 11:30,コーヒー豆,1,1200,1200,取消"
)
ENCODINGS = ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    """The lines of the shop, read from a plain file."""
    plain = Exports(tmp_path_factory.mktemp("plain"))
    plain.write("orders.csv", SHOP)
    return table(plain.load(flat()), "order_lines")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_gives_the_same_lines(exports, wanted, encoding):
    exports.write("orders.csv", SHOP, encoding)
    pd.testing.assert_frame_equal(table(exports.load(flat()), "order_lines"), wanted)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n").encode("cp932"),
        lambda text: b"\xef\xbb\xbf\xef\xbb\xbf" + text.encode(),
        lambda text: ("\n\n" + text).encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace(",", ";").encode("utf-16"),
        lambda text: text.replace(HEAD, HEAD.replace("注文番号", " 注文　番号 ")).encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: "\n".join(",".join(f'"{c}"' for c in row.split(",")) for row in text.splitlines()).encode(),
    ],
    ids=["crlf", "two marks", "blank lines", "tab", "semicolon", "heading", "no last newline", "quoted"],
)
def test_the_dress_of_a_file_changes_nothing(exports, wanted, change):
    exports.write("orders.csv", change(SHOP))
    pd.testing.assert_frame_equal(table(exports.load(flat()), "order_lines"), wanted)


def test_gzip_and_parquet_give_the_same_lines(exports, wanted):
    from io import StringIO

    exports.write("orders.csv.gz", gzip.compress(SHOP.encode("cp932")))
    frame = pd.read_csv(StringIO(SHOP), dtype={"数量": "float64", "単価": "int64"}, parse_dates=["注文日時"])
    frame.to_parquet(exports.root / "orders.parquet")
    for name in ("orders.csv.gz", "orders.parquet"):
        pd.testing.assert_frame_equal(table(exports.load(flat(name)), "order_lines"), wanted)


def test_an_excel_sheet_keeps_ids_whole_and_reads_its_own_dates(exports):
    rows = [HEAD.split(","), [17850.0, "007", datetime(2024, 1, 5, 10), "石鹸", 2.0, 100.5, 201.0, "完了"], ["合計"]]
    exports.write("orders.xlsx", workbook({"表紙": [["何もない"]], "受注": rows}))
    intake = exports.load(flat("orders.xlsx", sheet="受注"), currency={"code": "JPY", "decimals": 1})
    assert column(intake, "orders", "order_id") == ["17850"]
    assert column(intake, "customers", "customer_id") == ["007"]
    assert column(intake, "order_lines", "amount") == [2010]
    assert str(table(intake, "orders")["ordered_at"].iloc[0]) == "2024-01-05 01:00:00"
    assert books(intake) == [("footer", "footer", 1, "0")]
    with pytest.raises(CrmError) as error:
        exports.load(flat("orders.xlsx", sheet="顧客"))
    assert (error.value.code, error.value.allowed) == ("intake.missing_sheet", ("表紙", "受注"))


def test_every_sheet_with_records_is_looked_at(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook({"会員": [["番号"], ["1"], ["2"]], "店舗": [["名前", "番号"], ["本店", "010"]]}))
    assert [(one.sheet, one.rows, one.headings) for one in looked(path)] == [
        ("会員", 2, ("番号",)),
        ("店舗", 1, ("名前", "番号")),
    ]


@pytest.mark.parametrize(
    ("content", "code"), [(b"PK\x03\x04 no book", "intake.broken_excel"), (b"", "intake.empty_file")]
)
def test_a_broken_book_says_so(exports, content, code):
    exports.write("orders.xlsx", content)
    with pytest.raises(CrmError) as error:
        exports.load(flat("orders.xlsx"))
    assert error.value.code == code


def test_quoted_line_breaks_and_delimiters_stay_inside_a_field(exports):
    exports.write("orders.csv", lines('A1,c,2024-01-05,"石鹸,\r\n大",1,10,10,', 'A2,c,2024-01-05,"a ""b""",1,10,10,'))
    assert sorted(column(exports.load(flat()), "order_lines", "product_id")) == ['a "b"', "石鹸,\r\n大"]


def test_lines_that_do_not_fit_go_to_quarantine_with_their_number(exports):
    exports.write(
        "orders.csv",
        lines(
            'A1,c,2024-01-05,"石\n鹸",1,10,10,',
            "A2,c,2024-01-05,x,1",
            "A3,c,2024-01-05,x,1,5,5,",
            "A4,c,2024-01-05,x,1,6,6,,余り",
            "A5,c,いつか,x,1,7,7,",
        ),
    )
    intake = exports.load(flat())
    assert column(intake, "orders", "order_id") == ["A1", "A3"]
    assert books(intake) == [
        ("read", "line.too_few_fields", 1, "0"),
        ("read", "line.too_many_fields", 1, "0"),
        ("type", "ordered_at.unreadable", 1, "7"),
    ]
    kept = pd.read_csv(intake.quarantine / "order_lines.csv", dtype=str, keep_default_na=False)
    assert kept[["reason", "file", "row", "raw_line", "注文番号"]].values.tolist() == [
        ["line.too_few_fields", "orders.csv", "3", "A2,c,2024-01-05,x,1", ""],
        ["line.too_many_fields", "orders.csv", "5", "A4,c,2024-01-05,x,1,6,6,,余り", ""],
        ["ordered_at.unreadable", "orders.csv", "6", "", "A5"],
    ]
    assert (intake.quarantine / "order_lines.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (intake.quarantine / "order_lines.csv").stat().st_mode & 0o777 == 0o600


def test_several_files_of_a_pattern_are_one_source(exports):
    exports.write("orders_1.csv", lines("A1,c,2024-01-05,x,1,10,10,"))
    exports.write("orders_2.csv", lines("A2,c,2024-02-05,x,1,10,10,"), "cp932")
    intake = exports.load(flat())
    assert totals(intake)["in"] == (2, 20)
    assert [(i["file"], i["encoding"], i["rows"], i["newest"]) for i in intake.inputs] == [
        ("orders_1.csv", "utf-8", 1, "2024-01-05"),
        ("orders_2.csv", "cp932", 1, "2024-02-05"),
    ]
    assert sorted(p.name for p in (intake.folder / "order_lines").iterdir()) == ["ym=2024-01", "ym=2024-02"]


@pytest.mark.parametrize(
    ("content", "more", "code", "says"),
    [
        (b"", {}, "intake.empty_file", "orders.csv"),
        (b"\n \n", {}, "intake.empty_file", "orders.csv"),
        (HEAD.encode(), {}, "intake.header_only", "orders.csv"),
        ((HEAD + "\n" + SHOP).encode(), {}, "intake.two_headings", "2"),
        (("売上\n\n" + HEAD + "\n" + SHOP).encode("cp932"), {}, "intake.two_headings", "header_row: 4"),
        ((HEAD + "\nA1,c\nA2,c\n").encode(), {}, "intake.no_row_fits", "8"),
        (SHOP.encode("cp932"), {"encoding": "utf-8"}, "intake.wrong_encoding", "cp932"),
        (SHOP.encode(), {"encoding": "cp932"}, "intake.wrong_encoding", "utf-8"),
        (SHOP.encode(), {"encoding": "utf-16"}, "intake.wrong_encoding", "utf-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", {}, "intake.not_text", "orders.csv"),
        (SHOP.encode("cp932")[:60] + b"\xff\xfd" + SHOP.encode("cp932")[60:], {}, "intake.unknown_encoding", "59"),
        (SHOP.replace("会員番号", "会員コード").encode(), {}, "intake.missing_column", "会員コード"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_says_what_it_is(exports, content, more, code, says):
    exports.write("orders.csv", content)
    with pytest.raises(CrmError) as error:
        exports.load(flat(**more))
    assert error.value.code == code
    assert error.value.exit_code == 2
    for locale in ("ja", "en"):
        assert says in error.value.say(locale) and "{" not in error.value.say(locale)


@pytest.mark.parametrize(("heading", "nearest"), [("会員コード", "会員番号"), ("注文No", "注文番号"), ("販売経路", ""),
                                                  ("staff", "")])
def test_only_a_heading_that_is_like_it_is_suggested(exports, heading, nearest):
    exports.write("orders.csv", SHOP)
    source = flat()
    source["tables"]["orders"]["store_id"] = heading
    with pytest.raises(CrmError) as error:
        exports.load(source)
    assert error.value.values.get("nearest", "") == nearest
    assert error.value.code == "intake.missing_column"
    for locale in ("ja", "en"):
        said = error.value.say(locale)
        assert heading in said and "注文日時" in said and "「」" not in said and "“”" not in said
        assert (nearest in said.splitlines()[0]) and ("近い" in said or "nearest" in said) == bool(nearest)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0", bytes(range(256)) * 20, b"%PDF-1.7\n%\xe2\xe3"])
def test_what_a_file_is_instead_is_told_in_words(exports, content):
    exports.write("orders.csv", content)
    with pytest.raises(CrmError) as error:
        exports.load(flat())
    said = error.value.say("ja")
    assert not {"binary", "png", "pdf"} & set(re.findall("[a-z]+", said)), said


def test_a_broken_book_is_told_in_one_language(exports):
    exports.write("orders.xlsx", b"PK\x03\x04 no book")
    with pytest.raises(CrmError) as error:
        exports.load(flat("orders.xlsx"))
    [first, *_] = error.value.say("ja").splitlines()
    assert set(re.findall("[A-Za-z]+", first)) == {"Excel", "orders", "xlsx"}


def test_headings_that_stand_twice_are_read_from_the_row_that_is_named(exports):
    exports.write("orders.csv", HEAD + "\n" + SHOP)
    assert totals(exports.load(flat(header_row=2)))["out"][0] == 2


def test_missing_files_are_told_together_with_what_is_there(exports):
    exports.write("orders_2024.csv", SHOP)
    with pytest.raises(CrmErrors) as error:
        exports.load(flat("orders_2042.csv"), flat("pos_*.csv"), flat(["orders_2024.csv", "x.csv"]))
    assert [e.code for e in error.value.errors] == ["intake.missing_file", "intake.no_files", "intake.missing_file"]
    assert error.value.errors[0].allowed == ("orders_2024.csv",)
    assert not list((exports.root / "data/work/test").glob("*/intake.json"))


def test_a_failed_run_leaves_no_copy_of_the_data(exports):
    exports.write("orders.csv", SHOP.replace("会員番号", "会員コード"), "cp932")
    with pytest.raises(CrmError):
        exports.load(flat())
    assert [p for p in (exports.root / "data/work").rglob("*") if p.is_file() and p.name != "hashes.json"] == []


def test_lines_without_orders_are_refused(exports):
    exports.write("orders.csv", SHOP)
    source = flat()
    del source["tables"]["orders"]
    with pytest.raises(CrmError) as error:
        exports.load(source)
    assert error.value.code == "intake.lines_without_orders"


def test_card_numbers_are_refused_and_long_order_numbers_are_not(exports):
    exports.write("orders.csv", lines(*(f"{4100000000000000 + n},c{n},2024-01-05,x,1,10,10," for n in range(200))))
    assert totals(exports.load(flat()))["out"][0] == 200
    cards = ("4111111111111111", "5500000000000004", "340000000000009", "6011000000000004")
    exports.write("orders.csv", lines(*(f"A{n},{cards[n % 4]},2024-01-05,x,1,10,10," for n in range(20))))
    with pytest.raises(CrmError) as error:
        exports.load(flat())
    assert (error.value.code, error.value.values["column"]) == ("intake.card_numbers", "会員番号")


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("abc,def\n1,2\n", "ascii", "utf-8"),
        ("名前\n太郎\n", "utf-8", "utf-8"),
        ("名前\n太郎\n", "cp932", "cp932"),
        ("a\n" * 1_500_000 + "名前", "cp932", "cp932"),
        ("ﾔﾏﾀﾞ ﾀﾛｳ,1\n", "cp932", "cp932"),
        ("顧客番号,氏名,住所\n一,山田太郎,東京都千代田区\n", "euc_jp", "euc_jp"),
        ("名前,a\n", "utf-16", "utf-16-le"),
        ("name,a\n", "utf-16-be", "utf-16-be"),
        ("\ufeffname", "utf-8", "utf-8-sig"),
    ],
)
def test_the_encoding_is_found_over_the_whole_file(tmp_path, text, encoding, found):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    with delimited.opened(path, "a.csv", archives.opener(path, "", "a.csv"), tmp_path, Options()) as read:
        assert read.encoding == found
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_a_look_says_what_a_file_is(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("会員番号\t氏名\n1\t山田\n2\t鈴木\n".encode("cp932"))
    [one] = looked(path)
    assert (one.label, one.sheet, one.encoding, one.delimiter, one.rows, one.headings) == (
        "a.csv", "", "cp932", "\t", 2, ("会員番号", "氏名"))

"""Zip files, workbooks, SQLite: each table of a file is read, under a name of its own, and what is wrong says so."""

from __future__ import annotations

import gzip
import io
import random
import sqlite3
import zipfile
from datetime import datetime

import pandas as pd
import pytest

from crmlib.errors import CrmError, CrmErrors
from crmlib.intake.presets.look import looked
from crmlib.intake.reading import archives
from exports import HEAD, books, column, flat, lines, table, totals
from packed import locked_workbook, old_workbook, workbook, zipped

OCTOBER = lines("A1,c1,2026-10-01,石鹸,1,100,100,", "A2,c2,2026-10-02,髙﨑①,2,50,100,")
NOVEMBER = lines("A3,c1,2026-11-01,石鹸,1,100,100,")
ROWS = [HEAD.split(","), ["A1", "c1", datetime(2026, 10, 1), "石鹸", 1, 100, 100, "完了"]]


def code(exports, *sources, **more):
    """Return the code of the error that loading ends with, said in both languages without a hole."""
    with pytest.raises(CrmError) as error:
        exports.load(*sources, **more)
    for locale in ("ja", "en"):
        assert "{" not in error.value.say(locale) and error.value.say(locale).count("\n") <= 6
    assert error.value.exit_code == 2
    return error.value.code


# --- zip ---


def test_every_table_of_a_zip_file_is_an_input(exports):
    exports.write(
        "orders.zip",
        zipped({"2026年10月.csv": OCTOBER.encode("cp932"), "中/2026年11月.csv": NOVEMBER.encode()}, "cp932"),
    )
    intake = exports.load(flat("orders.zip"))
    assert column(intake, "orders", "order_id") == ["A1", "A2", "A3"]
    assert [(i["file"], i["encoding"], i["rows"]) for i in intake.inputs] == [
        ("orders.zip/2026年10月.csv", "cp932", 2),
        ("orders.zip/中/2026年11月.csv", "utf-8", 1),
    ]
    assert intake.inputs[1]["bytes"] == len(NOVEMBER.encode())


def test_a_file_in_a_zip_file_is_the_same_as_outside(exports):
    exports.write("orders.csv", OCTOBER)
    alone = exports.load(flat("orders.csv"))
    exports.write("orders.zip", zipped({"orders.csv": OCTOBER.encode()}))
    packed = exports.load(flat("orders.zip"))
    assert packed.inputs[0]["sha256"] == alone.inputs[0]["sha256"]
    pd.testing.assert_frame_equal(table(packed, "order_lines"), table(alone, "order_lines"))
    assert len(list((exports.root / "data/work/test/typed").glob("v*"))) == 1


def test_a_zip_file_may_hold_workbooks_parquet_and_what_is_no_table(exports):
    parquet = io.BytesIO()
    pd.read_csv(io.StringIO(NOVEMBER)).to_parquet(parquet)
    exports.write(
        "orders.zip",
        zipped(
            {
                "a.xlsx": workbook({"受注": ROWS}),
                "b.parquet": parquet.getvalue(),
                "領収書.pdf": b"%PDF",
                "説明.txt": b"read me",
                "__MACOSX/._a.xlsx": b"x",
                ".DS_Store": b"x",
            }
        ),
    )
    assert column(exports.load(flat("orders.zip")), "orders", "order_id") == ["A1", "A3"]
    assert [one.label for one in looked(exports.root / "orders.zip")] == [
        "orders.zip/a.xlsx#受注", "orders.zip/b.parquet"]


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"inner.zip": b"PK"}, "intake.nested_archive"),
        ({"inner.csv.gz": b"x", "a.csv": b"a\n1\n"}, "intake.nested_archive"),
        ({"a.pdf": b"%PDF"}, "intake.no_table_inside"),
        ({}, "intake.no_table_inside"),
        ({"a.csv": b""}, "intake.empty_file"),
    ],
)
def test_a_zip_file_without_a_table_says_what_it_holds(exports, files, wanted):
    exports.write("orders.zip", zipped(files))
    assert code(exports, flat("orders.zip")) == wanted


def test_damaged_and_locked_zip_files_are_refused(exports):
    whole = zipped({"a.csv": OCTOBER.encode() * 50})
    exports.write("orders.zip", whole[:-30])
    assert code(exports, flat("orders.zip")) == "intake.broken_zip"
    damaged = bytearray(whole)
    damaged[60:80] = b"\0" * 20
    exports.write("orders.zip", bytes(damaged))
    assert code(exports, flat("orders.zip")) == "intake.broken_zip"
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.rindex(b"PK\x01\x02") + 8] |= 1
    exports.write("orders.zip", bytes(locked))
    assert code(exports, flat("orders.zip")) == "intake.locked_zip"


def test_a_file_that_unpacks_without_end_is_stopped(exports, monkeypatch):
    monkeypatch.setattr(archives, "_SMALL", 1 << 20)
    bomb = b"a,b\n" + b"1,2\n" * 1_000_000
    exports.write("orders.zip", zipped({"a.csv": bomb}))
    assert code(exports, flat("orders.zip")) == "intake.bomb"
    exports.write("orders.csv.gz", gzip.compress(bomb, 9))
    assert code(exports, flat("orders.csv.gz")) == "intake.bomb"
    # A zip file that declares less than it holds is cut at what it declares.
    lying = bytearray(zipped({"a.csv": bomb}))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        lying[lying.index(mark) + place : lying.index(mark) + place + 4] = (1000).to_bytes(4, "little")
    exports.write("orders.zip", bytes(lying))
    assert code(exports, flat("orders.zip")) in ("intake.bomb", "intake.broken_zip")


def test_a_workbook_that_unpacks_without_end_is_stopped(exports, monkeypatch):
    monkeypatch.setattr(archives, "_SMALL", 1 << 20)
    exports.write("orders.xlsx", zipped({"xl/workbook.xml": b" " * (5 << 20)}))
    assert code(exports, flat("orders.xlsx")) == "intake.bomb"


def test_a_gzip_file_that_ends_early_is_refused(exports):
    exports.write("orders.csv.gz", gzip.compress((OCTOBER * 500).encode())[:-20])
    assert code(exports, flat("orders.csv.gz")) == "intake.broken_gzip"


# --- workbooks ---


def test_titles_groups_and_merged_cells_of_a_sheet_are_understood(exports):
    rows = [
        ["売上明細 2026年10月"],
        [],
        ["注文", None, None, "商品", None, None, None, None],
        HEAD.split(","),
        ["A1", "c1", datetime(2026, 10, 1, 9, 30), "石鹸", 1, 100, 100, "完了"],
        [None, None, None, "タオル", 2, 50, 100, "完了"],
        ["合計", None, None, None, 3, None, 200],
        [None],
    ]
    merged = ["A1:H1", "A3:C3", "D3:H3", "A5:A6", "B5:B6", "C5:C6"]
    exports.write("orders.xlsx", workbook({"受注": rows}, {"受注": merged}))
    intake = exports.load(flat("orders.xlsx"))
    assert column(intake, "order_lines", "order_id") == ["A1", "A1"]
    assert str(table(intake, "orders")["ordered_at"].iloc[0]) == "2026-10-01 00:30:00"
    assert books(intake) == [("footer", "footer", 1, "200")]


def test_a_serial_number_in_a_date_column_is_that_day(exports):
    rows = [HEAD.split(","), ["A1", "c1", 46296.5, "石鹸", 1, 100, 100, "完了"]]
    exports.write("orders.xlsx", workbook({"受注": rows}))
    assert str(table(exports.load(flat("orders.xlsx")), "orders")["ordered_at"].iloc[0]) == "2026-10-01 03:00:00"


def test_several_sheets_are_several_inputs(exports):
    other = [HEAD.split(","), ["A2", "c2", datetime(2026, 11, 1), "石鹸", 1, 100, 100, "完了"]]
    exports.write("orders.xlsx", workbook({"10月": ROWS, "11月": other, "空": []}))
    for wanted in ("*", ["10月", "11月"]):
        intake = exports.load(flat("orders.xlsx", sheet=wanted))
        assert column(intake, "orders", "order_id") == ["A1", "A2"]
        assert [i["file"] for i in intake.inputs] == ["orders.xlsx#10月", "orders.xlsx#11月"]
        assert totals(intake)["in"] == (2, 200)
    assert column(exports.load(flat("orders.xlsx")), "orders", "order_id") == ["A1"]
    assert column(exports.load(flat("orders.xlsx", sheet="11月")), "orders", "order_id") == ["A2"]


def test_workbooks_of_excel_97_are_read(exports):
    exports.write(
        "orders.xls", old_workbook([HEAD.split(","), ["A1", "c1", "2026-10-01", "石鹸", 1.0, 100.5, 7.0, ""]])
    )
    intake = exports.load(flat("orders.xls"), currency={"code": "JPY", "decimals": 1})
    assert column(intake, "order_lines", "amount") == [70]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (locked_workbook(), "intake.locked_excel"),
        (b"PK\x03\x04 no book", "intake.broken_excel"),
        (OCTOBER.encode(), "intake.broken_excel"),
        (workbook({"受注": []}), "intake.empty_file"),
        (workbook({"受注": [HEAD.split(",")]}), "intake.header_only"),
        (workbook({"受注": ROWS})[:-40], "intake.broken_excel"),
    ],
)
def test_a_workbook_that_cannot_be_read_says_so(exports, content, wanted):
    exports.write("orders.xlsx", content)
    found = code(exports, flat("orders.xlsx"))
    assert found == wanted or (wanted, found) == ("intake.broken_excel", "intake.broken_zip")


def test_a_stray_cell_far_away_does_not_take_all_memory(exports):
    def spread(corner):
        parts = {}
        with zipfile.ZipFile(io.BytesIO(workbook({"受注": ROWS}))) as book:
            for name in book.namelist():
                parts[name] = book.read(name)
        row = "".join(c for c in corner if c.isdigit())
        far = f'<row r="{row}"><c r="{corner}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
        parts["xl/s0.xml"] = parts["xl/s0.xml"].replace(b"</sheetData>", far.encode())
        return zipped(parts)

    exports.write("orders.xlsx", spread("XFD1048576"))
    assert code(exports, flat("orders.xlsx")) == "intake.endless_sheet"
    exports.write("orders.xlsx", spread("ZZ900"))
    assert column(exports.load(flat("orders.xlsx")), "orders", "order_id") == ["A1"]


# --- SQLite ---


def database(exports, rows=2):
    path = exports.root / "pos.sqlite"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    names = ", ".join(f'"{n}"' for n in HEAD.split(","))
    connection.execute(f'CREATE TABLE "受注" ({names})')
    connection.execute("CREATE TABLE other (a)")
    values = [(f"A{n}", 7, f"2026-10-0{n + 1} 10:00", "石鹸", 1, 100.0, 100, None) for n in range(rows)]
    connection.executemany('INSERT INTO "受注" VALUES (?, ?, ?, ?, ?, ?, ?, ?)', values)
    connection.commit()
    connection.close()
    return path


def test_a_table_of_sqlite_is_read_and_typed_once(exports):
    path = database(exports)
    before = path.read_bytes()
    intake = exports.load(flat("pos.sqlite", table="受注"))
    assert column(intake, "orders", "order_id") == ["A0", "A1"] and column(intake, "customers", "customer_id") == ["7"]
    assert intake.inputs[0]["file"] == "pos.sqlite#受注"
    again = exports.load(flat("pos.sqlite", query='SELECT * FROM "受注" WHERE "数量" > 0'))
    assert again.inputs[0]["sha256"] == intake.inputs[0]["sha256"]
    typed = exports.root / "data/work/test/typed"
    assert len(list(typed.glob("v*"))) == 1, "the same rows are typed once"
    database(exports, 3)
    assert len(column(exports.load(flat("pos.sqlite", table="受注")), "orders", "order_id")) == 3
    kept = list((exports.root / "data/work/test/databases").iterdir())
    assert len(kept) == 1 and kept[0].stat().st_mode & 0o077 == 0
    database(exports)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("more", "wanted", "allowed"),
    [
        ({"table": "注文"}, "intake.missing_table", ("other", "受注")),
        ({}, "intake.table_needed", ("other", "受注")),
        ({"query": "SELECT x FROM other"}, "intake.database_refused", ()),
        ({"query": "DELETE FROM other"}, "intake.database_refused", ()),
        ({"query": "DROP TABLE other"}, "intake.database_refused", ()),
        ({"query": "ATTACH 'b.sqlite' AS b"}, "intake.database_refused", ()),
        ({"query": "SELECT 1; SELECT 2"}, "intake.database_refused", ()),
        ({"query": ""}, "settings.empty_text", ()),
    ],
)
def test_what_a_database_does_not_give_is_told(exports, more, wanted, allowed):
    before = database(exports).read_bytes()
    with pytest.raises(CrmError) as error:
        exports.load(flat("pos.sqlite", **more))
    errors = error.value.errors if isinstance(error.value, CrmErrors) else [error.value]
    assert errors[0].code == wanted and (not allowed or errors[0].allowed == allowed)
    assert (exports.root / "pos.sqlite").read_bytes() == before
    assert not (exports.root / "b.sqlite").exists()


def test_a_database_that_was_cut_off_is_refused(exports):
    path = database(exports, 200)
    path.write_bytes(path.read_bytes()[:-4096])
    assert code(exports, flat("pos.sqlite", table="受注")) in ("intake.cut_database", "intake.database_refused")


# --- headings and places ---


def test_a_heading_that_stands_twice_is_named_with_its_number(exports):
    exports.write("orders.csv", OCTOBER.replace("商品,", "備考,").replace("状態", "備考"))
    source = flat("orders.csv")
    with pytest.raises(CrmError) as error:
        exports.load(source | {"tables": swapped(source, "備考")})
    assert (error.value.code, error.value.values["count"]) == ("intake.heading_twice", 2)
    for number, wanted in (("備考#1", ["石鹸", "髙﨑1"]), ("備考#2", [None, None])):
        intake = exports.load(source | {"tables": swapped(source, number)})
        assert column(intake, "order_lines", "product_id") == wanted


def swapped(source, heading):
    """Return the tables of a source with the product read from another heading and no status."""
    orders = {k: v for k, v in source["tables"]["orders"].items() if k != "status"}
    return source["tables"] | {
        "orders": orders,
        "order_lines": source["tables"]["order_lines"] | {"product_id": heading},
    }


def test_one_column_does_not_name_a_heading_twice(exports):
    exports.write("orders.csv", OCTOBER)
    source = flat("orders.csv")
    assert code(exports, source | {"tables": swapped(source, ["商品", "商品"])}) == "intake.same_heading"


def test_a_folder_is_no_file(exports):
    exports.write("raw/orders.csv", OCTOBER)
    assert code(exports, flat("raw")) == "intake.is_folder"
    with pytest.raises(CrmError) as error:
        looked(exports.root / "raw")
    assert error.value.code == "intake.is_folder"


def test_counts_of_a_file_reach_the_intake(exports):
    line = "A{},c1,2026-10-01,石鹸,1,100,100,\n"
    text = HEAD + "\n" + "".join(line.format(n) for n in range(40))
    exports.write(
        "orders.csv", text.encode("cp932").replace(b"A7,c1", b"A7,\xffc1") + b"A90,\xf0\x40,2026-10-01,x,1,1,1,\n"
    )
    intake = exports.load(flat("orders.csv"))
    assert (intake.counts["undecodable_bytes"], intake.counts["gaiji"]) == (1, 1)
    assert len(column(intake, "orders", "order_id")) == 41


# --- damage ---


def damaged_subjects():
    """Return files of every kind that holds its bytes packed or framed."""
    rows = [HEAD.split(","), *[[f"A{n}", "c1", datetime(2026, 10, 1), "石鹸", 1, 100, 100, "完了"] for n in range(40)]]
    parquet = io.BytesIO()
    pd.read_csv(io.StringIO(OCTOBER)).to_parquet(parquet)
    return {
        "orders.xlsx": workbook({"受注": rows}, {"受注": ["A2:A3"]}),
        "orders.xls": old_workbook([[str(c) for c in row] for row in rows]),
        "orders.csv.gz": gzip.compress(OCTOBER.encode("cp932")),
        "orders.zip": zipped({"10月.csv": OCTOBER.encode()}, "cp932"),
        "orders.parquet": parquet.getvalue(),
    }


@pytest.mark.parametrize("name", damaged_subjects())
def test_a_flipped_byte_of_any_kind_of_file_is_read_or_told_with_its_name(exports, name):
    content = damaged_subjects()[name]
    chance = random.Random(5)
    told = []
    for _ in range(12):
        changed = bytearray(content)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        exports.write(name, bytes(changed))
        try:
            exports.load(flat(name))
        except CrmError as error:
            told.append(error.say("ja") + error.say("en"))
    assert all(name in said and "Traceback" not in said for said in told)
    assert told, "some of these flips cannot be read"

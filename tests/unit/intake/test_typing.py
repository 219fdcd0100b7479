"""How values are read: each spelling gives its value, or a reason, and never a guess."""

from __future__ import annotations

import pytest

from crmlib.dataset.prepare import prepare
from crmlib.engine.reading import open_reader
from crmlib.errors import CrmError
from crmlib.intake.typed import kinds, texts
from crmlib.intake.typed.quick import clean
from exports import books, column, flat, lines, table

TOKYO = kinds.Clock("Asia/Tokyo", "Asia/Tokyo")
NEW_YORK = kinds.Clock("UTC", "America/New_York", 5)


@pytest.fixture(scope="module")
def engine():
    with open_reader(None) as opened:
        texts.teach(opened)
        yield opened


def read(engine, kind, text, clock=TOKYO, pattern=None):
    """Return one value as text, through the same steps as a file's cells."""
    form = "n" if pattern else kinds.plain(kind, "n")
    value = kinds.value(kind, "m", clock, pattern)
    frame = engine.sql(
        f"SELECT CAST({value} AS VARCHAR) AS v FROM (SELECT {form} AS m FROM "
        f"(SELECT {clean('x')} AS n FROM (SELECT $given AS x)))",
        given=text,
    )
    found = frame["v"].iloc[0]
    return None if found is None or found != found else found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1280", "1280"),
        ("1,280", "1280"),
        ("１，２８０円", "1280"),
        ("¥1,280", "1280"),
        ("￥１２８０", "1280"),
        ("\\1,280", "1280"),
        ("$8.00", "8"),
        ("△1,280", "-1280"),
        ("▲1280", "-1280"),
        ("(1,280)", "-1280"),
        ("(¥500)", "-500"),
        ("-500", "-500"),
        ("¥-500", "-500"),
        ("−500", "-500"),
        (" 12.345 ", "12.345"),
        ("　500　", "500"),
        ("1.5e3", "1500"),
        ("0", "0"),
        ("+7", "7"),
        ("1 280", "1280"),
        (".5", "0.5"),
        ("無料", None),
        ("12万", None),
        ("未定", None),
        ("1,28", None),
        ("12,34,567", None),
        ("1_000", None),
        ("1.2.3", None),
        ("-", None),
        ("nan", None),
        ("inf", None),
        ("12円50", None),
        ("1-2", None),
        ("0x10", None),
    ],
)
def test_money(engine, text, value):
    found = read(engine, "money", text)
    assert (found.rstrip("0").rstrip(".") if found else found) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", "3"),
        ("３", "3"),
        ("3.0", "3"),
        ("△3", "-3"),
        ("1,000", "1000"),
        ("2.5", None),
        ("三", None),
        ("", None),
    ],
)
def test_quantities_are_whole(engine, text, value):
    assert read(engine, "quantity", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-05", "2024-01-05"),
        ("2024/1/5", "2024-01-05"),
        ("２０２４／１／５", "2024-01-05"),
        ("2024.1.5", "2024-01-05"),
        ("2024年1月5日", "2024-01-05"),
        ("2024年 1月 5日(金)", "2024-01-05"),
        ("20240105", "2024-01-05"),
        ("令和6年1月5日", "2024-01-05"),
        ("令和元年5月1日", "2019-05-01"),
        ("R6.1.5", "2024-01-05"),
        ("r6/1/5", "2024-01-05"),
        ("S60.4.3", "1985-04-03"),
        ("昭和60年4月3日", "1985-04-03"),
        ("H31.4.30", "2019-04-30"),
        ("平成元年1月8日", "1989-01-08"),
        ("大正15年12月24日", "1926-12-24"),
        ("2024/1/5 13:04", "2024-01-05"),
        ("2024-01-05T23:30:00+00:00", "2024-01-06"),
        ("2024-02-30", None),
        ("1/5/24", None),
        ("1/05/2024", None),
        ("12/05/2024", None),
        ("0001-01-05", None),
        ("2024", None),
        ("24年1月5日", None),
        ("いつか", None),
        ("45296", "2024-01-05"),
        ("R6.13.5", None),
    ],
)
def test_dates(engine, text, value):
    assert read(engine, "date", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024/1/5 9:04", "2024-01-05 00:04:00"),
        ("2024-01-05 13:04:05", "2024-01-05 04:04:05"),
        ("2024-01-05T13:04:05.250", "2024-01-05 04:04:05.25"),
        ("2024-01-05T13:04:05+09:00", "2024-01-05 04:04:05"),
        ("2024-01-05 13:04:05 +0300", "2024-01-05 10:04:05"),
        ("2024-01-05T13:04:05Z", "2024-01-05 13:04:05"),
        ("2024-01-05 13:04:05 UTC", "2024-01-05 13:04:05"),
        ("2024年1月5日 13時4分", "2024-01-05 04:04:00"),
        ("2024年1月5日13時4分5秒", "2024-01-05 04:04:05"),
        ("20240105130405", "2024-01-05 04:04:05"),
        ("R6.1.5 13:04", "2024-01-05 04:04:00"),
        ("2024-01-05", "2024-01-04 15:00:00"),
        ("2024/1/5 25:00", "2024-01-05 16:00:00"),
    ],
)
def test_times_become_utc(engine, text, value):
    assert read(engine, "time", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-07-05 12:00", "2024-07-05 12:00:00"),
        ("2024-07-05", "2024-07-05 09:00:00"),
        ("2024-01-05", "2024-01-05 10:00:00"),
    ],
)
def test_a_day_without_a_time_is_that_business_day_in_any_zone(engine, text, value):
    assert read(engine, "time", text, NEW_YORK) == value


def test_a_format_of_the_params_is_the_only_one_read(engine):
    assert read(engine, "date", "05.01.2024", pattern="%d.%m.%Y") == "2024-01-05"
    assert read(engine, "time", "05.01.2024 13:04", pattern="%d.%m.%Y %H:%M") == "2024-01-05 04:04:00"
    assert read(engine, "date", "2024-01-05", pattern="%d.%m.%Y") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", "true"), ("０", "false"), ("はい", "true"), ("希望しない", "false"), ("TRUE", "true"), ("たぶん", None)],
)
def test_flags(engine, text, value):
    assert read(engine, "flag", text) == value


@pytest.mark.parametrize(("text", "value"), [("0.08", "0.08"), ("8%", "0.08"), ("１０％", "0.1"), ("a", None)])
def test_numbers_and_shares(engine, text, value):
    assert read(engine, "number", text) == value


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("Asia/Tokyo", 540), ("UTC", 0), ("Asia/Kolkata", 330), ("America/New_York", None), ("Europe/London", None)],
)
def test_only_zones_that_never_change_are_added_up(zone, minutes):
    assert kinds.fixed_offset(zone) == minutes


def test_business_days_follow_zone_and_cutoff(exports):
    exports.write(
        "orders.csv",
        lines(
            "A1,c,2024-07-06 03:59,x,1,10,10,",
            "A2,c,2024-07-06 09:00,x,1,10,10,",
            "A3,c,2024-07-06,x,1,10,10,",
            "A4,c,2024-01-01T09:59:00Z,x,1,10,10,",
        ),
    )
    intake = exports.load(flat(), time={"source_tz": "UTC", "business_tz": "America/New_York", "day_cutoff_hour": 5})
    found = table(intake, "orders").sort_values("order_id")
    assert found["business_date"].astype(str).tolist() == ["2024-07-05", "2024-07-06", "2024-07-06", "2023-12-31"]
    assert [None if h != h else int(h) for h in found["hour"].astype("float64")] == [23, 5, None, 4]
    assert found["dow"].tolist() == [5, 6, 6, 7]
    assert found["ym"].tolist() == ["2024-07", "2024-07", "2024-07", "2023-12"]


def test_months_end_on_the_closing_day(exports):
    exports.write(
        "orders.csv",
        lines(
            "A1,c,2024-01-20,x,1,10,10,",
            "A2,c,2024-01-21,x,1,10,10,",
            "A3,c,2023-12-31,x,1,10,10,",
            "A4,c,2024-02-29,x,1,10,10,",
        ),
    )
    intake = exports.load(flat(), calendar={"closing_day": 20})
    found = table(intake, "orders").sort_values("order_id")
    assert found["ym"].tolist() == ["2024-01", "2024-02", "2024-01", "2024-03"]
    assert table(intake, "order_lines").sort_values("order_id")["ym"].tolist() == found["ym"].tolist()


def test_shipped_days_count_where_asked_for(exports):
    head = "注文番号,会員番号,注文日時,商品,数量,単価,金額,状態,発送"
    exports.write(
        "orders.csv",
        lines("A1,c,2024-01-31 10:00,x,1,10,10,,2024-02-02 15:00", "A2,c,2024-01-31 10:00,x,1,5,5,,", head=head),
    )
    source = flat()
    source["tables"]["orders"]["shipped_at"] = "発送"
    found = table(exports.load(source, sales={"date": "shipped"}), "orders").sort_values("order_id")
    assert found["business_date"].astype(str).tolist() == ["2024-02-02", "2024-01-31"]
    assert found["hour"].tolist() == [15, 10]
    assert table(exports.load(source), "orders")["business_date"].astype(str).tolist() == ["2024-01-31"] * 2


def test_values_are_mapped_and_the_rest_takes_the_default(exports):
    exports.write(
        "orders.csv",
        lines(
            "A1,c,2024-01-05,x,1,10,10,取消",
            "A2,c,2024-01-05,x,1,10,10,完了",
            "A3,c,2024-01-05,x,1,1,1,",
            "A4,c,2024-01-05,x,1,10,10,　取消",
        ),
    )
    intake = exports.load(flat())
    found = table(intake, "order_lines").sort_values("order_id")
    assert found["cancelled"].tolist() == [True, False, False, True]
    assert found["line_type"].tolist() == ["product"] * 4
    assert column(intake, "orders", "status") == ["cancelled", "placed", "placed", "cancelled"]


def test_codes_the_product_does_not_know_are_told_and_left_to_the_default(exports):
    exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,返品済"))
    source = flat()
    source["tables"]["orders"]["status"] = "状態"
    intake = exports.load(source)
    assert column(intake, "orders", "status") == ["placed"]
    assert books(intake) == [("type", "status.emptied", 1, "0")]


def test_several_headings_are_joined_and_constants_stand_in_every_row(exports):
    head = "番号,郵便1,郵便2,氏名,メモ"
    exports.write("m.csv", lines("１,100,0001,山田　太郎, ", "2,,,鈴木,〒", head=head))
    intake = exports.load(
        {
            "files": "m.csv",
            "tables": {
                "customers": {"customer_id": "番号", "type": {"constant": "person"}},
                "customer_identity": {
                    "customer_id": "番号",
                    "postal": {"from": ["郵便1", "郵便2"]},
                    "full_name": "氏名",
                },
            },
        }
    )
    assert column(intake, "customers", "type") == ["person", "person"]
    assert column(intake, "customer_identity", "postal") == ["100 0001", None]
    assert column(intake, "customer_identity", "full_name") == ["山田　太郎", "鈴木"]
    assert column(intake, "customers", "customer_id") == ["1", "2"]


def test_amounts_are_rounded_once_and_the_difference_is_in_the_books(exports):
    exports.write(
        "orders.csv",
        "注文番号,会員番号,注文日時,商品,数量,単価\nA1,c,2024-01-05,x,3,0.335\nA1,c,2024-01-05,y,1,2.50\n"
        "A1,c,2024-01-05,z,-1,0.125\n",
    )
    source = flat()
    del source["tables"]["order_lines"]["amount"], source["tables"]["orders"]["status"]
    intake = exports.load(source, currency="GBP")
    assert sorted(column(intake, "order_lines", "amount")) == [-13, 101, 250]
    assert books(intake) == [("type", "rounding", 2, "0"), ("returns", "return_of.unmatched", 1, "-0.13")]
    assert books(intake, "in", "out") == [("read", "file", 3, "3.38"), ("out", "file", 3, "3.38")]


def test_reasons_name_the_column(exports):
    exports.write(
        "orders.csv",
        lines(
            "A1,c,2024-01-05,x,1,10,無料,",
            "A1,c,2024-01-05,y,1,10,10,",
            ",c,2024-01-05,x,1,10,7,",
            "A3,c,,x,1,10,10,",
            "A4,c,2024-01-05,x,多い,10,10,",
        ),
    )
    intake = exports.load(flat())
    assert books(intake) == [
        ("type", "quantity.emptied", 1, "0"),
        ("type", "amount.unreadable", 1, "0"),
        ("type", "order_id.empty", 1, "7"),
        ("type", "ordered_at.empty", 1, "10"),
    ]
    assert sorted(column(intake, "order_lines", "amount")) == [10, 10]
    assert books(intake, "in", "out") == [("read", "file", 5, "37"), ("out", "file", 2, "20")]


def test_without_amounts_quantity_and_price_are_needed(exports):
    exports.write(
        "orders.csv", lines("A1,c,2024-01-05,x,多い,10,,", "A2,c,2024-01-05,x,1,,,", "A3,c,2024-01-05,x,2,10,,")
    )
    source = flat()
    del source["tables"]["order_lines"]["amount"]
    assert books(exports.load(source)) == [
        ("type", "quantity.unreadable", 1, "0"),
        ("type", "unit_price.empty", 1, "0"),
    ]


def test_totals_rules_and_free_pieces_are_taken_out_with_their_reasons(exports):
    exports.write(
        "orders.csv",
        lines(
            "A1,c,2024-01-05,x,1,10,10,",
            "A1,c,2024-01-05,TEST,1,99,99,",
            "A1,c,2024-01-05,y,0,5,5,",
            "A1,c,2024-01-05,z,0,0,0,",
            "合　計,,,,,,114,",
            ",,,,,総合計,114,",
            "合計　４件,,,,,,114,",
            "Total: (4 rows),,,,,,114,",
            "Total 4,c,2024-01-06,x,1,7,7,",
        ),
    )
    intake = exports.load(flat(exclude=[{"column": "商品", "values": ["ＴＥＳＴ"], "reason": "test_items"}]))
    assert books(intake) == [
        ("footer", "footer", 4, "456"),
        ("exclude", "test_items", 1, "99"),
        ("zero_quantity", "zero_quantity", 1, "5"),
    ]
    assert books(intake, "in", "out") == [("read", "file", 9, "577"), ("out", "file", 3, "17")]


def test_where_no_row_is_left_the_message_names_the_column_at_fault(exports):
    rows = [f'A{n},c,2024-01-05,x,1,,"{n}.000,00",' for n in (1, 2, 3)]
    exports.write("orders.csv", lines(*rows, "A4,c,昨日,x,1,,5,"))
    with pytest.raises(CrmError) as error:
        prepare(exports.settings(flat()))
    assert error.value.code == "dataset.all_set_aside"
    told = error.value.values
    assert (told["rows"], told["most"], told["column"], told["reason"]) == (4, 3, "amount", "unreadable")
    assert (exports.root / error.value.where).read_bytes().count(b"amount.unreadable") == 3
    exports.write("orders.csv", lines("合計,,,,,,5,"))
    with pytest.raises(CrmError) as error:
        prepare(exports.settings(flat()))
    assert error.value.code == "dataset.no_dates"

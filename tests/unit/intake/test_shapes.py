"""Exports whose shape has to be put right: blank repeats, missing signs, split cells, headings of other times."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.errors import CrmError
from exports import books, column, table

#: The file tells UTC; a business day begins at 5 o'clock in Tokyo.
CLOCK = {"source_tz": "UTC", "business_tz": "Asia/Tokyo", "day_cutoff_hour": 5}
LINES = {"order_id": "番号", "product_id": "商品", "quantity": "数量", "unit_price": "単価"}
ORDERS = {"order_id": "番号", "customer_id": "会員", "ordered_at": "日付"}


def source(**more):
    """A source of lines with some of its keys changed."""
    return {"files": "a.csv", "tables": {"orders": {**ORDERS, **more.pop("orders", {})},
                                         "order_lines": {**LINES, **more.pop("lines", {})},
                                         **more.pop("tables", {})}, **more}


class TestFillDown:
    def test_by_a_value_that_changes_blank_cells_take_the_first_row(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価\nA,7,2026-10-01,x,1,100\nA,,,y,2,50\n,,,z,1,10\n"
                               "B,8,2026-10-02,x,1,100\n")
        intake = exports.load(source(fill_down={"by": "番号", "columns": ["会員", "日付"]}))
        assert column(intake, "order_lines", "order_id") == ["A", "A", "A", "B"]
        assert sorted(column(intake, "order_lines", "amount")) == [10, 100, 100, 100]
        assert column(intake, "orders", "order_id") == ["A", "B"]

    def test_by_a_mark(self, exports):
        exports.write("a.csv", "始,番号,会員,日付,商品,数量,単価\n*,A,7,2026-10-01,x,1,100\n,,,,y,2,50\n"
                               "*,B,,2026-10-02,z,1,10\n")
        intake = exports.load(source(fill_down={"by": "始", "mark": "*"}))
        assert column(intake, "order_lines", "order_id") == ["A", "A", "B"]
        found = table(intake, "orders")
        assert found.loc[found["order_id"] == "B", "customer_key"].isna().all()  # not the one above it

    def test_a_column_of_the_lines_is_not_filled(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価\nA,7,2026-10-01,x,1,100\nA,,,y,,50\n")
        intake = exports.load(source(fill_down={"by": "番号"}))
        assert books(intake, "quarantined") == [("type", "quantity.empty", 1, "0")]

    def test_rows_in_the_quarantine_keep_their_number(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価\nA,7,2026-10-01,x,1,100\nA,,,y,many,50\n")
        intake = exports.load(source(fill_down={"by": "番号"}))
        (kept,) = (intake.quarantine).glob("*.csv")
        assert kept.read_text(encoding="utf-8-sig").splitlines()[1].endswith("a.csv,3")


class TestDaysToldAsMidnight:
    """Twenty orders a day apart, from 2026-10-01 on."""

    def days(self, exports, written, last=None, rows=20):
        cells = [written.format(n + 1) for n in range(rows)] + ([last] if last else [])
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価\n"
                      + "".join(f"{n:02},7,{cell},x,1,100\n" for n, cell in enumerate(cells)))
        return table(exports.load(source(), time=CLOCK), "orders").sort_values("order_id")

    @pytest.mark.parametrize("written", ["2026-10-{:02} 00:00:00", "2026/10/{} 0:00", "2026-10-{:02}T00:00:00.000Z",
                                         "2026-10-{:02} 00:00:00.000000", "2026-10-{:02} 00:00:00+00"])
    def test_times_that_are_all_midnight_are_days(self, exports, written):
        found = self.days(exports, written)
        assert [day.day for day in found["business_date"]] == list(range(1, 21))
        assert found["hour"].isna().all()

    @pytest.mark.parametrize(("last", "rows"), [("2026-10-21 12:30:00", 20), (None, 19)])
    def test_one_other_time_or_few_rows_and_midnight_is_a_time(self, exports, last, rows):
        found = self.days(exports, "2026-10-{:02} 00:00:00", last, rows)
        assert found["hour"].head(rows).tolist() == [9] * rows

    def test_a_cell_that_is_no_time_says_nothing_of_the_others(self, exports):
        found = self.days(exports, "2026-10-{:02} 00:00:00", "未定")
        assert found["hour"].isna().all() and len(found) == 20

    def test_so_do_the_times_of_a_data_frame(self, exports):
        frame = pd.DataFrame({"番号": [f"{n:02}" for n in range(20)], "会員": "7", "商品": "x", "数量": 1, "単価": 100,
                              "日付": pd.date_range("2026-10-01", periods=20)})
        frame.to_parquet(exports.root / "a.parquet")
        intake = exports.load(source(files="a.parquet"), time=CLOCK)
        found = table(intake, "orders").sort_values("order_id")
        assert [day.day for day in found["business_date"]] == list(range(1, 21)) and found["hour"].isna().all()


class TestSigns:
    def test_returns_written_with_positive_numbers_become_negative(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価,区分,金額\nA,7,2026-10-01,x,2,100,1,200\n"
                               "B,7,2026-10-02,x,1,100,2,100\nC,7,2026-10-03,x,-1,100,2,-100\n")
        kinds = {"from": "区分", "values": {"1": "product", "2": "return"}}
        intake = exports.load(source(negative={"column": "区分", "values": "2"},
                                     lines={"line_type": kinds, "amount": "金額"}))
        found = table(intake, "order_lines").sort_values("order_id")
        assert list(found["quantity"]) == [2, -1, -1]
        assert list(found["amount"]) == [200, -100, -100]
        assert list(found["unit_price"]) == [100, 100, 100]

    def test_where_the_amount_is_multiplied_it_is_negative_once(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価,区分\nA,7,2026-10-01,x,2,100,2\n")
        intake = exports.load(source(negative={"column": "区分", "values": "2"}))
        assert column(intake, "order_lines", "amount") == [-200]


class TestRefunds:
    def test_money_given_back_is_one_line_on_the_order_s_day(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価,返金\nA,7,2026-10-01,x,2,100,50\nA,7,2026-10-01,y,1,30,\n"
                               "B,7,2026-10-02,x,1,100,0\n")
        intake = exports.load(source(refunds="返金"))
        found = table(intake, "order_lines")
        back = found[found["line_type"] == "return"]
        assert [tuple(r) for r in back[["order_id", "line_no", "amount", "return_of"]].itertuples(index=False)] == [
            ("A", "refund", -50, "A")]
        assert [str(d)[:10] for d in back["business_date"]] == ["2026-10-01"]
        assert books(intake, "in") == [("read", "file", 3, "330")]  # a file's records count once
        assert intake.counts["orders_in_two_files"] == 0

    def test_the_same_export_twice_gives_it_back_once(self, exports):
        text = "番号,会員,日付,商品,数量,単価,返金\nA,7,2026-10-01,x,2,100,50\n"
        exports.write("a.csv", text)
        exports.write("b.csv", text)
        intake = exports.load({**source(refunds="返金"), "files": ["a.csv", "b.csv"]})
        assert sorted(column(intake, "order_lines", "amount")) == [-50, 200]
        assert intake.counts["orders_in_two_files"] == 1


class TestExclusions:
    def test_only_these_values_stay(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価,区分\nA,7,2026-10-01,x,2,100,1\n"
                               "B,7,2026-10-01,x,2,100,5\nC,7,2026-10-01,x,1,100,\n")
        intake = exports.load(source(exclude=[{"column": "区分", "only": "1", "reason": "not_sales"}]))
        assert column(intake, "orders", "order_id") == ["A"]
        assert books(intake, "excluded") == [("exclude", "not_sales", 2, "300")]

    @pytest.mark.parametrize("rule", [{}, {"values": "1", "only": "2"}])
    def test_one_of_values_and_only(self, exports, rule):
        with pytest.raises(CrmError) as caught:
            exports.settings(source(exclude=[{"column": "区分", "reason": "r", **rule}]))
        assert caught.value.code == "settings.exclusion_without_rule"


class TestCells:
    def test_parts_are_joined_read_instead_and_made_small(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価,電話1,電話2,電話3,メール\n"
                               "A,,2026-10-01,x,2,100,03,0000,0001,Ａ@Example.com\nB,7,2026-10-01,x,2,100,03,,0001,b@example.com\n")
        key = {"from": "会員", "or": {"from": "メール", "lower": True}}
        intake = exports.load(source(orders={"customer_id": key}, tables={
            "customer_identity": {"customer_id": key, "phone": {"from": ["電話1", "電話2", "電話3"], "join": "-"}}}))
        found = table(intake, "customer_identity").sort_values("customer_id")
        assert list(found["customer_id"]) == ["7", "a@example.com"]
        assert list(found["phone"]) == ["03-0001", "03-0000-0001"]

    def test_any_other_value_and_what_stands_instead(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価,取消日,状態\nA,7,2026-10-01,x,2,100,2026-10-02,済\n"
                               "B,7,2026-10-01,x,2,100,,済\nC,7,2026-10-01,x,2,100,,\n")
        status = {"from": "取消日", "values": {"*": "cancelled"}, "or": {"from": "状態", "values": {"済": "paid"}}}
        intake = exports.load(source(orders={"status": status}))
        assert column(intake, "orders", "status")[:2] == ["cancelled", "paid"]

    def test_a_birthday_is_a_year_and_a_postal_code_an_area(self, exports):
        exports.write("a.csv", "会員,誕生日,郵便\n1,1980/1/2,100-0001\n2,昭和55年1月2日,1000001\n3,1980,100\n"
                               "4,未記入,\n")
        intake = exports.load({"files": "a.csv", "tables": {"customers": {
            "customer_id": "会員", "birth_year": "誕生日", "postal3": "郵便"}}})
        assert column(intake, "customers", "birth_year") == [1980, 1980, 1980, None]
        assert column(intake, "customers", "postal3") == ["100", "100", "100", None]
        assert [(r, n) for _, r, n, _ in books(intake, "info") if r.startswith("birth_year")] == [
            ("birth_year.emptied", 1)]

    def test_what_keeps_a_spreadsheet_from_reading_a_number_is_not_the_value(self, exports):
        exports.write("a.csv", "会員,名前,電話\n'001,'t Hooft,'+8130\n\"=\"\"002\"\"\",普通,=\n")
        intake = exports.load({"files": "a.csv", "tables": {
            "customers": {"customer_id": "会員"},
            "customer_identity": {"customer_id": "会員", "family_name": "名前", "phone": "電話"}}})
        assert column(intake, "customers", "customer_id") == ["001", "002"]
        assert column(intake, "customer_identity", "family_name") == ["'t Hooft", "普通"]
        assert column(intake, "customer_identity", "phone") == ["+8130", "="]


class TestHeadings:
    def test_a_heading_has_other_names_at_other_times(self, exports):
        exports.write("a1.csv", "番号,会員,日付,商品,数量,単価\nA,7,2026-10-01,x,1,100\n")
        exports.write("a2.csv", "受注No,会員,日付,商品,数量,単価\nB,7,2026-10-01,x,1,100\n")
        intake = exports.load({**source(renamed={"番号": "受注No"}), "files": "a*.csv"})
        assert column(intake, "orders", "order_id") == ["A", "B"]

    def test_a_legend_behind_a_heading_does_not_matter(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量（1：個、2：箱）,単価\nA,7,2026-10-01,x,3,100\n")
        assert column(exports.load(source()), "order_lines", "quantity") == [3]

    def test_what_may_be_lacking_is_empty_and_the_rest_is_named(self, exports):
        exports.write("a.csv", "番号,日付,商品,数量,単価\nA,2026-10-01,x,3,100\n")
        assert column(exports.load(source(optional=["会員"])), "orders", "customer_key") == [None]
        with pytest.raises(CrmError) as caught:
            exports.load(source())
        assert (caught.value.code, caught.value.values["column"]) == ("intake.missing_column", "会員")

    def test_a_table_whose_id_is_lacking_is_left_out_and_lines_without_theirs_stop(self, exports):
        exports.write("a.csv", "番号,会員,日付,数量,単価,品名\nA,7,2026-10-01,3,100,茶碗\n")
        names = {"products": {"product_id": "商品", "name": "品名"}}
        intake = exports.load(source(optional=["商品"], tables=names))
        assert "products" not in intake.tables
        exports.write("a.csv", "会員,日付,数量,単価\n7,2026-10-01,3,100\n")
        with pytest.raises(CrmError) as caught:
            exports.load(source(optional=["番号", "商品"]))
        assert caught.value.values["column"] == "番号"

    def test_what_is_ignored_reaches_nothing_not_even_the_quarantine(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価,カード下4桁\nA,7,2026-10-01,x,many,100,4242\n"
                               "B,7,2026-10-01,x,1,100,4242\n")
        intake = exports.load(source(ignored=["カード下4桁"]))
        (kept,) = intake.quarantine.glob("*.csv")
        assert "4242" not in kept.read_text(encoding="utf-8-sig")
        with pytest.raises(CrmError) as caught:
            exports.load(source(ignored=["カード下4桁"], orders={"payment": "カード下4桁"}))
        assert caught.value.code == "intake.missing_column"


class TestCurrency:
    def test_money_of_another_currency_is_taken_out_and_counted(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価,通貨\nA,7,2026-10-01,x,1,100,JPY\n"
                               "B,7,2026-10-02,x,1,90,usd\nC,7,2026-10-03,x,1,70,\nD,7,2026-10-04,x,1,55,USD\n")
        intake = exports.load(source(currency="通貨"))
        assert sorted(column(intake, "order_lines", "amount")) == [70, 100]
        assert books(intake, "excluded") == [("exclude", "other_currency", 2, "145")]

    def test_a_heading_the_file_lacks_is_named(self, exports):
        exports.write("a.csv", "番号,会員,日付,商品,数量,単価\nA,7,2026-10-01,x,1,100\n")
        with pytest.raises(CrmError) as caught:
            exports.load(source(currency="通貨"))
        assert caught.value.code == "intake.missing_column"

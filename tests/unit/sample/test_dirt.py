"""What is said to be wrong with the files is what is wrong with them."""

from __future__ import annotations

import collections
import json
import re
import unicodedata

import pytest

from crmlib.sample.files.stains import era, half_width
from unit.sample import reading


def dirt(made, reason):
    return [one for one in made.quality["dirt"] if one["reason"] == reason]


def test_the_books_close(written):
    books = written.quality
    assert books["rows_in"] == sum(written.files.values())
    assert books["rows_in"] == (books["rows_out"] + books["rows_quarantined"] + books["duplicates_merged"]
                                + books["rows_excluded"])
    assert books["amount_in"] == books["amount_out"] + sum(books["amounts"].values())
    assert {one["reason"] for one in books["dirt"]} == {
        "overlap", "zero_quantity", "text_amount", "two_customers", "total_row", "repeated_record", "orphan_line",
        "older_record"}


def test_the_repeated_export_repeats_lines_of_two_months(written):
    overlap = dirt(written, "overlap")[0]
    again = reading.records(written.folder / overlap["file"])
    assert {reading.month(row["取引日時"]) for row in again} == {"2025-03", "2025-04"}
    known = {tuple(row.items()) for name in ("pos_2025-03.csv", "pos_2025-04.csv")
             for row in reading.records(written.folder / name)}
    assert len(again) == overlap["rows"] and all(tuple(row.items()) in known for row in again)


def test_lines_that_cannot_be_sales_are_counted(written):
    words = zero = footer = 0
    numbers = collections.defaultdict(set)
    for path in sorted(written.folder.glob("pos_*.csv")):
        for row in reading.records(path):
            footer += row["取引ID"] == "合計"
            words += reading.money(row["金額"]) is None
            zero += reading.money(row["数量"]) == 0
            numbers[row["取引ID"]].add(row["会員番号"])
    lines = reading.records(written.folder / "ec_lines.csv")
    orders = reading.records(written.folder / "ec_orders.csv")
    codes = {row["注文番号"] for row in orders}
    assert footer == 1 == sum(one["rows"] for one in dirt(written, "total_row"))
    assert words + sum(reading.money(r["金額"]) is None for r in lines) == sum(o["rows"] for o in dirt(written,
                                                                                                     "text_amount"))
    assert zero + sum(r["数量"] == "0" for r in lines) == sum(one["rows"] for one in dirt(written, "zero_quantity"))
    assert sum(len(who) > 1 for who in numbers.values()) == len(dirt(written, "two_customers"))
    assert sum(r["注文番号"] not in codes for r in lines) == dirt(written, "orphan_line")[0]["rows"]
    repeated = {one["file"]: one["rows"] for one in dirt(written, "repeated_record")}
    assert repeated == {"ec_orders.csv": len(orders) - len(codes),
                        "ec_lines.csv": len(lines) - len({(r["注文番号"], r["行番号"], r["金額"]) for r in lines})}


def test_older_records_belong_to_members_and_are_older(written):
    now = {row["会員番号"]: row for row in reading.records(written.folder / "members.csv")}
    old = reading.records(written.folder / "members_2023.tsv")
    assert all(row["更新日時"] < now[row["会員番号"]]["更新日時"] for row in old)
    assert any(row["電話番号"] != unicodedata.normalize("NFKC", now[row["会員番号"]]["電話番号"]) for row in old)


def test_oddly_spelled_cells_are_counted(written):
    repaired = {(one["file"], one["reason"]): one["rows"] for one in written.quality["repaired"]}
    members = reading.records(written.folder / "members.csv")
    assert repaired["members.csv", "era_registered"] == sum(row["登録日"][:2] != "20" for row in members)
    assert repaired["members.csv", "name_space"] == sum(row["姓"].endswith("\u3000") for row in members)
    backslash = (written.folder / "pos_2024-05.csv").read_bytes()
    assert backslash.count(b'"\\1,') > 100 and "￥".encode("cp932") not in backslash
    assert "￥".encode("cp932") in (written.folder / "pos_2024-06.csv").read_bytes()
    assert "△" in (written.folder / "pos_2024-08.csv").read_bytes().decode("cp932")
    assert all(re.match(r"2024/10/\d+ \d+:\d\d$", row["取引日時"])
               for row in reading.records(written.folder / "pos_2024-10.csv"))
    stall = reading.records(written.folder / "saiji_2025.csv")
    assert repaired["saiji_2025.csv", "wide_digits"] == sum(not row["会員番号"].isascii() for row in stall)
    assert max(collections.Counter(tuple(row.items()) for row in stall).values()) > 1


def test_marks_outside_the_scale_are_extra_records(written):
    answers = [row for row in reading.records(written.folder / "survey_answers.csv") if row["設問"] == "おすすめ度"]
    last = [row["点数"] for row in answers if row["調査コード"] == "nps-2026-10"]
    valid = [int(text) for text in last if text and int(text) <= 10]
    wave = written_wave(written)
    assert len(valid) == wave["responses"] < len(last)
    found = 100 * (sum(s >= 9 for s in valid) - sum(s <= 6 for s in valid)) / len(valid)
    assert found == pytest.approx(wave["nps_recorded"])


def written_wave(made):
    return json.loads((made.folder / "truth/response_bias.json").read_text(encoding="utf-8"))["waves"][-1]


def test_nobody_real_can_be_met(written):
    members = reading.records(written.folder / "members.csv")
    for row in members:
        digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", row["電話番号"]))
        assert not digits or re.match(r"0?[3789]0?0", digits), row["電話番号"]
        assert not row["メールアドレス"] or row["メールアドレス"].endswith(("@example.jp", "@example.com"))


@pytest.mark.parametrize(("text", "long", "short"), [
    ("2024/1/5", "令和6年1月5日", "R6.1.5"), ("2019/4/30", "平成31年4月30日", "H31.4.30"),
    ("2019/5/1", "令和元年5月1日", "R1.5.1"),
    ("1989/1/7", "昭和64年1月7日", "S64.1.7"), ("1985/4/3", "昭和60年4月3日", "S60.4.3"),
    ("1900/1/1", "1900/1/1", "1900/1/1")])
def test_eras(text, long, short):
    assert (era(text, short=False), era(text, short=True)) == (long, short)


def test_half_width_kana_keep_their_marks_apart():
    assert half_width("ワタナベ・パピー") == "ﾜﾀﾅﾍﾞ･ﾊﾟﾋﾟｰ" or half_width("ワタナベパピ") == "ﾜﾀﾅﾍﾞﾊﾟﾋﾟ"
    assert unicodedata.normalize("NFKC", half_width("サイトウヨウコ")) == "サイトウヨウコ"

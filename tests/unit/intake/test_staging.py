"""Files typed in one pass: what is kept of lost records, what is read again, and what happens to two files at once."""

from __future__ import annotations

import pyarrow.compute as pc
import pytest

from crmlib.engine.reading import ReadingEngine, delimited
from crmlib.errors import CrmError
from crmlib.intake.typed import build, quick
from exports import column, flat, lines

LOST = ["A1,c1,2024-01-05,x,1,10,未定,", "A2,c2,2024-01-06,y,1,20,20,"]


def parquet(path):
    import pyarrow.parquet as pq

    return pq.read_table(path).to_pylist()


def test_a_clean_file_keeps_no_raw_text(exports):
    exports.write("orders.csv", lines(LOST[1]))
    intake = exports.load(flat())
    kept = {path.name for path in (intake.folder.parent / "typed").rglob("*.*") if path.is_file()}
    assert kept == {"records.parquet", "orders.parquet", "meta.json"}


def test_of_lost_records_the_cells_are_kept_as_they_stood(exports):
    exports.write("orders.csv", lines(*LOST, "A3,c3,2024-01-07,z,１.5,30,30,"), "cp932")
    intake = exports.load(flat())
    (path,) = (intake.folder.parent / "typed").rglob(build.LOST)
    assert [(r["record"], r["reason"], r["emptied"], r["v4"], r["v6"]) for r in parquet(path)] == [
        (1, "amount.unreadable", "", "1", "未定"), (3, "", "order_lines.quantity", "１.5", "30")]


@pytest.mark.parametrize(("end", "encoding"), [("\n", "utf-8"), ("\r\n", "cp932"), ("\r", "utf-8-sig")])
@pytest.mark.parametrize(("shape", "first"), [
    ("plain", 1), ("unended", 1), ("a title", 1), ("a blank line", 1), ("a break in the headings", 1),
    ("a break in a cell", 2)])
def test_lost_records_are_found_in_a_text_of_any_shape(exports, end, encoding, shape, first):
    head, *rows = lines(LOST[0], LOST[1], LOST[0].replace("未定", "不明"), LOST[1]).rstrip("\n").split("\n")
    broken = head.replace("商品", '"商\n品"')
    titled = {"a title": ["売上一覧", head], "a break in the headings": [broken]}.get(shape, [head])
    above = {"a break in a cell": [LOST[1].replace("y", '"y\n"')], "a blank line": [""]}.get(shape, [])
    text = "\n".join([*titled, *above, *rows]) + "\n" * (shape != "unended")
    exports.write("orders.csv", text.replace("\n", end), encoding)
    intake = exports.load(flat())
    (path,) = (intake.folder.parent / "typed").rglob(build.LOST)
    assert [(r["record"], r["v3"], r["v6"]) for r in parquet(path)] == [(first, "x", "未定"), (first + 2, "x", "不明")]


def test_records_the_merge_sets_aside_are_read_again_in_their_encoding(exports):
    exports.write("orders.csv", lines("A1,会員一,2024-01-05,あめ,1,10,10,", "A1,会員二,2024-01-05,ガム,1,10,10,"),
                  "cp932")
    intake = exports.load(flat())
    text = (intake.quarantine / "order_lines.csv").read_text(encoding="utf-8-sig")
    assert "会員一" in text and "会員二" in text and "あめ" in text and "customer_id.two_customers" in text


def test_two_names_of_the_same_content_are_one_typed_file(exports):
    for name in ("orders_a.csv", "orders_b.csv", "orders_c.csv"):
        exports.write(name, lines(LOST[1]))
    intake = exports.load(flat())
    assert len(list((intake.folder.parent / "typed").iterdir())) == 1 and len(intake.inputs) == 3


def test_errors_of_several_files_are_told_in_their_order(exports):
    exports.write("orders_1.csv", lines(LOST[1]))
    for name in ("orders_2.csv", "orders_3.csv"):
        exports.write(name, "a,b\n1,2\n")
    with pytest.raises(Exception, match=r"orders_2\.csv"):
        exports.load(flat())


def test_places_in_files_are_ids_in_one_file_only(exports):
    source = flat()
    source["tables"]["orders"]["order_id"] = source["tables"]["order_lines"]["order_id"] = {"numbered": True}
    exports.write("orders_1.csv", lines("A1,c,2024-01-05,x,1,10,10,"))
    exports.write("orders_2.csv", lines("A1,c,2024-01-05,x,1,10,10,"))
    assert column(exports.load(source), "orders", "order_id") == ["1"], "two names of one content are one file"
    exports.write("orders_2.csv", lines("A2,,2024-01-06,y,1,10,10,"))
    with pytest.raises(CrmError, match=r"orders_1\.csv.*orders_2\.csv") as raised:
        exports.load(source)
    assert raised.value.code == "intake.numbered_twice" and raised.value.values["column"] == "order_id"


def test_rejected_lines_keep_their_numbers_when_threads_share_a_file(tmp_path):
    path, bad = tmp_path / "large.csv", {400, 30_000, 59_999}
    path.write_text("a,b\n" + "".join(f"{n}\n" if n in bad else f'{n},"{"x" * 400}\n{n}"\n' for n in range(60_000)))
    with ReadingEngine(threads=4) as engine:
        found = engine.rows(f"SELECT c0 FROM {delimited(path, 2, ',')}")
        assert [record - 2 for record, _, _ in engine.rejects()] == sorted(bad)
    assert [int(n) for n, in found] == [n for n in range(60_000) if n not in bad]


def test_functions_see_a_text_that_stands_in_many_rows_once():
    seen = []

    def upper(texts):
        seen.append(len(texts))
        return pc.utf8_upper(texts)

    with ReadingEngine() as engine:
        engine.add_function("seen_upper", upper)
        found = engine.rows("SELECT seen_upper(CASE WHEN n % 3 = 0 THEN NULL WHEN n % 2 = 0 THEN 'é' ELSE 'ａ' END) "
                            "AS x FROM range(2000) AS r(n) ORDER BY n")
    assert [x for x, in found[:6]] == [None, "Ａ", "É", None, "É", "Ａ"]
    assert max(seen) <= 3


def test_functions_see_a_rare_text_of_many_batches_once():
    seen = []

    def upper(texts):
        seen.extend(texts.to_pylist())
        return pc.utf8_upper(texts)

    with ReadingEngine(threads=1) as engine:
        engine.add_function("rare_upper", upper)
        found = engine.rows("SELECT CASE WHEN n % 997 = 0 THEN rare_upper(CASE WHEN n % 2 = 0 THEN 'é' ELSE NULL END) "
                            "END AS x FROM range(20000) AS r(n) WHERE n % 997 = 0 ORDER BY n")
    assert [x for x, in found] == ["É", None] * 10 + ["É"]
    assert sorted(seen, key=str) == [None, "é"]


@pytest.mark.parametrize("count", [1, 5, 20, 21, 60])
def test_a_text_is_among_words_however_many_they_are(count):
    words = [f"it's {n}" for n in range(count)]
    with ReadingEngine() as engine:
        found = engine.rows(f"SELECT {quick.among('x', words)} FROM (VALUES ('it''s 0'), ('other'), (NULL)) AS t(x)")
    assert found == [(True,), (False,), (None,)]

"""What matching leaves behind: links, rules, the queue, what gave way; and the settings that steer it."""

from __future__ import annotations

import importlib.util
import stat

import pyarrow.parquet as pq
import pytest

from crmlib.errors import CrmError
from exports import column, table

HEAD = "番号,姓,名,電話,メール,生年月日,市,更新\n"
PEOPLE = {
    "files": "m_*.csv",
    "tables": {
        "customers": {"customer_id": "番号", "city": "市", "updated_at": "更新"},
        "customer_identity": {"customer_id": "番号", "family_name": "姓", "given_name": "名", "phone": "電話",
                              "email": "メール", "birth_date": "生年月日"},
    },
}
TWO = HEAD + "1,山田,花,090-1111-2222,=a@example.jp,,大阪,2024-01-01\n2,山田,花,090-1111-2222,,,奈良,2024-05-01\n"
THREE = TWO + "3,山田,花,090-1111-2222,,1950-01-01,京都,2023-01-01\n"


def stored(intake, name):
    return pq.read_table(intake.folder / name).to_pylist()


def test_ids_that_lost_their_zeros_are_counted_until_they_are_one(exports):
    def members(*ids):
        return HEAD + "".join(f"{n},,,,,,京都,2024-01-01\n" for n in ids)

    exports.write("m_1.csv", members("00042", "00007", "A01", "7", "0", "000"))
    assert exports.load(PEOPLE).counts["ids_without_zeros"] == 1
    orders = {"files": "o_*.csv", "tables": {
        "orders": {"order_id": "伝票", "customer_id": "番号", "ordered_at": "日"},
        "order_lines": {"order_id": "伝票", "amount": "金額"}}}
    exports.write("o_1.csv", "伝票,番号,日,金額\n1,00008,2024-01-05,10\n")
    assert exports.load(PEOPLE, orders).counts["ids_without_zeros"] == 1
    exports.write("o_2.csv", "伝票,番号,日,金額\n2,42,2024-01-06,10\n3,8,2024-01-06,10\n")
    assert exports.load(PEOPLE, orders).counts["ids_without_zeros"] == 3
    exports.write("decided.csv", "customer_id_a,customer_id_b,decision\n00042,42,merge\n7,00007,merge\n8,00008,merge\n")
    decided = exports.load(PEOPLE, orders, matching={"decisions": "decided.csv"})
    assert "ids_without_zeros" not in decided.counts


def test_links_say_who_is_whom_by_what(exports):
    exports.write("m_1.csv", TWO + "9,佐藤,咲,,,,神戸,2024-01-01\n")
    intake = exports.load(PEOPLE)
    found = stored(intake, "restricted/customer_links.parquet")
    assert [list(r)[2:] for r in found[:1]] == [["rule", "score", "decided_by"]]
    assert [(r["customer_id"], r["rule"], r["score"], r["decided_by"]) for r in found] == [
        ("1", "", None, ""), ("2", "phone_given", None, "rule"), ("9", "", None, "")]
    assert found[0]["customer_key"] == found[1]["customer_key"] != found[2]["customer_key"]


def test_rules_carry_no_person(exports):
    exports.write("m_1.csv", TWO)
    intake = exports.load(PEOPLE)
    found = stored(intake, "match_rules.parquet")
    assert [r["rule"] for r in found][:3] == ["phone_given", "mail_given", "name_birth"]
    assert [r["rule"] for r in found][-3:] == ["manual", "kept_apart", "proposed"]
    assert set(found[0]) == {"rule", "pairs", "joined", "refused", "checked", "agreed", "precision", "low", "high",
                             "reference"}
    assert (found[0]["pairs"], found[0]["joined"], found[0]["checked"], found[0]["precision"]) == (1, 1, 0, None)


def test_without_names_there_is_nothing_to_say(exports):
    exports.write("m_1.csv", TWO)
    intake = exports.load({"files": "m_*.csv", "tables": {"customers": PEOPLE["tables"]["customers"]}})
    assert {r["pairs"] for r in stored(intake, "match_rules.parquet")} == {0}
    assert column(intake, "customers", "customer_id") == ["1", "2"]


def test_the_queue_opens_in_a_spreadsheet_and_for_its_owner_only(exports):
    exports.write("m_1.csv", (THREE + "=4,山田,花,090-1111-2222,,1990-01-01,,2023-01-01\n"))
    intake = exports.load(PEOPLE)
    path = intake.folder / "restricted" / "match_review.csv"
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "customer_id_a,customer_id_b,suggestion,rule,score,why,agrees,contradicts"
    assert "3,'=4,keep_apart,phone_given,,veto,given family phone,birth" in lines
    assert intake.counts["match_review"] == len(lines) - 1


def test_what_gave_way_is_kept_with_its_source_and_day(exports):
    exports.write("m_1.csv", TWO + "9,佐藤,咲,,,,神戸,2024-01-01\n")
    exports.write("m_2.csv", HEAD + "9,佐藤,咲,,,,,2024-02-01\n")
    intake = exports.load(PEOPLE)
    key = {r["customer_id"]: r["customer_key"] for r in stored(intake, "restricted/customer_links.parquet")}
    assert [(r["customer_key"], r["field"], r["value"], r["source"], str(r["at"])) for r in
            stored(intake, "restricted/customer_history.parquet")] == [
        (key["1"], "customers.city", "大阪", "customers", "2023-12-31 15:00:00")]
    assert sorted(column(intake, "customers", "city")) == ["奈良", "神戸"]


def test_a_trusted_source_is_believed_before_a_newer_one(exports):
    exports.write("m_1.csv", HEAD + "1,山田,花,,,,大阪,2024-01-01\n2,林,咲,,,,,2024-01-01\n")
    exports.write("pos.csv", HEAD + "1,山田,華,,,,奈良,2024-05-01\n2,林,咲,,,,神戸,2023-01-01\n")
    sources = ({**PEOPLE, "files": "m_1.csv"}, {**PEOPLE, "files": "pos.csv"})
    assert column(exports.load(*sources), "customers", "city") == ["奈良", "神戸"]
    believed = exports.load(*sources, matching={"trust": ["customers_1"]})
    assert column(believed, "customers", "city") == ["大阪", "神戸"]
    assert column(believed, "customer_identity", "given_name") == ["花", "咲"]
    assert {(r["field"], r["value"]) for r in stored(believed, "restricted/customer_history.parquet")} == {
        ("customers.city", "奈良"), ("customer_identity.given_name", "華")}


def test_a_source_that_is_not_there_cannot_be_trusted(exports):
    exports.write("m_1.csv", TWO)
    with pytest.raises(CrmError) as caught:
        exports.load(PEOPLE, matching={"trust": ["pos"]})
    assert caught.value.code == "intake.unknown_trust"
    assert caught.value.allowed == ("customers",)


def test_a_line_decides_and_taking_it_out_undoes_it(exports):
    exports.write("m_1.csv", TWO)
    first = exports.load(PEOPLE)
    assert column(first, "customers", "customer_id") == ["1"]
    path = exports.write("data/decisions/test/matches.csv", "customer_id_a,customer_id_b,decision\n1,2,keep_apart\n")
    apart = exports.load(PEOPLE)
    assert column(apart, "customers", "customer_id") == ["1", "2"]
    told = {r["rule"]: (r["pairs"], r["joined"], r["refused"]) for r in stored(apart, "match_rules.parquet")}
    assert (told["manual"], told["kept_apart"]) == ((0, 0, 0), (1, 0, 1))
    assert apart.fingerprint != first.fingerprint
    path.unlink()
    again = exports.load(PEOPLE)
    assert again.fingerprint == first.fingerprint
    assert table(again, "customers").equals(table(first, "customers"))


def test_decisions_may_lie_elsewhere_and_name_their_file_when_wrong(exports):
    exports.write("m_1.csv", TWO)
    exports.write("own.csv", "customer_id_a,customer_id_b,decision\n1,77,merge\n")
    with pytest.raises(CrmError) as caught:
        exports.load(PEOPLE, matching={"decisions": "own.csv"})
    assert caught.value.code == "intake.decision_unknown_id"
    assert caught.value.where == "own.csv:2"


def test_without_the_extra_proposals_say_what_to_install(exports, monkeypatch):
    exports.write("m_1.csv", TWO)
    known = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "splink" else known(name, *a))
    with pytest.raises(CrmError, match="crmlib"):
        exports.load(PEOPLE, matching={"propose": "splink"})


def test_too_few_records_teach_no_model(exports):
    exports.write("m_1.csv", TWO)
    intake = exports.load(PEOPLE, matching={"propose": "splink"})
    assert column(intake, "customers", "customer_id") == ["1"]
    assert not (exports.root / "data/decisions/test/matching_model.json").exists()

"""The quality page: who reads what, whom to trust, what contradicts itself, and what final months would say today."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

import crmlib
import shop
from crmlib.analyses import customers, quality, trends
from crmlib.analyses.quality import consistency, dimensions, files, people, reads, restated, trust
from crmlib.analyses.quality.findings import Finding
from crmlib.dataset import open_dataset
from crmlib.text import load_text

FEW = """customer,day,amount,quantity,discount
A,2025-10-05,1000,1,
A,2026-09-05,1200,1,100
A,2026-10-06,900,2,
B,2026-10-06,-900,-1,
C,2026-03-06,5000,2,
,2026-10-07,800,1,
,2026-09-07,300,1,
D,2026-10-30,3000,1,"""


def data_of(folder, tables, month="2026-10", **groups):
    return open_dataset(shop.settings(**groups), shop.write(folder, tables), month=month)


def people_of(text):
    listed = shop.read(text)
    return listed.assign(customer_id=listed["customer_key"])


# ---- who reads what ------------------------------------------------------------------------------

def test_columns_are_told_by_the_statements_an_analysis_asks_for():
    read = {name: reads.columns(name) for name in reads.names()}
    assert ("customers", "birth_year") in read["customers"] & read["segments"] & read["trends"]
    assert ("customers", "birth_year") not in read["rfm"] | read["outlook"]
    assert ("survey_answers", "score") in read["satisfaction"]
    assert ("orders", "ordered_at") in read["trends"], "the mart is made of orders"
    assert {name for name, cells in read.items() if "tags" in {table for table, _ in cells}} == {"segments"}
    assert not {table for cells in read.values() for table, _ in cells} & {"customer_identity"}


def test_needs_are_those_the_analyses_declare():
    assert reads.needs("customers") == customers.NEEDS
    assert reads.needs("satisfaction") == ("survey_answers",)
    assert "summary" not in reads.names()


def test_what_only_passes_by_breaks_nothing():
    assert trust.breaks([("customers", "birth_year")]) == (
        "customers", "segments", "trends", "satisfaction", "actions")
    only = trust.breaks([("customers", "registered_on")])
    assert only == ("customers", "campaigns"), "prospects, and who could be reached, go by the day of joining"
    assert "satisfaction" not in trust.breaks([("orders", "customer_id")]), "its table is another"
    assert trust.resting_on("survey_answers") == ("satisfaction",)


def test_trust_follows_what_was_found(tmp_path):
    data = data_of(tmp_path, shop.purchases(FEW))
    said = [Finding("attribute_empty", "customers.gender", "warn", 1, 0.5, None, "x", ("customers", "segments")),
            Finding("quarantined", "records", "stop", 9, 0.9, None, "x", ("trends",)),
            Finding("no_customer", "orders", "info", 1, 0.1, None, "x", ("rfm",))]
    frame = trust.table(data, said, closed=True).set_index("analysis")
    assert frame["trust"].to_dict() == {"customers": "care", "rfm": "yes", "segments": "care", "trends": "no",
                                        "products": "yes", "satisfaction": "no", "campaigns": "no", "outlook": "yes",
                                        "actions": "yes"}
    assert frame["because"].to_dict() == {"customers": "attribute_empty", "rfm": "nothing", "trends": "quarantined",
                                          "segments": "attribute_empty", "products": "nothing",
                                          "satisfaction": "missing", "campaigns": "missing", "outlook": "nothing",
                                          "actions": "nothing"}
    assert set(trust.table(data, [], closed=False)["trust"]) == {"no"}, "open books carry nothing"


# ---- what contradicts itself -----------------------------------------------------------------------

def test_each_rule_is_asked_of_those_of_whom_it_can_be(tmp_path):
    tables = shop.purchases("customer,day,amount\nA,2026-10-05,1000\nB,2026-10-06,30\nC,2026-10-07,7\nD,2026-10-08,1")
    tables["customers"] = people_of("""customer_key,birth_year,registered_on,updated_at,postal3,prefecture
        A,1980,2026-10-06,2026-10-05 20:00,150,東京都
        B,1880,2026-10-08,2026-10-06 09:00,530,京都府
        C,2030,2020-01-01,,498,三重県
        D,,,,060,Hokkaido""")
    held = {one.rule: one for one in consistency.held(data_of(tmp_path, tables))}
    assert {rule: (one.checked, one.broken, one.sales) for rule, one in held.items()} == {
        "age_possible": (3, 2, 37), "born_before_joining": (3, 1, 7), "joined_before_buying": (3, 1, 30),
        "updated_after_joining": (2, 1, 30), "postal_prefecture": (2, 1, 30)}


def test_customers_of_whom_something_was_found_are_named_by_their_id_to_those_in_charge(tmp_path):
    ids = [f"C{n}" for n in range(1, 10)]
    tables = shop.purchases("customer,day,amount\n" + "\n".join(f"{one},2026-10-05,100" for one in ids))
    tables["customers"] = people_of("customer_key,birth_year,updated_at\n" + "\n".join(
        f"{one},{1880 if one in ('C2', 'C7') else 1980},{'2019-01-01 09:00' if one > 'C2' else '2026-10-01 09:00'}"
        for one in ids))
    data = data_of(tmp_path, tables)
    table = quality.analyse(data, data.settings.quality).tables["examples"]
    assert table.sensitivity == "restricted"
    told = table.frame[table.frame["source"] == "customers"]
    assert told[["reason", "customer_id"]].to_numpy().tolist() == [
        ["age_possible", "C2"], ["age_possible", "C7"], *(["stale_details", f"C{n}"] for n in range(3, 8))]
    assert told["row"].isna().all()


@pytest.mark.parametrize(("postal", "prefecture"), [
    ("060", "北海道"), ("020", "岩手県"), ("100", "東京都"), ("220", "神奈川県"), ("460", "愛知県"), ("604", "京都府"),
    ("530", "大阪府"), ("650", "兵庫県"), ("690", "島根県"), ("810", "福岡県"), ("900", "沖縄県"), ("950", "新潟県"),
    ("980", "宮城県"), ("990", "山形県")])
def test_postal_codes_begin_with_their_prefecture(postal, prefecture):
    areas = consistency.areas()
    assert areas.loc[areas["postal2"] == postal[:2], "prefecture"].dropna().tolist() == [prefecture]


def test_there_are_47_prefectures_and_no_digits_twice():
    areas = consistency.areas()
    named = areas[areas["prefecture"].notna()]
    assert named["prefecture"].nunique() == 47
    assert named["postal2"].is_unique and len(named) == 100


# ---- dimensions --------------------------------------------------------------------------------------

def test_a_dimension_is_its_weakest_measure_and_says_what_it_cannot_tell():
    found = [dimensions.Measured("validity", "rows_readable", 9, 10), dimensions.Measured("validity", "cells", 5, 10),
             dimensions.Measured("accuracy", "untold", 0, 0), dimensions.Measured("traceability", "rows", 7, 7)]
    assert dimensions.weakest(found).to_numpy().tolist() == [["validity", 0.5], ["traceability", 0.0]]
    assert dimensions.table(found)["score"].isna().tolist() == [False, False, True, False]


# ---- whom sales can be traced to -----------------------------------------------------------------------

def test_unseen_sales_by_store_and_channel_add_up(tmp_path):
    tables = shop.purchases("customer,day,amount,store,channel\nA,2026-10-05,1000,1,store\n,2026-10-06,300,1,store\n"
                            ",2026-10-07,50,2,web\nB,2026-09-07,9,1,store")
    tables["stores"] = shop.read("store_id,name\n1,本店\n2,通販")
    frame = people.identified(data_of(tmp_path, tables))
    columns = ["store_id", "store", "channel", "sales", "unseen_sales", "orders", "unseen_orders"]
    assert frame[columns].to_numpy().tolist() == [
        ["all", "unnamed", "all", 1350, 350, 3, 2], ["1", "本店", "store", 1300, 300, 2, 1],
        ["2", "通販", "web", 50, 50, 1, 1]]
    assert frame["share"].round(4).tolist() == [0.7407, 0.7692, 0.0]


def test_match_rules_are_shown_as_intake_left_them(tmp_path):
    data = data_of(tmp_path, shop.purchases(FEW))
    assert people.match_rules(data).empty
    pd.DataFrame({"rule": ["phone_given", "manual"], "pairs": [10, 2], "joined": [9, 2], "refused": [1, None],
                  "checked": [8, None], "agreed": [8, None], "precision": [1.0, None], "low": [0.7, None],
                  "high": [1.0, None], "reference": [0.9993, None]}).to_parquet(tmp_path / "match_rules.parquet")
    frame = people.match_rules(data)
    assert list(frame.columns) == list(people.RULE_COLUMNS)
    assert frame["joined"].tolist() == [9, 2] and frame["refused"].isna().tolist() == [False, True]
    result = quality.analyse(data, data.settings.quality)
    rows = result.tables["dimensions"].frame.set_index("measure")
    assert rows.loc["matches_agree", ["score", "n"]].tolist() == [1.0, 8]


# ---- facts of intake ------------------------------------------------------------------------------------

def test_what_intake_counted_is_told_and_what_it_did_not_says_so(tmp_path):
    folder = shop.write(tmp_path, shop.purchases(FEW))
    described = json.loads((folder / "intake.json").read_text(encoding="utf-8"))
    counts = {"orders_in_two_files": 3, "undecodable_bytes": 0, "match_review": 4, "ids_without_zeros": 2}
    (folder / "intake.json").write_text(json.dumps(described | {"counts": counts}), encoding="utf-8")
    data = open_dataset(shop.settings(), folder, month="2026-10")
    result = quality.analyse(data, data.settings.quality)
    assert [result.fact(key).value for key in ("orders_in_two_files", "undecodable_bytes")] == [3, 0]
    found = result.tables["findings"].frame["finding"].tolist()
    assert {"in_two_files", "match_review", "zeros_lost"} < set(found) and "undecodable" not in found
    assert ("review", {"pairs": 4, "path": people.REVIEW}) in [tuple(note) for note in result.notes]
    bare = open_dataset(shop.settings(), shop.write(tmp_path / "bare", shop.purchases(FEW)), month="2026-10")
    assert quality.analyse(bare, bare.settings.quality).fact("orders_in_two_files").note == "not_counted"


def test_the_difference_of_a_month_is_that_of_the_whole_or_else_of_its_stores(tmp_path):
    text = "customer,day,amount,store\nA,2026-09-05,70,1\nA,2026-10-05,100,1\nB,2026-10-06,30,2"
    totals = [{"month": "2026-09", "sales": 75}, {"month": "2026-10", "store_id": "1", "sales": 90},
              {"month": "2026-10", "store_id": "2", "sales": 31}]
    data = data_of(tmp_path, shop.purchases(text), control_totals=totals)
    fact = quality.analyse(data, data.settings.quality).fact("control_difference")
    assert (fact.value, fact.previous, fact.unit) == (Decimal(9), Decimal(-5), "JPY")
    alone = data_of(tmp_path / "alone", shop.purchases(text))
    assert quality.analyse(alone, alone.settings.quality).fact("control_difference").note == "no_control"


# ---- a red gate, and the decision to go on -----------------------------------------------------------

@pytest.mark.parametrize(("accept", "severity", "note"), [
    ([], "stop", None),
    ([{"reason": {"ja": "旧POSの月", "en": "The old till"}}], "warn", "accepted"),
    ([{"month": "2026-10", "reason": "旧POSの月"}], "warn", "accepted"),
    ([{"month": "2026-09", "reason": "旧POSの月"}], "stop", None)])
def test_a_red_gate_opens_by_a_reason_which_is_printed(accept, severity, note, tmp_path):
    folder = shop.write(tmp_path, shop.purchases("customer,day,amount\nA,2026-10-31,1"))
    rows = [("read", "in", 10, Decimal(1)), ("type", "quarantined", 9, Decimal(0)), ("out", "out", 1, Decimal(1))]
    pd.DataFrame([(step, fate, "s", "order_lines", "file", *rest) for step, fate, *rest in rows],
                 columns=["step", "fate", "source", "table", "reason", "rows", "amount"]).to_parquet(
        folder / "ledger.parquet")
    data = open_dataset(shop.settings(quality={"accept": accept}), folder, month="2026-10")
    result = quality.analyse(data, data.settings.quality)
    gate = next(check for check in result.checks if check.key == "quarantined_share")
    assert (gate.ok, gate.severity) == (False, severity)
    assert {key for key, _ in result.notes} & {"accepted", "gone_on"} == ({note} if note else set())
    if note:
        from crmlib.text import load_text

        values = next(values for key, values in result.notes if key == note)
        assert "旧POSの月" in load_text("quality", "ja").sentence("notes.accepted", values)


def test_examples_name_rows_only_where_those_in_charge_look(tmp_path):
    folder = shop.write(tmp_path, shop.purchases(FEW))
    (folder / "restricted" / "quarantine").mkdir(parents=True)
    lines = ["\ufeff氏名,金額,reason,file,row", *(f"山田花子,x,amount.unreadable,a.csv,{n}" for n in range(2, 20))]
    (folder / "restricted" / "quarantine" / "order_lines.csv").write_text("\r\n".join(lines), encoding="utf-8")
    cells = ["\ufefffile,row,heading,column,text,reason",
             *(f"b.csv,{n},数量,order_lines.quantity,多い,unreadable" for n in range(3, 12))]
    (folder / "restricted" / "quarantine" / "order_lines.cells.csv").write_text("\r\n".join(cells), encoding="utf-8")
    named = ["\ufeffstep,fate,reason,file,row", *(f"footer,excluded,footer,b.csv,{n}" for n in (20, 21))]
    (folder / "restricted" / "quarantine" / "order_lines.rows.csv").write_text("\r\n".join(named), encoding="utf-8")
    told = [("read", "in", "order_lines", "file"), ("footer", "excluded", "order_lines", "footer"),
            ("type", "rounding", "order_lines", "rounding"),
            ("deletion", "excluded", "interactions", "deletion_request")]
    pd.DataFrame([(step, fate, source, source, reason, 2, Decimal(0)) for step, fate, source, reason in told],
                 columns=["step", "fate", "source", "table", "reason", "rows", "amount"]).to_parquet(
        folder / "ledger.parquet")
    described = json.loads((folder / "intake.json").read_text(encoding="utf-8"))
    read = [{"file": name, "source": "order_lines", "rows": 50} for name in ("a.csv", "b.csv")]
    (folder / "intake.json").write_text(json.dumps(described | {"inputs": read}), encoding="utf-8")
    data = open_dataset(shop.settings(), folder, month="2026-10")
    found = quality.analyse(data, data.settings.quality).tables
    assert found["sources"].frame[["file", "rows", "quarantined"]].to_numpy().tolist() == [
        ["a.csv", 50, 18], ["b.csv", 50, 0]]
    table = found["examples"]
    assert table.sensitivity == "restricted"
    assert table.frame.astype(object).where(table.frame.notna(), None).to_numpy().tolist() == [
        *(["order_lines", "amount.unreadable", "a.csv", n, None, None] for n in range(2, 7)),
        *(["order_lines", "quantity.emptied", "b.csv", n, None, None] for n in range(3, 8)),
        *(["order_lines", "footer", "b.csv", n, None, None] for n in (20, 21)),
        ["interactions", "deletion_request", None, None, None, "asked_to_be_deleted"],
        ["order_lines", "rounding", None, None, None, "sum_only"]]
    for locale in ("ja", "en"):
        words = load_text("quality", locale)
        assert {files.NOT_KEPT, *files.UNTOLD.values()} <= set(words.get("codes.note")), locale


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_every_analysis_has_its_word_where_the_page_names_it(locale):
    words = load_text("quality", locale)
    for column in ("used_by", "breaks", "analysis"):
        known = words.get(f"codes.{column}")
        assert [name for name in reads.names() if name not in known and name != reads.OWN] == [], column


# ---- months declared final -----------------------------------------------------------------------------

def test_facts_of_an_earlier_month_are_those_its_pages_said(tmp_path):
    now = data_of(tmp_path, shop.purchases(FEW))
    then = now.at("2026-09")
    said = {f"{module.__name__.rpartition('.')[2]}.{fact.key}": fact for module in (customers, trends, quality)
            for fact in module.analyse(then, getattr(then.settings, module.__name__.rpartition(".")[2])).facts}
    [again] = restated.computed([then])
    assert again.keys() <= said.keys()
    for key, (value, unit) in again.items():
        assert unit == said[key].unit
        assert (value is None and said[key].value is None) or restated.same(said[key].value, value), key
    assert again["customers.sales"] == (Decimal(1400), "JPY")


def published(data, **changed):
    from crmlib.settings import resolved

    facts = [{"analysis": "customers", "key": "sales", "value": Decimal(1400), "unit": "JPY"},
             {"analysis": "customers", "key": "orders", "value": 2, "unit": "orders"},
             {"analysis": "rfm", "key": "customers", "value": 2, "unit": "customers"}]
    whole = {"month": "2026-09", "as_of": "2026-10-01", "sha256": "x", "facts": facts, "inputs": [],
             "version": crmlib.__version__, "settings": resolved(data.settings)["settings"]}
    return json.dumps([whole | changed], default=str)


def test_what_a_final_month_would_say_today_is_told_with_the_cause(tmp_path, monkeypatch):
    data = data_of(tmp_path / "data", shop.purchases(FEW))
    monkeypatch.setenv("CRMLIB_STAGING", str(tmp_path))
    assert restated.restatements(data).empty and restated.notes(data, restated.restatements(data)) == []
    (tmp_path / "earlier.json").write_text(published(data), encoding="utf-8")
    assert restated.restatements(data).empty
    assert restated.notes(data, restated.restatements(data))[0][0] == "not_restated"
    late = data_of(tmp_path / "late", shop.purchases(f"{FEW}\nC,2026-09-30,50,1,"))
    frame = restated.restatements(late)
    assert frame.to_numpy().tolist() == [["2026-09", "customers.orders", 2, 3, "unknown", "orders"],
                                         ["2026-09", "customers.sales", 1400, 1450, "unknown", "JPY"]]
    assert restated.notes(late, frame)[0] == ("restated", {"months": 1, "moved": 1, "facts": 2})


A = {"file": "a.csv", "sha256": "1", "newest": "2026-09-30"}


@pytest.mark.parametrize(("then", "now", "expected"), [
    ([A], [A], []),
    ([A], [A | {"sha256": "2"}], ["files_changed"]),
    ([A], [], ["files_gone"]),
    ([], [A], ["late_lines"]),
    ([], [A | {"oldest": "2026-10-01"}], []),
    ([], [A | {"oldest": "2026-09-30"}], ["late_lines"]),
])
def test_files_that_can_move_a_month(then, now, expected):
    assert restated.files(then, now, date(2026, 10, 1)) == expected


@pytest.mark.parametrize(("groups", "differs"), [
    ({}, False), ({"sales": {"points": "discount"}}, True), ({"customers": {"lost_after_days": 90}}, True),
    ({"quality": {"max_silent_days": 9}}, False), ({"calendar": {"closed_weekdays": ["sun"]}}, False),
    ({"calendar": {"closing_day": 20}}, True)])
def test_only_settings_that_decide_a_fact_are_a_cause(groups, differs):
    from crmlib.settings import resolved

    plain = json.loads(json.dumps(resolved(shop.settings())["settings"], default=str), parse_float=Decimal)
    assert restated.differ(plain, resolved(shop.settings(**groups))["settings"]) is differs

"""The list handed out: names and addresses last, who has opted out since left out, logged; and read back."""

from __future__ import annotations

import io
import json
import stat
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import shop
from crmlib.dataset import open_dataset
from crmlib.dataset.lists import left
from crmlib.errors import CrmError
from crmlib.privacy import write_private
from crmlib.privacy.workbook import text_workbook
from crmlib.report.contacts import export, lists
from crmlib.report.contacts.rows import SHEET
from crmlib.report.publish import Places
from crmlib.text import load_text
from exports import Exports, column, flat, lines

LIST = """customer_id,action,what,channel,until,priority,expected_gain,low,high,held_out,reason
A,second_due,second_visit,mail,2026-11-30,1,120,0,240,false,理由
B,second_due,second_visit,phone,2026-11-30,2,120,0,240,false,理由
C,second_due,second_visit,post,2026-11-30,3,120,0,240,true,理由
D,overdue,reminder,post,2026-11-30,4,120,0,240,false,'=理由
E,overdue,reminder,mail,2026-11-30,5,120,0,240,false,理由
"""


def published(folder, month="2026-10", content=LIST):
    places = Places(folder / "reports" / "test")
    write_private(places.month(month) / "restricted" / "actions.csv", ("\ufeff" + content).encode())
    (places.month(month) / "run.json").write_text(json.dumps({"as_of": "2026-11-01", "locales": ["ja"]}))
    return places


def prepared(folder):
    tables = shop.purchases("customer,day,amount\n" + "\n".join(f"{c},2026-10-05,1000" for c in "ABCD"))
    tables["customers"] = tables["customers"].assign(opt_in_phone=["true", "false", "true", "true"])
    work = shop.write(folder / "work", tables)
    shop.write(work / "restricted" / "identity", {"customer_identity": shop.read(
        """customer_key,customer_id,full_name,family_name,given_name,phone,email,postal,address
        A,A,山田 花子,,,090-0000-0000,a@example.com,,
        D,D,,佐藤,次郎,,,100-0001,東京都千代田区""")})
    return open_dataset(shop.settings(), work, "2026-10")


def handed(folder):
    places, data = published(folder), prepared(folder)
    content = (places.month("2026-10") / "restricted" / "actions.csv").read_bytes()
    return places, export._handed(places, data, "2026-10", content, load_text("actions", "ja"))


def cells(path):
    return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())).get_sheet_by_index(0).to_python()


def test_names_and_the_address_of_the_channel_are_joined_and_nothing_else(tmp_path):
    _, found = handed(tmp_path)
    assert [row[:3] for row in cells(found.path)] == [
        ["会員番号", "お名前", "宛先"], ["A", "山田 花子", "a@example.com"],
        ["D", "佐藤 次郎", "100-0001 東京都千代田区"]]
    assert "090-0000-0000" not in str(cells(found.path))


def test_who_said_no_since_or_is_gone_is_left_out_and_told(tmp_path):
    _, found = handed(tmp_path)
    # B has said no to calls, E is not known any more, C is left alone by lot.
    assert (found.contacts, found.held_out, found.left_out, found.without) == (2, 1, 2, 0)


def test_files_are_the_owners_alone_and_each_export_is_a_line_in_the_log(tmp_path):
    places, found = handed(tmp_path)
    again = prepared(tmp_path / "again")
    export._handed(places, again, "2026-10", ("\ufeff" + LIST).encode(), load_text("actions", "en"))
    for path in (found.path, found.path.parent / "actions.csv", places.shop / "exports.jsonl"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(found.path.parent.stat().st_mode) == 0o700
    log = [json.loads(line) for line in (places.shop / "exports.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(log) == 2 and {"at", "by", "month", "purpose", "file", "rows", "sha256"} <= set(log[0])
    assert (log[0]["month"], log[0]["rows"], log[0]["purpose"]) == ("2026-10", 2, "marketing")


def test_a_month_that_is_not_published_is_refused(tmp_path):
    settings = SimpleNamespace(root=tmp_path, shop=SimpleNamespace(id="test"), locale="ja")
    with pytest.raises(CrmError, match="2026-10") as error:
        export.export(settings, None, "2026-10", lambda *_, **__: None)
    assert error.value.code == "report.not_published"


def test_the_next_months_look_back_at_what_was_handed_out(tmp_path, monkeypatch):
    places, _ = handed(tmp_path)
    data = prepared(tmp_path / "b").at("2026-10")
    later = SimpleNamespace(month="2026-12", settings=data.settings)
    found = lists.before(places, later)
    assert [(one.month, one.from_on, one.to_on) for one in found] == [("2026-10", date(2026, 11, 1), date(2026, 12, 1))]
    lists.leave(found, tmp_path)
    monkeypatch.setenv("CRMLIB_STAGING", str(tmp_path))
    rows = left()
    assert rows["customer_id"].tolist() == ["A", "C", "D"] and rows["held_out"].tolist() == [False, True, False]
    assert set(rows["purpose"]) == {"2026-10 second_due", "2026-10 overdue"}
    assert lists.before(places, SimpleNamespace(month="2026-10", settings=data.settings)) == []
    assert lists.named(found) == [{"month": "2026-10", "sha256": found[0].sha256}] and lists.mark([]) == ""
    lists.leave([], tmp_path)
    assert left() is None


def test_an_id_that_looks_like_a_formula_comes_back_as_it_was():
    written = pd.Series(["'=1", "'＝2", "' +x", "'a", "0'1"])
    assert lists.plain_ids(written).tolist() == ["=1", "＝2", " +x", "'a", "0'1"]


@pytest.mark.parametrize(("locale", "channel", "wanted"), [("ja", "電話", "phone"), ("en", "e-mail", "mail")])
def test_a_sheet_that_comes_back_filled_in_is_read_as_contacts(tmp_path, locale, channel, wanted):
    _, found = handed(tmp_path)
    table = cells(found.path)
    text = load_text("actions", locale)
    names = ["customer_id", "full_name", "contact", *SHEET[1:]]
    table[0] = [text.get(f"sheet.headings.{name}") for name in names]
    first, second = table[1], table[2]
    place = names.index("done_on")
    first[place:place + 5] = ["2026/11/05", "S01", channel, "話せた", "=メモ"]
    third = [*second]
    third[0], third[place] = "B", "2026-11-06"
    (tmp_path / "project").mkdir()
    exports = Exports(tmp_path / "project")
    exports.write("data/raw/actions-test-2026-10.xlsx", text_workbook(table[0], [first, second, third], "x"))
    exports.write("orders.csv", lines("A1,A,2026-10-05,x,1,10,100,"))
    intake = exports.load(flat())
    assert column(intake, "interactions", "purpose") == ["2026-10 second_due", "2026-10 overdue"]
    assert column(intake, "interactions", "channel") == [wanted, "post"]
    assert set(column(intake, "interactions", "direction")) == {"out"}
    assert column(intake, "interactions", "outcome") == ["話せた", None]
    assert [str(day)[:10] for day in column(intake, "interactions", "business_date")] == ["2026-11-05", "2026-11-06"]
    ledger = pd.read_parquet(intake.folder / "ledger.parquet")
    assert ledger.loc[ledger["reason"] == "not_done", "rows"].sum() == 1

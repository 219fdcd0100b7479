"""The list as files: exact columns, formula-safe, text only, reasons in words, nobody left alone on the sheet."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from crmlib.privacy.workbook import text_workbook
from crmlib.report import outputs
from crmlib.report.contacts import rows
from crmlib.result import RESTRICTED, Result, Table
from crmlib.settings import settings_from
from crmlib.text import load_text

RULES = [{"action": "second_due", "when": "purchase_days = 1 and recency_days >= 21", "what": "second_visit"},
         {"action": "local", "when": "prefecture = 北海道", "what": "fair", "name": {"ja": "道内の方", "en": "Locals"},
          "say": {"ja": "物産展", "en": "The fair"}}]
SETTINGS = settings_from({"shop": "s", "actions": {"rules": RULES}})


def listed():
    from crmlib.analyses.actions.tables import row_columns

    frame = pd.DataFrame({
        "customer_key": ["k1", "k2", "k3"], "customer_id": ["=1+1", "0123", "9"],
        "action": ["second_due", "local", "second_due"], "what": ["second_visit", "fair", "second_visit"],
        "channel": ["mail", "post", "mail"], "until": [date(2026, 11, 7)] * 3, "priority": [1, 2, 3],
        "expected_gain": [1250, -3, 0], "low": [0, -9, 0], "high": [2500, 3, 0], "held_out": [False, False, True],
        "purchase_days": [1, 1, 1], "recency_days": [30.0, None, 31.0], "prefecture": [None, "北海道", None]})
    return Result("actions", tables={"list": Table(frame, row_columns(frame), sensitivity=RESTRICTED)})


def made(locale="ja", currency="GBP"):
    from crmlib.workbook.book import own_words

    text = load_text("actions", locale, currency).naming(own_words(SETTINGS, locale))
    return rows.rows(listed(), text, SETTINGS.actions.rules), text


def cells(content):
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_the_csv_has_exactly_these_columns_and_no_formula():
    frame, _ = made()
    text = outputs.csv(frame, rows.UNITS, 2).decode("utf-8-sig").splitlines()
    assert text[0] == "customer_id,action,what,channel,until,priority,expected_gain,low,high,held_out,reason"
    assert text[1].startswith("'=1+1,second_due,second_visit,mail,2026-11-07,1,12.50,0.00,25.00,false,")
    assert text[3].split(",")[9] == "true"


@pytest.mark.parametrize(("locale", "said"), [
    ("ja", ["2回目まちの方（お買い物をした日が1日、最後のお買い物から30日）", "道内の方（都道府県：北海道）"]),
    ("en", ["Second purchase due (bought on 1 day, last purchase 30 days ago)", "Locals (Prefecture: 北海道)"])])
def test_the_reason_is_in_words_with_the_customers_own_numbers(locale, said):
    assert made(locale)[0]["reason"].tolist()[:2] == said


def test_the_sheet_is_text_alone_and_holds_nobody_left_alone():
    frame, text = made(currency="JPY")
    content = rows.sheet(frame, text, "2026-10")
    xml = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert not re.search(r"<(f|v)[ >/]", xml) and set(re.findall(r' t="(\w+)"', xml)) == {"inlineStr"}
    found = cells(content)
    assert found[0][0] == "会員番号" and found[0][-6:] == ["実施日", "担当", "手段", "結果", "メモ", "管理番号"]
    assert [row[0] for row in found[1:]] == ["=1+1", "0123"]
    assert found[2][1:4] == ["道内の方", "物産展", "はがき"] and found[1][-6:] == [*[""] * 5, "2026-10 second_due"]
    assert content == rows.sheet(frame, text, "2026-10")


def test_a_month_without_a_list_has_empty_files():
    text = load_text("actions", "en")
    frame = rows.rows(None, text, ())
    assert list(frame.columns) == list(rows.COLUMNS) and frame.empty
    assert len(cells(rows.sheet(frame, text, "2026-10"))) == 1


def test_whatever_stands_in_a_cell_stays_text():
    odd = ["<&>\"'", " =cmd()", "a\x00b\x1fc", "0012", "x" * 40000, "１２", "\n改行"]
    content = text_workbook(["見出し"], [[one] for one in odd], 'a"<b')
    found = [row[0] for row in cells(content)[1:]]
    assert found == ["<&>\"'", " =cmd()", "abc", "0012", "x" * 32767, "１２", "\n改行"]

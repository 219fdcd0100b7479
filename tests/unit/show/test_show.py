from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pytest

import specimen
from crmlib.errors import CrmError
from crmlib.report.gates import scan
from crmlib.result import Column, Fact, Figure, Result, Table
from crmlib.text import load_text
from crmlib.workbook.changes import beyond_noise, change
from crmlib.workbook.show import Shown, displays
from crmlib.workbook.tables import show_table


def show(thing, locale="ja", min_cell=5):
    return displays(thing, load_text("specimen", locale), SimpleNamespace(privacy=SimpleNamespace(min_cell=min_cell)))


def told(*facts):
    return show(Result("specimen", facts=facts).facts).plain


def test_a_display_carries_html_and_plain_text_always_the_same():
    one, two = show(specimen.result()), show(specimen.result())
    assert one._repr_mimebundle_() == two._repr_mimebundle_()
    assert set(one._repr_mimebundle_()) == {"text/html", "text/plain"}
    assert "object at 0x" not in one.html + one.plain
    assert repr(one) == one.plain


def test_a_result_shows_its_answer_then_its_numbers():
    html = show(specimen.result()).html
    assert html.index('class="say"') < html.index('class="cards"')
    assert "<b>602人</b>" in html
    assert "<figure" not in html


@pytest.mark.parametrize(("locale", "unit"), [("ja", "<small>万円</small>"), ("en", "¥18.4M")])
def test_a_card_has_name_number_changes_and_target(locale, unit):
    shown = show(specimen.result().fact("spent"), locale)
    assert unit in shown.html
    assert {"ja": "先月より4.2%増", "en": "up 4.2% on last month"}[locale] in shown.plain
    assert {"ja": "目標1,800万円の102%", "en": "102% of the ¥18M target"}[locale] in shown.plain
    assert not re.search("[▲▼△▽]", shown.html)


def test_money_changes_carry_no_arrow_because_their_noise_is_not_known():
    assert "↑" not in told(Fact("spent", Decimal(200), "JPY", previous=Decimal(100)))


@pytest.mark.parametrize(("now", "before", "said"), [
    (1764, 1590, "↑ 先月より10.9%増"), (1590, 1764, "↓ 先月より9.9%減"),
    (1764, 1702, "先月とはふだんの上下の範囲で、"), (50, 50, "先月と同じ"), (0, 30, "↓ 先月より30人減"),
])
def test_counts_are_judged_against_chance(now, before, said):
    assert said in told(Fact("active", now, "customers", previous=before))


@pytest.mark.parametrize(("fact", "before", "expected"), [
    (Fact("nps", 24.0, "points", low=20.0, high=28.0), 23.0, False),
    (Fact("nps", 24.0, "points", low=20.0, high=28.0), 15.0, True),
    (Fact("nps", 24.0, "points", low=20.0, high=28.0), 19.0, False),
    (Fact("nps", 24.0, "points", low=20.0, high=34.0), 32.0, False),
    (Fact("one_time_share", 0.40, "ratio", n=100), 0.45, False),
    (Fact("one_time_share", 0.40, "ratio", n=10_000), 0.45, True),
    (Fact("one_time_share", 0.40, "ratio"), 0.45, None),
    (Fact("spent", Decimal(5), "JPY"), Decimal(4), None),
    (Fact("total", 900, "customers", analysis="customers"), 100, None),
])
def test_what_counts_as_more_than_noise(fact, before, expected):
    assert beyond_noise(fact, before) is expected


@pytest.mark.parametrize(("name", "tone"), [("customers.lost", "bad"), ("customers.new", "good"),
                                            ("quality.rows_in", "flat")])
def test_losing_customers_is_bad_news_and_winning_them_good(name, tone):
    analysis, key = name.split(".")
    fact = Fact(key, 143, "customers", analysis=analysis)
    assert change(fact, 60, "previous", load_text("common", "ja")).tone == tone


def test_rates_change_in_points():
    fact = Fact("one_time_share", 0.587, "ratio", previous=0.561, n=10_000)
    assert "2.6ポイント増" in told(fact)


def test_a_fact_without_a_value_says_why():
    why = "アンケートがないため、計算していません。"
    assert told(Fact("nps", None, "points", note="no_surveys")) == f"おすすめしたい度合い: {why}"
    assert "必要なデータがない" in told(Fact("nps", None, "points"))


def test_facts_of_a_result_without_data_add_nothing_to_its_sentence():
    result = Result.unavailable("specimen", ("survey_answers",), (Fact("nps", None, "points"),))
    assert show(result.facts) == Shown("", "")


def test_a_table_has_caption_scopes_units_and_a_total():
    html = show(specimen.result().tables["segments"]).html
    assert html.count('scope="col"') == 4
    assert html.count('scope="row"') == 6
    assert '売上 <span class="unit">(円)</span>' in html
    assert '<td class="n">12,400,000</td>' in html
    assert "<th scope=\"row\">合計</th>" in html
    assert "6,166" in html
    assert not scan_table(html)


def scan_table(html):
    page = ('<!doctype html><html lang="ja"><head><title>t</title></head><body><header><h1>h</h1></header><main>'
            f"{html}</main><footer>f</footer></body></html>")
    return scan(page)


def test_small_cells_are_said_where_they_stand():
    shown = show(specimen.result(small=True).tables["segments"])
    assert shown.html.count('colspan="3">非表示</td>') == 2, "one small row and its partner"
    assert "5人未満の欄" in shown.html
    assert ">3</td>" not in shown.html
    assert "418" not in shown.plain


def test_small_cells_are_not_drawn_either():
    result = specimen.result(small=True)
    drawn = show(result.figures["segments"])
    assert "418" not in drawn.html
    assert "3人" not in drawn.html
    assert show(result.figures["segments"], min_cell=1).html != drawn.html


def test_long_tables_name_the_file_with_all_rows():
    frame = pd.DataFrame({"score": range(100)})
    table = Result("specimen", tables={"many": Table(frame, {"score": Column("score")})}).tables["many"]
    html = show(table).html
    assert html.count("<tr>") == 41
    assert "全100行のうち、はじめの40行です。残りは tables/specimen.many.csv にあります。" in html


def test_an_empty_table_is_a_sentence():
    table = Table(pd.DataFrame({"score": []}), {"score": Column("score")})
    shown = show(Result("specimen", tables={"many": table}).tables["many"])
    assert "当てはまるものはありません" in shown.plain
    assert "<table" not in shown.html


def test_a_restricted_table_is_refused():
    table = replace(specimen.segments_table(), sensitivity="restricted")
    with pytest.raises(CrmError) as caught:
        show(Result("specimen", tables={"segments": table}).tables["segments"])
    assert caught.value.code == "pages.restricted_table"


def test_a_column_without_description_is_refused():
    table = Table(pd.DataFrame({"score": [1], "spent": [2]}), {"score": Column("score")})
    with pytest.raises(CrmError, match="spent"):
        show(Result("specimen", tables={"many": table}).tables["many"])


def test_a_figure_has_title_alternative_text_and_its_numbers():
    html = show(specimen.result().figures["segments"]).html
    title = "売上を支えているのは「離れそうになった上位のお客さま」のお客さまです"
    assert html.startswith(f"<figure><figcaption><b>{title}</b>")
    assert 'role="img" aria-label="離れそうになった上位のお客さまが561人です。"' in html
    assert "<details><summary>グラフの数字を表で見る</summary>" in html
    assert not scan_table(html)


def test_a_figure_does_not_fold_the_table_that_stands_open_beside_it():
    result = specimen.result()
    assert "<details>" not in show((result.figures["segments"], result.tables["segments"])).html


def test_the_numbers_of_a_column_have_equally_many_decimals():
    table = Table(pd.DataFrame({"segment": ["a", "b", "c"], "score": [12.5, 3.22, 0.07]}),
                  {"segment": Column("code"), "score": Column("score")})
    assert re.findall(r'"n">([^<]+)</td>', table_html(table)) == ["12.5", "3.2", "0.1"]
    small = replace(table, frame=table.frame.assign(score=[0.8, 0.85, 0.0]))
    assert re.findall(r'"n">([^<]+)</td>', table_html(small)) == ["0.80", "0.85", "0.00"]


def test_a_difference_of_shares_is_told_in_points_and_a_code_by_the_name_the_shop_gave_it():
    frame = pd.DataFrame({"segment": ["N02", "A01"], "score": [0.0804, 259.0], "unit": ["ratio", "JPY"]})
    table = Table(frame, {"segment": Column("code"), "score": Column("apart"), "unit": Column("unit")},
                  names={"segment": {"N02": "お便り"}})
    html = table_html(table)
    assert ">お便り</th>" in html and "N02" not in html
    assert re.findall(r'"n">([^<]+)</td>', html) == ["+8.0ポイント", "259円"]


def table_html(table):
    return show(Result("specimen", tables={"many": table}).tables["many"]).html


def test_a_figure_needs_its_table():
    figure = Figure(specimen.plot_months, "not_there", {})
    with pytest.raises(CrmError) as caught:
        show(Result("specimen", figures={"months": figure}).figures["months"])
    assert caught.value.code == "pages.figure_without_table"


def test_a_row_that_is_hidden_says_so_once_and_what_was_never_known_is_no_secret():
    frame = pd.DataFrame({"segment": ["first", "asleep"], "customers": [3, 60], "active": [3, 60], "slipping": [3, 2],
                          "score": [None, None]})
    columns = {"segment": Column("code"), "score": Column("score")} | dict.fromkeys(
        ("customers", "active", "slipping"), Column("customers"))
    table = Table(frame.astype({"score": "float64"}), columns, count="customers", within=("segment",))
    lines = table_html(table).splitlines()
    first, asleep = (next(line for line in lines if name in line) for name in ("はじめて", "休眠"))
    assert first.count("非表示") == 1 and 'colspan="3"' in first and "—" in first
    assert asleep.count("非表示") == 1 and "colspan" not in asleep and "—" in asleep


def test_failed_checks_come_first():
    plain = show(specimen.result().checks).plain.splitlines()
    assert plain[1].startswith("要確認: データが月末まで届いていること")
    assert plain[2].startswith("問題なし: 人数の合計が5,748人に一致すること")


def test_many_checks_that_hold_open_on_demand_and_the_others_stand_first():
    known = specimen.result().checks
    good, bad = next(c for c in known if c.ok), next(c for c in known if not c.ok)
    told = replace(bad, severity="info")
    shown = show([*[good] * 20, told, bad])
    before, _, folded = shown.html.partition("<details><summary>問題のなかった確認20件を見る</summary>")
    assert before.count('<tr><th scope="row"') == 2 and folded.count('<tr><th scope="row"') == 20
    assert before.index("要確認") < before.index("参考"), "what fails stands before what is told only"
    alone = show([good] * 20).html.partition("<details>")[0]
    assert "<table" not in alone and "ありませんでした" in alone


@pytest.mark.parametrize(("rows", "first", "last"), [(36, "2024年7月", "2026年10月"), (20, "2025年3月", "2026年10月")])
def test_of_a_long_series_the_latest_rows_are_shown(rows, first, last):
    frame = specimen.months_table().frame.tail(rows).reset_index(drop=True)
    table = replace(Result("specimen", tables={"months": specimen.months_table()}).tables["months"], frame=frame)
    shown = show_table(table, load_text("specimen", "ja"), 5, max_rows=28, label="x")
    lines = shown.plain.splitlines()[2:]
    assert lines[0].startswith(first) and lines[min(rows, 28) - 1].startswith(last)
    assert ("全36行のうち、新しいほうの28行です。" in shown.plain) == (rows == 36)


@pytest.mark.parametrize(("locale", "expected"), [
    ("ja", "61人: 担当者から様子うかがいの電話 (電話) – いつもの間隔の2倍を過ぎました – 11/10(火)"),
    ("en", "61: A personal call (Phone) – 2 times their usual interval has passed – Tue 10 Nov"),
])
def test_actions_are_head_counts_in_words(locale, expected):
    assert expected in show(specimen.result().actions, locale).plain


def test_a_handful_of_people_is_not_counted_out():
    assert "5人未満" in show(specimen.result().actions).plain


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_an_unavailable_result_says_what_is_missing_and_how_to_supply_it(locale):
    shown = show(Result.unavailable("specimen", ("survey_answers", "something_new")), locale)
    assert "survey_answers" in shown.plain
    assert "sources" in shown.plain
    assert "something_new" in shown.plain


def test_things_that_are_nothing_show_nothing():
    assert show((None, ())) == Shown("", "")


def test_a_bare_frame_is_refused_with_what_may_be_shown():
    with pytest.raises(CrmError) as caught:
        show(pd.DataFrame({"a": [1]}))
    assert "Table" in caught.value.allowed


def test_words_of_the_data_cannot_become_markup():
    frame = pd.DataFrame({"segment": ["<script>alert(1)</script>"], "customers": [10]})
    table = Table(frame, {"segment": Column("code"), "customers": Column("customers")}, count="customers")
    html = show(Result("specimen", tables={"segments": table}).tables["segments"]).html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_rows_of_a_group_share_their_name():
    frame = pd.DataFrame({"segment": ["champions", "champions", "risk"], "opened_on": ["a", "b", "c"],
                          "score": [1, 2, 3]})
    columns = {"segment": Column("code"), "opened_on": Column("text"), "score": Column("score")}
    html = show(Result("specimen", tables={"many": Table(frame, columns)}).tables["many"]).html
    assert '<th class="group" scope="rowgroup" rowspan="2">優良</th><th class="member" scope="row">a</th>' in html
    assert html.count(">優良</th>") == 1
    assert not scan_table(html)


def test_a_row_of_a_group_without_a_second_name_has_no_empty_heading():
    frame = pd.DataFrame({"segment": ["champions", "champions"], "opened_on": ["", ""], "score": [1, 2]})
    columns = {"segment": Column("code"), "opened_on": Column("text"), "score": Column("score")}
    html = show(Result("specimen", tables={"many": Table(frame, columns)}).tables["many"]).html
    assert "></th>" not in html
    assert not scan_table(html)


def test_a_page_opens_with_the_notes_that_lead_and_the_others_stand_beside_their_sections():
    whole = specimen.result()
    assert len(whole.notes) > 1 and whole.beside(*(key for key, _ in whole.notes)) == ()
    first, second = whole.notes[0][0], whole.notes[1][0]
    led = replace(whole, lead=(first,))
    assert [key for key, _ in led.opening] == [first] and led.notes == whole.notes
    beside = show(led.beside(first, second))
    assert 'class="note"' in beside.html and 'class="say"' not in beside.html
    assert beside.plain not in show(led).plain and beside.plain in show(whole).plain

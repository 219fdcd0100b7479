from __future__ import annotations

import pytest

import specimen
from crmlib.report.gates import scan
from crmlib.report.index import render_archive, render_index, shifted


@pytest.fixture(params=["ja", "en"])
def locale(request):
    return request.param


def index(locale, drop=(), meta=None, **context):
    rows = [row for row in specimen.facts() if f"{row['analysis']}.{row['key']}" not in drop
            and row["analysis"] not in drop]
    return render_index(rows, specimen.meta() if meta is None else meta, specimen.context(locale, **context))


def test_the_first_page_passes_every_gate(locale):
    assert scan(index(locale)) == []


def test_the_order_is_verdict_numbers_moved_whom_trust_doors_remarks(locale):
    html = index(locale)
    places = [html.index(mark) for mark in ('class="say"', 'id="six"', 'id="moved"', 'id="call"', 'id="trust"',
                                            'id="doors"', 'id="remarks"', "<footer>")]
    assert places == sorted(places)


def test_the_verdict_says_what_the_facts_say_and_that_it_is_plain():
    html = index("ja")
    assert "売上は<b>1,842万円</b>。前年10月より<b>1.1%増</b>、先月より4.2%増です" in html
    assert "日数や曜日はそろえていない、そのままの比較です" in html
    assert "まず、「離れそうになった上位のお客さま」<b>61人</b>への声かけをおすすめします。" in html


@pytest.mark.parametrize(("low", "high", "verdict", "card"), [
    (-0.174, -0.019, "同じ曜日の日どうしでくらべて、<b>9.6%減</b>です（95%の確かさで17.4%減〜1.9%減）。",
     "↓ 曜日をそろえた前年より9.6%減"),
    (-0.21, 0.02, "ふだんの上下の範囲で、増えたとも減ったとも言えません。",
     "曜日をそろえた前年とは、ふだんの上下の範囲"),
])
def test_like_for_like_comes_first_where_it_is_known(low, high, verdict, card):
    row = specimen.facts()[0] | {"analysis": "trends", "key": "sales_364_yoy", "unit": "ratio", "value": -0.096,
                                 "low": low, "high": high, "previous": None, "year_ago": None, "target": None}
    html = render_index([*specimen.facts(), row], specimen.meta(), specimen.context("ja"))
    assert verdict in html
    assert "そのままくらべると、先月より4.2%増です。" in html
    assert card in html
    assert "そのままの比較です" not in html


def test_the_verdict_claims_no_more_than_is_known():
    rows = [row | {"year_ago": None} for row in specimen.facts()]
    html = render_index(rows, {}, specimen.context("en"))
    assert "there is no data for last year" in html
    rows = [row | {"year_ago": None, "previous": None} for row in specimen.facts()]
    assert "There is no earlier month to compare with yet." in render_index(rows, {}, specimen.context("en"))
    assert "There is no sales data for this month." in render_index([], {}, specimen.context("en"))


def test_six_numbers(locale):
    assert index(locale).count('<div class="card">') == 6


def test_the_cards_change_with_what_there_is():
    html = index("ja", drop=("rfm", "satisfaction"))
    assert "離れたお客さま" in html
    assert "2回以上買った方の割合" in html


def test_a_shop_with_surveys_only_has_a_page_too(locale):
    html = index(locale, drop=("customers", "rfm", "quality"), meta={})
    assert scan(html) == []
    assert 'id="moved"' in html
    assert "24.3" in html


def test_won_and_lost_add_up():
    html = index("ja")
    assert "はじめて買った方418人、戻ってきた方63人、離れた方143人、差し引き+338人。" in html


def test_a_comparison_nobody_can_make_has_no_column():
    rows = [row | {"year_ago": None} for row in specimen.facts()]
    html = render_index(rows, {}, specimen.context("en"))
    assert "On last month" in html
    assert "On a year ago" not in html


def test_every_row_read_is_accounted_for():
    assert ("読んだ184,220行は、使った183,601行、重なっていてまとめた402行、決まりで除いた176行、"
            "読めずに分けた41行に、すべて分かれます。") in index("ja")


def test_failed_checks_and_missing_pages_are_said():
    html = index("ja")
    assert "データが月末まで届いていること" in html
    assert "人数の合計が" not in html, "checks that hold are not listed here"
    assert html.count("survey_answers として足すと表示されます") == 1, "under trust, not at a door of its own as well"


def test_pages_that_lack_the_same_are_named_together(locale):
    lacking = {"available": False, "needs": ["orders", "order_lines"], "actions": [], "checks": [], "notes": []}
    html = index(locale, drop=("customers", "rfm"), meta={"customers": lacking, "rfm": lacking, "trends": lacking})
    names = {"ja": "だれが買っているか・最近・回数・金額（RFM）・行動の傾向",
             "en": "Who is buying, Recent, often, how much (RFM), How people buy"}[locale]
    assert f"<li><b>{names}</b>" in html
    assert html.count("order_lines") == 1, "orders and their lines are one thing to supply"


def test_a_shop_without_sales_is_told_what_it_can_use():
    html = index("ja", drop=("customers", "rfm"), meta={})
    assert "アンケートの回答はそのまま使えます" in html
    assert "今月の数字</h2>" in html, "two cards are not six"
    assert "今月の6つの数字" in index("ja")


def test_a_page_without_data_is_no_link():
    html = index("ja")
    assert 'href="ja/20_specimen.html"' in html
    assert "60_voices.html" not in html


def test_doors_use_the_link_they_are_given():
    pages = [{"name": "20_specimen", "analysis": "specimen", "available": True, "href": "20_specimen.html"}]
    assert 'href="20_specimen.html"' in index("en", pages=pages)


def test_only_head_counts_of_people_to_call():
    assert "5人未満" in index("ja")


def test_months_beside_this_one():
    html = index("ja", later="../2026-11/index.html")
    assert 'href="../2026-09/index.html">← 9月' in html
    assert 'href="../2026-11/index.html">11月 →' in html


@pytest.mark.parametrize(("month", "by", "expected"), [("2026-01", -1, "2025-12"), ("2026-12", 1, "2027-01")])
def test_shifted(month, by, expected):
    assert shifted(month, by) == expected


def test_the_archive_lists_months_newest_first(locale):
    months = [{"month": m, "href": f"{m}/index.html", "provisional": m == "2026-10", "partial": False,
               "facts": specimen.facts()} for m in specimen.months(4)]
    html = render_archive(months, {k: specimen.context(locale)[k] for k in ("shop", "locale", "currency", "decimals")})
    assert scan(html) == []
    places = [html.index(f'href="{m}/index.html"') for m in reversed(specimen.months(4))]
    assert places == sorted(places)
    assert "<svg" in html


def test_an_archive_without_months(locale):
    html = render_archive([], {"shop": "x", "locale": locale})
    assert scan(html) == []

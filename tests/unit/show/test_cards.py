"""Which facts stand on cards, what is folded, and how a fact that is a change itself is told."""

from __future__ import annotations

import importlib
import re
from types import SimpleNamespace

import pandas as pd
import pytest

import shop
from crmlib import analyses, charts
from crmlib.dataset import open_dataset
from crmlib.result import Check, Column, Fact, Figure, Result, Table
from crmlib.text import load_text
from crmlib.workbook.book import Workbook
from crmlib.workbook.figures import first_sentence
from crmlib.workbook.show import displays

MOST = 6
SALES = """customer,day,amount,quantity
A,2025-10-05,1000,1
A,2026-09-05,1200,1
A,2026-10-06,900,1
B,2026-10-30,3000,1"""


def show(thing, locale="ja", name="trends", min_cell=5):
    return displays(thing, load_text(name, locale), SimpleNamespace(privacy=SimpleNamespace(min_cell=min_cell)))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Every analysis of a shop with a few purchases and two answers."""
    answers = shop.read("survey_id,customer_key,question,score,day\nS1,A,nps,9,2026-10-05\nS1,B,nps,3,2026-10-06")
    folder = shop.write(tmp_path_factory.mktemp("shop"), shop.purchases(SALES) | {"survey_answers": answers})
    data = open_dataset(shop.settings(), folder, month="2026-10")
    return {name: importlib.import_module(f"crmlib.analyses.{name}").analyse(data, getattr(data.settings, name))
            for name in analyses.NAMES}


@pytest.mark.parametrize("name", analyses.NAMES)
def test_cards_counts_and_units_name_what_there_is_in_both_languages_alike(name, results):
    japanese, english = ({key: load_text(name, locale).find(key) for key in ("cards", "counts", "check_units")}
                         for locale in ("ja", "en"))
    assert japanese == english
    facts, cards = results[name].facts, japanese["cards"]
    if results[name].available:
        assert set(cards) <= {fact.key for fact in facts}
        assert {fact.key for fact in facts if fact.n is not None} <= set(japanese["counts"] or {})
        assert set(japanese["check_units"] or {}) >= {c.key for c in results[name].checks if c.key.endswith("share")}
    assert 0 < len(cards) <= MOST
    assert len(cards) == len(set(cards))


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("name", analyses.NAMES)
def test_every_counter_and_unit_can_be_written(name, locale):
    text = load_text(name, locale)
    for counter in (text.find("counts") or {}).values():
        assert counter in text.words["counters"]
    for unit in (text.find("check_units") or {}).values():
        assert text.format("2026-10-31" if unit == "date" else 0.5, unit)


def test_the_other_facts_are_folded_into_one_table(results):
    html = show(results["trends"]).html
    known = {fact.key for fact in results["trends"].facts if fact.value is not None}
    assert html.count('<div class="card">') == len(known & set(load_text("trends", "ja").find("cards")))
    fold = html[html.index('<details class="more">'):]
    assert "<summary>そのほかの数字</summary>" in fold
    assert 'scope="row">売上の先月比（そのまま）</th><td class="n">+225%</td>' in fold
    assert '<td class="why" colspan="2">前年同月とくらべられるデータがありません。</td>' in fold


@pytest.mark.parametrize("value", [None, 3])
def test_a_note_that_opens_the_page_with_numbers_is_not_repeated_on_a_card(value):
    words = load_text("quality", "ja")
    assert any(words.holes("notes.usable")), "a sentence with holes that no fact can fill"
    shown = show([Fact("rows_in", value, "rows", note="usable")], name="quality")
    assert "{" not in str(shown)


def test_what_several_cards_lack_is_said_once():
    facts = tuple(Fact(key, 5, "orders", note="no_year_ago") for key in ("orders", "customers"))
    assert show(Result("trends", facts=facts).facts).html.count("前年同月のデータがありません。") == 1
    assert "<p" not in show(Result("trends", facts=facts[:1]).facts).html


def test_what_was_taken_from_another_analysis_keeps_its_words():
    taken = Result("rfm", checks=(Check("everyone_once", True, 5, 5),)).checks
    both = Result("summary", checks=(*taken, Check("all_pages", True, 6, 6))).checks
    shown = show(both, name="summary")
    assert "お客さま一人ひとりが、ちょうど一つの区分に入っていること" in shown.plain
    assert "<td>今月のまとめ</td>" in shown.html, "checks of several pages name them"


def test_a_fact_that_is_a_change_has_its_sign_and_no_change_of_its_own():
    fact = Fact("sales_364_yoy", 0.0415, "ratio", previous=0.01, year_ago=-0.2, low=-0.021, high=0.104)
    plain = show(Result("trends", facts=(fact,)).facts).plain
    assert plain.endswith("+4.2%; 95%の確かさで −2.1%〜+10.4%; ふだんの上下の範囲で、増えたとも減ったとも言えません")
    clear = Fact("sales_364_yoy", 0.0415, "ratio", low=0.021, high=0.06)
    assert "ふだん" not in show(Result("trends", facts=(clear,)).facts).plain


@pytest.mark.parametrize(("analysis", "fact", "ja", "en"), [
    ("customers", Fact("repeat_rate", 0.5, "ratio", n=4067), "4,067人から計算", "from 4,067 customers"),
    ("customers", Fact("average_order", 5, "JPY", n=1), "1件から計算", "from 1 order"),
    ("satisfaction", Fact("response_rate", 0.5, "ratio", n=120), "依頼120件から計算", "from 120 invitations"),
    ("satisfaction", Fact("csat", 0.5, "ratio", n=12), "12件から計算", "from 12 responses"),
])
def test_what_a_figure_is_calculated_from_is_counted_in_its_own_words(analysis, fact, ja, en):
    facts = Result(analysis, facts=(fact,)).facts
    assert ja in show(facts, "ja", analysis).plain
    assert en in show(facts, "en", analysis).plain


def test_checks_are_told_in_their_own_unit():
    checks = Result("quality", checks=(Check("quarantined_share", False, 0.0712, 0.05),)).checks
    assert show(checks, name="quality").plain.endswith("(7.1% / 5.0%)")


def test_one_number_is_written_alike_in_sentence_card_and_table():
    value = 0.7494999999999999
    text, fact = load_text("satisfaction", "ja"), Fact("csat", value, "ratio")
    assert text.fill("{x:ratio}", {"x": value}) == text.format(fact.value, "ratio") == "".join(
        text.parts(fact.value, "ratio")) == "75.0%"
    nps = Fact("nps", -4.65, "points")
    assert text.fill("{x:tenths}", {"x": -4.65}) == text.parts(nps.value, "points")[0] == "−4.7"


def bars(frame, ax, words):
    return charts.bars(frame, ax, words, label="segment", value="share", unit="ratio")


def grid(frame, ax, words):
    return charts.heatmap(frame, ax, words, row="segment", column="segment", value="customers", unit="customers")


def columns(frame, ax, words):
    return charts.columns(frame, ax, words, x="segment", value="customers", unit="customers")


def figure(draw, people, named):
    frame = pd.DataFrame({"segment": ["champions", "loyal", "new", "growing"], "customers": people,
                          "share": [n / sum(people) for n in people]})
    table = Table(frame, {"segment": Column("code"), "customers": Column("customers"), "share": Column("ratio")},
                  count="customers")
    values = {"segment": named, "share": 0.1, "sales": 0.1}
    return Result("rfm", tables={"segments": table}, figures={"segments": Figure(draw, "segments", values)}).figures


@pytest.mark.parametrize("draw", [bars, grid, columns])
def test_a_hidden_number_is_marked_in_the_chart_and_explained_once(draw):
    html = show(figure(draw, [40, 3, 6, 50], "growing")["segments"], name="rfm").html
    svg = html[html.index("<svg"):html.index("</svg>")]
    assert len(re.findall(">–</text>", svg)) == 2, "the small one and its partner"
    assert html.count("「–」は、5人未満か、引き算でそれがわかるために伏せた数です。") == 1
    whole = show(figure(draw, [40, 30, 6, 50], "growing")["segments"], name="rfm").html
    assert ">–<" not in whole
    assert "伏せた" not in whole


def test_a_title_never_names_a_hidden_cell():
    html = show(figure(bars, [40, 3, 6, 50], "loyal")["segments"], name="rfm").html
    caption = html[:html.index("<svg")]
    assert "優良" not in caption
    assert "区分ごとの人数と買上額" in caption
    assert "「最優良」" in show(figure(bars, [40, 3, 6, 50], "champions")["segments"], name="rfm").html


def flow(frame, ax, words):
    return charts.flow(frame, ax, words, before="segment", after="segment", value="customers", unit="customers",
                       order=list(frame["segment"]))


def test_a_chart_that_cannot_mark_what_is_hidden_says_that_its_sums_are_smaller():
    assert "図に入れていません" in show(figure(flow, [40, 3, 6, 50], "growing")["segments"], name="rfm").html
    assert "伏せた" not in show(figure(flow, [40, 30, 6, 50], "growing")["segments"], name="rfm").html
    largest = show(figure(lambda frame, ax, words: flow(frame[frame["segment"].isin(("champions", "growing"))], ax,
                                                          words),
                          [40, 3, 6, 50], "growing")["segments"], name="rfm").html
    assert "伏せた数は" not in largest, "what is hidden is no row of the chart"


@pytest.mark.parametrize(("caption", "title", "rest"), [
    ("Who answers: share of contacts. A dash: none.", "Who answers", "Share of contacts. A dash: none."),
    ("だれが反応するか。反応のあった割合です。", "だれが反応するか", "反応のあった割合です。"),
    ("Sales by month.", "Sales by month", ""), ("区分ごとの人数", "区分ごとの人数", "")])
def test_a_title_that_gives_way_is_the_first_sentence_of_the_caption(caption, title, rest):
    assert first_sentence(caption) == (title, rest)


def test_a_title_may_name_a_row_of_which_only_another_number_is_hidden():
    frame = pd.DataFrame({"segment": ["champions", "loyal"], "customers": [40, 60], "lapsed": [3, 20],
                          "share": [0.4, 0.6]})
    columns = {"segment": Column("code"), "customers": Column("customers"), "lapsed": Column("customers"),
               "share": Column("ratio")}
    table = Table(frame, columns, count="customers", within=("segment",))

    def titled(**values):
        drawn = Figure(bars, "segments", {"segment": "champions", "share": 0.4, "sales": 0.1} | values)
        return show(Result("rfm", tables={"segments": table}, figures={"segments": drawn}).figures["segments"],
                    name="rfm").html
    assert "「最優良」" in titled()
    assert "「最優良」" not in titled(sales=3), "the number of those who lapsed"


def test_numbers_of_different_kinds_in_one_column_each_have_their_unit():
    frame = pd.DataFrame({"cluster": ["c1", "c1"], "feature": ["basket", "recency_days"], "unit": ["GBP", "days"],
                          "median": [12.5, 31.0]})
    table = Table(frame, {"cluster": Column("code"), "feature": Column("code"), "unit": Column("unit"),
                          "median": Column("measured")})
    text = load_text("segments", "en", "GBP")
    html = displays(Result("segments", tables={"profile": table}).tables["profile"], text,
                    SimpleNamespace(privacy=SimpleNamespace(min_cell=5))).html
    assert '<td class="n">£12.50</td>' in html
    assert '<td class="n">31 days</td>' in html
    assert "GBP" not in html


@pytest.mark.parametrize(("low", "high", "expected"), [
    (120_000, 330_000, "見込みの幅は 12〜33"), (-6_353, 330_000, "見込みの幅は −6,353円〜33万円"),
    (0, 330_000, "見込みの幅は 0円〜33万円")])
def test_bounds_in_another_unit_than_the_figure_carry_it(low, high, expected):
    from crmlib.workbook.cards import grounds

    fact = Fact("expected_gain", 170_000, "JPY", low=low, high=high)
    assert [str(one.text) for one in grounds(fact, load_text("actions", "ja"))] == [expected]


def test_a_target_is_told_wherever_its_figure_is(results):
    settings = shop.settings(targets={"trends.sales": 1000, "trends.sales_mom": 0.5, "rfm.customers": 10})
    book = Workbook(SimpleNamespace(currency="JPY", decimals=0), settings, "ja")
    html = book.show(results["trends"]).html
    assert "目標1,000円の" in html[:html.index('<details class="more">')]
    fold = html[html.index('<details class="more">'):]
    assert 'scope="col">目標</th>' in fold and '<td class="n">+50.0%</td>' in fold
    assert book.aimed(results["rfm"]).fact("customers").target == 10
    assert book.aimed(results["rfm"]).tables == results["rfm"].tables

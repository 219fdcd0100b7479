from __future__ import annotations

import nbformat
import pytest

import specimen
from crmlib.report.gates import scan
from crmlib.report.render import render_page


@pytest.fixture(params=["ja", "en"], scope="module")
def locale(request):
    return request.param


@pytest.fixture(scope="module")
def page(tmp_path_factory, locale):
    path = tmp_path_factory.mktemp("page") / "n.ipynb"
    return render_page(specimen.notebook(path, locale), locale, specimen.context(locale))


def test_a_page_passes_every_gate(page):
    assert scan(page, ["山田太郎", "090-1234-5678"]) == []


def test_a_page_asks_nothing_of_anybody(page):
    assert "<script" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "http://" not in page
    assert "https://" not in page


def test_no_code_and_no_prompt(page):
    assert "params_file" not in page
    assert "book.show" not in page
    assert "In [" not in page


def test_the_question_is_the_one_title(page, locale):
    title = {"ja": "大切なお客さまはだれで、だれが離れそうですか",
             "en": "Who matters most, and who is slipping away?"}[locale]
    assert f"<h1>{title}</h1>" in page
    assert page.count("<h1") == 1
    assert f"<title>{title} — " in page
    assert f'<html lang="{locale}">' in page


def test_only_one_language(page, locale):
    other = {"ja": "Which segments carry the sales?", "en": "どの区分が支えていますか"}[locale]
    assert other not in page


def test_a_heading_nothing_came_of_is_left_out(page):
    assert "今月は何も出ない節" not in page
    assert "A section with nothing in it" not in page


def test_head_foot_and_ways_out(page, locale):
    said = {"ja": ("10月31日現在", "速報", "税抜", "手順の版 0.1.0 (a1b2c3d)", "次のページ",
                   'lang="en" hreflang="en">English'),
            "en": ("as of 31 October", "provisional", "before tax", "version 0.1.0 (a1b2c3d)", "Next page",
                   'lang="ja" hreflang="ja">日本語')}[locale]
    for words in said:
        assert words in page, words
    assert 'href="../index.html"' in page
    assert 'href="60_voices.html"' in page


def test_definitions_are_at_hand(page, locale):
    assert {"ja": "最後に買った日までの日数", "en": "Days from the last purchase"}[locale] in page


def test_the_same_bytes_every_time(tmp_path, locale):
    notebook = specimen.notebook(tmp_path / "n.ipynb", locale)
    assert render_page(notebook, locale, specimen.context(locale)) == render_page(
        notebook, locale, specimen.context(locale))


def test_a_partial_month_is_said(tmp_path, locale):
    context = specimen.context(locale, partial=True, as_of="2026-10-16")
    page = render_page(specimen.notebook(tmp_path / "n.ipynb", locale), locale, context)
    assert {"ja": "2026年10月15日までの数字です", "en": "The numbers run to 15 October 2026"}[locale] in page


def test_an_error_is_a_sentence_not_a_traceback(tmp_path):
    path = tmp_path / "n.ipynb"
    v4 = nbformat.v4
    failed = v4.new_output("error", ename="ValueError", evalue="x", traceback=["Traceback (most recent call last)"])
    cells = [v4.new_markdown_cell("# 題\n\n## 節"), v4.new_code_cell("1/0", outputs=[failed])]
    nbformat.write(v4.new_notebook(cells=cells), path)
    page = render_page(path, "ja", specimen.context("ja"))
    assert "このページは作れませんでした" in page
    assert "Traceback" not in page
    assert scan(page) == []


def test_a_notebook_with_nothing_to_show_says_so(tmp_path):
    path = tmp_path / "n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[]), path)
    page = render_page(path, "en", specimen.context("en"))
    assert "There is nothing to show on this page this month." in page
    assert scan(page) == []


def test_the_shop_cannot_inject_markup(tmp_path):
    page = render_page(specimen.notebook(tmp_path / "n.ipynb", "ja"), "ja",
                       specimen.context("ja", shop="<b>&店</b>", contact="<script>"))
    assert "&lt;b&gt;&amp;店" in page
    assert "<script>" not in page


@pytest.mark.parametrize("commit", ["123456789012", "123456789012+changes"])
def test_a_commit_of_nothing_but_digits_is_nobodys_number(tmp_path, locale, commit):
    context = specimen.context(locale) | {"commit": commit}
    made = render_page(specimen.notebook(tmp_path / "n.ipynb", locale), locale, context)
    assert scan(made) == []
    assert f"({commit.replace('89012', '')})" in made

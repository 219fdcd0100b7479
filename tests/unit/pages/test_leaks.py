"""Planted leaks are found however they are written; what belongs on a page is none."""

from __future__ import annotations

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crmlib.report import leaks
from crmlib.report.gates import scan

PAGE = """<!doctype html><html lang="ja"><head><title>題</title></head><body><header><h1>題</h1></header><main>{}</main>
<footer>注</footer></body></html>"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Prepared data of two customers, as intake leaves them."""
    folder = tmp_path_factory.mktemp("shop")
    identity = folder / "restricted" / "identity" / "customer_identity" / "data.parquet"
    identity.parent.mkdir(parents=True)
    pq.write_table(pa.table({
        "customer_key": ["k1", "k2"], "customer_id": ["C000123", "7001234"],
        "family_name": ["山田", "千葉"], "given_name": ["太郎", "花"], "family_kana": ["ヤマダ", None],
        "given_kana": ["タロウ", None], "full_name": [None, "Mary Ann Lee"], "email": ["Taro@Example.com", None],
        "phone": ["090-1234-9876", "+81 3 1234 9876"], "address": ["千代田区千代田1-2-3", None],
    }), identity)
    pq.write_table(pa.table({"customer_id": ["C000123", "7001234"], "customer_key": ["k1", "k2"]}),
                   folder / "restricted" / "customer_links.parquet")
    return folder


def found(shop, body, public=()):
    """Return the kinds that are found on a page with some body."""
    texts = {"page": leaks.of_page(PAGE.format(body))}
    return [kind for _, kind, _ in leaks.search(texts, leaks.of_shop(shop), lambda: public)]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<p>担当は山田太郎さま</p>", "name"),
        ("<p>山田　太郎</p>", "name"),
        ("<p>太郎 山田</p>", "name"),
        ("<p>ﾔﾏﾀﾞ ﾀﾛｳ</p>", "name"),
        ("<p>山田<b>太郎</b></p>", "name"),
        ('<img alt="山田太郎さまの図" src="data:image/png;base64,A">', "name"),
        ("<!-- 山田太郎 -->", "name"),
        ("<p>Mary Ann Lee bought</p>", "name"),
        ('<img alt="ask taro@example.com" src="data:image/png;base64,A">', "mail"),
        ("<p>ＴＡＲＯ＠ｅｘａｍｐｌｅ．ｃｏｍ</p>", "mail"),
        ("<p>090－1234－9876</p>", "phone"),
        ("<p>０９０１２３４９８７６</p>", "phone"),
        ("<p>090ー1234ー9876</p>", "phone"),
        ("<p>+81-90-1234-9876</p>", "phone"),
        ("<p>(03) 1234 9876</p>", "phone"),
        ("<p>090-1234-\n9876</p>", "phone"),
        ("<table><tr><td>090</td><td>1234</td><td>9876</td></tr></table>", "phone"),
        ('<svg role="img" aria-label="a"><title>C000123</title></svg>', "id"),
        ('<svg role="img" aria-label="a"><desc>会員 7001234</desc></svg>', "id"),
        ('<p data-customer="C000123">x</p>', "id"),
        ("<p>東京都千代田区千代田１－２－３</p>", "address"),
    ],
)
def test_a_leak_is_found_however_it_is_written(shop, body, kind):
    assert found(shop, body) == [kind]


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr><td>0</td><td>9</td><td>0</td><td>12</td><td>34</td><td>9</td><td>87</td><td>6</td></tr></table>",
        "<p>山田</p><p>太郎</p>", "<p>千葉 花見川区</p>", "<p>Rosemary Ann Leeds</p>",
        "<p>売上 7,001,234 円</p>", "<p>7001234.5</p>", "<p>090-1234-9877</p>", "<p>AC000123B</p>",
        '<svg role="img" aria-label="図"><path d="M 7001234 09012349876"/></svg>',
    ],
)
def test_what_belongs_on_a_page_is_no_leak(shop, body):
    assert found(shop, body) == []


def test_a_customer_called_like_something_public_is_no_leak(shop):
    assert found(shop, "<p>人気の商品: 山田太郎ラーメン</p>", ["山田太郎ラーメン"]) == []
    assert found(shop, "<p>山田太郎</p>", ["山田太郎"]) == []
    assert found(shop, "<p>山田太郎ラーメンを山田太郎さまが</p>", ["山田太郎ラーメン"]) == ["name"]


def test_tables_notebooks_and_facts_are_read_as_well(shop, tmp_path):
    table = tmp_path / "t.csv"
    with table.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([["who", "sales"], ["C000123", 7001234]])
    output = {"output_type": "display_data", "data": {"text/html": ["<p>山田", "太郎</p>"]}, "metadata": {}}
    book = tmp_path / "b.ipynb"
    book.write_text(json.dumps({"cells": [{"cell_type": "code", "source": ["x"], "outputs": [output]}]}))
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps([{"note": "taro@example.com", "value": 7001234}]))
    texts = {p.name: leaks.of_file(p) for p in (table, book, facts)}
    assert list(leaks.search(texts, leaks.of_shop(shop))) == [
        ("b.ipynb", "name", 1), ("facts.json", "mail", 1), ("t.csv", "id", 1)
    ]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<p>電話 ０９０ー１２３４ー５６７８</p>", "phone number"),
        ("<p>09０−1234−5678</p>", "phone number"),
        ("<p>ｔａｎａｋａ＠ｅｘａｍｐｌｅ．ｃｏ．ｊｐ</p>", "mail address"),
        ("<p>0123456789abcdef0123456789abcdef</p>", "customer key"),
        ("<!-- tanaka@example.co.jp -->", "mail address"),
        ('<p data-who="tanaka@example.co.jp">a</p>', "mail address"),
    ],
)
def test_shapes_of_personal_data_are_found_in_other_letters_and_places(body, rule):
    assert rule in [problem.rule for problem in scan(PAGE.format(body))]

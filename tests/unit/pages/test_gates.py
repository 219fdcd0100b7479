from __future__ import annotations

import pytest

from crmlib.report.gates import LARGEST, scan

HEAD = '<!doctype html><html lang="ja"><head><title>題</title></head><body><header><h1>題</h1></header><main>'
TAIL = "</main><footer>注</footer></body></html>"


def rules(body, private=()):
    return [problem.rule for problem in scan(f"{HEAD}{body}{TAIL}", private)]


def test_a_plain_page_passes():
    assert rules("<h2>節</h2><p>売上は1,842万円、2026年10月31日現在。POS月報 12,345,678円。</p>") == []


@pytest.mark.parametrize(("body", "rule"), [
    ("<script>1</script>", "not allowed"),
    ('<link rel="stylesheet" href="x.css">', "not allowed"),
    ('<meta http-equiv="refresh" content="0">', "not allowed"),
    ("<iframe></iframe>", "not allowed"),
    ('<p onclick="x()">a</p>', "script"),
    ('<a href="javascript:x()">a</a>', "outside address"),
    ('<a href="https://example.org/">a</a>', "outside address"),
    ('<a href="//example.org/">a</a>', "outside address"),
    ('<img src="picture.png" alt="a">', "outside address"),
    ('<img src="https://example.org/p.png" alt="a">', "outside address"),
    ('<svg role="img" aria-label="a"><image href="p.png"/></svg>', "outside address"),
    ("<style>@import 'x.css';</style>", "outside address"),
    ("<style>p { background: url(https://example.org/x.png) }</style>", "outside address"),
    ('<p style="background: url(x.png)">a</p>', "outside address"),
    ("<p>tanaka@example.co.jp</p>", "mail address"),
    ("<p>電話 090-1234-5678</p>", "phone number"),
    ("<p>03(1234)5678</p>", "phone number"),
    ("<p>+81-90-1234-5678</p>", "phone number"),
    ("<p>〒100-0001</p>", "postal code"),
    ("<p>会員 123456789</p>", "long number"),
    ('<a href="page-123456789.html">会員</a>', "long number"),
    ("<p>/home/taro/crm/data.csv</p>", "path"),
    (r"<p>C:\Users\taro</p>", "path"),
    ("<p>~/data</p>", "home"),
    ("<p>Traceback (most recent call last):</p>", "traceback"),
    ('<p>File "x.py", line 3</p>', "traceback"),
    ("<p>&lt;Axes at 0x7f12ab34cd&gt;</p>", "object address"),
    ('<img src="data:image/png;base64,AA" alt="">', "no alternative text"),
    ("<svg></svg>", "no alternative text"),
    ('<svg role="img"></svg>', "no alternative text"),
    ("<table><caption>c</caption><tr><th>a</th></tr></table>", "no scope"),
    ('<table><caption>c</caption><tr><th scope="col"></th></tr></table>', "empty"),
    ("<table><tr><td>a</td></tr></table>", "no caption"),
    ('<div tabindex="0">a</div>', "scroll region without role and label"),
    ("<h3>a</h3>", "heading order"),
    ("<h1>zwei</h1>", "exactly one"),
    ("<h2></h2>", "empty"),
    ('<a href="#x"></a><p id="x">a</p>', "empty"),
    ('<a href="#nowhere">a</a>', "link to nothing"),
    ('<p id="a">1</p><p id="a">2</p>', "id not unique"),
    ("<nav>a</nav>", "no label"),
    ("<style>:root { --ink: #1f2933; --grey: #aaaaaa; --paper: #ffffff }</style>", "contrast"),
])
def test_each_rule_finds_its_fault(body, rule):
    assert rule in rules(body)


@pytest.mark.parametrize("body", [
    '<a href="../2026-09/index.html">9月</a>', '<a href="20_rfm.html">RFM</a>', '<a href="#a">a</a><p id="a">b</p>',
    '<img src="data:image/png;base64,AAAA" alt="図">',
    '<svg role="img" aria-label="図"><path d="M 123456789 0 L 1234567890 1" fill="#123456"/></svg>',
    '<svg role="img" aria-label="図"><path id="a-m2022299950" d="M 0 0"/><use href="#a-m2022299950"/></svg>',
    "<p>年度累計 123,456,789円</p>", "<p>2026-10-31</p>", "<p>10/17(土) 10:30</p>", "<p>0.123456789</p>",
    "<p>商品 0123-456</p>", "<p>tables/rfm.segments.csv</p>",
])
def test_what_belongs_on_a_page_passes(body):
    assert rules(body) == []


def test_the_shops_own_names_are_found_and_not_repeated():
    problems = scan(f"{HEAD}<p>ご担当は山田太郎さまです</p>{TAIL}", ["山田太郎", "佐藤花子", ""])
    assert [p.rule for p in problems] == ["private data"]
    assert "山田" not in str(problems[0])


def test_names_in_alternative_text_are_found_too():
    assert "private data" in rules('<svg role="img" aria-label="山田太郎さまの図"></svg>', ["山田太郎"])


def test_personal_data_is_masked_in_the_problem():
    assert "tanaka" not in "".join(map(str, scan(f"{HEAD}<p>tanaka@example.co.jp</p>{TAIL}")))


def test_a_page_may_not_grow_without_end():
    assert "too large" in rules("<p>" + "あ" * (LARGEST // 3 + 1) + "</p>")


def test_a_page_needs_language_title_and_landmarks():
    found = {problem.rule for problem in scan("<p>a</p>")}
    assert {"no language", "exactly one", "heading order"} <= found

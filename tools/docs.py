"""Write the reference pages that come from the code: canonical tables, messages, and the parameter template.

``python tools/docs.py`` writes them; tests compare the files with what this module returns, so that they cannot
fall behind.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from crmlib import schema
from crmlib.settings import schema as settings_schema
from crmlib.settings.exports.presets import catalogue

ROOT = Path(__file__).resolve().parent.parent
ERRORS = ROOT / "crmlib" / "text"
SEEN = {schema.PUBLIC: "in aggregate", schema.RESTRICTED: "restricted files only",
        schema.IDENTITY: "identity table only"}
TABLES = """\
# Canonical tables

What a parameter file can map its columns to. A shop may hold any of these tables, none is required by itself; within a
table the columns marked * are. Money is stored in minor units, times in UTC beside a `business_date`.

Kinds: {kinds}.
"""
HEADS = {
    "en": ("Messages", "Every message that can stop a run, by area. `{…}` is filled with what was found.",
           ("code", "what it says", "next step")),
    "ja": ("メッセージ一覧", "実行を止めることのあるメッセージのすべてです。`{…}`には、見つかったものが入ります。",
           ("コード", "メッセージ", "次にすること")),
}
PRESETS = {
    "en": ("""\
# Exports that are known

A shop drops the files its systems export into `data/raw/` and asks what they are:

```
make detect FILES='data/raw/orders.csv data/raw/members.csv'
make init SHOP=my-shop FILES='data/raw/orders.csv data/raw/members.csv'
make report PARAMS=params/my-shop.yaml
```

A file is known by its headings, never by its name or the order of its columns; one that fits no export, or two equally
well, is called unknown, and a map is proposed from its headings and first values. What is not certain stays commented
out with a question: money and ids are never guessed.

In a parameter file a known export is two lines, and what differs in a shop stands beside them:

```yaml
sources:
  - files: data/raw/rms_*.csv
    preset: rakuten_rms
    exclude: [{column: 商品番号, values: [TEST], reason: test_items}]
    tables:
      orders: {coupon: クーポン名, shipping: null}   # one column more, one less
```

Columns a shop did not choose for its export are empty; one that cannot be done without is an error that names it.
What only the shape of a file needs are keys of their own, for any file: `fill_down` (values on a record's first row
only), `negative` (returns written with positive numbers), `refunds` (money given back, per order), `renamed` (headings
of other times), `optional`, `ignored` (never read), and for a column `join`, `or`, `lower`, and `"*"` in `values`.
`params/template.yaml` explains each.

Money that an order gives back without a date or an article (Shopify's Refunded Amount) becomes one return line on the
day of the order: the export says no other day. It may hold shipping and tax.

A shop's own preset is a file of the same form in `params/columns/`. Its test is a folder in
`tests/scenarios/intake/presets/` with an invented file in that shape.

**Checked** means that the headings were seen in an official text or in public programs that read or write such files;
no file of a real shop was used. Where it says *partly a guess*, compare money and counts with your own figures once.
""", ("export", "headings", "versions", "what the test file proves", "what is taken care of"),
           ("checked", "partly a guess")),
    "ja": ("""\
# 知っている書き出し

お店のシステムから書き出したファイルを `data/raw/` に置き、何のファイルかを尋ねます。

```
make detect FILES='data/raw/orders.csv data/raw/members.csv'
make init SHOP=my-shop FILES='data/raw/orders.csv data/raw/members.csv'
make report PARAMS=params/my-shop.yaml
```

ファイルは見出しで見分けます。名前や列の並びは見ません。どれにも合わないとき、二つに同じくらい合うときは「知らない形式」と
伝え、見出しと最初の行から対応を提案します。確かでないものは質問を添えて # のままにします。
金額と番号を推測することはありません。

設定ファイルでは、知っている書き出しは2行です。お店で違うところだけを書き足します。

```yaml
sources:
  - files: data/raw/rms_*.csv
    preset: rakuten_rms
    exclude: [{column: 商品番号, values: [TEST], reason: test_items}]
    tables:
      orders: {coupon: クーポン名, shipping: null}   # 列を一つ足し、一つ外す
```

書き出しに選ばれなかった列は空のままです。なくてはならない列がなければ、その名前を挙げて止まります。
ファイルの形に合わせる項目は、どのファイルにも使えます：`fill_down`（最初の行にだけある値）、
`negative`（プラスで書かれた返品）、`refunds`（注文ごとの返金額）、`renamed`（時期によって違う見出し）、`optional`、
`ignored`（読み込まない）、列には `join`、`or`、`lower`、`values` の `"*"`。
それぞれの説明は `params/template.yaml` にあります。

日付も商品も分からない返金額（Shopify の Refunded Amount）は、注文の日付の返品1行になります。
書き出しにほかの日付がないためです。送料や税を含むことがあります。

お店独自の形式は、同じ書き方のファイルを `params/columns/` に置きます。
テストは `tests/scenarios/intake/presets/` に、その形の架空のファイルを置いたフォルダーです。

**確認済み**は、見出しを公式の文書か、そのファイルを読み書きする公開プログラムで確かめたものです。実際のお店のファイルは使って
いません。*推測を含む*とある形式は、金額と件数を、一度お店の数字と見比べてください。
""", ("書き出し", "見出し", "版", "テストのファイルが確かめること", "気をつけていること"), ("確認済み", "推測を含む")),
}
PRESET_PAGES = {"en": "docs/presets.md", "ja": "docs/presets.ja.md"}
SCENARIOS = ROOT / "tests" / "scenarios" / "intake" / "presets"
NOTE = "<!-- Written by `make docs`; change the code or the words it comes from. -->\n"


def render() -> dict[str, str]:
    """Return every generated page: path in the project → text."""
    pages = {"docs/reference/tables.md": tables()}
    pages |= {f"docs/reference/messages.{locale}.md": messages(locale) for locale in HEADS}
    pages |= {page: presets(locale) for locale, page in PRESET_PAGES.items()}
    return pages | {f"params/{name}": text for name, text in settings_schema.files().items()}


def tables() -> str:
    """Return the page of the canonical tables."""
    lines = [NOTE, TABLES.format(kinds=", ".join(f"`{kind}` ({sql})" for kind, sql in schema.KINDS.items()))]
    for table in schema.tables().values():
        lines += [f"## {table.name}\n", f"A row is identified by: {', '.join(table.key) or 'its whole content'}.\n",
                  _row(("column", "kind", "purpose", "seen")), _row(["---"] * 4)]
        lines += [_row((f"{column.name}{' *' if column.required else ''}", column.kind, column.purpose,
                        SEEN[column.sensitivity])) for column in table.columns]
        lines.append("")
    return "\n".join(lines)


def messages(locale: str) -> str:
    """Return the page of all messages in one language."""
    title, lead, head = HEADS[locale]
    lines = [NOTE, f"# {title}\n", f"{lead}\n"]
    for path in sorted((ERRORS / locale / "errors").glob("*.yaml")):
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        lines += [f"## {path.stem}\n", _row(head), _row(["---"] * 3)]
        lines += [_row((f"`{path.stem}.{name}`", " ".join((words["what"], *words.get("when", {}).values())),
                       words.get("fix", "")))
                  for name, words in entries.items()]
        lines.append("")
    return "\n".join(lines)


def presets(locale: str) -> str:
    """Return the page of the known exports in one language: each with what its test file proves."""
    lead, head, (checked, guessed) = PRESETS[locale]
    lines = [NOTE, lead, _row(head), _row(["---"] * len(head))]
    for preset in catalogue():
        said = yaml.safe_load((SCENARIOS / preset.id / "settings.yaml").read_text(encoding="utf-8"))
        traps = " ".join(trap.get(locale) for trap in preset.traps)
        versions = ", ".join(version.name.get(locale) for version in preset.versions) or "–"
        sure = checked if preset.verified else f"*{guessed}*"
        lines.append(_row((f"{preset.name.get(locale)} `{preset.id}`", f"{sure}: {preset.source}", versions,
                           said["proves"][locale], traps)))
    return "\n".join(lines) + "\n"


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Write every page that differs."""
    for name, text in render().items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

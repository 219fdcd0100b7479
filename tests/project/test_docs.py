"""Reference pages that come from the code say what the code says."""

from __future__ import annotations

import re


def test_the_generated_pages_are_up_to_date(root, docs_tool):
    behind = [name for name, text in docs_tool.render().items()
              if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != text]
    assert behind == [], "make docs writes them anew"


def test_every_table_and_column_is_told(docs_tool):
    from crmlib import schema

    page = docs_tool.tables()
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(schema.tables())
    assert page.count("\n| ") == sum(len(table.columns) + 2 for table in schema.tables().values())


def test_a_bar_in_a_message_does_not_break_its_table(docs_tool):
    assert docs_tool._row(("a|b", "c\n  d")) == "| a\\|b | c d |"

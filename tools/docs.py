"""Write the reference pages that come from the code: canonical tables, messages, and the parameter template.

``python tools/docs.py`` writes them; tests compare the files with what this module returns, so that they cannot
fall behind.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from crmlib import schema
from crmlib.settings import schema as settings_schema

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
NOTE = "<!-- Written by `make docs`; change the code or the words it comes from. -->\n"


def render() -> dict[str, str]:
    """Return every generated page: path in the project → text."""
    pages = {"docs/reference/tables.md": tables()}
    pages |= {f"docs/reference/messages.{locale}.md": messages(locale) for locale in HEADS}
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
        lines += [_row((f"`{path.stem}.{name}`", words["what"], words.get("fix", "")))
                  for name, words in entries.items()]
        lines.append("")
    return "\n".join(lines)


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

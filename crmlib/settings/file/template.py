"""The commented template of a params file, written from the settings classes."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from crmlib.settings.base import Model, Words
from crmlib.settings.fields import plain_value
from crmlib.settings.file.problems import bare, inner
from crmlib.settings.root import Settings
from crmlib.settings.sources import ColumnSpec

HEAD = """\
# yaml-language-server: $schema=schema.json
#
# 店の設定ファイルのひな形です。次の1行目で写しと鍵を作り、shop と sources を自分の店に合わせてください。
# $ make init SHOP=my-shop
# $ make report PARAMS=params/my-shop.yaml
# ほかの項目は標準の値が書いてあります。変えないものは消してもかまいません。空の値と null は標準の値になります。
# # のすぐ後に項目が続く行は例です。使うときは # を消し、上の空の行と入れ替えます。
# 文字コードは UTF-8 です。コードは書いたとおりに読みます(0123、no、12:30 も文字のまま)。
#
# A template for a shop's settings. `make init SHOP=my-shop` copies it and makes the key; shop and sources are yours.
# Everything else shows its default; what you do not change may be deleted. Empty and null mean the default.
# A key straight after # is an example: take the # away, and the empty line above it.
# The file is UTF-8. Codes are read as written (0123, no, 12:30 stay text).
"""
#: An export as a shop might have it; each file fills one or more tables.
EXPORT = {
    "orders": {"order_id": "注文番号", "customer_id": "会員番号", "ordered_at": ["注文日", "注文時刻"],
               "status": {"from": "状態", "values": {"キャンセル": "cancelled"}, "default": "placed"}},
    "order_lines": {"order_id": "注文番号", "line_no": "行番号", "product_id": "商品コード", "quantity": "数量",
                    "unit_price": "単価", "amount": "金額",
                    "line_type": {"from": "商品コード", "values": {"SORYO": "shipping"}, "default": "product"}},
}
WIDTH = 110


def template_text() -> str:
    """Return the text of ``params/template.yaml``: every key, its default, and what it means in ja and en."""
    lines = [HEAD.rstrip()]
    for name, field in Settings.model_fields.items():
        lines += ["", *_field(name, field, 0, filled=name == "shop")]
    return "\n".join(lines) + "\n"


def _field(name: str, field: FieldInfo, depth: int, filled: bool = False, value: Any = ...) -> list[str]:
    """Return the lines of one key: what it means, then its value or the keys below it."""
    pad = "  " * depth
    lines = [f"{pad}# {line}" for line in _meaning(field)]
    kind = inner(field)
    item = _item_model(kind)
    if value is ...:
        value = _value(field, filled)
    key = field.alias or name
    if key == "tables":
        return [*lines, f"{pad}{key}:", *_tables(depth + 1)]
    if isinstance(kind, type) and issubclass(kind, Model) and kind is not Words:
        if value is None and not field.is_required():
            shown = [f"{key}:", *_keys(kind, 1, False, (field.examples or [{}])[0])]
            return [*lines, f"{pad}{key}: null", *(f"{pad}#{line}" for line in shown)]
        return [*lines, f"{pad}{key}:", *_keys(kind, depth + 1, filled)]
    if key == "sources" and item:
        return [*lines, f"{key}:", *_dashed(_keys(item, 2, False, {"files": "data/raw/orders_*.csv"}), 1)]
    if item and not value:
        example = _list(key, item, (field.examples or [[]])[0], filled=True)
        return [*lines, f"{pad}{key}: {flow(value)}", *(f"{pad}#{line}" for line in example)]
    if item:
        return [*lines, *(pad + line for line in _list(key, item, value, filled=False))]
    return [*lines, *_written(key, value, pad, _example(field, value))]


def _meaning(field: FieldInfo) -> Iterator[str]:
    for line in (field.description or "").split("\n"):
        yield from textwrap.wrap(line, WIDTH, break_long_words=False) if line.isascii() else [line]
    kind = bare(field.annotation)
    kind = bare(get_args(kind)[0]) if get_origin(kind) is tuple else kind
    if get_origin(kind) is Literal:
        yield "→ " + " | ".join(json.dumps(c) if re.search(r"[^\w-]", c) else c for c in get_args(kind))
    below = _mapped_model(kind)
    if below:
        for key, inside in below.model_fields.items():
            ja, _, en = (inside.description or "").partition("\n")
            yield f"- {inside.alias or key}: {ja} {en}"


def _mapped_model(kind: Any) -> type[Model] | None:
    """Return the model of the values of a free mapping."""
    while get_origin(kind) is Mapping:
        kind = bare(get_args(kind)[1])
    return kind if kind is not None and isinstance(kind, type) and issubclass(kind, Model) and _is_value(kind) else None


def _is_value(kind: type[Model]) -> bool:
    return kind is ColumnSpec or kind.SHORT == "values"


def _item_model(kind: Any) -> type[Model] | None:
    """Return the model of the items of a list."""
    item = bare(get_args(kind)[0]) if get_origin(kind) is tuple else None
    return item if isinstance(item, type) and issubclass(item, Model) else None


def _keys(model: type[Model], depth: int, filled: bool, values: Mapping[str, Any] | None = None) -> list[str]:
    given = values or {}
    lines: list[str] = []
    for name, field in model.model_fields.items():
        lines += _field(name, field, depth, filled, given.get(field.alias or name, ...))
    return lines


def _tables(depth: int) -> list[str]:
    pad = "  " * depth
    return [line for table, columns in EXPORT.items() for line in (
        f"{pad}{table}:", *(f"{pad}  {column}: {flow(spec)}" for column, spec in columns.items()))]


def _list(key: str, item: type[Model], values: list[Any], filled: bool) -> list[str]:
    """Return a list of groups, the keys of the first one explained."""
    first, *rest = [value if isinstance(value, Mapping) else {str(item.SHORT): value} for value in values]
    lines = [f"{key}:", *_dashed(_keys(item, 2, filled, first), 1)]
    for value in rest:
        said = [line for k, v in value.items() if v not in (None, {}) for line in _written(k, v, "    ", "")]
        lines += _dashed(said, 1)
    return lines


def _dashed(lines: list[str], depth: int) -> list[str]:
    """Put the dash of a list before the first key, and its comments in line with the dash."""
    pad = "  " * depth
    first = next(n for n, line in enumerate(lines) if not line.lstrip().startswith("#"))
    return [*(pad + line.lstrip() for line in lines[:first]), f"{pad}- {lines[first].lstrip()}", *lines[first + 1:]]


def _value(field: FieldInfo, filled: bool) -> Any:
    """Return what the template shows: the default, or an example where a person must fill in."""
    if field.is_required() or (filled and field.default in (None, ()) and field.examples):
        return (field.examples or [None])[0]
    return plain_value(field.get_default())


def _example(field: FieldInfo, value: Any) -> str:
    if not field.examples or value == field.examples[0] or value not in (None, [], {}, ()):
        return ""
    return f"例 e.g. {flow(field.examples[0])}"


def _written(key: str, value: Any, pad: str, example: str) -> list[str]:
    """Return a key with its value, on one line where it fits."""
    line = f"{pad}{key}: {flow(value)}"
    if len(line) > WIDTH and isinstance(value, Mapping):
        return [f"{pad}{key}:", *(f"{pad}  {scalar(str(k))}: {flow(v)}" for k, v in value.items())]
    return [f"{line}   # {example}" if example else line]


def flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(k))}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """Return one value as YAML; text that looks like anything else is quoted."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (int, Decimal, date)):
        return str(value)
    text = str(value)
    if re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text):
        return text
    bare_word = re.fullmatch(r"[^\W\d][\w ./*()・~-]*|[~./][\w./*-]+|\d\d_[a-z]\w*|\d+GiB",
    text) and not text.endswith(" ")
    if bare_word and text not in ("null", "true", "false", "yes", "no", "on", "off"):
        return text
    return json.dumps(text, ensure_ascii=False)

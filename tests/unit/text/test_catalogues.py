"""Both languages fill the same holes, stay in their language, and never use signs that mislead."""

from __future__ import annotations

import re
import string

import pytest

import crmlib.text
from crmlib.text import _with_text_keys

FOLDER = crmlib.text.FOLDER
FILES = sorted({path.relative_to(FOLDER / locale).as_posix() for locale in ("ja", "en")
                for path in (FOLDER / locale).rglob("*.yaml")})
#: Words one language needs and the other does not: names of currencies, terms defined under their own name.
FREE = ("currencies", "definitions")


def read(locale, name):
    import yaml

    path = FOLDER / locale / name
    return _with_text_keys(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.is_file() else None


def leaves(node, prefix=""):
    if isinstance(node, dict):
        for key, value in node.items():
            if not (prefix == "" and key in FREE):
                yield from leaves(value, f"{prefix}{key}.")
    else:
        yield prefix.rstrip("."), node


@pytest.mark.parametrize("name", FILES)
def test_both_languages_fill_the_same_holes(name):
    japanese, english = dict(leaves(read("ja", name) or {})), dict(leaves(read("en", name) or {}))
    for key in set(japanese) & set(english):
        if key.startswith("calendar.") or "forms." in key:
            continue
        holes = [{hole for _, hole, _, _ in string.Formatter().parse(str(text)) if hole} for text in
                 (japanese[key], english[key])]
        assert holes[0] == holes[1], f"{name}: {key}"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("locale", ["ja", "en"])
def test_no_triangles_and_nothing_unfinished(locale, name):
    for key, text in leaves(read(locale, name) or {}):
        assert not re.search("[▲▼△▽]", str(text)), f"{name}: {key}"
        assert not re.search("TODO|FIXME|TBD|XXX", str(text)), f"{name}: {key}"
        assert text is not None, f"{locale}/{name}: {key} is empty"


@pytest.mark.parametrize("name", FILES)
def test_english_files_are_in_english(name):
    for key, text in leaves(read("en", name) or {}):
        allowed = key in ("frame.other", "calendar.weekdays")
        assert allowed or not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", str(text)), f"{name}: {key}"


def test_every_canonical_table_says_how_to_supply_it():
    from crmlib.schema import tables

    for locale in ("ja", "en"):
        told = read(locale, "common.yaml")["needs"]
        private = {"customer_identity"}
        assert set(tables()) - private <= set(told), locale

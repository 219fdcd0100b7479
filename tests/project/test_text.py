"""Words exist in both languages, every error has its sentences, and every hole of a sentence is filled."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

LOCALES = ("ja", "en")
#: How numbers, dates and words are put together differs by nature; a definition's key is its term.
GRAMMAR = ("counters", "forms", "currencies", "calendar", "units", "definitions")


def catalogue(root: Path, locale: str, name: str) -> dict[str, Any]:
    return yaml.safe_load((root / "crmlib/text" / locale / name).read_text(encoding="utf-8")) or {}


def names(root: Path, locale: str) -> list[str]:
    folder = root / "crmlib/text" / locale
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))


def keys(node: Any, prefix: str = "") -> Iterator[str]:
    """Give the dotted key of every leaf."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from keys(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix


def holes(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_files(root):
    assert names(root, "ja") == names(root, "en")


def test_both_languages_have_the_same_keys(root):
    different = {}
    for name in sorted({*names(root, "ja")} & {*names(root, "en")}):
        ja, en = (set(keys(catalogue(root, locale, name))) for locale in LOCALES)
        if odd := sorted(key for key in ja ^ en if key.split(".")[0] not in GRAMMAR):
            different[name] = odd
    assert different == {}


def test_both_languages_define_as_many_terms(root):
    counts = [{name: len(catalogue(root, locale, name).get("definitions") or {}) for name in names(root, locale)}
              for locale in LOCALES]
    assert counts[0] == counts[1]


def test_the_messages_of_both_languages_tell_the_same_values(root):
    different = []
    for name in [one for one in names(root, "ja") if one.startswith("errors/")] + ["doctor.yaml"]:
        ja, en = (dict(leaves(catalogue(root, locale, name))) for locale in LOCALES)
        different += [f"{name} {key}" for key in ja.keys() & en.keys() if holes(str(ja[key])) != holes(str(en[key]))]
    assert different == []


def leaves(node: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, node


def test_every_error_has_a_sentence_and_a_next_step_in_both_languages(root, modules):
    lacking = [f"{code} ({place}, {locale})" for code, place, _ in raised(modules) for locale in LOCALES
               if set(sentences(root, locale, code)) < {"what", "fix"}]
    assert sorted(lacking) == []


def test_every_hole_of_an_error_is_filled_where_it_is_raised(root, modules):
    empty = []
    for code, place, given in raised(modules):
        wanted = set().union(*(holes(text) for locale in LOCALES for text in sentences(root, locale, code).values()))
        if given is not None and wanted - given:
            empty.append(f"{code} ({place}): {sorted(wanted - given)}")
    assert empty == []


def test_no_error_sentence_is_left_over(root, modules, tracked):
    sources = "\n".join(text for name, text in tracked.items()
                        if name.endswith((".py", ".sh")) and not name.startswith("tests/"))
    unused = [f"{name}: {key}" for name in names(root, "en") if name.startswith("errors/")
              for key in catalogue(root, "en", name) if not _spoken(f"{Path(name).stem}.{key}", key, sources)]
    assert unused == []


def _spoken(code: str, key: str, source: str) -> bool:
    """An error may be raised by its whole code or, in the set-up tool, by its name."""
    return f'"{code}"' in source or f'"{key}"' in source or f"/^{key}:/" in source


def sentences(root: Path, locale: str, code: str) -> dict[str, str]:
    area, _, name = code.partition(".")
    path = root / "crmlib/text" / locale / "errors" / f"{area}.yaml"
    found = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(name, {}) if path.is_file() else {}
    more = {f"when.{name}": text for name, text in (found.get("when") or {}).items()}
    return {part: text for part, text in found.items() if part not in ("words", "when")} | more


def raised(modules: dict[str, ast.Module]) -> Iterator[tuple[str, str, set[str] | None]]:
    """Give every ``CrmError("area.name", …)``: code, place, names of the values given (None: not readable)."""
    for module, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) == "CrmError" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    given = {one.arg for one in node.keywords}
                    yield first.value, f"{module}:{node.lineno}", None if None in given else given


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@pytest.mark.parametrize("locale", LOCALES)
def test_the_set_up_tool_reads_its_words_without_a_yaml_library(root, setup_tool, locale):
    text = (root / "crmlib/text" / locale / "errors/setup.yaml").read_text(encoding="utf-8")
    assert {name: setup_tool.sentences(name, text) for name in yaml.safe_load(text)} == yaml.safe_load(text)

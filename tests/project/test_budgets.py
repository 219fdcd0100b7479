"""Sizes that keep the code readable; going past one asks for a redesign, not for a larger number."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE, FUNCTION, MEDIAN, FOLDER = 300, 40, 12, 12


def test_modules_have_at_most_300_lines(root, modules):
    sizes = {name: len((root / name).read_text(encoding="utf-8").splitlines()) for name in modules}
    assert {name: size for name, size in sizes.items() if size > MODULE} == {}


def test_functions_have_at_most_40_lines(modules):
    sizes = {f"{name}:{node.name}": body_lines(node) for name, tree in modules.items() for node in functions(tree)}
    assert {name: size for name, size in sizes.items() if size > FUNCTION} == {}


def test_the_median_function_has_at_most_12_lines(modules):
    assert statistics.median(body_lines(node) for tree in modules.values() for node in functions(tree)) <= MEDIAN


def test_folders_have_at_most_12_modules(root):
    folders = [root / "crmlib", *(path for path in (root / "crmlib").rglob("*") if path.is_dir())]
    counts = {folder.name: len([p for p in folder.glob("*.py") if p.name != "__init__.py"]) for folder in folders}
    assert {name: count for name, count in counts.items() if count > FOLDER} == {}


@pytest.mark.parametrize(("source", "lines"), [
    ("def f():\n    return 1\n", 1),
    ('def f():\n    """Say.\n\n    More.\n    """\n    a = 1\n\n    return a\n', 3),
    ('def f():\n    """Only words."""\n', 0),
])
def test_a_body_is_counted_without_its_docstring(source, lines):
    assert body_lines(ast.parse(source).body[0]) == lines


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_there_is_something_to_count(modules):
    assert len(modules) > 10
    assert Path("crmlib/errors.py").as_posix() in modules

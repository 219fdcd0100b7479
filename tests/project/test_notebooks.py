"""Notebooks tell the story only: few short cells, no logic, nothing left in them from a run."""

from __future__ import annotations

import ast
import json
import re

import pytest

CELLS, LINES = 14, 8
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.AsyncFor, ast.While, ast.Lambda)
NAME = re.compile(r"\d\d_[a-z]+\.ipynb")


def pytest_generate_tests(metafunc):
    from pathlib import Path

    paths = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
    if "notebook" in metafunc.fixturenames:
        notebooks = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
        metafunc.parametrize("notebook", notebooks, ids=[path.name for path in paths])


def code(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def source(cell) -> str:
    return "".join(cell["source"])


def test_it_is_short(notebook):
    assert len(code(notebook)) <= CELLS
    assert [source(cell) for cell in code(notebook) if len(source(cell).splitlines()) > LINES] == []


def test_it_holds_no_logic(notebook):
    found = [ast.unparse(node) for cell in code(notebook) for node in ast.walk(ast.parse(source(cell)))
             if isinstance(node, LOGIC)]
    assert found == []


def test_nothing_is_left_from_a_run(notebook):
    assert [cell["id"] for cell in code(notebook) if cell["outputs"] or cell["execution_count"] is not None] == []
    assert [cell["id"] for cell in notebook["cells"] if set(cell["metadata"]) - {"tags"}] == []


def test_the_first_code_holds_the_parameters(notebook):
    first = code(notebook)[0]
    assert first["metadata"].get("tags") == ["parameters"]
    names = [target.id for node in ast.parse(source(first)).body for target in node.targets]
    assert names == ["params_file", "month", "locale"]


def test_each_cell_has_its_own_id(notebook):
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


def test_words_come_in_both_languages(notebook):
    words = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    tags = [cell["metadata"].get("tags", []) for cell in words]
    assert tags.count(["lang-ja"]) == tags.count(["lang-en"])
    assert [cell["id"] for cell, own in zip(words, tags, strict=True) if own not in (["lang-ja"], ["lang-en"])] == []


def test_no_clock_is_read(notebook):
    assert [source(cell) for cell in code(notebook) if re.search(r"\b(now|today|utcnow)\(", source(cell))] == []


def test_notebooks_are_named_in_order(root):
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    if not paths:
        pytest.skip("there are no notebooks")
    assert [path.name for path in paths if not NAME.fullmatch(path.name)] == []
    assert paths[-1].name == "90_summary.ipynb"

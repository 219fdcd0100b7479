"""ARCHITECTURE.md says what the tree says: modules, arrows, analyses, statements, central values."""

from __future__ import annotations

import ast
import importlib
import json
import re
import tomllib

import pytest

from crmlib import analyses


@pytest.fixture(scope="module")
def page(root) -> str:
    return (root / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def layers(root) -> list[list[str]]:
    """The layers of import-linter's contract, highest first."""
    tool = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    contract = next(one for one in tool["contracts"] if one["id"] == "arrows")
    return [re.findall(r"\w+", layer) for layer in contract["layers"]]


def section(page: str, heading: str) -> str:
    return re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL).group(1)


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of every row of a section's table, without its head."""
    lines = [line for line in section(page, heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def module_map(page: str) -> dict[str, list[str]]:
    return {re.fullmatch(r"`(.*)`", row[0]).group(1): row[1:]
            for row in rows(page.replace("`data/`, `reports/`", "`data/`"), "The house at a glance")}


def test_the_map_names_every_part_of_crmlib(root, page):
    tree = {f"crmlib/{p.name}" if p.is_file() else f"crmlib/{p.name}/" for p in (root / "crmlib").iterdir()
            if p.name != "__pycache__" and p.name not in ("__init__.py", "py.typed")}
    assert {path for path in module_map(page) if path.startswith("crmlib/")} == tree


def test_the_map_names_every_folder_of_the_project(root, tracked, page):
    tree = {name.split("/")[0] + "/" for name in tracked if "/" in name and not name.startswith(".")}
    named = {path.split("/")[0] + "/" for path in module_map(page)} | {"reports/"}
    assert tree - named == set()
    assert [path for path in module_map(page) if not (root / path).exists()] == []


def test_every_part_says_what_it_is_for(page):
    assert [path for path, cells in module_map(page).items() if not cells[0]] == []


def test_the_map_gives_each_part_the_layer_below_it(page, layers):
    below = {name: set(layers[place + 1]) if place + 1 < len(layers) else set()
             for place, layer in enumerate(layers) for name in layer}
    below["sample"] = {"schema"}  # its own contract forbids the layers between
    for name in ("schema", "errors", *below):
        listed = allowed(page, name)
        assert listed == below[name], name


def allowed(page: str, name: str) -> set[str]:
    cells = next(cells for path, cells in module_map(page).items() if re.fullmatch(rf"crmlib/{name}(\.py|/)", path))
    return set() if cells[1] == "nothing" else set(re.findall(r"\w+", cells[1]))


def test_the_arrows_are_those_of_the_contract(root, page, layers):
    wanted = [set(layer) for layer in layers]
    assert arrows(section(page, "The arrows")) == wanted
    assert arrows((root / "docs/decisions/0003-arrows.md").read_text(encoding="utf-8")) == wanted


def arrows(text: str) -> list[set[str]]:
    line = next(line for line in text.splitlines() if line.strip("`").startswith("__main__ →"))
    return [set(re.findall(r"\w+", layer)) for layer in line.split("→")]


def test_the_analyses_are_those_of_the_package(root, page):
    listed = [[cell.strip("`") for cell in row] for row in rows(page, "Analyses")]
    assert [row[0] for row in listed] == list(analyses.NAMES)
    for name, notebook, question in listed:
        metadata = json.loads((root / notebook).read_text(encoding="utf-8"))["metadata"]
        assert name in (metadata["crmlib"]["analysis"], *metadata["crmlib"].get("also", ()))
        assert question.endswith("?")
    assert {row[1] for row in listed} == {f"notebooks/{p.name}" for p in (root / "notebooks").glob("*.ipynb")}


def test_the_statements_are_those_of_the_folder_with_their_questions(root, page):
    listed = {row[0].strip("`"): row[1] for row in rows(page, "Statements")}
    written = {path.stem: path.read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ").strip()
               for path in (root / "crmlib/sql").glob("*.sql")}
    assert listed == written
    assert list(listed) == sorted(listed)


def test_the_central_values_are_where_the_page_says(root, page):
    for name, path, _ in rows(page, "Central values"):
        tree = ast.parse((root / path.strip("`")).read_text(encoding="utf-8"))
        assert name.strip("`") in {node.name for node in tree.body if isinstance(node, ast.ClassDef)}, name


@pytest.mark.parametrize("value", ["Settings", "Dataset", "Result", "Fact", "Workbook"])
def test_the_central_values_have_what_the_page_names(page, value):
    row = next(row for row in rows(page, "Central values") if row[0] == f"`{value}`")
    home = importlib.import_module(row[1].strip("`").removesuffix(".py").replace("/", "."))
    cls = getattr(home, value)
    fields = {*dir(cls), *getattr(cls, "__dataclass_fields__", {}), *getattr(cls, "model_fields", {}),
              *getattr(cls, "__annotations__", {})}
    named = re.findall(r"\b([a-z_]+)\b", ", ".join(re.findall(r"`(?:Result\.)?([a-z_]+)", row[2])))
    assert [name for name in named if name not in fields] == []


def test_a_section_that_is_not_there_is_noticed(page):
    with pytest.raises(AttributeError):
        section(page, "No such heading")

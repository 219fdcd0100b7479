"""Every analysis has one shape, in both languages, and never breaks: no data, one customer, a missing table."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from functools import cache
from pathlib import Path

import pytest

import shop
from crmlib import analyses, schema
from crmlib.dataset import open_dataset
from crmlib.errors import CrmError
from crmlib.result import UNITS, Result
from crmlib.settings.analyses.facts import FACTS
from crmlib.text import load_text

ROOT = Path(__file__).parents[2]
FACT_UNITS = {"customers", "orders", "rows", "responses", "ratio", "points", "days", "score", "count", "JPY"}
ONE = "customer,day,amount\nA,2026-10-05,1000"
FEW = """customer,day,amount,quantity,channel,hour,discount
A,2025-10-05,1000,1,store,10,
A,2026-09-05,1200,1,store,11,100
A,2026-10-06,900,2,web,22,
B,2026-10-06,-900,-1,web,22,
C,2026-04-06,5000,2,store,12,
,2026-10-07,800,1,store,12,
D,2026-10-30,3000,1,store,18,
"""


@cache
def shops():
    """Shops that a report must survive, by name."""
    answers = shop.read("survey_id,customer_key,question,score,day\nS1,A,nps,9,2026-10-05\nS1,B,nps,3,2026-10-06")
    full = shop.purchases(FEW)
    return {
        "few customers": full,
        "one customer": shop.purchases(ONE),
        "guests only": shop.purchases("customer,day,amount\n,2026-10-05,1000\n,2026-10-06,500"),
        "refunds only": shop.purchases("customer,day,amount,quantity\nA,2026-10-05,-1000,-1"),
        "answers only": {"survey_answers": answers},
        "no lines": {k: v for k, v in full.items() if k == "orders"} | {"survey_answers": answers},
    }


def modules():
    return [pytest.param(name, importlib.import_module(f"crmlib.analyses.{name}"), id=name) for name in analyses.NAMES]


def open_shop(folder, tables):
    return open_dataset(shop.settings(), shop.write(folder, tables), month="2026-10")


def run(name, module, data):
    return module.analyse(data, getattr(data.settings, name))


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What an analysis says of one of the shops; the shop is opened anew for each, and asked once."""
    @cache
    def found(name, case):
        folder = tmp_path_factory.mktemp("shop")
        return run(name, importlib.import_module(f"crmlib.analyses.{name}"), open_shop(folder, shops()[case]))

    return found


@pytest.mark.parametrize(("name", "module"), modules())
def test_shape(name, module):
    assert (module.__doc__ or "").splitlines()[0].endswith("?"), "the docstring is the question it answers"
    assert module.NEEDS and all(n.partition(".")[0] in (*schema.tables(), "results", "ledger") for n in module.NEEDS)
    assert list(inspect.signature(module.analyse).parameters) == ["data", "settings"]
    for key, function in vars(module).items():
        if key.startswith("plot_"):
            assert list(inspect.signature(function).parameters) == ["frame", "ax", "words"], key


@pytest.mark.parametrize(("name", "module"), modules())
def test_siblings_are_not_imported(name, module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    own = f"crmlib.analyses.{name}"
    assert not {m for m in imported if m.startswith("crmlib.analyses") and m != own and not m.startswith(f"{own}.")}


@pytest.mark.parametrize("case", ["few customers", "one customer", "guests only", "refunds only", "answers only",
                                  "no lines"])
@pytest.mark.parametrize(("name", "module"), modules())
def test_never_breaks_and_declares_what_it_returns(name, module, case, told):
    result = told(name, case)
    assert isinstance(result, Result) and result.analysis == name
    keys = [fact.key for fact in result.facts]
    assert len(keys) == len(set(keys)) and set(keys) <= set(FACTS[name]), "what a target may name"
    assert set(keys) == set(FACTS[name]) or case != "few customers" or not result.available
    assert {fact.unit for fact in result.facts} <= FACT_UNITS
    assert all(fact.value is not None or fact.note for fact in result.facts), "a null says why"
    for key, table in result.tables.items():
        assert list(table.frame.columns) == list(table.columns), key
        assert {c.unit for c in table.columns.values()} <= set(UNITS), key
        assert table.count is None or table.count in table.columns, key
    for key, figure in result.figures.items():
        assert figure.table in result.tables, key
    if result.measures is not None:
        assert result.measures["customer_key"].is_unique


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize(("name", "module"), modules())
def test_every_key_has_words(name, module, locale, told):
    words, result = load_text(name, locale), told(name, "few customers")
    assert words.sentence("title", {}) and words.sentence("door", {})
    for fact in result.facts:
        assert words.label(fact.key)
    for key, table in result.tables.items():
        assert words.sentence(f"tables.{key}.caption", {})
        assert all(words.label(column) for column in table.columns)
    for key, figure in result.figures.items():
        for part in ("title", "subtitle", "alt"):
            assert words.sentence(f"figures.{key}.{part}", figure.values)
    for key, values in result.notes:
        assert words.sentence(f"notes.{key}", values)
    for check in result.checks:
        assert words.sentence(f"checks.{check.key}", {})
    for need in module.NEEDS:
        assert words.has(f"needs.{need}") or words.has(f"needs.{need.partition('.')[0]}")


@pytest.mark.parametrize(("name", "module"), modules())
def test_same_result_from_shuffled_rows(name, module, tmp_path, told):
    tables = shops()["few customers"]
    shuffled = {key: frame.sample(frac=1, random_state=1) for key, frame in tables.items()}
    first, second = told(name, "few customers"), run(name, module, open_shop(tmp_path / "b", shuffled))
    assert first.facts == second.facts
    for key, table in first.tables.items():
        assert table.frame.equals(second.tables[key].frame), key


def kept_by(notebook):
    """Every analysis whose result a notebook keeps."""
    about = notebook["metadata"]["crmlib"]
    return (about["analysis"], *about.get("also", ()))


@pytest.mark.parametrize("name", analyses.NAMES)
def test_one_notebook_each_that_reads_like_the_others(name):
    read = [json.loads(p.read_text(encoding="utf-8")) for p in (ROOT / "notebooks").glob("*.ipynb")]
    found = [book for book in read if name in kept_by(book)]
    assert len(found) == 1
    notebook = found[0]
    code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    tags = [t for c in notebook["cells"] for t in c["metadata"].get("tags", [])]
    if name != notebook["metadata"]["crmlib"]["analysis"]:
        assert f"listed = {name}.analyse(book.data, book.settings.{name})\nbook.keep(listed)\n" in code[2]
        return
    assert tags.count("parameters") == 1 and tags.count("lang-ja") == tags.count("lang-en") > 0
    assert f"result = {name}.analyse(book.data, book.settings.{name})" in code[2]
    assert code[-2:] == ["book.show(result.checks)", "book.keep(result)"]


def test_a_kept_result_comes_back_as_it_was(tmp_path, told):
    from crmlib.dataset import load_result, save_result

    result = told("rfm", "few customers")
    save_result(result, tmp_path / "kept")
    again = load_result(tmp_path / "kept")
    assert again.facts == result.facts and again.notes == result.notes and again.actions == result.actions
    assert all(again.tables[key].frame.equals(table.frame) for key, table in result.tables.items())
    # Which columns name a row, and stay where its numbers are hidden, follows from their order.
    assert all(list(again.tables[key].columns) == list(table.columns) for key, table in result.tables.items())
    save_result(result, tmp_path / "kept")
    other = Result("rfm", facts=result.facts[1:], tables=result.tables)
    with pytest.raises(CrmError) as caught:
        save_result(other, tmp_path / "kept")
    assert caught.value.code == "dataset.result_differs"

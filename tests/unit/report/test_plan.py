"""Which notebooks run, in which order, and why one runs again."""

from __future__ import annotations

import json

import pytest

from crmlib.errors import CrmError
from crmlib.report import plan


@pytest.fixture
def folder(tmp_path):
    def write(name, **about):
        path = tmp_path / f"{name}.ipynb"
        path.write_text(json.dumps({"cells": [], "metadata": {"crmlib": about} if about else {}}), encoding="utf-8")
        return path

    write("10_customers")
    write("20_rfm", analysis="rfm", needs=["trends"])
    write("40_trends")
    write("90_summary")
    write.folder = tmp_path
    return write


def names(notebooks):
    return [n.name for n in notebooks]


def test_a_notebook_comes_after_those_it_needs_and_the_summary_last(folder):
    found = plan.find(folder.folder)
    assert names(found) == ["10_customers", "40_trends", "20_rfm", "90_summary"]
    assert found[-1].needs == ("customers", "rfm", "trends")


def test_notebooks_are_named_with_or_without_their_number(folder):
    assert names(plan.find(folder.folder, ["rfm", "10_customers"])) == ["10_customers", "20_rfm"]


def test_wanting_some_brings_what_they_need(folder):
    found = plan.find(folder.folder)
    assert names(plan.with_needs(found, ["20_rfm"])) == ["40_trends", "20_rfm"]
    assert names(plan.with_needs(found, ["summary"])) == names(found)


@pytest.mark.parametrize(("change", "code"), [
    (lambda write: write("40_trends", needs=["rfm"]), "report.circular_needs"),
    (lambda write: write("50_x").write_text("no notebook"), "report.broken_notebook"),
    (lambda write: write("50_x").write_text("[]"), "report.broken_notebook"),
    (lambda write: [p.unlink() for p in write.folder.glob("*.ipynb")], "report.no_notebooks"),
])
def test_what_cannot_be_planned_is_said(folder, change, code):
    change(folder)
    with pytest.raises(CrmError) as caught:
        plan.find(folder.folder)
    assert (caught.value.code, caught.value.exit_code) == (code, 2)


def test_an_unknown_name_is_answered_with_those_there_are(folder):
    with pytest.raises(CrmError, match="10_customers") as caught:
        plan.find(folder.folder, ["20_rfn"])
    assert caught.value.code == "report.unknown_notebook"


COMMON = {"code": "a", "data": "b", "params": "c", "month": "d", "lock": "e"}


def jobs(folder, **changes):
    return {j.name: j for j in plan.jobs(plan.find(folder.folder), ("ja", "en"), COMMON | changes)}


@pytest.mark.parametrize("part", sorted(COMMON))
def test_whatever_a_page_depends_on_is_a_reason_to_make_it_again(folder, part):
    before, after = jobs(folder)["ja/20_rfm"], jobs(folder, **{part: "new"})["ja/20_rfm"]
    assert after.reason(before.parts) == part
    assert after.key != before.key
    assert before.reason(before.parts) == ""
    assert before.reason({}) == "new"


def test_a_changed_notebook_is_made_again_and_so_are_those_that_read_its_result(folder):
    before = jobs(folder)
    folder("40_trends", analysis="trends", remark="changed")
    after = jobs(folder)
    reasons = {name: after[name].reason(before[name].parts) for name in before}
    assert reasons["ja/40_trends"] == reasons["en/40_trends"] == "notebook"
    assert reasons["ja/20_rfm"] == reasons["ja/90_summary"] == "needs"
    assert reasons["ja/10_customers"] == ""


def test_code_around_the_notebooks_is_no_reason_to_run_them_again(tmp_path, monkeypatch):
    package = tmp_path / "crmlib"
    for name in ("analyses/rfm.py", "report/run.py"):
        (package / name).parent.mkdir(parents=True)
        (package / name).write_text("a = 1")
    monkeypatch.setattr(plan, "PACKAGE", package)
    inner, outer = plan.code_digest(), plan.code_digest(around=True)
    (package / "report/run.py").write_text("a = 2")
    assert plan.code_digest() == inner
    assert plan.code_digest(around=True) != outer
    (package / "analyses/rfm.py").write_text("a = 2")
    assert plan.code_digest() != inner


def test_a_notebook_may_keep_the_result_of_another_analysis_too(folder):
    folder("90_summary", analysis="summary", needs=["*"], also=["actions"], reads=["lists"])
    found = plan.find(folder.folder)
    assert found[-1].keeps == ("actions", "summary") and found[-1].reads == ("lists",)
    one, other = (plan.jobs(found, ("ja",), {}, {"lists": mark})[-1] for mark in ("", "b"))
    assert other.reason(one.parts) == "lists"

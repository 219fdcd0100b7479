"""A reader can verify: a published month is run again and said to be identical or changed."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow


def test_a_month_that_still_comes_out_the_same_is_identical(project, capsys):
    assert project.run("report", "--no-check") == 0
    before = project.files()
    assert project.run("check") == 0
    assert "comes out the same" in capsys.readouterr().out
    assert project.files() == before
    assert project.run("check", "--deep", "--month", "2026-10") == 0


def test_a_changed_page_and_a_changed_number_are_found(project, capsys):
    assert project.run("report", "--no-check") == 0
    path = project.shop / "2026-10" / "evidence" / "ja" / "20_rfm.ipynb"
    path.write_bytes(path.read_bytes().replace(b"2026-10 ja 2", b"2026-10 ja 3"))
    facts = project.shop / "2026-10" / "facts.json"
    facts.write_bytes(facts.read_bytes().replace(b"102", b"103"))
    assert project.run("check") == 1
    said = capsys.readouterr().out
    assert "changed since it was published: facts.json" in said
    assert "'2026-10 ja 3" in said
    assert "does not come out as it was published" in said


def test_changed_inputs_are_said_instead_of_many_differences(project, capsys):
    assert project.run("report", "--no-check") == 0
    (project.folder / "data" / "fingerprint").write_text("second")
    assert project.run("check") == 1
    said = capsys.readouterr().out
    assert "data or parameters have changed" in said
    assert "->" not in said


def test_a_month_that_was_never_published_is_exit_2(project, capsys):
    assert project.run("check", "--month", "2026-10") == 2
    assert "has not been published" in capsys.readouterr().err


def test_a_cell_whose_number_was_removed_is_compared_all_the_same(project):
    assert project.run("report", "--no-check") == 0
    path = project.shop / "2026-10" / "evidence" / "ja" / "20_rfm.ipynb"
    book = json.loads(path.read_bytes())
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
            cell["outputs"] = [dict(o, text="other") for o in cell["outputs"]]
    path.write_text(json.dumps(book), encoding="utf-8")
    assert project.run("check") == 1

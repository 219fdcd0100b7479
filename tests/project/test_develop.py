"""The verbs that work on the checkout start the tools this project uses, with the same options everywhere."""

from __future__ import annotations

import subprocess

import pytest

from crmlib import develop
from crmlib.errors import CrmError


def test_every_verb_has_its_commands():
    assert [verb for verb in develop.VERBS if not develop.steps(verb, [])] == []


def test_tests_run_side_by_side_by_file():
    command = develop.steps("test", ["tests/unit"])[0]
    assert command[1:3] == ["-m", "pytest"]
    assert command[command.index("--dist") + 1] == "loadfile"
    assert "--no-loadscope-reorder" in command, "in the order of tests/conftest.py, not the files of most tests first"
    assert command[-1] == "tests/unit"


def test_quick_leaves_the_slow_ones_out():
    command = develop.steps("test", ["--quick", "-x"])[0]
    assert command[-3:] == ["-m", develop.QUICK, "-x"]


def test_arguments_reach_the_last_command():
    first, last = develop.steps("lock", ["--check"])
    assert "--generate-hashes" in first
    assert last[-1] == "--check"


def test_bench_measures_everything_or_what_is_named(root):
    scripts = sorted(path.name for path in (root / "bench").glob("[a-z]*.py"))
    assert [step[1].removeprefix("bench/") for step in develop.steps("bench", [])] == scripts
    assert [step[1:] for step in develop.steps("bench", ["report", "cold"])] == [["bench/report.py", "cold"]]


def test_all_steps_run_and_the_first_failure_is_told(monkeypatch, root):
    ran = []

    def fake(step, **_):
        ran.append(step)
        return subprocess.CompletedProcess(step, [0, 3, 4][len(ran) - 1])

    monkeypatch.setattr(develop.subprocess, "run", fake)
    assert develop.run("lint") == 3
    assert len(ran) == 3


def test_without_the_project_around_it_there_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(develop, "__file__", str(tmp_path / "crmlib/develop.py"))
    with pytest.raises(CrmError, match="crmlib"):
        develop.run("lint")

"""Make: every verb, told by `help`, the same as those of `python -m crmlib`, with its options handed on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
import yaml

#: What make has besides the verbs of `python -m crmlib`.
ONLY_MAKE = {"unit"}


@pytest.fixture(scope="module")
def make(root):
    """Run make without carrying anything out but `help`."""
    if not shutil.which("make"):
        pytest.skip("no make on this machine")

    def run(*arguments: str) -> str:
        plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
        command = ["make", *arguments]
        return subprocess.run(command, cwd=root, env=plain, capture_output=True, text=True, check=True).stdout

    return run


@pytest.fixture(scope="module")
def targets(root):
    text = (root / "Makefile").read_text(encoding="utf-8")
    return set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE).group(1).split())


def test_help_tells_every_target(make, targets):
    assert set(re.findall(r"^  make ([a-z]+) +\S", make(), re.MULTILINE)) == targets


def test_the_verbs_of_make_are_those_of_the_program(targets):
    from crmlib.cli import VERBS

    assert targets - ONLY_MAKE == set(VERBS)


def test_every_verb_sets_up_by_itself(root, targets):
    text = (root / "Makefile").read_text(encoding="utf-8")
    assert [name for name in targets - {"help"} if not re.search(rf"^{name}: \$\(STAMP\)", text, re.MULTILINE)] == []


def test_the_readme_names_every_verb(root, targets):
    for name in ("README.md", "README.ja.md"):
        if not (root / name).is_file():
            pytest.skip(f"{name} is not there")
        text = (root / name).read_text(encoding="utf-8")
        assert [verb for verb in targets if not re.search(rf"\bmake {verb}\b|`{verb}`", text)] == [], name


@pytest.mark.parametrize(("given", "handed_on"), [
    ((), "report"),
    (("MONTH=2026-10",), 'report --month "$MONTH"'),
    (("PARAMS=params/my shop.yaml", "REPORT_LANG=both", "JOBS=2", "FORCE=1"),
     'report "$PARAMS" --locale "$REPORT_LANG" --jobs "$JOBS" --force'),
    (("ONLY=20_rfm,30_segments", "AS_OF=2026-10-15", "KEEP_GOING=1", "FINAL=1", "NO_CHECK=1", "OUT=out"),
     'report --only "$ONLY" --out "$OUT" --as-of "$AS_OF" --keep-going --final --no-check'),
    (("FORCE=0", "FINAL="), "report"),
    (("ARGS=--quiet",), "report --quiet"),
])
def test_report_hands_its_options_on(make, given, handed_on):
    last = make("-n", "report", *given).strip().splitlines()[-1]
    assert " ".join(last.split()) == f".venv/bin/python -m crmlib {handed_on}"


def test_the_automatic_run_is_make_test_with_the_published_data(root, tmp_path):
    project, data, tools = tmp_path / "a project", tmp_path / "shared/data", tmp_path / "bin"
    for folder in (project / ".ci", data, tools):
        folder.mkdir(parents=True)
    shutil.copy(root / ".ci/run", project / ".ci/run")
    (tools / "make").write_text('#!/bin/sh\necho "$PWD|$*|$CRMLIB_REALDATA"\n', encoding="utf-8")
    (tools / "make").chmod(0o755)
    env = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run(["bash", str(project / ".ci/run")], env=env, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == f"{project}|test|{data}"


def test_the_workflow_runs_the_same_commands(root):
    flow = yaml.safe_load((root / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    steps = [step.get("run", "") for job in flow["jobs"].values() for step in job["steps"]]
    assert {"bash .ci/run", "make lint"} <= set(steps)
    told = re.findall(r"Python :: (3\.\d+)", (root / "pyproject.toml").read_text(encoding="utf-8"))
    assert flow["jobs"]["test"]["strategy"]["matrix"]["python"] == told

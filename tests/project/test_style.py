"""Rules of style that no linter holds: nothing printed, asserted, silenced or left unfinished."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest

SILENCED = re.compile(r"#\s*noqa|#\s*type:\s*ignore|#\s*pragma:\s*no cover|#\s*ruff:|#\s*mypy:", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bfor now\b|\bplaceholder\b|\bsimplified\b", re.IGNORECASE)


def test_crmlib_never_asserts_or_prints(modules):
    found = [f"{name}:{node.lineno}" for name, tree in modules.items() for node in ast.walk(tree)
             if isinstance(node, ast.Assert) or _calls(node, "print", "breakpoint", "input")]
    assert found == []


def test_crmlib_never_catches_everything(modules):
    found = [f"{name}:{node.lineno}" for name, tree in modules.items() for node in ast.walk(tree)
             if isinstance(node, ast.ExceptHandler) and (node.type is None or _swallows(node))]
    assert found == []


def test_every_module_of_crmlib_says_what_it_is_for(modules):
    assert [name for name, tree in modules.items() if not ast.get_docstring(tree)] == []


def test_no_check_is_silenced_in_crmlib(tracked):
    assert _lines(tracked, SILENCED, "crmlib/") == []


def test_nothing_is_left_unfinished(tracked):
    assert _lines(tracked, UNFINISHED, "crmlib/", "notebooks/", "templates/", "params/", "tools/", "Makefile") == []


def test_nothing_reads_the_clock(modules):
    found = [f"{name}:{node.lineno}" for name, tree in modules.items() if not name.startswith(CLOCKS)
             for node in ast.walk(tree) if isinstance(node, ast.Call) and CLOCK.fullmatch(ast.unparse(node.func))]
    assert found == []


CLOCK = re.compile(r"(.*\.)?(date|datetime|Timestamp|dt|time)\.(now|today|utcnow|time|localtime|gmtime|time_ns)")
#: The run log and lock files say when a run started; nothing published does.
CLOCKS = ("crmlib/report/",)


@pytest.mark.parametrize(("call", "clock"), [
    ("date.today", True), ("datetime.datetime.now", True), ("pd.Timestamp.now", True), ("time.time", True),
    ("comparison.now", False), ("time.monotonic", False), ("row.date", False),
])
def test_the_clock_pattern_knows_what_it_looks_for(call, clock):
    assert bool(CLOCK.fullmatch(call)) is clock


def test_ruff_has_nothing_to_say(root):
    run = subprocess.run([sys.executable, "-m", "ruff", "check", "--output-format", "concise", "."], cwd=root,
                         capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.slow
def test_types_fit_together(root):
    run = subprocess.run([sys.executable, "-m", "mypy", "--no-error-summary"], cwd=root, capture_output=True, text=True,
                         check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(("line", "bad"), [
    ("x = 1  # noqa: E501", True), ("x = 1  # type: ignore[arg-type]", True), ("the type: ignored here", False),
])
def test_the_silencer_pattern_knows_what_it_looks_for(line, bad):
    assert bool(SILENCED.search(line)) is bad


def _calls(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _swallows(node: ast.ExceptHandler) -> bool:
    """A handler of every Exception that neither raises again nor says anything."""
    broad = isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
    return broad and all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)


def _lines(texts: dict[str, str], pattern: re.Pattern[str], *starts: str) -> list[str]:
    return [f"{name}:{number} {line.strip()[:80]}" for name, text in texts.items() if name.startswith(starts)
            for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]

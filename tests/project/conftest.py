"""The project's own files as the tests of its rules read them."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of crmlib, parsed, by its path in the project."""
    paths = sorted((root / "crmlib").rglob("*.py"))
    return {path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@pytest.fixture(scope="session")
def tracked(root: Path) -> dict[str, str]:
    """Every text file that is or may be committed, by its path in the project."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return dict(_texts(root, listed.stdout.decode().split("\0")))


def _texts(root: Path, names: list[str]) -> Iterator[tuple[str, str]]:
    for name in filter(None, names):
        path = root / name
        content = path.read_bytes() if path.is_file() else b"\0"
        if b"\0" not in content:
            yield name, content.decode("utf-8", "replace")


@pytest.fixture(scope="session")
def setup_tool(root: Path) -> ModuleType:
    """``tools/setup.py``, which is a script and not part of crmlib."""
    return load(root / "tools/setup.py")


@pytest.fixture(scope="session")
def environment_tool(root: Path) -> ModuleType:
    """``tools/environment.py``."""
    return load(root / "tools/environment.py")


@pytest.fixture(scope="session")
def docs_tool(root: Path) -> ModuleType:
    """``tools/docs.py``."""
    return load(root / "tools/docs.py")


def load(path: Path) -> ModuleType:
    """Load a script as a module under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"tool_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

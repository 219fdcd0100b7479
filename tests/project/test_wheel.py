"""The package carries what it needs when it is installed away from its folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """The names in a wheel that was built from a copy, without a network."""
    copy = tmp_path_factory.mktemp("wheel") / "project"
    shutil.copytree(root / "crmlib", copy / "crmlib", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(root / name, copy / name)
    code = "import sys; from setuptools.build_meta import build_wheel; sys.stdout.write('\\n' + build_wheel('.'))"
    run = subprocess.run([sys.executable, "-c", code], cwd=copy, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return zipfile.ZipFile(copy / run.stdout.splitlines()[-1])


def test_the_wheel_has_every_module_statement_and_sentence(root, wheel):
    wanted = {path.relative_to(root).as_posix() for kind in ("*.py", "*.sql", "*.yaml", "py.typed")
              for path in (root / "crmlib").rglob(kind)}
    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_has_nothing_else(wheel):
    outside = [name for name in wheel.namelist() if not name.startswith("crmlib/") and ".dist-info/" not in name]
    assert outside == []
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())

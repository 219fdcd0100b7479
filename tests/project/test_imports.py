"""Who may import whom, and what a light start must not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"pandas", "duckdb", "pydantic", "seaborn", "sklearn", "papermill", "numpy", "matplotlib", "yaml", "scipy",
         "pyarrow"}
LIGHT = ["import crmlib", "import crmlib.errors, crmlib.result, crmlib.schema", "import crmlib.cli"]
LINT = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"


def loaded(code: str) -> set[str]:
    """Return the modules that are loaded after some code ran in a fresh Python."""
    script = f"import sys\n{code}\nsys.stdout.write('\\n' + ' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("code", LIGHT)
def test_a_light_start_loads_nothing_heavy(code):
    assert loaded(code) & HEAVY == set()


def test_the_doctor_works_where_the_heavy_packages_do_not():
    assert loaded("from crmlib.doctor import run; run('ja')") & (HEAVY - {"yaml"}) == set()


def test_every_public_name_is_there():
    import crmlib

    assert [name for name in crmlib.__all__ if getattr(crmlib, name, None) is None] == []
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = crmlib.nothing


def test_the_arrows_of_the_design_hold(root):
    run = subprocess.run([sys.executable, "-c", LINT], cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 kept" in run.stdout

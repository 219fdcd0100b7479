"""Write environment.yml from pyproject.toml, so that the ranges live in one place.

``python tools/environment.py`` writes the file; tests compare it with what this module returns. The file is for
people whose packages come through conda; the environment that ``make`` builds, and the tests run in, is the one of
requirements.lock.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "environment.yml"
#: Where the conda package has another name. ``matplotlib-base`` is matplotlib without a desktop window system.
CONDA_NAMES = {"duckdb": "python-duckdb", "matplotlib": "matplotlib-base"}
#: What conda-forge does not carry; these come through pip, inside the conda environment.
BY_PIP = ("matplotlib-fontja",)
REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?P<extras>\[[^]]*\])?(?P<range>.*)")
HEAD = """\
# Written by `make lock` from pyproject.toml: change the ranges there.
# conda env create -f environment.yml && conda activate crmlib && python -m crmlib report
"""


def requirements(pyproject: str) -> dict[str, str]:
    """Return the core requirements as written in pyproject.toml: package → range."""
    found = tomllib.loads(pyproject)["project"]["dependencies"]
    parts = [REQUIREMENT.fullmatch(one.replace(" ", "")) for one in found]
    return {part["name"].lower(): part["range"] for part in parts if part}


def python_range(pyproject: str) -> str:
    """Return the range of Python versions."""
    return tomllib.loads(pyproject)["project"]["requires-python"].replace(" ", "")


def conda_specs(pyproject: str) -> list[str]:
    """Return what conda installs, sorted, Python and pip first."""
    ranges = requirements(pyproject)
    specs = [f"{CONDA_NAMES.get(name, name)} {limits}".strip() for name, limits in ranges.items() if name not in BY_PIP]
    return [f"python {python_range(pyproject)}", "pip", *sorted(specs)]


def pip_specs(pyproject: str) -> list[str]:
    """Return what pip installs inside the conda environment: what conda lacks, then this project."""
    ranges = requirements(pyproject)
    return [*sorted(f"{name}{ranges[name]}" for name in BY_PIP), "--editable ."]


def render(pyproject: str) -> str:
    """Return the text of environment.yml."""
    lines = ["name: crmlib", "channels:", "  - conda-forge", "  - nodefaults", "dependencies:"]
    lines += [f'  - "{spec}"' for spec in conda_specs(pyproject)]
    lines += ["  - pip:", *(f'      - "{spec}"' for spec in pip_specs(pyproject))]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render((ROOT / "pyproject.toml").read_text(encoding="utf-8")), encoding="utf-8")

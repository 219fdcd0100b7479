"""What every test shares: a quiet, fixed environment, and reasons where something is not there to test with."""

from __future__ import annotations

import gc
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

# jupyter asks for a validator that builds 35 parsers at import (1 s); the validation it does is not needed here.
sys.modules.setdefault("rfc3987_syntax", None)

# In a worker of xdist the main module has no file; the Spark client takes that for a run of its own doctests and ends.
_main = sys.modules["__main__"]
if _main.__spec__ is None and not hasattr(_main, "__file__"):
    _main.__spec__ = find_spec("crmlib.errors")

# How long an example takes says something of the machine, not of the code.
hypothesis.settings.register_profile("crmlib", deadline=None)
hypothesis.settings.load_profile("crmlib")

ROOT = Path(__file__).resolve().parent.parent
LONG = ("slow", "realdata", "browser", "spark")
FIXED = {"MPLBACKEND": "Agg", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
#: Settings of the person at the keyboard that must not reach a test.
UNSET = ("CRMLIB_LANG", "CRMLIB_STAGING", "CRMLIB_DATASET", "CRMLIB_AS_OF")
os.environ.update(FIXED)
for _name in UNSET:
    os.environ.pop(_name, None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: a file stays with one worker, and the workers should end together."""
    long = {item.path for item in items if any(item.get_closest_marker(name) for name in LONG)}
    items.sort(key=lambda item: item.path not in long)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> object:
    """Collect thousands of tests without looking for garbage: all of it stays, and each look would go through it."""
    gc.disable()
    found = yield
    gc.enable()
    return found


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of the published data sets."""
    folder = os.environ.get("CRMLIB_REALDATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("CRMLIB_REALDATA does not name a folder with the published data sets")
    return Path(folder)


@pytest.fixture(scope="session")
def browser() -> str:
    """A Chromium or Chrome."""
    from crmlib.doctor import find_browser

    found = find_browser()
    if found is None:
        pytest.skip("no Chromium or Chrome on this machine")
    return found

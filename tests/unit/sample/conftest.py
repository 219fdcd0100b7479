from __future__ import annotations

import pytest

from crmlib.sample import make
from crmlib.sample.build import build


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A shop of 300 members, written."""
    return make(tmp_path_factory.mktemp("small"), customers=300)


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """A shop with enough of everything to count, written."""
    return make(tmp_path_factory.mktemp("sample"), customers=1500)


@pytest.fixture(scope="session")
def shop():
    """The sample shop as everybody gets it, in memory."""
    return build(5000, 36, "2026-10", 20261031)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The sample shop as everybody gets it, written."""
    return make(tmp_path_factory.mktemp("whole"))

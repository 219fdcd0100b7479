"""A project folder for exports."""

from __future__ import annotations

import pytest

from exports import Exports


@pytest.fixture
def exports(tmp_path):
    """An empty project."""
    return Exports(tmp_path)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmlib.errors import CrmError, CrmErrors
from crmlib.settings import Settings, load_settings

SOURCES = """
sources:
  - files: data/raw/orders.csv
    tables:
      orders: {order_id: 注文番号, ordered_at: 注文日時}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project with a params folder, which is where the test stands."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "params").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CRMLIB_ROOT", raising=False)
    return tmp_path


@pytest.fixture
def load(project: Path) -> Callable[..., Settings]:
    """Load settings from text; sources are added where the text has none."""

    def read(text: str | bytes, **overrides: object) -> Settings:
        if isinstance(text, str):
            text = (text if "sources:" in text else text + SOURCES).encode()
        (project / "params" / "shop.yaml").write_bytes(text)
        return load_settings("params/shop.yaml", overrides)

    return read


@pytest.fixture
def refused(load: Callable[..., Settings]) -> Callable[..., list[CrmError]]:
    """Return the errors a params file is refused with."""

    def read(text: str | bytes, **overrides: object) -> list[CrmError]:
        with pytest.raises(CrmError) as caught:
            load(text, **overrides)
        error = caught.value
        assert error.exit_code == 2
        return list(error.errors) if isinstance(error, CrmErrors) else [error]

    return read

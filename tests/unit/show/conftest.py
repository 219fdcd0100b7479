import pytest

import crmlib.text
import specimen


@pytest.fixture(autouse=True)
def _words(tmp_path, monkeypatch):
    """The specimen's words beside the product's, and none of them left behind."""
    specimen.use_text(tmp_path, monkeypatch)
    yield
    crmlib.text._load.cache_clear()
    crmlib.text._read.cache_clear()

import pytest

import crmlib.text
import specimen


@pytest.fixture(autouse=True, scope="module")
def _words(tmp_path_factory):
    """The specimen's words beside the product's, and none of them left behind."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        specimen.use_text(tmp_path_factory.mktemp("words"), monkeypatch)
        yield
    crmlib.text._load.cache_clear()
    crmlib.text._read.cache_clear()

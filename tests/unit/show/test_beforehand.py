"""What is read before kernels are forked is there for them, and what has changed since is read anew."""

from __future__ import annotations

import crmlib.text
from crmlib.settings import load_settings
from crmlib.settings.file import reading
from crmlib.text import load_text
from crmlib.workbook import beforehand

PARAMS = "shop: {id: tea}\nlocale: both\nsources:\n  - {files: [shop.csv], tables: {customers: {customer_id: c}}}\n"


def test_pages_find_words_and_settings_that_were_read_before(tmp_path):
    path = tmp_path / "tea.yaml"
    path.write_text(PARAMS, encoding="utf-8")
    beforehand.read(str(path))
    words, files = crmlib.text._load.cache_info().misses, reading._compose.cache_info().misses
    assert [load_text("rfm", locale).has("title") for locale in ("ja", "en")] == [True, True]
    assert load_settings(path).shop.id == "tea"
    assert crmlib.text._load.cache_info().misses == words and reading._compose.cache_info().misses == files
    path.write_text(PARAMS.replace("tea", "coffee"), encoding="utf-8")
    assert load_settings(path).shop.id == "coffee"

"""The sample's settings and the sample's files know each other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crmlib import schema
from crmlib.sample import make
from crmlib.settings import load_settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    make(folder / "data" / "sample", customers=100, months=12, end="2026-10")
    return load_settings(ROOT / "params" / "sample.yaml"), folder


def headings(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return pq.read_schema(path).names
    data = path.read_bytes()
    for codec in ("utf-16",) if data[:2] == b"\xff\xfe" else ("utf-8-sig", "cp932"):
        try:
            return re.split("[,\t]", data.decode(codec).splitlines()[0])
        except UnicodeDecodeError:
            continue
    raise ValueError(path)


def test_every_mapped_heading_is_in_its_file_and_every_file_is_mapped(sample):
    settings, folder = sample
    seen = set()
    for source in settings.sources:
        found = [path for pattern in source.files for path in folder.glob(pattern)]
        assert found or "saiji" in source.files[0], source.files
        seen |= {path.name for path in found}
        wanted = {heading for spec in source.tables.values() for column in spec.values() for heading in column.columns}
        for path in found:
            assert wanted <= set(headings(path)), path.name
    assert {path.name for path in (folder / "data" / "sample").iterdir() if path.is_file()} == seen


def test_the_sample_fills_every_table(sample):
    settings, _ = sample
    assert {table for source in settings.sources for table in source.tables} == set(schema.tables())


def test_the_sample_uses_a_published_key_and_has_a_name_in_both_languages(sample):
    settings, _ = sample
    privacy = settings.privacy
    assert (privacy.min_cell, privacy.key_file, privacy.published_key) == (5, None, "crmlib-sample")
    assert (settings.shop.label("ja"), settings.shop.label("en")) == ("見本商店", "Sample Shop")
    assert settings.root == ROOT


def test_a_notebook_finds_its_parameters_from_its_own_folder(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks")
    monkeypatch.delenv("CRMLIB_ROOT", raising=False)
    assert load_settings("params/sample.yaml").shop.id == "sample"


def test_the_tills_figures_are_those_of_the_sample_as_it_is_made(tmp_path):
    truth = make(tmp_path / "sample").folder / "truth" / "manifest.json"
    months = {row["month"]: row for row in json.loads(truth.read_text(encoding="utf-8"))["monthly"]}
    totals = load_settings(ROOT / "params" / "sample.yaml").control_totals
    assert totals
    for told in totals:
        made = months[told.month]
        if told.store_id is None:
            assert (told.sales, told.orders) == (made["net"], made["orders"])
        else:
            assert told.sales == made["net_by_store"][told.store_id]

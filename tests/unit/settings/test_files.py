"""The template and the JSON Schema are what the settings classes say, key by key."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import jsonschema
import pytest

from crmlib.settings import Settings, load_settings, settings_from
from crmlib.settings.base import Model
from crmlib.settings.fields import Scalar
from crmlib.settings.file.problems import inner
from crmlib.settings.file.reading import read_params
from crmlib.settings.schema import files, json_schema
from crmlib.settings.sources import ColumnSpec, TableMaps

PARAMS = Path(__file__).parents[3] / "params"


@pytest.mark.parametrize("name", sorted(files()))
def test_the_file_is_the_one_written_from_the_settings(name):
    written = (PARAMS / name).read_text(encoding="utf-8")
    assert written == files()[name], "run: python -m crmlib.settings.schema"


def test_the_template_loads_and_shows_the_defaults():
    template = load_settings(PARAMS / "template.yaml")
    assert template.sources[0].grain == "order_lines"
    default = settings_from({"shop": "my-shop"}).plain()
    shown = template.plain()
    for name in ("shop", "sources"):
        del shown[name], default[name]
    assert shown == default


def models(model: type[Model] = Settings) -> Iterator[type[Model]]:
    """Every group of settings, each once."""
    yield model
    for field in model.model_fields.values():
        yield from (found for kind in parts(inner(field)) for found in models(kind))


def parts(kind: object) -> Iterator[type[Model]]:
    if kind is TableMaps:
        yield ColumnSpec
    elif isinstance(kind, type) and issubclass(kind, Model):
        yield kind
    else:
        for arg in getattr(kind, "__args__", ()):
            yield from parts(getattr(arg, "__origin__", arg) if hasattr(arg, "__metadata__") else arg)


def test_every_key_is_in_the_template_with_its_words():
    text = (PARAMS / "template.yaml").read_text(encoding="utf-8")
    joined = re.sub(r"\n *#[ #]*", " ", text)
    found = list(models())
    assert len(set(found)) > 20
    for model in found:
        for name, field in model.model_fields.items():
            assert re.search(rf"(?m)(^|[\s{{]){field.alias or name}:( |$)", text), f"{model.__name__}.{name}"
            ja, en = (field.description or "").split("\n")
            assert re.search(r"[ぁ-んァ-ヶ一-龠]", ja), f"{model.__name__}.{name}"
            assert en.isascii() or not re.search(r"[ぁ-んァ-ヶ一-龠]", en), f"{model.__name__}.{name}"
            if model.__name__ != "Words":
                assert ja in text
                assert en in joined, f"{model.__name__}.{name}"


def test_what_the_template_shows_as_an_example_is_right(tmp_path):
    """A person who takes the hash away from an example gets settings that load."""
    text = (PARAMS / "template.yaml").read_text(encoding="utf-8")
    opened = re.sub(r"(?m)^( *)#(?=[a-z_]|  )", r"\1", text)
    assert opened.count("\n  closed:") == 2  # the empty one, and the example
    empty = ("closed|events|control_totals|segment_map|rank_thresholds|rules|exclude|accept|fill_down|negative|"
             "deletions|database|funnels|conversions|questions|crosstabs|improvements|themes|paths|plans|instead|names")
    opened = re.sub(rf"(?m)^ *({empty}): (\[\]|null)\n", "", opened)
    # A database stands in place of files, so that a person takes one or the other.
    opened, taken = re.subn(r"(?m)^    database:\n(?: *# .*\n)*      url_env: .*\n", "", opened)
    assert taken == 1
    path = tmp_path / "opened.yaml"
    path.write_text(opened, encoding="utf-8")
    settings = load_settings(path)
    assert settings.calendar.events[0].kind == "sale"
    assert settings.control_totals[0].store_id == "010"
    assert settings.segments.rules[0].when == (
        "prefecture = 北海道 and rank in (gold, platinum) and not tags = 卸")
    assert settings.rfm.segment_map is not None
    assert settings.trends.funnels[0].steps == ("view", "cart", "order")
    assert settings.sources[0].exclude[0].reason == "test_items" and settings.customers.names[0].name.get("ja") == "国"
    assert settings.satisfaction.questions[0].separator == ";" and settings.satisfaction.crosstabs[0].by[0] == "gender"


def plain(value: object) -> object:
    """What an editor's YAML 1.2 reader makes of a params file."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Scalar) and value.plain and re.fullmatch(r"true|false|-?(0|[1-9]\d*)(\.\d+)?", value):
        return json.loads(value)
    return value if value is None else str(value)


@pytest.mark.parametrize("name", ["template.yaml", "sample.yaml"])
def test_editors_find_nothing_wrong_in_our_files(name):
    content = plain(read_params(PARAMS / name, name).value)
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert list(jsonschema.Draft202012Validator(json_schema()).iter_errors(content)) == []


@pytest.mark.parametrize("wrong", [
    {"rfm": {"frequncy": "days"}}, {"rfm": {"frequency": "weeks"}}, {"currency": "JYP"}, {"privacy": {"min_cell": 0}},
    {"sources": [{"files": "a", "tables": {"orders": {"order": "x"}}}]}, {"calendar": {"closing_day": 31}},
])
def test_editors_find_what_we_refuse(wrong):
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid({"shop": "s", "sources": []})
    assert not validator.is_valid({"shop": "s", **wrong})


def test_light_paths_stay_light():
    code = "import crmlib, crmlib.settings, sys; raise SystemExit('pydantic' in sys.modules or 'yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PARAMS.parent, check=False).returncode == 0

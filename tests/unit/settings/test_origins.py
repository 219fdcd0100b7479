"""Where each value came from, what the manifest records of it, and overrides from the command line."""

from __future__ import annotations

import json
from datetime import date

import pytest

from crmlib.settings import load_settings, project_root, resolved, settings_from

TEXT = """\
shop: s
currency: GBP
rfm:
  window_days: 365
targets: {customers.sales: 100}
sources:
  - files: data/raw/orders.csv
    tables:
      orders: {order_id: 注文番号, ordered_at: {from: [日付, 時刻], format: "%Y/%m/%d %H:%M"}}
"""


def test_each_value_has_its_line_or_its_default(load):
    origins = load(TEXT).origins
    expected = {
        "shop.id": "params/shop.yaml:1", "shop.name": "default", "currency.code": "params/shop.yaml:2",
        "currency.decimals": "default", "rfm.window_days": "params/shop.yaml:4", "rfm.frequency": "default",
        "targets.customers.sales": "params/shop.yaml:5", "locale": "default", "sources[1].files": "params/shop.yaml:7",
        "sources[1].tables.orders.order_id.from": "params/shop.yaml:9",
        "sources[1].tables.orders.ordered_at.format": "params/shop.yaml:9",
    }
    assert {key: origins[key] for key in expected} == expected
    assert "sources[1].tables.orders.order_id.constant" not in origins


def test_messages_elsewhere_can_name_the_line(load):
    settings = load(TEXT)
    assert settings.where("sources[1].tables.orders.status") == "params/shop.yaml:9, sources[1].tables.orders.status"
    assert settings.where("sources[1].sheet") == "params/shop.yaml:7, sources[1].sheet"
    assert settings.where("rfm.window_days") == "params/shop.yaml:4, rfm.window_days"
    assert settings_from({"shop": "s"}).where("rfm.frequency") == "rfm.frequency"


def test_overrides_are_laid_over_the_file_key_by_key(load):
    settings = load(TEXT, **{"rfm.frequency": "orders", "currency": {"decimals": 3}, "locale": "en",
                             "targets.customers.repeat_rate": "0.4", "as_of": date(2026, 11, 1)})
    assert (settings.rfm.frequency, settings.rfm.window_days) == ("orders", 365)
    assert (settings.currency.code, settings.currency.decimals) == ("GBP", 3)
    assert sorted(settings.targets) == ["customers.repeat_rate", "customers.sales"]
    assert settings.as_of == date(2026, 11, 1)
    origins = settings.origins
    assert {key for key, origin in origins.items() if origin == "command line"} == {
        "rfm.frequency", "currency.decimals", "locale", "targets.customers.repeat_rate", "as_of"}
    assert origins["rfm.window_days"] == "params/shop.yaml:4"


def test_an_override_of_null_brings_the_default_back(load):
    assert load(TEXT, **{"rfm.window_days": None}).rfm.window_days is None
    assert load(TEXT, **{"rfm.window_days": "null"}).rfm.window_days is None


def test_a_wrong_override_is_said_to_come_from_the_command_line(refused):
    (error,) = refused(TEXT, **{"rfm.window_days": "010"})
    assert (error.code, error.where) == ("settings.not_whole", "command line, rfm.window_days")
    (error,) = refused(TEXT, **{"rfm.windowdays": 1})
    assert (error.code, error.where) == ("settings.unknown_key_near", "command line, rfm.windowdays")
    (error,) = refused(TEXT, **{"locale.x": 1})
    assert (error.code, error.where) == ("settings.not_choice", "command line, locale")


def test_the_record_is_json_and_names_no_folder_of_this_machine(load, project):
    text = TEXT.replace("data/raw/orders.csv", f"[{project}/data/raw/a.csv, /srv/exports/b.csv, data/c.csv]")
    text += f"privacy: {{key_file: {project.parent}/keys/s.key}}\n"
    text += f"engine: {{threads: 2, temp_directory: {project}/tmp}}\n"
    record = resolved(load(text + "report: {jobs: 2, contact: 本部}\n"))
    said = json.dumps(record, ensure_ascii=False, sort_keys=True)
    assert str(project) not in said
    assert "/srv" not in said
    assert record["params"] == "params/shop.yaml"
    assert record["settings"]["sources"][0]["files"] == ["data/raw/a.csv", "…/b.csv", "data/c.csv"]
    assert record["settings"]["privacy"]["key_file"] == "…/s.key"
    assert record["settings"]["targets"] == {"customers.sales": 100}
    assert record["settings"]["sources"][0]["tables"]["orders"]["order_id"] == {"from": ["注文番号"]}


def test_the_record_does_not_depend_on_the_machine(load):
    one = resolved(load(TEXT + "engine: {threads: 1, memory_limit: 1GiB}\nreport: {jobs: 1}\n"))
    two = resolved(load(TEXT + "engine: {threads: 8, memory_limit: 9GiB}\nreport: {jobs: 4}\n"))
    assert one == two
    assert "engine" not in one["settings"]
    assert not any(key.startswith("engine") or key == "report.jobs" for key in one["origins"])


def test_groups_written_differently_give_the_same_key(load):
    short = load("shop: s\ncurrency: GBP\n").plain("currency", "sales")
    long = load("shop: s\ncurrency: {code: GBP, decimals: 2}\nsales: {tax: as_recorded}\n").plain("currency", "sales")
    assert short == long


def test_the_project_is_the_nearest_pyproject_above_the_file_then_above_here(project, tmp_path_factory, monkeypatch):
    (project / "deep" / "er").mkdir(parents=True)
    assert project_root("deep/er/x.yaml") == project
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert project_root(elsewhere / "x.yaml") == project
    monkeypatch.chdir(elsewhere)
    assert project_root(elsewhere / "x.yaml") == elsewhere
    monkeypatch.setenv("CRMLIB_ROOT", str(project))
    assert project_root(elsewhere / "x.yaml") == project_root() == project


def test_a_file_outside_the_project_is_named_without_its_folders(project, tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "shop.yaml"
    path.write_text(TEXT)
    settings = load_settings(path)
    assert settings.origins["shop.id"] == "shop.yaml:1"
    assert resolved(settings)["params"] == "shop.yaml"
    assert settings.root == project
    assert settings.at("data/raw") == project / "data" / "raw"


def test_settings_from_python_have_no_path():
    settings = settings_from({"shop": "s", "rfm": {"window_days": 3}})
    assert (settings.path, settings.origins["rfm.window_days"]) == (None, "given")
    assert resolved(settings)["params"] is None


def test_a_copy_keeps_where_values_came_from(load):
    settings = load(TEXT)
    copy = settings.model_copy(update={"locale": "en"})
    assert (copy.locale, copy.origins, copy.path) == ("en", settings.origins, settings.path)


@pytest.mark.parametrize("name", ["Settings", "RfmSettings", "load_settings", "resolved", "Source", "Words"])
def test_public_names_load_on_first_use(name):
    import crmlib.settings

    assert name in dir(crmlib.settings)
    assert callable(getattr(crmlib.settings, name))

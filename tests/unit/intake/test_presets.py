"""Every preset is reviewed data: it loads, its headings alone tell it, and a file in its shape proves its traps."""

from __future__ import annotations

import csv
import io
import itertools

import pytest
import yaml

from crmlib.errors import CrmError
from crmlib.intake.presets.recognise import recognise
from crmlib.settings.exports.presets import Preset, catalogue, paths
from crmlib.settings.sources import Source
from crmlib.text import load_text

PRESETS = {preset.id: preset for preset in catalogue()}
TELLING = {i: p for i, p in PRESETS.items() if not p.generic}


@pytest.fixture(scope="module")
def scenarios(root):
    return root / "tests/scenarios/intake/presets"


def headings(folder):
    """The headings of each file of a scenario."""
    said = yaml.safe_load((folder / "settings.yaml").read_text(encoding="utf-8"))
    for name in said["encodings"]:
        line = (folder / name).read_text(encoding="utf-8").splitlines()[0]
        yield name, next(csv.reader(io.StringIO(line), delimiter="\t" if "\t" in line else ","))


def test_there_are_nineteen_each_named_as_its_file():
    assert len(PRESETS) == 19
    assert list(PRESETS) == list(paths())


def test_each_has_a_scenario_that_says_what_it_proves(scenarios):
    assert sorted(PRESETS) == sorted(p.name for p in scenarios.iterdir() if p.is_dir())
    for name in PRESETS:
        said = yaml.safe_load((scenarios / name / "settings.yaml").read_text(encoding="utf-8"))
        assert said["sources"][0]["preset"] == name
        assert said["proves"]["ja"] and said["proves"]["en"]
        assert list((scenarios / name / "tables").glob("*.csv"))


@pytest.mark.parametrize("name", PRESETS)
def test_the_files_of_its_scenario_are_told_by_their_headings(name, scenarios):
    files = list(headings(scenarios / name))
    assert files
    for file, found in files:
        said = recognise(found)
        assert said.rivals == ()
        assert said.match is not None and said.match.preset.id == name, file
        assert said.match.lacking == ()
        shuffled = recognise(found[::-1])
        assert shuffled.match.preset.id == name and shuffled.match.score == said.match.score


@pytest.mark.parametrize("name", PRESETS)
def test_all_its_own_headings_are_told_as_it_in_every_version(name):
    preset = PRESETS[name]
    own = [*preset.headings.required, *preset.headings.known]
    assert recognise(own).match.preset.id == name
    for version in preset.versions:
        other = [version.renamed[h][0] if h in version.renamed else h for h in own]
        found = recognise(other).match
        assert (found.preset.id, found.version, found.unknown) == (name, version, ())


@pytest.mark.parametrize("name", TELLING)
def test_what_it_reads_is_known_and_what_rows_need_is_required(name):
    preset, source = PRESETS[name], Source.model_validate({"files": "x.csv", "preset": name})
    known = {*preset.headings.required, *preset.headings.known}
    others = {new for version in preset.versions for news in version.renamed.values() for new in news}
    read = {h for columns in source.tables.values() for spec in columns.values() for h in spec.headings}
    assert read <= known | others
    assert not read & set(source.ignored)
    assert set(source.optional) == {*read, *(r.column for r in source.exclude),
                                    *([source.refunds] if source.refunds else []),
                                    *([source.negative.column] if source.negative else []),
                                    *((source.fill_down.by, *source.fill_down.columns) if source.fill_down else ())
                                    } - set(preset.headings.required)


@pytest.mark.parametrize("name", PRESETS)
def test_it_says_its_name_traps_and_origin_in_both_languages(name):
    preset = PRESETS[name]
    for words in (preset.name, *preset.traps, *(v.name for v in preset.versions)):
        assert words.ja and words.en and (words.ja != words.en or words.ja.isascii())
    assert preset.traps and preset.source


def test_a_guess_is_marked():
    assert {name for name, p in PRESETS.items() if not p.verified} == {
        "makeshop_orders", "futureshop_orders", "salesforce_contacts", "salesforce_accounts", "hubspot_contacts"}


def test_one_heading_known_twice_is_nobody_s_slip():
    for preset in PRESETS.values():
        own = [*preset.headings.required, *preset.headings.known]
        assert len(own) == len(set(own)), preset.id


@pytest.mark.parametrize("own", [
    "注文番号,注文日,会員番号,商品コード,商品名,数量,単価,金額",
    "会員番号,姓,名,メールアドレス,電話番号,郵便番号,住所,登録日",
    "会員ID,登録日,氏名,ポイント", "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
    "Date,Item,Qty,Price,Customer", "年月,天気,来客数", ""])
def test_a_shop_s_own_file_is_no_known_export(own):
    assert recognise(own.split(",")).match is None


def test_two_that_fit_alike_are_no_answer(monkeypatch):
    from crmlib.intake.presets import recognise as room

    twin = PRESETS["minne_orders"].model_copy(update={"id": "minne_twin"})
    monkeypatch.setattr(room, "catalogue", lambda: (*PRESETS.values(), twin))
    room._weights.cache_clear()
    try:
        said = recognise([*twin.headings.required, *twin.headings.known])
    finally:
        room._weights.cache_clear()
    assert said.match is None
    assert [p.id for p in said.rivals] == ["minne_orders", "minne_twin"]


def test_any_two_presets_are_told_apart():
    for one, other in itertools.permutations(TELLING.values(), 2):
        assert recognise([*one.headings.required, *other.headings.known[:2]]).match is None or \
            recognise([*one.headings.required, *other.headings.known[:2]]).match.preset.id != other.id


def test_a_key_a_preset_does_not_know_is_refused(tmp_path, monkeypatch):
    from crmlib.settings.exports import presets

    (tmp_path / "mine.yaml").write_text(
        "id: mine\nname: {ja: 自作, en: Mine}\nverified: true\nsource: s\nheadings: {required: [A]}\ntraps: []\n"
        "reads: {tables: {customers: {customer_id: A}}, delimeter: ';'}\n", encoding="utf-8")
    monkeypatch.setattr(presets, "folders", lambda: (tmp_path,))
    with pytest.raises(CrmError) as caught:
        presets.catalogue()
    assert "delimeter" in caught.value.say("en")


def test_a_shop_s_own_preset_goes_before_ours(tmp_path, monkeypatch):
    from crmlib.settings.exports import presets

    (tmp_path / "params/columns").mkdir(parents=True)
    mine = tmp_path / "params/columns/minne_orders.yaml"
    mine.write_text("id: minne_orders\n", encoding="utf-8")
    monkeypatch.setenv("CRMLIB_ROOT", str(tmp_path))
    assert presets.paths()["minne_orders"] == mine
    assert presets.paths()["creema_orders"].is_file()


class TestOverrides:
    """What stands beside ``preset`` wins, column by column."""

    def test_columns_are_added_replaced_and_left_out(self):
        source = Source.model_validate({"files": "x.csv", "preset": "minne_orders", "tables": {
            "orders": {"payment": "お支払い", "shipping": None}, "products": None,
            "customers": {"rank": "会員ランク"}}})
        assert source.tables["orders"]["payment"].columns == ("お支払い",)
        assert "shipping" not in source.tables["orders"] and "products" not in source.tables
        assert set(source.tables["customers"]) == {"customer_id", "rank"}
        assert "会員ランク" not in source.optional and "発送日" in source.optional

    def test_rules_are_added_and_shape_keys_replaced(self):
        rule = {"column": "商品名", "values": "見本", "reason": "samples"}
        source = Source.model_validate({"files": "x.csv", "preset": "smaregi_lines", "exclude": [rule],
                                        "negative": {"column": "区分", "values": "R"}, "encoding": "cp932"})
        assert [r.reason for r in source.exclude] == ["samples", "not_sales"]
        assert (source.negative.column, source.encoding) == ("区分", "cp932")

    def test_each_value_says_where_it_came_from(self, tmp_path):
        from crmlib.settings import load_settings

        path = tmp_path / "mine.yaml"
        path.write_text("shop: s\nsources:\n  - files: a.csv\n    preset: smaregi_lines\n    tables:\n"
                        "      orders: {payment: お支払い}\n", encoding="utf-8")
        origins = load_settings(path).origins
        assert origins["sources[1].tables.orders.payment.from"].endswith("mine.yaml:6")
        assert origins["sources[1].tables.orders.order_id.from"] == "preset smaregi_lines"
        assert origins["sources[1].negative.column"] == "preset smaregi_lines"
        assert origins["sources[1].sheet"] == "default"

    def test_a_name_nobody_knows_says_the_nearest(self):
        from crmlib.settings import settings_from

        with pytest.raises(CrmError) as caught:
            settings_from({"shop": "s", "sources": [{"files": "a.csv", "preset": "rakuten"}]})
        assert "rakuten_rms" in caught.value.say("en") and "rakuten_rms" in caught.value.say("ja")

    def test_a_frame_alone_fills_nothing(self):
        from crmlib.settings import settings_from

        with pytest.raises(CrmError) as caught:
            settings_from({"shop": "s", "sources": [{"files": "a.csv", "preset": "kintone_records"}]})
        assert caught.value.code == "settings.missing_key"


def test_presets_are_read_by_the_same_models():
    assert all(isinstance(p, Preset) for p in PRESETS.values())


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_what_a_preset_leaves_out_has_words(locale):
    text = load_text("quality", locale)
    reasons = {e.reason for preset in PRESETS.values() for e in preset.reads.exclude}
    assert reasons
    for reason in reasons:
        assert reason not in text.code("reason", reason)

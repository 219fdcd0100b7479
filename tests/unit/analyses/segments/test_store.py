"""The frozen model: made once, read ever after, renewed on request, refused when it was mended into nonsense."""

from __future__ import annotations

import json
import shutil

import pytest

import planting
import shop
from crmlib.analyses import segments
from crmlib.analyses.segments import model as models
from crmlib.dataset import open_dataset
from crmlib.errors import CrmError

THREE = [(7, 800, 30), (90, 20000, 900), (30, 4000, 100)]
NAME = "test.segments-2026-09.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return shop.write(tmp_path_factory.mktemp("shop"), shop.purchases(planting.purchases(THREE)))


def seen(folder, kept, month="2026-10", **more):
    groups = {"features": ["purchase_days", "basket"], "resamples": 3, "models": str(kept), **more}
    return open_dataset(shop.settings(segments=groups), folder, month=month)


def run(data):
    return segments.analyse(data, data.settings.segments)


@pytest.fixture(scope="module")
def september(folder, tmp_path_factory):
    """The file of the model that September's customers give."""
    return segments.store.freeze(seen(folder, tmp_path_factory.mktemp("models"), "2026-09"))


@pytest.fixture
def frozen(september, tmp_path):
    """A folder of models with September's in it."""
    shutil.copy(september, tmp_path)
    return tmp_path


def test_the_run_that_makes_a_model_and_the_runs_that_read_it_say_the_same(folder, tmp_path):
    from crmlib.dataset import save_result

    data = seen(folder, tmp_path / "models", "2026-09")
    first, record = run(data), segments.store.record(data)
    path = segments.store.freeze(data)
    assert path is not None and path.name == NAME
    save_result(first, tmp_path / "kept")
    save_result(run(seen(folder, tmp_path / "models", "2026-09")), tmp_path / "kept")
    assert segments.store.record(data) == record


def test_a_file_is_never_written_over(folder, tmp_path):
    data = seen(folder, tmp_path, "2026-09")
    path = segments.store.freeze(data)
    before = path.read_bytes()
    assert segments.store.freeze(data) is None and path.read_bytes() == before


def test_later_months_are_told_by_the_same_model_and_by_whoever_moved(folder, frozen):
    data = seen(folder, frozen)
    result = run(data)
    assert segments.store.freeze(data) is None
    assert dict(result.notes)["frozen"] == {"month": "2026-09", "customers": 210}
    assert result.fact("k").previous == result.fact("k").value == 3
    moves = result.tables["migration"].frame
    assert moves["customers"].sum() == 210 and result.fact("moved_share").value < 0.1


def test_a_month_before_the_first_model_is_told_by_it(folder, tmp_path):
    segments.store.freeze(seen(folder, tmp_path))
    result = run(seen(folder, tmp_path, "2026-08"))
    assert dict(result.notes)["frozen_later"]["month"] == "2026-10"


def test_a_new_model_takes_over_codes_and_names_and_keeps_the_old_file(folder, frozen, tmp_path):
    old = json.loads((tmp_path / NAME).read_text(encoding="utf-8"))
    for cluster in old["clusters"]:
        cluster["ja"] = cluster["en"] = "our " + cluster["code"]
    (tmp_path / NAME).write_text(json.dumps(old), encoding="utf-8")
    data = seen(folder, tmp_path, refit="2026-10")
    result = run(data)
    assert segments.store.freeze(data).name == "test.segments-2026-10.json"
    fresh = json.loads((tmp_path / "test.segments-2026-10.json").read_text(encoding="utf-8"))
    assert [(c["code"], c["ja"]) for c in fresh["clusters"]] == [(c["code"], c["ja"]) for c in old["clusters"]]
    assert dict(result.notes)["renewed"] == {"k": 3, "before": 3, "month": "2026-09"}
    assert result.fact("moved_share").value < 0.1
    again = run(data)
    assert again.facts == result.facts and again.notes == result.notes
    assert json.loads((tmp_path / NAME).read_text(encoding="utf-8")) == old


def test_clusters_without_a_forerunner_get_codes_never_used(folder, tmp_path):
    segments.store.freeze(seen(folder, tmp_path, "2026-09", k=2))
    data = seen(folder, tmp_path, refit="2026-10")
    found = segments.store.settled(data, data.settings.segments)
    assert found.model.codes == ("c1", "c2", "c3") and found.before.codes == ("c1", "c2")
    told = {c.code: c.ja for c in found.model.clusters}
    assert len(set(told.values())) == 3 and all(told[c.code] == c.ja for c in found.before.clusters)


def test_settings_that_ask_for_something_else_are_told(folder, frozen):
    assert dict(run(seen(folder, frozen, k=2)).notes)["other_k"] == {"k": 3, "wanted": 2, "month": "2026-09"}


def test_drift_is_told(frozen):
    text = planting.purchases([(7, 9000, 30), (90, 90000, 900)], each=105)
    moved = shop.write(frozen / "moved", shop.purchases(text))
    result = run(seen(moved, frozen))
    assert result.fact("refit_advised").value == 1 and "basket" in dict(result.notes)["drift_features"]["features"]
    assert not next(c for c in result.checks if c.key == "no_drift").ok
    assert segments.drifted(result) is result.tables["drift"]


def test_a_table_of_drift_that_would_hold_only_zeros_is_a_sentence_on_the_page(folder, tmp_path):
    result = run(seen(folder, tmp_path))
    assert segments.drifted(result) == ("no_drift", {"features": len(result.tables["drift"].frame), "limit": 0.2})


def test_the_shop_calls_its_clusters_what_it_likes(folder, tmp_path):
    data = seen(folder, tmp_path, names={"c1": "お得意さま"})
    result = run(data)
    assert "お得意さま" in set(result.measures["cluster_name"])
    words = segments.naming.own_words(segments.store.settled(data, data.settings.segments).model,
                                      data.settings.segments, "en")
    assert words["codes"]["cluster"]["c1"] == "お得意さま" and words["codes"]["cluster"]["c2"] != "お得意さま"


def test_a_folder_that_cannot_be_written_to_is_told(folder, tmp_path):
    (tmp_path / "models").write_text("a file", encoding="utf-8")
    with pytest.raises(CrmError) as caught:
        segments.store.freeze(seen(folder, tmp_path / "models"))
    assert caught.value.code == "models.not_written"


def changed(folder, frozen, change):
    """Change the file of a model and return the error of the next run."""
    path = frozen / NAME
    found = json.loads(path.read_text(encoding="utf-8"))
    text = change(found)
    path.write_text(text if isinstance(text, str) else json.dumps(found), encoding="utf-8")
    with pytest.raises(CrmError) as caught:
        run(seen(folder, frozen))
    return caught.value


NONSENSE = {
    "not JSON": (lambda m: "{", "not_json"), "a list": (lambda m: "[]", "no_model"),
    "without its format": (lambda m: m.pop("format"), "no_model"),
    "of another program": (lambda m: m.update(format=9), "other_format"),
    "nothing in it": (lambda m: m.pop("clusters"), "missing"),
    "a line taken out": (lambda m: m["scaled"][0].pop("mean"), "missing"),
    "a slip of spelling": (lambda m: m.update(clustres=[]), "unknown"),
    "a word for a number": (lambda m: m["scaled"][0].update(mean="high"), "bad_value"),
    "no number at all": (lambda m: m["scaled"][0].update(mean=None), "bad_value"),
    "infinity": (lambda m: m["scaled"][0].update(mean=float("inf")), "bad_value"),
    "half a customer": (lambda m: m.update(customers=1.5), "bad_value"),
    "a number for a group": (lambda m: m.update(scaled=[1]), "bad_value"),
    "no group": (lambda m: m.update(clusters={}), "bad_value"),
    "no deviation": (lambda m: m["scaled"][0].update(deviation=0), "bad_value"),
    "limits turned": (lambda m: m["scaled"][0].update(low=99, high=1), "bad_value"),
    "edges turned": (lambda m: m["scaled"][0]["edges"].reverse(), "bad_value"),
    "a share above all": (lambda m: m["scaled"][0]["shares"].__setitem__(0, 7), "bad_value"),
    "a grade there is not": (lambda m: m.update(grade="excellent"), "bad_value"),
    "a code there is not": (lambda m: m["clusters"][0].update(code="best"), "bad_value"),
    "an empty name": (lambda m: m["clusters"][0].update(ja=" "), "bad_value"),
    "a month there is not": (lambda m: m.update(month="2026-13"), "bad_value"),
    "another month": (lambda m: m.update(month="2026-08"), "other_month"),
    "another shop": (lambda m: m.update(shop="other"), "other_shop"),
    "another currency": (lambda m: m.update(currency="EUR", decimals=2), "other_currency"),
    "one name twice": (lambda m: [c.update(en="same") for c in m["clusters"]], "repeated"),
    "one code twice": (lambda m: [c.update(code="c1") for c in m["clusters"]], "repeated"),
    "a feature twice": (lambda m: m["scaled"].append(m["scaled"][0]), "repeated"),
    "a centre cut short": (lambda m: m["clusters"][0]["centre"].pop(), "wrong_length"),
    "one cluster left": (lambda m: m.update(clusters=m["clusters"][:1]), "wrong_length"),
    "too many shares": (lambda m: m["scaled"][0]["shares"].append(0), "wrong_length"),
    "a feature nobody knows": (lambda m: m["scaled"][0].update(name="shoe_size"), "unknown_feature"),
    "codes as numbers": (lambda m: m["scaled"][0].update(name="gender"), "unknown_feature"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_told_in_a_sentence_of_both_languages(folder, frozen, case):
    change, code = NONSENSE[case]
    error = changed(folder, frozen, change)
    assert error.code == f"models.{code}" and error.exit_code == 2
    assert NAME in error.where
    for locale in ("ja", "en"):
        said = error.say(locale)
        assert "{" not in said.replace("{…}", "").replace("{}", "") and len(said.splitlines()) >= 3, said


@pytest.mark.parametrize("name", ["test.segments.json", "test.segments-final.json", "test.segments-2026-09 (1).json"])
def test_a_file_name_without_its_month_is_told(folder, tmp_path, name):
    (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(CrmError) as caught:
        run(seen(folder, tmp_path))
    assert caught.value.code == "models.bad_name"


def test_a_file_that_is_no_text_is_told(folder, tmp_path):
    (tmp_path / NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CrmError) as caught:
        run(seen(folder, tmp_path))
    assert caught.value.code == "models.not_readable"


def test_a_model_reads_back_as_it_was_written(folder, tmp_path):
    data = seen(folder, tmp_path)
    model = segments.store.settled(data, data.settings.segments).model
    assert models.read(models.written(model), "", "test", "2026-10", ("JPY", 0)) == model


def test_a_customer_who_buys_nothing_new_moves_by_time_alone(folder, tmp_path):
    data = seen(folder, tmp_path, "2026-09")
    found = segments.store.settled(data, data.settings.segments)
    now = segments.assigning.assigned(data, data.settings.segments, found.model).set_index("customer_key")
    then = segments.assigning.assigned(data.previous(1), data.settings.segments, found.model).set_index("customer_key")
    both = now.join(then.add_suffix("_then"))
    same = both[(both["v1"] == both["v1_then"]) & (both["v2"] == both["v2_then"])]
    assert len(same) > 20 and (same["cluster"] == same["cluster_then"]).all()

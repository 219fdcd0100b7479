"""The doctor: one finding per thing, the right state, words in both languages, exit 2 when something is missing."""

from __future__ import annotations

import pytest

from crmlib import doctor
from crmlib.text import load_text


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_everything_is_said_in_one_line_and_failures_have_a_next_step(locale):
    findings, code = doctor.run(locale)
    assert code == (2 if any(one.state == "fail" for one in findings) else 0)
    assert all(one.what and "{" not in str(one) for one in findings)
    assert [one.key for one in findings if one.state != "ok" and not one.fix] == []
    assert len({one.key for one in findings}) == len(findings) == 13


def test_something_needed_that_is_missing_gives_exit_2(monkeypatch):
    monkeypatch.setattr(doctor, "look", lambda: [doctor.disk(9e9), doctor.disk(1e8)])
    findings, code = doctor.run("en")
    assert code == 2
    assert str(findings[1]).startswith("✗ The disk is nearly full (0.1 GB free)")
    assert "→ Free at least 1 GB." in str(findings[1])


@pytest.mark.parametrize(("finding", "state"), [
    (doctor.python_version((3, 13, 0)), "ok"), (doctor.python_version((3, 10, 9)), "fail"),
    (doctor.disk(50e9), "ok"), (doctor.disk(3e9), "warn"), (doctor.disk(0.5e9), "fail"),
    (doctor.memory(8 * 2**30), "ok"), (doctor.memory(2**30), "warn"), (doctor.memory(None), "ok"),
    (doctor.page_font(3), "ok"), (doctor.page_font(0), "warn"), (doctor.page_font(None), "warn"),
    (doctor.encoding("UTF-8", "utf-8"), "ok"), (doctor.encoding("cp932", "utf-8"), "warn"),
    (doctor.encoding("", "utf-8"), "warn"),
    (doctor.browser("/usr/bin/chromium"), "ok"), (doctor.browser(None), "warn"),
])
def test_what_is_found_decides_the_state(finding, state):
    assert finding.state == state
    for locale in ("ja", "en"):
        said = doctor.worded(finding, locale)
        assert said.what
        assert bool(said.fix) is (state != "ok")


@pytest.mark.parametrize(("have", "state", "names"), [
    ({"a": "1", "b": "2", "other": "9"}, "ok", None),
    ({"a": "1"}, "fail", "b"),
    ({"a": "1", "b": "3"}, "warn", "b 3 ≠ 2"),
    ({}, "fail", "a, b"),
])
def test_packages_are_compared_with_the_lock(have, state, names):
    finding = doctor.packages({"a": "1", "b": "2"}, have)
    assert (finding.state, finding.values.get("names")) == (state, names)
    assert doctor.worded(finding, "ja").what


def test_without_a_lock_the_packages_cannot_be_compared(tmp_path):
    assert doctor.locked(tmp_path / "requirements.lock") is None
    assert doctor.packages(None, {}).state == "warn"


def test_the_lock_is_read_for_this_machine(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("# by\nNum_py==2 ; python_full_version >= '3.0' \\\n    --hash=sha256:aa\n"
                    "old==1 ; python_full_version < '3.0' \\\n    --hash=sha256:bb\nplain==3 \\\n    # via x\n",
                    encoding="utf-8")
    assert doctor.locked(lock) == {"num-py": "2", "plain": "3"}


def test_many_names_are_cut_short():
    finding = doctor.packages({f"p{n}": "1" for n in range(8)}, {})
    assert finding.values == {"n": "8", "names": "p0, p1, p2, p3, p4, … +3"}


def test_a_key_that_others_can_read_fails(tmp_path):
    key = tmp_path / "shop.key"
    key.write_text("k", encoding="utf-8")
    key.chmod(0o600)
    assert (doctor.keys([key]).state, doctor.keys([]).case) == ("ok", "none")
    key.chmod(0o640)
    assert (doctor.keys([key]).state, doctor.keys([key]).values) == ("fail", {"names": "shop.key"})
    assert doctor.keys([tmp_path / "away.key"]).state == "warn"


def test_keys_are_those_the_parameters_name_and_those_in_the_usual_place(tmp_path, monkeypatch):
    usual = tmp_path / "home/.config/crmlib/keys/usual.key"
    usual.parent.mkdir(parents=True)
    usual.touch()
    monkeypatch.setattr(doctor.Path, "home", lambda: tmp_path / "home")
    (tmp_path / "params").mkdir()
    (tmp_path / "params/a.yaml").write_text(f"privacy: {{key_file: {tmp_path}/a.key}}\n", encoding="utf-8")
    (tmp_path / "params/b.yaml").write_text("privacy: null\n", encoding="utf-8")
    (tmp_path / "params/broken.yaml").write_text("a: [\n", encoding="utf-8")
    assert doctor.key_files(tmp_path) == [tmp_path / "a.key", usual]


def test_every_sentence_belongs_to_a_state():
    for locale in ("ja", "en"):
        words = load_text("doctor", locale).get("findings")
        assert set(words) == {one.key for one in doctor.look()} | {"summary"}
        assert {name for one in words.values() for name in one} <= {"ok", "warn", "fail", "other", "none", "unknown"}

"""The same shop every time, every table, and books that a plain reader of the files arrives at."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest

from crmlib import schema
from crmlib.errors import CrmError
from crmlib.sample import main, make
from unit.sample import reading


def digests(folder):
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_call_writes_the_same_bytes(small, tmp_path):
    again = make(tmp_path, customers=300)
    assert digests(tmp_path) == digests(small.folder)
    assert again.truth == small.truth and again.quality == small.quality


def test_a_second_run_in_the_same_folder_leaves_nothing_old_behind(small, tmp_path):
    make(tmp_path, customers=120, months=12, end="2025-03", seed=7)
    make(tmp_path, customers=300)
    assert digests(tmp_path) == digests(small.folder)


def test_another_seed_is_another_shop(small, tmp_path):
    other = make(tmp_path, customers=300, seed=1)
    assert other.truth["monthly"] != small.truth["monthly"]


def test_every_canonical_table_is_there(small):
    assert set(small.tables) == set(schema.tables())
    assert all(rows > 0 for rows in small.files.values())


def test_the_files_read_as_their_encodings_say(small):
    for name, facts in small.quality["files"].items():
        if facts["encoding"] != "parquet":
            assert len(reading.records(small.folder / name)) == facts["rows"], name
    raw = {name: (small.folder / name).read_bytes() for name in ("ec_orders.csv", "members_2023.tsv", "saiji_2025.csv")}
    assert raw["ec_orders.csv"].startswith(b"\xef\xbb\xbf") and raw["members_2023.tsv"].startswith(b"\xff\xfe")
    with pytest.raises(UnicodeDecodeError):
        (small.folder / "members.csv").read_bytes().decode("utf-8")


@pytest.mark.parametrize("size", ["small", "written", pytest.param("whole", marks=pytest.mark.slow)])
def test_a_plain_reader_of_the_dirty_files_finds_the_true_totals(size, request):
    made = request.getfixturevalue(size)
    found = reading.monthly(made.folder)
    for row in made.truth["monthly"]:
        assert found[row["month"]] == {name: row[name] for name in found[row["month"]]}
    assert len(found) == 36


def test_clean_files_hold_the_same_truth_and_no_dirt(small, tmp_path):
    clean = make(tmp_path, customers=300, dirty=False)
    assert clean.truth["monthly"] == small.truth["monthly"]
    assert clean.quality["rows_in"] == clean.quality["rows_out"] and clean.quality["dirt"] == []
    assert "members_2023.tsv" not in clean.files and reading.monthly(tmp_path) == reading.monthly(small.folder)


@pytest.mark.parametrize(("asked", "error"), [
    ({"customers": 99}, "sample.too_small"), ({"months": 5}, "sample.too_small"),
    ({"end": "2026-13"}, "sample.bad_month"),
    ({"end": "October"}, "sample.bad_month")])
def test_what_cannot_be_made_is_said(asked, error, tmp_path):
    with pytest.raises(CrmError) as caught:
        make(tmp_path / "never", **asked)
    assert caught.value.code == error and not (tmp_path / "never").exists()
    assert "{" not in caught.value.say("ja") + caught.value.say("en")


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(CrmError) as caught:
        make(tmp_path / "taken", customers=100, months=6)
    assert caught.value.code == "sample.cannot_write" and "{" not in caught.value.say("en")


def test_shorter_histories_and_other_ends_work(tmp_path):
    made = make(tmp_path, customers=150, months=6, end="2024-02")
    assert [row["month"] for row in made.truth["monthly"]][-1] == "2024-02"
    found = reading.monthly(tmp_path)
    assert all(found[row["month"]]["net"] == row["net"] for row in made.truth["monthly"])


def test_the_command_line(tmp_path):
    said = []
    assert main(["--out", str(tmp_path / "a"), "--customers", "1e2", "--months", "6", "--clean"], said.append) == 0
    assert main(["--out", str(tmp_path / "b"), "--lines", "5000"], said.append) == 0
    assert len(said) == 2 and "5,000 lines" in said[1]
    assert json.loads((tmp_path / "a/truth/manifest.json").read_text(encoding="utf-8"))["settings"]["dirty"] is False


def test_importing_it_loads_no_numpy():
    seen = subprocess.run([sys.executable, "-c", "import crmlib.sample, sys; print('numpy' in sys.modules)"],
                          capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "False"

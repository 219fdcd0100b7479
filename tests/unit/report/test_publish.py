"""A month is there whole or not at all, whatever happens, and two runs never meet."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest

from crmlib.errors import CrmError
from crmlib.report import publish
from crmlib.report.publish import Places


@pytest.fixture
def places(tmp_path):
    found = Places(tmp_path / "shop")
    publish.make_private(found.staging)
    return found


def month(folder, text, **manifest):
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(text)
    (folder / "run.json").write_text(json.dumps({"complete": True, **manifest}))
    return folder


def text(places, name="2026-10"):
    return (places.month(name) / "index.html").read_text()


@pytest.mark.parametrize("swap", [True, False])
def test_a_new_month_takes_the_place_of_the_old(places, monkeypatch, swap):
    if not swap:
        monkeypatch.setattr(publish, "_swap", lambda *_: False)
    month(places.month("2026-10"), "old")
    publish.exchange(month(places.work("2026-10") / "month", "new"), places.month("2026-10"), places.staging)
    assert text(places) == "new"
    assert [p.name for p in places.staging.rglob("*") if p.is_file()] == []


def test_a_first_month_is_put_where_none_was(places):
    publish.exchange(month(places.work("2026-10") / "month", "new"), places.month("2026-10"), places.staging)
    assert text(places) == "new"


@pytest.mark.parametrize(("cut", "expected"), [("before", "old"), ("between", "new"), ("after", "new")])
def test_an_exchange_that_was_cut_off_is_finished_by_the_next_start(places, monkeypatch, cut, expected):
    fresh, live = month(places.work("2026-10") / "month", "new"), month(places.month("2026-10"), "old")
    real, calls = type(live).replace, []

    def failing(self, target):
        calls.append(self)
        # First the journal is put in place, then the old month moves away, then the new one in.
        if len(calls) == {"before": 2, "between": 3, "after": 99}[cut]:
            raise KeyboardInterrupt
        return real(self, target)

    def unlink_fails(self, missing_ok=False):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publish, "_swap", lambda *_: False)
        patch.setattr(type(live), "replace", failing)
        if cut == "after":
            patch.setattr(type(live), "unlink", unlink_fails)
        with pytest.raises(KeyboardInterrupt):
            publish.exchange(fresh, live, places.staging)
    assert publish.recover(places)
    assert text(places) == expected
    assert not publish.recover(places)
    assert not list(places.staging.rglob("index.html"))


def test_half_built_months_are_removed_and_finished_work_is_kept(places):
    month(places.work("2026-10") / "month", "half")
    done = places.work("2026-10") / "done" / "x.json"
    publish.write(done, b"{}")
    assert not publish.recover(places)
    assert not (places.work("2026-10") / "month").exists()
    assert done.is_file()


HOLD = """
import sys
from pathlib import Path
from crmlib.report.publish import Places, locked
with locked(Places(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(places, root):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(places.shop)], cwd=root, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_two_runs_of_a_shop_do_not_meet_and_the_second_is_told_who_runs(places, holder):
    with pytest.raises(CrmError) as caught, publish.locked(places):
        pass
    assert (caught.value.code, caught.value.exit_code) == ("report.already_running", 2)
    assert caught.value.values["pid"] == str(holder.pid)


def test_the_lock_of_a_killed_run_is_free(places, holder):
    holder.kill()
    holder.wait()
    with publish.locked(places):
        assert (places.shop / ".lock").read_text() == str(os.getpid())
    assert (places.shop / ".lock").read_text() == ""


def test_latest_leads_to_the_newest_complete_month(places):
    month(places.month("2026-09"), "9")
    month(places.month("2026-10"), "10")
    month(places.month("2026-11"), "11", complete=False)
    (places.shop / "2026-12").mkdir()
    publish.point_latest(places)
    assert os.readlink(places.shop / "latest") == "2026-10"
    month(places.month("2027-01"), "1")
    publish.point_latest(places)
    assert (places.shop / "latest" / "index.html").read_text() == "1"


def test_where_there_are_no_symbolic_links_latest_is_a_page_that_leads_on(places, monkeypatch):
    def refuse(*_args, **_more):
        raise OSError

    month(places.month("2026-10"), "10")
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.symlink_to", refuse)
        publish.point_latest(places)
    assert "../2026-10/index.html" in (places.shop / "latest" / "index.html").read_text()
    publish.point_latest(places)
    assert os.readlink(places.shop / "latest") == "2026-10"


def test_staging_is_the_owners_alone(places):
    assert stat.S_IMODE(places.staging.stat().st_mode) == 0o700


def test_a_damaged_manifest_counts_as_none(places):
    month(places.month("2026-10"), "x")
    (places.month("2026-10") / "run.json").write_text("{")
    assert places.manifest("2026-10") == {}
    assert places.manifest("2026-11") == {}

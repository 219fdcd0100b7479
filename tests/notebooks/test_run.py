"""The monthly run on tiny notebooks: what is published, what runs again and why, and what stops it."""

from __future__ import annotations

import errno
import json
import os

import nbformat
import pyarrow.parquet as pq
import pytest

from project_folder import KEEP, RFM, cell

pytestmark = pytest.mark.slow
RANDOM = 'import os\nprint(os.urandom(4).hex())'
PNG = "import matplotlib.pyplot as plt, os\nplt.plot(list(os.urandom(9)));"


def progress(capsys):
    said = capsys.readouterr()
    return said.out + said.err


def statuses(project):
    return {n["name"]: (n["status"], n["reason"]) for n in project.log()[-1].get("notebooks", [])}


def test_a_month_is_published_whole_and_a_second_run_has_nothing_to_do(project, capsys):
    assert project.run("report") == 0
    files = project.files()
    assert sorted(files) == [
        "evidence/ja/20_rfm.ipynb", "evidence/ja/90_summary.ipynb", "facts.json", "index.html", "ja/20_rfm.html",
        "ja/90_summary.html", "restricted/actions.csv", "restricted/actions.xlsx",
        "restricted/customers.parquet", "restricted/tables/rfm.segments.csv",
        "restricted/tables/rfm.segments.parquet", "run.json",
        "tables/rfm.segments.csv", "tables/rfm.segments.data.csv", "tables/rfm.segments.parquet"]
    assert os.readlink(project.shop / "latest") == "2026-10"
    assert (project.shop / "index.html").is_file()
    assert [(f["analysis"], f["key"], f["value"]) for f in project.json("facts.json")] == [
        ("rfm", "best_sales_share", 0.3333333333), ("rfm", "customers", 102), ("rfm", "value", 3430),
        ("summary", "customers", 102)]
    run = project.json("run.json")
    assert (run["state"], run["complete"], run["verified"], run["month"], run["as_of"]) == (
        "provisional", True, True, "2026-10", "2026-11-01")
    assert set(run["outputs"]) == set(files) - {"run.json"}
    assert run["params"]["origins"]["shop.id"] == "params/tiny.yaml:2"
    people = pq.read_table(project.shop / "2026-10/restricted/customers.parquet")
    assert people["customer_id"].to_pylist() == ["0123", "17850"]
    assert str(people.schema.field("monetary").type) == "decimal128(18, 0)"
    assert project.run("report") == 0
    assert "Nothing has changed" in progress(capsys)
    assert project.files() == files


def test_nothing_that_was_published_names_this_machine_or_this_moment(project):
    assert project.run("report") == 0
    everything = b"".join(project.files().values())
    for telling in (str(project.folder), os.path.expanduser("~"), "T0", "papermill-error", "ipykernel_"):
        assert telling.encode() not in everything


def test_the_bytes_are_the_same_with_one_job_or_two_warm_or_plain_in_any_language_set(project):
    runs = [("--jobs", "1", "--out", "a"), ("--jobs", "2", "--out", "b"), ("--cold", "--out", "c")]
    for arguments in runs:
        assert project.run("report", *arguments) == 0
    found = []
    for _, *_, name in runs:
        folder = project.folder / name / "tiny" / "2026-10"
        found.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert found[0] == found[1] == found[2]


def test_both_languages_have_their_own_pages_and_first_page(project):
    assert project.run("report", "--locale", "both") == 0
    files = project.files()
    assert {"index.html", "ja/index.html", "en/index.html", "en/20_rfm.html", "evidence/en/20_rfm.ipynb"} <= set(files)
    assert "誰が買っているか" in files["ja/20_rfm.html"].decode()
    assert "Who buys?" in files["en/20_rfm.html"].decode()
    assert "Who buys?" not in files["ja/20_rfm.html"].decode()
    assert "'home': 'index.html'" in files["en/20_rfm.html"].decode()
    assert "'other': '../ja/20_rfm.html'" in files["en/20_rfm.html"].decode()


def test_only_what_has_changed_runs_again_and_the_reason_is_said(project, capsys):
    assert project.run("report", "--no-check") == 0
    project.notebook("90_summary", cell(KEEP), cell('save_result(Result("summary"), place / "summary")'), needs=["rfm"])
    assert project.run("report", "--no-check") == 0
    assert statuses(project) == {"ja/20_rfm": ("reused", ""), "ja/90_summary": ("ran", "notebook")}
    assert "the notebook changed" in progress(capsys)
    (project.folder / "data" / "fingerprint").write_text("second")
    assert project.run("report", "--no-check") == 0
    assert {reason for _, reason in statuses(project).values()} == {"data"}
    assert project.run("report", "--no-check", "--force") == 0
    assert {reason for _, reason in statuses(project).values()} == {"force"}


def test_pages_published_without_the_check_are_checked_by_the_next_run_without_running_anew(project):
    assert project.run("report", "--no-check") == 0
    assert project.json("run.json")["verified"] is False
    before = (project.shop / "2026-10/evidence/ja/20_rfm.ipynb").read_bytes()
    assert project.run("report") == 0
    assert project.json("run.json")["verified"] is True
    assert {status for status, _ in statuses(project).values()} == {"reused"}
    assert (project.shop / "2026-10/evidence/ja/20_rfm.ipynb").read_bytes() == before


def test_a_published_file_that_was_changed_is_made_again(project):
    assert project.run("report", "--no-check") == 0
    page = project.shop / "2026-10" / "ja" / "20_rfm.html"
    good = page.read_bytes()
    page.write_bytes(good + b"tampered")
    assert project.run("report", "--no-check") == 0
    assert page.read_bytes() == good


@pytest.mark.parametrize(("source", "said"), [
    ('raise ValueError("no such column: 会員")', "ValueError: no such column: 会員"),
    ('from crmlib.errors import CrmError\nraise CrmError("dataset.no_dates")', "error: "),
    ('import sys\nprint("a warning", file=sys.stderr)', "a warning"),
    ("import os\nos._exit(3)", "20_rfm"),
    (RANDOM, "another result"),
    (PNG, "image/png"),
    ("pass", "did not keep its result"),
])
def test_a_notebook_that_fails_publishes_nothing_and_leaves_the_last_good_month(project, capsys, source, said):
    assert project.run("report", "--no-check") == 0
    before, latest = project.files(), os.readlink(project.shop / "latest")
    cells = [cell(source)] if source == "pass" else [cell(KEEP), cell(RFM), cell(source)]
    project.notebook("20_rfm", *cells)
    assert project.run("report") == 1
    told = progress(capsys)
    assert said in told
    assert "Traceback" not in told
    assert project.files() == before
    assert os.readlink(project.shop / "latest") == latest
    assert project.log()[-1]["exit"] == 1


def test_a_failed_notebook_stays_in_staging_as_far_as_it_got(project):
    project.notebook("20_rfm", cell("1 + 1"), cell("1 / 0"))
    assert project.run("report") == 1
    left = nbformat.read(project.shop / ".staging/2026-10/failed/ja/20_rfm.ipynb", as_version=4)
    assert "ZeroDivisionError" in json.dumps(left)
    assert not (project.shop / "2026-10").exists()
    assert not (project.shop / "latest").exists()


def test_after_a_failure_the_finished_notebooks_are_kept(project):
    project.notebook("90_summary", cell("1 / 0"), needs=["rfm"])
    assert project.run("report") == 1
    project.notebook("90_summary", cell(KEEP), cell('save_result(Result("summary"), place / "summary")'), needs=["rfm"])
    assert project.run("report") == 0
    assert statuses(project) == {"ja/20_rfm": ("reused", ""), "ja/90_summary": ("ran", "new")}


def test_keep_going_publishes_a_new_month_without_the_failed_page_and_moves_no_pointer(project, capsys):
    project.notebook("40_trends", cell("1 / 0"))
    assert project.run("report", "--keep-going", "--no-check") == 1
    run = project.json("run.json")
    assert run["complete"] is False
    available = {n["name"]: n["available"] for n in run["notebooks"]}
    assert available == {"20_rfm": True, "40_trends": False, "90_summary": True}
    assert "今月は、このページを作れませんでした" in project.files()["ja/40_trends.html"].decode()
    assert "evidence/ja/40_trends.ipynb" not in project.files()
    assert not (project.shop / "latest").exists()
    assert "ZeroDivisionError" in progress(capsys)
    project.notebook("40_trends", cell(KEEP), cell('save_result(Result("trends"), place / "trends")'))
    assert project.run("report", "--no-check") == 0
    assert project.json("run.json")["complete"] is True
    assert os.readlink(project.shop / "latest") == "2026-10"
    before = project.files()
    project.notebook("40_trends", cell("1 / 0"))
    assert project.run("report", "--keep-going", "--no-check") == 1
    assert project.files() == before


def test_a_page_the_gates_refuse_is_not_published(project, capsys):
    project.notebook("20_rfm", cell(KEEP), cell(RFM), cell('print("FORBIDDEN")'))
    assert project.run("report", "--no-check") == 1
    assert "ja/20_rfm.html: found FORBIDDEN" in progress(capsys)
    assert not (project.shop / "2026-10").exists()


def test_a_breached_check_that_must_hold_stops_the_report(project, capsys):
    project.notebook("20_rfm", cell(KEEP), cell(RFM.replace('"everyone_once", True', '"everyone_once", False')))
    assert project.run("report", "--no-check") == 1
    assert "rfm.everyone_once" in progress(capsys)


def test_a_final_month_is_never_written_again(project, capsys):
    assert project.run("report", "--no-check") == 0
    assert project.json("run.json")["state"] == "provisional"
    assert project.run("report", "--no-check", "--final") == 0
    before = project.files()
    assert project.json("run.json")["state"] == "final"
    for arguments in (("--force",), ("--final",), ("--month", "2026-10", "--keep-going")):
        assert project.run("report", "--no-check", *arguments) == 2
    assert "final" in progress(capsys)
    assert project.files() == before


@pytest.mark.parametrize(("late", "said"), [(False, "the same"), (True, "differ")])
def test_a_schedule_that_meets_a_final_month_is_told_and_ends_well(project, capsys, late, said):
    assert project.run("report", "--no-check", "--final") == 0
    if late:
        month = [*project.json("facts.json"), {"analysis": "customers", "key": "sales", "value": 1, "unit": "JPY"}]
        (project.shop / "2026-10/facts.json").write_text(json.dumps(month), encoding="utf-8")
    before = project.files()
    progress(capsys)
    assert project.run("report", "--no-check") == 0
    told = progress(capsys)
    assert "2026-10 is final and is not written again" in told and said in told
    assert project.files() == before
    assert (project.log()[-1]["exit"], project.log()[-1]["month"]) == (0, "2026-10")


def test_a_final_month_is_handed_to_the_next_whose_page_reads_it(project):
    project.notebook("00_quality", cell(KEEP), cell("""
        import json
        said = place.parent / "earlier.json"
        months = [one["month"] for one in json.loads(said.read_text())] if said.is_file() else []
        save_result(Result("quality", facts=(Fact("months", len(months), "count"),)), place / "quality")
    """))
    path = project.folder / "notebooks" / "00_quality.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["crmlib"]["reads"] = ["earlier"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert project.run("report", "--no-check") == 0
    assert (project.json("run.json")["earlier"], project.json("facts.json")[0]["value"]) == ([], 0)
    assert project.run("report", "--no-check", "--month", "2026-09", "--final") == 0
    assert project.run("report", "--no-check") == 0
    assert statuses(project) == {"ja/00_quality": ("ran", "earlier"), "ja/20_rfm": ("reused", ""),
                                 "ja/90_summary": ("reused", "")}
    [named] = project.json("run.json")["earlier"]
    assert (named["month"], project.json("facts.json")[0]["value"]) == ("2026-09", 1)
    assert project.run("check") == 0, "a check compares with the months the page compared with"


def test_a_file_that_no_source_names_is_said_in_every_run_and_known_to_the_page_that_tells_it(project, capsys):
    notebook = project.notebook("00_quality", cell(KEEP), cell("""
        from crmlib.intake import beside
        unread = beside.left(place.parent)
        save_result(Result("quality", facts=(Fact("unread", len(unread), "count"),)), place / "quality")
    """))
    told = json.loads(notebook.read_text(encoding="utf-8"))
    told["metadata"]["crmlib"]["reads"] = ["beside"]
    notebook.write_text(json.dumps(told), encoding="utf-8")
    raw = project.folder / "data/raw"
    (raw / "orders.csv").write_text("注文,会員,日時\n1,A,2026-10-01\n", encoding="utf-8")
    assert project.run("report", "--no-check") == 0
    assert "not read" not in progress(capsys) and project.json("facts.json")[0]["value"] == 0
    (raw / "orders_new.csv").write_text("注文,会員,日時\n2,A,2026-11-01\n", encoding="utf-8")
    assert project.run("report", "--no-check") == 0
    assert statuses(project) == {"ja/00_quality": ("ran", "beside"), "ja/20_rfm": ("reused", ""),
                                 "ja/90_summary": ("reused", "")}
    assert "are not read (1): orders_new.csv." in progress(capsys)
    assert [one["file"] for one in project.json("run.json")["beside"]] == ["data/raw/orders_new.csv"]
    assert project.json("facts.json")[0]["value"] == 1
    for verb in ("report", "check"):
        assert project.run(verb) == 0, verb
        assert "orders_new.csv" in progress(capsys), verb


def test_only_makes_some_pages_with_what_they_need_and_drops_none(project, capsys):
    project.notebook("40_trends", cell(KEEP), cell('save_result(Result("trends"), place / "trends")'))
    assert project.run("report", "--no-check", "--only", "90_summary") == 0
    assert {n["name"] for n in project.json("run.json")["notebooks"]} == {"20_rfm", "90_summary"}
    assert project.run("report", "--no-check") == 0
    (project.folder / "data" / "fingerprint").write_text("second")
    before = project.files()
    assert project.run("report", "--no-check", "--only", "rfm") == 2
    assert "40_trends, 90_summary" in progress(capsys)
    assert project.files() == before
    assert project.run("report", "--no-check", "--only", "nothing") == 2


@pytest.mark.parametrize(("arguments", "said"), [
    (("--month", "2030-01"), "2030-01"), (("--as-of", "2031-01-01", "--month", "2026-10"), "2031-01-01")])
def test_a_month_outside_the_data_is_exit_2(project, capsys, arguments, said):
    assert project.run("report", *arguments) == 2
    assert said in progress(capsys)
    assert not (project.shop / "latest").exists()


def test_a_full_disk_is_one_sentence_and_nothing_half_published(project, capsys, monkeypatch):
    from crmlib.report import outputs

    assert project.run("report", "--no-check") == 0
    before = project.files()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(outputs, "parquet", full)
        assert project.run("report", "--no-check", "--force") == 2
    assert "The disk is full" in progress(capsys)
    assert project.files() == before
    assert project.run("report", "--no-check") == 0


def test_notebooks_are_told_their_data_and_nothing_of_the_language_before(project):
    project.notebook("20_rfm", cell(KEEP), cell(RFM), cell(
        'sorted(k for k in os.environ if k.startswith("CRMLIB_")), os.environ["CRMLIB_AS_OF"], os.environ["TZ"]'))
    assert project.run("report", "--no-check", "--jobs", "1") == 0
    said = project.files()["evidence/ja/20_rfm.ipynb"].decode()
    for name in ("STAGING", "DATASET", "PARAMS", "ROOT", "AS_OF", "THREADS"):
        assert f"CRMLIB_{name}" in said
    assert "2026-11-01" in said

"""Runs that are interrupted, killed, or meet another run leave nothing half-published and nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from project_folder import KEEP, RFM, cell

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="signals and /proc")]
WAIT = 60


def waiting_project(project):
    """Let the first notebook say that it runs, and wait until a file appears."""
    flag = project.folder / "running"
    project.notebook("20_rfm", cell(KEEP), cell(RFM), cell(f"""
        import time
        Path({str(flag)!r}).write_text(str(os.getpid()))
        while not Path({str(project.folder / "go")!r}).exists():
            time.sleep(0.05)
    """))
    return flag


def until(condition, process=None):
    end = time.monotonic() + WAIT
    while not condition():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_a_run_that_is_cut_off_publishes_nothing_ends_its_kernels_and_the_next_one_succeeds(project, number, code):
    flag = waiting_project(project)
    process = project.start("report", "--no-check")
    until(lambda: flag.exists() and flag.read_text(), process)
    process.send_signal(number)
    _, said = process.communicate(timeout=WAIT)
    assert process.returncode == code
    assert "Traceback" not in said
    until(lambda: not alive(int(flag.read_text())))
    assert not (project.shop / "2026-10").exists()
    assert not (project.shop / "latest").exists()
    (project.folder / "go").touch()
    assert project.run("report", "--no-check") == 0
    assert (project.shop / "2026-10" / "run.json").is_file()


def test_a_second_run_of_the_same_shop_is_turned_away_and_the_first_one_finishes(project, capsys):
    flag = waiting_project(project)
    process = project.start("report", "--no-check")
    until(lambda: flag.exists(), process)
    assert project.run("report", "--no-check") == 2
    assert f"process {process.pid}" in capsys.readouterr().err
    (project.folder / "go").touch()
    process.communicate(timeout=WAIT)
    assert process.returncode == 0
    assert [line["exit"] for line in project.log()] == [0]


def test_no_process_and_no_file_of_the_kernels_is_left_after_a_run(project, tmp_path):
    process = project.start("report", TMPDIR=str(tmp_path))
    said = process.communicate(timeout=WAIT)
    assert process.returncode == 0, said
    assert list(tmp_path.glob("crmlib-*")) == []
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(project.folder) not in listed

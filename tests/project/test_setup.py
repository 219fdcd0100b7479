"""Setting up says what is missing in a sentence, in both languages, and never in a traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

NEEDED = ("tools/setup.py", "tools/python.sh", "crmlib/errors.py", "crmlib/__init__.py", "requirements.lock",
          "crmlib/text/ja/errors/setup.yaml", "crmlib/text/en/errors/setup.yaml")
#: Makes a Python look like Debian's without python3-venv.
WITHOUT_ENSUREPIP = """
import importlib.util as util
find = util.find_spec
util.find_spec = lambda name, package=None: None if name == "ensurepip" else find(name, package)
"""


@pytest.fixture
def project(root, tmp_path):
    """A copy of what setting up reads, in a folder with a space in its name."""
    copy = tmp_path / "a shop's copy"
    for name in NEEDED:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, copy / name)
    return copy


def set_up(project, **environment):
    plain = {"PATH": "/usr/bin:/bin", "HOME": str(project), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    return subprocess.run([sys.executable, "tools/setup.py"], cwd=project, env=plain | environment, text=True,
                          capture_output=True, check=False)


def told(run, ja, en):
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert ja in run.stderr
    assert en in run.stderr
    return run.stderr


def test_a_python_that_is_too_old_is_told_with_the_command_to_run(project, tmp_path):
    old = tmp_path / "python-old"
    script = 'case "$*" in *version_info\\[:3\\]*) echo 3.9.18 ;; *) exit 1 ;; esac'
    old.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    old.chmod(0o755)
    run = subprocess.run(["sh", "tools/python.sh", str(old)], cwd=project, text=True, capture_output=True, check=False)
    message = told(run, "Python 3.11以降が必要です", "Python 3.11 or newer is needed")
    assert "3.9.18" in message
    assert "make setup PYTHON=" in message


def test_a_python_that_is_new_enough_is_found(project):
    command = ["sh", "tools/python.sh", sys.executable]
    run = subprocess.run(command, cwd=project, text=True, capture_output=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, sys.executable)


def test_a_missing_ensurepip_is_told_with_the_command_to_run(project, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_ENSUREPIP, encoding="utf-8")
    run = set_up(project, PYTHONPATH=str(tmp_path))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt-get install -y python{version}-venv" in told(run, "ensurepip", "without the part")
    assert not (project / ".venv").exists()


def test_a_folder_that_is_no_environment_is_left_alone(project):
    (project / ".venv").mkdir()
    (project / ".venv/mine.txt").write_text("mine", encoding="utf-8")
    told(set_up(project), "そのままにしてあります", "left as it is")
    assert [path.name for path in (project / ".venv").iterdir()] == ["mine.txt"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_without_rights_is_told(project):
    project.chmod(0o555)
    told(set_up(project), "権限がありません", "not permitted")
    project.chmod(0o755)
    assert not (project / ".venv").exists()


def test_a_full_disk_is_told_before_anything_is_written(setup_tool, monkeypatch, tmp_path):
    monkeypatch.setattr(setup_tool, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup_tool.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9e9, 8.9e9, 1e8))
    with pytest.raises(setup_tool.Stop) as stop:
        setup_tool.make_venv()
    assert (stop.value.name, stop.value.values["free"]) == ("no_space", "0.1 GB")


@pytest.mark.slow
def test_an_index_out_of_reach_is_told_and_nothing_is_stamped(project):
    run = set_up(project, PIP_NO_INDEX="1", UV_OFFLINE="1", PIP_CONFIG_FILE=os.devnull)
    told(run, "入れられませんでした", "could not be installed")
    assert not (project / ".venv/.ok").exists()


def test_one_package_of_a_lock_is_cut_out_with_its_hashes(setup_tool):
    lock = "a==1 \\\n    --hash=sha256:0a\n    # via b\nuv==2 \\\n    --hash=sha256:0b \\\n    --hash=sha256:0c\nz==3\n"
    assert setup_tool.entry("uv", lock) == "uv==2 \\\n    --hash=sha256:0b \\\n    --hash=sha256:0c\n"
    assert setup_tool.entry("a", lock) == "a==1 \\\n    --hash=sha256:0a\n"
    assert setup_tool.entry("z", lock) == "z==3\n"


def test_the_lock_of_this_project_has_uv(setup_tool, root):
    lines = setup_tool.entry("uv", (root / "requirements.lock").read_text(encoding="utf-8")).splitlines()
    assert lines[0].startswith("uv==")
    assert len(lines) > 10
    assert not lines[-1].endswith("\\")

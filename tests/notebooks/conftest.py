"""A fresh small project for every test of the runner."""

from __future__ import annotations

import importlib
import sys

import pytest

import project_folder
from crmlib.report import plan
from crmlib.report.execution.kernels import Kernels

REPLACED = tuple(f"crmlib.report.{name}" for name in ("render", "index", "gates"))


@pytest.fixture(scope="session")
def server():
    """One server for every run in this process: its imports are the dearest part of a tiny report."""
    with Kernels({}) as found:
        found.start()
        yield found


@pytest.fixture
def project(tmp_path, monkeypatch, server):
    """A project whose data is prepared already and whose pages are plain."""
    own = Kernels.command
    monkeypatch.setattr(Kernels, "start", lambda kernels: None)
    monkeypatch.setattr(Kernels, "command", lambda kernels, *what: own(server if kernels.warm else kernels, *what))
    monkeypatch.setenv("CRMLIB_LANG", "en")
    monkeypatch.setenv("CRMLIB_DEBUG", "")
    home = importlib.import_module("crmlib.dataset")
    monkeypatch.setattr(home, "prepare", home.prepare)
    for name in REPLACED:
        monkeypatch.setitem(sys.modules, name, None)
    # Whatever is being edited while the tests run, the program has not changed between two runs of a test.
    monkeypatch.setattr(plan, "code_digest", lambda around=False: f"code, around: {around}")
    made = project_folder.make(tmp_path / "project")
    project_folder.use_prepared_data(made.folder)
    project_folder.use_plain_pages()
    return made

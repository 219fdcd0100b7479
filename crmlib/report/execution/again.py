"""Does an executed notebook say the same when it runs again? nbval, with its gaps closed.

``again`` starts pytest on one notebook; this module is also the plugin that pytest loads. nbval by itself
compares no pictures, skips cells that were not executed or are marked so, gives an output five seconds, and
keeps kernels in plain text on the wire; here it does none of these.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.report.execution.kernels import NAME as KERNEL
from crmlib.report.execution.kernels import Kernels

if TYPE_CHECKING:
    import pytest

VERDICT = "CRMLIB_VERDICT"
COMPARED = ("image/png", "image/jpeg")
PATIENCE = 60
#: Addresses of objects and temporary names of cells: the only things two good runs may differ in.
SANITIZE = ("[address]\nregex: 0x[0-9a-f]{6,}\nreplace: 0x\n[cell]\nregex: ipykernel_\\d+/\\d+\nreplace: ipykernel\n")
OPTIONS = ("--nbval", "--nbval-kernel-name", KERNEL, "-p", "nbval.plugin", "-p", "crmlib.report.execution.again",
           "-p", "no:cacheprovider", "-p", "no:randomly", "-q", "--color=no", "--tb=short")
MOST_LINES, MOST, AROUND = 40, 600, 40


def again(notebook: Path, kernels: Kernels) -> list[str]:
    """Execute a notebook once more and return what differs, one line per cell; nothing when it agrees.

    Parameters
    ----------
    notebook : pathlib.Path
        An executed, normalised notebook.
    kernels : Kernels
        Started, with the data it was made from in its environment.
    """
    with tempfile.TemporaryDirectory(prefix="crmlib-check-") as folder:
        verdict, ini, sanitize = (Path(folder) / name for name in ("verdict.json", "pytest.ini", "sanitize.cfg"))
        ini.write_text("[pytest]\n", encoding="ascii")
        sanitize.write_text(SANITIZE, encoding="ascii")
        command = kernels.command("pytest", *OPTIONS, "-c", str(ini), "--rootdir", str(notebook.parent),
                                  "--nbval-sanitize-with", str(sanitize), str(notebook))
        env = {**os.environ, **kernels.env, VERDICT: str(verdict), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
               "JUPYTER_PATH": kernels.jupyter_path, "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
               "PYTEST_ADDOPTS": ""}
        done = subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8", errors="replace",
                              check=False)
        if not verdict.is_file():
            return [*(done.stdout + done.stderr).strip().splitlines()[-MOST_LINES:], f"pytest: {done.returncode}"]
        said = json.loads(verdict.read_text(encoding="utf-8"))
        return said["failed"] if said["failed"] or said["passed"] else ["no cell was compared"]


# ---- the plugin ------------------------------------------------------------------------------------

_CELLS: list[tuple[str, str, str]] = []


def pytest_configure() -> None:
    """Encrypt what nbval's kernels send, as papermill's do, and say a difference briefly."""
    if os.environ.get(VERDICT):
        from nbval import kernel, plugin

        kernel.KernelManager = functools.partial(kernel.KernelManager, transport_encryption="auto")
        kernel.RunningKernel.execute_cell_input = _execute
        # It words every message, whole pages too, for a log that nobody asked for.
        kernel.pformat = repr
        plugin.IPyNbCell.format_output_compare = _difference


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Compare every cell whatever its markers say, pictures too, and wait for slow outputs."""
    for item in items:
        item.output_timeout = PATIENCE
        item.parent.skip_compare = tuple(k for k in item.parent.skip_compare if k not in COMPARED)
        item.options["check"], item.options["skip"] = True, False
        # nbval takes a cell without number for one not to compare.
        item.cell.execution_count = item.cell.execution_count or 0


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each cell's outcome."""
    if report.when == "call" or report.failed:
        _CELLS.append((report.nodeid.rpartition("::")[2], report.outcome, str(report.longrepr or "")))


def pytest_sessionfinish() -> None:
    """Write the verdict."""
    path = os.environ.get(VERDICT)
    if path:
        failed = [f"{name}: {_told(text)}" for name, outcome, text in _CELLS if outcome != "passed"]
        Path(path).write_text(json.dumps({"passed": len(_CELLS) - len(failed), "failed": failed}), encoding="utf-8")


def _execute(running: Any, source: str, allow_stdin: bool | None = None) -> str:
    """Execute as papermill does: without its place in the history, a cell's closing semicolon hides nothing."""
    return running.kc.execute(source, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


def _difference(cell: Any, key: str, left: Any, right: Any) -> None:
    """Show where two outputs part; a full comparison of two long pages takes minutes and reads badly."""
    before, now = (text if isinstance(text, str) else json.dumps(text, sort_keys=True) for text in (left, right))
    at = next((n for n, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), min(len(before), len(now)))
    start = max(0, at - AROUND)
    cell.comparison_traceback.append(f"{key}: {before[start:at + AROUND]!r} -> {now[start:at + AROUND]!r}")


def _told(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    telling = [line for line in lines if "->" in line or "Error" in line or "differs" in line or "output" in line]
    return " / ".join(telling or lines)[:MOST]

"""One process, measured: what every script here reports."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Figure:
    """One run: wall and CPU seconds, peak resident memory of the largest process in MB, exit code."""

    case: str
    wall: float
    cpu: float
    peak_mb: float
    exit: int

    def __str__(self) -> str:
        return (f"{self.case:<16} {self.wall:7.1f} s wall {self.cpu:7.1f} s CPU {self.peak_mb:6.0f} MB"
                f"  exit {self.exit}\n")


def run(case: str, command: Sequence[str], environment: Mapping[str, str]) -> Figure:
    """Run a command of this Python and return its figures; what was written before is on the disk by then."""
    os.sync()
    started = time.perf_counter()
    child = os.posix_spawn(sys.executable, [sys.executable, *command], environment)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    return Figure(case, round(wall, 1), round(usage.ru_utime + usage.ru_stime, 1), round(usage.ru_maxrss / 1024),
                  os.waitstatus_to_exitcode(status))


def store(name: str, content: Mapping[str, Any]) -> None:
    """Write results with the machine they are from."""
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}
    text = json.dumps({"machine": machine, **content}, indent=1, default=str)
    (results / f"{name}.json").write_text(text + "\n", encoding="utf-8")

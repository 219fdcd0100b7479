"""Does this machine have what the report needs? One finding per thing looked at, each with its next step.

Nothing here changes anything, and nothing heavy is imported: a broken environment must be able to say so.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crmlib.privacy import key_path
from crmlib.text import load_text

OK, WARN, FAIL = "ok", "warn", "fail"
MARKS = {OK: "✓", WARN: "!", FAIL: "✗"}
PYTHON = (3, 11)
GB, GIB = 1e9, 2**30
DISK_FAIL, DISK_WARN = 1 * GB, 5 * GB
MEMORY_WARN = 3 * GIB
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
BROWSER_PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                  "/Applications/Chromium.app/Contents/MacOS/Chromium")
FONT_PACKAGE, FONT_FILE = "matplotlib_fontja", "fonts/ipaexg.ttf"
NAMED = 5
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)\s*(?:;\s*(?P<marker>[^\\]+))?")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    key : str
        What was looked at, for instance ``python``; its words are in ``text/<locale>/doctor.yaml``.
    state : str
        ``ok``, ``warn`` (works, with a limit that is said) or ``fail`` (a report cannot be made).
    values : dict
        What was found, for the holes of the sentence.
    case : str
        Which sentence of the key says it; the state unless there are several.
    what, fix : str
        The sentence and the next step in one language; empty until ``run`` fills them.
    """

    key: str
    state: str
    values: Mapping[str, Any] = field(default_factory=dict)
    case: str = ""
    what: str = ""
    fix: str = ""

    def __str__(self) -> str:
        first = f"{MARKS[self.state]} {self.what}"
        return f"{first}\n    → {self.fix}" if self.fix else first


def run(locale: str) -> tuple[list[Finding], int]:
    """Look at everything and say it in one language.

    Parameters
    ----------
    locale : str
        ``ja`` or ``en``.

    Returns
    -------
    findings : list of Finding
        In a fixed order, the summary last, with ``what`` and ``fix`` filled; ``str(finding)`` is what to print.
    exit_code : int
        2 when something a report cannot do without is missing, else 0.
    """
    found = look()
    summary = Finding("summary", FAIL if any(one.state == FAIL for one in found) else OK)
    return [worded(one, locale) for one in [*found, summary]], 2 if summary.state == FAIL else 0


def worded(finding: Finding, locale: str) -> Finding:
    """Return the finding with its sentence and next step in one language."""
    text = load_text("doctor", locale)
    key = f"findings.{finding.key}.{finding.case or finding.state}"
    fix = text.sentence(f"{key}.fix", finding.values) if text.has(f"{key}.fix") else ""
    return replace(finding, what=text.sentence(f"{key}.what", finding.values), fix=fix)


def look(root: Path | None = None) -> list[Finding]:
    """Return every finding, in the order they are told."""
    root = root or Path(__file__).resolve().parent.parent
    return [
        python_version(sys.version_info[:3]),
        packages(locked(root / "requirements.lock"), installed()),
        chart_font(),
        page_font(system_fonts()),
        disk(shutil.disk_usage(root).free),
        memory(memory_bytes()),
        cores(usable_cores()),
        time_zones(),
        encoding(sys.stdout.encoding or "", sys.getfilesystemencoding()),
        writable([root / "data", root / "reports"]),
        keys(key_files(root)),
        browser(find_browser()),
    ]


def python_version(version: tuple[int, ...]) -> Finding:
    """Is Python new enough?"""
    return Finding("python", OK if version[:2] >= PYTHON else FAIL, {"version": ".".join(map(str, version))})


def locked(path: Path) -> dict[str, str] | None:
    """Return what the lock wants on this machine, name → version; None where there is no lock."""
    if not path.is_file() or importlib.util.find_spec("packaging") is None:
        return None
    from packaging.markers import Marker

    pins = (_PIN.match(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {_plain(pin["name"]): pin["version"] for pin in pins
            if pin and (not pin["marker"] or Marker(pin["marker"].strip()).evaluate())}


def installed() -> dict[str, str]:
    """Return what is installed beside this Python, name → version."""
    from importlib.metadata import distributions

    return {_plain(one.metadata["Name"]): one.version for one in distributions() if one.metadata["Name"]}


def packages(wanted: Mapping[str, str] | None, have: Mapping[str, str]) -> Finding:
    """Is exactly what the lock says installed?"""
    if wanted is None:
        return Finding("packages", WARN)
    missing = sorted(name for name in wanted if name not in have)
    other = sorted(f"{name} {have[name]} ≠ {version}" for name, version in wanted.items()
                   if have.get(name, version) != version)
    if missing:
        return Finding("packages", FAIL, {"n": str(len(missing)), "names": _some(missing)})
    if other:
        return Finding("packages", WARN, {"n": str(len(other)), "names": _some(other)}, case="other")
    return Finding("packages", OK, {"n": str(len(wanted))})


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _some(names: list[str]) -> str:
    more = [f"… +{len(names) - NAMED}"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])


def chart_font() -> Finding:
    """Is the Japanese font that charts are drawn with there?"""
    spec = importlib.util.find_spec(FONT_PACKAGE)
    places = spec.submodule_search_locations if spec else None
    found = any((Path(place) / FONT_FILE).is_file() for place in places or ())
    return Finding("chart_font", OK if found else FAIL, {"package": FONT_PACKAGE.replace("_", "-")})


def system_fonts() -> int | None:
    """Return how many installed fonts know Japanese; None where there is no way to ask."""
    if sys.platform in ("darwin", "win32"):
        return 1
    if not (asked := shutil.which("fc-list")):
        return None
    answer = subprocess.run([asked, ":lang=ja", "family"], capture_output=True, text=True, check=False, timeout=30)
    return len({line for line in answer.stdout.splitlines() if line.strip()})


def page_font(count: int | None) -> Finding:
    """Can pages be looked at on this machine in Japanese?"""
    return Finding("page_font", OK if count else WARN)


def disk(free: float) -> Finding:
    """Is there room for the work files?"""
    state = FAIL if free < DISK_FAIL else WARN if free < DISK_WARN else OK
    return Finding("disk", state, {"free": f"{free / GB:.1f} GB"})


def memory_bytes() -> int | None:
    """Return the memory this process may use: the machine's, or less in a container; None where unknown."""
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text(encoding="ascii").strip() if limit.is_file() else "max"
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return min(whole, int(text)) if text.isdigit() else whole


def memory(total: int | None) -> Finding:
    """Is there memory for several notebooks at once?"""
    if total is None:
        return Finding("memory", OK, case="unknown")
    return Finding("memory", WARN if total < MEMORY_WARN else OK, {"total": f"{total / GIB:.1f} GiB"})


def usable_cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def cores(count: int) -> Finding:
    """How many notebooks can run side by side?"""
    return Finding("cores", OK, {"n": str(count)})


def time_zones() -> Finding:
    """Are the rules of time zones at hand?"""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo("Asia/Tokyo")
    except ZoneInfoNotFoundError:
        return Finding("time_zones", FAIL)
    return Finding("time_zones", OK, {"here": "/".join(dict.fromkeys(time.tzname))})


def encoding(terminal: str, names: str) -> Finding:
    """Do the terminal and file names know Japanese?"""
    both = {one.lower().replace("-", "").replace("_", "") for one in (terminal, names)}
    return Finding("encoding", OK if both == {"utf8"} else WARN, {"terminal": terminal or "-", "names": names})


def writable(folders: Iterable[Path]) -> Finding:
    """May the work files and the reports be written?"""
    closed = [one.name for one in folders if not os.access(one if one.exists() else one.parent, os.W_OK)]
    return Finding("writable", FAIL if closed else OK, {"folders": ", ".join(closed)})


def key_files(root: Path) -> list[Path]:
    """Return the data keys the parameter files name, and those in the usual place."""
    import yaml

    named = []
    for path in sorted((root / "params").glob("*.yaml")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue
        privacy = content.get("privacy") if isinstance(content, dict) else None
        named.append(privacy.get("key_file") if isinstance(privacy, dict) else None)
    usual = sorted(key_path("shop").parent.glob("*.key"))
    return list(dict.fromkeys([*(Path(str(one)).expanduser() for one in named if one), *usual]))


def keys(files: Iterable[Path]) -> Finding:
    """Can only their owner read the data keys?"""
    files = list(files)
    absent = [one.name for one in files if not one.is_file()]
    open_ = [one.name for one in files if one.is_file() and os.name != "nt" and one.stat().st_mode & _OTHERS]
    if open_:
        return Finding("keys", FAIL, {"names": _some(open_)})
    if absent:
        return Finding("keys", WARN, {"names": _some(absent)})
    return Finding("keys", OK, {"n": str(len(files))}, case=OK if files else "none")


_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def find_browser() -> str | None:
    """Return a Chromium or Chrome, which only the checks of pages need; None where there is none."""
    on_path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    return on_path or next((place for place in BROWSER_PLACES if Path(place).is_file()), None)


def browser(found: str | None) -> Finding:
    """Can the pages be checked in a browser?"""
    return Finding("browser", OK if found else WARN, {"name": Path(found).name if found else ""})

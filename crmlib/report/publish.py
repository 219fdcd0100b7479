"""Put a finished month where readers find it, whole or not at all, and never two runs at once.

A month is exchanged with the published one in one system call; where the system has none, two renames
with a journal that the next start finishes.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from crmlib.errors import CrmError

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
AT_FDCWD, RENAME_EXCHANGE = -100, 2
FULL = (errno.ENOSPC, errno.EDQUOT)
#: What the C library answers where the kernel or the file system cannot exchange.
UNABLE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)
REDIRECT = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=../{month}/index.html">\n'


@dataclass(frozen=True)
class Places:
    """The folders of one shop's reports."""

    shop: Path

    @property
    def staging(self) -> Path:
        """Everything unfinished, private to the user."""
        return self.shop / ".staging"

    def month(self, month: str) -> Path:
        """Return the published folder of a month."""
        return self.shop / month

    def work(self, month: str) -> Path:
        """Return the staging folder of a month."""
        return self.staging / month

    def published(self) -> list[str]:
        """Return the months that are published, newest first."""
        found = [p.name for p in self.shop.iterdir()] if self.shop.is_dir() else []
        return sorted((m for m in found if MONTH.fullmatch(m) and (self.shop / m / "run.json").is_file()), reverse=True)

    def manifest(self, month: str) -> dict[str, Any]:
        """Return ``run.json`` of a published month, or an empty dict."""
        with suppress(OSError, ValueError):
            found = json.loads((self.shop / month / "run.json").read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else {}
        return {}


@contextmanager
def enough_disk() -> Iterator[None]:
    """Say in one sentence that the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise CrmError("report.disk_full") from error
        raise


@contextmanager
def locked(places: Places) -> Iterator[None]:
    """Hold the shop's lock; a lock whose owner has died is free.

    Raises
    ------
    CrmError
        ``report.already_running`` when another run holds it.
    """
    path = places.shop / ".lock"
    make_private(places.staging)
    with path.open("a+", encoding="utf-8") as lock:
        try:
            _claim(lock)
        except OSError:
            lock.seek(0)
            raise CrmError("report.already_running", pid=lock.read().strip() or "?", lock=path.name) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _claim(lock: IO[str]) -> None:
    """Take the lock through the operating system, which gives it back when its owner ends in any way."""
    if sys.platform == "win32":
        import msvcrt

        # A byte far behind the text, so that the owner's number stays readable.
        lock.seek(4096)
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner may enter."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def recover(places: Places) -> bool:
    """Finish an exchange that was cut off, and remove half-built months; return whether one was cut off."""
    journal = places.staging / "journal.json"
    cut = journal.is_file()
    if cut:
        with suppress(ValueError, KeyError):
            move = json.loads(journal.read_text(encoding="utf-8"))
            fresh, live = places.staging / move["from"], places.month(move["month"])
            if not live.exists():
                (fresh if fresh.exists() else places.staging / move["old"]).replace(live)
        journal.unlink()
    for leftover in (*places.staging.glob("*/month"), *places.staging.glob("old-*")):
        shutil.rmtree(leftover)
    return cut


def exchange(fresh: Path, live: Path, staging: Path) -> None:
    """Put a finished folder in the place of the published one; the former is gone afterwards."""
    live.parent.mkdir(parents=True, exist_ok=True)
    if not live.exists():
        fresh.replace(live)
    elif _swap(fresh, live):
        shutil.rmtree(fresh)
    else:
        _two_renames(fresh, live, staging)


def _swap(fresh: Path, live: Path) -> bool:
    """Exchange two folders in one step; False where that cannot be done."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    if rename(AT_FDCWD, os.fsencode(fresh), AT_FDCWD, os.fsencode(live), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in UNABLE:
        return False
    raise OSError(code, os.strerror(code), str(live))


def _two_renames(fresh: Path, live: Path, staging: Path) -> None:
    journal, old = staging / "journal.json", staging / f"old-{live.name}"
    move = {"month": live.name, "from": fresh.relative_to(staging).as_posix(), "old": old.name}
    write(journal, json.dumps(move).encode())
    live.replace(old)
    fresh.replace(live)
    journal.unlink()
    shutil.rmtree(old)


def write(path: Path, data: bytes) -> None:
    """Write a file through a temporary name, so that a reader never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


def point_latest(places: Places) -> None:
    """Let ``latest`` lead to the newest month that was published complete."""
    months = [m for m in places.published() if places.manifest(m).get("complete")]
    if not months:
        return
    latest, part = places.shop / "latest", places.shop / ".latest.part"
    part.unlink(missing_ok=True)
    try:
        part.symlink_to(months[0], target_is_directory=True)
        if latest.is_dir() and not latest.is_symlink():
            shutil.rmtree(latest)
        part.replace(latest)
    except OSError:
        # No symbolic links here (Windows without the right, some network drives): a page that leads on.
        write(latest / "index.html", REDIRECT.format(month=months[0]).encode())


def log_run(places: Places, record: dict[str, Any]) -> None:
    """Append one line to ``runs.jsonl``: the only file that differs between equal runs."""
    places.shop.mkdir(parents=True, exist_ok=True)
    with (places.shop / "runs.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(record, ensure_ascii=False) + "\n")


def own_peak() -> int | None:
    """Return the most memory this process has taken, in MB; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1024 ** 2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit

"""Run notebooks in the order of their needs, several at once; reuse what has not changed; confirm each by nbval."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError
from crmlib.report.execution.again import again
from crmlib.report.execution.kernels import Kernels
from crmlib.report.execution.notebook import execute
from crmlib.report.publish import write

if TYPE_CHECKING:
    from crmlib.report.plan import Job, Notebook
    from crmlib.result import Result

RAN, REUSED, FAILED = "ran", "reused", "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one job.

    Attributes
    ----------
    status : str
        ``ran``, ``reused`` or ``failed``.
    reason : str
        The part that had changed (``new``, ``notebook``, ``code``, ``params``, ``data``, …), why it ran.
    confirmed : bool
        Whether nbval ran it again and agreed.
    """

    job: Job
    status: str
    reason: str = ""
    seconds: float = 0.0
    confirmed: bool = False
    error: CrmError | None = None

    def entry(self) -> dict[str, Any]:
        """Return what the manifest says of it; nothing that differs between equal runs."""
        return {"name": self.job.notebook.name, "analysis": self.job.notebook.analysis, "locale": self.job.locale,
                "available": self.error is None, "key": self.job.key}

    def record(self, peaks: dict[str, int]) -> dict[str, Any]:
        """Return what the log of runs says of it."""
        return {"name": self.job.name, "status": self.status, "reason": self.reason,
                "seconds": round(self.seconds, 2), "peak_mb": peaks.get(self.job.name)}


@dataclass(frozen=True)
class Stage:
    """The staging folder of one month, and what is finished in it.

    ``evidence/<locale>/<name>.ipynb`` executed, ``results/<analysis>/`` kept, ``done/<locale>/<name>.json`` says for
    which inputs.
    """

    work: Path
    kernels: Kernels
    check: bool
    parameters: dict[str, str]

    def why(self, job: Job) -> str:
        """Return the reason to run a job, empty when what it made is there and its inputs have not changed."""
        done = self._done(job)
        reason = job.reason(done.get("parts", {}))
        if reason:
            return reason
        page = self._page(job)
        intact = page.is_file() and not self._unkept(job) and _hash(page) == done.get("page")
        return "" if intact else "damaged"

    def plan(self, jobs: Sequence[Job], force: bool) -> dict[str, str]:
        """Return the reason to run each job, and clear results that no finished job vouches for."""
        reasons = {job.name: "force" if force else self.why(job) for job in jobs}
        valid = {name for job in jobs if not reasons[job.name] for name in job.notebook.keeps}
        for analysis in {name for job in jobs for name in job.notebook.keeps} - valid:
            shutil.rmtree(self._kept(analysis), ignore_errors=True)
        return reasons

    def idle(self, jobs: Sequence[Job], reasons: Mapping[str, str]) -> bool:
        """Whether nothing is left to run or to confirm."""
        return not any(reasons.values()) and all(not self.check or self._done(job)["confirmed"] for job in jobs)

    def perform(self, job: Job, reason: str) -> Outcome:
        """Run a job, or take over what it made before."""
        start = time.monotonic()
        if not reason:
            return Outcome(job, REUSED, confirmed=self._done(job).get("confirmed", False))
        self._marker(job).unlink(missing_ok=True)
        try:
            execute(job, self.kernels, {**self.parameters, "locale": job.locale}, self.work)
            if unkept := self._unkept(job):
                raise CrmError("report.nothing_kept", where=job.name, exit_code=1, analysis=unkept[0])
        except CrmError as error:
            return Outcome(job, FAILED, reason, time.monotonic() - start, error=error)
        self._finished(job, confirmed=False)
        return Outcome(job, RAN, reason, time.monotonic() - start)

    def confirm(self, outcome: Outcome) -> Outcome:
        """Run a finished notebook once more; it must say the same."""
        if outcome.error or outcome.confirmed or not self.check:
            return outcome
        start = time.monotonic()
        differences = again(self._page(outcome.job), self.kernels)
        seconds = outcome.seconds + time.monotonic() - start
        if differences:
            said = "\n    ".join(differences)
            error = CrmError("report.not_reproducible", where=outcome.job.name, exit_code=1, said=said)
            return replace(outcome, status=FAILED, seconds=seconds, error=error)
        self._finished(outcome.job, confirmed=True)
        return replace(outcome, seconds=seconds, confirmed=True)

    def results(self, notebooks: Iterable[Notebook]) -> dict[str, Result]:
        """Return what the notebooks kept, by analysis."""
        from crmlib.dataset.kept import load_result

        kept = ((name, self._kept(name)) for n in sorted(notebooks, key=lambda n: n.name) for name in n.keeps)
        return {analysis: load_result(folder) for analysis, folder in kept if (folder / "result.json").is_file()}

    def _page(self, job: Job) -> Path:
        return self.work / "evidence" / f"{job.name}.ipynb"

    def _unkept(self, job: Job) -> list[str]:
        """Return the analyses of which the notebook has left no result."""
        return [name for name in job.notebook.keeps if not (self._kept(name) / "result.json").is_file()]

    def _kept(self, analysis: str) -> Path:
        return self.work / "results" / analysis

    def _marker(self, job: Job) -> Path:
        return self.work / "done" / f"{job.name}.json"

    def _done(self, job: Job) -> dict[str, Any]:
        try:
            found = json.loads(self._marker(job).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _finished(self, job: Job, *, confirmed: bool) -> None:
        done = {"parts": dict(job.parts), "page": _hash(self._page(job)), "confirmed": confirmed}
        write(self._marker(job), json.dumps(done, indent=1).encode())


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def conduct(jobs: Sequence[Job], perform: Callable[[Job], Outcome], confirm: Callable[[Outcome], Outcome],
            workers: int, keep_going: bool, tell: Callable[[Outcome], None]) -> list[Outcome]:
    """Run jobs in parallel and return their outcomes in the order of the jobs.

    A job starts when the same notebook in the language before it and all it needs have been performed; confirming
    waits for a free worker, and what took longest goes first, so that all workers end about together. After a failure
    nothing new starts, unless ``keep_going``.
    """
    performed: dict[str, Outcome] = {}
    finished: dict[str, Outcome] = {}
    waiting, unconfirmed = list(jobs), list[Outcome]()
    running: dict[Future[Outcome], bool] = {}
    pool = ThreadPoolExecutor(workers)
    try:
        while True:
            stop = not keep_going and any(o.error for o in finished.values())
            while len(running) < workers and not stop:
                job = next((j for j in waiting if _free(j, jobs, performed)), None)
                if job is not None:
                    waiting.remove(job)
                    running[pool.submit(perform, job)] = False
                elif unconfirmed:
                    longest = max(unconfirmed, key=lambda outcome: outcome.seconds)
                    unconfirmed.remove(longest)
                    running[pool.submit(confirm, longest)] = True
                else:
                    break
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                last, outcome = running.pop(future), future.result()
                performed.setdefault(outcome.job.name, outcome)
                if last or outcome.error:
                    finished[outcome.job.name] = outcome
                    tell(outcome)
                else:
                    unconfirmed.append(outcome)
    finally:
        # Not waited for: when interrupted, the kernels are about to be ended.
        pool.shutdown(wait=False, cancel_futures=True)
    return [finished[job.name] for job in jobs if job.name in finished]


def _free(job: Job, jobs: Sequence[Job], performed: dict[str, Outcome]) -> bool:
    """Whether everything a job waits for has been performed; what failed is gone on without."""
    for other in jobs:
        earlier = other.notebook == job.notebook and jobs.index(other) < jobs.index(job)
        if (earlier or other.notebook.analysis in job.notebook.needs) and other.name not in performed:
            return False
    return True

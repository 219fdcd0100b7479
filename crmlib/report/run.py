"""The monthly run from parameter file to published month; ``report`` is all of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError, CrmErrors
from crmlib.intake import beside
from crmlib.report import closed, earlier, plan, publish
from crmlib.report.contacts import lists
from crmlib.report.execution import models
from crmlib.report.execution.kernels import STEADY, Kernels
from crmlib.report.execution.schedule import Outcome, Stage, conduct
from crmlib.report.plan import Job, Notebook
from crmlib.report.publish import Places

if TYPE_CHECKING:
    from crmlib.dataset import Dataset
    from crmlib.intake.beside import Unread
    from crmlib.settings import Settings

MOST_WORKERS = 4
#: Parameters that are part of a job's key by themselves.
LANGUAGE, PERIOD = "locale", "as_of"
Say = Callable[..., None]


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    params: Path
    month: str | None = None
    as_of: date | None = None
    locale: str | None = None
    only: tuple[str, ...] = ()
    jobs: int | None = None
    out: Path | None = None
    force: bool = False
    keep_going: bool = False
    final: bool = False
    check: bool = True
    cold: bool = False
    notebooks: Path | None = None


@dataclass(frozen=True)
class Task:
    """A run with its settings, places and notebooks found."""

    options: Options
    settings: Settings
    places: Places
    notebooks: tuple[Notebook, ...]
    locales: tuple[str, ...]
    say: Say

    @property
    def workers(self) -> int:
        """How many notebooks run at once."""
        return self.options.jobs or self.settings.report.jobs or min(os.cpu_count() or 1, MOST_WORKERS)


def report(options: Options, say: Say) -> int:
    """Make and publish a month's report.

    Parameters
    ----------
    say : callable
        ``say(key, **values)`` shows one line of progress, by its key in ``text/<locale>/cli.yaml``.

    Returns
    -------
    int
        0: published, or nothing to do.

    Raises
    ------
    CrmError
        Bad usage, parameters or data (exit code 2), and everything that failed (exit code 1).
    """
    task = ready(options, say)
    started, clock = datetime.now(UTC), time.monotonic()
    record: dict[str, Any] = {"started": started.isoformat(timespec="seconds"), "exit": 1}
    with publish.enough_disk(), publish.locked(task.places):
        if publish.recover(task.places):
            say("recovered")
        if options.month:
            refuse_final(task.places, options.month)
        try:
            _run(task, record)
            record["exit"] = 0
        except (CrmError, KeyboardInterrupt) as error:
            record |= {"exit": getattr(error, "exit_code", 130), "error": getattr(error, "code", "interrupted")}
            raise
        finally:
            taken = {"seconds": round(time.monotonic() - clock, 2), "peak_mb": publish.own_peak()}
            publish.log_run(task.places, record | taken)
    return 0


def ready(options: Options, say: Say) -> Task:
    """Read the parameters and find the notebooks and places of a run."""
    from crmlib.settings import load_settings

    overrides = {k: str(v) for k, v in ((LANGUAGE, options.locale), (PERIOD, options.as_of)) if v is not None}
    settings = load_settings(options.params, overrides or None)
    locales = ("ja", "en") if settings.locale == "both" else (settings.locale,)
    folder = options.notebooks or settings.root / "notebooks"
    places = Places((options.out or settings.root / "reports").absolute() / settings.shop.id)
    return Task(options, settings, places, tuple(plan.find(folder, settings.report.notebooks)), locales, say)


def refuse_final(places: Places, month: str) -> None:
    """Refuse to touch a month that was closed with ``--final``."""
    if places.manifest(month).get("state") == earlier.FINAL:
        raise CrmError("report.final_month", where=f"{places.shop.name}/{month}", month=month)


def _run(task: Task, record: dict[str, Any]) -> None:
    """Prepare, run what has changed, publish; fill the record of the run on the way."""
    options, places = task.options, task.places
    found = unread(task)
    with Kernels(environment(task), options.cold) as kernels:
        if options.force or not places.published():
            kernels.start()  # imports what notebooks need while the data is being prepared
        task.say("prepare")
        data = prepared(task)
        record |= {"month": data.month, "locales": list(task.locales)}
        if places.manifest(data.month).get("state") == earlier.FINAL and not (options.force or options.final):
            # Nobody named the month: a schedule that meets a closed one is told, and has nothing to do.
            closed.explain(places, data, shown(places.month(data.month) / "index.html"), task.say)
            finish(task)
            return
        refuse_final(places, data.month)
        final, past = earlier.final(places, data.month), lists.before(places, data)
        stage = staged(task, data, kernels, publish.make_private(places.work(data.month)), options.check)
        jobs = _chosen(task, stage, data, {"earlier": earlier.mark(final), "beside": plan.digest(found),
                                           "lists": lists.mark(past)})
        key = _month_key(jobs, options)
        manifest = places.manifest(data.month)
        if not options.force and _settled(places.month(data.month), manifest, key, options.check):
            task.say("unchanged", month=data.month, path=shown(places.month(data.month) / "index.html"))
            finish(task)
            return
        earlier.leave(closed.told(final, data), stage.work)
        beside.leave(found, stage.work)
        lists.leave(past, stage.work)
        reasons = stage.plan(jobs, options.force)
        task.say("start", month=data.month, pages=len(jobs), workers=task.workers)
        if not stage.idle(jobs, reasons):
            kernels.start()
        outcomes = conduct(jobs, lambda job: stage.perform(job, reasons[job.name]), stage.confirm, task.workers,
                           options.keep_going, lambda outcome: tell(task.say, outcome))
        record["notebooks"] = [o.record(kernels.peaks()) for o in outcomes]
        _publish(task, data, stage, outcomes, key, lists.named(past))


def prepared(task: Task) -> Dataset:
    """Return the prepared data; everything costly is done here, before any kernel."""
    for name, value in STEADY.items():
        os.environ.setdefault(name, value)
    from crmlib.dataset import prepare

    return prepare(task.settings, task.options.month, task.options.as_of)


def unread(task: Task) -> tuple[Unread, ...]:
    """Return the files that look like those of a source and that none names, and say that there are such."""
    found = beside.unread(task.settings.sources, task.settings.root)
    if found:
        task.say("beside", n=len(found), files=beside.listed(found), like=found[0].like)
    return found


def environment(task: Task) -> dict[str, str]:
    """Return what every kernel of a shop is told."""
    path = task.settings.path
    threads = os.environ.get("CRMLIB_THREADS") or str(max(1, (os.cpu_count() or 1) // task.workers))
    return {"CRMLIB_PARAMS": str(path.absolute()) if path else "", "CRMLIB_ROOT": str(task.settings.root.absolute()),
            "CRMLIB_THREADS": threads}


def staged(task: Task, data: Dataset, kernels: Kernels, work: Path, check: bool) -> Stage:
    """Return the staging folder of a month, with kernels that know of it."""
    from crmlib.settings import shown_path

    kernels.update({"CRMLIB_DATASET": str(data.folder.absolute()), "CRMLIB_AS_OF": data.as_of.isoformat(),
                    "CRMLIB_STAGING": str(work.absolute())})
    path = task.settings.path
    name = shown_path(path, task.settings.root) if path else ""
    return Stage(work, kernels, check, {"params_file": name, "month": data.month})


def _chosen(task: Task, stage: Stage, data: Dataset, special: Mapping[str, str]) -> list[Job]:
    """Return the jobs of this run: all, or those of ``--only`` with what they need and what is finished already."""
    jobs = plan.jobs(task.notebooks, task.locales, common(task, data),
                     {**special, models.READS: models.mark(task.notebooks, data)})
    if not task.options.only:
        return jobs
    wanted = {n.name for n in plan.with_needs(task.notebooks, task.options.only)}
    kept = [j for j in jobs if j.notebook.name in wanted or not stage.why(j)]
    lost = {page["name"] for page in task.places.manifest(data.month).get("notebooks", [])}
    lost -= {j.notebook.name for j in kept}
    if lost:
        raise CrmError("report.only_would_drop", month=data.month, pages=", ".join(sorted(lost)))
    return kept


def common(task: Task, data: Dataset) -> dict[str, str]:
    """Return the hashes that every job of a run depends on."""
    from crmlib.settings import resolved

    return {"code": plan.code_digest(), "data": data.fingerprint, "month": f"{data.month} {data.as_of}",
            "params": material(resolved(task.settings)["settings"]), "lock": plan.lock_digest(task.settings.root)}


def material(values: Mapping[str, Any]) -> str:
    """Hash resolved parameters without those that a job's key holds by themselves."""
    return plan.digest({k: v for k, v in values.items() if k not in (LANGUAGE, PERIOD)})


def _month_key(jobs: Sequence[Job], options: Options) -> str:
    """Hash everything a published month depends on."""
    return plan.digest([sorted(j.name + j.key for j in jobs), plan.code_digest(around=True), options.final])


def _settled(folder: Path, manifest: Mapping[str, Any], key: str, check: bool) -> bool:
    """Whether the published month is what this run would make, and lies there unharmed."""
    from crmlib.report.manifest import changed

    if manifest.get("key") != key or not manifest.get("complete") or (check and not manifest.get("verified")):
        return False
    return not changed(folder, manifest["outputs"])


def tell(say: Say, outcome: Outcome) -> None:
    """Show one line for one finished notebook."""
    say(outcome.status, name=outcome.job.name, seconds=f"{outcome.seconds:.1f}", reason=outcome.reason)


def _publish(task: Task, data: Dataset, stage: Stage, outcomes: Sequence[Outcome], key: str,
             past: Sequence[Mapping[str, str]]) -> None:
    """Build the month from what ran, let the gates look at it, and put it in its place."""
    from crmlib.report.pages import Edition, build, refusal

    options, places = task.options, task.places
    errors = [o.error for o in outcomes if o.error]
    if errors and (not options.keep_going or places.manifest(data.month).get("complete")):
        raise CrmErrors(errors)
    failed = frozenset(o.job.name for o in outcomes if o.error)
    notebooks = tuple({o.job.notebook.name: o.job.notebook for o in outcomes}.values())
    whole = [n for n in notebooks if not any(f"{locale}/{n.name}" in failed for locale in task.locales)]
    edition = Edition(task.settings, data, stage.work, notebooks, task.locales, stage.results(whole), failed,
                      options.final and not failed, options.check, tuple(past))
    problems = build(edition, key, [o.entry() for o in outcomes])
    if problems:
        raise CrmErrors([refusal(p) for p in problems])
    publish.exchange(edition.folder, places.month(data.month), places.staging)
    finish(task)
    models.keep(whole, data, task.say)
    path = shown(places.month(data.month) / "index.html")
    task.say("published_incomplete" if failed else "published", month=data.month, path=path)
    if errors:
        raise CrmErrors(errors)


def shown(path: Path) -> str:
    """Return a path as a user would type it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def finish(task: Task) -> None:
    """Bring ``latest`` and the page of all months up to date."""
    from crmlib.report.pages import archive

    places = task.places
    publish.point_latest(places)
    index = places.shop / "index.html"
    newest = max((p.stat().st_mtime_ns for p in places.shop.glob("*/run.json")), default=0)
    if newest and (not index.is_file() or index.stat().st_mtime_ns < newest):
        publish.write(index, archive(places.shop, places.published(), task.settings).encode())

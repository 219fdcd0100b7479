"""Does a published month still come out the same? Its own notebooks are run again and compared, cell by cell."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError
from crmlib.intake import beside
from crmlib.intake.beside import Unread
from crmlib.report import closed, earlier, outputs, plan, publish
from crmlib.report.contacts import lists
from crmlib.report.execution import models
from crmlib.report.execution.again import again
from crmlib.report.execution.kernels import Kernels
from crmlib.report.execution.schedule import FAILED, RAN, Outcome, Stage, conduct
from crmlib.report.manifest import changed
from crmlib.report.plan import Job
from crmlib.report.run import (
    Options,
    Say,
    Task,
    common,
    environment,
    material,
    prepared,
    ready,
    staged,
    tell,
    unread,
)

if TYPE_CHECKING:
    from crmlib.dataset import Dataset


def check(options: Options, say: Say, deep: bool = False) -> int:
    """Run a published month's notebooks again and compare every cell and every fact.

    Parameters
    ----------
    options : Options
        ``month``: by default the newest published one.
    deep : bool
        Compute the shared measures anew too, instead of reading them.

    Returns
    -------
    int
        0 identical; 1 something differs, or files or inputs changed since.

    Raises
    ------
    CrmError
        ``report.not_published``.
    """
    task = ready(options, say)
    places = task.places
    month = options.month or next(iter(places.published()), "")
    manifest = places.manifest(month) if month else {}
    if not manifest:
        raise CrmError("report.not_published", where=places.shop.name, month=month or "-", allowed=places.published())
    day = date.fromisoformat(manifest["as_of"])
    locales = tuple(one for one in manifest["locales"] if not options.locale or one in task.locales)
    task = replace(task, options=replace(options, month=month, as_of=day), locales=locales)
    with publish.enough_disk(), publish.locked(places), Kernels(environment(task), options.cold) as kernels:
        kernels.start()
        return _check(task, manifest, kernels, deep)


def _check(task: Task, manifest: Mapping[str, Any], kernels: Kernels, deep: bool) -> int:
    folder = task.places.month(manifest["month"])
    for name in (tampered := changed(folder, manifest["outputs"])):
        task.say("file_changed", name=name)
    unread(task)
    data = prepared(task)
    if deep:
        shutil.rmtree(data.folder / "shared", ignore_errors=True)
        data = prepared(task)
    then = {one["month"]: one["sha256"] for one in manifest["earlier"]}
    final = earlier.final(task.places, data.month, then)
    seen = manifest.get("lists", [])
    past = lists.before(task.places, data, {one["month"]: one["sha256"] for one in seen})
    known = (manifest["data"], material(manifest["params"]["settings"]), then, manifest["models"], seen)
    now = (data.fingerprint, common(task, data)["params"], {one["month"]: one["sha256"] for one in final},
           models.named(task.notebooks, data), lists.named(past))
    if now != known:
        task.say("inputs_changed", month=data.month)
        return 1
    with tempfile.TemporaryDirectory(dir=publish.make_private(task.places.staging), prefix="check-") as work:
        earlier.leave(closed.told(final, data), Path(work))
        beside.leave([Unread(**one) for one in manifest.get("beside", ())], Path(work))
        lists.leave(past, Path(work))
        differing = _compare(task, data, manifest, kernels, Path(work))
    task.say("differs" if differing or tampered else "identical", month=data.month)
    return int(bool(differing or tampered))


def _compare(task: Task, data: Dataset, manifest: Mapping[str, Any], kernels: Kernels, work: Path) -> list[str]:
    """Run the published notebooks again into an empty staging folder, and return what differs."""
    folder = task.places.month(data.month)
    stage = staged(task, data, kernels, work, check=False)
    published = {f"{page['locale']}/{page['name']}" for page in manifest["notebooks"] if page["available"]}
    notebooks = plan.with_needs(task.notebooks, task.options.only) if task.options.only else task.notebooks
    jobs = [j for j in plan.jobs(notebooks, task.locales, common(task, data)) if j.name in published]

    def perform(job: Job) -> Outcome:
        start = time.monotonic()
        found = again(folder / "evidence" / f"{job.name}.ipynb", kernels)
        seconds = time.monotonic() - start
        if not found:
            return Outcome(job, RAN, "check", seconds)
        error = CrmError("report.not_reproducible", where=job.name, exit_code=1, said="\n    ".join(found))
        return Outcome(job, FAILED, "check", seconds, error=error)

    outcomes = conduct(jobs, perform, lambda o: o, task.workers, True, lambda o: tell(task.say, o))
    differing = [o.job.name for o in outcomes if o.error]
    for outcome in outcomes:
        if outcome.error:
            task.say("difference", text=outcome.error.say())
    if not task.options.only and not _same_facts(stage, task, data, folder / "facts.json"):
        task.say("facts_changed")
        differing.append("facts.json")
    return differing


def _same_facts(stage: Stage, task: Task, data: Dataset, published: Path) -> bool:
    facts = outputs.facts(stage.results(task.notebooks).values(), data.month, data.currency, data.decimals)
    return outputs.to_json(facts) == published.read_bytes()

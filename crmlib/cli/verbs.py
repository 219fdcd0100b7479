"""What each verb does. Everything heavy is imported by the verb that needs it."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.cli.files import detect, init
from crmlib.cli.parser import SAMPLE, parse
from crmlib.cli.screen import say, show, words
from crmlib.errors import message_locale

if TYPE_CHECKING:
    from crmlib.report.run import Options

#: Started as they are, with whatever follows.
DEVELOP = ("setup", "lock", "test", "lint", "bench", "docs")
KEPT_WORK = ("decisions",)


def run(verb: str, arguments: Sequence[str]) -> int:
    """Run a verb and return the exit code."""
    if verb in _OWN_OPTIONS:
        return _OWN_OPTIONS[verb](arguments)
    if verb in DEVELOP:
        from crmlib import develop

        return develop.run(verb, list(arguments))
    return _VERBS[verb](parse(verb, arguments))


def help_(_: argparse.Namespace) -> int:
    """List the verbs, one line each."""
    from crmlib.cli import VERBS

    show(words("help.head"))
    for verb in VERBS:
        show(f"  {verb:<8}{words(f'verbs.{verb}')}")
    show(words("help.foot"))
    return 0


def doctor(_: argparse.Namespace) -> int:
    """Say whether this machine has what is needed."""
    from crmlib import doctor as looking

    findings, code = looking.run(message_locale())
    for finding in findings:
        show(str(finding))
    return code


def _sample(arguments: Sequence[str]) -> int:
    """Write the sample shop, with the options of its own."""
    from crmlib.sample import main

    return main(list(arguments), lambda text: show(text.rstrip()))


def _ready_sample(root: Path) -> None:
    """Write the sample shop's data unless they are there and whole."""
    from crmlib.sample import make

    folder = root / "data" / "sample"
    if not (folder / "truth" / "manifest.json").is_file():
        say("sample", path=os.path.relpath(folder))
        make(folder)


def _root() -> Path:
    from crmlib.settings import project_root

    return project_root()


def report(options: argparse.Namespace) -> int:
    """Make a month's report; the sample shop's data are written first where they are missing."""
    from crmlib.report.run import report as make_report

    asked = replace(_asked(options), as_of=options.as_of, force=options.force, keep_going=options.keep_going,
                    final=options.final, check=not options.no_check)
    return make_report(asked, say)


def check(options: argparse.Namespace) -> int:
    """Run a published month again and compare."""
    from crmlib.report.verify import check as compare

    return compare(_asked(options), say, options.deep)


def actions(options: argparse.Namespace) -> int:
    """Hand out the list of whom to contact of a published month, with names and addresses."""
    from crmlib.report.contacts.export import export
    from crmlib.settings import load_settings

    overrides = {"locale": options.locale} if options.locale else None
    return export(load_settings(_params(options.PARAMS), overrides), options.out, options.month, say)


def _params(given: Path) -> Path:
    """Return the parameter file; the sample shop's data are written first where they are missing."""
    if given == SAMPLE:
        _ready_sample(_root())
        return _root() / SAMPLE
    return given


def _asked(given: argparse.Namespace) -> Options:
    from crmlib.report.run import Options

    return Options(_params(given.PARAMS), month=given.month, locale=given.locale, only=given.only, jobs=given.jobs,
                   out=given.out, cold=given.cold)


def clean(options: argparse.Namespace) -> int:
    """Remove what can be made again; raw data, decisions, keys and published months stay."""
    root = _root()
    reports = (options.out or root / "reports").absolute()
    from crmlib.report.publish import Places, locked

    for staging in sorted(reports.glob("*/.staging")):
        with locked(Places(staging.parent)):
            shutil.rmtree(staging)
        say("removed", path=os.path.relpath(staging, root))
    shops = [p for p in (root / "data" / "work").glob("*") if p.is_dir()]
    for path in sorted(p for shop in shops for p in shop.iterdir() if p.name not in KEPT_WORK):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        say("removed", path=os.path.relpath(path, root))
    return 0


def lab(arguments: Sequence[str]) -> int:
    """Open JupyterLab, with kernels that have the libraries imported already."""
    from crmlib import develop
    from crmlib.report.execution.kernels import Kernels

    with Kernels({}, own_modules=False, name="python3") as kernels:
        kernels.start()
        return develop.run("lab", list(arguments))


_OWN_OPTIONS: dict[str, Callable[[Sequence[str]], int]] = {"lab": lab, "sample": _sample}
_VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "help": help_, "doctor": doctor, "detect": detect, "init": init, "clean": clean,
    "report": report, "check": check, "actions": actions}

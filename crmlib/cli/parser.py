"""The options of each verb, with their help in the language of the terminal."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from crmlib.cli.screen import words
from crmlib.errors import CrmError

SAMPLE = Path("params/sample.yaml")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


#: What argparse says, in English only → our sentences.
SAID = (
    (re.compile(r"unrecognized arguments: (?P<found>.+)"), "unknown_option"),
    (re.compile(r"the following arguments are required: (?P<found>.+)"), "missing_argument"),
    (re.compile(r"argument (?P<option>[^:]+): invalid choice: '?(?P<found>[^']*)'? \(choose from (?P<allowed>.+)\)"),
     "not_choice"),
    (re.compile(r"argument (?P<option>[^:]+): expected (?:at least )?one argument"), "needs_value"),
    (re.compile(r"argument (?P<option>[^:]+): ignored explicit argument '?(?P<found>[^']*)'?"), "takes_no_value"),
)


class Formatter(argparse.HelpFormatter):
    """Help with its one fixed word in the language of the terminal."""

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """Say how to write the command."""
        super().add_usage(usage, actions, groups, words("usage.prefix"))


class Parser(argparse.ArgumentParser):
    """Says how a command is written, and what is wrong with one, in the language of the terminal."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how, add_help=False, formatter_class=Formatter)
        self._positionals.title = words("usage.positional")
        self._optionals.title = words("usage.optional")
        self.add_argument("-h", "--help", action="help", help=words("usage.help"))

    def error(self, message: str) -> NoReturn:
        """Raise what argparse has found wrong, ``cli.usage`` where it is none of what is known."""
        verb = self.prog.split()[-1]
        for pattern, code in SAID:
            if found := pattern.fullmatch(message):
                parts = found.groupdict()
                allowed = [word.strip("' ") for word in parts.get("allowed", "").split(",") if word]
                raise CrmError(f"cli.{code}", verb=verb, allowed=allowed, option=parts.get("option", ""),
                               found=parts.get("found", ""))
        raise CrmError("cli.usage", said=message, verb=verb)


def parse(verb: str, arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of a verb.

    Raises
    ------
    CrmError
        ``cli.usage``, ``cli.bad_month``, ``cli.bad_date``, ``cli.bad_number``.
    """
    parser = Parser(prog=f"python -m crmlib {verb}", description=words(f"verbs.{verb}"), allow_abbrev=False)
    _OPTIONS[verb](parser)
    return parser.parse_args(arguments)


def _add(parser: Parser, name: str, **how: Any) -> None:
    told = words(f"options.{name.lstrip('-').lower().replace('-', '_')}")
    parser.add_argument(name, help=told.replace("%", "%%"), **how)


def _shared(parser: Parser) -> None:
    _add(parser, "PARAMS", nargs="?", type=Path, default=SAMPLE)
    _add(parser, "--month", type=month, metavar="YYYY-MM")
    _add(parser, "--locale", choices=("ja", "en", "both"))
    _add(parser, "--only", type=names, default=(), metavar="20_rfm,…")
    _add(parser, "--jobs", type=number, metavar="N")
    _add(parser, "--out", type=Path, metavar="DIR")
    _add(parser, "--cold", action="store_true")


def _report(parser: Parser) -> None:
    _shared(parser)
    _add(parser, "--as-of", type=day, metavar="YYYY-MM-DD")
    for flag in ("--force", "--keep-going", "--final", "--no-check"):
        _add(parser, flag, action="store_true")


def _check(parser: Parser) -> None:
    _shared(parser)
    _add(parser, "--deep", action="store_true")


def _actions(parser: Parser) -> None:
    _add(parser, "PARAMS", nargs="?", type=Path, default=SAMPLE)
    _add(parser, "--month", type=month, metavar="YYYY-MM")
    _add(parser, "--locale", choices=("ja", "en", "both"))
    _add(parser, "--out", type=Path, metavar="DIR")


def _init(parser: Parser) -> None:
    _add(parser, "NAME")
    _add(parser, "FILE", nargs="*", type=Path, default=[])


def _detect(parser: Parser) -> None:
    _add(parser, "FILE", nargs="+", type=Path)


def _clean(parser: Parser) -> None:
    _add(parser, "--out", type=Path, metavar="DIR")


_OPTIONS = {"report": _report, "check": _check, "actions": _actions, "init": _init, "detect": _detect, "clean": _clean,
            "doctor": lambda _: None, "help": lambda _: None}


def month(text: str) -> str:
    """Read a month."""
    if not MONTH.fullmatch(text):
        raise CrmError("cli.bad_month", found=text)
    return text


def day(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CrmError("cli.bad_date", found=text) from None


def number(text: str) -> int:
    """Read a number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise CrmError("cli.bad_number", found=text)
    return int(text)


def names(text: str) -> tuple[str, ...]:
    """Read a list of names with commas between."""
    return tuple(name.strip() for name in text.split(",") if name.strip())

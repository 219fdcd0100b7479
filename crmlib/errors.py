"""The one exception a user may meet, and its words in Japanese and English.

An error is raised with a code (``area.name``) and values; the sentences live beside each other in
``text/<locale>/errors/<area>.yaml``. Every sentence set has ``what`` (what was found, and why it
cannot go on) and ``fix`` (the next step).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

TEXT = Path(__file__).parent / "text"
LOCALES = ("ja", "en")
LABELS = {
    "ja": {"what": "エラー", "where": "場所", "allowed": "使える値", "fix": "次にすること"},
    "en": {"what": "error", "where": "where", "allowed": "allowed", "fix": "next step"},
}


class CrmError(Exception):
    """What went wrong, where, what was allowed, and the next step.

    Parameters
    ----------
    code : str
        ``area.name``, for instance ``settings.unknown_key``.
    where : str
        File, line, key, table or row range; empty when the sentence says it.
    allowed : iterable of str
        What would have been accepted.
    **values
        Fill the holes of the sentences.

    Attributes
    ----------
    exit_code : int
        2 for bad usage, parameters or data (the default); 1 when a notebook or gate failed.
    """

    exit_code = 2

    def __init__(self, code: str, /, *, where: str = "", allowed: tuple[str, ...] | list[str] = (),
                 exit_code: int = 2, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.where = where
        self.allowed = tuple(str(a) for a in allowed)
        self.values = values
        self.exit_code = exit_code

    def say(self, locale: str | None = None) -> str:
        """Return the whole message, three or four lines, in one language."""
        locale = locale or message_locale()
        words = sentences(self.code, locale)
        labels, values = LABELS[locale], _worded(self.values, words.get("words") or {})
        more = [text for name, text in (words.get("when") or {}).items() if values.get(name)]
        lines = [f"{labels['what']}: {_fill((' ' if locale == 'en' else '').join([words['what'], *more]), values)}"]
        if self.where:
            lines.append(f"  {labels['where']}: {self.where}")
        if self.allowed:
            lines.append(f"  {labels['allowed']}: {', '.join(self.allowed)}")
        if words.get("fix"):
            lines.append(f"  {labels['fix']}: {_fill(words['fix'], values)}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.say()


class CrmErrors(CrmError):
    """Several errors found in one pass, reported together."""

    def __init__(self, errors: list[CrmError]) -> None:
        super().__init__(errors[0].code, exit_code=max(e.exit_code for e in errors))
        self.errors = tuple(errors)

    def say(self, locale: str | None = None) -> str:
        """Return all messages, one after another."""
        return "\n".join(e.say(locale) for e in self.errors)


def message_locale() -> str:
    """Return ``ja`` or ``en``: ``CRMLIB_LANG`` if set, else the language of the terminal."""
    for name in ("CRMLIB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "ja" if value.lower().startswith("ja") else "en"
    return "en"


def sentences(code: str, locale: str) -> dict[str, Any]:
    """Return the sentences of an error code.

    ``what`` and ``fix``; ``when``, sentences that follow ``what`` where a value is given; ``words`` for values that are
    codes.
    """
    area, _, name = code.partition(".")
    return _catalogue(area, locale).get(name) or {"what": code, "fix": ""}


@cache
def _catalogue(area: str, locale: str) -> dict[str, dict[str, Any]]:
    import yaml

    path = TEXT / locale / "errors" / f"{area}.yaml"
    if not path.is_file():
        return {}
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def _worded(values: dict[str, Any], words: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Return the values with words for those that are codes."""
    return {name: words.get(name, {}).get(value, value) if isinstance(value, str) else value
            for name, value in values.items()}


def _fill(sentence: str, values: dict[str, Any]) -> str:
    return sentence.format_map(_Holes(values))


class _Holes(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"

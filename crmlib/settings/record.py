"""Settings as a run's manifest records them: every value with its origin, no machine, no absolute path."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from crmlib.settings.base import Model
from crmlib.settings.fields import is_machine
from crmlib.settings.loader import shown_path
from crmlib.settings.root import Settings


def resolved(settings: Settings) -> dict[str, Any]:
    """Return the settings of a run for ``run.json``.

    Returns
    -------
    dict
        ``params`` (the file, from the project folder, or None), ``settings`` (every value) and
        ``origins`` (dotted key → ``default``, ``file:line`` or ``command line``). Paths outside the
        project are recorded by their last part; what only changes how fast a run is (``engine``,
        ``report.jobs``) is left out, so that the record is the same on every machine.
    """
    values = settings.plain()
    machine = _machine_keys()
    for group, key in machine:
        del values[group][key]
    values["privacy"]["key_file"] = _within(values["privacy"]["key_file"], settings)
    for source in values["sources"]:
        source["files"] = [_within(path, settings) for path in source["files"]]
    return {
        "params": shown_path(settings.path, settings.root) if settings.path else None,
        "settings": {group: value for group, value in values.items() if value != {} or group not in dict(machine)},
        "origins": {key: origin for key, origin in settings.origins.items() if tuple(key.split(".")) not in machine},
    }


def _machine_keys() -> tuple[tuple[str, str], ...]:
    groups = ((name, field.annotation) for name, field in Settings.model_fields.items())
    return tuple((name, key) for name, group in groups if isinstance(group, type) and issubclass(group, Model)
                 for key, field in group.model_fields.items() if is_machine(field))


def _within(path: str | None, settings: Settings) -> str | None:
    """Return a path without the folders above the project, or above the file where it lies outside."""
    if path is None or not (PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()):
        return path
    if PurePosixPath(path).is_relative_to(settings.root.as_posix()):
        return shown_path(path, settings.root)
    return f"…/{PureWindowsPath(path).name}"

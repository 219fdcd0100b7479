"""From a params file and a command line to checked, frozen settings, with every problem told at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crmlib.errors import CrmError, CrmErrors
from crmlib.settings.base import Model, Words
from crmlib.settings.exports.presets import keys as preset_keys
from crmlib.settings.fields import Fixed, Scalar
from crmlib.settings.file.problems import bare, dotted, inner, problems
from crmlib.settings.file.reading import NULLS, Loc, read_params
from crmlib.settings.root import COMMAND_LINE, DEFAULT, Settings
from crmlib.settings.sources import Source

GIVEN = "given"


def load_settings(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of a shop.

    Parameters
    ----------
    path : str or pathlib.Path
        The params file, UTF-8 YAML; a relative path starts from the working directory, or else from the
        project, since JupyterLab works in the folder of the notebook.
    overrides : mapping, optional
        From the command line: nested, or with dotted keys (``{"rfm.window_days": "365"}``); text is
        read like a plain value in the file. Groups are merged key by key, lists and values replaced.

    Raises
    ------
    CrmError
        ``settings.*`` where the file cannot be read at all.
    CrmErrors
        All problems of its values together, in the order of the file.
    """
    path = _found(Path(path).expanduser())
    root = project_root(path)
    label = shown_path(path, root)
    content = read_params(path, label)
    places = {loc: f"{label}:{line}" for loc, line in content.lines.items()}
    found = list(content.problems)
    value = _merged(content.value, nested(overrides or {}), places)
    settings = _checked(value, places, found, label)
    if not settings.sources:
        raise CrmErrors([CrmError("settings.no_sources", where=places.get(("sources",), label))])
    return _signed(settings, places, path, root)


def _found(path: Path) -> Path:
    """Return a relative path from the project where there is no such file in the working directory."""
    of_project = project_root() / path
    return path if path.is_file() or not of_project.is_file() else of_project


def settings_from(values: Mapping[str, Any]) -> Settings:
    """Return settings made of Python values, with the same checks and messages as a file's."""
    places: dict[Loc, str] = {}
    value = _merged({}, nested(values), places, GIVEN)
    return _signed(_checked(value, places, [], GIVEN), places, None, project_root())


def project_root(path: str | Path | None = None) -> Path:
    """Return the folder relative paths start from: the nearest parent with a pyproject.toml.

    Looked for above the params file, then above the working directory, which is also what is left.
    The environment's ``CRMLIB_ROOT`` goes before all of it.
    """
    if os.environ.get("CRMLIB_ROOT"):
        return Path(os.environ["CRMLIB_ROOT"]).expanduser().absolute()
    here = Path.cwd()
    starts = [here] if path is None else [Path(path).expanduser().absolute().parent, here]
    for start in starts:
        for folder in (start, *start.parents):
            if (folder / "pyproject.toml").is_file():
                return folder
    return here


def shown_path(path: str | Path, root: Path) -> str:
    """Return a path as messages and run.json name it: from the project folder, never absolute."""
    full = Path(path).expanduser().absolute()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else full.name


def nested(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return overrides as nested groups; text becomes the plain value it would be in a file."""
    groups: dict[str, Any] = {}
    for key, item in overrides.items():
        parts = _parts(key)
        target = groups
        for part in parts[:-1]:
            target = target.setdefault(part, {})
        written = _written(item)
        both = isinstance(written, dict) and isinstance(target.get(parts[-1]), dict)
        target[parts[-1]] = {**target[parts[-1]], **written} if both else written
    return groups


def _parts(key: str) -> list[str]:
    """Split a dotted key; below a free mapping such as ``targets`` the rest is one key."""
    model: Any = Settings
    parts, rest = [], key
    while rest and isinstance(model, type) and issubclass(model, Model):
        part, _, rest = rest.partition(".")
        parts.append(part)
        model = inner(model.model_fields[part]) if part in model.model_fields else None
    return [*parts, rest] if rest else parts


def _written(item: Any) -> Any:
    if isinstance(item, str) and not isinstance(item, Scalar):
        return None if item in NULLS else Scalar(item)
    if isinstance(item, Mapping):
        return {str(key): _written(value) for key, value in item.items()}
    return [_written(value) for value in item] if isinstance(item, (list, tuple)) else item


def _merged(base: Any, extra: Any, places: dict[Loc, str], origin: str = COMMAND_LINE, loc: Loc = (),
            kind: Any = Settings) -> Any:
    """Return ``base`` with ``extra`` laid over it, and note the origin of what was laid."""
    if not isinstance(extra, dict):
        for inside in [place for place in places if place[:len(loc)] == loc]:
            del places[inside]
        places[loc] = origin
        return extra
    if loc and loc not in places:
        places[loc] = origin
    is_model = isinstance(kind, type) and issubclass(kind, Model)
    start = kind.long_form(base) if is_model and not isinstance(base, dict) else base
    merged = dict(start) if isinstance(start, dict) else {}
    for key, item in extra.items():
        field = kind.model_fields.get(key) if is_model else None
        merged[key] = _merged(merged.get(key), item, places, origin, (*loc, key), bare(inner(field)) if field else None)
    return merged


def _checked(value: dict[str, Any], places: Mapping[Loc, str], found: list[CrmError], label: str) -> Settings:
    def where(loc: Loc) -> str:
        near = next((loc[:n] for n in range(len(loc), 0, -1) if loc[:n] in places), ())
        return f"{places.get(near, label)}, {dotted(loc)}" if loc else label

    try:
        settings = Settings.model_validate(value)
    except ValidationError:
        found = [*found, *problems(value, Settings, where)]
    if found:
        raise CrmErrors(sorted(found, key=_by_line))
    return settings


def _by_line(error: CrmError) -> tuple[str, int]:
    at = re.match(r"(.*?):(\d+)", error.where)
    return (at[1], int(at[2])) if at else (error.where.partition(",")[0], 0)


def _signed(settings: Settings, places: Mapping[Loc, str], path: Path | None, root: Path) -> Settings:
    """Return the settings with the origin of every value."""
    origins = {dotted(loc): place for loc, place in _origins(settings, (), places)}
    return settings.signed(Fixed(origins), Fixed({dotted(loc): place for loc, place in places.items()}), path, root)


def _origins(value: Any, loc: Loc, places: Mapping[Loc, str], other: str = DEFAULT) -> Iterator[tuple[Loc, str]]:
    """Yield where each value came from; ``other`` is told of what stands nowhere in the file."""
    if isinstance(value, Model):
        told = preset_keys(value.preset) if isinstance(value, Source) and value.preset else ()
        for key, name, _ in value.told():
            here = f"preset {value.preset}" if isinstance(value, Source) and key in told else other
            yield from _field_origins(value, name, (*loc, key), places, here)
    elif isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _origins(item, (*loc, key), places, other)
    elif isinstance(value, tuple) and value and isinstance(value[0], Model):
        for n, item in enumerate(value):
            yield from _origins(item, (*loc, n), places, other)
    else:
        yield loc, places.get(loc, other)


def _field_origins(model: Model, name: str, loc: Loc, places: Mapping[Loc, str],
                   other: str) -> Iterator[tuple[Loc, str]]:
    """A shorthand (``currency: JPY``) has no place of its own: it stands where its group stands."""
    short = isinstance(model, Words) or loc[-1] == model.SHORT
    if short and loc not in places and loc[:-1] in places and name in model.model_fields_set:
        yield loc, places[loc[:-1]]
    else:
        yield from _origins(getattr(model, name), loc, places, other)



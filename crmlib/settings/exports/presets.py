"""The exports that are known by their headings: one reviewed YAML file each, in ``params/columns/``.

A shop's own preset is a file of the same form in its project's ``params/columns/``; it goes before ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, create_model

from crmlib.settings.base import Model, Words
from crmlib.settings.exports.columns import Frozen
from crmlib.settings.fields import Flag, Name, OrOne, Text, wrong
from crmlib.settings.file.reading import read_params
from crmlib.settings.kinds import nearest
from crmlib.settings.sources import Source

FOLDER = "params/columns"
#: What a preset says about how its files are read, in the words of a source.
KEYS = ("encoding", "delimiter", "time_zone", "exclude", "fill_down", "negative", "refunds", "currency", "ignored",
        "tables")
_reads: dict[str, Any] = {key: (Source.model_fields[key].annotation, Source.model_fields[key]) for key in KEYS}
Reads: type[Model] = create_model("Reads", __base__=Model, __doc__="How files of the export are read.", **_reads)


class Headings(Model):
    """The headings an export is known by."""

    required: Annotated[tuple[Text, ...], Field(min_length=1)]
    known: tuple[Text, ...] = ()


class Version(Model):
    """The same export with other headings: heading of this preset → heading of the version."""

    name: Words
    renamed: Annotated[Mapping[Text, Annotated[tuple[Text, ...], OrOne()]], Frozen()]


class Preset(Model):
    """One export of one platform.

    Attributes
    ----------
    verified : bool
        False where the headings or what their values mean were not seen in an official text or a public program.
    source : str
        Where the headings were read.
    generic : bool
        Only the frame is known (which rows belong together); what the columns mean differs from shop to shop.
    traps : tuple of Words
        What goes wrong when the file is read naively, and what is done about it.
    """

    id: Name
    name: Words
    verified: Flag
    source: Text
    generic: Flag = False
    headings: Headings
    versions: tuple[Version, ...] = ()
    traps: tuple[Words, ...]
    reads: Reads


def folders() -> tuple[Path, ...]:
    """Return the folders of presets, the project's own first."""
    from crmlib.settings.loader import project_root

    beside = Path(__file__).resolve().parents[3] / FOLDER
    return tuple(dict.fromkeys((project_root() / FOLDER, beside)))


def paths() -> dict[str, Path]:
    """Return the file of every preset by name, sorted."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted(folder.glob("*.yaml")):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def catalogue() -> tuple[Preset, ...]:
    """Return every preset, sorted by name.

    Raises
    ------
    CrmError
        ``settings.*`` for a file that is no preset, as for a parameter file.
    """
    return tuple(_checked(path) for path in paths().values())


@cache
def _checked(path: Path) -> Preset:
    from pydantic import ValidationError

    from crmlib.errors import CrmErrors
    from crmlib.settings.file.problems import dotted, problems

    content = read_params(path, f"{FOLDER}/{path.name}")
    found = list(content.problems)
    try:
        preset = Preset.model_validate(content.value)
    except ValidationError:
        found += problems(content.value, Preset, lambda loc: f"{FOLDER}/{path.name}, {dotted(loc)}")
    if found:
        raise CrmErrors(found)
    return preset


@cache
def _raw(path: Path) -> dict[str, Any]:
    return read_params(path, f"{FOLDER}/{path.name}").value


def keys(name: str) -> frozenset[str]:
    """Return the keys of a source that its preset gives."""
    return frozenset(_raw(paths()[name])["reads"]) | {"tables", "exclude", "renamed", "optional"}


def completed(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a source says, completed by its preset: the source's own words win, column by column."""
    name, known = str(value["preset"]), paths()
    if name not in known:
        raise wrong("unknown_preset", key="preset", nearest=nearest(name, list(known)) or "-", allowed=list(known))
    preset = _raw(known[name])
    reads, own = preset["reads"], value.get("tables") or {}
    renamed = [version["renamed"] for version in preset.get("versions", [])]
    used = dict.fromkeys(_used(reads))
    needed = {*preset["headings"]["required"], *_used({"tables": own})}
    tables = _laid(reads.get("tables") or {}, own)
    both = {
        **reads, **{key: item for key, item in value.items() if item is not None},
        "exclude": [*(value.get("exclude") or []), *(reads.get("exclude") or [])],
        "renamed": _joined([*renamed, value.get("renamed") or {}]),
        "optional": [*_listed(value.get("optional")), *(h for h in used if h not in needed)],
    }
    return {**both, "tables": tables} if tables else both


def _laid(known: Mapping[str, Any], own: Any) -> Any:
    """Return table maps with the shop's columns over those of the preset."""
    if not isinstance(own, Mapping):
        return own
    both = {table: {**columns, **own[table]} if isinstance(own.get(table), Mapping) else columns
            for table, columns in known.items() if own.get(table, columns) is not None}
    return {**both, **{table: columns for table, columns in own.items() if table not in known}}


def _joined(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for part in parts:
        for heading, others in part.items():
            found.setdefault(heading, []).extend(_listed(others))
    return found


def _listed(value: Any) -> list[Any]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _used(reads: Mapping[str, Any]) -> Iterator[str]:
    """Yield every heading that is read."""
    for columns in (reads.get("tables") or {}).values():
        for spec in (columns or {}).values() if isinstance(columns, Mapping) else ():
            yield from _read_by(spec)
    for rule in reads.get("exclude") or []:
        yield str(rule["column"])
    for group in ("fill_down", "negative"):
        for key in ("by", "column", "columns"):
            yield from _listed((reads.get(group) or {}).get(key))
    yield from _listed(reads.get("refunds"))


def _read_by(spec: Any) -> Iterator[str]:
    if isinstance(spec, Mapping):
        yield from _listed(spec.get("from"))
        yield from _read_by(spec.get("or"))
    else:
        yield from _listed(spec)

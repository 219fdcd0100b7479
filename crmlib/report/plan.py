"""Which notebooks run, in which order, and which of them have not changed since they last ran."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crmlib.errors import CrmError

PACKAGE = Path(__file__).resolve().parents[1]
#: Changing these cannot change what a notebook computes or shows.
AROUND = ("report", "cli", "sample", "doctor.py", "develop.py", "__main__.py")
SOURCES = (".py", ".sql", ".yaml")


@dataclass(frozen=True)
class Notebook:
    """One notebook of the report.

    Attributes
    ----------
    name : str
        File name without suffix, ``20_rfm``.
    analysis : str
        The analysis whose result it keeps, from ``metadata.crmlib.analysis``.
    needs : tuple of str
        Analyses whose kept results it reads, from ``metadata.crmlib.needs``.
    digest : str
        Hash of the file.
    reads : tuple of str
        What else of a run it reads, from ``metadata.crmlib.reads``; ``earlier``: the final months published before;
        ``beside``: files that are not read; ``lists``: whom earlier months wanted to contact.
    also : tuple of str
        Further analyses whose results it keeps, from ``metadata.crmlib.also``.
    """

    name: str
    path: Path
    analysis: str
    needs: tuple[str, ...]
    digest: str
    reads: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def keeps(self) -> tuple[str, ...]:
        """Every analysis whose result it keeps, in the order in which they are computed."""
        return (*self.also, self.analysis)


@dataclass(frozen=True)
class Job:
    """One notebook in one language, and what its outcome depends on."""

    notebook: Notebook
    locale: str
    parts: Mapping[str, str]

    @property
    def name(self) -> str:
        """How progress lines and files call it, ``ja/20_rfm``."""
        return f"{self.locale}/{self.notebook.name}"

    @property
    def key(self) -> str:
        """Hash of everything the outcome depends on."""
        return digest(dict(self.parts))

    def reason(self, before: Mapping[str, str]) -> str:
        """Return the first part that differs from an earlier run, ``new`` without one, empty when none does."""
        if not before:
            return "new"
        return next((part for part, value in self.parts.items() if before.get(part) != value), "")


def digest(value: Any) -> str:
    """Hash a value that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def find(folder: Path, wanted: Sequence[str] | None = None) -> list[Notebook]:
    """Return the notebooks of a folder in the order in which they can run.

    Parameters
    ----------
    folder : pathlib.Path
        Notebooks are its files named ``NN_name.ipynb``.
    wanted : sequence of str, optional
        Names with or without number (``20_rfm`` or ``rfm``); all without it.

    Raises
    ------
    CrmError
        ``report.no_notebooks``, ``report.unknown_notebook``, ``report.broken_notebook``, ``report.circular_needs``.
    """
    found = {p.stem: p for p in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
    if not found:
        raise CrmError("report.no_notebooks", where=folder.name)
    names = list(found) if wanted is None else [_named(w.strip(), list(found)) for w in wanted if w.strip()]
    read = [_read(found[name]) for name in sorted(set(names))]
    analyses = {n.analysis for n in read}
    return ordered([_summed(n, analyses) for n in read])


def _named(wanted: str, names: list[str]) -> str:
    for name in names:
        if wanted.removesuffix(".ipynb") in (name, name[3:]):
            return name
    raise CrmError("report.unknown_notebook", name=wanted, allowed=names)


def _read(path: Path) -> Notebook:
    data = path.read_bytes()
    try:
        about = json.loads(data)["metadata"].get("crmlib", {})
        needs = tuple(about.get("needs", ["*"] if path.stem.endswith("_summary") else []))
        return Notebook(path.stem, path, about.get("analysis", path.stem[3:]), needs, hashlib.sha256(data).hexdigest(),
                        tuple(about.get("reads", [])), tuple(about.get("also", [])))
    except (ValueError, KeyError, AttributeError, TypeError):
        raise CrmError("report.broken_notebook", where=path.name) from None


def _summed(notebook: Notebook, analyses: set[str]) -> Notebook:
    """Resolve ``*`` (every other analysis of this report), and forget needs that are not part of it."""
    others = sorted(analyses - {notebook.analysis})
    needs = others if "*" in notebook.needs else [n for n in notebook.needs if n in others]
    return replace(notebook, needs=tuple(needs))


def with_needs(notebooks: Sequence[Notebook], wanted: Sequence[str]) -> list[Notebook]:
    """Return the wanted notebooks and, in turn, those whose results they read."""
    names = {_named(w.strip(), [n.name for n in notebooks]) for w in wanted if w.strip()}
    found: list[Notebook] = []
    needed: set[str] = set()
    for notebook in reversed(notebooks):
        if notebook.name in names or notebook.analysis in needed:
            needed.update(notebook.needs)
            found.append(notebook)
    return found[::-1]


def ordered(notebooks: Iterable[Notebook]) -> list[Notebook]:
    """Order notebooks so that each comes after those it needs, else by name."""
    waiting, done = sorted(notebooks, key=lambda n: n.name), list[Notebook]()
    while waiting:
        kept = {n.analysis for n in done}
        free = next((n for n in waiting if kept.issuperset(n.needs)), None)
        if free is None:
            raise CrmError("report.circular_needs", names=", ".join(n.name for n in waiting))
        waiting.remove(free)
        done.append(free)
    return done


def jobs(notebooks: Sequence[Notebook], locales: Sequence[str], common: Mapping[str, str],
         special: Mapping[str, str] | None = None) -> list[Job]:
    """Return every notebook in every language with the hashes its outcome depends on.

    Parameters
    ----------
    common : dict
        Hashes that hold for all: ``code``, ``params``, ``data``, ``month``, ``lock``.
    special : dict, optional
        Hashes of what only those notebooks read that say so: ``earlier``.
    """
    own = {n.analysis: {name: value for name, value in (special or {}).items() if name in n.reads} for n in notebooks}
    digests: dict[str, str] = {}
    for notebook in notebooks:
        mine = own[notebook.analysis]
        digests[notebook.analysis] = digest([notebook.digest, *mine.values(), [digests[n] for n in notebook.needs]])
    return [Job(n, locale, {"notebook": n.digest, **common, **own[n.analysis],
                            "needs": digest([digests[a] for a in n.needs]), "locale": locale})
            for n in notebooks for locale in locales]


def code_digest(around: bool = False) -> str:
    """Hash crmlib's sources: what notebooks can reach, or (``around``) everything that shapes pages too."""
    found = hashlib.sha256(f"{sys.version_info[0]}.{sys.version_info[1]}".encode())
    for path in sorted(p for p in PACKAGE.rglob("*") if p.suffix in SOURCES):
        name = path.relative_to(PACKAGE)
        if around or name.parts[0] not in AROUND:
            found.update(name.as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    if around:
        for path in sorted(PACKAGE.parent.glob("templates/report/*")):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def lock_digest(root: Path) -> str:
    """Hash the versions that are installed by rule; without a lock file, those that are installed."""
    lock = next((f / "requirements.lock" for f in (root, PACKAGE.parent) if (f / "requirements.lock").is_file()), None)
    if lock is not None:
        return hashlib.sha256(lock.read_bytes()).hexdigest()
    from importlib.metadata import distributions

    return digest(sorted(f"{d.name}=={d.version}" for d in distributions()))


"""Which known export is this file? Told by its set of headings, never by its name.

Every heading has a weight: little where many systems use it (商品名) or it is an everyday word (会員番号), much where
one system alone does. An export is recognised when nearly all headings it cannot do without are there, most of what
is there is known of it, and what is there speaks loudly enough; two that fit equally well are no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from crmlib.intake.presets.words import meanings, plain
from crmlib.intake.typed.plan import folded, unexplained
from crmlib.settings.exports.presets import Preset, Version, catalogue

#: Share of the needed headings, weighted share of the file's headings that is known, and weight of evidence, at least.
NEEDED, KNOWN, EVIDENCE = 0.75, 0.45, 2.5
#: Presets of which only the frame is known are told by few headings.
EVIDENCE_OF_FRAME = 1.5
#: Scores closer than this are equal.
TIE = 0.03
_EVERYDAY = 0.3
_UNKNOWN = 0.5


@dataclass(frozen=True)
class Match:
    """A preset that fits a file's headings.

    Attributes
    ----------
    version : Version or None
        The version whose own headings the file has; None for the preset as it stands.
    unknown : tuple of str
        Headings the preset knows nothing of, as the file has them.
    lacking : tuple of str
        Headings the preset cannot do without that the file has not.
    """

    preset: Preset
    version: Version | None
    unknown: tuple[str, ...]
    lacking: tuple[str, ...]
    score: float

    def ignored(self, headings: Sequence[str]) -> tuple[str, ...]:
        """Return the headings of a file that are never read."""
        names = {folded(h) for h in getattr(self.preset.reads, "ignored", ())}
        return tuple(h for h in headings if folded(h) in names)


@dataclass(frozen=True)
class Recognition:
    """What a file's headings say: one preset, or none, or several that fit alike."""

    match: Match | None
    rivals: tuple[Preset, ...] = ()


def recognise(headings: Sequence[str]) -> Recognition:
    """Return the export whose headings these are."""
    have = {key: h for h in headings if h for key in {folded(h), unexplained(folded(h))}}
    found = sorted((m for p in catalogue() if (m := _fit(p, headings, have)) is not None),
                   key=lambda m: (m.preset.generic, -m.score, m.preset.id))
    if not found:
        return Recognition(None)
    best = found[0]
    rivals = tuple(m.preset for m in found if best.score - m.score < TIE and m.preset.generic == best.preset.generic)
    return Recognition(best) if len(rivals) == 1 else Recognition(None, rivals)


def _fit(preset: Preset, headings: Sequence[str], have: dict[str, str]) -> Match | None:
    names = _names(preset)
    needed = [h for h in preset.headings.required if names[h] & have.keys()]
    every = frozenset().union(*names.values())
    known = {key for key in every if key in have}
    here = {have[key] for key in known}
    unknown = tuple(h for h in headings if h and h not in here)
    weight = sum(_weight(folded(h)) for h in here)
    share = weight / (weight + _UNKNOWN * len(unknown)) if here else 0.0
    coverage = len(needed) / len(preset.headings.required)
    enough = weight >= (EVIDENCE_OF_FRAME if preset.generic else EVIDENCE)
    if coverage < NEEDED or not enough or (share < KNOWN and not preset.generic):
        return None
    lacking = tuple(h for h in preset.headings.required if h not in needed)
    return Match(preset, _version(preset, have), unknown, lacking, round((coverage + share) / 2, 6))


def _version(preset: Preset, have: Iterable[str]) -> Version | None:
    """Return the version of whose own headings the file has most; None where it has none, or more of the others."""
    keys = set(have)

    def own(version: Version) -> int:
        return sum(any(folded(n) in keys for n in new) and folded(old) not in keys
                   for old, new in version.renamed.items())

    best = max(preset.versions, key=own, default=None)
    return best if best is not None and own(best) else None


@cache
def _names(preset: Preset) -> dict[str, frozenset[str]]:
    """Every heading of a preset with the names it has in any version, folded."""
    found = {h: {folded(h)} for h in (*preset.headings.required, *preset.headings.known)}
    for version in preset.versions:
        for heading, others in version.renamed.items():
            found.setdefault(heading, {folded(heading)}).update(folded(o) for o in others)
    return {h: frozenset(names | {unexplained(n) for n in names}) for h, names in found.items()}


@cache
def _weights() -> dict[str, float]:
    counts = Counter(name for p in catalogue() for name in frozenset().union(*_names(p).values()))
    return {name: (_EVERYDAY if plain(name) in meanings() else 1.0) / n for name, n in counts.items()}


def _weight(name: str) -> float:
    return _weights().get(name) or _weights().get(unexplained(name), _UNKNOWN)

"""The verbs that look at a shop's files: what they are, and a parameter file made for them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.cli.screen import show, words
from crmlib.errors import CrmError, CrmErrors, message_locale

if TYPE_CHECKING:
    from crmlib.intake.presets.draft import Draft
    from crmlib.text import Text

CONFIRMED_NAME = "[A-Za-z0-9][A-Za-z0-9_-]{0,39}"
#: Headings named one by one; of more only how many.
_NAMED = 12


def detect(options: argparse.Namespace) -> int:
    """Say of each file which export it is, how it is written, and what would be read from it."""
    from crmlib.intake.presets import draft

    text, drafts, errors = _text(), *_looked(options.FILE)
    for one in drafts:
        for line in _told(one, text):
            show(line)
        block = draft.sources([one], text, drafts)
        asked = one.match is None and one.proposal is not None and one.proposal.about != "unknown"
        if asked:
            show(text.sentence("found.paste"))
        elif one.match is not None:
            show(text.sentence("found.use", {"n": block.count("\n") - 2}))
        else:
            show(text.sentence("found.next"))
        show(block if asked or one.match is not None else "")
    _refuse(errors)
    return 0


def init(options: argparse.Namespace) -> int:
    """Start a shop of one's own: a parameter file, for the files given or from the template, and a key."""
    from crmlib.privacy import create_key, key_path, shown
    from crmlib.settings import project_root

    name, root = options.NAME, project_root()
    if not re.fullmatch(CONFIRMED_NAME, name):
        raise CrmError("cli.bad_name", found=name)
    template, params = root / "params" / "template.yaml", root / "params" / f"{name}.yaml"
    key, told = key_path(name), f"params/{params.name}"
    if params.exists() and (key.exists() or options.FILE):
        raise CrmError("cli.params_exist", where=told)
    if not template.is_file():
        raise CrmError("cli.no_template", where="params/template.yaml")
    if not params.exists():
        _write(params, template.read_text(encoding="utf-8"), name, _drafts(options.FILE, root), told)
    if not key.exists():
        create_key(name)
    show(words("init.key", file=shown(key)))
    return 0


def _write(params: Path, template: str, name: str, drafts: Sequence[Draft], told: str) -> None:
    from crmlib.intake.presets.draft import commonest, currencies, is_mixed, sources

    text = _text()
    content = re.sub(r"(?m)^(\s+id: )my-shop$", rf"\g<1>{name}", template, count=1)
    if not drafts:
        params.write_text(content, encoding="utf-8")
        show(words("init.done", params=told, shop=name))
        return
    block = sources(drafts, text)
    content = re.sub(r"(?ms)^sources:\n.*?(?=^\n^#|\Z)", lambda _: block, content, count=1)
    content = re.sub(r"(?m)^  name: \{ja: わたしの店, en: My Shop\}$", "  name: null", content, count=1)
    if codes := currencies(drafts):
        content = re.sub(r"(?m)^  code: JPY$", f"  code: {commonest(codes)}", content, count=1)
    params.write_text(content, encoding="utf-8")
    show(text.sentence("init.made", {"shop": name, "params": told}))
    for one in drafts:
        show(next(_told(one, text)))
    for path in dict.fromkeys(one.path for one in drafts if one.outside):
        show(text.sentence("init.outside", {"file": Path(path).name}))
    ready = any(_usable(d) for d in drafts) and all(d.ready and not is_mixed(d, drafts) for d in drafts)
    show(text.sentence("init.ready" if ready else "init.questions", {"params": told}))


def _usable(draft: Draft) -> bool:
    return draft.match is not None or (draft.proposal is not None and draft.proposal.ready)


def _text() -> Text:
    from crmlib.text import load_text

    return load_text("presets", message_locale())


def _drafts(paths: Sequence[Path], root: Path | None = None) -> list[Draft]:
    """Return what every table of every file is.

    Raises
    ------
    CrmError
        What is wrong with files, of several together.
    """
    found, errors = _looked(paths, root)
    _refuse(errors)
    return found


def _refuse(errors: list[CrmError]) -> None:
    if errors:
        raise errors[0] if len(errors) == 1 else CrmErrors(errors)


def _looked(paths: Sequence[Path], root: Path | None = None) -> tuple[list[Draft], list[CrmError]]:
    from crmlib.intake.presets.draft import drafted
    from crmlib.intake.presets.look import looked
    from crmlib.settings import project_root

    home, errors = root or project_root(), list[CrmError]()
    found: list[Draft] = []
    for path in paths:
        full = path.expanduser().absolute()
        inside = full.is_relative_to(home)
        try:
            found += [drafted(full.relative_to(home).as_posix() if inside else str(full), file, not inside)
                      for file in looked(full)]
        except CrmError as error:
            errors.append(error)
    return found, errors


def _told(draft: Draft, text: Text) -> Iterator[str]:
    """Yield what is said of one table of a file, its name and kind first."""
    from crmlib.intake.typed.refuse import not_read

    yield _headline(draft, text)
    file, match = draft.file, draft.recognition.match
    separator = text.find(f"delimiters.{file.delimiter}") or file.delimiter
    encoding = text.find(f"encodings.{file.encoding}") or file.encoding
    written = text.sentence("found.written" if file.delimiter else "found.stored", {
        "encoding": encoding, "delimiter": separator, "rows": file.rows + file.lost})
    titles = text.sentence("found.titles", {"n": file.titles}) if file.titles else ""
    yield written + titles + (text.sentence("found.lost", {"n": file.lost}) if file.lost else "")
    known = match.ignored(file.headings) if match else ()
    never = [*known, *not_read(file.headings, known)]
    if match is None:
        yield text.sentence("found.headings", {"headings": _listed(file.headings, text)})
        yield from [text.sentence("found.ignored", {"headings": _listed(never, text)})] if never else []
        return
    if match.preset.generic:
        yield text.sentence("found.generic")
    tables = [f"{text.find(f'tables.{t}') or t}" for t in getattr(match.preset.reads, "tables", {})]
    if tables:
        yield text.sentence("found.fills", {"tables": _listed(tables, text)})
    if never:
        yield text.sentence("found.ignored", {"headings": _listed(never, text)})
    if match.lacking:
        yield text.sentence("found.lacking", {"headings": _listed(match.lacking, text)})
    if not match.preset.verified:
        yield text.sentence("found.guess", {"source": match.preset.source})
    yield text.sentence("found.traps")
    for trap in match.preset.traps:
        yield text.sentence("found.trap", {"text": trap.get(text.locale)})


def _headline(draft: Draft, text: Text) -> str:
    label, match, rivals = draft.file.label, draft.recognition.match, draft.recognition.rivals
    if match is None:
        if rivals:
            names = [f"{p.name.get(text.locale)} ({p.id})" for p in rivals]
            return text.sentence("found.rivals", {"file": label, "presets": _listed(names, text)})
        about = draft.proposal.about if draft.proposal else "unknown"
        return text.sentence("found.unknown", {"file": label, "about": text.sentence(f"about.{about}")})
    said = {"file": label, "preset": match.preset.name.get(text.locale)}
    if match.version is not None:
        line = text.sentence("found.known_version", {**said, "version": match.version.name.get(text.locale)})
    else:
        line = text.sentence("found.known", said)
    if not match.unknown:
        return line + text.sentence("found.all_known")
    return line + text.sentence("found.some_unknown", {"n": len(match.unknown),
                                                       "headings": _listed(match.unknown, text)})


def _listed(names: Sequence[str], text: Text) -> str:
    comma = "、" if text.locale == "ja" else ", "
    shown = [" ".join(n.split()) for n in names if n]
    return comma.join(shown[:_NAMED]) + (" …" if len(shown) > _NAMED else "")

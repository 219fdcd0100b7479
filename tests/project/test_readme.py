"""The documents a newcomer reads: their commands exist, their links lead somewhere, both languages say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from crmlib.cli import VERBS

PAIRS = [("README.md", "README.ja.md"), ("docs/tutorial.md", "docs/tutorial.ja.md")]
PAGES = ["README.md", "README.ja.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/tutorial.md",
         "docs/tutorial.ja.md", "docs/privacy.md", "docs/rap.md", "tests/scenarios/README.md", "data/README.md",
         "reports/README.md"]
MAKE = re.compile(r"(?<![\w-])make(?: +|$)([a-z]+)((?: +[A-Z_]+=(?:'[^']*'|\S+))*)")
PROGRAM = re.compile(r"python -m crmlib +([a-z]+)")
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
PICTURES = 300_000


@pytest.fixture(scope="module", params=PAGES)
def page(root, request) -> Path:
    return root / request.param


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code(text: str) -> str:
    """What a reader may type: fenced blocks and words in backticks."""
    return "\n".join(re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL) + re.findall(r"`([^`\n]+)`", text))


def targets(root: Path) -> set[str]:
    return set(re.search(r"^\.PHONY: (.*)$", read(root / "Makefile"), re.MULTILINE).group(1).split())


def variables(root: Path) -> set[str]:
    return {*re.findall(r"\b([A-Z_]{2,})=", read(root / "Makefile")),
            *re.findall(r"\(([A-Z_]{2,})\)", read(root / "Makefile")),
            *re.findall(r",([A-Z_]{2,})\)", read(root / "Makefile"))}


def test_every_command_is_a_verb(root, page):
    text = code(read(page))
    assert {verb for verb, _ in MAKE.findall(text)} - targets(root) == set()
    assert set(PROGRAM.findall(text)) - {*VERBS, "help"} == set()


def test_every_variable_of_a_command_is_one_that_make_reads(root, page):
    given = {name for _, rest in MAKE.findall(code(read(page))) for name in re.findall(r"([A-Z_]+)=", rest)}
    assert given - variables(root) == set()


def test_every_link_leads_somewhere(root, page):
    dead = [link for link in LINK.findall(read(page)) if not link.startswith(("http://", "https://"))
            and not leads(page, link)]
    assert dead == []


def leads(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in anchors(read(target)))


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as they are made where pages are shown."""
    headings = re.findall(r"^#{1,6} +(.*)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL),
                          re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("en", "ja"), PAIRS)
def test_both_languages_have_the_same_sections(root, en, ja):
    shapes = [[(kind, len(re.findall(r"^\|", body, re.MULTILINE)), body.count("\n- "), body.count("\n```"))
               for kind, body in re.findall(r"^(#+) .*?$(.*?)(?=^#+ |\Z)", bare(read(root / name)),
                                            re.MULTILINE | re.DOTALL)] for name in (en, ja)]
    assert shapes[0] == shapes[1]


def bare(text: str) -> str:
    """A page with its blocks of code emptied: their comments look like headings."""
    return re.sub(r"^(```\w*\n).*?^(```)$", r"\1\2", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("en", "ja"), PAIRS)
def test_both_languages_lead_to_the_same_places(root, en, ja):
    assert places(root / en) == places(root / ja)


def places(page: Path) -> list[str]:
    """Where a page's links lead, whatever the language of the page they lead to."""
    found = [re.sub(r"\.(ja|en)(?=\.(md|png)$)", "", link) for link in LINK.findall(read(page))]
    return sorted(set(found) - {page.name.replace(".ja", "")})


@pytest.mark.parametrize(("en", "ja"), PAIRS)
def test_both_languages_type_the_same_commands(root, en, ja):
    commands = [[verb for verb, _ in MAKE.findall(code(read(root / name)))] for name in (en, ja)]
    assert sorted(set(commands[0])) == sorted(set(commands[1]))


@pytest.mark.parametrize("name", ["docs/tutorial.md", "docs/tutorial.ja.md", "README.md", "README.ja.md"])
def test_every_parameter_file_shown_is_one_the_program_reads(root, name, tmp_path):
    from crmlib.settings import load_settings

    shown = re.findall(r"^```yaml\n(.*?)^```", read(root / name), re.MULTILINE | re.DOTALL)
    assert shown
    for number, text in enumerate(shown):
        whole = text if text.startswith("shop:") else f"shop: my-shop\n{text}"
        path = tmp_path / f"{number}.yaml"
        path.write_text(whole, encoding="utf-8")
        assert load_settings(path).sources
        assert yaml.safe_load(whole)["sources"]


def test_the_pages_of_the_report_are_all_named(root):
    names = {path.stem for path in (root / "notebooks").glob("*.ipynb")}
    for readme in ("README.md", "README.ja.md"):
        assert set(re.findall(r"^\| `(\d\d_\w+)` \|", read(root / readme), re.MULTILINE)) == names, readme


def test_pictures_are_small_shown_and_described(root):
    folder = root / "docs/images"
    shown = {name: alt for readme in ("README.md", "README.ja.md")
             for alt, name in re.findall(r"!\[([^\]]*)\]\(docs/images/([^)]+)\)", read(root / readme))}
    assert {path.name for path in folder.iterdir()} == set(shown)
    assert all(len(alt) > 10 for alt in shown.values())
    assert sum(path.stat().st_size for path in folder.iterdir()) <= PICTURES


@pytest.mark.parametrize(("text", "found"), [
    ("make report PARAMS=a.yaml FINAL=1", [("report", " PARAMS=a.yaml FINAL=1")]),
    ("make detect FILES='a b.csv'", [("detect", " FILES='a b.csv'")]),
    ("cmake report; remake it", []),
])
def test_commands_are_found(text, found):
    assert MAKE.findall(text) == found


def test_anchors_are_made_as_where_pages_are_shown():
    assert anchors("# A month: its folder\n\n```\n# no heading\n```\n## 日本語 です\n") == {
        "a-month-its-folder", "日本語-です"}

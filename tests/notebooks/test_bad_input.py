"""Whatever lies in the input folder, a run ends with sentences: the file, what was found, the next step; nothing else.

Each case goes through the command line: exit code 2, no traceback, nothing published, no table kept, nothing left
behind in the folders for temporary files; a process of its own, as a user starts it, says and leaves the same.
"""

from __future__ import annotations

import gzip
import io
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from crmlib.cli import main
from exports import FLAT, HEAD, Exports, lines
from packed import locked_workbook, zipped

pytestmark = pytest.mark.slow

GOOD = lines(*(f"A{n},c{n},2026-10-05,x,1,10,10," for n in range(3)))
ROOT = Path(__file__).parents[2]
ALLOWED_FILES = ("hashes.json", ".lock", "runs.jsonl")
NOISE = random.Random(7).randbytes(5000)


@dataclass(frozen=True)
class Run:
    """What a run said and left."""

    code: int
    said: str
    root: Path

    @property
    def left(self) -> list[str]:
        """Files that were made, but for the memo of hashes, the lock and the record of runs."""
        made = [p for folder in ("data/work", "reports", "tmp") for p in (self.root / folder).rglob("*")]
        return sorted(p.relative_to(self.root).as_posix() for p in made if p.is_file() and p.name not in ALLOWED_FILES)


@pytest.fixture
def shop(tmp_path):
    """A project with one good file of orders."""
    for folder in ("params", "data/raw", "tmp"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    (tmp_path / "data/raw/orders.csv").write_text(GOOD, encoding="utf-8")
    params(tmp_path)
    return tmp_path


def params(root, text="", **source):
    """Write the parameter file: one source, or a text as it stands."""
    whole = {"shop": "bad", "privacy": {"published_key": "tests"},
             "sources": [{"files": "data/raw/orders.csv", **yaml.safe_load(FLAT), **source}]}
    written = text or yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)
    (root / "params/shop.yaml").write_text(written, encoding="utf-8")


def told(root, locale, environment):
    """The environment of a person who set nothing but the language."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("CRMLIB", "LC_", "LANG"))}
    return own | {"CRMLIB_LANG": locale, "TMPDIR": str(root / "tmp"), "PYTHONPATH": str(ROOT)} | environment


def run(root, locale="en", **environment):
    """Run the report in this process and return what came of it."""
    with pytest.MonkeyPatch.context() as patch, io.StringIO() as said, redirect_stderr(said), redirect_stdout(said):
        for name in set(os.environ) - set(environment := told(root, locale, environment)):
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(tempfile, "tempdir", str(root / "tmp"))
        patch.chdir(root)
        return Run(main(["report", "params/shop.yaml"]), said.getvalue(), root)


def start(root, locale="en", *command, **environment):
    """Run the report, or another command, as a process of its own and return what came of it."""
    done = subprocess.run([sys.executable, *(command or ("-m", "crmlib", "report", "params/shop.yaml"))], cwd=root,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          env=told(root, locale, environment))
    return Run(done.returncode, done.stdout, root)


def assert_refused(root, *says, label, read=False, **environment):
    """Hold that a run refuses in both languages, naming what it must, and leaves nothing but what could be ``read``."""
    for locale in ("ja", "en"):
        found = run(root, locale, **environment)
        assert found.code == 2, found.said
        assert label[locale] in found.said
        assert found.said.count(label[locale]) == 1
        assert {"ja": "次にすること", "en": "next step"}[locale] in found.said
        assert [s for s in says if s not in found.said] == []
        assert not re.search(r"Traceback|\{\w*\}|Error:|Exception|/tmp/|File \"", found.said), found.said
        assert [name for name in found.left if not (read and name.startswith("data/work/"))] == []


ERROR = {"ja": "エラー: ", "en": "error: "}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a picture", b"\x89PNG\r\n\x1a\n" + NOISE, ["orders.csv", "params/shop.yaml"]),
        ("noise", NOISE, ["orders.csv", "params/shop.yaml"]),
        ("zeros", bytes(5000), ["orders.csv", "params/shop.yaml"]),
        ("nothing", b"", ["orders.csv", "params/shop.yaml"]),
        ("headings only", (HEAD + "\n").encode(), ["orders.csv", "params/shop.yaml"]),
        ("another export", b"a,b,c\n1,2,3\n", ["orders.csv", "注文番号", "params/shop.yaml"]),
        ("a field that never ends", (HEAD + '\nA1,c,2026-10-05,"' + "x" * 40_000_000).encode(), ["orders.csv"]),
        ("a line that never ends", (HEAD + "\n" + "x" * 40_000_000).encode(), ["orders.csv"]),
        ("cards", lines(*(f"A{n},4111111111111111,2026-10-05,x,1,1,1," for n in range(9))).encode(), ["会員番号"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_used(shop, name, content, says):
    (shop / "data/raw/orders.csv").write_bytes(content)
    assert_refused(shop, *says, label=ERROR)


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_a_process_of_its_own_says_and_leaves_the_same(shop, locale):
    (shop / "data/raw/orders.csv").write_bytes(NOISE)
    found = start(shop, locale)
    assert found == run(shop, locale) and found.code == 2 and found.left == []


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("orders.xlsx", locked_workbook()),
        ("orders.xlsx", b"PK\x03\x04 no workbook"),
        ("orders.zip", zipped({"a.csv": b"a,b\n" + b"1,2\n" * 2_000_000})),
        ("orders.csv.gz", gzip.compress(GOOD.encode())[:-20]),
        ("orders.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 2_000_000, 9)),
        ("orders.parquet", b"PAR1" + NOISE + b"PAR1"),
    ],
    ids=["password", "broken workbook", "zip bomb", "cut gzip", "gzip bomb", "broken parquet"],
)
def test_a_packed_file_that_cannot_be_used(shop, file, content):
    (shop / "data/raw" / file).write_bytes(content)
    params(shop, files=f"data/raw/{file}")
    assert_refused(shop, file, "params/shop.yaml", label=ERROR)


def test_a_second_row_of_headings_goes_to_quarantine(tmp_path):
    exports = Exports(tmp_path)
    exports.write("orders.csv", GOOD + GOOD)
    source = {"files": "orders.csv", **yaml.safe_load(FLAT)}
    intake = exports.load(source)
    lost = intake.ledger[intake.ledger["fate"] == "quarantined"]
    assert lost["rows"].sum() == 1
    kept = (intake.quarantine / "order_lines.csv").read_text(encoding="utf-8-sig").splitlines()
    assert kept[0].startswith("注文番号,") and kept[1].split(",")[-1] == "5" and len(kept) == 2


def test_databases_that_do_not_answer(shop):
    (shop / "data/raw/shop.db").write_bytes(b"SQLite format 3\0" + NOISE)
    params(shop, files="data/raw/shop.db", table="orders")
    assert_refused(shop, "shop.db", "params/shop.yaml", label=ERROR)
    with sqlite3.connect(shop / "data/raw/whole.db") as connection:
        connection.execute("CREATE TABLE sales (a TEXT)")
    params(shop, files="data/raw/whole.db", table="orders")
    assert_refused(shop, "whole.db", "orders", "params/shop.yaml", label=ERROR)


def test_a_database_server_that_is_not_there(shop):
    pytest.importorskip("psycopg")
    source = {"database": {"url_env": "SHOP_DATABASE_URL"}, "table": "orders", **yaml.safe_load(FLAT)}
    whole = {"shop": "bad", "privacy": {"published_key": "tests"}, "sources": [source]}
    params(shop, yaml.safe_dump(whole, allow_unicode=True, sort_keys=False))
    assert_refused(shop, "SHOP_DATABASE_URL", label=ERROR)
    url = "postgresql://reader:hidden-word@127.0.0.1:1/shop"
    assert_refused(shop, "SHOP_DATABASE_URL", label=ERROR, SHOP_DATABASE_URL=url)
    assert "hidden-word" not in run(shop, SHOP_DATABASE_URL=url).said


def test_a_map_that_names_a_column_twice(shop):
    text = (shop / "params/shop.yaml").read_text(encoding="utf-8")
    params(shop, re.sub(r"(?m)^( +)(order_id: .*)$", r"\1\2\n\1\2", text, count=1))
    assert_refused(shop, "order_id", "shop.yaml", label=ERROR)


def test_a_day_years_after_all_others_decides_no_month(shop):
    (shop / "data/raw/orders.csv").write_text(GOOD + "F1,c1,2099-01-05,x,1,10,10,\n", encoding="utf-8")
    assert_refused(shop, "orders.csv", "2099-01-05", "2026-10-05", "--month", label=ERROR, read=True)


def test_a_missing_file_and_a_missing_key(shop):
    params(shop, files="data/raw/ordres.csv")
    assert_refused(shop, "ordres.csv", "orders.csv", "params/shop.yaml", label=ERROR)
    text = (shop / "params/shop.yaml").read_text(encoding="utf-8")
    params(shop, text.replace("published_key: tests", "key_file: keys/none.key"))
    assert_refused(shop, "keys/none.key", label=ERROR)


@pytest.mark.parametrize(("mode", "says"), [(0o644, "0644"), (0o640, "0640"), (0o604, "0604")])
def test_a_key_others_may_read(shop, mode, says):
    key = shop / "shop.key"
    key.write_text("ab" * 32 + "\n", encoding="ascii")
    key.chmod(mode)
    text = (shop / "params/shop.yaml").read_text(encoding="utf-8")
    params(shop, text.replace("published_key: tests", f"key_file: {key.name}"))
    assert_refused(shop, says, "shop.key", label=ERROR)


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from crmlib.cli import main
sys.exit(main(["report", "params/shop.yaml"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX")
def test_a_full_disk(shop):
    draw = random.Random(7)
    rows = (f"A{n},c{draw.random()},2026-10-05,{draw.random()},1,10,10," for n in range(30_000))
    (shop / "data/raw/orders.csv").write_text(lines(*rows), encoding="utf-8")
    for locale in ("ja", "en"):
        found = start(shop, locale, "-c", LIMITED)
        assert found.code == 2, found.said
        assert found.said.count(ERROR[locale]) == 1
        assert not re.search(r"Traceback|\{\w*\}|Exception", found.said), found.said
        assert found.left == []

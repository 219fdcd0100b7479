"""The command line: verbs, messages in both languages, exit codes, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from crmlib import cli
from crmlib.cli import verbs
from crmlib.errors import CrmError

PROJECT = "[project]\nname = 'x'\n"


@pytest.fixture
def english(monkeypatch):
    monkeypatch.setenv("CRMLIB_LANG", "en")
    monkeypatch.delenv("CRMLIB_DEBUG", raising=False)


def test_help_names_every_verb_in_the_language_of_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("CRMLIB_LANG", "ja")
    assert cli.main([]) == cli.main(["--help"]) == cli.main(["help"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {verb} " in said for verb in cli.VERBS)
    assert "月次レポート" in said


@pytest.mark.parametrize("arguments", [
    ["frob"], ["report", "--bogus"], ["report", "--month", "2026-13"], ["report", "--month", "10/2026"],
    ["report", "--as-of", "31.10.2026"], ["report", "--jobs", "0"], ["report", "--jobs", "two"], ["init"],
    ["init", "../x"], ["report", "--locale", "fr"], ["report", "nowhere/at_all.yaml"],
    ["check", "nowhere/at_all.yaml"]])
def test_bad_usage_is_one_clear_error_and_exit_2(arguments, capsys, english):
    assert cli.main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    assert said.out == ""


def test_an_unexpected_error_is_a_sentence_and_the_place_of_the_details(capsys, english, monkeypatch):
    def burst(*_):
        raise RuntimeError("the flux capacitor")

    monkeypatch.setattr(verbs, "run", burst)
    assert cli.main(["help"]) == 1
    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert "Traceback" not in said
    log = cli.Path(said.strip().rpartition(" ")[2])
    assert "the flux capacitor" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    log.unlink()
    monkeypatch.setenv("CRMLIB_DEBUG", "1")
    with pytest.raises(RuntimeError):
        cli.main(["help"])


def test_an_interrupt_is_exit_130(capsys, english, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(verbs, "run", interrupt)
    assert cli.main(["help"]) == 130
    assert "as they were" in capsys.readouterr().err


def test_an_error_of_a_notebook_is_exit_1(capsys, english, monkeypatch):
    def fail(*_):
        raise CrmError("report.gate", where="index.html", exit_code=1)

    monkeypatch.setattr(verbs, "run", fail)
    assert cli.main(["help"]) == 1


def test_a_terminal_that_cannot_show_a_character_shows_a_question_mark(root):
    done = subprocess.run([sys.executable, "-m", "crmlib", "help"], cwd=root, capture_output=True, check=False,
                          env={"PYTHONIOENCODING": "ascii", "CRMLIB_LANG": "ja", "PATH": ""})
    assert done.returncode == 0
    assert b"report" in done.stdout
    assert b"?" in done.stdout


def test_a_reader_that_has_enough_is_no_error(root):
    process = subprocess.Popen([sys.executable, "-m", "crmlib", "help"], cwd=root, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.wait() == 0
    assert process.stderr.read() == b""


def test_help_is_instant_and_loads_nothing_heavy(root):
    heavy = "pandas duckdb pydantic seaborn sklearn papermill matplotlib nbformat"
    code = ("import sys; from crmlib.cli import main; main(['help']);"
            f"print([m for m in '{heavy}'.split() if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_init_starts_a_shop_and_overwrites_nothing(tmp_path, monkeypatch, capsys, english, root):
    (tmp_path / "params").mkdir()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    template = (root / "params" / "template.yaml").read_text(encoding="utf-8")
    (tmp_path / "params" / "template.yaml").write_text(template, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert cli.main(["init", "corner-shop"]) == 0
    made = (tmp_path / "params" / "corner-shop.yaml").read_text(encoding="utf-8")
    assert "id: corner-shop" in made
    key = tmp_path / "config" / "crmlib" / "keys" / "corner-shop.key"
    assert key.stat().st_mode & 0o077 == 0
    (tmp_path / "params" / "corner-shop.yaml").write_text("mine")
    assert cli.main(["init", "corner-shop"]) == 2
    assert (tmp_path / "params" / "corner-shop.yaml").read_text() == "mine"
    key.unlink()  # a copied template, or a key left on another machine: only the key is made
    assert cli.main(["init", "corner-shop"]) == 0
    assert key.is_file() and (tmp_path / "params" / "corner-shop.yaml").read_text() == "mine"
    assert "corner-shop.key" in capsys.readouterr().out


def test_clean_removes_what_can_be_made_again_and_nothing_else(tmp_path, monkeypatch, english):
    stays = ["data/raw/a.csv", "data/work/shop/decisions/d.csv", "reports/shop/2026-10/index.html",
             "reports/shop/runs.jsonl", "params/x.yaml", "data/sample/members.csv"]
    goes = ["data/work/shop/abc/x.parquet", "reports/shop/.staging/2026-10/done/x.json"]
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    for name in (*stays, *goes):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["clean"]) == 0
    assert all((tmp_path / name).is_file() for name in stays)
    assert not any((tmp_path / name).exists() for name in goes)


def test_detect_says_what_is_in_a_file(tmp_path, capsys, english):
    path = tmp_path / "会員.csv"
    path.write_bytes("会員番号,氏名\n1,山田\n2,佐藤\n".encode("cp932"))
    assert cli.main(["detect", str(path)]) == 0
    said = capsys.readouterr().out
    assert "CP932" in said
    assert "2 rows" in said
    assert "会員番号, 氏名" in said


STUBBORN = """
import sys, time
from crmlib import cli
from crmlib.cli import verbs
def stubborn(*_):
    print("running", flush=True)
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            pass
verbs.run, cli.PATIENCE = stubborn, 0.2
sys.argv[1:] = ["help"]
cli.main()
"""


def test_what_does_not_hear_an_interrupt_is_left_all_the_same(root):
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], cwd=root, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, "CRMLIB_LANG": "en"})
    assert process.stdout.readline() == "running\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "Interrupted. Published reports are as they were.\n")

"""PostgreSQL: read only, streamed, its address never shown; on a real server where this machine has one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from crmlib.errors import CrmError, CrmErrors
from exports import HEAD, column, flat

VARIABLE = "CRMLIB_TEST_DATABASE"
#: A password that must not show up in a message.
SECRET = "hunter2"
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))


def source(**more):
    """Return a source that reads a server."""
    found = flat(**{"table": "受注", **more})
    del found["files"]
    return found | {"database": {"url_env": VARIABLE}}


def failed(exports, **more):
    with pytest.raises(CrmError) as error:
        exports.load(source(**more))
    found = error.value.errors[0] if isinstance(error.value, CrmErrors) else error.value
    for locale in ("ja", "en"):
        assert "{" not in found.say(locale) and SECRET not in found.say(locale)
    assert found.exit_code == 2
    return found.code


def test_the_address_has_to_be_in_the_environment(exports, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert failed(exports) == "intake.no_database_url"


@pytest.mark.parametrize(
    "url", ["postgresql://u:{}@127.0.0.1:1/x", "postgres//u:{}@", "host=127.0.0.1 port=1 password={}"]
)
def test_an_unreachable_server_is_told_without_its_address(exports, monkeypatch, url):
    pytest.importorskip("psycopg")
    monkeypatch.setenv(VARIABLE, url.format(SECRET))
    assert failed(exports) == "intake.unreachable_database"


def test_without_the_driver_the_extra_is_named(exports, monkeypatch):
    monkeypatch.setenv(VARIABLE, "postgresql://u@127.0.0.1/x")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert failed(exports) == "intake.missing_extra"


def test_the_settings_name_a_variable_and_no_address(exports):
    for wrong in ({"url_env": "postgresql://u:p@h/x"}, {"url": "postgresql://u:p@h/x"}):
        with pytest.raises(CrmError) as error:
            exports.settings(source() | {"database": wrong})
        assert error.value.code.startswith("settings.")
    for wrong in (source(query="SELECT 1"), source() | {"files": "orders.csv"}, source(table=None)):
        with pytest.raises(CrmError) as error:
            exports.settings(wrong)
        assert error.value.code in ("settings.table_or_query", "settings.files_or_database")


@pytest.fixture(scope="module")
def server():
    """Start a server of its own on a free port, as a user that is not root; its address is a value of psycopg."""
    psycopg = pytest.importorskip("psycopg")
    if not PROGRAMS:
        pytest.skip("no PostgreSQL server is installed")
    root = os.geteuid() == 0
    if root and shutil.which("su") is None:
        pytest.skip("a server does not run as root")
    user = {"user": "postgres"} if root else {}
    home = Path(tempfile.mkdtemp(prefix="crmlib-pg-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        if root:
            shutil.chown(home, "postgres")
        run = {"cwd": home, "check": True, "capture_output": True, **user}
        subprocess.run([PROGRAMS[-1] / "initdb", "-D", home / "data", "-U", "shop", "-A", "trust", "-E", "UTF8"], **run)
        options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off"
        control = [PROGRAMS[-1] / "pg_ctl", "-D", home / "data", "-w", "-l", home / "log"]
        subprocess.run(
            [*control, "-o", options, "start"], **{**run, "capture_output": False, "stdout": subprocess.DEVNULL}
        )
    except (OSError, LookupError, subprocess.CalledProcessError) as error:
        shutil.rmtree(home, ignore_errors=True)
        pytest.skip(f"no PostgreSQL server starts here: {error}")
    url = f"postgresql://shop:{SECRET}@127.0.0.1:{port}/postgres"
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            yield url, connection
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **run)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def filled(server, monkeypatch):
    """The server with a table of orders, and its address in the environment."""
    url, connection = server
    monkeypatch.setenv(VARIABLE, url)
    columns = [f'"{name}"' for name in HEAD.split(",")]
    kinds = ("text", "integer", "timestamptz", "text", "integer", "numeric(12,0)", "numeric(12,0)", "text")
    connection.execute('DROP TABLE IF EXISTS "受注"')
    connection.execute('CREATE TABLE "受注" (' + ", ".join(map(" ".join, zip(columns, kinds, strict=True))) + ")")
    connection.execute(
        "INSERT INTO \"受注\" SELECT 'A' || n, n % 7, TIMESTAMPTZ '2026-10-01 10:00+09' + n * INTERVAL '1 minute', "
        "'髙﨑①', 1, 100, 100, NULL FROM generate_series(1, 25000) AS n"
    )
    return connection


@pytest.mark.slow
def test_a_table_is_streamed_and_typed_once(exports, filled):
    intake = exports.load(source())
    assert len(column(intake, "orders", "order_id")) == 25_000
    assert str(min(column(intake, "orders", "ordered_at"))) == "2026-10-01 01:01:00"
    assert [(i["file"], i["rows"]) for i in intake.inputs] == [(f"{VARIABLE}#受注", 25_000)]
    again = exports.load(source())
    assert again.inputs == intake.inputs and again.folder == intake.folder
    some = exports.load(source(table=None, query='SELECT * FROM "受注" WHERE "会員番号" = 3'))
    assert set(column(some, "customers", "customer_id")) == {"3"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"table": "nothing"}, "intake.missing_table"),
        ({"table": "no.such.schema"}, "intake.database_refused"),
        ({"table": None, "query": 'DELETE FROM "受注"'}, "intake.database_refused"),
        ({"table": None, "query": 'WITH x AS (DELETE FROM "受注" RETURNING 1) TABLE x'}, "intake.database_refused"),
        ({"table": None, "query": "SELECT setval('x', 1)"}, "intake.database_refused"),
        ({"table": None, "query": "SELECT 1 / 0"}, "intake.database_refused"),
        ({"table": None, "query": "SELECT * FROM nothing"}, "intake.database_refused"),
    ],
)  # fmt: skip
def test_what_a_server_does_not_give_is_told_and_nothing_is_written(exports, filled, more, wanted):
    assert failed(exports, **more) == wanted
    assert filled.execute('SELECT COUNT(*) FROM "受注"').fetchone() == (25_000,)

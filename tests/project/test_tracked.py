"""What must never be committed: addresses of registries, places on one machine, people, data, keys."""

from __future__ import annotations

import re

import pytest

REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|conda\.anaconda\.org|deb\.debian\.org|/simple/|"
    r"--(extra-)?index-url|find-links\s*=|file://", re.IGNORECASE)
PLACE = re.compile(r"(?<![\w.~/-])/(home|Users|root|work|mnt|media)/[\w.-]+|/tmp/team|[A-Z]:\\\\?Users", re.ASCII)
#: Tests of what hides places need invented ones.
REAL_PLACE = re.compile(r"(?<![\w.~/-])/(root|work|mnt|media)/[\w.-]+|/tmp/team", re.ASCII)
EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}", re.ASCII)
#: Domains that belong to nobody (RFC 2606, RFC 6761).
NOBODY = re.compile(r"@([a-z0-9-]+\.)*(example(\.(com|net|org|jp|co\.jp))?|[a-z0-9-]+\.(example|invalid|test))$",
                    re.IGNORECASE)
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_[A-Za-z0-9]{30,}")
#: This file holds the patterns themselves.
HERE = "tests/project/test_tracked.py"
BINARY_KINDS = (".parquet", ".xlsx", ".xls", ".key", ".pem", ".duckdb", ".db", ".zip", ".gz")


@pytest.mark.parametrize("pattern", [REGISTRY, SECRET, REAL_PLACE], ids=["registry", "secret", "place"])
def test_no_file_names_a_registry_a_secret_or_a_place(tracked, pattern):
    assert hits(tracked, pattern) == []


def test_nothing_but_tests_names_a_home(tracked):
    assert hits({name: text for name, text in tracked.items() if not name.startswith("tests/")}, PLACE) == []


def hits(texts, pattern):
    return [f"{name}:{number} {match.group()}" for name, text in texts.items() if name != HERE
            for number, line in enumerate(text.splitlines(), 1) if (match := pattern.search(line))]


def test_no_file_holds_the_address_of_a_person(tracked):
    found = [f"{name} {match.group()}" for name, text in tracked.items() if name != HERE
             for match in EMAIL.finditer(text) if not NOBODY.search(match.group())]
    assert found == []


def test_data_and_reports_stay_out(tracked, root):
    inside = [name for name in tracked if name.startswith(("data/", "reports/", "bench/results/"))]
    assert [name for name in inside if not name.endswith("README.md")] == []
    assert [name for name in tracked if name.endswith(BINARY_KINDS)] == []


def test_no_file_is_large(tracked):
    sizes = {name: len(text.encode()) // 1024 for name, text in tracked.items() if name != "requirements.lock"}
    assert {name: size for name, size in sizes.items() if size > 500} == {}


@pytest.mark.parametrize(("line", "pattern", "bad"), [
    ("index https://pypi.org/simple", REGISTRY, True),
    ("open('/home/hana/x.csv')", PLACE, True),
    ("see ../shared/data and https://example.org/work/one", PLACE, False),
    ("a path such as data/work/shop", PLACE, False),
])
def test_the_patterns_know_what_they_look_for(line, pattern, bad):
    assert bool(pattern.search(line)) is bad


@pytest.mark.parametrize(("address", "ours"), [
    ("hana@example.com", True), ("a.b@mail.example.jp", True), ("x@shop.invalid", True), ("hana@shop.co.jp", False),
])
def test_addresses_of_nobody_are_told_from_those_of_people(address, ours):
    assert EMAIL.fullmatch(address)
    assert bool(NOBODY.search(address)) is ours

"""Ranges live once, in pyproject.toml; the lock, environment.yml and the docs say the same."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.version import Version

PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>.*?))? \\$")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
NOTE = re.compile(r"    # via [a-z0-9.-]+(, [a-z0-9.-]+)*( \(pyproject\.toml\))?")


@pytest.fixture(scope="module")
def pyproject(root):
    return (root / "pyproject.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lock(root):
    return (root / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pins(lock):
    """Every locked version: a package may have several, each for its own kind of Python."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in lock.splitlines():
        if match := PIN.match(line):
            found.setdefault(match["name"], []).append((match["version"], match["marker"] or ""))
    return found


@pytest.fixture(scope="module")
def project(pyproject):
    return tomllib.loads(pyproject)["project"]


@pytest.fixture(scope="module")
def direct(project):
    """What the project asks for itself, core and extras."""
    extras = [one for group in project["optional-dependencies"].values() for one in group]
    return [Requirement(one) for one in [*project["dependencies"], *extras]]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_requirement_is_locked_within_its_range(direct, pins):
    outside = [f"{one} is {version}" for one in direct for version, _ in pins.get(plain(one.name), [("missing", "")])
               if version == "missing" or not one.specifier.contains(Version(version), prereleases=True)]
    assert outside == []


def test_the_lock_holds_only_pins_hashes_and_reasons(lock):
    body = [line for line in lock.splitlines() if not line.startswith("#")]
    assert [line for line in body if not (PIN.match(line) or HASH.fullmatch(line) or NOTE.fullmatch(line))] == []


def test_every_pin_has_a_hash(lock):
    blocks = re.split(r"\n(?=[a-z0-9])", lock)[1:]
    assert len(blocks) > 100
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("minor", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_each_python_and_system_gets_exactly_one_version(pins, direct, minor, system):
    where = {"python_version": minor, "python_full_version": f"{minor}.9", "sys_platform": system, "os_name": "posix",
             "platform_system": system.title(), "implementation_name": "cpython",
             "platform_python_implementation": "CPython"}
    chosen = {name: [v for v, marker in versions if not marker or Marker(marker).evaluate(where)]
              for name, versions in pins.items()}
    assert {name: versions for name, versions in chosen.items() if len(versions) > 1} == {}
    assert [one.name for one in direct if len(chosen[plain(one.name)]) != 1] == []


def test_sqlglot_is_pinned_exactly(direct):
    assert {str(one.specifier)[:2] for one in direct if one.name == "sqlglot"} == {"=="}


def test_environment_yml_is_what_pyproject_says(root, pyproject, environment_tool):
    written = (root / "environment.yml").read_text(encoding="utf-8")
    assert written == environment_tool.render(pyproject), "make lock writes it anew"


def test_conda_and_pip_share_the_requirements_without_a_gap(root, project, environment_tool):
    listed = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = [one.split()[0] for one in listed if isinstance(one, str)]
    pip = [Requirement(one).name for one in listed[-1]["pip"] if not one.startswith("--editable")]
    wanted = [environment_tool.CONDA_NAMES.get(name, name) for name in map(plain, names(project))]
    assert sorted([*conda, *pip]) == sorted([*wanted, "python", "pip"])


def test_conda_understands_every_range(pyproject, environment_tool):
    rattler = pytest.importorskip("rattler", reason="the extra `test` brings py-rattler")
    for spec in environment_tool.conda_specs(pyproject):
        assert str(rattler.MatchSpec(spec, strict=True).name.normalized) == spec.split()[0]
    exceptions = pytest.importorskip("rattler.exceptions")
    with pytest.raises(exceptions.InvalidMatchSpecError):
        rattler.MatchSpec("pandas =>3", strict=True)


def test_every_locked_version_is_within_the_range_for_conda(pyproject, pins, environment_tool):
    rattler = pytest.importorskip("rattler", reason="the extra `test` brings py-rattler")
    back = {conda: name for name, conda in environment_tool.CONDA_NAMES.items()}
    ranges = dict(spec.split(maxsplit=1) for spec in environment_tool.conda_specs(pyproject) if " " in spec)
    del ranges["python"]
    checked = [(name, version, rattler.VersionSpec(limits).matches(rattler.Version(version)))
               for name, limits in ranges.items() for version, _ in pins[back.get(name, name)]]
    assert len(checked) >= len(ranges)
    assert [f"{name} {version}" for name, version, inside in checked if not inside] == []


def test_each_dependency_has_its_reason(root, direct):
    text = (root / "docs/decisions/0002-dependencies.md").read_text(encoding="utf-8")
    told = [name for name in re.findall(r"^\| ([A-Za-z0-9._-]+) \|", text, re.MULTILINE) if name != "package"]
    assert sorted(map(plain, told)) == sorted({plain(one.name) for one in direct})


def test_the_test_extra_pins_what_the_spark_extra_pins(project):
    extras = project["optional-dependencies"]
    assert set(extras["spark"]) <= set(extras["test"])


def test_this_environment_is_the_locked_one(root):
    from crmlib import doctor

    if not sys.prefix.startswith(str(root / ".venv")):
        pytest.skip("these tests run outside .venv, whose packages are the ones that are locked")
    finding = doctor.packages(doctor.locked(root / "requirements.lock"), doctor.installed())
    assert (finding.state, dict(finding.values)) == ("ok", {"n": finding.values["n"]})


def test_the_version_is_told_once(root, project):
    import crmlib

    assert project["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", crmlib.__version__)


def names(project) -> list[str]:
    return [Requirement(one).name for one in project["dependencies"]]

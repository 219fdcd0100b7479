"""Make the environment: .venv with exactly what requirements.lock says, and crmlib itself in it.

Needs a Python of 3.11 or newer and nothing else. It can be stopped and run again at any time; an existing .venv
is kept and brought up to date. ``make`` calls it whenever requirements.lock or pyproject.toml is newer than the
stamp ``.venv/.ok``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / ".ok"
NEEDED_GB = 2.5
WORDS = {
    "ja": ("環境を準備しています（{python}、初回は数分かかります）…", "準備ができました（{seconds}秒）。",
           "uvでは入れられなかったため、pipで入れます（少し時間がかかります）…"),
    "en": ("Setting up the environment ({python}; a few minutes the first time) …", "Ready after {seconds} s.",
           "uv could not do it, so pip does (it takes longer) …"),
}
sys.path.insert(0, str(ROOT))

from crmlib.errors import LABELS, TEXT, message_locale  # noqa: E402


class Stop(Exception):
    """Setting up cannot go on; the name of a sentence in text/<locale>/errors/setup.yaml and its values."""

    def __init__(self, name: str, **values: str) -> None:
        super().__init__(name)
        self.name, self.values = name, values


def main() -> int:
    """Set up and return the exit code; whatever goes wrong is told in a sentence, in both languages."""
    try:
        set_up()
    except Stop as stop:
        return tell(stop)
    except PermissionError as error:
        return tell(Stop("no_rights", path=Path(error.filename or VENV).name))
    except OSError as error:
        return tell(Stop("failed", detail=error.strerror or type(error).__name__))
    except KeyboardInterrupt:
        return 130
    return 0


def set_up() -> None:
    """Make the environment, fill it from the lock, put crmlib in it and stamp it."""
    started, (before, after, _) = time.monotonic(), WORDS[message_locale()]
    say(before.format(python=f"Python {sys.version.split()[0]}"))
    STAMP.unlink(missing_ok=True)
    python = make_venv()
    uv = find_uv(python)
    fill(python, uv)
    install_crmlib(python, uv)
    STAMP.write_text(hashlib.sha256(LOCK.read_bytes()).hexdigest() + "\n", encoding="ascii")
    say(after.format(seconds=round(time.monotonic() - started)))


def make_venv() -> Path:
    """Return the Python of .venv, which is made unless a usable one is there."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if python.exists() and new_enough(python):
        return python
    if VENV.exists() and any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").is_file():
        raise Stop("not_ours")
    if importlib.util.find_spec("ensurepip") is None and not shutil.which("uv"):
        raise Stop("no_ensurepip", python=sys.executable, version=f"{sys.version_info[0]}.{sys.version_info[1]}")
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < NEEDED_GB:
        raise Stop("no_space", needed=f"{NEEDED_GB} GB", free=f"{free:.1f} GB")
    # Not venv.create(): a Python started from another virtual environment would link to the wrong one.
    base = getattr(sys, "_base_executable", sys.executable)
    without = ["--without-pip"] if shutil.which("uv") else []
    if run(base, "-m", "venv", "--clear", *without, str(VENV)):
        raise Stop("failed", detail="python -m venv")
    return python


def new_enough(python: Path) -> bool:
    """Tell whether a Python starts and is 3.11 or newer."""
    return run(str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))", quiet=True) == 0


def find_uv(python: Path) -> str | None:
    """Return uv: the one in .venv or on the PATH, else installed from the lock; None where it cannot be had."""
    own = python.with_name("uv.exe" if os.name == "nt" else "uv")
    if own.exists():
        return str(own)
    if there := shutil.which("uv"):
        return there
    ensure_pip(python)
    only_uv = VENV / "uv.lock.txt"
    only_uv.write_text(entry("uv", LOCK.read_text(encoding="utf-8")), encoding="utf-8")
    run(*pip(python), "install", "--require-hashes", "-r", str(only_uv), quiet=True)
    return str(own) if own.exists() else None


def entry(package: str, lock: str) -> str:
    """Return the lines of one package in a lock: its version and hashes."""
    lines = lock.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{package}=="))
    stop = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    return "\n".join(line for line in lines[start:stop] if not line.lstrip().startswith("#")) + "\n"


def fill(python: Path, uv: str | None) -> None:
    """Install exactly what the lock says, with byte code compiled; by pip when uv is missing or fails."""
    if uv and run(uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", str(python),
                  str(LOCK)) == 0:
        return
    say(WORDS[message_locale()][2])
    ensure_pip(python)
    log = subprocess.run([*pip(python), "install", "--require-hashes", "-r", str(LOCK)], cwd=ROOT, text=True,
                         capture_output=True, check=False)
    if log.returncode:
        say("\n".join(log.stderr.strip().splitlines()[-12:]))
        raise Stop("changed_packages" if "THESE PACKAGES DO NOT MATCH" in log.stderr else "no_packages")


def install_crmlib(python: Path, uv: str | None) -> None:
    """Link crmlib into the environment; the build backend comes from the lock, so nothing is downloaded."""
    options = ("install", "--quiet", "--no-deps", "--no-build-isolation")
    by_uv = (uv, "pip", *options, "--python", str(python), "--editable", ".") if uv else None
    if by_uv and run(*by_uv) == 0:
        return
    ensure_pip(python)
    if run(*pip(python), *options, "--editable", "."):
        raise Stop("failed", detail="pip install --editable")


def ensure_pip(python: Path) -> None:
    """Put pip into an environment that was made without."""
    if run(str(python), "-m", "pip", "--version", quiet=True) and run(str(python), "-m", "ensurepip", quiet=True):
        raise Stop("no_ensurepip", python=str(python), version=f"{sys.version_info[0]}.{sys.version_info[1]}")


def pip(python: Path) -> tuple[str, ...]:
    """Return the words that start pip, without its remarks about newer versions of itself."""
    return (str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")


def run(*command: str, quiet: bool = False) -> int:
    """Run a command in the project's folder and return its exit code."""
    nowhere = subprocess.DEVNULL if quiet else None
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=nowhere, stderr=nowhere, check=False).returncode


def tell(stop: Stop) -> int:
    """Say what happened and the next step in both languages; the reader's own comes last, where the eye is."""
    for locale in sorted(LABELS, key=lambda one: one == message_locale()):
        words = sentences(stop.name, (TEXT / locale / "errors/setup.yaml").read_text(encoding="utf-8"))
        say(f"{LABELS[locale]['what']}: {words['what'].format(**stop.values)}")
        say(f"  {LABELS[locale]['fix']}: {words['fix'].format(**stop.values)}")
    return 2


def sentences(name: str, catalogue: str) -> dict[str, str]:
    """Read one entry of the catalogue without a YAML library, which is not installed yet."""
    lines = catalogue.splitlines()
    start = lines.index(f"{name}:") + 1
    pairs = (line.strip().partition(": ") for line in lines[start:start + 2])
    return {key: value.strip('"') for key, _, value in pairs}


def say(text: str) -> None:
    """Write a line for the person at the terminal, whatever its encoding."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

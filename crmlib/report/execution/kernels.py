"""Give notebooks kernels that have already imported everything.

One server process (``warm.py``) imports the libraries and crmlib once, then forks a child for every
kernel and for every pytest that re-runs a notebook. A kernelspec whose command is a tiny client makes
it serve papermill, nbval and JupyterLab alike. Where forking is unsafe, or the folder for temporary
files has too long a name for a socket, kernels are plain ones.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from crmlib.report.execution.warm import plain

NAME = "crmlib"
WARM = str(Path(__file__).with_name("warm.py"))
QUEUE = 64
#: Bytes of a socket's path that every system takes (108 on Linux, 104 on macOS, with the end of the text).
LONGEST = 100
BACKEND = "module://matplotlib_inline.backend_inline"
#: Sums must not depend on how many threads a linear algebra library takes, nor on the machine's zone.
STEADY = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0",
          "TZ": "UTC", "MPLBACKEND": BACKEND}


def can_fork() -> bool:
    """Whether warm kernels work here: macOS frameworks do not survive a fork, Windows has none."""
    return sys.platform.startswith("linux") and hasattr(os, "fork")


class Kernels:
    """Kernels for one run, as a context manager.

    Parameters
    ----------
    env : dict
        Variables every kernel gets (``CRMLIB_STAGING`` and its like).
    cold : bool
        Start plain kernels instead of forking.
    own_modules : bool
        Preload crmlib too; False for JupyterLab, where a restart must see edited code.
    name : str
        Of the kernelspec; ``python3`` takes the place of the usual one.
    """

    def __init__(self, env: dict[str, str], cold: bool = False, own_modules: bool = True, name: str = NAME) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="crmlib-kernels-"))
        self._socket = str(self.folder / "socket")
        self.warm = can_fork() and not cold and len(os.fsencode(self._socket)) <= LONGEST
        # An analyst's own IPython settings belong in JupyterLab, not in a report.
        self.env = {**STEADY, "IPYTHONDIR": str(self.folder / "ipython"), **env} if own_modules else dict(env)
        self._own, self._name = own_modules, name
        self._server: subprocess.Popen[bytes] | None = None
        self._jupyter_path = os.environ.get("JUPYTER_PATH")

    def __enter__(self) -> Kernels:
        self.update({})
        os.environ["JUPYTER_PATH"] = self.jupyter_path
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        if self._jupyter_path is None:
            os.environ.pop("JUPYTER_PATH", None)
        else:
            os.environ["JUPYTER_PATH"] = self._jupyter_path

    @property
    def jupyter_path(self) -> str:
        """Where Jupyter finds the kernelspec."""
        return os.pathsep.join(p for p in (str(self.folder), self._jupyter_path) if p)

    def start(self) -> None:
        """Start the server; its imports go on while the caller prepares data."""
        if self.warm and self._server is None:
            env = {**os.environ, **STEADY, **self.env, "PYTHONPATH": _python_path()}
            # Listening from now on: a client that comes before the imports are done waits instead of failing.
            with socket.socket(socket.AF_UNIX) as listener, (self.folder / "server.log").open("wb") as log:
                listener.bind(self._socket)
                listener.listen(QUEUE)
                number = listener.fileno()
                command = [sys.executable, WARM, "serve", str(self.folder), "own" if self._own else "libraries",
                           str(number)]
                self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=env,
                                                start_new_session=True, pass_fds=[number])

    def update(self, env: dict[str, str]) -> None:
        """Add variables for the kernels started from now on, and write the kernelspec."""
        self.env |= env
        spec = {"argv": self.command("kernel", "-f", "{connection_file}"), "display_name": self._name,
                "language": "python", "env": self.env, "metadata": {"supported_encryption": ["curve"]}}
        path = self.folder / "kernels" / self._name / "kernel.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(spec), encoding="utf-8")

    def command(self, target: str, *arguments: str) -> list[str]:
        """Return the command that runs ``kernel`` or ``pytest`` with these arguments, warm or plain."""
        if self.warm:
            return [sys.executable, "-I", "-S", WARM, "client", str(self.folder), target, *arguments]
        return plain(target, list(arguments))

    def tag(self, task: str) -> list[str]:
        """Return the extra kernel argument under which the server notes this kernel's peak memory."""
        return [f"--task={task}"] if self.warm else []

    def peaks(self) -> dict[str, int]:
        """Return the peak memory of each tagged kernel that has ended, in MB."""
        notes = self.folder / "peaks.jsonl"
        lines = notes.read_text(encoding="utf-8").splitlines() if notes.is_file() else []
        return dict(map(json.loads, lines))

    def stop(self) -> None:
        """End the server, and with it every kernel it forked."""
        server, self._server = self._server, None
        if server is not None and server.stdin is not None:
            server.terminate()
            server.wait()
            server.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _python_path() -> str:
    home = str(Path(__file__).resolve().parents[3])
    return os.pathsep.join(p for p in (home, os.environ.get("PYTHONPATH", "")) if p)

"""Fork kernels from a process that has already imported everything.

Run as a script, in two roles. ``serve`` imports pandas, matplotlib, scikit-learn, DuckDB and crmlib,
then forks a child per request. ``client`` is what a kernelspec starts: a bare interpreter that hands its
arguments, environment, folder and standard streams to the server, waits, forwards interrupts, and ends
with the child's exit code; without a server it becomes a plain kernel. Standard library only.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import shutil
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

LIBRARIES = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "matplotlib_inline.backend_inline",
             "numpy", "pandas", "pyarrow.parquet", "matplotlib.pyplot", "matplotlib.backends.backend_svg", "seaborn",
             "duckdb", "sklearn.cluster", "scipy.stats", "yaml", "pydantic", "nbval.plugin", "pytest")
#: Critical only: an interrupt that meets an idle kernel at its end is no news.
QUIET = ("--IPKernelApp.matplotlib=inline", "--HistoryManager.enabled=False", "--IPKernelApp.log_level=50")
#: Not needed by any notebook, or run as programs.
NOT_PRELOADED = ("crmlib.report", "crmlib.cli", "crmlib.sample", "crmlib.__main__")


def plain(target: str, arguments: list[str]) -> list[str]:
    """Return the command for ``kernel`` or ``pytest`` without a server."""
    module = {"kernel": "ipykernel_launcher", "pytest": "pytest"}[target]
    arguments = [a for a in arguments if not a.startswith("--task=")]
    return [sys.executable, "-m", module, *arguments, *(QUIET if target == "kernel" else ())]


# ---- the client: a bare interpreter, a few milliseconds --------------------------------------------

def client(folder: str, target: str, arguments: list[str]) -> int:
    """Ask the server for a child, wait for it, and return its exit code."""
    wish = {"target": target, "arguments": arguments, "env": dict(os.environ), "cwd": str(Path.cwd())}
    request = json.dumps(wish).encode()
    link = socket.socket(socket.AF_UNIX)
    try:
        link.connect(str(Path(folder, "socket")))
        socket.send_fds(link, [struct.pack("<I", len(request))], [0, 1, 2])
        link.sendall(request)
        signal.signal(signal.SIGINT, lambda *_: link.send(b"i"))
        answer = link.recv(64)
    except OSError:
        answer = b"none"
    if answer == b"none":
        command = plain(target, arguments)
        os.execv(command[0], command)
    return int(answer) if answer else 1


# ---- the server: single-threaded, so that a fork is safe --------------------------------------------

class Server:
    """Forks a child per request; ends when its owner's pipe closes."""

    def __init__(self, folder: Path, listening: int) -> None:
        self.folder = folder
        self.links: dict[int, socket.socket] = {}
        self.tasks: dict[int, str] = {}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(fileno=listening)

    def run(self) -> NoReturn:
        """Serve until the owner goes away, then end every child."""
        awake, wake = socket.socketpair()
        for end in (awake, wake):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.end())
        signal.set_wakeup_fd(wake.fileno())
        for source, kind in ((self.listener, "accept"), (awake, "reap"), (sys.stdin, "owner")):
            self.selector.register(source, selectors.EVENT_READ, kind)
        while True:
            for key, _ in self.selector.select():
                if key.data == "owner":
                    shutil.rmtree(self.folder, ignore_errors=True)
                    self.end()
                if key.data == "accept":
                    self.accept()
                elif key.data == "reap":
                    awake.recv(4096)
                    self.reap()
                else:
                    self.hear(key.data)

    def accept(self) -> None:
        """Fork a child for one client."""
        link, _ = self.listener.accept()
        try:
            size, streams, _, _ = socket.recv_fds(link, 4, 3)
            request = json.loads(_read(link, struct.unpack("<I", size)[0]))
        except (OSError, struct.error, ValueError):
            link.close()
            return
        pid = os.fork()
        if pid == 0:
            self.become(request, streams)
        for stream in streams:
            os.close(stream)
        self.links[pid] = link
        self.tasks[pid] = next((a[7:] for a in request["arguments"] if a.startswith("--task=")), "")
        self.selector.register(link, selectors.EVENT_READ, pid)

    def become(self, request: dict[str, Any], streams: list[int]) -> None:
        """In the child: take over the client's streams, folder and environment, and run its program."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            os.setsid()
            for target, source in enumerate(streams):
                os.dup2(source, target)
            self.selector.close()
            for inherited in (self.listener, *self.links.values()):
                inherited.close()
            os.environ.clear()
            os.environ.update(request["env"])
            os.chdir(request["cwd"])
            code = _program(request["target"], request["arguments"])
        except SystemExit as leave:
            code = leave.code if isinstance(leave.code, int) else 1
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code)

    def reap(self) -> None:
        """Tell clients whose child has ended, and note how much memory it took."""
        while self.links:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            link, task = self.links.pop(pid), self.tasks.pop(pid)
            self.selector.unregister(link)
            if task:
                with (self.folder / "peaks.jsonl").open("a", encoding="utf-8") as notes:
                    notes.write(json.dumps([task, usage.ru_maxrss // 1024]) + "\n")
            code = os.waitstatus_to_exitcode(status)
            with suppress(OSError):
                link.sendall(str(code if code >= 0 else 128 - code).encode())
            link.close()

    def hear(self, pid: int) -> None:
        """Forward an interrupt, or end the child of a client that has gone."""
        if pid not in self.links:
            return
        with suppress(OSError):
            if self.links[pid].recv(16):
                os.kill(pid, signal.SIGINT)
            else:
                os.killpg(pid, signal.SIGKILL)

    def end(self) -> NoReturn:
        """End every child, then this process: tearing down what was preloaded would take half a second."""
        for pid in self.links:
            with suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        os._exit(0)


def _read(link: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = link.recv(size - len(parts))
        if not part:
            raise OSError
        parts += part
    return parts


def _program(target: str, arguments: list[str]) -> int:
    if target == "pytest":
        import pytest

        sys.argv = ["pytest", *arguments]
        return int(pytest.main(arguments))
    from ipykernel.kernelapp import IPKernelApp

    arguments = [a for a in arguments if not a.startswith("--task=")]
    # The parent is the server: told so, the kernel ends with it and prints no hint about Ctrl-C.
    IPKernelApp.launch_instance([*arguments, *QUIET, f"--IPKernelApp.parent_handle={os.getppid()}"])
    return 0


def _preload(own: bool) -> None:
    from importlib import import_module

    home = Path(__file__).resolve().parents[2]
    modules = (".".join(p.relative_to(home.parent).with_suffix("").parts) for p in sorted(home.rglob("*.py")))
    mine = [m.removesuffix(".__init__") for m in modules if own and not m.startswith(NOT_PRELOADED)]
    for name in (*LIBRARIES, *mine):
        # What cannot be imported here fails in the notebook that wants it, with its own message.
        with suppress(Exception):
            import_module(name)
    if own:
        with suppress(Exception):
            import_module("crmlib.workbook.beforehand").read(os.environ.get("CRMLIB_PARAMS", ""))


if __name__ == "__main__":
    verb, where, *rest = sys.argv[1:]
    if verb == "client":
        sys.exit(client(where, rest[0], rest[1:]))
    sys.path.pop(0)  # this folder: its check.py and run.py must not be found as top-level modules
    server = Server(Path(where), int(rest[1]))
    slow = ["rfc3987_syntax", "debugpy"] if rest[0] == "own" else ["rfc3987_syntax"]
    # jsonschema and ipykernel do without these; importing them takes a second and half a second.
    for module in slow:
        vars(sys)["modules"][module] = None  # what `import` takes for: is not there
    _preload(rest[0] == "own")
    # Children need not look through all this for garbage again, nor copy it by doing so.
    gc.collect()
    gc.freeze()
    server.run()

"""Warm kernels are kernels: they answer, stop when told, end with whoever asked for them, and have a fallback."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from crmlib.report.execution.kernels import NAME, Kernels, can_fork

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not can_fork(), reason="kernels cannot be forked here")]
WAIT = 60


@pytest.fixture(scope="module")
def kernels():
    """Kernels with the libraries, and a value of their own, preloaded."""
    with Kernels({"CRMLIB_TEST": "told"}, own_modules=False) as found:
        found.start()
        yield found


@pytest.fixture
def kernel(kernels):
    manager, client = start_new_kernel(kernel_name=NAME)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def answer(client, code):
    """Execute code and return what it printed, or the name of its error."""
    said = []
    reply = client.execute_interactive(code, timeout=WAIT, store_history=False,
                                       output_hook=lambda m: said.append(m["content"].get("text", "")))
    content = reply["content"]
    return "".join(said).strip() if content["status"] == "ok" else content["ename"]


def alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def until(condition):
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_kernel_has_everything_imported_and_knows_what_it_was_told(kernel):
    _, client = kernel
    assert answer(client, "import sys, os; print('pandas' in sys.modules, os.environ['CRMLIB_TEST'])") == "True told"
    assert answer(client, "import threading, duckdb; print(duckdb.sql('select sum(range) from range(1000)').fetchall())"
                  ) == "[(499500,)]"


def test_charts_appear_as_in_a_plain_kernel(kernel):
    _, client = kernel
    shown = []
    client.execute_interactive("import matplotlib.pyplot as plt; plt.plot([1, 2]);", timeout=WAIT,
                               output_hook=lambda m: shown.append(list(m["content"].get("data", {}))))
    assert ["image/png"] in [[kind for kind in kinds if kind.startswith("image")] for kinds in shown]


def test_kernels_do_not_see_each_other(kernels):
    pairs = [start_new_kernel(kernel_name=NAME) for _ in range(2)]
    try:
        assert answer(pairs[0][1], "import os; os.environ['MINE'] = x = 'here'; print(x)") == "here"
        assert answer(pairs[1][1], "print(x)") == "NameError"
        assert answer(pairs[1][1], "import os; print(os.environ.get('MINE'))") == "None"
    finally:
        for manager, client in pairs:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def test_an_interrupt_stops_the_cell_and_not_the_kernel(kernel):
    manager, client = kernel
    # After an error a kernel drops for a moment what is sent to it, unless told not to: the next answer is wanted.
    message = client.execute("import time\nprint('on', flush=True)\ntime.sleep(600)", stop_on_error=False)
    until(lambda: client.get_iopub_msg(timeout=WAIT)["msg_type"] == "stream")
    manager.interrupt_kernel()
    while (reply := client.get_shell_msg(timeout=WAIT))["parent_header"].get("msg_id") != message:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert answer(client, "print('still here')") == "still here"


def test_a_kernel_ends_with_the_client_that_asked_for_it(kernels):
    manager, client = start_new_kernel(kernel_name=NAME)
    pid = int(answer(client, "import os; print(os.getpid())"))
    client.stop_channels()
    assert alive(pid)
    manager.provisioner.process.kill()
    until(lambda: not alive(pid))
    manager.cleanup_resources()


def test_the_peak_memory_of_a_tagged_kernel_is_noted_when_it_ends(kernels):
    manager, client = start_new_kernel(kernel_name=NAME, extra_arguments=kernels.tag("ja/20_rfm"))
    answer(client, "x = bytearray(300_000_000)")
    client.stop_channels()
    manager.shutdown_kernel()
    until(lambda: "ja/20_rfm" in kernels.peaks())
    assert kernels.peaks()["ja/20_rfm"] > 300


def test_a_program_ends_with_its_own_exit_code(kernels, tmp_path):
    (tmp_path / "test_x.py").write_text("def test_x():\n    assert 1 == 2\n")
    done = subprocess.run(kernels.command("pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)), cwd=tmp_path,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_a_socket_that_cannot_have_its_name_leaves_plain_kernels(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with Kernels({}) as found:
        found.start()
        assert not found.warm
        assert found.command("kernel", "-f", "x") == Kernels({}, cold=True).command("kernel", "-f", "x")


def test_without_a_server_a_client_becomes_a_plain_kernel(kernels, tmp_path):
    command = kernels.command("kernel", "--version")
    elsewhere = [str(tmp_path) if part == str(kernels.folder) else part for part in command]
    done = subprocess.run(elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.strip()


def test_no_kernel_of_jupyters_own_is_hidden_after_a_run():
    before = os.environ.get("JUPYTER_PATH")
    with Kernels({}) as found:
        assert str(found.folder) in os.environ["JUPYTER_PATH"]
    assert os.environ.get("JUPYTER_PATH") == before
    assert not found.folder.exists()


def test_in_jupyterlab_they_take_the_place_of_the_usual_kernel():
    with Kernels({}, own_modules=False, name="python3") as found:
        found.start()
        manager, client = start_new_kernel(kernel_name="python3")
        try:
            said = answer(client, "import sys; print('pandas' in sys.modules, 'crmlib.report' in sys.modules)")
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    assert said == "True False"


def test_a_client_that_comes_before_the_server_is_ready_waits_for_it(tmp_path):
    (tmp_path / "test_x.py").write_text("import sys\ndef test_x():\n    assert 'seaborn' in sys.modules\n")
    with Kernels({}, own_modules=False) as found:
        found.start()
        done = subprocess.run(found.command("pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)), cwd=tmp_path,
                              capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

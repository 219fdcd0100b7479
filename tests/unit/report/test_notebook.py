"""What is kept of an executed notebook holds nothing of the run, and nothing unfit is kept."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbclient.exceptions import DeadKernelError

from crmlib.errors import CrmError
from crmlib.report.execution import notebook


def executed(*outputs, count=3, **metadata):
    cells = [{"cell_type": "code", "id": "random-1", "execution_count": 1, "source": "month = ''", "outputs": [],
              "metadata": {"tags": ["injected-parameters"], "papermill": {"duration": 0.2}}},
             {"cell_type": "code", "id": "b", "execution_count": count, "source": "show(x)", "outputs": list(outputs),
              "metadata": {"execution": {"iopub.execute_input": "2026-11-23T02:00:00"}, "tags": ["a"]}}]
    meta = {"papermill": {"parameters": {"month": "2026-10"}, "version": "2.7.0", "input_path": "/home/x",
                          "duration": 3},
            "language_info": {"name": "python", "version": "3.11.7"}, "crmlib": {"analysis": "rfm"},
            "kernelspec": {"name": "crmlib", "display_name": "x", "language": "python"}, **metadata}
    return {"cells": cells, "metadata": meta, "nbformat": 4, "nbformat_minor": 5}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


@pytest.fixture
def read(tmp_path):
    def load(content):
        path = tmp_path / "20_rfm.ipynb"
        path.write_text(json.dumps(content), encoding="utf-8")
        return notebook.read(path)
    return load


def test_times_paths_tools_and_random_ids_are_left_out(read):
    text = notebook.normalised(read(executed())).decode()
    for telling in ("duration", "input_path", "/home", "3.11.7", "random-1", "iopub", '"crmlib",\n  "language"'):
        assert telling not in text
    kept = json.loads(text)
    assert kept["metadata"]["papermill"] == {"parameters": {"month": "2026-10"}, "version": "2.7.0"}
    assert kept["metadata"]["crmlib"] == {"analysis": "rfm"}
    assert kept["metadata"]["kernelspec"]["name"] == "python3"
    assert [cell["id"] for cell in kept["cells"]] == ["injected-parameters", "b"]
    assert kept["cells"][1]["metadata"] == {"tags": ["a"]}


def test_a_stream_that_came_in_pieces_is_one(read):
    pieces = notebook.normalised(read(executed(stream("a\n"), stream("b\n"), stream("c\n"))))
    assert pieces == notebook.normalised(read(executed(stream("a\nb\nc\n"))))


@pytest.mark.parametrize(("outputs", "count", "code"), [
    ([stream("fine")], 3, None),
    ([stream("FutureWarning: soon", "stderr")], 3, "report.stderr"),
    ([], None, "report.unexecuted"),
])
def test_what_warns_or_was_not_executed_is_unfit(read, outputs, count, code):
    found = notebook.unfit(read(executed(*outputs, count=count)))
    assert (found and found[0]) == code


def test_a_page_keeps_the_prose_of_its_language_only(read):
    content = executed()
    content["cells"] += [{"cell_type": "markdown", "metadata": {"tags": [tag]}, "source": tag}
                         for tag in ("lang-ja", "lang-en", "other")]
    kept = [c.source for c in notebook.in_language(read(content), "en").cells if c.cell_type == "markdown"]
    assert kept == ["lang-en", "other"]


def test_cells_without_an_id_get_one_that_stays(read):
    content = executed()
    del content["cells"][1]["id"]
    assert [c.id for c in read(content).cells] == [c.id for c in read(content).cells] == ["random-1", "cell-1"]


def test_parameters_are_written_as_python_writes_them():
    notebook.papermill()
    from papermill.translators import papermill_translators as translators

    given = {"params_file": "params/渋谷.yaml", "month": "2026-10"}
    found = translators.find_translator("crmlib", "python").codify(given)
    assert found == "params_file = 'params/渋谷.yaml'\nmonth = '2026-10'\n"


@pytest.mark.parametrize(("ends", "error", "tries"), [
    ([], None, 1),
    ([RuntimeError("Kernel died before replying to kernel_info")], None, 2),
    ([RuntimeError("no answer"), RuntimeError("no answer")], "no answer", 2),
    ([DeadKernelError("Kernel died")], "Kernel died", 1),
])
def test_a_kernel_that_ended_before_it_answered_is_begun_once_more(ends, error, tries, read, tmp_path, monkeypatch):
    job = SimpleNamespace(name="ja/20_rfm", locale="ja", notebook=SimpleNamespace(path=tmp_path / "20_rfm.ipynb"))
    kernels, done, begun = SimpleNamespace(tag=lambda name: []), read(executed()), []

    def run(content, failed, *_, **__):
        begun.append(content)
        Path(failed).touch()
        if len(begun) <= len(ends):
            raise ends[len(begun) - 1]
        return done

    monkeypatch.setattr(notebook.papermill(), "execute_notebook", run)
    if error:
        with pytest.raises(CrmError, match=error) as raised:
            notebook.execute(job, kernels, {}, tmp_path)
        assert raised.value.code == "report.kernel_died"
    else:
        notebook.execute(job, kernels, {}, tmp_path)
        assert (tmp_path / "evidence/ja/20_rfm.ipynb").is_file()
    assert len(begun) == tries and len(set(map(id, begun))) == tries, "each try has a notebook of its own"

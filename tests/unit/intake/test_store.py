"""What is kept: a file is read once, a changed setting reads it again, and old work goes away."""

from __future__ import annotations

import json
import os

import pandas as pd

from crmlib.intake import files
from crmlib.intake.typed import build, stage
from exports import column, flat, lines, table, totals


def spy(monkeypatch):
    """Count the files that are really read."""
    read = []
    make = build.build
    monkeypatch.setattr(
        build, "build", lambda engine, job, part: (read.append(job.file.label), make(engine, job, part))
    )
    return read


def test_only_new_files_are_read(exports, monkeypatch):
    read = spy(monkeypatch)
    exports.write("orders_1.csv", lines("A1,c,2024-01-05,x,1,10,10,"))
    first = exports.load(flat())
    again = exports.load(flat())
    exports.write("orders_2.csv", lines("A2,c,2024-02-05,x,1,10,10,"))
    more = exports.load(flat())
    assert read == ["orders_1.csv", "orders_2.csv"]
    assert first.fingerprint == again.fingerprint != more.fingerprint
    assert (first.folder / "intake.json").is_file() and totals(more)["out"] == (2, 20)


def test_a_touched_file_of_the_same_content_is_not_read_again(exports, monkeypatch):
    read = spy(monkeypatch)
    path = exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,"))
    exports.load(flat())
    path.write_bytes(path.read_bytes())
    exports.write("other/orders.csv", path.read_bytes())
    exports.load(flat("other/orders.csv"))
    assert read == ["orders.csv"]


def test_what_decides_how_a_file_is_read_reads_it_again(exports, monkeypatch):
    read = spy(monkeypatch)
    exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,"))
    marks = {
        exports.load(flat(), **more).fingerprint
        for more in (
            {},
            {"locale": "en"},
            {"time": {"day_cutoff_hour": 5}},
            {"currency": "GBP"},
            {"calendar": {"closing_day": 20}},
            {"privacy": {"published_key": "another"}},
            {"engine": {"memory_limit": "1GiB"}},
        )
    }
    assert len(marks) == 5
    assert len(read) == 3


def test_a_changed_file_is_read_again_and_its_old_work_goes(exports, monkeypatch):
    for amount in range(10, 18):
        exports.write("orders.csv", lines(f"A1,c,2024-01-05,x,1,10,{amount},"))
        intake = exports.load(flat())
        assert column(intake, "order_lines", "amount") == [amount]
    home = exports.root / "data/work/test"
    assert len(list(home.glob("*/intake.json"))) == 3
    assert len(list((home / "typed").iterdir())) == 3
    monkeypatch.setattr(stage, "VERSION", stage.VERSION + 1)
    exports.load(flat())
    assert len(list(home.glob("*/intake.json"))) == len(list((home / "typed").iterdir())) == 1


def test_a_killed_run_leaves_nothing_that_looks_finished(exports, monkeypatch):
    exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,"))
    monkeypatch.setattr("crmlib.intake.store.describe", lambda *unused: 1 / 0)
    try:
        exports.load(flat())
    except ZeroDivisionError:
        monkeypatch.undo()
    assert sorted(p.name for p in (exports.root / "data/work/test").iterdir()) == [".spill", "hashes.json", "typed"]
    assert totals(exports.load(flat()))["out"] == (1, 10)


def test_the_folder_tells_what_it_was_made_of(exports):
    path = exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,"), "cp932")
    intake = exports.load(flat())
    content = json.loads((intake.folder / "intake.json").read_text(encoding="utf-8"))
    assert content["fingerprint"] == intake.fingerprint == intake.folder.name
    assert content["inputs"] == [
        {
            "file": "orders.csv",
            "source": "order_lines",
            "sha256": files.sha256(path),
            "bytes": path.stat().st_size,
            "rows": 1,
            "encoding": "utf-8",
            "oldest": "2024-01-05",
            "newest": "2024-01-05",
        }
        | {"encoding": "cp932"}
    ]
    assert str(exports.root) not in (intake.folder / "intake.json").read_text(encoding="utf-8")
    assert list(intake.ledger.columns) == ["step", "fate", "source", "table", "reason", "rows", "amount"]


def test_large_tables_are_written_month_by_month_the_same(exports, monkeypatch):
    exports.write(
        "orders.csv", lines(*(f"A{n:03},c{n % 7},2024-{n % 12 + 1:02}-05,x{n % 3},1,{n},{n}," for n in range(200)))
    )
    reference = table(exports.load(flat()), "order_lines")
    monkeypatch.setattr("crmlib.intake.merge.work.WINDOW", 0)
    monkeypatch.setattr("crmlib.intake.merge.views.HELD", 0)
    monkeypatch.setattr(stage, "VERSION", stage.VERSION + 1)
    intake = exports.load(flat())
    pd.testing.assert_frame_equal(table(intake, "order_lines"), reference)
    assert len(list((intake.folder / "order_lines").iterdir())) == 12
    assert not (intake.folder / ".order_lines").exists()


def test_real_data_is_looked_for_where_the_environment_says(exports, monkeypatch, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("real")
    (elsewhere / "orders.csv").write_text(lines("A1,c,2024-01-05,x,1,10,10,"), encoding="utf-8")
    exports.write("data/raw/orders.csv", lines("A2,c,2024-01-05,x,1,10,10,"))
    monkeypatch.delenv("CRMLIB_REALDATA", raising=False)
    assert column(exports.load(flat(realdata=True)), "orders", "order_id") == ["A2"]
    monkeypatch.setenv("CRMLIB_REALDATA", str(elsewhere))
    intake = exports.load(flat(realdata=True))
    assert column(intake, "orders", "order_id") == ["A1"]
    assert intake.inputs[0]["file"] == "orders.csv"


def test_parts_of_a_killed_run_go_and_those_of_a_running_one_stay(exports):
    exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,"))
    home = exports.root / "data/work/test"
    left = [home / "typed/.part-999999999-a", home / ".part-999999999-b", home / f".part-{os.getpid()}-c"]
    for folder in left:
        folder.mkdir(parents=True)
    exports.load(flat())
    assert [folder.exists() for folder in left] == [False, False, True]


def test_everything_kept_is_the_owners_alone(exports):
    exports.write("orders.csv", lines("A1,c,2024-01-05,x,1,10,10,", "A2,c,いつか,x,1,10,10,"), "cp932")
    exports.load(flat())
    modes = {path.name: path.stat().st_mode & 0o077 for path in (exports.root / "data/work/test").rglob("*")}
    assert modes and {name for name, mode in modes.items() if mode} == set()

"""A shop's exports come one after another: whatever came before, the result is that of reading everything anew.

Random shops: overlapping exports, late lines, orders that move to another month or lie in two, headers and lines apart,
lines without an order, members who turn out to be one person, returns, files corrected and files taken away.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from crmlib.intake.merge import change
from exports import Exports, flat, lines

pytestmark = pytest.mark.slow

# To make a failing shop smaller takes minutes, since each try reads it several times.
SOME = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck),
                phases=(Phase.explicit, Phase.reuse, Phase.generate))
DAYS = ("2024-01-05", "2024-01-31", "2024-02-01", "2024-02-20", "2024-03-03", "2024-05-09", "2025-04-01")
HEADERS = {"files": "heads*.csv", "tables": {
    "orders": {"order_id": "番号", "customer_id": "会員", "ordered_at": "日時", "store_id": "店"}}}
DETAILS = {"files": "details*.csv", "tables": {
    "order_lines": {"order_id": "番号", "product_id": "品", "quantity": "数", "unit_price": "単価", "amount": "金額"}}}
MEMBERS = {"files": "members*.csv", "tables": {
    "customers": {"customer_id": "会員", "city": "市"},
    "customer_identity": {"customer_id": "会員", "full_name": "氏名", "phone": "電話"}}}
EVENTS = {"files": "events*.csv", "tables": {"events": {"at": "日時", "customer_id": "会員", "type": "種類"}}}
TAGS = {"files": "tags*.csv", "tables": {"tags": {"customer_id": "会員", "tag": "札"}}}
KINDS = {"orders": flat(), "heads": HEADERS, "details": DETAILS, "members": MEMBERS, "events": EVENTS, "tags": TAGS}
HEADINGS = {"heads": "番号,会員,日時,店", "details": "番号,品,数,単価,金額", "members": "会員,市,氏名,電話",
            "events": "日時,会員,種類", "tags": "会員,札"}

order = st.sampled_from([f"A{n}" for n in range(6)])
member = st.sampled_from(("c1", "c2", "c3", "c4", ""))
day = st.sampled_from(DAYS)
record = {
    "orders": st.tuples(order, member, day, st.sampled_from("xy"), st.sampled_from(("1", "2", "-1")),
                        st.just("10"), st.sampled_from(("10", "20", "-10")), st.sampled_from(("", "取消"))),
    "heads": st.tuples(order, member, day, st.sampled_from("st")),
    "details": st.tuples(order, st.sampled_from("xy"), st.sampled_from(("1", "-1")), st.just("10"),
                         st.sampled_from(("10", "-10"))),
    "members": st.tuples(st.sampled_from(("c1", "c2", "c3")), st.sampled_from(("大阪", "京都", "")),
                         st.sampled_from(("山田 太郎", "佐藤 花子")),
                         st.sampled_from(("090-1111-2222", "090-3333-4444"))),
    "events": st.tuples(day, member, st.sampled_from(("view", "cart"))),
    "tags": st.tuples(st.sampled_from(("c1", "c2")), st.sampled_from(("vip", "new"))),
}


@st.composite
def deeds(draw):
    """What a shop does to its folder of exports, one step after another: files written, written anew, taken away."""
    kinds = draw(st.sets(st.sampled_from(["orders", "members", "events", "tags"]), min_size=1)) | draw(
        st.sampled_from([{"orders"}, {"heads", "details"}, {"heads", "details", "orders"}]))
    steps = []
    for _ in range(draw(st.integers(2, 4))):
        step = {}
        for kind in sorted(kinds):
            number = draw(st.integers(1, 3))
            rows = draw(st.lists(record[kind], min_size=1, max_size=5))
            if draw(st.booleans()) or not steps:
                step[f"{kind}_{number}.csv"] = rows
        if steps and draw(st.integers(0, 3)) == 0:
            step[draw(st.sampled_from(sorted(steps[0])))] = None
        steps.append(step)
    return sorted(kinds), steps


def text(name, rows):
    """Return a file's content."""
    kind = name.partition("_")[0]
    records = [",".join(row) for row in rows]
    return lines(*records) if kind == "orders" else lines(*records, head=HEADINGS[kind])


def content(folder):
    """Return every byte that intake leaves for others, and the books; not the notes for its own next run."""
    from crmlib.intake import store

    intake = store.read(folder)
    own = ("intake.json", "merge.json", "ledger.parquet")
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*"))
             if p.is_file() and p.name not in own and "restricted/merge/" not in p.as_posix()}
    return files, intake.ledger.to_csv(), dict(intake.counts)


def anew(exports, sources, **groups):
    """Return what reading everything from nothing gives."""
    with tempfile.TemporaryDirectory() as work:
        from crmlib.intake import load

        return content(load(exports.settings(*sources, **groups), Path(work)).folder)


#: An order goes with its file, and a file of lines that comes at the same time names it.
GONE = (["details", "heads", "orders"], [
    {"details_3.csv": [("A5", "y", "-1", "10", "10"), ("A1", "y", "1", "10", "10")],
     "heads_2.csv": [("A0", "c3", "2024-01-05", "t")],
     "orders_3.csv": [("A5", "c3", "2024-02-20", "y", "-1", "10", "10", "取消")]},
    {"details_2.csv": [("A0", "y", "-1", "10", "-10"), ("A5", "y", "-1", "10", "10")],
     "heads_3.csv": [("A5", "c1", "2024-02-20", "s")], "orders_2.csv": [
         ("A0", "c2", "2024-05-09", "y", "1", "10", "-10", "取消")], "orders_3.csv": None},
    {"details_2.csv": [("A5", "x", "-1", "10", "10")], "heads_3.csv": [("A4", "c2", "2024-02-01", "s")]}])


#: A month of which the next file tells some orders again, and one later a line more of one of them; the last
#: tells nothing else.
SOLD = {name: tuple(text.split(",")) for name, text in {
    "A0": "A0,c1,2024-01-05,x,2,10,20,", "A1": "A1,c1,2024-01-31,x,1,10,10,", "A2": "A2,c2,2024-01-31,y,1,10,10,",
    "A3": "A3,c1,2024-02-01,x,-1,10,-10,", "A4": "A4,c1,2024-03-03,x,-1,10,-10,",
    "more": "A1,c1,2024-01-31,y,1,10,10,"}.items()}
AGAIN = (["orders"], [{f"orders_{n}.csv": [SOLD[name] for name in names]} for n, names in enumerate(
    (("A0", "A1", "A2", "A2"), ("A1", "A2", "A2", "A3"), ("A3", "A4", "A1", "more"), ("A3", "A4")), 1)])


@SOME
@example(GONE, {}, change.FEW)
@example(AGAIN, {}, 100)
@given(deeds(), st.sampled_from(({}, {}, {"calendar": {"closing_day": 20}})), st.sampled_from((change.FEW, 100)))
def test_a_shop_that_grows_is_the_shop_read_anew(monkeypatch, grown, groups, few):
    monkeypatch.setattr(change, "FEW", few)
    kinds, steps = grown
    with tempfile.TemporaryDirectory() as folder:
        exports = Exports(Path(folder))
        for step in steps:
            for name, rows in step.items():
                if rows is not None:
                    exports.write(name, text(name, rows))
                elif len(list(exports.root.glob(f"{name.partition('_')[0]}_*.csv"))) > 1:
                    (exports.root / name).unlink(missing_ok=True)
            sources = [KINDS[k] for k in kinds if list(exports.root.glob(f"{k}_*.csv"))]
            found = content(exports.load(*sources, **groups).folder)
            wanted = anew(exports, sources, **groups)
            assert found[0].keys() == wanted[0].keys()
            assert [name for name in found[0] if found[0][name] != wanted[0][name]] == []
            assert found[1:] == wanted[1:]
    shutil.rmtree(folder, ignore_errors=True)

"""What customers said last decides through which channels they are contacted; in doubt they are not."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from crmlib.dataset.prepare import open_dataset
from exports import column, flat, lines, table

MEMBERS = {
    "files": "members.csv",
    "tables": {
        "customers": {"customer_id": "会員番号", "status": "状態", "updated_at": "更新日", "opt_in_mail": "メール可",
                      "opt_in_phone": "電話可"},
        "customer_identity": {"customer_id": "会員番号", "full_name": "氏名", "phone": "電話"},
    },
}
CONSENTS = {
    "files": "consents.csv",
    "tables": {
        "consents": {"customer_id": "会員番号", "purpose": "目的", "channel": "手段", "granted": "同意", "at": "日時"}
    },
}
HEAD = "会員番号,状態,更新日,メール可,電話可,氏名,電話"
SAID = "会員番号,目的,手段,同意,日時"


def load(exports, members, *said, **privacy):
    exports.write("orders.csv", lines("A1,m1,2024-01-05,x,1,10,100,"))
    exports.write("members.csv", lines(*members, head=HEAD))
    sources = [flat(), MEMBERS]
    if said:
        exports.write("consents.csv", lines(*said, head=SAID))
        sources.append(CONSENTS)
    return exports.load(*sources, privacy={"published_key": "tests", **privacy})


def mail(exports, member, *said, **privacy):
    return column(load(exports, [member], *said, **privacy), "customers", "opt_in_mail")[0]


@pytest.mark.parametrize(("flag", "wanted"), [("1", True), ("0", False), ("", None)])
def test_where_nobody_was_asked_the_flag_stands(exports, flag, wanted):
    assert mail(exports, f"m1,,,{flag},1,,") is wanted


def test_what_was_said_last_wins_and_in_doubt_no(exports):
    cases = [
        ("1", "", "", [], True),
        ("0", "", "", [], False),
        ("", "", "", [], None),
        ("1", "2024-06-01", "", ["mail,0,2024-01-01"], False),
        ("1", "", "", ["mail,1,2024-01-02", "mail,0,2024-01-01"], True),
        ("1", "", "", ["mail,0,2024-01-02", "mail,1,2024-01-01"], False),
        ("1", "", "", ["mail,0,2024-01-01", "mail,1,2024-01-01"], False),
        ("", "", "", ["mail,1,2024-01-01"], True),
        ("0", "", "", ["mail,1,2024-01-01"], False),
        ("0", "2023-12-31", "", ["mail,1,2024-01-01"], True),
        ("0", "2024-01-02", "", ["mail,1,2024-01-01"], False),
        ("1", "", "", ["phone,0,2024-01-01"], True),
        ("1", "", "", ["all,0,2024-01-01"], False),
        ("1", "", "withdrawn", ["mail,1,2024-01-01"], False),
    ]
    members = [f"m{n:02d},{status},{updated},{flag},1,," for n, (flag, updated, status, *_) in enumerate(cases)]
    rows = [f"m{n:02d},marketing,{one}" for n, (*_, said, _) in enumerate(cases) for one in said]
    found = table(load(exports, members, *rows), "customers").set_index("customer_id")["opt_in_mail"]
    for n, case in enumerate(cases):
        answer = found[f"m{n:02d}"]
        assert (None if pd.isna(answer) else bool(answer)) is case[-1], case


def test_a_consent_for_another_purpose_says_nothing_of_this_one(exports):
    member = "m1,,,1,1,,"
    said = ["m1,research,mail,0,2024-02-01", "m1,marketing,mail,1,2024-01-01"]
    assert mail(exports, member, *said) is True
    assert mail(exports, member, *said, contact_purpose="research") is False


def test_where_no_consent_is_for_the_purpose_all_count(exports):
    assert mail(exports, "m1,,,1,1,,", "m1,news,mail,0,2024-02-01", "m1,shop,mail,1,2024-03-01") is False


def test_a_no_under_one_id_is_a_no_of_the_person(exports):
    members = ["m1,,2024-01-01,0,1,山田 太郎,090-8765-4321", "m2,,2024-05-01,1,1,山田 太郎,090-8765-4321"]
    intake = load(exports, members)
    assert column(intake, "customers", "customer_id") == ["m1"]
    assert column(intake, "customers", "opt_in_mail") == [False]
    assert column(intake, "customers", "opt_in_phone") == [True]
    intake = load(exports, members, "m2,marketing,mail,1,2024-06-01")
    assert column(intake, "customers", "opt_in_mail") == [True]
    intake = load(exports, members, "m1,marketing,phone,0,2023-06-01")
    assert column(intake, "customers", "opt_in_phone") == [False]


def refusals(exports, intake, as_of):
    return asked("contact_refusals", exports, intake, as_of)


def asked(name, exports, intake, as_of):
    settings = exports.settings(flat(), privacy={"published_key": "tests"})
    data = open_dataset(settings, intake.folder, None, date.fromisoformat(as_of))
    ids = column(intake, "customers", "customer_id")
    keys = dict(zip(column(intake, "customers", "customer_key"), ids, strict=True))
    found = data.query(name, purpose="marketing")
    return sorted((keys[k], c) for k, c in found.itertuples(index=False))


def test_a_past_month_does_not_know_a_later_yes_but_heeds_a_later_no(exports):
    members = [f"m{n},,2023-01-01,1,1,," for n in (1, 2, 3)]
    exports.write("orders.csv", lines("A1,m1,2024-01-05,x,1,10,100,"))
    intake = load(exports, members, "m1,marketing,mail,0,2024-01-02", "m1,marketing,mail,1,2024-01-20",
                  "m2,marketing,mail,0,2024-01-20", "m3,marketing,mail,1,2024-01-20")
    assert refusals(exports, intake, "2024-01-10") == [("m1", "mail"), ("m2", "mail")]
    assert refusals(exports, intake, "2024-02-01") == [("m2", "mail")]


def test_only_a_yes_that_no_later_no_takes_back_lets_the_list_use_a_channel(exports):
    members = ["m1,,2023-01-01,1,0,,", "m2,,,,,,", "m3,,,1,,,"]
    exports.write("orders.csv", lines("A1,m1,2024-01-05,x,1,10,100,"))
    intake = load(exports, members, "m2,marketing,phone,1,2024-01-20", "m3,marketing,mail,0,2024-01-20")
    assert asked("contact_consents", exports, intake, "2024-02-01") == [("m1", "mail"), ("m2", "phone")]


def test_who_opted_out_of_a_campaign_has_refused_its_channel_until_a_later_yes(exports):
    campaigns = {"files": "campaigns.csv", "tables": {"campaigns": {"campaign_id": "施策", "channel": "手段"}}}
    answers = {"files": "answers.csv", "tables": {
        "responses": {"campaign_id": "施策", "customer_id": "会員番号", "type": "反応", "at": "日時"}}}
    exports.write("orders.csv", lines("A1,m1,2024-01-05,x,1,10,100,"))
    exports.write("members.csv", lines(*[f"m{n},,2024-01-30,1,1,," for n in range(1, 6)], head=HEAD))
    exports.write("consents.csv", lines("m2,marketing,mail,1,2024-01-20", "m3,marketing,mail,1,2024-01-05", head=SAID))
    exports.write("campaigns.csv", lines("C1,mail", "C2,", head="施策,手段"))
    exports.write("answers.csv", lines(
        "C1,m1,opt_out,2024-01-10", "C1,m2,opt_out,2024-01-10", "C1,m3,opt_out,2024-01-10", "C2,m4,opt_out,2024-01-10",
        "C1,m5,click,2024-01-10", head="施策,会員番号,反応,日時"))
    intake = exports.load(flat(), MEMBERS, CONSENTS, campaigns, answers, privacy={"published_key": "tests"})
    every = [("m4", channel) for channel in ("line", "mail", "phone", "post", "sms")]
    assert refusals(exports, intake, "2024-02-01") == [("m1", "mail"), ("m3", "mail"), *every]
    assert ("m2", "mail") in refusals(exports, intake, "2024-01-15"), "the yes came later"

"""Small shops for tests: canonical tables written straight from short frames, without intake."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from crmlib import schema
from crmlib.dataset.months import month_of

ARROW = {"VARCHAR": pa.string(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"), "BIGINT": pa.int64(),
         "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "INTEGER": pa.int32()}


def read(text: str) -> pd.DataFrame:
    """Return a frame from CSV text in a test; everything is text, empty is missing."""
    lines = "\n".join(line.strip() for line in text.strip().splitlines())
    return pd.read_csv(io.StringIO(lines), dtype="str", keep_default_na=False, na_values=[""])


def purchases(text: str) -> dict[str, pd.DataFrame]:
    """Return orders and lines from rows ``customer, day, amount``: each row is an order of one line.

    Further columns: ``order`` (orders with several lines), ``quantity``, ``type`` (line type), ``status``,
    ``discount`` (on the order), ``return_of``, ``product``, ``channel``, ``hour``, ``points_used``,
    ``tax_rate`` and ``ex_tax`` (of a line), ``total``, ``tax``, ``shipping`` and ``store`` (of an order).
    """
    rows = read(text)
    for name, default in (("order", None), ("quantity", "1"), ("type", "product"), ("status", "placed"),
                          ("discount", None), ("return_of", None), ("product", "P1"), ("channel", "store"),
                          ("hour", "12"), ("points_used", None), ("tax_rate", None), ("ex_tax", None),
                          ("total", None), ("store", None), ("tax", None), ("shipping", None)):
        if name not in rows:
            rows[name] = default
    rows["order"] = rows["order"].fillna(pd.Series([f"O{i + 1}" for i in range(len(rows))], dtype="str"))
    rows["customer"] = rows["customer"].where(rows["customer"].notna(), None)
    at = pd.to_datetime(rows["day"] + " " + rows["hour"].str.zfill(2) + ":00")
    orders = pd.DataFrame({
        "order_id": rows["order"], "customer_key": rows["customer"], "ordered_at": at, "status": rows["status"],
        "discount": rows["discount"], "channel": rows["channel"], "points_used": rows["points_used"],
        "total": rows["total"], "tax": rows["tax"], "shipping": rows["shipping"], "store_id": rows["store"],
        "day": rows["day"],
    }).drop_duplicates("order_id")
    lines = pd.DataFrame({
        "order_id": rows["order"], "line_no": [str(i + 1) for i in range(len(rows))], "line_type": rows["type"],
        "product_id": rows["product"], "quantity": rows["quantity"], "amount": rows["amount"],
        "return_of": rows["return_of"], "customer_key": rows["customer"], "day": rows["day"],
        "tax_rate": rows["tax_rate"], "amount_ex_tax": rows["ex_tax"], "hour": rows["hour"],
        "cancelled": rows["status"] == "cancelled",
    })
    known = sorted(set(rows["customer"].dropna()))
    customers = pd.DataFrame({"customer_key": known, "customer_id": known})
    return {"orders": orders, "order_lines": lines, "customers": customers}


def write(folder: Path, tables: dict[str, pd.DataFrame], closing_day: int | None = None) -> Path:
    """Write canonical tables as intake leaves them and return the folder."""
    for name, frame in tables.items():
        spec = schema.stored_columns(name) | (schema.LINE_COLUMNS if name == "order_lines" else {})
        dated = _dated(frame, spec, closing_day)
        for ym, part in dated.groupby("ym", dropna=False) if "ym" in spec else [("", dated)]:
            target = folder / name / (f"ym={ym}" if ym else "") / "data.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(_arrow(part, spec), target)
    pd.DataFrame({"step": [], "source": [], "table": [], "reason": [], "rows": [], "amount": []}).to_parquet(
        folder / "ledger.parquet")
    described = {"fingerprint": "test", "inputs": [], "counts": {}}
    (folder / "intake.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def _dated(frame: pd.DataFrame, spec: dict[str, str], closing_day: int | None) -> pd.DataFrame:
    if "day" not in frame:
        return frame
    day = pd.to_datetime(frame["day"])
    months = [month_of(d, closing_day) if d == d else None for d in day.dt.date]
    derived: dict[str, Any] = {"business_date": day.dt.date, "ym": months, "dow": day.dt.day_of_week + 1}
    if "hour" not in frame and "hour" in spec:
        derived["hour"] = 12
    return frame.assign(**derived)


def _arrow(frame: pd.DataFrame, spec: dict[str, str]) -> pa.Table:
    arrays = []
    for name, kind in spec.items():
        values = frame[name].tolist() if name in frame else [None] * len(frame)
        arrays.append(pa.array([_value(v, kind) for v in values], ARROW[kind]))
    return pa.Table.from_arrays(arrays, list(spec))


def _value(value: Any, kind: str) -> Any:
    if value is None or value is pd.NaT or value != value:
        return None
    if kind in ("BIGINT", "INTEGER"):
        return int(value)
    if kind == "DOUBLE":
        return float(value)
    if kind == "DATE" and isinstance(value, str):
        return pd.Timestamp(value).date()
    if kind == "TIMESTAMP":
        return pd.Timestamp(value).to_pydatetime()
    if kind == "BOOLEAN":
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1")
    return value


#: Values for statements that ask for more than a dataset gives by itself.
PARAMETERS: dict[str, Any] = {"purpose": "marketing", "ym": "2026-10", "tax": "excluded", "points": "payment",
                              "country": "JP",
                              "sent_from": date(2025, 11, 1), "stale_before": date(2026, 1, 1),
                              "first_month": "2026-08", "longest": 90, "rank_from": date(2026, 9, 30),
                              "rank_to": date(2026, 10, 31), "since_year": date(2025, 11, 1),
                              "until": date(2026, 10, 1), "before": date(2026, 9, 1),
                              "known_until": date(2026, 10, 1), "known_month": "2026-08", "any_dropped": 1,
                              "peak_month": "2026-10", "category": "all",
                              "season_start": date(2026, 8, 1),
                              "from_day": date(2026, 10, 1), "ripe": date(2026, 10, 25), "window_days": 7,
                              "per": "session", "session_minutes": 30, "start_type": "trial", "end_type": "paid",
                              "step_1": "visit", "step_2": "cart", "step_3": "cart", "step_4": "order",
                              "step_5": "none", "step_6": "none", "need_1": 1, "need_2": 1, "need_3": 2, "need_4": 1,
                              "need_5": 0, "need_6": 0, "metric": "nps", "level": 1, "category_1": "food",
                              "category_2": "gift", "category_3": "", "category_4": "",
                              "last_day": date(2026, 10, 31), "horizon_days": 30, "kind": "answer", "most": 5,
                              "invited_since": date(2026, 8, 1), "channel": "mail", "survey_purpose": "research",
                              "first_day": date(2025, 10, 1), "first_time": datetime(2025, 9, 30, 15),
                              "now": datetime(2026, 10, 31, 15),
                              "season_from": date(2025, 11, 1), "season_to": date(2025, 12, 1),
                              "contact_from": date(2026, 10, 4), "cart_from": date(2026, 9, 1),
                              "ticket_from": date(2026, 5, 1), "question": "nps", "lunch_from": 11, "lunch_to": 14,
                              "control_arm": "holdout", "cap_days": 30, "prior_days": 180, "double_days": 3,
                              "staff_days": 7, "doubles_from": date(2026, 10, 1), "path_end": "purchase",
                              "path_first": 1}
#: What the products page asks for.
PARAMETERS |= {"max_basket": 3, "new_from": date(2026, 9, 1), "latest_month": "2026-10", "earlier_month": "2026-08",
               "least": 1, "offers": 2, "method": "pairs", "category_column": "category_1", "taste_column": "name",
               "brand_column": "brand", "products": 4}
#: What the outlook page asks for.
PARAMETERS |= {"reach": 3, "cohort_from": "2025-01", "cohort_to": "2026-09"}
#: A few rows of every other table that statements read.
EXTRA_TABLES: dict[str, pd.DataFrame] = {
    "customers": read("""customer_key,customer_id,gender,prefecture,rank,birth_year,updated_at,account_id
        A,A,female,東京都,gold,1980,2026-09-01 10:00,X
        B,B,male,,,1991,2020-01-01 00:00,X
        C,C,,大阪府,regular,,,Y
        D,D,female,東京都,,1955,2025-12-31 23:59,
        E,E,other,,,,,
        F,F,,,,,,
        G,G,male,北海道,silver,2001,2026-10-31 00:00,
        H,H,,,,,,"""),
    "survey_answers": read("""survey_id,customer_key,question,score,choice,text,answered_at,day
        S1,A,nps,9,,良い,2026-10-05 10:00,2026-10-05
        S1,A,nps,3,,,2026-10-05 10:00,2026-10-05
        S1,B,nps,10,,,2026-10-06 09:00,2026-10-06
        S2,B,nps,11,,,2026-10-07 09:00,2026-10-07
        S1,,nps,7,,,2026-10-06 09:00,2026-10-06
        S1,,nps,7.5,,,2026-10-06 09:00,2026-10-06
        S1,C,nps,,,,2026-09-06 09:00,2026-09-06
        S1,C,csat,,満足,,2026-10-06 09:00,2026-10-06
        S1,D,csat,,すてき,,2026-10-06 09:00,2026-10-06
        S1,D,comment,,,ひとこと,2026-10-06 09:00,2026-10-06
        S1,E,csat,2,とても満足,,2026-11-06 09:00,2026-11-06"""),
    "survey_invitations": read("""survey_id,customer_key,sent_at,channel,day
        S1,A,2026-10-01 10:00,mail,2026-10-01
        S1,A,2026-10-03 10:00,line,2026-10-03
        S1,D,2026-10-01 10:00,mail,2026-10-01
        S1,F,2026-10-01 10:00,mail,2026-10-01
        S1,B,2026-09-01 10:00,mail,2026-09-01"""),
    "products": read("""product_id,category_1,name,brand
        P1,food,bread,own
        P2,,pen,
        P3,food,cake,own"""),
    "subscriptions": read("""subscription_id,customer_key,product_id,started_on,interval_days,status,cancelled_on
        S1,A,P1,2025-09-01,30,active,
        S2,B,P2,2026-08-01,30,cancelled,2026-09-15
        S3,G,P3,2026-10-01,,cancelled,2026-11-15
        S4,H,,2026-10-01,14,active,"""),
    "events": read("""at,customer_key,visitor_id,type,day
        2026-10-05 10:00,A,v1,visit,2026-10-05
        2026-10-05 10:05,,v1,cart,2026-10-05
        2026-10-05 10:05,,v1,cart,2026-10-05
        2026-10-05 11:00,A,v1,order,2026-10-05
        2026-10-06 10:00,,v2,visit,2026-10-06
        2026-10-06 10:01,,v2,cart,2026-10-06
        2026-10-07 10:02,B,v2,cart,2026-10-07
        2026-10-07 10:03,C,v2,order,2026-10-07
        2026-10-08 09:00,,,visit,2026-10-08
        2026-10-09 09:00,D,,trial,2026-10-09
        2026-10-19 09:00,D,,paid,2026-10-19
        2026-10-10 09:00,E,,trial,2026-10-10"""),
    "campaigns": read("""campaign_id,name,kind,starts_on,control_arm
        K1,autumn,news,2026-10-02,holdout
        K2,winter,news,,"""),
    "sends": read("""campaign_id,customer_key,arm,at,delivered
        K1,A,mail,2026-10-02 09:00,true
        K1,B,mail,2026-10-02 09:00,false
        K1,C,holdout,,
        K1,D,mail,2026-10-02 09:00,
        K1,H,mail,2026-10-02 09:00,true
        K2,A,mail,2026-10-20 09:00,true"""),
    "responses": read("""campaign_id,customer_key,type,at
        K1,A,open,2026-10-02 10:00
        K1,A,click,2026-10-02 10:01
        K1,A,order,2026-10-03 10:01
        K1,D,open,2026-10-03 10:01
        K1,B,click,2026-10-02 10:01
        K2,A,click,2026-11-02 10:01"""),
    "tickets": read("""
        opened_at,first_reply_at,resolved_at,reopened,customer_key,channel,category,resolution,score,day,subject
        2026-10-02 10:00,2026-10-02 11:00,2026-10-03 10:00,0,A,mail,delivery,refund,4,2026-10-02, where is it
        2026-10-05 10:00,2026-11-05 11:00,,,A,,delivery,,,2026-10-05,where is it
        2026-10-06 10:00,,,,,phone,,,,2026-10-06,
        2025-08-06 10:00,2025-08-07 10:00,2026-01-07 10:00,1,B,phone,points,told,1,2025-08-06,expired
        2025-08-06 10:00,2025-08-07 10:00,2025-08-07 10:00,1,B,phone,points,told,1,2025-08-06,"""),
    "campaign_outcomes": read("""campaign_id,customer_key,arm,outcome,value
        K1,A,mail,visit,1
        K1,B,mail,visit,0
        K1,C,holdout,visit,
        K1,C,holdout,spend,2.5
        K2,A,mail,visit,1
        K2,A,holdout,visit,1"""),
    "interactions": read("""at,customer_key,channel,direction,staff_id,purpose,outcome,label,duration,day
        2026-10-02 10:00,A,phone,in,S1,order,done,positive,5,2026-10-02
        2026-10-03 10:00,A,phone,in,S1,order,done,positive,5,2026-10-03
        2026-10-03 10:00,,store,in,S1,,,,,2026-10-03
        2026-09-03 10:00,B,phone,out,S1,call,,negative,,2026-09-03"""),
    "reviews": read("""at,customer_key,product_id,rating,text,day
        2026-10-02 10:00,A,P1,5,良い,2026-10-02
        2026-08-02 10:00,,P1,1,遅い,2026-08-02
        2026-07-31 10:00,,P1,1,,2026-07-31"""),
}


#: Small tables that the trends page registers itself.
TRENDS_TABLES: dict[str, Any] = {
    "base_known": lambda data: data.previous(2).query("customer_base"),
    "month_days": lambda data: data.sql("SELECT DISTINCT business_date, ym FROM customer_day"),
    "base_year_ago": lambda data: data.previous(2).query("customer_base"),
    "base_before": lambda data: data.previous(1).query("customer_base"),
    "hour_parts": pd.DataFrame({"hour": range(24), "part": ["morning" if n < 12 else "night" for n in range(24)]}),
    "peak_attributes": pd.DataFrame({"attribute": ["rfm_segment", "gender", "birth_year"]}),
    "event_spans": pd.DataFrame({"event_no": [0, 1], "first_on": [date(2026, 10, 2), date(2026, 10, 30)],
                                 "last_on": [date(2026, 10, 6), date(2026, 10, 31)],
                                 "month_end": [date(2026, 9, 30), date(2026, 9, 30)]}),
    "campaign_spans": pd.DataFrame({"campaign_id": ["K1", "K2"], "month_end": [date(2026, 9, 30)] * 2})}


def campaign_windows(data: Any) -> pd.DataFrame:
    """Return the stretches of one campaign with arms and one with a list."""
    from crmlib.analyses.campaigns import ground

    spans = [("K1", "arms", 2, 9), ("K2", "list", 20, 24)]
    told = pd.DataFrame([(key, date(2026, 10, first), date(2026, 10, last), date(2026, 9, 30), kind)
                         for key, kind, first, last in spans],
                        columns=["campaign_id", "start_on", "end_on", "month_end", "kind_of"])
    return ground.windows(told)


def campaign_clock(data: Any) -> pd.DataFrame:
    """Return the hours of the latest years in the shop's own time."""
    from crmlib.analyses.campaigns import ground

    return ground.clock(data)


#: Small tables that the campaigns page registers itself.
CAMPAIGN_TABLES: dict[str, Any] = {
    "campaign_clock": campaign_clock, "campaign_windows": campaign_windows,
    "campaign_parts": pd.DataFrame({"hour": range(24), "part": ["morning" if n < 12 else "night" for n in range(24)]}),
    "campaign_starts": pd.DataFrame({"source": ["events", "responses", "order_lines"],
                                     "code": ["trial", "order", "P2"]})}
_PLACES = pd.DataFrame({"product_id": ["P1", "P2", "P3"], "place": [1, 2, 3]})
#: Small tables and marts that the products page registers itself.
PRODUCT_TABLES = {
    "price_edges": pd.DataFrame({"band": [1, 2], "lowest": [0, 1000], "below": pd.array([1000, None], dtype="Int64")}),
    "pair_products": _PLACES, "set_products": _PLACES,
    "pair_list": pd.DataFrame({"pair": [0, 1], "one": [1, 2], "two": [2, 3]}),
    "pair_buyers": pd.DataFrame({"pair": [0, 0, 0, 1], "customer_key": ["A", "B", "A", "A"]}),
    "set_pairs": pd.DataFrame({"one": [1, 1, 2], "two": [2, 3, 3]}),
    "size_classes": pd.DataFrame({"products": [1, 2, 3], "class": [1, 2, 2]}),
    "offer_links": pd.DataFrame({"a": ["P1", "P1", "P2"], "b": ["P2", "P3", "P1"], "weight": [5, 7, 4]}),
    "offer_popular": _PLACES,
    "due_list": pd.DataFrame({"customer_key": ["A", "B", "G"], "product_id": ["P1", "P2", "P3"]}),
    "ladder_products": pd.DataFrame({"product_id": ["P1", "P2", "P3"], "category": "food", "price": [500, 900, 2000]}),
    "product_pair_month": pd.DataFrame({"ym": ["2026-07", "2026-09", "2026-10"], "a": ["P1", "P1", "P2"],
                                        "b": ["P2", "P2", "P3"], "baskets": [9, 2, 1]}),
    "product_month": pd.DataFrame({"ym": ["2026-09", "2026-10", "2026-10", "2026-11"], "sales": [5, 7, -2, 9],
                                   "product_id": pd.Series(["P1", "P1", None, "P2"], dtype="str")}),
    "product_size_month": read("""ym,product_id,products,baskets
        2026-10,,2,4
        2026-10,P1,2,3
        2026-09,P1,1,2
        2026-09,,3,2
        2026-10,P2,3,2""").astype({"products": "int64", "baskets": "int64"}),
}
#: Helper tables that do not depend on the shop.
SMALL_TABLES = {
    **PRODUCT_TABLES,
    "dropped_orders": pd.DataFrame({"order_id": pd.Series(["nothing"], dtype="str")}),
    "satisfaction_asked": pd.DataFrame({"key": ["csat", "nps"], "question": ["csat", "comment"],
                                        "multiple": [False, True]}),
    "satisfaction_crosses": pd.DataFrame({"key": ["csat", "csat"], "dimension": ["gender", "csat"],
                                          "asked": [False, True]}),
    "sample_marks": pd.DataFrame({"kind": ["product", "category", "event"], "code": ["P2", "food", "trial"]}),
    "actions_planned": pd.DataFrame({"list_month": ["2026-09"] * 3, "customer_id": list("ABD"),
                                     "action": ["overdue"] * 3, "held_out": [False, False, True],
                                     "purpose": ["2026-09 overdue", "call", "2026-09 overdue"],
                                     "from_on": [date(2026, 9, 1)] * 3, "to_on": [date(2026, 10, 15)] * 3}),
    "segment_channels": pd.DataFrame({"channel": ["web", "app"]}),
    "invite_sizes": pd.DataFrame({"rfm_segment": ["loyal", "dormant", "second_due", "lost"], "invite": [1, 1, 2, 1]}),
    "frequent_subjects": pd.DataFrame({"category": ["delivery"], "subject": ["where is it"]}),
    "satisfaction_keys": pd.DataFrame({"customer_key": ["A", "C", "Z"]}),
    "segment_labels": pd.DataFrame({"customer_key": list("ABDEFG"), "cluster": ["c1", "c2", "c1", "c2", "c1", "c1"]}),
}


def side_table(data: Any, name: str) -> pd.DataFrame:
    """Return the rows of a table for another engine; small helper tables come from what the analyses register."""
    if name in SMALL_TABLES:
        return SMALL_TABLES[name]
    if name == "months_seen":
        from crmlib.analyses.customers.months import calendar

        return calendar([data.previous(n) if n else data for n in reversed(range(13))])
    if name == "postal_areas":
        from crmlib.analyses.quality.consistency import areas

        return areas()
    if name == "satisfaction_places":
        return pd.DataFrame({"metric": ["nps", "csat"], "place": [1, 12], "lowest": [0, 1]})
    if name.startswith("satisfaction_"):
        from crmlib.analyses.satisfaction.answers import declared

        return declared(data.settings.satisfaction)[name]
    if name == "segment_now":
        return data.query("customer_segment")[["customer_key", "rfm_segment"]]
    if name == "segment_before":
        return data.previous(1).query("customer_segment")
    if name in TRENDS_TABLES | CAMPAIGN_TABLES:
        table = (TRENDS_TABLES | CAMPAIGN_TABLES)[name]
        return table(data) if callable(table) else table
    if name == "segment_history":
        from crmlib.dataset import snapshots

        snapshots.register(data, 2)
        found = data.engine.sql("SELECT * FROM segment_history")
        return found.assign(month_end=found["month_end"].dt.date)
    return data.engine.sql(f"SELECT * FROM {name}")


def settings(**groups: Any) -> Any:
    """Return the settings of a shop called ``test``; groups as in a parameter file."""
    from crmlib.settings import settings_from

    return settings_from({"shop": "test", "privacy": {"published_key": "crmlib-test"}, **groups})

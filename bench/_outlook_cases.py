"""What ``outlook.py`` measures: each function prepares, and returns the work whose time counts.

The work returns how many rows, or which number, came out, so that one can see that all did the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from _buyers import DAYS, FIRST_DAY, MONTH
from _measure import ROOT

sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
AS_OF = FIRST_DAY + timedelta(days=DAYS)
HORIZON = 90
UNTIL = AS_OF - timedelta(days=HORIZON)
BEFORE = UNTIL - timedelta(days=HORIZON)
#: Month ends that a run looks at beside this one: a year ago, last month, and the one its forecasts are proved from.
YEAR_AGO, LAST = AS_OF.replace(year=AS_OF.year - 1), (AS_OF - timedelta(days=1)).replace(day=1)
KNOWN = BEFORE.replace(day=1)
ENGINE = {"memory_limit": "420MiB", "threads": 2}
Work = Callable[[], Any]
LONG_PAST = date(1900, 1, 1)


def dataset(folder: Path) -> Any:
    """Return the shop; its mart is made on the first call."""
    import shop
    from crmlib.dataset import open_dataset

    return open_dataset(shop.settings(engine={"threads": 2}), folder, month=MONTH)


def _engine(folder: Path, table: str) -> Any:
    from crmlib.engine.duck import DuckEngine

    engine = DuckEngine(**ENGINE)
    engine.register(table, _place(folder, table))
    return engine


def _place(folder: Path, table: str) -> Path:
    return next((folder / "marts").glob("customer_day-*")) if table == "customer_day" else folder / table


def _arrow(folder: Path, table: str, statement: str, **values: Any) -> Work:
    engine = _engine(folder, table)
    return lambda: engine.arrow(engine.compose(statement), **values).num_rows


def _bare(folder: Path, table: str, text: str) -> Work:
    """Return the least there is: the embedded engine's own client and a statement written for this one question."""
    import duckdb
    import pyarrow

    del pyarrow
    connection = duckdb.connect(config={"memory_limit": ENGINE["memory_limit"], "threads": ENGINE["threads"],
                                        "preserve_insertion_order": False})
    source = f"read_parquet('{_place(folder, table)}/**/*.parquet', hive_partitioning = false)"
    return lambda: connection.sql(text.format(source=source)).to_arrow_table().num_rows


def _log(folder: Path) -> Any:
    """Return the order lines as lifetimes wants them: a frame with one text and one time column and the money."""
    import pandas as pd
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "order_lines", columns=["customer_key", "business_date", "amount"],
                          partitioning=None)
    frame = table.to_pandas()
    return frame.assign(business_date=pd.to_datetime(frame["business_date"]))


def lines_lifetimes(folder: Path) -> Work:
    """Summary from order lines."""
    from lifetimes.utils import summary_data_from_transaction_data as summary

    log, last = _log(folder), AS_OF - timedelta(days=1)
    return lambda: len(summary(log, "customer_key", "business_date", "amount", observation_period_end=str(last)))


mart_lifetimes = lines_lifetimes


def lines_bare(folder: Path) -> Work:
    """The same in one statement."""
    return _bare(folder, "order_lines", f"""
        WITH d AS (SELECT customer_key, business_date, sum(amount)::BIGINT AS gross FROM {{source}}
            WHERE amount > 0 AND business_date < DATE '{AS_OF}' GROUP BY 1, 2)
        SELECT customer_key, count(*) - 1, date_diff('day', min(business_date), max(business_date)),
            date_diff('day', min(business_date), DATE '{AS_OF}') - 1,
            sum(gross)::BIGINT - min_by(gross, business_date) FROM d GROUP BY 1""")


def lines_crmlib(folder: Path) -> Work:
    """The statement ``outlook_summary``."""
    return _arrow(folder, "order_lines", "outlook_summary", as_of=AS_OF)


def mart_bare(folder: Path) -> Work:
    """First and last purchase, purchases, days and money of each customer, from the mart."""
    return _bare(folder, "customer_day", f"""
        SELECT customer_key, min(business_date), max(business_date), date_diff('day', max(business_date),
            DATE '{AS_OF}'), sum(orders)::BIGINT, count(*), sum(net)::BIGINT, sum(gross)::BIGINT FROM {{source}}
        WHERE orders > 0 AND customer_key IS NOT NULL AND business_date < DATE '{AS_OF}' GROUP BY 1""")


def mart_once(folder: Path) -> Work:
    """The statement ``customer_base``: every day of the mart, as no run counts them for the month of its report."""
    return _arrow(folder, "customer_day", "customer_base", as_of=AS_OF, since=LONG_PAST)


def mart_first(folder: Path) -> Work:
    """A shop's first run: a year ago from all days before, last month from that, and this month from that."""
    engine = _engine(folder, "customer_day")

    def three() -> int:
        _chain(engine, folder, YEAR_AGO, LAST)
        return int(engine.arrow(_text("customer_base_more"), as_of=AS_OF, since=LAST).num_rows)

    return three


def mart_crmlib(folder: Path) -> Work:
    """The statement ``customer_base_more``: what is known of last month's end, and the days since."""
    engine = _engine(folder, "customer_day")
    _chain(engine, folder, YEAR_AGO, LAST)
    return lambda: engine.arrow(_text("customer_base_more"), as_of=AS_OF, since=LAST).num_rows


def holdout_lifetimes(folder: Path) -> Work:
    """Calibration and holdout table."""
    from lifetimes.utils import calibration_and_holdout_data as both

    log = _log(folder)
    return lambda: len(both(log, "customer_key", "business_date", str(UNTIL - timedelta(days=1)),
                            str(AS_OF - timedelta(days=1)), monetary_value_col="amount"))


def holdout_bare(folder: Path) -> Work:
    """The same from the mart, in one statement."""
    return _bare(folder, "customer_day", f"""
        SELECT customer_key, count(*) FILTER (d < DATE '{UNTIL}') - 1 AS x, date_diff('day', min(d),
            max(d) FILTER (d < DATE '{UNTIL}')), date_diff('day', min(d), DATE '{UNTIL}') - 1,
            sum(m) FILTER (d < DATE '{UNTIL}')::BIGINT - min_by(m, d), sum(net) FILTER (d < DATE '{UNTIL}')::BIGINT,
            count(*) FILTER (d >= DATE '{BEFORE}' AND d < DATE '{UNTIL}'),
            sum(m) FILTER (d >= DATE '{BEFORE}' AND d < DATE '{UNTIL}')::BIGINT,
            count(*) FILTER (d >= DATE '{UNTIL}'), sum(m) FILTER (d >= DATE '{UNTIL}')::BIGINT
        FROM (SELECT customer_key, business_date AS d, gross - discounts AS m, net FROM {{source}}
            WHERE orders > 0 AND customer_key IS NOT NULL AND business_date < DATE '{AS_OF}')
        GROUP BY 1 HAVING min(d) < DATE '{UNTIL}' ORDER BY 1""")


def holdout_crmlib(folder: Path) -> Work:
    """The statement ``outlook_histories``: what is known of an earlier month end, and the days since."""
    engine = _engine(folder, "customer_day")
    _chain(engine, folder, KNOWN)
    return lambda: _histories_since(engine, KNOWN)


def holdout_once(folder: Path) -> Work:
    """The same with that month end counted from every day before it."""
    engine = _engine(folder, "customer_day")

    def both() -> int:
        _chain(engine, folder, KNOWN)
        return _histories_since(engine, KNOWN)

    return both


def holdout_first(folder: Path) -> Work:
    """A shop's first run: that month end from the one a year ago, which the pages before this one have counted."""
    engine = _engine(folder, "customer_day")
    _chain(engine, folder, YEAR_AGO)

    def both() -> int:
        _chain(engine, folder, KNOWN, since=YEAR_AGO)
        return _histories_since(engine, KNOWN)

    return both


def _text(name: str) -> str:
    from crmlib.engine import statements

    return statements.compose(name)


def _chain(engine: Any, folder: Path, *ends: date, since: date | None = None) -> None:
    """Store what is known of some month ends, each from the one before, as a run does; readable is the last."""
    for end in ends:
        path = folder / f"{end}-{os.getpid()}.parquet"
        text = _text("customer_base_more" if since else "customer_base")
        engine.write(text, path, as_of=end, since=since or LONG_PAST)
        engine.register("base_before", path)
        since = end


def _histories_since(engine: Any, month: date) -> int:
    engine.execute("CREATE OR REPLACE TEMP VIEW subscriptions AS SELECT CAST(NULL AS VARCHAR) AS customer_key, "
                   "CAST(NULL AS DATE) AS started_on, CAST(NULL AS DATE) AS cancelled_on, "
                   "CAST(NULL AS VARCHAR) AS status WHERE FALSE")
    return int(engine.arrow(_text("outlook_histories"), known_until=month, until=UNTIL, before=BEFORE,
                            as_of=AS_OF).num_rows)


def _histories(folder: Path) -> Any:
    return _engine(folder, "order_lines").query("outlook_summary", as_of=AS_OF)


def fit_lifetimes(folder: Path) -> Work:
    """BG/NBD by lifetimes."""
    from lifetimes import BetaGeoFitter

    h = _histories(folder)
    return lambda: float(BetaGeoFitter().fit(h["x"], h["t_x"], h["age"]).params_["r"])


def fit_crmlib(folder: Path) -> Work:
    """BG/NBD without a prior, equal histories put together within the time."""
    from crmlib.methods import btyd

    h = _histories(folder)
    return lambda: btyd.fit(btyd.Histories.of(h["x"], h["t_x"], h["age"]), "bg", prior=None).parameters.r


def worth_lifetimes(folder: Path) -> Work:
    """Spend and value of twelve months by lifetimes, after its fit of purchases."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    h = _histories(folder)
    mean = h["repeat_money"] / h["x"].clip(lower=1)
    model, some = BetaGeoFitter().fit(h["x"], h["t_x"], h["age"]), (h["x"] > 0) & (mean > 0)

    def work() -> float:
        spend = GammaGammaFitter().fit(h["x"][some], mean[some])
        return float(spend.customer_lifetime_value(model, h["x"], h["t_x"], h["age"], mean, time=12,
                                                   discount_rate=0.008, freq="D").sum())

    return work


def worth_crmlib(folder: Path) -> Work:
    """The same as the outlook page does it."""
    import shop
    from crmlib.analyses.outlook.histories import Known
    from crmlib.analyses.outlook.models import Fitted
    from crmlib.analyses.outlook.worth import worth
    from crmlib.methods import btyd

    h = _histories(folder)
    rows, place = btyd.collapsed(btyd.Histories.of(h["x"], h["t_x"], h["age"]))
    found = btyd.fit(rows, "bg", prior=None)
    fit = Fitted(found.parameters, found.log_likelihood, converged=True)
    settings = shop.settings(outlook={"prior": "none"}).outlook
    return lambda: float(worth(fit, Known(AS_OF, h, rows, place, 0), settings).clv.sum())


def section_crmlib(folder: Path) -> Work:
    """The whole page: gate, fits, proof, intervals, value, cohorts, last month and last year."""
    from crmlib.analyses import outlook

    data = dataset(folder)
    for kept in (folder / "shared").glob("outlook_*"):
        kept.unlink()
    return lambda: len(outlook.analyse(data, data.settings.outlook).measures)

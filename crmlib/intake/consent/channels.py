"""Through which channels may a customer be contacted? What they said last, and in doubt no.

A no always beats what the member file holds: a refusal in ``consents``, a no under any id of the person, a membership
that ended. A yes in ``consents`` counts where the member file is silent, or was last updated before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.engine.duck import literal

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

CHANNELS = ("mail", "sms", "line", "post", "phone")
#: A consent of this channel or purpose is about all of them.
ALL = "all"
ENDED = "withdrawn"


def apply(engine: ReadingEngine, tables: frozenset[str], purpose: str) -> None:
    """Set ``opt_in_*`` of ``out_customers``."""
    _said(engine, purpose if "consents" in tables else None)
    _refused(engine)
    chosen = ", ".join(f"opt_in_{c} = w.opt_in_{c}" for c in CHANNELS)
    decided = ", ".join(f"{_decided(c)} AS opt_in_{c}" for c in CHANNELS)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE wishes AS SELECT c.customer_key, {decided} FROM out_customers AS c "
        "LEFT JOIN refused AS r ON r.customer_key = c.customer_key "
        "LEFT JOIN said AS s ON s.customer_key = c.customer_key")
    changed = " OR ".join(f"w.opt_in_{c} IS DISTINCT FROM out_customers.opt_in_{c}" for c in CHANNELS)
    engine.execute(f"UPDATE out_customers SET {chosen} FROM wishes AS w "
                   f"WHERE w.customer_key = out_customers.customer_key AND ({changed})")


def _decided(channel: str) -> str:
    return (f"CASE WHEN c.status = '{ENDED}' OR s.{channel}_no THEN FALSE "
            f"WHEN s.{channel}_yes IS NOT NULL AND (NOT COALESCE(r.{channel}, FALSE) "
            f"OR s.{channel}_yes > c.updated_at) THEN TRUE "
            f"WHEN r.{channel} THEN FALSE ELSE c.opt_in_{channel} END")


def _refused(engine: ReadingEngine) -> None:
    """Make ``refused``: channels to which some id of the person says no in the member file."""
    noes = ", ".join(f"bool_or(NOT b.opt_in_{c}) AS {c}" for c in CHANNELS)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE refused AS SELECT k.customer_key, {noes} FROM by_id AS b "
                   "INNER JOIN customer_links AS k ON k.customer_id = b.customer_id GROUP BY k.customer_key")


def _said(engine: ReadingEngine, purpose: str | None) -> None:
    """Make ``said``: by channel, whether the newest consent is a no, and when a newest yes was given.

    The newest counts for each purpose; at the same moment a no counts.
    """
    columns = ", ".join(f"bool_or(NOT granted) FILTER (WHERE channel = '{c}') AS {c}_no, "
                        f"MAX(\"at\") FILTER (WHERE granted AND channel = '{c}') AS {c}_yes" for c in CHANNELS)
    if purpose is None:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE said AS SELECT customer_key, {columns} FROM (SELECT "
                       "CAST(NULL AS VARCHAR) AS customer_key, CAST(NULL AS VARCHAR) AS channel, FALSE AS granted, "
                       "CAST(NULL AS TIMESTAMP) AS \"at\" LIMIT 0) GROUP BY customer_key")
        return
    listed = ", ".join(f"('{c}')" for c in CHANNELS)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE said AS WITH counted AS (SELECT k.customer_key, c.purpose, v.channel, "
        "c.granted, c.\"at\" FROM in_consents AS c INNER JOIN customer_links AS k ON k.customer_id = c.customer_id "
        f"INNER JOIN (VALUES {listed}) AS v(channel) ON c.channel IN (v.channel, '{ALL}') "
        f"WHERE c.purpose IN ({literal(purpose)}, '{ALL}') "
        f"OR NOT EXISTS (SELECT 1 FROM in_consents WHERE purpose = {literal(purpose)})), "
        "newest AS (SELECT *, row_number() OVER (PARTITION BY customer_key, purpose, channel "
        "ORDER BY \"at\" DESC, granted) AS place FROM counted) "
        f"SELECT customer_key, {columns} FROM newest WHERE place = 1 GROUP BY customer_key")

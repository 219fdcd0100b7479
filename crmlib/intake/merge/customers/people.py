"""Customers: every id any table knows, joined to persons, keyed, with the newest filled value of each attribute."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib import privacy, schema
from crmlib.intake import matching
from crmlib.intake.matching import history, review
from crmlib.intake.merge import keyed
from crmlib.intake.merge.views import listed
from crmlib.privacy import private_folder

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine


def link(engine: ReadingEngine, tables: frozenset[str], key: bytes, chosen: matching.Options,
         sources: Sequence[str]) -> dict[str, int]:
    """Make ``customer_links`` of ``known_customers``, the ids of all tables, and return what matching counted.

    ``customer_links``: customer_id, customer_key, root (the smallest id of the person), rule, score, decided_by;
    ``sources`` are those of the files by ``seq``.
    """
    matching.check_trust(chosen.trust, sources)
    if "customer_identity" in tables:
        keyed.lay_together(engine, keyed.Merge("customer_identity", "in_customer_identity", "out_customer_identity",
                                               ("customer_id",), schema.table("customer_identity").names,
                                               first=history.trusted(sources, chosen.trust)))
    named = "out_customer_identity" if "customer_identity" in tables else None
    counts = matching.match(engine, "known_customers", named, _told() if "customers" in tables else None, chosen)
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE customer_links AS SELECT customer_id, root, rule, score, decided_by, "
        f"{privacy.customer_key_sql('root')} AS customer_key "
        "FROM (SELECT i.customer_id, COALESCE(j.root, i.customer_id) AS root, j.rule, j.score, j.decided_by "
        "FROM known_customers AS i LEFT JOIN joined AS j ON j.customer_id = i.customer_id)",
        **privacy.key_parameters(key))
    return counts


def _told() -> str:
    """What the files say of each id beside its names; a sex they disagree about is none."""
    return ("(SELECT customer_id, CASE WHEN bool_or(type = 'guest') THEN 'guest' ELSE '' END AS type, "
            "CASE WHEN MIN(gender) = MAX(gender) THEN MIN(gender) ELSE NULL END AS gender "
            "FROM in_customers GROUP BY customer_id)")


def write(engine: ReadingEngine, tables: frozenset[str], chosen: matching.Options, sources: Sequence[str],
          folder: Path) -> None:
    """Write which id is whom and by which rule, how right the rules are, what to look at, and what gave way."""
    restricted = private_folder(folder / "restricted")
    engine.write(
        "SELECT customer_id, customer_key, CASE WHEN customer_id = root THEN '' ELSE COALESCE(rule, '') END AS rule, "
        "score, CASE WHEN customer_id = root THEN '' ELSE COALESCE(decided_by, '') END AS decided_by "
        "FROM customer_links ORDER BY customer_id", restricted / "customer_links.parquet")
    engine.write("SELECT * EXCLUDE (place) FROM match_rules ORDER BY place", folder / "match_rules.parquet")
    review.write(engine, restricted / "match_review.csv")
    history.write(engine, tables, sources, chosen.trust, restricted)


def customers(engine: ReadingEngine, tables: frozenset[str], chosen: matching.Options,
              sources: Sequence[str]) -> None:
    """Make ``out_customers``: one row per person; ids known only from other tables have no attributes."""
    columns, first = schema.table("customers").names, history.trusted(sources, chosen.trust)
    if "customers" in tables:
        keyed.lay_together(engine, keyed.Merge("customers", "in_customers", "by_id", ("customer_id",), columns,
                                               first=first))
    else:
        empty = ", ".join(f"CAST(NULL AS {c.sql_type}) AS {c.name}" for c in schema.table("customers").columns)
        engine.execute(f"CREATE OR REPLACE TEMP TABLE by_id AS SELECT {empty}, CAST(NULL AS INTEGER) AS seq, "
                       "CAST(NULL AS BIGINT) AS row, FALSE AS counted, CAST(NULL AS TIMESTAMP) AS seen WHERE FALSE")
    others = listed((c for c in columns if c != "customer_id"), "c.")
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE persons AS SELECT k.customer_key, k.root AS customer_id, {others}, "
        "COALESCE(c.seq, 0) AS seq, c.row, COALESCE(c.counted, FALSE) AS counted, c.seen, "
        "CAST(1 AS BIGINT) AS mentioned, CAST(NULL AS DECIMAL(18, 6)) AS exact "
        "FROM customer_links AS k LEFT JOIN by_id AS c ON c.customer_id = k.customer_id")
    keyed.lay_together(engine, keyed.Merge("customers", "persons", "out_customers", ("customer_key",),
                                           ("customer_key", *columns), "match", ("same_person", "same_person"), first))

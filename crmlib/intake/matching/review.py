"""What a person should look at: pairs that a rule joins and the veto does not, groups that contradict, proposals."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.privacy import formula_safe, write_private

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

AGREES = ("given", "family", "birth", "phone", "mail", "place", "postal", "firm")
CONTRADICTS = {"given_differs": "given", "family_differs": "family", "birth_differs": "birth", "sex_differs": "sex"}
COLUMNS = ("customer_id_a", "customer_id_b", "suggestion", "rule", "score", "why", "agrees", "contradicts")


def queue(engine: ReadingEngine) -> int:
    """Make ``match_review`` (`COLUMNS`) and return how many pairs are in it; pairs already decided are not asked again.

    Twins, who share everything but the given name, are no question: they are left out.
    """
    engine.execute(f"""
CREATE OR REPLACE TEMP TABLE match_review AS
SELECT a.customer_id AS customer_id_a, b.customer_id AS customer_id_b, q.suggestion, q.rule, q.score, q.why,
    q.agrees, q.contradicts
FROM (SELECT c.a, c.b, CASE WHEN c.vetoed THEN 'keep_apart' ELSE 'look' END AS suggestion, c.rule,
        CAST(NULL AS DOUBLE) AS score, CASE WHEN c.vetoed THEN 'veto' ELSE 'conflict' END AS why,
        {agreeing()} AS agrees, {contradicting()} AS contradicts
    FROM compared AS c LEFT JOIN matched AS x ON x.n = c.a LEFT JOIN matched AS y ON y.n = c.b
    WHERE c.rule IS NOT NULL AND NOT c.given_differs AND x.root IS DISTINCT FROM y.root
        OR c.rule IS NOT NULL AND NOT c.given_differs AND x.root IS NULL
    UNION ALL SELECT p.a, p.b, p.suggestion, '' AS rule, p.score, 'proposed' AS why, p.agrees, p.contradicts
    FROM proposed AS p) AS q
ANTI JOIN decided AS d ON d.a = q.a AND d.b = q.b
JOIN ids AS a ON a.n = q.a JOIN ids AS b ON b.n = q.b""")
    return int(engine.rows("SELECT COUNT(*) AS n FROM match_review")[0][0])


def agreeing() -> str:
    """Return what agrees, named, as an expression on `rules.flags` AS c."""
    return _listed({name: name for name in AGREES})


def contradicting() -> str:
    """Return what contradicts, named, as an expression on `rules.flags` AS c."""
    return _listed(CONTRADICTS)


def _listed(flags: dict[str, str]) -> str:
    """Return the names of the flags that are set, joined."""
    parts = ", ".join(f"CASE WHEN c.{flag} THEN '{name}' ELSE NULL END" for flag, name in flags.items())
    return f"concat_ws(' ', {parts})"


def write(engine: ReadingEngine, path: Path) -> None:
    """Write the queue for a spreadsheet: UTF-8 with BOM, no formulas; nobody who has been deleted since."""
    rows = engine.rows(
        f"SELECT {', '.join(COLUMNS)} FROM match_review SEMI JOIN customer_links AS k ON k.customer_id = customer_id_a "
        "SEMI JOIN customer_links AS l ON l.customer_id = customer_id_b "
        "ORDER BY score DESC NULLS FIRST, why, customer_id_a, customer_id_b")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for a, b, suggestion, rule, score, why, agrees, contradicts in rows:
        writer.writerow([formula_safe(a), formula_safe(b), suggestion, rule, "" if score is None else f"{score:.4f}",
                         why, agrees, contradicts])
    write_private(path, text.getvalue().encode("utf-8-sig"))

"""How right is each rule? What it joined, what the veto refused, and how often a field it does not read agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.engine.duck import literal
from crmlib.intake.matching import rules as ruled

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine

#: Fields that can contradict, with the column of ``compared`` that says whether both ids have them.
_CHECKS = {"given": ("named", "given_differs"), "birth": ("born", "birth_differs"), "sex": ("sexed", "sex_differs")}
_Z = 1.959963984540054


def rules(engine: ReadingEngine, households: bool) -> None:
    """Make ``match_rules``: one row a rule, the most precise first, then the shop's own decisions and what is proposed.

    Columns: place, rule, pairs (whose best rule it is), joined (ended in one person), refused (by the veto), checked
    (of all pairs that meet the rule, those of which something it does not read is known on both sides), agreed,
    precision (agreed of checked: how right the rule is before the veto looks), low and high (95 % Wilson), reference
    (precision on labelled data).
    """
    parts = [_rule(n, rule, condition) for n, (rule, condition) in enumerate(ruled.chosen(households).items())]
    parts.append("SELECT 1000 AS place, 'manual' AS rule, COUNT(*) AS pairs, COUNT(*) FILTER (WHERE x.root = y.root) "
                 "AS joined, 0 AS refused, 0 AS checked, 0 AS agreed, CAST(NULL AS DOUBLE) AS reference FROM decided "
                 "AS d LEFT JOIN matched AS x ON x.n = d.a LEFT JOIN matched AS y ON y.n = d.b "
                 "WHERE d.decision = 'merge'")
    # What the shop keeps apart always stays apart: two groups it would join are never one.
    parts.append("SELECT 1001, 'kept_apart', COUNT(*), 0, COUNT(*), 0, 0, CAST(NULL AS DOUBLE) FROM decided "
                 "WHERE decision = 'keep_apart'")
    parts.append("SELECT 1002, 'proposed', COUNT(*), 0, 0, 0, 0, CAST(NULL AS DOUBLE) FROM proposed")
    whole = ", ".join(f"CAST({c} AS BIGINT) AS {c}" for c in ("place", "pairs", "joined", "refused", "checked",
                                                              "agreed"))
    engine.execute("CREATE OR REPLACE TEMP TABLE match_rules AS SELECT rule, "
                   f"{whole}, CASE WHEN checked > 0 THEN agreed / checked ELSE NULL END AS precision, "
                   f"{_wilson('-')} AS low, {_wilson('+')} AS high, reference FROM ({' UNION ALL '.join(parts)})")


def _rule(place: int, rule: str, condition: str) -> str:
    """Count one rule; the contradictions it cannot make by itself are what it is checked by."""
    free = [check for name, check in _CHECKS.items() if name not in condition.replace("_differs", "").split()]
    known = " OR ".join(known for known, _ in free)
    contradicted = " OR ".join(differs for _, differs in free)
    best, reference = f"c.rule = {literal(rule)}", ruled.REFERENCE.get(rule)
    return (f"SELECT {place} AS place, {literal(rule)} AS rule, COUNT(*) FILTER (WHERE {best}) AS pairs, "
            f"COUNT(*) FILTER (WHERE {best} AND x.root = y.root) AS joined, "
            f"COUNT(*) FILTER (WHERE {best} AND c.vetoed) AS refused, COUNT(*) FILTER (WHERE {known}) AS checked, "
            f"COUNT(*) FILTER (WHERE ({known}) AND NOT ({contradicted})) AS agreed, "
            f"CAST({'NULL' if reference is None else reference} AS DOUBLE) AS reference FROM compared AS c "
            f"LEFT JOIN matched AS x ON x.n = c.a LEFT JOIN matched AS y ON y.n = c.b WHERE {condition}")


def _wilson(sign: str) -> str:
    share, z2 = "(CAST(agreed AS DOUBLE) / checked)", _Z * _Z
    return (f"CASE WHEN checked > 0 THEN round(({share} + {z2} / (2 * checked) {sign} {_Z} * sqrt({share} * "
            f"(1 - {share}) / checked + {z2} / (4.0 * checked * checked))) / (1 + {z2} / checked), 10) ELSE NULL END")

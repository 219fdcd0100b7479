"""Which customer ids are one person? 名寄せ by guarded rules; in doubt two stay two.

Ids are joined where what is a person's own agrees: name and birthday, phone or mail and given name, address and name.
A family shares phone, mail and address, so a different given name, births more than 31 days apart or another sex
forbid a join, between two ids and between whole groups (the household veto); a slip of the keyboard does not. Values
that more than ten ids share join nobody. What the shop decides itself goes before everything. Doubts are queued for a
person to look at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmlib.engine.duck import literal
from crmlib.errors import CrmError

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.matching.clusters import Pairs
    from crmlib.intake.matching.decisions import Decision

MANUAL = "manual"
BY_RULE = "rule"


@dataclass(frozen=True)
class Options:
    """How ids are matched, and what the shop has decided.

    Attributes
    ----------
    propose : str
        ``off``, or ``splink`` for proposals by probability, which never join by themselves.
    threshold : float
        Probability from which a pair is proposed.
    decisions : tuple of Decision
        Lines of the shop's own file.
    label : str
        Name of that file, for messages.
    trust : tuple of str
        Sources in order of trust; those not named come last.
    model : str
        File in which the trained model of proposals is kept; it decides nothing but what is proposed.
    """

    propose: str = "off"
    threshold: float = 0.95
    decisions: tuple[Decision, ...] = field(default=())
    label: str = ""
    trust: tuple[str, ...] = ()
    model: str = ""

    def digest(self) -> str:
        """Return what changes when matching may come out differently."""
        lines = sorted((d.a, d.b, d.decision) for d in self.decisions)
        parts = (self.propose, self.threshold, lines, self.trust)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def options(settings: Any) -> Options:
    """Return the options of settings, the decisions read from their file.

    Raises
    ------
    CrmError
        As `decisions.read`.
    """
    from pathlib import Path

    from crmlib.intake.matching import decisions

    block, home = settings.matching, f"data/decisions/{settings.shop.id}"
    label = block.decisions or f"{home}/matches.csv"
    found = decisions.read(Path(settings.root) / Path(label).expanduser(), label)
    return Options(block.propose, float(block.proposal_threshold), found, label, tuple(block.trust),
                   str(Path(settings.root) / home / "matching_model.json"))


def check_trust(trust: Sequence[str], sources: Sequence[str]) -> None:
    """Refuse a source in ``matching.trust`` that there is not.

    Raises
    ------
    CrmError
        ``intake.unknown_trust``.
    """
    unknown = [name for name in trust if name not in sources]
    if unknown:
        raise CrmError("intake.unknown_trust", where="matching.trust", found=unknown[0],
                       allowed=list(dict.fromkeys(sources)))


def match(engine: ReadingEngine, known: str, identity: str | None, customers: str | None,
          chosen: Options) -> dict[str, int]:
    """Make ``joined`` (customer_id, root, rule, score, decided_by), ``match_rules`` and ``match_review``.

    Parameters
    ----------
    known : str
        Relation with every customer_id.
    identity, customers : str or None
        Relations with the columns of ``customer_identity``, and with customer_id, type and gender; one row an id.

    Returns
    -------
    dict of str to int
        Counts for the page: values too common to join by, pairs queued.

    Raises
    ------
    CrmError
        ``intake.decision_unknown_id``; ``intake.proposals_missing`` where the extra is not installed.
    """
    from crmlib.intake.matching import account, people, proposals, review, rules

    people.teach(engine)
    engine.execute("CREATE OR REPLACE TEMP TABLE ids AS SELECT customer_id, row_number() OVER (ORDER BY customer_id) "
                   f"- 1 AS n FROM (SELECT DISTINCT customer_id FROM {known} WHERE customer_id IS NOT NULL)")
    counts = people.make(engine, identity or people.NOBODY, customers)
    households = rules.compare(engine)
    _decided(engine, chosen)
    _grouped(engine, households)
    proposals.propose(engine, chosen, households)
    account.rules(engine, households)
    counts["match_review"] = review.queue(engine)
    for name in ("people", "compared", "grouped", "matched", "decided", "ids", "proposed", "scored"):
        engine.execute(f"DROP TABLE IF EXISTS {name}")
    return counts


def _decided(engine: ReadingEngine, chosen: Options) -> None:
    """Make ``decided``: a, b (numbers) and decision."""
    from crmlib.intake.matching import decisions

    engine.execute("CREATE OR REPLACE TEMP TABLE decided (a BIGINT, b BIGINT, decision VARCHAR)")
    if not chosen.decisions:
        return
    wanted = ", ".join(literal(one) for d in chosen.decisions for one in (d.a, d.b))
    numbers = dict(engine.rows(f"SELECT customer_id, n FROM ids WHERE customer_id IN ({wanted})"))
    decisions.check_known(chosen.decisions, numbers, chosen.label)
    rows = ", ".join(f"({numbers[d.a]}, {numbers[d.b]}, {literal(d.decision)})" for d in chosen.decisions)
    engine.execute(f"INSERT INTO decided SELECT DISTINCT * FROM (VALUES {rows})")


def _grouped(engine: ReadingEngine, households: bool) -> None:
    """Make ``matched`` (n, root) for ids that are not alone, and ``joined``."""
    import numpy as np
    import pyarrow as pa

    from crmlib.intake.matching import clusters, rules

    pairs = _pairs(engine, households)
    count = int(engine.rows("SELECT COUNT(*) AS n FROM ids")[0][0])
    roots = clusters.components(count, pairs)
    sizes = np.bincount(roots, minlength=count)[roots] if count else roots
    many = np.flatnonzero(sizes > 2)
    engine.register("grouped_rows", pa.table({"n": many, "root": roots[many]}))
    engine.execute("CREATE OR REPLACE TEMP TABLE grouped AS SELECT * FROM grouped_rows")
    apart = engine.rows("SELECT a, b FROM decided WHERE decision = 'keep_apart' ORDER BY a, b")
    roots = clusters.split(roots, pairs, [*rules.against(engine, households), *apart])
    several = np.flatnonzero(np.bincount(roots, minlength=count)[roots] > 1) if count else roots
    engine.register("matched_rows", pa.table({"n": several, "root": roots[several]}))
    engine.execute("CREATE OR REPLACE TEMP TABLE matched AS SELECT * FROM matched_rows")
    for name in ("grouped_rows", "matched_rows"):
        engine.unregister(name)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE joined AS {_joined(households)}")


def _ranks(households: bool) -> str:
    from crmlib.intake.matching import rules

    return " ".join(f"WHEN {literal(rule)} THEN {n}" for n, rule in enumerate(rules.chosen(households)))


def _pairs_text(households: bool) -> str:
    """Pairs to join with the rank of the rule, decisions first."""
    return (f"SELECT a, b, MIN(rank) AS rank FROM (SELECT a, b, CASE rule {_ranks(households)} END AS rank "
            "FROM compared WHERE rule IS NOT NULL AND NOT vetoed UNION ALL SELECT a, b, -1 AS rank FROM decided "
            "WHERE decision = 'merge') GROUP BY a, b")


def _pairs(engine: ReadingEngine, households: bool) -> Pairs:
    from crmlib.intake.matching import clusters

    found = engine.arrow(f"SELECT a, b, CAST(rank AS BIGINT) AS rank FROM ({_pairs_text(households)}) ORDER BY a, b")
    return clusters.Pairs(*(found[name].to_numpy() for name in ("a", "b", "rank")))


def _joined(households: bool) -> str:
    """Every id that is not the smallest of its person, with the best rule that ties it to another of the person."""
    from crmlib.intake.matching import rules

    names = " ".join(f"WHEN {n} THEN {literal(rule)}" for n, rule in enumerate(rules.chosen(households)))
    return f"""SELECT i.customer_id, r.customer_id AS root, CASE t.rank {names} ELSE '{MANUAL}' END AS rule,
    CAST(NULL AS DOUBLE) AS score, CASE WHEN t.rank < 0 THEN '{MANUAL}' ELSE '{BY_RULE}' END AS decided_by
FROM (SELECT one, MIN(rank) AS rank FROM (SELECT p.a, p.b, p.rank FROM ({_pairs_text(households)}) AS p
        JOIN matched AS x ON x.n = p.a JOIN matched AS y ON y.n = p.b AND y.root = x.root) AS k,
    LATERAL (SELECT unnest([k.a, k.b]) AS one) GROUP BY one) AS t
JOIN matched AS m ON m.n = t.one AND m.root <> m.n
JOIN ids AS i ON i.n = m.n JOIN ids AS r ON r.n = m.root"""

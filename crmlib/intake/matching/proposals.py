"""Pairs that the rules miss, by probability: proposed to a person, never joined.

Fellegi and Sunter's model ("A theory for record linkage", JASA 64, 1969) as splink fits it. It takes family name,
address and landline for independent evidence and so would join families: the household veto holds here too. The model
is trained once, its figures rounded, and kept beside the shop's decisions, so that each month is judged alike.
"""

from __future__ import annotations

import importlib.util
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.engine.duck import literal
from crmlib.errors import CrmError
from crmlib.intake.matching import review, rules

if TYPE_CHECKING:
    import pyarrow as pa

    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.matching import Options

SEED = 20261101
#: Pairs drawn to learn how often values agree by chance.
DRAWN = 400_000
#: From this probability on a merge is suggested; below, a look.
SURE = 0.99
#: Too few records to learn anything from.
FEWEST = 200
_COLUMNS = ("family", "given", "family_kana", "given_kana", "family_letters", "given_letters", "phone", "mail",
            "birth", "postal", "place", "place_letters", "number")
_BLOCKS = (("phone",), ("mail",), ("birth",), ("family", "given"), ("family_kana", "given_kana"), ("postal", "number"),
           ("postal", "given"), ("postal", "family"), ("place",), ("family", "number"), ("given", "number"))
#: What EM takes for granted while it learns the rest.
_LEARNT_FROM = (("birth",), ("family", "given"))


def propose(engine: ReadingEngine, chosen: Options, households: bool) -> None:
    """Make ``proposed`` (a, b, score, suggestion, agrees, contradicts): pairs that are not one person yet.

    Raises
    ------
    CrmError
        ``intake.proposals_missing`` where splink is not installed.
    """
    import pyarrow as pa

    if chosen.propose != "off" and importlib.util.find_spec("splink") is None:
        raise CrmError("intake.proposals_missing", where="matching.propose")
    count = int(engine.rows("SELECT COUNT(*) AS n FROM people")[0][0]) if chosen.propose != "off" else 0
    scored = _scored(engine, chosen) if count >= FEWEST else pa.table(
        {"unique_id_l": pa.array([], pa.string()), "unique_id_r": pa.array([], pa.string()),
         "match_probability": pa.array([], pa.float64())})
    engine.register("scored_rows", scored)
    engine.execute("CREATE OR REPLACE TEMP TABLE scored AS SELECT least(i.n, j.n) AS a, greatest(i.n, j.n) AS b, "
                   "round(s.match_probability, 4) AS score FROM scored_rows AS s "
                   "JOIN ids AS i ON i.customer_id = s.unique_id_l JOIN ids AS j ON j.customer_id = s.unique_id_r")
    engine.unregister("scored_rows")
    engine.execute(f"CREATE OR REPLACE TEMP TABLE proposed AS {_kept(households)}")


def _kept(households: bool) -> str:
    """Pairs of two persons that do not contradict; where other members of their groups do, a look is suggested."""
    forbidding = rules.forbidding(households)
    open_ = ("SELECT s.*, COALESCE(x.root, s.a) AS one, COALESCE(y.root, s.b) AS other FROM scored AS s "
             "LEFT JOIN matched AS x ON x.n = s.a LEFT JOIN matched AS y ON y.n = s.b "
             "WHERE COALESCE(x.root, s.a) <> COALESCE(y.root, s.b)")
    members = "(SELECT n, root FROM matched UNION ALL SELECT n, n FROM ids ANTI JOIN matched USING (n))"
    crossed = (f"SELECT DISTINCT m.n AS a, o.n AS b FROM ({open_}) AS s JOIN {members} AS m ON m.root = s.one "
               f"JOIN {members} AS o ON o.root = s.other")
    doubtful = (f"SELECT DISTINCT m.root AS one, o.root AS other FROM (SELECT a, b FROM ({rules.flags(crossed)}) "
                f"WHERE {rules.against_sum()} >= {forbidding}) AS v JOIN {members} AS m ON m.n = v.a "
                f"JOIN {members} AS o ON o.n = v.b")
    return (f"SELECT c.a, c.b, s.score, CASE WHEN s.score >= {SURE} AND f.one IS NULL THEN 'merge' ELSE 'look' END "
            f"AS suggestion, {review.agreeing()} AS agrees, {review.contradicting()} AS contradicts "
            f"FROM (SELECT * FROM ({rules.flags('SELECT a, b FROM scored')}) "
            f"WHERE {rules.against_sum()} < {forbidding}) AS c JOIN ({open_}) AS s ON s.a = c.a AND s.b = c.b "
            f"LEFT JOIN ({doubtful}) AS f ON f.one = s.one AND f.other = s.other")


def _scored(engine: ReadingEngine, chosen: Options) -> pa.Table:
    """Return the pairs at or above the threshold, by splink, with ids that stay from month to month."""
    import logging

    from splink import Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    columns = ", ".join(f"CAST(p.{c} AS VARCHAR) AS {c}" for c in _COLUMNS)
    table = engine.arrow(f"SELECT i.customer_id AS unique_id, {columns} FROM people AS p JOIN ids AS i ON i.n = p.n "
                         "ORDER BY i.customer_id")
    with _spill(engine) as spill:
        linker = Linker(_backend(engine, spill).register(table), _kept_model(engine, chosen, table, spill),
                        log_level=logging.ERROR)
        found = linker.inference.predict(threshold_match_probability=chosen.threshold).as_pyarrow_table()
    return found.select(["unique_id_l", "unique_id_r", "match_probability"])


def _kept_model(engine: ReadingEngine, chosen: Options, table: pa.Table, spill: str) -> dict[str, Any]:
    """Return the model that was kept, or a new one, which is kept."""
    path = Path(chosen.model) if chosen.model else None
    if path is not None and path.is_file():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    model = _trained(engine, table, spill)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(model, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return model


def _spill(engine: ReadingEngine) -> tempfile.TemporaryDirectory[str]:
    """Return a private folder of its own: two engines in one would take each other's files."""
    home = str(engine.rows("SELECT CAST(current_setting('temp_directory') AS VARCHAR) AS v")[0][0])
    return tempfile.TemporaryDirectory(prefix="proposals-", dir=home if Path(home).is_dir() else None)


def _chance(engine: ReadingEngine) -> float:
    """How likely two ids taken at random are one person, by what the rules joined; they find nine in ten."""
    pairs, count = engine.rows("SELECT (SELECT COUNT(*) FROM compared WHERE rule IS NOT NULL AND NOT vetoed) AS pairs, "
                               "(SELECT COUNT(*) FROM people) AS n")[0]
    return max(1.0, float(pairs)) / 0.9 / (count * (count - 1) / 2)


def _backend(engine: ReadingEngine, spill: str) -> Any:
    """Return splink's own connection, bounded as ours is: what it spills is personal data too."""
    from splink import DuckDBAPI

    backend = DuckDBAPI()
    bounds = engine.rows("SELECT current_setting('memory_limit'), CAST(current_setting('threads') AS VARCHAR)")[0]
    for name, value in zip(("memory_limit", "threads", "temp_directory"), (*bounds, spill), strict=True):
        backend.duckdb_con.execute(f"SET {name} = {literal(value)}")
    return backend


def _trained(engine: ReadingEngine, table: pa.Table, spill: str) -> dict[str, Any]:
    """Return the fitted model as plain values, its figures rounded so that last digits cannot differ."""
    import logging

    from splink import Linker, block_on

    linker = Linker(_backend(engine, spill).register(table), _model(_chance(engine)), log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=DRAWN, seed=SEED)
    for columns in _LEARNT_FROM:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    fitted: dict[str, Any] = linker.misc.save_model_to_json()
    fitted.pop("linker_uid", None)
    rounded: dict[str, Any] = json.loads(json.dumps(fitted), parse_float=lambda text: float(f"{float(text):.6g}"))
    return rounded


def _model(chance: float) -> dict[str, Any]:
    from splink import block_on

    return {"link_type": "dedupe_only", "unique_id_column_name": "unique_id",
            "probability_two_random_records_match": chance, "retain_matching_columns": False,
            "linker_uid": "crmlib",
            "blocking_rules_to_generate_predictions": [block_on(*columns) for columns in _BLOCKS],
            "comparisons": [*(_name(c, o) for c, o in (("given", "family"), ("family", "given"))), *_others()]}


def _name(column: str, other: str) -> dict[str, Any]:
    known = " OR ".join(f"({c}_l IS NOT NULL AND {c}_r IS NOT NULL)" for c in (column, f"{column}_kana"))
    letters, kana = f"{column}_letters", f"{column}_kana"
    slips = f"jaro_winkler_similarity({letters}_l, {letters}_r) >= 0.88"
    swapped = f"{column}_l = {other}_r AND {other}_l = {column}_r"
    return _comparison(
        column, f"NOT ({known})", (f'"{column}_l" = "{column}_r"', column), (f"{kana}_l = {kana}_r", None),
        (f"{slips} OR {swapped}", None),
        (f"damerau_levenshtein({kana}_l, {kana}_r) <= 1 AND length({kana}_l) >= 3 OR {column}_l = {other}_r", None))


def _others() -> list[dict[str, Any]]:
    slip = "damerau_levenshtein({0}_l, {0}_r) <= {1}"
    near_place = ("damerau_levenshtein(place_letters_l, place_letters_r) * 4 <= length(place_letters_l) "
                  "OR jaro_winkler_similarity(place_l, place_r) >= 0.95")
    far_place = "jaccard(place_letters_l, place_letters_r) >= 0.8"
    chosen = {"birth": (slip.format("birth", 1), "substr(birth_l, 1, 7) = substr(birth_r, 1, 7)"),
              "phone": (slip.format("phone", 1),), "mail": (slip.format("mail", 2),),
              "postal": (slip.format("postal", 1), "substr(postal_l, 1, 3) = substr(postal_r, 1, 3)"),
              "place": (near_place, far_place), "number": (slip.format("number", 1),)}
    unknown, same = "{0}_l IS NULL OR {0}_r IS NULL", "{0}_l = {0}_r"
    return [_comparison(c, unknown.format(c), *((text, None) for text in (same.format(c), *more)))
            for c, more in chosen.items()]


def _comparison(name: str, unknown: str, *levels: tuple[str, str | None]) -> dict[str, Any]:
    """Describe how one field is compared; ``levels`` from the closest on, each with a column whose rarity counts."""
    told: list[dict[str, Any]] = [{"sql_condition": unknown, "label_for_charts": "unknown", "is_null_level": True}]
    for number, (condition, rarity) in enumerate(levels):
        level: dict[str, Any] = {"sql_condition": condition, "label_for_charts": f"{name} {number}"}
        if rarity:
            level |= {"tf_adjustment_column": rarity, "tf_adjustment_weight": 1.0}
        told.append(level)
    told.append({"sql_condition": "ELSE", "label_for_charts": "differs"})
    return {"output_column_name": name, "comparison_levels": told}

"""Statements composed with others, and with another relation in the place of a table."""

from __future__ import annotations

from crmlib.dataset.units import INSTEAD
from crmlib.engine import statements


def test_another_relation_takes_the_place_of_a_table():
    text = statements.body("customer_base", INSTEAD)
    assert "FROM unit_day" in text and "customer_day" not in text
    assert statements.body("customer_base") == statements.body("customer_base", {})


def test_what_takes_the_place_reads_the_table_itself():
    for table, statement in INSTEAD.items():
        assert table in statements.tables_read(statement)
        assert statements.body(statement, INSTEAD) == statements.body(statement)


def test_the_relation_is_composed_before_its_readers_and_only_where_asked():
    text = statements.compose("customer_segment", None, INSTEAD)
    assert text.index("unit_keys AS (") < text.index("unit_day AS (") < text.index("customer_base AS (")
    assert "unit_" not in statements.compose("customer_segment")
    ready = {"unit_day": "stored_1", "unit_customers": "stored_2"}
    assert "SELECT * FROM stored_1" in statements.compose("customer_segment", ready, INSTEAD)


def test_the_closure_knows_the_relation():
    assert "unit_day" in statements.closure("rfm_segments", INSTEAD)
    assert "unit_day" not in statements.closure("rfm_segments")

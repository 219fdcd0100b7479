"""Each column has a purpose and a sensitivity, and no statement reads what it has no purpose for."""

from __future__ import annotations

import pytest

import shop
from crmlib import schema
from crmlib.dataset.prepare import open_dataset
from crmlib.engine import statements
from crmlib.errors import CrmError

#: What ``customer_identity`` may share with other tables: the key it is joined back by.
KEYS = ("customer_id", "customer_key")


def test_every_column_has_a_purpose_and_a_sensitivity():
    for table in schema.tables().values():
        for column in table.columns:
            assert column.purpose in schema.PURPOSES, (table.name, column.name)
            assert column.sensitivity in (schema.PUBLIC, schema.RESTRICTED, schema.IDENTITY), (table.name, column.name)


def test_only_the_identity_table_holds_who_somebody_is():
    for table in schema.tables().values():
        for column in table.columns:
            assert (column.sensitivity == schema.IDENTITY) == (table.name == "customer_identity"), column.name
            assert column.purpose != "contact" or table.name == "customer_identity", column.name


def test_ids_of_people_and_what_they_wrote_are_restricted():
    for table in schema.tables().values():
        for column in table.columns:
            if column.name in ("customer_id", "visitor_id", "referred_by", "text", "body", "subject"):
                assert column.sensitivity != schema.PUBLIC, (table.name, column.name)


@pytest.mark.parametrize("name", statements.names())
def test_no_statement_names_the_identity_table_or_a_column_of_it(name):
    words = set(statements.body(name).replace(",", " ").replace(".", " ").replace("(", " ").replace(")", " ").split())
    telling = {c.name for c in schema.table("customer_identity").columns} - set(KEYS)
    shared = {c.name for t in schema.tables().values() if t.name != "customer_identity" for c in t.columns}
    assert not words & ({"customer_identity"} | telling - shared)


def test_an_analyst_cannot_read_identities_either(tmp_path):
    tables = shop.purchases("customer,day,amount\nA,2026-10-05,100\nB,2026-10-31,50")
    folder = shop.write(tmp_path, tables)
    shop.write(folder / "restricted" / "identity", {"customer_identity": shop.read("customer_key,full_name\nA,山田")})
    data = open_dataset(shop.settings(), folder, "2026-10")
    with pytest.raises(CrmError) as error:
        data.sql("SELECT * FROM customer_identity")
    assert error.value.code == "engine.failed"
    assert "customer_identity" not in data.tables
    assert sorted(data.sql("SELECT customer_key FROM customers ORDER BY customer_key")["customer_key"]) == ["A", "B"]

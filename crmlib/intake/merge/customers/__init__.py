"""Customers of a merge: every id joined to a person, keyed, and kept from one month to the next."""

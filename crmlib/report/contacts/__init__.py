"""The list of whom to contact as files: for machines, for those who make the contacts, and for the month after."""

from __future__ import annotations

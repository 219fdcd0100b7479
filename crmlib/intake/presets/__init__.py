"""Exports known by their headings: recognising them, explaining them, and proposing a map for unknown ones."""

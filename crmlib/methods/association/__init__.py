"""Do two things go together beyond chance: cross tables and pairs of goods."""

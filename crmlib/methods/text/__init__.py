"""Free text: what is written is made plain, split into words, counted by people, and shown only where many wrote it."""

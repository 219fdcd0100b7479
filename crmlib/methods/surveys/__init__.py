"""Answers of some, read for all: weights, how the answerers differ, and what goes with a score."""

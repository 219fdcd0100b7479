"""The monthly run: plan, execute, check, render, gate, publish.

``run.report`` is the whole of it; every other module answers one question of that flow. Nothing here
is imported by an analysis.
"""

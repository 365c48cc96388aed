"""Intervals, tests, agreement and trends: what counts and votes are worth."""

"""Matching of key points with summaries: by words, by embeddings, by a judge."""

from comparia.matching.matcher import Match, Matcher, MatchTable

__all__ = ["Match", "MatchTable", "Matcher"]

"""Whether a key point is in a summary, and where: by its words, by embeddings, by a judge."""

from comparia.matching.matcher import Match, Matcher, MatchTable

__all__ = ["Match", "MatchTable", "Matcher"]

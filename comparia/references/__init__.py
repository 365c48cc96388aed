"""References: the key points of a session, loaded, checked against its turns, and written back."""

from comparia.references.files import beside, load, parse

__all__ = ["beside", "load", "parse"]

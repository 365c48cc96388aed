"""Migrations, oldest first; never edited, only added to."""

"""Whole questions, from published figures to an answer."""

"""Whose key, which certificate, what time."""

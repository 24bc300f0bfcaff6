"""Reactions: what the desk starts, or asks whether to start, when an event comes or changes."""

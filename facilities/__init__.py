"""Telescopes: the registry, observability, tile counts."""

"""Realistic alert series of our own making, marked as mock everywhere."""

"""Channels: one module each, one small interface for all."""

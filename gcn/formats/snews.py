"""SNEWS messages: not read yet."""

from gcn.formats.generic import Nothing

FAMILY = Nothing("snews")

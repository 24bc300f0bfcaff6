"""GCN Schema JSON: not read yet."""

from gcn.formats.generic import Nothing

FAMILY = Nothing("schema")

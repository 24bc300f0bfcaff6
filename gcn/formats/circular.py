"""GCN circulars: not read yet."""

from gcn.formats.generic import Nothing

FAMILY = Nothing("circular")

from gcn.formats.generic import Nothing

FAMILY = Nothing("igwn")

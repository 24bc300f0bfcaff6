from gcn.formats.generic import Nothing

FAMILY = Nothing("classic_text")

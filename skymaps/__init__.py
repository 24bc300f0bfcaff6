"""Sky maps: one immutable multi-order `SkyMap`, readers, shapes, statistics, overlaps and exports."""

"""Events: identity, revisions, tags, coincidences, what changed, and the analysis of a revision."""

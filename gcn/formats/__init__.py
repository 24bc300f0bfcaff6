"""Notice formats: one module a family, tried in the order of `registry.FAMILIES`."""

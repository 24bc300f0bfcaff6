"""Tables' base, sessions, the clock, leases, claims and blobs. Knows no word of the domain."""

"""Settings, composition, the `nightdesk` program, front ends, supervision."""

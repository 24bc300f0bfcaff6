"""Stand-ins: servers that speak the protocols of the services nightdesk talks to, on this machine only."""

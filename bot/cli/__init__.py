"""The `nightdesk` program: one module for each kind of command."""

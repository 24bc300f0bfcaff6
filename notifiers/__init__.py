"""Who is told, when and how: routes, outbox, channels."""

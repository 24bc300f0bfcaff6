"""Plans by gwemopt, which is GPL and so runs in a process and an interpreter of its own."""

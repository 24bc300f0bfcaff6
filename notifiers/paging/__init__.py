"""Pages: somebody is asked until somebody answers."""

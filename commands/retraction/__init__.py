"""A retraction: what was started for the event is listed to those concerned, and cancelled by one button."""

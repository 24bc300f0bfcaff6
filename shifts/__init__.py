"""People and shifts: rosters, rotations, overrides, swaps, absences, calendars."""

"""What reactions can start, each made into a job; what is sent to a telescope is never among it."""

from __future__ import annotations

from collections.abc import Mapping

STARTS: Mapping[str, bool] = {"plan": True, "mmoda": False, "fit": False}
"""What `[[reactions]]` may start, and whether it is for a telescope."""

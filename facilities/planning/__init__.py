"""Plans made here, at once: which fields to expose tonight, in which order, and what that covers."""

from facilities.planning.candidates import GalaxyTarget
from facilities.planning.footprints import Patch
from facilities.planning.instant import instant_plan
from facilities.planning.settings import PlanSettings, PlanSettingsError, settings_from_words

__all__ = [
    "GalaxyTarget",
    "Patch",
    "PlanSettings",
    "PlanSettingsError",
    "instant_plan",
    "settings_from_words",
]

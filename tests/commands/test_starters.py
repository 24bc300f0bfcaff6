"""What reactions start, made into jobs: by whom the configuration says, and why not where not."""

from __future__ import annotations

import pytest

from commands.fit_starter import fit_starter
from commands.plan_starter import plan_starter
from commands.starters import CannotStart
from events.state import EventState
from facilities.registry import load_registry
from notifiers.reactions.starting import Wish
from platforms.instances import Instance, Platforms
from platforms.planning import HERE, FacilityPlanning, Planner, Planning
from tests.notifiers.stories import nsbh

PLANNING = Planning(
    {
        "DECam": FacilityPlanning("DECam", Planner.INSTANT, classes={"nsbh": {"exposure_time": "180"}}),
        "ZTF": FacilityPlanning("ZTF", Planner.SKYPORTAL, allocation="7"),
        "WINTER": FacilityPlanning("WINTER", Planner.GWEMOPT),
    }
)
FRITZ = Instance("fritz", "skyportal", "https://example.org", None)
PLATFORMS = Platforms({"fritz": FRITZ}, planning=PLANNING)
STATE: EventState = nsbh()


def plan(
    facility: str, platforms: Platforms = PLATFORMS, **given: object
) -> tuple[str, str, dict[str, object]]:
    wanted = plan_starter(platforms, load_registry())(STATE, Wish("plan", given, facility, "rule plan"))
    assert (wanted.event, wanted.facility) == ("LVK:S261120h", facility)
    return wanted.kind, wanted.platform, dict(wanted.parameters)


def test_a_plan_is_made_by_whom_the_configuration_says_with_the_settings_of_the_class() -> None:
    kind, platform, parameters = plan("DECam", filters=["g", "r"], exposure_time=90)
    assert (kind, platform) == ("instant.plan", HERE)
    assert parameters["settings"] == {"exposure_time": "90", "filters": "g,r"}
    assert plan("DECam")[2]["settings"] == {"exposure_time": "180"}


def test_at_a_skyportal_its_form_is_left_to_the_job() -> None:
    kind, platform, parameters = plan("ZTF", exposure_time=60)
    assert (kind, platform) == ("skyportal.plan", "fritz")
    assert parameters["by_rule"] is True
    assert parameters["allocation"] == "7"
    assert parameters["settings"] == {"exposure_time": "60"}


def test_another_planner_may_be_named() -> None:
    assert plan("ZTF", planner="instant")[0] == "instant.plan"


@pytest.mark.parametrize(
    ("facility", "given", "says"),
    [
        ("DECam", {"planner": "magic"}, "expected one of skyportal, gwemopt"),
        ("DECam", {"exposure": 30}, "exposure"),
        ("WINTER", {}, "gwemopt is not installed"),
    ],
)
def test_what_cannot_be_planned_says_why(facility: str, given: dict[str, object], says: str) -> None:
    with pytest.raises(CannotStart, match=says):
        plan(facility, **given)


def test_without_a_skyportal_nothing_is_asked_of_one() -> None:
    with pytest.raises(CannotStart, match="no SkyPortal is configured for ZTF"):
        plan("ZTF", Platforms(planning=PLANNING))


def test_a_fit_is_of_the_source_that_is_named_else_of_the_events_own() -> None:
    start = fit_starter(PLATFORMS)
    given = {"service": 3, "source": "Me2017", "fix_z": True}
    wanted = start(STATE, Wish("fit", given, "", "rule fit"))
    assert (wanted.kind, wanted.platform, wanted.source) == ("skyportal.analysis", "fritz", STATE.name)
    assert wanted.parameters["values"] == {"source": "Me2017", "fix_z": "True"}
    assert start(STATE, Wish("fit", {**given, "object": "AT2026abc"}, "", "x")).source == "AT2026abc"
    with pytest.raises(CannotStart, match=r"with\.service"):
        start(STATE, Wish("fit", {}, "", "x"))
    with pytest.raises(CannotStart, match="expected one of: fritz"):
        start(STATE, Wish("fit", {**given, "platform": "icare"}, "", "x"))

"""What must not page by default, and that everything else may."""

from __future__ import annotations

import pytest

from gcn.gates import gates
from gcn.notice import Notice, Role


def notice(**fields: object) -> Notice:
    return Notice(format="gcn-json", mission="Swift", kind="alert", **fields)  # type: ignore[arg-type]


def test_an_ordinary_observation_may_page() -> None:
    assert gates(notice(tags=frozenset({"GRB", "long"})), "gcn.classic.voevent.SWIFT_BAT_GRB_POS_ACK") == ()
    assert gates(notice(properties={"alert_tense": "current"})) == ()


@pytest.mark.parametrize("role", [Role.TEST, Role.MOCK, Role.UTILITY, Role.PREDICTION])
def test_every_role_but_observation_is_gated(role: Role) -> None:
    assert len(gates(notice(role=role))) == 1


@pytest.mark.parametrize("tense", ["archival", "planned", "injection", "commanded", "test", "Unheard-Of"])
def test_every_tense_but_current_is_gated(tense: str) -> None:
    assert gates(notice(properties={"alert_tense": tense})) == (
        f"alert tense is {tense.lower()}, not current",
    )


@pytest.mark.parametrize(
    "topic",
    [
        "gcn.classic.voevent.SWIFT_BAT_GRB_POS_TEST",
        "gcn.classic.text.FERMI_LAT_POS_TEST",
        "gcn.classic.voevent.MAXI_TEST",
        "gcn.classic.text.TEST_COORDS",
        "gcn.notices.icecube.test.lvk_nu_track_search",
        "gcn.classic.voevent.MAXI_KNOWN",
        "gcn.notices.maxi.gsc.known",
        "gcn.classic.text.SWIFT_BAT_KNOWN_SRC",
    ],
)
def test_test_topics_and_catalogue_topics_are_gated(topic: str) -> None:
    assert gates(notice(), topic)


@pytest.mark.parametrize(
    "topic", ["gcn.notices.maxi.gsc.unknown", "gcn.classic.voevent.MAXI_UNKNOWN", "igwn.gwalert"]
)
def test_topics_that_only_sound_alike_are_not(topic: str) -> None:
    assert gates(notice(), topic) == ()


@pytest.mark.parametrize(
    "tag", ["known source", "ECLAIRs-Catalog", "StarTrack_Lost_Lock", "Not GRB", "MDC", "hardware injection"]
)
def test_what_a_notice_says_against_itself_is_gated(tag: str) -> None:
    assert gates(notice(tags=frozenset({tag})))


def test_reasons_are_said_once_and_what_the_family_found_comes_first() -> None:
    found = notice(role=Role.TEST, gates=("BAT found no source for its trigger",))
    once = gates(found, "gcn.classic.voevent.SWIFT_BAT_GRB_POS_TEST")
    assert once == ("BAT found no source for its trigger", "test notice", "test topic")
    assert gates(notice(role=Role.TEST, gates=once), "gcn.classic.voevent.SWIFT_BAT_GRB_POS_TEST") == once

"""Reasons why a notice must not page by default, in words. Routes that ask for such notices get them."""

from __future__ import annotations

import re
from dataclasses import replace

from gcn.notice import Notice, Role

TEST_TOPIC = re.compile(r"_TEST$|_POS_TEST|TEST_COORDS|\.test\.", re.IGNORECASE)
"""Classic test topics and the JSON test topics (`gcn.notices.icecube.test.…`)."""

KNOWN_SOURCE_TOPIC = re.compile(r"MAXI_KNOWN|maxi\.gsc\.known|SWIFT_BAT_KNOWN_SRC", re.IGNORECASE)

TAG_GATES = {
    "known source": "the source is in the mission's catalogue",
    "ECLAIRs-Catalog": "the source is in the mission's catalogue",
    "StarTrack_Lost_Lock": "the star tracker had lost its lock: the position cannot be trusted",
    "Not GRB": "the mission says this is not a gamma-ray burst",
    "MDC": "mock data challenge",
    "hardware injection": "hardware injection",
}
"""What a family says about a notice with a tag, and why that must not page."""

ROLE_GATES = {
    Role.TEST: "test notice",
    Role.MOCK: "mock event",
    Role.UTILITY: "spacecraft or service notice, not about a source",
    Role.PREDICTION: "prediction, nothing was observed yet",
}


def gates(notice: Notice, topic: str | None = None) -> tuple[str, ...]:
    """Why this notice must not page by default; empty where it may.

    Role and alert tense other than real, `MS` and `TS` superevents (by their role), test topics,
    catalogue sources, lost star-tracker lock, what the mission calls no burst, injections, and
    archival notices. What a family itself found (`notice.gates`) comes first. Source of the rules:
    GCN Schema `core/Alert.alert_tense`, LVK Public Alerts User Guide, GCN classic topic list.
    """
    reasons = list(notice.gates)
    if notice.role in ROLE_GATES:
        reasons.append(ROLE_GATES[notice.role])
    tense = notice.properties.get("alert_tense")
    if isinstance(tense, str) and tense.lower() != "current":
        reasons.append(f"alert tense is {tense.lower()}, not current")
    if topic is not None and TEST_TOPIC.search(topic):
        reasons.append("test topic")
    if topic is not None and KNOWN_SOURCE_TOPIC.search(topic):
        reasons.append(TAG_GATES["known source"])
    reasons.extend(reason for tag, reason in TAG_GATES.items() if tag in notice.tags)
    return tuple(dict.fromkeys(reasons))


def gated(notice: Notice, topic: str | None = None) -> Notice:
    """The notice with its gates filled in."""
    return replace(notice, gates=gates(notice, topic))

"""SNEWS 2.0 messages: what detectors send to the coincidence server, and the alerts it sends out.

Source: SNEWS Publishing Tools `messages.py` (tiers and their fields) and SNEWS Coincidence System
`cs_alert_schema.py` (alerts). A message may hold the fields of several tiers at once.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from gcn.formats.schema_fields import Fields, offered
from gcn.notice import AlertType, Notice, NoticeError, Role, iso
from gcn.raw_message import RawMessage

TIERS = {
    "CoincidenceTier": ("neutrino_time", "neutrino_time_utc", "neutrino_times"),
    "SignificanceTier": ("p_values",),
    "TimingTier": ("timing_series",),
    "Heartbeat": ("detector_status",),
    "Retraction": ("retract_latest", "N_retract_latest"),
}
"""Which fields make a message of which tier."""

TIMES = ("neutrino_time", "neutrino_time_utc")
ISSUED = ("sent_time", "machine_time")
READ_ELSEWHERE = frozenset({"detector_name", "is_test", *TIMES, *ISSUED})

_SERVER_TIME = re.compile(r"(\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d):(\d{1,6})")
_TEST_TOPIC = re.compile(r"test|firedrill", re.IGNORECASE)


class Snews:
    """The family of SNEWS 2.0."""

    name = "snews-json"

    def recognises(self, message: RawMessage) -> bool:
        content = message.json
        if content is None or "$schema" in content:
            return False
        tiers = any(name in content for names in TIERS.values() for name in names)
        return bool({"detector_name", "detector_names"} & content.keys()) and tiers

    def read(self, message: RawMessage) -> Notice:
        if message.json is None:
            raise NoticeError("SNEWS: expected a JSON object")
        return read_message(Fields(message.json), message.topic)


FAMILY = Snews()


def read_message(fields: Fields, topic: str | None = None) -> Notice:
    """One SNEWS message.

    The event of an alert, and of one detector's burst, is the time of its first neutrino (an alert
    and its updates keep it); heartbeats are about no event, and a detector that retracts its latest
    messages names none. Tests (`is_test`, fire drills) are tests.

    Raises NoticeError with the JSON pointer of a detector or neutrino time that cannot be read.
    """
    detectors = fields.names("detector_names") or fields.names("detector_name")
    if not detectors:
        raise fields.wrong("detector_name", "the name of a detector")
    tiers = [
        tier for tier, names in TIERS.items() if any(fields.values.get(name) is not None for name in names)
    ]
    from_server = "detector_names" in fields.values
    alert_type = _alert_type(fields, tiers, from_server)
    first = _first_neutrino(fields)
    return Notice(
        format="snews-json",
        mission="SNEWS",
        instrument=" ".join(detectors),
        kind="CoincidenceAlert" if from_server else " ".join(tiers),
        event=_event(first, detectors, from_server),
        alert_type=alert_type,
        role=_role(fields, tiers, topic),
        trigger_time=first,
        issued=next((instant for name in ISSUED if (instant := _sent(fields, name))), None),
        properties={
            name: value
            for name, value in fields.values.items()
            if name not in READ_ELSEWHERE and value is not None
        },
        tags=_tags(tiers, alert_type),
    )


def _alert_type(fields: Fields, tiers: list[str], from_server: bool) -> AlertType:
    """An alert that loses a detector but keeps two is updated; one that keeps fewer is no coincidence."""
    if not from_server:
        if "Retraction" in tiers:
            return AlertType.RETRACTION
        return AlertType.OTHER if tiers == ["Heartbeat"] else AlertType.PRELIMINARY
    if len(fields.names("detector_names")) < 2:
        return AlertType.RETRACTION
    said = f"{fields.values.get('alert_type')} {fields.values.get('_id')}"
    return AlertType.UPDATE if "UPDATE" in said or "RETRACTION" in said else AlertType.INITIAL


def _tags(tiers: list[str], alert_type: AlertType) -> frozenset[str]:
    if alert_type is AlertType.RETRACTION:
        return frozenset({"supernova", "retracted"})
    return frozenset() if tiers == ["Heartbeat"] else frozenset({"supernova"})


def _first_neutrino(fields: Fields) -> datetime | None:
    """The earliest neutrino of a message; a timing series in seconds counts from `neutrino_time`."""
    for name in TIMES:
        instant = fields.instant(name)
        if instant is not None:
            return instant
    times = fields.values.get("neutrino_times") or fields.values.get("timing_series")
    if not isinstance(times, list):
        return None
    return min(
        (
            instant
            for index, text in enumerate(times)
            if isinstance(text, str)
            and (instant := Fields({str(index): text}, fields.path).instant(str(index))) is not None
        ),
        default=None,
    )


def _event(first: datetime | None, detectors: tuple[str, ...], from_server: bool) -> str | None:
    if first is None:
        return None
    return f"SNEWS:{iso(first)}" if from_server else f"SNEWS:{detectors[0]} {iso(first)}"


def _role(fields: Fields, tiers: list[str], topic: str | None) -> Role:
    if str(fields.values.get("is_test", False)).lower() == "true" or _TEST_TOPIC.search(topic or ""):
        return Role.TEST
    return Role.UTILITY if tiers == ["Heartbeat"] else Role.OBSERVATION


def _sent(fields: Fields, name: str) -> datetime | None:
    """When it was sent: ISO 8601, or the server's `yy/mm/dd hh:mm:ss:ffffff`."""
    text = offered(fields.text, name, [])
    match = _SERVER_TIME.fullmatch(text or "")
    if match is None:
        return offered(fields.instant, name, [])
    year, month, day, hour, minute, second, fraction = match.groups()
    try:
        return datetime(
            2000 + int(year), int(month), int(day), int(hour), int(minute), int(second),
            int(fraction.ljust(6, "0")), tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None

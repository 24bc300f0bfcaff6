"""What RFC 5545 asks of a calendar, read from its bytes without any calendar library."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

CONTENT_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9-]+)(?P<parameters>(;[A-Za-z0-9-]+=(\"[^\"]*\"|[^\";:,]*))*):(?P<value>.*)"
)
REQUIRED = {
    "VCALENDAR": {"PRODID", "VERSION"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"},
    "VTIMEZONE": {"TZID"},
    "STANDARD": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
    "DAYLIGHT": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"},
}
INSIDE = {
    None: {"VCALENDAR"},
    "VCALENDAR": {"VEVENT", "VTIMEZONE"},
    "VTIMEZONE": {"STANDARD", "DAYLIGHT"},
    "VEVENT": {"VALARM"},
}
TEXTS = {"SUMMARY", "DESCRIPTION", "X-WR-CALNAME"}
LONGEST_LINE = 75  # octets, RFC 5545, 3.1


@dataclass
class Component:
    name: str
    properties: dict[str, tuple[str, str]] = field(default_factory=dict)
    parts: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[Component]:
        own = [self] if self.name == name else []
        return own + [found for part in self.parts for found in part.all(name)]


def read_strictly(content: bytes) -> Component:
    """The calendar in `content`; an assertion for whatever the RFC does not allow."""
    assert content.endswith(b"\r\n")
    lines = content.split(b"\r\n")[:-1]
    assert not any(b"\n" in line or b"\r" in line for line in lines), "a line break that is not CRLF"
    assert all(0 < len(line) <= LONGEST_LINE for line in lines), "a line too long, or empty"
    for line in lines:
        line.decode("utf-8")  # folding must not cut a character in two
    unfolded = b"".join(line[1:] if line[:1] in b" \t" else b"\n" + line for line in lines)
    root = _tree(unfolded.decode("utf-8").removeprefix("\n").split("\n"))
    _check(root)
    return root


def _tree(lines: list[str]) -> Component:
    stack: list[Component] = []
    root: Component | None = None
    for line in lines:
        found = CONTENT_LINE.fullmatch(line)
        assert found, f"not a content line: {line!r}"
        name, parameters, value = found["name"].upper(), found["parameters"], found["value"]
        if name == "BEGIN":
            above = stack[-1].name if stack else None
            assert value in INSIDE.get(above, set()), f"{value} inside {above}"
            part = Component(value)
            if stack:
                stack[-1].parts.append(part)
            else:
                assert root is None, "two calendars"
                root = part
            stack.append(part)
        elif name == "END":
            assert stack.pop().name == value
        else:
            own = stack[-1].properties
            assert name not in own, f"{name} stands twice in {stack[-1].name}"
            if name in TEXTS:
                bare = value.replace("\\\\", "").replace("\\,", "").replace("\\;", "")
                assert not set(bare.replace("\\n", "")) & set(",;\\"), f"not escaped: {value!r}"
            own[name] = (parameters, value)
    assert root is not None and not stack
    return root


def _check(root: Component) -> None:
    assert root.properties["VERSION"][1] == "2.0"
    zones = {each.properties["TZID"][1] for each in root.all("VTIMEZONE")}
    assert len(zones) == len(root.all("VTIMEZONE"))
    for name, needed in REQUIRED.items():
        for each in root.all(name):
            assert needed <= set(each.properties), f"{name} without {needed - set(each.properties)}"
    for zone in root.all("VTIMEZONE"):
        assert zone.parts
    uids = [event.properties["UID"][1] for event in root.all("VEVENT")]
    assert len(set(uids)) == len(uids), "two events with one UID"
    for event in root.all("VEVENT"):
        assert re.fullmatch(r"\d{8}T\d{6}Z", event.properties["DTSTAMP"][1])
        start, end = (instant(root, event.properties[key]) for key in ("DTSTART", "DTEND"))
        assert end > start
        for key in ("DTSTART", "DTEND"):
            zone = re.fullmatch(r";TZID=(.+)", event.properties[key][0])
            assert zone is None or zone[1] in zones


def instant(root: Component, written: tuple[str, str]) -> datetime:
    """The instant that a DTSTART or DTEND means, by the VTIMEZONE of this calendar alone."""
    parameters, value = written
    local = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    if value.endswith("Z"):
        assert not parameters
        return local
    name = parameters.removeprefix(";TZID=")
    (zone,) = [each for each in root.all("VTIMEZONE") if each.properties["TZID"][1] == name]
    onsets = []
    for rule in zone.parts:
        begins = datetime.strptime(rule.properties["DTSTART"][1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        onsets.append((begins - _offset(rule, "TZOFFSETFROM"), _offset(rule, "TZOFFSETTO")))
    fits = {local - to for _, to in onsets if _in_force(onsets, local - to) == to}
    assert len(fits) == 1, f"{value} in {name} is said {len(fits)} times"
    return fits.pop()


def _in_force(onsets: list[tuple[datetime, timedelta]], at: datetime) -> timedelta | None:
    return max(((onset, to) for onset, to in onsets if onset <= at), default=(at, None))[1]


def _offset(rule: Component, key: str) -> timedelta:
    found = re.fullmatch(r"([+-])(\d{2})(\d{2})(\d{2})?", rule.properties[key][1])
    assert found, rule.properties[key]
    size = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return size if found[1] == "+" else -size

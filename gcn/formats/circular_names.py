"""Which event a circular is about, read from its event name, its subject and its first sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Named:
    """What a circular names: `event` as `MISSION:ID` where there is no doubt, else only `aliases`."""

    mission: str = "GCN"
    event: str | None = None
    aliases: tuple[str, ...] = ()


_SUPEREVENT = re.compile(r"\b(?:LIGO/Virgo(?:/KAGRA)?|LVK|LVC)\s+((?:MS|TS|S)\d{6}[a-z]+)\b")
_SWIFT_TRIGGER = re.compile(
    r"\bSwift(?:[ /-]BAT)? trigger(?: number| No\.?)? (\d{6,8})\b(?!\s*(?:,|and|-|/)\s*\d)", re.I
)
_FERMI_TRIGGER = re.compile(
    r"\bFermi(?: GBM| Gamma-ray Burst Monitor)?\s+trigger(?: No\.?)? (\d{9})(?:\s*/\s*(\d{9}))?\b", re.I
)
_LOCATED = re.compile(
    r"triggered\s+and\s+located\s+(GRB ?\d{6}(?:[A-Z]|\.\d+)?)\s*"
    r"\(\s*trigger[\s=#]*(\d{6,9})(?:\.\d+)?(?:\s*/\s*(\d{9}))?",
    re.IGNORECASE,
)
"""The first sentence of Fermi GBM and Swift BAT circulars: which trigger bears the name."""

_TRANSIENT = re.compile(r"\b(AT|SN) ?((?:19|20)\d\d[A-Za-z]{1,5})\b")
_PROPER_NAMES = (
    (re.compile(r"\bGRB ?(\d{6}(?:[A-Z]|\.\d+))(?![A-Za-z0-9])"), "GRB {}", "GCN"),
    (re.compile(r"\bGRB ?((?:9\d|0\d)\d{4})(?![A-Za-z0-9.])"), "GRB {}", "GCN"),
    (re.compile(r"\b(?:IceCube|IC)-?(\d{6}[A-Z])\b"), "IceCube-{}", "IceCube"),
    (re.compile(r"\b(EP ?\d{6}[a-z]{1,2})\b"), "{}", "Einstein Probe"),
    (re.compile(r"\b(KM3-?\d{6}[A-Z])\b"), "{}", "KM3NeT"),
    (re.compile(r"\b((?:NuEm|HWC|IceCube-HAWC)-\d{6}[A-Z])\b"), "{}", "AMON"),
    (re.compile(r"\b(FRB ?\d{6,8}[A-Za-z]*)\b"), "{}", "GCN"),
    (re.compile(r"\b(ZTF\d\d[a-z]{7})\b"), "{}", "GCN"),
)
"""Names that one event bears and no other. A GRB without a letter is one of several of its day since 2010."""


def named(event_id: str | None, subject: str, body: str) -> Named:
    """What a circular is about.

    `event_id` is GCN's own inference from the subject and goes before the subject. A superevent, and
    a trigger number in the subject with its mission, are identities. Other names are aliases: which
    mission's event bears them is known from notices, or from the circular that announced the trigger
    ("triggered and located GRB 230812B (trigger 713559497/230812790)").
    """
    if event_id:
        found = _by_name(event_id) or Named(aliases=(event_id,))
    else:
        found = _by_name(subject) or _by_trigger(subject) or Named()
    return _with_trigger(found, body)


def _by_name(text: str) -> Named | None:
    superevent = _SUPEREVENT.search(text)
    if superevent:
        return Named("LVK", f"LVK:{superevent[1]}")
    transient = _TRANSIENT.search(text)
    if transient:  # an AT that is classified becomes the SN of the same designation
        names = ("SN", "AT") if transient[1] == "SN" else ("AT",)
        return Named(aliases=tuple(f"{prefix} {transient[2]}" for prefix in names))
    for pattern, form, mission in _PROPER_NAMES:
        name = pattern.search(text)
        if name:
            return Named(mission, None, (form.format(name[1]),))
    return None


def _by_trigger(subject: str) -> Named | None:
    swift = _SWIFT_TRIGGER.search(subject)
    if swift:
        return Named("Swift", f"Swift:{swift[1]}")
    fermi = _FERMI_TRIGGER.search(subject)
    if fermi is None:
        return None
    triggers = [number for number in fermi.groups() if number and not _is_burst_number(number)]
    bursts = [number for number in fermi.groups() if number and _is_burst_number(number)]
    if len(triggers) != 1:
        return None
    return Named("Fermi", f"Fermi:{triggers[0]}", tuple(f"Fermi:bn{number}" for number in bursts))


def _with_trigger(found: Named, body: str) -> Named:
    """The trigger that bears the name, as a further alias, so that name and trigger become one story."""
    located = _LOCATED.search(body)
    if located is None or not found.aliases or _bare(located[1]) != _bare(found.aliases[0]):
        return found
    mission = "Fermi" if len(located[2]) == 9 else "Swift"
    return Named(mission, None, (*found.aliases, f"{mission}:{located[2]}"))


def _bare(name: str) -> str:
    return "".join(name.split()).upper()


def _is_burst_number(digits: str) -> bool:
    """Whether nine digits are a GBM burst number (yymmddfff) rather than seconds of mission time."""
    year, month, day = (int(digits[index : index + 2]) for index in (0, 2, 4))
    try:
        return date(2000 + year, month, day).year < 2050
    except ValueError:
        return False

"""The tags an event gets by rule, all of them in this one table.

A tag is what people filter, subscribe and search by. People add their own and take these away
(`EventService.tag`); what a person said wins. Numbers that are missing never give a tag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from events.messenger import Messenger, detectors, messenger, stated
from events.state import EventState
from gcn.notice import AlertType, Notice, Role
from skymaps.statistics import SkyMapStatistics

YEAR = 365.25 * 86400.0
"""s; a Julian year."""

ASTROPHYSICAL = ("BNS", "NSBH", "BBH", "MassGap", "SSM")
"""Classes of a compact binary; `Terrestrial` is the remainder, not one of them."""


@dataclass(frozen=True)
class Facts:
    """What the rules look at: the event, the last notice that describes it, and its newest map."""

    event: EventState
    notice: Notice
    statistics: SkyMapStatistics | None
    messenger: Messenger


@dataclass(frozen=True)
class Rule:
    """One tag and when it is given."""

    tag: str
    when: Callable[[Facts], bool]


RULES: tuple[Rule, ...] = (
    # what it is
    Rule("GW", lambda f: f.messenger is Messenger.GW),
    Rule("GRB", lambda f: f.messenger is Messenger.GRB),
    Rule("neutrino", lambda f: f.messenger in (Messenger.NEUTRINO, Messenger.SUPERNOVA)),
    Rule("supernova", lambda f: f.messenger is Messenger.SUPERNOVA),
    Rule("FRB", lambda f: f.messenger is Messenger.FRB),
    Rule("LVC", lambda f: f.event.mission == "LVK"),
    Rule("AMON", lambda f: f.event.mission in ("AMON", "IceCube", "HAWC")),
    # what a compact binary is: the likeliest astrophysical class, and Terrestrial beside it where
    # that is likelier than all classes (an arg-max over everything hides the class of S250818k)
    Rule("BNS", lambda f: likeliest_class(f.notice.classification) == "BNS"),
    Rule("NSBH", lambda f: likeliest_class(f.notice.classification) == "NSBH"),
    Rule("BBH", lambda f: likeliest_class(f.notice.classification) == "BBH"),
    Rule("SSM", lambda f: likeliest_class(f.notice.classification) == "SSM" or _above(f, "HasSSM", 0.5)),
    Rule("MassGap", lambda f: likeliest_class(f.notice.classification) == "MassGap"
         or _above(f, "HasMassGap", 0.5)),
    Rule("Terrestrial", lambda f: _terrestrial(f.notice.classification)),
    # what a burst is (Kouveliotou et al. 1993: 2 s)
    Rule("long", lambda f: _duration_class(f.notice) == "long"),
    Rule("short", lambda f: _duration_class(f.notice) == "short"),
    # how sure, and how far the story has come
    Rule("significant", lambda f: f.notice.significant is True),
    Rule("subthreshold", lambda f: f.notice.significant is False
         or f.notice.alert_type is AlertType.SUBTHRESHOLD),
    Rule("early warning", lambda f: any(
        r.notice.alert_type is AlertType.EARLY_WARNING for r in f.event.revisions)),
    Rule("retracted", lambda f: f.event.retracted),
    Rule("MDC", lambda f: f.event.role is Role.MOCK),
    Rule("test", lambda f: f.event.role is Role.TEST),
    Rule("1 per month", lambda f: _rarer_than(f, 12.0 / YEAR)),
    Rule("1 per year", lambda f: _rarer_than(f, 1.0 / YEAR)),
    Rule("1 per 100 years", lambda f: _rarer_than(f, 0.01 / YEAR)),
    # where it is
    Rule("< 200 deg²", lambda f: _smaller_than(f, 200.0)),
    Rule("< 500 deg²", lambda f: _smaller_than(f, 500.0)),
    Rule("< 1000 deg²", lambda f: _smaller_than(f, 1000.0)),
    Rule("> 90 % in 500 deg²", lambda f: f.statistics is not None
         and f.statistics.probability_in_500_deg2 > 0.9),
    Rule("< 150 Mpc", lambda f: _nearer_than(f, 150.0)),
    Rule("< 250 Mpc", lambda f: _nearer_than(f, 250.0)),
    # who else
    Rule("MultiInstrument", lambda f: len(detectors(f.notice)) > 1),
    Rule("coincident", lambda f: any(a.overlap != 0.0 for a in f.event.associations)
         or f.notice.coincidence is not None),
)  # fmt: skip

NAMES_AS_TAGS = ("search", "pipeline", "group")
"""Properties whose value is a tag itself: AllSky, HighMass, IMBH, MDC, SSM…; pycbc, gstlal…; CBC, Burst."""


def derived_tags(event: EventState) -> frozenset[str]:
    """Every tag that the rules give to an event: the table, the sender's own tags, and its proper names."""
    notice = event.described.notice
    newest = event.newest_with_map
    facts = Facts(event, notice, newest.statistics if newest else None, messenger(notice))
    tags = {rule.tag for rule in RULES if rule.when(facts)}
    tags |= {tag for tag in notice.tags if tag.casefold() not in _governed()}
    tags |= set(detectors(notice))
    tags |= set(_texts(stated(notice, name) for name in NAMES_AS_TAGS))
    if event.mission != "LVK":
        tags.add(event.mission)
    return frozenset(tag[:80] for tag in tags)


def likeliest_class(classification: Mapping[str, float]) -> str | None:
    """The astrophysical class of highest probability; Terrestrial is left out, all zero is no class."""
    classes = {name: p for name, p in classification.items() if name in ASTROPHYSICAL and p > 0.0}
    return max(classes, key=lambda name: classes[name]) if classes else None


def _terrestrial(classification: Mapping[str, float]) -> bool:
    noise = classification.get("Terrestrial", 0.0)
    return noise > 0.0 and noise >= max(
        (p for name, p in classification.items() if name != "Terrestrial"), default=0.0
    )


def _duration_class(notice: Notice) -> str | None:
    for name in ("Long_short", "Duration_class"):
        said = stated(notice, name)
        if isinstance(said, str) and said.casefold() in ("long", "short"):
            return said.casefold()
    for tag in ("long", "short"):
        if tag in notice.tags:
            return tag
    t90 = stated(notice, "t90")
    if isinstance(t90, int | float) and t90 > 0:
        return "short" if t90 < 2.0 else "long"
    return None


def _above(facts: Facts, name: str, limit: float) -> bool:
    value = stated(facts.notice, name)
    return isinstance(value, int | float) and value > limit


def _rarer_than(facts: Facts, rate: float) -> bool:
    return facts.notice.far is not None and facts.notice.far <= rate


def _smaller_than(facts: Facts, area: float) -> bool:
    return facts.statistics is not None and facts.statistics.area_90 < area


def _nearer_than(facts: Facts, distance: float) -> bool:
    mean = None if facts.statistics is None else facts.statistics.distance_mean
    return mean is not None and mean < distance


def _texts(values: Iterable[object]) -> list[str]:
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


def _governed() -> frozenset[str]:
    return frozenset(rule.tag.casefold() for rule in RULES)

"""A draft GCN circular from what the desk knows of an event, for people to edit and submit themselves.

Circulars are English and plain: the draft is in ASCII, in English whatever the reader's language, times in
UTC. What only the observers know stands in square brackets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cards import wording
from cards.cleaning import clean, shorten
from cards.event_lines import CLASSES_SHOWN, SMALLEST_CLASS, revision_name
from cards.reader import Reader
from cards.verdict import short_name
from cards.wording import known
from events.messenger import Messenger, messenger
from events.state import EventState, RevisionState
from facilities.observability import FacilityObservability
from gcn.notice import Notice
from skymaps.statistics import SkyMapStatistics

ENGLISH = Reader("en", "UTC")
FACILITIES_NAMED = 12
CIRCULARS_NAMED = 10
LONGEST_WORD = 60
_ASCII = str.maketrans(
    {
        "²": "^2", "±": "+/-", "°": " deg", "′": " arcmin", "″": " arcsec", "–": "-", "—": "-", "−": "-",
        "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ",
    }
)  # fmt: skip
_SIGNALS = {
    Messenger.GW: "gravitational-wave candidate",
    Messenger.GRB: "gamma-ray burst",
    Messenger.NEUTRINO: "neutrino candidate",
    Messenger.SUPERNOVA: "supernova neutrino alert",
    Messenger.FRB: "fast radio burst",
    Messenger.XRAY: "X-ray transient",
    Messenger.OPTICAL: "optical transient",
    Messenger.OTHER: "transient",
}


@dataclass(frozen=True)
class CircularDraft:
    """A subject and paragraphs of lines, all of them plain ASCII."""

    subject: str
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """The whole, as it would be pasted into the form of a circular."""
        body = "\n\n".join("\n".join(lines) for lines in self.paragraphs)
        return f"SUBJECT: {self.subject}\n\n{body}\n"


def circular_draft(
    state: EventState, *, numbers: Sequence[int] = (), facilities: Sequence[str] = ()
) -> CircularDraft:
    """The draft. `numbers` are circulars on the event, oldest first; `facilities` the names of the desk's.

    Says of telescopes only what they can see: what they have observed is the observers' to fill in.
    """
    mapped = state.newest_with_map or state.described
    name = _event_name(state)
    paragraphs = [
        _warning(state),
        ("[A. AUTHOR (INSTITUTE), B. AUTHOR (INSTITUTE), ...] report on behalf of the [COLLABORATION]:",),
        (_opening(state, numbers),),
        (_what(state, state.described),),
        _where(state.described.notice, mapped),
        (
            "We observed [THE FIELD / N FIELDS / N GALAXIES] with [TELESCOPE, INSTRUMENT] "
            "from [START, UTC] to [END, UTC], [HOURS] h after the trigger, "
            "covering [PERCENT] % of the localisation in [FILTERS] to a depth of [MAGNITUDE] (AB, 5 sigma).",
            "[WHAT WAS FOUND: candidates with position, magnitude and host, or no new source.]",
        ),
        _able(mapped, facilities),
        (
            "Date (UTC) | T-T0 (h) | Telescope | Filter | Exposure (s) | Magnitude or limit",
            "[YYYY-MM-DDThh:mm:ss | hh.hh | TELESCOPE | FILTER | N x s | m +/- error, or > limit]",
        ),
        ("[Magnitudes are in the AB system and not corrected for Galactic extinction.]",),
        ("[ACKNOWLEDGEMENTS; PLANS FOR FURTHER OBSERVATIONS]",),
    ]
    kept = tuple(tuple(plain(line) for line in lines) for lines in paragraphs if any(lines))
    return CircularDraft(plain(f"{name}: [TELESCOPE OR COLLABORATION] observations"), kept)


def plain(text: str) -> str:
    """`text` in ASCII: the units of the desk's numbers in words, `?` for what circulars cannot hold."""
    return text.translate(_ASCII).encode("ascii", "replace").decode()


def _event_name(state: EventState) -> str:
    """As subjects of circulars have it: `LIGO/Virgo/KAGRA S250910b`, `GRB 240112A`, `Fermi trigger 7458`."""
    name = shorten(clean(short_name(state)), LONGEST_WORD)
    if messenger(state.described.notice) is Messenger.GW:
        return f"LIGO/Virgo/KAGRA {name}"
    return f"{shorten(clean(state.mission), LONGEST_WORD)} trigger {name}" if name.isdigit() else name


def _warning(state: EventState) -> tuple[str, ...]:
    if state.retracted:
        return ("[THE EVENT WAS RETRACTED. This must be said here if this is to be sent at all.]",)
    return ("[A TEST, NO REAL EVENT: not to be sent.]",) if state.mock else ()


def _opening(state: EventState, numbers: Sequence[int]) -> str:
    signal = _SIGNALS[messenger(state.described.notice)]
    at = f" detected at {_instant(state.trigger_time)}" if state.trigger_time else ""
    cited = ", ".join(str(number) for number in numbers[:CIRCULARS_NAMED])
    circulars = f"GCN {cited}" if cited else "GCN [NUMBER OF THE DISCOVERY CIRCULAR]"
    return f"We report observations of the {signal} {_event_name(state)}{at} ({circulars})."


def _what(state: EventState, revision: RevisionState) -> str:
    """Which notice the numbers come from, the classes and how often noise does this."""
    notice = revision.notice
    issued = _instant(notice.issued or revision.arrived)
    words = [f"Numbers are those of the {revision_name(state, revision, ENGLISH)} notice of {issued}."]
    classes = sorted(
        ((p, name) for name, p in notice.classification.items() if known(p) and p >= SMALLEST_CLASS),
        key=lambda item: (-item[0], item[1]),
    )[:CLASSES_SHOWN]
    if classes:
        listed = ", ".join(
            f"{shorten(clean(name), LONGEST_WORD)} {wording.percent(p, ENGLISH)}" for p, name in classes
        )
        words.append(f"The classification is {listed}.")
    if known(notice.far) and notice.far >= 0:
        words.append(f"The false-alarm rate is {wording.false_alarm_rate(notice.far, ENGLISH)}.")
    return " ".join(words)


def _where(notice: Notice, mapped: RevisionState) -> tuple[str, ...]:
    """Areas, distance and peak of the map; the stated position where there is one."""
    words: list[str] = []
    stated = notice.position
    if stated is not None and known(stated.ra) and known(stated.dec):
        radius = (
            f", with a radius of {wording.angle(stated.radius, ENGLISH)}"
            if known(stated.radius) and stated.radius > 0
            else ""
        )
        level = f" ({wording.percent(stated.containment, ENGLISH)})" if known(stated.containment) else ""
        words.append(f"The position is RA, Dec = {_degrees(stated.ra, stated.dec)}{radius}{level}.")
    if mapped.statistics is not None:
        words += _map_words(mapped.statistics)
    return (" ".join(words),) if words else ("[NO LOCALISATION IS KNOWN TO THE DESK]",)


def _map_words(statistics: SkyMapStatistics) -> list[str]:
    words: list[str] = []
    if known(statistics.area_90):
        inner = (
            f" and the 50 % credible region {wording.area(statistics.area_50, ENGLISH)}"
            if known(statistics.area_50)
            else ""
        )
        words.append(f"The 90 % credible region covers {wording.area(statistics.area_90, ENGLISH)}{inner}.")
    mean = statistics.distance_mean
    if known(mean) and mean > 0:
        distance = wording.distance(mean, statistics.distance_std, ENGLISH)
        words.append(f"The luminosity distance is {distance} (mean and standard deviation).")
    if known(statistics.peak.ra) and known(statistics.peak.dec):
        peak = _degrees(statistics.peak.ra, statistics.peak.dec)
        words.append(f"The most probable position is RA, Dec = {peak}.")
    return words


def _able(revision: RevisionState, facilities: Sequence[str]) -> tuple[str, ...]:
    """What the desk's telescopes can see; each with a place to say what it has done."""
    able = [
        row
        for row in revision.observability or ()
        if row.probability_tonight > 0 and (not facilities or row.name in facilities)
    ]
    if not able or revision.observability_at is None:
        return ()
    since = _instant(revision.observability_at)
    return (
        f"[TELESCOPES THAT CAN SEE IT IN THE 24 H FROM {since}: keep those that observed, say what they did]",
        *(_facility(row) for row in able[:FACILITIES_NAMED]),
    )


def _facility(row: FacilityObservability) -> str:
    words = [f"up to {wording.percent(row.probability_tonight, ENGLISH)} of the probability"]
    if row.first is not None and row.last is not None:
        words.append(f"{_instant(row.first)} to {_instant(row.last)}")
    if known(row.best_airmass):
        words.append(f"airmass from {wording.number(row.best_airmass, ENGLISH, 1)}")
    return f"{shorten(clean(row.name), LONGEST_WORD)}: {', '.join(words)}: [EXPOSURES, FILTERS, LIMITS]"


def _degrees(ra: float, dec: float) -> str:
    return f"{ra:.4f}, {dec:+.4f} deg (J2000)"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S} UTC"

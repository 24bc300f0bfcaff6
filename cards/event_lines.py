"""The lines of an event's card about when, what, how sure and where."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from cards import coordinates, wording
from cards.card import Age, Instant, InstantForm, Line, Style, Text, emphasised, joined, strong
from cards.cleaning import clean, shorten
from cards.measurements import number_of
from cards.reader import Reader
from cards.wording import known
from events.context import Comparison
from events.messenger import Messenger, detectors, messenger
from events.state import EventState, Rank, RevisionState
from gcn.notice import AlertType, MapSource, Notice
from skymaps.statistics import SkyMapStatistics

SMALLEST_CLASS = 0.005
CLASSES_SHOWN = 8
NEAR = 0.1  # of the median
LONGEST_WORD = 60
FEWEST_SEEN = 5  # a rank among fewer events says nothing


def when_line(state: EventState, now: datetime, reader: Reader) -> Line:
    """When it happened and how long ago, when the notice was issued, and which notice it is."""
    revision = state.described
    parts: list[Line] = []
    notice = _notice_time(revision, state.trigger_time, reader)
    if state.trigger_time is None:
        untimed = revision.notice.format != "circular"
        parts += [(Text(reader.say("no time in this notice")),)] if untimed else []
        parts.append(notice)
    else:
        at = state.trigger_time.astimezone(UTC)
        utc = f"{reader.date(at)} {at:%H:%M:%S} UTC"
        same_day = reader.local(at).date() == at.date() and now - at < timedelta(days=1)
        form = InstantForm.TIME if same_day else InstantForm.DATE_TIME
        here = reader.line("{time} your time, {age}", time=Instant(at, form), age=Age(at, now))
        parts += [(Text(utc),), (*emphasised(here), Text(" ("), *notice, Text(")"))]
    parts.append((Text(revision_name(state, revision, reader)),))
    return joined(parts)


def revision_name(state: EventState, revision: RevisionState, reader: Reader) -> str:
    """`preliminary 2`: the alert type in words and which of its type it is."""
    kind = revision.notice.alert_type
    if kind is AlertType.OTHER:
        return shorten(clean(revision.notice.kind).strip(), LONGEST_WORD)
    same = [r for r in state.revisions if r.notice.alert_type is kind and r.number <= revision.number]
    return f"{alert_type_name(kind, reader)} {max(len(same), 1)}"


def alert_type_name(kind: AlertType, reader: Reader) -> str:
    match kind:
        case AlertType.EARLY_WARNING:
            return reader.say("early warning")
        case AlertType.PRELIMINARY:
            return reader.say("preliminary")
        case AlertType.INITIAL:
            return reader.say("initial")
        case AlertType.UPDATE:
            return reader.say("update")
        case AlertType.FINAL:
            return reader.say("final")
        case AlertType.RETRACTION:
            return reader.say("retraction")
        case AlertType.SUBTHRESHOLD:
            return reader.say("subthreshold")
        case AlertType.OTHER:
            return reader.say("notice")


def class_line(notice: Notice, reader: Reader) -> Line:
    """Class probabilities, Terrestrial among them, and what holds if it is astrophysical."""
    shown = sorted(
        (
            (p, name)
            for name, p in notice.classification.items()
            if known(p) and (p >= SMALLEST_CLASS or name == "Terrestrial")
        ),
        key=lambda item: (item[1] == "Terrestrial", -item[0], item[1]),
    )[-CLASSES_SHOWN:]
    likeliest = max((p for p, _ in shown), default=0.0)
    line = joined(
        [
            (Text(_class_words(name, p, reader), Style.STRONG if p == likeliest else Style.PLAIN),)
            for p, name in shown
        ]
    )
    conditional = [
        f"{name} {wording.percent(value, reader)}"
        for name, least in (("HasNS", 0.0), ("HasRemnant", 0.0), ("HasMassGap", 0.01), ("HasSSM", 0.01))
        if (value := number_of(notice, name)) is not None and value >= least
    ]
    if conditional and line:
        line = (*line, Text(" | " + reader.say("if astrophysical: {values}", values=", ".join(conditional))))
    return line


def rate_line(notice: Notice, reader: Reader) -> Line:
    """How often noise does this; for gravitational waves also who saw it and which search found it."""
    parts: list[Line] = []
    waves = messenger(notice) is Messenger.GW
    if known(notice.far) and notice.far >= 0:
        rate = wording.false_alarm_rate(notice.far, reader)
        parts.append(reader.line("False alarms: {rate}", rate=strong(rate)))
    elif waves:
        parts.append((Text(reader.say("no false-alarm rate in this notice")),))
    pipeline = notice.properties.get("pipeline")
    for word in (" ".join(detectors(notice)), pipeline) if waves else ():
        if isinstance(word, str) and word.strip():
            parts.append((Text(shorten(clean(word).strip(), LONGEST_WORD)),))
    return joined(parts)


def extent_line(
    statistics: SkyMapStatistics,
    reader: Reader,
    compared: Comparison | None = None,
    rank: Rank | None = None,
) -> Line:
    """Distance with its spread, the 90 and 50 % areas, and how the area compares."""
    bold: list[str] = []
    mean = statistics.distance_mean
    if known(mean) and mean > 0:
        bold.append(wording.distance(mean, statistics.distance_std, reader))
    line: Line = ()
    if known(statistics.area_90):
        bold.append(wording.area(statistics.area_90, reader))
        line = (strong(" · ".join(bold)), Text(" (90 %)"))
        if known(statistics.area_50):
            line = (*line, Text(f", {wording.area(statistics.area_50, reader)} (50 %)"))
    elif bold:
        line = (strong(bold[0]),)
    if compared is not None and known(compared.area) and line:
        line = (*line, Text(f" · {_comparison_words(compared, reader)}"))
    if rank is not None and rank.seen >= FEWEST_SEEN and line:
        line = (*line, Text(f" · {_rank_words(rank, reader)}"))
    return line


def _rank_words(rank: Rank, reader: Reader) -> str:
    """`the smallest of 12 seen here`, or how many of them are smaller."""
    if rank.smaller == 0:
        return reader.say("the smallest of {seen} seen here", seen=rank.seen)
    return reader.say("{smaller} of {seen} seen here are smaller", smaller=rank.smaller, seen=rank.seen)


def _comparison_words(compared: Comparison, reader: Reader) -> str:
    """`smaller than the O4 median for NSBH (1840)`; within a tenth it is near it."""
    values = {
        "run": compared.run,
        "source": compared.source,
        "median": wording.three_figures(compared.expected.area_90, reader),
    }
    if abs(compared.area - 1.0) <= NEAR:
        return reader.say("near the {run} median for {source} ({median})", **values)
    if compared.area < 1.0:
        return reader.say("smaller than the {run} median for {source} ({median})", **values)
    return reader.say("larger than the {run} median for {source} ({median})", **values)


def peak_line(statistics: SkyMapStatistics, reader: Reader) -> Line:
    """The likeliest point: RA, Dec, constellation, galactic latitude, distance from Sun and Moon."""
    ra, dec = statistics.peak.ra, statistics.peak.dec
    if not (known(ra) and known(dec) and abs(dec) <= 90):
        return ()
    radius = math.sqrt(max(statistics.area_90, 0.0) / math.pi) if known(statistics.area_90) else None
    where = coordinates.position(ra, dec, radius)
    home = f"{where} ({coordinates.constellation(ra, dec)})"
    sides = [home, _galactic(ra, dec, reader), *_sun_and_moon(statistics, reader)]
    return (Text(reader.say("Peak {position}", position=", ".join(sides))),)


def position_line(notice: Notice, statistics: SkyMapStatistics | None, reader: Reader) -> Line:
    """The position a notice states, with its radius and what that radius contains; its sky as on the map."""
    stated = notice.position
    if stated is None or not (known(stated.ra) and known(stated.dec) and abs(stated.dec) <= 90):
        return ()
    radius = stated.radius if known(stated.radius) and stated.radius > 0 else None
    text = coordinates.position(stated.ra, stated.dec, radius)
    if radius is not None:
        text += f" ± {wording.angle(radius, reader)}"
    details = []
    if radius is not None and known(stated.containment):
        details.append(reader.say("{percent} radius", percent=wording.percent(stated.containment, reader)))
    if radius is not None and stated.systematic_included is False:
        details.append(reader.say("statistical only"))
    if details:
        text += f" ({', '.join(details)})"
    home = coordinates.constellation(stated.ra, stated.dec)
    sides = [home, _galactic(stated.ra, stated.dec, reader)]
    sides += _sun_and_moon(statistics, reader) if statistics else []
    return (strong(text), Text(" · " + ", ".join(sides)))


def missing_line(revision: RevisionState, reader: Reader) -> Line:
    """Why a revision has no sky-map numbers, in words."""
    notice = revision.notice
    if revision.analysis_error:
        why = shorten(clean(revision.analysis_error), 200)
        return (Text(reader.say("Sky map could not be read: {why}", why=why)),)
    if notice.skymap is None:
        return () if notice.position else (Text(reader.say("No position in this notice.")),)
    if notice.skymap.source is MapSource.URL and revision.skymap_blob is None:
        return (Text(reader.say("Sky map not published yet.")),)
    return (Text(reader.say("Sky-map numbers are being computed.")),)


def _galactic(ra: float, dec: float, reader: Reader) -> str:
    b = coordinates.signed_degrees(coordinates.galactic_latitude(ra, dec))
    return reader.say("galactic b {angle}", angle=b)


def _sun_and_moon(statistics: SkyMapStatistics, reader: Reader) -> list[str]:
    sides = []
    if known(statistics.sun_separation):
        sides.append(reader.say("Sun {angle}", angle=f"{statistics.sun_separation:.0f}°"))
    if known(statistics.moon_separation):
        sides.append(reader.say("Moon {angle}", angle=f"{statistics.moon_separation:.0f}°"))
    return sides


def _notice_time(revision: RevisionState, trigger: datetime | None, reader: Reader) -> Line:
    at = (revision.notice.issued or revision.arrived).astimezone(UTC)
    day = "" if trigger and trigger.astimezone(UTC).date() == at.date() else f"{reader.date(at)} "
    return (Text(reader.say("notice {time} UTC", time=f"{day}{at:%H:%M}")),)


def _class_words(name: str, probability: float, reader: Reader) -> str:
    words = {"Terrestrial": reader.say("terrestrial"), "MassGap": reader.say("mass gap")}
    said = words.get(name) or shorten(clean(name), LONGEST_WORD)
    return f"{wording.percent(probability, reader)} {said}"

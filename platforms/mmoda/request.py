"""A product asked for around an event: which time and place, in the parameters that the product has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from platforms.mmoda.metadata import BadParameter, Offer


@dataclass(frozen=True)
class Window:
    """How long before and after an event is looked at by default, and how much can be asked for at all."""

    before: timedelta
    after: timedelta
    longest: timedelta | None = None


USUAL = Window(timedelta(seconds=500), timedelta(seconds=500))
"""The window in which neutrinos are looked for around gravitational waves (Baret et al. 2011)."""

WINDOWS: Mapping[str, Window] = {
    "gw_strain": Window(timedelta(seconds=8), timedelta(seconds=8), timedelta(seconds=60)),
    "gw_spectrogram": Window(timedelta(seconds=8), timedelta(seconds=8), timedelta(seconds=60)),
    "spi_acs_lc": Window(timedelta(seconds=100), timedelta(seconds=200)),
}
"""By product. The limit of a minute is the gravitational-wave plugin's own."""


@dataclass(frozen=True)
class Around:
    """What people look at: an instant, a position (ICRS degrees), a name. Each may be unknown."""

    at: datetime | None = None
    ra: float | None = None
    dec: float | None = None
    name: str | None = None
    before: timedelta | None = None
    after: timedelta | None = None


def parameters_around(offer: Offer, around: Around, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters to send, as texts: time and place where the product takes them, then what was given.

    What people gave by name holds over what follows from the event. Raises BadParameter, also for a window
    that the product does not do and for one that ends before it begins.
    """
    takes = {each.name for each in offer.parameters}
    sent = {
        name: text
        for names, texts in _groups(offer.product, around)
        if names <= takes
        for name, text in texts.items()
    }
    sent |= offer.read(given)
    _check_window(offer, sent)
    return sent


def time_and_place(product: str, around: Around) -> dict[str, str]:
    """The parameters that say when and where, as texts, whatever the product takes."""
    return {name: text for _, texts in _groups(product, around) for name, text in texts.items()}


def _groups(product: str, around: Around) -> Iterator[tuple[set[str], dict[str, str]]]:
    """Parameters that belong together: the names that a product must have, and their texts."""
    if around.at is not None:
        window = WINDOWS.get(product, USUAL)
        before = window.before if around.before is None else around.before
        after = window.after if around.after is None else around.after
        first, last = isot(around.at - before), isot(around.at + after)
        yield {"T1", "T2"}, {"T1": first, "T2": last, "T_format": "isot"}
    if around.ra is not None and around.dec is not None:
        yield {"RA", "DEC"}, {"RA": f"{around.ra:.6f}", "DEC": f"{around.dec:.6f}"}
    if around.name:
        yield {"src_name"}, {"src_name": around.name}


def isot(at: datetime) -> str:
    """An instant as a dispatcher takes it: UTC, milliseconds, no zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def _check_window(offer: Offer, sent: Mapping[str, str]) -> None:
    if not {"T1", "T2"} <= sent.keys():
        return
    try:
        first, last = datetime.fromisoformat(sent["T1"]), datetime.fromisoformat(sent["T2"])
    except ValueError:
        return  # in another format of time: the dispatcher says what is wrong with it
    if last <= first:
        raise BadParameter("T2", f"T2 is {sent['T2']}; a time after T1 ({sent['T1']}) was expected")
    longest = WINDOWS.get(offer.product, USUAL).longest
    if longest is not None and last - first > longest:
        raise BadParameter(
            "T2",
            f"{offer.product} of {offer.instrument} does {longest.total_seconds():g} s at most; "
            f"{(last - first).total_seconds():g} s were asked for",
        )

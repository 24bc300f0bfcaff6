"""What a notice measured besides time and place, by messenger, in one line."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from babel.numbers import format_decimal

from cards import wording
from cards.card import Line, Text, joined, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from events.messenger import Messenger, messenger, stated
from gcn.notice import Notice

PROPERTIES_SHOWN = 8
LONGEST_VALUE = 60
# What says where a notice is from or what it is called, not what was measured.
_BOOKKEEPING = (
    "id", "url", "schema", "ivorn", "date", "time", "packet", "pkt", "author", "description", "instrument",
)  # fmt: skip


def _brief(value: float, reader: Reader) -> str:
    """Three figures; powers of ten where that many zeros would be unreadable."""
    if value != 0 and not 1e-3 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.1e}".split("e")
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{mantissa.replace('-', '−')} × 10{power}"
    return str(format_decimal(float(f"{value:.3g}"), format="#,##0.###", locale=reader.babel))


@dataclass(frozen=True)
class Measurement:
    """One quantity under any of the names that senders give it, and how it is written."""

    names: tuple[str, ...]
    words: Callable[[str, Reader], str]
    figure: Callable[[float, Reader], str] = _brief


SIGNAL_TO_NOISE = Measurement(("image_snr", "snr"), lambda v, r: r.say("S/N {value}", value=v))

MEASUREMENTS: dict[Messenger, tuple[Measurement, ...]] = {
    Messenger.GRB: (
        Measurement(("t90",), lambda v, r: r.say("T90 {value} s", value=v)),
        Measurement(
            (
                "significance", "Burst_Signif", "Data_Signif", "Det_Signif", "Image_Signif", "Rate_Signif",
                "Trig_Signif",
            ),
            lambda v, r: r.say("significance {value} σ", value=v),
        ),
        SIGNAL_TO_NOISE,
        Measurement(("Hardness_Ratio",), lambda v, r: r.say("hardness ratio {value}", value=v)),
    ),
    Messenger.NEUTRINO: (
        Measurement(
            ("signalness", "p_astro"), lambda v, r: r.say("{value} astrophysical", value=v), wording.percent
        ),
        Measurement(("nu_energy", "energy"), lambda v, r: r.say("{value} TeV", value=v)),
        Measurement(("pval_generic", "p_generic"), lambda v, r: r.say("p = {value} (generic)", value=v)),
        Measurement(("pval_bayesian", "p_bayesian"), lambda v, r: r.say("p = {value} (Bayesian)", value=v)),
    ),
    Messenger.FRB: (
        Measurement(("dm", "dispersion_measure"), lambda v, r: r.say("DM {value} pc cm⁻³", value=v)),
        SIGNAL_TO_NOISE,
    ),
    Messenger.XRAY: (
        SIGNAL_TO_NOISE,
        Measurement(("net_count_rate",), lambda v, r: r.say("{value} counts/s", value=v)),
    ),
    Messenger.SUPERNOVA: (
        Measurement(("n_events",), lambda v, r: r.say("events: {value}", value=v)),
        Measurement(("p_val",), lambda v, r: r.say("p = {value}", value=v)),
    ),
    Messenger.GW: (
        Measurement(("duration",), lambda v, r: r.say("duration {value} s", value=v)),
        Measurement(("central_frequency",), lambda v, r: r.say("{value} Hz", value=v)),
    ),
}  # fmt: skip


def measurement_line(notice: Notice, reader: Reader) -> Line:
    """Who measured what; for a kind nobody has taught the desk, its first plain properties."""
    kind = messenger(notice)
    if kind not in MEASUREMENTS:
        return joined([_observer(notice), _plain_properties(notice)])
    written = [
        measurement.words(measurement.figure(value, reader), reader)
        for measurement in MEASUREMENTS[kind]
        if (value := _first(notice, measurement.names)) is not None
    ]
    values = joined([(strong(text) if i == 0 else Text(text),) for i, text in enumerate(written)])
    return values if kind is Messenger.GW else joined([_observer(notice), values])


def number_of(notice: Notice, name: str) -> float | None:
    """A property as a finite number, or None."""
    value = stated(notice, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _first(notice: Notice, names: tuple[str, ...]) -> float | None:
    # Senders write 0 for what they did not measure (Data_Signif of a GBM final position).
    return next((v for name in names if (v := number_of(notice, name))), None)


def _observer(notice: Notice) -> Line:
    words = [notice.mission, notice.instrument or ""]
    return (Text(shorten(clean(" ".join(word for word in words if word)).strip(), LONGEST_VALUE)),)


def _plain_properties(notice: Notice) -> Line:
    shown = [
        f"{shorten(clean(name), LONGEST_VALUE)}: {shorten(clean(str(value)), LONGEST_VALUE)}"
        for name, value in notice.properties.items()
        if isinstance(value, str | float | int)
        and not isinstance(value, bool)
        and not any(word in name.casefold() for word in _BOOKKEEPING)
        and str(value).strip()
    ]
    return joined([(Text(text),) for text in shown[:PROPERTIES_SHOWN]])

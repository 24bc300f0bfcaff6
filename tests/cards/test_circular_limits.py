"""What a circular says of what was observed, read as one."""

from __future__ import annotations

from datetime import UTC, datetime

from cards.circular_limits import observed_sentences

TRIGGER = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_when_how_much_and_how_deep_is_said_as_circulars_say_it() -> None:
    said = observed_sentences(
        "S261120a", "ZTF", TRIGGER.replace(hour=4, minute=12), TRIGGER.replace(hour=9), 17,
        {"ztfg": 20.74, "ztfr": 20.5}, trigger=TRIGGER, covered=(0.452, 812.4),
    )  # fmt: skip
    assert said == (
        "We observed the localization of S261120a with ZTF between 2026-11-20 04:12 and 2026-11-20 09:00 UT "
        "(1.2 h to 6.0 h after the trigger), in 17 fields that cover 812 deg^2 and 45% of the probability. "
        "The median 5-sigma limiting magnitudes are g > 20.7 and r > 20.5 (AB, not corrected for Galactic "
        "extinction)."
    )


def test_one_field_in_one_filter_at_one_instant_reads_well_too() -> None:
    at = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    said = observed_sentences("GRB 261120A", "KAIT", at, at, 1, {"clear": 18.0}, trigger=TRIGGER)
    assert "at 2026-11-24 03:00 UT (4.0 d after the trigger), in 1 field." in said
    assert said.endswith("limiting magnitude is clear > 18.0 (AB, not corrected for Galactic extinction).")
    assert said.isascii()

"""Choosing a zone: by country, by a chat's profile, by a name that is nearly right."""

from __future__ import annotations

import pytest

from shifts.errors import RosterError
from shifts.zones import check_zone, known_zones, zone_choices, zones_of_country, zones_of_profile
from tests.shifts.rosters import at

NOW = at("2026-11-21T13:15")


@pytest.mark.parametrize("country", ["CL", "cl", "Chile", "chile"])
def test_a_country_by_code_or_name_has_its_zones(country: str) -> None:
    assert set(zones_of_country(country)) >= {"America/Santiago", "Pacific/Easter"}
    assert set(zones_of_country(country)) <= known_zones()


@pytest.mark.parametrize(
    ("country", "said"),
    [("Chille", "did you mean Chile"), ("UK", "no country is called 'UK'"), ("BV", "name the zone")],
)
def test_a_country_there_is_not_is_answered_with_the_nearest(country: str, said: str) -> None:
    with pytest.raises(RosterError, match=said):
        zones_of_country(country)


def test_the_choices_show_what_the_clock_shows_there_from_west_to_east() -> None:
    shown = zone_choices(zones_of_country("PT"), NOW)
    assert [each.text for each in shown] == [
        "Atlantic/Azores, where it is Sat 21 Nov 12:15 (UTC-01:00)",
        "Atlantic/Madeira, where it is Sat 21 Nov 13:15 (UTC+00:00)",
        "Europe/Lisbon, where it is Sat 21 Nov 13:15 (UTC+00:00)",
    ]


def test_slacks_profile_names_the_zone_and_an_offset_narrows_what_is_left() -> None:
    assert zones_of_profile(tz="America/Santiago", instant=NOW) == ("America/Santiago",)
    by_offset = zones_of_profile(tz="Nowhere/Land", tz_offset=20700, instant=NOW)
    assert by_offset == ("Asia/Kathmandu",)
    narrowed = zones_of_profile(tz_offset=-10800, locale="es-CL", instant=NOW)
    assert "America/Santiago" in narrowed and "Pacific/Easter" not in narrowed


def test_discords_locale_gives_the_zones_of_its_country() -> None:
    assert zones_of_profile(locale="ja", instant=NOW) == ("Asia/Tokyo",)
    assert zones_of_profile(locale="pt-BR", instant=NOW)[0].startswith("America/")
    assert zones_of_profile(locale="tlh", instant=NOW) == ()
    assert zones_of_profile(instant=NOW) == ()


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("Santiago", "America/Santiago"), ("europe/paris", "Europe/Paris"), ("Asia/Tokio", "Asia/Tokyo")],
)
def test_a_zone_that_is_nearly_right_is_answered_with_the_right_one(wrong: str, near: str) -> None:
    with pytest.raises(ValueError, match=near):
        check_zone(wrong)

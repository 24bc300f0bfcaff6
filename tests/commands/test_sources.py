"""Asking for sources, light curves and candidates through the desk, beside a small SkyPortal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from commands.declared import book
from commands.desk import Desk
from commands.request import Account
from events.galaxies import Galaxies
from events.galaxy_files import Catalogue
from events.galaxy_store import store_catalogue
from platforms.instances import Platforms
from store.database import Database
from tests.commands.portal_night import DATEOBS, EVENT, MJD, Night, night

GIL = Account("slack", "U0GIL")


@pytest.fixture
async def tonight(database: Database) -> AsyncIterator[Night]:
    async with night(database) as made:
        yield made


async def test_a_source_is_told_with_place_class_light_and_the_events_it_lies_in(tonight: Night) -> None:
    words = (await tonight.desk.ask("source AT2026kn")).words
    for part in ("Kilonova 80 %", "fading", "Redshift 0.0300: 136 Mpc", "10ʰ 00ᵐ", "4 detections, 1 limit"):
        assert part in words, words
    assert "Fermi 745811685" in words and "No spectrum yet" in words and "No follow-up asked for yet" in words


async def test_an_unknown_source_offers_those_whose_names_look_like_it(tonight: Night) -> None:
    asked = await tonight.desk.ask("source AT2026k")
    assert "did you mean AT2026kn?" in asked.words
    again = await tonight.desk.press(asked.button("AT2026kn"))
    assert "Kilonova" in again.words


async def test_what_cannot_be_read_now_is_said_and_the_rest_is_told(tonight: Night) -> None:
    tonight.portal.fail("500", "GET /api/spectra", times=9)
    tonight.portal.fail("503", "GET /api/followup_request", times=9)
    words = (await tonight.desk.ask("source AT2026kn")).words
    assert "The spectra cannot be read now" in words and "Kilonova" in words
    assert "The follow-up requests cannot be read now" in words


async def test_a_portal_that_is_down_is_said_so_in_one_sentence(tonight: Night) -> None:
    tonight.portal.fail("503", "GET", times=20)
    words = (await tonight.desk.ask("source AT2026kn")).words
    assert "fritz is starting or down" in words and tonight.portal.desk not in words


async def test_a_desk_without_skyportal_says_what_to_configure(tonight: Night) -> None:
    tonight.desk.desk = Desk(book(), replace(tonight.desk.rooms, platforms=Platforms()))
    assert "[skyportal]" in (await tonight.desk.ask("source AT2026kn")).words


async def test_a_light_curve_comes_as_a_picture_with_its_numbers_beside(tonight: Night) -> None:
    asked = await tonight.desk.ask(f"lightcurve AT2026kn event:{EVENT.replace(' ', ':')}")
    assert asked.last.pictures["lightcurve"].startswith(b"\x89PNG")
    assert "days since" in asked.words and "not seen" in asked.words


async def test_candidates_are_ranked_with_reasons_that_one_can_check(tonight: Night) -> None:
    asked = await tonight.desk.ask(f"candidates {EVENT.replace(' ', ':')}")
    words = asked.words
    assert words.index("AT2026kn") < words.index("AT2026sn") and words.index("AT2026kn") < words.index(
        "AT2026old"
    )
    assert "was there before the event" in words and "fades" in words
    assert "not known: distance" in words


async def test_a_rejected_candidate_goes_to_the_end_and_says_who_and_why(tonight: Night) -> None:
    event = EVENT.replace(" ", ":")
    said = await tonight.desk.ask(f"candidate reject AT2026kn {event} why:an old friend")
    assert "rejected: an old friend" in said.words
    assert tonight.world.marked[0]["notes"] == "ana through nightdesk"
    words = (await tonight.desk.ask(f"candidates {event}")).words
    assert words.index("AT2026sn") < words.index("AT2026kn") and "an old friend" in words
    again = await tonight.desk.ask(f"candidate confirm AT2026kn {event} why:no, it is new")
    assert "confirmed" in again.words and len(tonight.world.marked) == 1
    assert tonight.world.marked[0]["dateobs"] == DATEOBS


async def test_a_source_far_outside_the_map_is_confirmed_only_knowingly(tonight: Night) -> None:
    event = EVENT.replace(" ", ":")
    asked = await tonight.desk.ask(f"candidate confirm AT2026far {event}")
    assert "outside the 99 % region" in asked.words and not tonight.world.marked
    await tonight.yes(asked)
    assert tonight.world.marked[0]["obj_id"] == "AT2026far"


async def test_candidates_read_as_french_in_french(tonight: Night) -> None:
    words = (await tonight.desk.ask(f"candidates {EVENT.replace(' ', ':')}", GIL)).words
    assert "Candidats pour" in words and "faiblit de 1,33" in words and "était là avant l’événement" in words


async def test_of_hundreds_the_innermost_are_read_by_our_own_map(tonight: Night) -> None:
    for number in range(60):
        name = f"AT2026e{number:02d}"
        tonight.world.add_source(name, 147.5 + 0.01 * number, 2.2)
        tonight.world.add_points(name, (MJD + 0.6, "ztfr", 19.5, 0.1, 20.5))
    tonight.world.add_source("AT2026zz", 150.1, 2.25)
    tonight.world.add_points("AT2026zz", (MJD + 0.6, "ztfr", 19.5, 0.1, 20.5))
    asked = await tonight.desk.ask(f"candidates {EVENT.replace(' ', ':')}")
    assert "AT2026zz" in asked.words and "65 sources" in asked.words
    assert "Only the innermost 40 were read" in asked.words
    read = [call for call in tonight.portal.calls if call.endswith("/photometry")]
    assert len(read) == 40


async def test_of_several_skyportals_one_is_named_or_asked_for(tonight: Night) -> None:
    platforms = tonight.desk.rooms.platforms
    both = {**platforms.skyportals, "icare": platforms.skyportals["fritz"]}
    tonight.desk.rooms = replace(tonight.desk.rooms, platforms=replace(platforms, skyportals=both))
    tonight.desk.desk = Desk(book(), tonight.desk.rooms)
    asked = await tonight.desk.ask("source AT2026kn")
    assert "say which with at: fritz, icare" in asked.words
    assert "Kilonova" in (await tonight.desk.press(asked.button("icare"))).words
    assert "Kilonova" in (await tonight.desk.ask("source AT2026kn at:FRITZ")).words
    assert "known: fritz, icare" in (await tonight.desk.ask("source AT2026kn at:frits")).words


async def test_a_candidates_reasons_tell_its_host_its_colour_and_when_it_was_not_there(
    tonight: Night,
) -> None:
    nothing = np.array([np.nan])
    galaxies = Galaxies(("NGC 1",), np.array([150.11]), np.array([2.2]), np.array([40.0]), nothing, nothing)
    async with tonight.desk.rooms.database.write() as session:
        await store_catalogue(session, "mine", Catalogue(galaxies, {}, ()), tonight.desk.clock.now())
    words = (await tonight.desk.ask(f"candidates {EVENT.replace(' ', ':')}")).words
    for part in ("0.6′ from NGC 1 (7 kpc if there, 40.0 Mpc)", "not seen 1.4 d before that",
                 "ztfg−ztfr 0.20 ± 0.08", "classified as Kilonova (80 %)"):  # fmt: skip
        assert part in words, words
    assert words.count("NGC 1") == 1  # only of the one beside it


async def test_a_variable_star_and_a_supernova_of_tns_go_to_the_end_and_say_so(tonight: Night) -> None:
    for name, more in (("AT2026var", {"varstar": True}), ("SN2026zz", {"tns_name": "SN 2026zz"})):
        tonight.world.add_source(name, 150.1, 2.2, **more)
        tonight.world.add_points(name, (MJD + 0.6, "ztfr", 17.0, 0.1, 20.5))
    words = (await tonight.desk.ask(f"candidates {EVENT.replace(' ', ':')} limit:20")).words
    assert "a known variable star" in words and "at the peak of the map" in words
    assert words.index("AT2026sn") < words.index("AT2026var")

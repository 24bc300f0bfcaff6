"""Asking for the spectra of a source through the desk, beside a small SkyPortal."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from store.database import Database
from tests.commands.portal_night import EVENT, Night, night
from tests.commands.test_sources import GIL

WAVELENGTHS = [3800.0 + 10.0 * step for step in range(540)]


@pytest.fixture
async def tonight(database: Database) -> AsyncIterator[Night]:
    async with night(database) as made:
        made.world.add_spectrum("AT2026kn", "2026-11-20T14:00:00", WAVELENGTHS, [1.0] * 270 + [2.0] * 270)
        made.world.add_spectrum(
            "AT2026kn", "2026-11-20T20:30:00", WAVELENGTHS, [None, *([3e-16] * 539)], "EFOSC2"
        )
        made.world.add_spectrum("AT2026kn2", "2026-11-20T21:00:00", WAVELENGTHS, [1.0] * 540, "NIRES")
        yield made


async def test_spectra_come_as_a_picture_with_who_took_them_when(tonight: Night) -> None:
    asked = await tonight.desk.ask(f"spectra AT2026kn event:{EVENT.replace(' ', ':')}")
    assert asked.last.pictures["spectra"].startswith(b"\x89PNG")
    words = asked.words
    assert "2 spectra, the newest by EFOSC2" in words and "Fermi 745811685" in words
    assert words.index("EFOSC2") < words.index("SEDM") and "NIRES" not in words
    assert "3800–9190 Å" in words and "3810–9190 Å" in words


async def test_a_source_with_spectra_has_a_button_that_draws_them(tonight: Night) -> None:
    asked = await tonight.desk.ask("source AT2026kn")
    assert "2 spectra, the newest by EFOSC2" in asked.words
    drawn = await tonight.desk.press(asked.button("Spectra"))
    assert "spectra" in drawn.last.pictures
    without = await tonight.desk.ask("source AT2026sn")
    with pytest.raises(AssertionError):
        without.button("Spectra")


async def test_a_spectrum_without_numbers_is_named_and_not_drawn(tonight: Night) -> None:
    tonight.world.spectra.clear()
    tonight.world.add_spectrum("AT2026kn", "2026-11-20T14:00:00", [4000.0, 5000.0], [1.0])
    asked = await tonight.desk.ask("spectra AT2026kn")
    assert "SEDM" in asked.words and "no numbers that can be drawn" in asked.words
    assert not asked.last.pictures


async def test_no_spectrum_and_no_answer_are_told_apart(tonight: Night) -> None:
    assert "AT2026sn has no spectrum yet" in (await tonight.desk.ask("spectra AT2026sn")).words
    tonight.portal.fail("503", "GET /api/sources/AT2026kn/spectra", times=9)
    words = (await tonight.desk.ask("spectra AT2026kn")).words
    assert "fritz is starting or down" in words and "Kilonova" not in words


async def test_spectra_read_as_french_in_french(tonight: Night) -> None:
    words = (await tonight.desk.ask("spectra AT2026kn", GIL)).words
    assert "2 spectres, le plus récent par EFOSC2" in words

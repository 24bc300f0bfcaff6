"""Fits through the desk: models offered, started, told in words, compared; services that are down."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from platforms.job import JobState
from store.database import Database
from tests.commands.portal_night import MJD, Night, night
from tests.standins.skyportal.portal_sources import CAPABILITY


@pytest.fixture
async def tonight(database: Database) -> AsyncIterator[Night]:
    async with night(database) as made:
        yield made


async def test_without_a_model_all_there_are_are_told_with_what_can_be_set(tonight: Night) -> None:
    asked = await tonight.desk.ask("fit AT2026kn")
    for part in ("Me2017", "Bu2022Ye", "NMMA", "sn_fit", "fix_z: True, False"):
        assert part in asked.words
    await tonight.desk.press(asked.button("Bu2022Ye"))
    await tonight.follow(seconds=30)
    assert tonight.world.analyses[0]["analysis_parameters"] == {"source": "Bu2022Ye", "fix_z": "True"}


async def test_a_fit_is_told_in_words_with_uncertainties_evidence_and_its_picture(tonight: Night) -> None:
    await tonight.desk.ask("fit AT2026kn Me2017 fix_z=false")
    job = await tonight.follow()
    assert job.state is JobState.DONE
    assert tonight.world.analyses[0]["analysis_parameters"] == {"source": "Me2017", "fix_z": "False"}
    shown = await tonight.desk.ask("job show 1")
    assert "Fit of AT2026kn with Me2017" in shown.words and "−1.50 ± 0.20" in shown.words
    assert "Log evidence (natural): -40.50" in shown.words or "Log evidence (natural): −40.50" in shown.words
    assert shown.last.pictures["fit_0"].startswith(b"\x89PNG") and CAPABILITY not in shown.words


async def test_models_are_compared_by_their_bayes_factor(tonight: Night) -> None:
    await tonight.desk.ask("fit AT2026kn Me2017")
    await tonight.follow(1)
    tonight.world.results = {"log10_mej": -1.4, "log10_mej_err": 0.1, "log_evidence": -42.5}
    await tonight.desk.ask("fit AT2026kn Bu2022Ye")
    await tonight.follow(2)
    words = (await tonight.desk.ask("fits AT2026kn")).words
    assert "Best by evidence: Me2017" in words
    assert "Bu2022Ye: somewhat worse (Bayes factor 7.4 for Me2017)" in words


async def test_fits_of_other_measurements_are_not_compared(tonight: Night) -> None:
    await tonight.desk.ask("fit AT2026kn Me2017")
    await tonight.follow(1)
    tonight.world.add_points("AT2026kn", (MJD + 0.9, "ztfr", 18.5, 0.05, 20.5))
    await tonight.desk.ask("fit AT2026kn Bu2022Ye")
    await tonight.follow(2)
    words = (await tonight.desk.ask("fits AT2026kn")).words
    assert "Best by evidence" not in words and "not compared: 1" in words


async def test_the_same_fit_asks_again_and_new_measurements_make_it_another(tonight: Night) -> None:
    await tonight.desk.ask("fit AT2026kn Me2017")
    assert "asked before" in (await tonight.desk.ask("fit AT2026kn Me2017")).words
    tonight.world.add_points("AT2026kn", (MJD + 0.9, "ztfr", 18.5, 0.05, 20.5))
    await tonight.desk.ask("fit AT2026kn Me2017")
    assert len(await tonight.desk.rooms.jobs.jobs()) == 2


async def test_a_service_that_is_down_is_200_there_and_a_clear_failure_here(tonight: Night) -> None:
    tonight.world.fails.add("nmma")
    await tonight.desk.ask("fit AT2026kn Me2017")
    job = await tonight.follow(seconds=60)
    assert job.state is JobState.FAILED
    words = (await tonight.desk.ask("job show 1")).words
    assert "its SkyPortal could not reach" in words and "What to do" in words


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fit AT2026kn Me2071", "Nothing fits “Me2071”; there is Me2017"),
        ("fit AT2026kn Me2017 fixz=True", "has no parameter “fixz”; it takes: fix_z"),
        ("fit AT2026kn Me2017 fix_z=perhaps", "True, False"),
        ("fit AT2026sn Me2017", "AT2026sn has 1 detection: too few"),
        ("fit nonesuch Me2017", "has no source “nonesuch”"),
    ],
)
async def test_what_cannot_be_fitted_is_said_before_anything_is_sent(
    tonight: Night, line: str, said: str
) -> None:
    assert said in (await tonight.desk.ask(line)).words
    assert not tonight.world.analyses


@pytest.mark.parametrize("moment", ["reset", "mute"])
async def test_a_crash_while_a_fit_is_started_starts_one(tonight: Night, moment: str) -> None:
    await tonight.desk.ask("fit AT2026kn Me2017")
    tonight.portal.fail(moment, "POST /api/obj")
    assert (await tonight.follow()).state is JobState.DONE
    assert len(tonight.world.analyses) == 1


async def test_a_fit_is_taken_back(tonight: Night) -> None:
    await tonight.desk.ask("fit AT2026kn Me2017")
    await tonight.follow(seconds=10)
    await tonight.yes(await tonight.desk.ask("job cancel 1"))
    assert (await tonight.follow(seconds=60)).state is JobState.CANCELLED and not tonight.world.analyses


async def test_a_model_of_two_services_asks_which_and_the_desks_own_is_asked_directly(tonight: Night) -> None:
    from dataclasses import replace

    from commands.declared import book
    from commands.desk import Desk
    from platforms.nmma import NmmaService

    service = NmmaService("nmma", "http://127.0.0.1:9")
    platforms = replace(tonight.desk.rooms.platforms, nmma=service)
    tonight.desk.rooms = replace(tonight.desk.rooms, platforms=platforms)
    tonight.desk.desk = Desk(book(), tonight.desk.rooms)
    asked = await tonight.desk.ask("fit AT2026kn Me2017 nlive=64")
    assert "NMMA/Me2017 and direct/Me2017" in asked.words
    wrong = await tonight.desk.ask("fit AT2026kn direct/Me2017 nlive=many")
    assert "nlive" in wrong.words and not await tonight.desk.rooms.jobs.jobs()
    assert "no redshift" in (await tonight.desk.ask("fit AT2026old direct/Me2017")).words
    await tonight.desk.ask("fit AT2026kn direct/Me2017 nlive=64")
    (job,) = await tonight.desk.rooms.jobs.jobs()
    assert (job.kind, job.platform, job.source) == ("nmma.fit", "nmma", "AT2026kn")
    assert job.parameters["values"]["nlive"] == "64" and job.parameters["redshift"] == 0.03
    assert job.parameters["photometry"].count("ztfr") == 3
    await service.close()


async def test_models_of_a_portal_that_does_not_answer_are_not_called_unknown(tonight: Night) -> None:
    from dataclasses import replace

    from commands.declared import book
    from commands.desk import Desk
    from platforms.nmma import NmmaService

    service = NmmaService("nmma", "http://127.0.0.1:9")
    platforms = replace(tonight.desk.rooms.platforms, nmma=service)
    tonight.desk.rooms = replace(tonight.desk.rooms, platforms=platforms)
    tonight.desk.desk = Desk(book(), tonight.desk.rooms)
    tonight.portal.fail("page", "GET /api/analysis_service", times=9)
    asked = await tonight.desk.ask("fit AT2026kn sn_fit")
    assert "no answer of SkyPortal's" in asked.words and "Nothing fits" not in asked.words
    listed = await tonight.desk.ask("fit AT2026kn")
    assert "nlive" in listed.words and "no answer of SkyPortal's" in listed.words
    await service.close()

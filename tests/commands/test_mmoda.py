"""`mmoda …` as people ask it, against a dispatcher of our own and against recorded answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from bot.archives import archive_works, dispatchers_of
from cards.plots import style
from commands.request import Account
from gcn.notice import Position
from platforms.credentials import Credentials
from platforms.instances import Instance, Platforms
from platforms.job import JobState
from shifts.people_file import parse_people
from tests.cards.goldens import assert_golden
from tests.commands.desk import ANA, CHIDI, AskedDesk
from tests.commands.platform_desk import follow, with_platforms
from tests.events.story import attach, burst, superevent
from tests.standins.mmoda import MmodaStandIn
from tests.standins.recordings import recordings

GOLDEN = Path(__file__).parent / "golden"
EMIL = Account("slack", "U0EMIL")
FRENCH = "- {name: emil, timezone: Europe/Paris, locale: fr, slack: U0EMIL, permissions: [shifter]}"
DESKS, ANAS = "eyJkZXNr.eyJkZXNr.AAAA", "eyJhbmEx.eyJhbmEx.BBBB"


@pytest.fixture
async def standin() -> AsyncIterator[MmodaStandIn]:
    async with MmodaStandIn() as standin:
        yield standin


@pytest.fixture
async def night(desk: AskedDesk, standin: MmodaStandIn) -> AsyncIterator[AskedDesk]:
    await desk.rooms.people.put(parse_people(FRENCH), by="test")
    async with desk.rooms.database.write() as session:
        await attach(session, superevent("S261120a"))
        await attach(session, burst(position=Position(ra=197.45, dec=-23.38, radius=2.0, containment=0.9)))
    instances = {"mmoda": Instance("mmoda", "mmoda", standin.url, DESKS)}
    credentials = Credentials(desk.rooms.database, desk.clock)
    platforms = Platforms(instances, credentials, mmoda=dispatchers_of(instances))
    yield with_platforms(desk, platforms)
    await platforms.close()


async def test_what_is_offered_reads_well_in_two_languages(night: AskedDesk) -> None:
    for language, who in (("en", ANA), ("fr", EMIL)):
        for name, line in {
            "mmoda-list": "mmoda list",
            "mmoda-list-instrument": "mmoda list gw",
            "mmoda-list-product": "mmoda list gw gw_strain",
            "mmoda-which-product": "mmoda run gw",
            "mmoda-no-product": "mmoda run gw gw_strane S261120a",
        }.items():
            asked = await night.ask(line, who)
            assert_golden(f"{name}.{language}.txt", asked.words, GOLDEN)


async def test_a_light_curve_around_an_event_from_the_question_to_the_picture(
    night: AskedDesk, standin: MmodaStandIn
) -> None:
    works = tuple(archive_works(night.rooms.platforms))
    asked = await night.ask("mmoda run spi_acs spi_acs_lc S261120a time_bin=1.0")
    assert "Job 1" in asked.words
    job = await follow(night, works)
    assert job.state is JobState.DONE
    trigger = job.parameters["parameters"]
    form = standin.forms()[0]
    assert (form["T1"], form["T2"]) == (trigger["T1"], trigger["T2"])
    assert form["time_bin"] == "1.0" and form["token"] == DESKS
    for language, who in (("en", ANA), ("fr", EMIL)):
        shown = await night.ask("mmoda result 1", who)
        words = shown.words.replace(standin.url, "http://mmoda.test")
        assert_golden(f"mmoda-result.{language}.txt", words, GOLDEN)
        (picture,) = shown.last.pictures.values()
        assert picture.startswith(b"\x89PNG")
    code = await night.ask("mmoda code 1")
    assert "par_dict" in code.words and DESKS not in code.words and 'token":' not in code.words
    assert standin.computed == 1


async def test_the_times_of_a_light_curve_count_from_the_event_which_is_marked(
    night: AskedDesk, standin: MmodaStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SPI-ACS counts from the middle of what was asked for, 50 s after this event, in terrestrial time."""
    drawn: list[Figure] = []
    png = style.png
    monkeypatch.setattr(style, "png", lambda figure: drawn.append(figure) or png(figure))
    await night.ask("mmoda run spi_acs spi_acs_lc S261120a")
    await follow(night, archive_works(night.rooms.platforms))
    assert "highest 180 count/s at 50.0 s after the event" in (await night.ask("mmoda result 1")).words
    axes = drawn[0].axes[0]
    assert axes.get_xlabel() == "T − T0 (s)" and axes.get_xlim()[0] > 0  # the event lies before all points
    assert "T0: 2026-11-20 03:00:00.00 UTC" in [each.get_text() for each in drawn[0].texts]
    await night.ask("mmoda run spi_acs spi_acs_lc S261120a before:100s after:120s")
    await follow(night, archive_works(night.rooms.platforms), 2)
    marks = [line for line in drawn[1].axes[0].lines if list(line.get_xdata()) == [0.0, 0.0]]
    assert len(marks) == 1


@pytest.mark.parametrize(
    ("line", "pictures", "words"),
    [
        ("mmoda run gw gw_strain S261120a detector=L1", 1, "256 points"),
        ("mmoda run gw gw_spectrogram S261120a", 1, "image, 20 × 10 pixels"),
        ('mmoda run legacysurvey legacy_survey_image image_size=5 source:"197.45 -23.38"', 1, "grz: picture"),
        ("mmoda run neutrinos event:S261120a", 0, "bronze, old"),
    ],
)
async def test_every_kind_of_product_is_shown(
    night: AskedDesk, standin: MmodaStandIn, line: str, pictures: int, words: str
) -> None:
    await night.ask(line)
    job = await follow(night, archive_works(night.rooms.platforms))
    assert job.state is JobState.DONE, job
    shown = await night.ask("mmoda result 1")
    assert words in shown.words
    assert len(shown.last.pictures) == pictures


async def test_a_minute_is_all_that_strain_can_be_had_of(night: AskedDesk, standin: MmodaStandIn) -> None:
    await night.ask("mmoda run gw gw_strain S261120a")
    refused = await night.ask("mmoda run gw gw_strain S261120a before:40s after:40s")
    assert "60 s at most; 80 s were asked for" in refused.words
    backwards = await night.ask("mmoda run gw gw_strain T1=2026-11-20T03:00:00 T2=2026-11-20T02:00:00")
    assert "a time after T1" in backwards.words
    assert len(await night.rooms.jobs.jobs()) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mmoda run gw gw_strain S261120a detector=K1", "one of H1, L1, V1 was expected"),
        ("mmoda run gw gw_strain S261120a fmin=0", "1 … 2000"),
        ("mmoda run gw gw_strain S261120a detektor=H1", "nearest: detector"),
        ("mmoda run gw gw_strain S261120a token=mine", "no parameter 'token'"),
        ("mmoda run gww gw_strain S261120a", "nearest: gw"),
        ("mmoda code 9", "no product of MMODA"),
    ],
)
async def test_what_is_wrong_is_said_before_anything_is_asked_of_mmoda(
    night: AskedDesk, standin: MmodaStandIn, line: str, words: str
) -> None:
    asked = await night.ask(line)
    assert words in asked.words
    french = (await night.ask(line, EMIL)).words
    assert not any(each in french for each in ("expected", "nearest", " has no ", "What to do"))
    assert standin.forms() == []


async def test_the_same_again_asks_first(night: AskedDesk, standin: MmodaStandIn) -> None:
    await night.ask("mmoda run spi_acs spi_acs_lc S261120a")
    again = await night.ask("mmoda run spi_acs spi_acs_lc S261120a")
    assert "asked before" in again.words
    await night.press(again.button("Ask again"))
    assert len(await night.rooms.jobs.jobs()) == 2


async def test_a_form_has_the_products_own_parameters_and_can_be_sent(
    night: AskedDesk, standin: MmodaStandIn
) -> None:
    asked = await night.ask("mmoda run gw gw_strain S261120a --form")
    form = asked.last.form
    assert form is not None
    fields = {each.option: each for each in form.fields}
    assert list(fields) == ["settings.detector", "settings.whiten", "settings.fmin"]
    assert [each.value for each in fields["settings.detector"].choices] == ["H1", "L1", "V1"]
    assert (fields["settings.fmin"].label, fields["settings.fmin"].hint) == ("fmin (Hz)", "1 … 2000")
    filled = {**form.given, "settings.detector": "V1", "settings.whiten": "no", "settings.fmin": "20"}
    done = await night.fill(form.path, filled)
    assert "Job 1" in done.words
    job = await night.rooms.jobs.job(1)
    assert job.parameters["parameters"]["detector"] == "V1"
    assert job.parameters["parameters"]["whiten"] == "False"


async def test_a_persons_own_token_is_used_for_what_they_ask_and_for_nobody_else(
    night: AskedDesk, standin: MmodaStandIn
) -> None:
    credentials = night.rooms.platforms.credentials
    assert credentials is not None
    await credentials.give("ana", "mmoda", ANAS)
    works = tuple(archive_works(night.rooms.platforms))
    await night.ask("mmoda run spi_acs spi_acs_lc S261120a", ANA)
    await night.ask("mmoda run gw gw_strain S261120a", EMIL)
    await follow(night, works, 1)
    await follow(night, works, 2)
    used = {(form["instrument"], form["token"]) for form in standin.forms()}
    assert used == {("spi_acs", ANAS), ("gw", DESKS)}
    assert all(DESKS not in path and ANAS not in path for _, path, _ in standin.calls)
    for job in await night.rooms.jobs.jobs():
        assert DESKS not in repr(job) and ANAS not in repr(job)


async def test_a_viewer_may_look_and_not_ask(night: AskedDesk, standin: MmodaStandIn) -> None:
    assert "spi_acs" in (await night.ask("mmoda list", CHIDI)).words
    await night.ask("mmoda run spi_acs spi_acs_lc S261120a", CHIDI)
    assert await night.rooms.jobs.jobs() == ()


async def test_a_failure_is_told_with_its_reason_and_what_to_do(
    night: AskedDesk, standin: MmodaStandIn
) -> None:
    standin.broken = True
    await night.ask("mmoda run spi_acs spi_acs_lc S261120a")
    job = await follow(night, archive_works(night.rooms.platforms))
    assert job.state is JobState.FAILED
    shown = await night.ask("mmoda status 1")
    assert "something broke" in shown.words and "What to do" in shown.words
    assert "failed" in (await night.ask("mmoda status")).words


async def test_a_job_that_the_dispatcher_lost_is_asked_for_again_and_then_said_to_be_lost(
    night: AskedDesk, standin: MmodaStandIn, shared_data: Path
) -> None:
    recorded = recordings(shared_data / "recordings" / "mmoda")
    standin.script.extend(recorded[name] for name in ("030", "077", "030", "077", "030", "077"))
    await night.ask("mmoda run spi_acs spi_acs_lc S261120a")
    job = await follow(night, archive_works(night.rooms.platforms))
    assert job.state is JobState.FAILED and len(standin.forms()) == 6
    assert (
        "does not know the job of spi_acs_lc of spi_acs any more" in (await night.ask("mmoda status 1")).words
    )
    assert "ne connaît plus" in (await night.ask("mmoda status 1", EMIL)).words


async def test_a_name_is_looked_up(night: AskedDesk, standin: MmodaStandIn) -> None:
    assert "166.11381 +38.20883" in (await night.ask("mmoda name Mrk 421")).words
    assert "knows nothing called “Nosuch”" in (await night.ask("mmoda name Nosuch")).words


async def test_without_a_dispatcher_it_is_said_what_to_configure(desk: AskedDesk) -> None:
    assert "[mmoda] url" in (await desk.ask("mmoda list")).words


async def test_a_dispatcher_that_is_down_is_said_to_be(night: AskedDesk) -> None:
    gone = {"mmoda": replace(night.rooms.platforms.instances["mmoda"], url="http://127.0.0.1:9")}
    platforms = Platforms(gone, mmoda=dispatchers_of(gone))
    desk = with_platforms(night, platforms)
    assert "cannot be reached" in (await desk.ask("mmoda list")).words
    await platforms.close()

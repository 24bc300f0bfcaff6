"""A dispatcher as recorded, and a small one of our own, through the client and the work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from platforms.job import Job, JobState, Moved, PlatformError
from platforms.mmoda.answer import Status
from platforms.mmoda.dispatcher import Dispatcher, LostJob, Run
from platforms.mmoda.metadata import BadParameter
from platforms.mmoda.products import (
    ImageProduct,
    PictureProduct,
    Product,
    TableProduct,
    TextProduct,
    read_products,
)
from platforms.mmoda.secrets import without_secrets, without_token
from platforms.mmoda.work import ProductWork, session_of
from store.clock import ManualClock
from tests.standins.mmoda import MmodaStandIn
from tests.standins.recordings import Exchange, recordings

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl"
RUN = Run("empty-async", "dummy", {}, "CLIENTASYNC00001")


@pytest.fixture
def recorded(shared_data: Path) -> dict[str, Exchange]:
    return recordings(shared_data / "recordings" / "mmoda")


@pytest.fixture
async def standin() -> AsyncIterator[MmodaStandIn]:
    async with MmodaStandIn() as standin:
        yield standin


@pytest.fixture
async def dispatcher(standin: MmodaStandIn) -> AsyncIterator[Dispatcher]:
    made = Dispatcher("MMODA", standin.url)
    yield made
    await made.close()


async def _token(job: Job) -> str | None:
    return TOKEN


async def _no_pictures(products: Sequence[Product], title: str) -> Mapping[str, bytes]:
    return {}


@pytest.fixture
def work(dispatcher: Dispatcher) -> ProductWork:
    return ProductWork({"mmoda": dispatcher}, _token, _no_pictures)


@pytest.fixture
def job(clock: ManualClock) -> Job:
    now = clock.now()
    asked = {"instrument": "spi_acs", "product": "spi_acs_lc", "parameters": {"time_bin": "1.0"}}
    return Job(
        7, "nd-7-abcdef", "mmoda.product", "mmoda", "ana", JobState.STARTING, now,
        now + timedelta(days=1), asked,
    )  # fmt: skip


def _after(job: Job, moved: Moved) -> Job:
    """The job with what was found written down, as the next look reads it: through JSON."""
    remote = json.loads(json.dumps(moved.remote)) if moved.remote is not None else job.remote
    return replace(job, state=moved.state, remote=remote)


async def _to_the_end(work: ProductWork, job: Job) -> tuple[Moved, list[JobState]]:
    moved = await work.start(job)
    states = [moved.state]
    while not moved.state.ended:
        job = _after(job, moved)
        moved = await work.look(job)
        states.append(moved.state)
        assert len(states) < 20
    return moved, states


# What is offered


async def test_the_recorded_instruments_and_their_bounds_are_read(
    standin: MmodaStandIn, dispatcher: Dispatcher, recorded: dict[str, Exchange]
) -> None:
    standin.script.extend([recorded["001"], recorded["006"]])
    assert "empty-semi-async" in await dispatcher.instruments()
    empty = await dispatcher.instrument("empty")
    assert [each.product for each in empty.offers][:3] == ["dummy", "numerical", "file_dummy"]
    offer = empty.offer("restricted")
    assert offer is not None
    shown = {each.name: (each.kind, each.bounds, each.default) for each in offer.shown}
    assert shown == {
        "bounded_int_par": ("integer", "2 … 8", 5),
        "bounded_float_par": ("number", "2.2 … 7.7", 5.0),
        "string_select_par": ("text", "spam, eggs, ham", "spam"),
    }
    assert "token" not in {each.name for each in offer.shown}
    assert offer.parameter("RA") is not None


async def test_parameters_are_checked_before_anything_is_sent(
    standin: MmodaStandIn, dispatcher: Dispatcher, recorded: dict[str, Exchange]
) -> None:
    standin.script.extend([recorded["006"]])
    offer = (await dispatcher.instrument("empty")).offer("restricted")
    assert offer is not None
    assert offer.read({"bounded_int_par": "4", "STRING_SELECT_PAR": "Eggs"}) == {
        "bounded_int_par": "4",
        "string_select_par": "eggs",
    }
    for given, words in [
        ({"bounded_int_par": "99"}, "a whole number 2 … 8 was expected"),
        ({"bounded_int_par": "4.5"}, "a whole number was expected"),
        ({"bounded_float_par": "nan"}, "a number 2.2 … 7.7 was expected"),
        ({"string_select_par": "tofu"}, "one of spam, eggs, ham was expected"),
        ({"T1": "yesterday"}, "a time as"),
        ({"bounded_int": "4"}, "nearest: bounded_int_par"),
        ({"token": "x"}, "no parameter 'token'"),
    ]:
        with pytest.raises(BadParameter, match=words):
            offer.read(given)


async def test_an_unknown_instrument_names_the_nearest(
    standin: MmodaStandIn, dispatcher: Dispatcher, recorded: dict[str, Exchange]
) -> None:
    standin.script.extend([recorded["009"], recorded["001"]])
    with pytest.raises(PlatformError, match="nearest: empty-async") as raised:
        await dispatcher.instrument("empty-asinc")
    assert "config" not in str(raised.value) and "SERVER_CWD" not in str(raised.value)


async def test_a_meta_data_page_of_html_is_an_error_in_words(
    standin: MmodaStandIn, dispatcher: Dispatcher, recorded: dict[str, Exchange]
) -> None:
    standin.script.append(recorded["010"])
    with pytest.raises(PlatformError, match=r"failed inside .*HTTP 500"):
        await dispatcher.instrument("empty")


@pytest.mark.parametrize("number", ["004", "005"])
async def test_a_list_that_is_refused_says_so(
    standin: MmodaStandIn, dispatcher: Dispatcher, recorded: dict[str, Exchange], number: str
) -> None:
    standin.script.append(recorded[number])
    with pytest.raises(PlatformError, match="does not show its instruments"):
        await dispatcher.instruments()


async def test_a_redirection_is_not_followed_and_its_query_is_not_shown(
    standin: MmodaStandIn, dispatcher: Dispatcher, recorded: dict[str, Exchange]
) -> None:
    redirect = recorded["003"]
    assert "TOKEN" in redirect.response["headers"]["location"]
    standin.script.append(replace(redirect, request={**redirect.request, "path": "/instr-list"}))
    with pytest.raises(PlatformError, match="sending elsewhere") as raised:
        await dispatcher.instruments()
    assert "TOKEN" not in str(raised.value)


# Names


async def test_names_are_resolved_or_not_or_nobody_can_be_reached(
    standin: MmodaStandIn, dispatcher: Dispatcher, recorded: dict[str, Exchange]
) -> None:
    standin.script.extend(recorded[number] for number in ("109", "114", "116", "115"))
    found = await dispatcher.resolve("Mrk 421")
    assert found is not None
    assert (found.ra, found.dec, found.kind) == (166.113808, 38.208833, "BLLac")
    assert await dispatcher.resolve("nosuchobject") is None
    for _ in range(2):
        with pytest.raises(PlatformError, match="cannot reach the catalogues") as raised:
            await dispatcher.resolve("Mrk 421")
        assert raised.value.later


# The protocol as recorded


async def test_a_recorded_job_is_polled_through_ready_to_its_products(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange]
) -> None:
    standin.script.extend(recorded[n] for n in ("030", "032", "034", "036", "038", "040", "038", "041"))
    moved, states = await _to_the_end(work, job)
    assert standin.script == type(standin.script)()
    sent = [(form["query_status"], form.get("job_id")) for form in standin.forms()]
    known = "c53877c682b70e2b"
    assert sent == [
        ("new", None), ("submitted", known), ("submitted", known), ("progress", known), ("progress", known),
        ("ready", known), ("submitted", known), ("ready", known),
    ]  # fmt: skip
    assert states == [
        JobState.QUEUED, JobState.QUEUED, JobState.RUNNING, JobState.RUNNING, JobState.QUEUED, JobState.DONE,
    ]  # fmt: skip
    assert moved.results is not None
    assert [each["name"] for each in moved.results["products"]] == ["input_param_scw_list"]
    assert moved.results["comments"] == ["mock comment", "mock warning"]
    assert "DispatcherAPI" in moved.results["api_code"]
    assert "token" not in moved.results["api_code"].casefold()
    assert "TOKEN" not in json.dumps(moved.results)


async def test_the_progress_that_a_backend_reports_is_told(
    standin: MmodaStandIn, dispatcher: Dispatcher, recorded: dict[str, Exchange]
) -> None:
    standin.script.extend(recorded[n] for n in ("036", "054", "055"))
    answer = await dispatcher.poll(RUN, status="submitted", job_id="c5", token=TOKEN)
    assert (answer.status, answer.doing) == (Status.PROGRESS, "fetching data")
    for _ in range(2):
        partial = await dispatcher.poll(RUN, status="submitted", job_id="c5", token=TOKEN)
        assert partial.status is Status.PROGRESS


async def test_done_is_never_sent_and_an_empty_done_is_asked_for_again(
    standin: MmodaStandIn, dispatcher: Dispatcher, work: ProductWork, job: Job, recorded: dict[str, Exchange]
) -> None:
    with pytest.raises(ValueError, match="never says done"):
        await dispatcher.poll(RUN, status="done", job_id="c5", token=TOKEN)
    standin.script.extend(recorded[n] for n in ("030", "039", "043"))
    moved, _ = await _to_the_end(work, job)
    assert moved.state is JobState.DONE
    assert moved.results is not None and moved.results["products"]
    assert [form["query_status"] for form in standin.forms()] == ["new", "submitted", "new"]


@pytest.mark.parametrize("number", ["046", "047"])
async def test_a_failure_without_a_message_is_told_in_the_backends_words(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange], number: str
) -> None:
    standin.script.extend([recorded["044"], recorded[number]])
    moved, states = await _to_the_end(work, job)
    assert states == [JobState.QUEUED, JobState.FAILED]
    assert moved.failure is not None and "something broke" in moved.failure
    assert moved.advice


async def test_a_failure_that_says_nothing_at_all_says_so(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange]
) -> None:
    standin.script.append(recorded["052"])
    moved = await work.start(job)
    assert moved.state is JobState.FAILED
    assert moved.failure is not None and "does not say why" in moved.failure


@pytest.mark.parametrize("number", ["060", "061"])
async def test_a_product_that_fails_with_200_is_a_failure_without_the_support_text(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange], number: str
) -> None:
    standin.script.append(recorded[number])
    moved = await work.start(job)
    assert moved.state is JobState.FAILED
    assert moved.failure is not None
    assert (
        "support team" not in moved.failure and "Error(" not in moved.failure and "TOKEN" not in moved.failure
    )


@pytest.mark.parametrize("number", ["020", "021", "022", "023", "051", "053", "062", "078", "093", "094"])
async def test_what_is_done_at_once_is_done(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange], number: str
) -> None:
    standin.script.append(recorded[number])
    moved = await work.start(job)
    assert moved.state is JobState.DONE
    assert moved.remote is not None and moved.remote["job_id"]
    assert "TOKEN" not in json.dumps([moved.results, dict(moved.remote)])


async def test_an_unused_parameter_is_told_as_the_dispatcher_tells_it(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange]
) -> None:
    standin.script.append(recorded["093"])
    moved = await work.start(job)
    assert moved.results is not None
    assert moved.results["comments"] == ["Please note that argument unknown_par is not used"]


async def test_an_array_cut_by_the_recording_is_named_and_not_guessed(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange]
) -> None:
    standin.script.append(recorded["022"])
    moved = await work.start(job)
    assert moved.results is not None
    assert moved.results["products"] == []
    assert "cannot be read" in " ".join(moved.results["comments"])


async def test_a_job_aliased_from_another_session_keeps_the_one_job(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange]
) -> None:
    standin.script.append(recorded["049"])
    moved = await work.start(job)
    monitor = recorded["049"].response["json"]["job_monitor"]
    assert moved.remote is not None
    assert moved.remote["job_id"] == monitor["job_id"]
    assert moved.remote["session_id"] == session_of(job.mark) != monitor["session_id"]


async def test_a_poll_that_was_told_failed_stays_failed(
    standin: MmodaStandIn, dispatcher: Dispatcher, recorded: dict[str, Exchange]
) -> None:
    standin.script.append(recorded["048"])
    answer = await dispatcher.poll(RUN, status="failed", job_id="7e", token=TOKEN)
    assert answer.status is Status.FAILED


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("070", "refuses"),
        ("071", "refuses"),
        ("072", "refuses"),
        ("073", "refuses"),
        ("074", "refuses"),
        ("075", "refuses"),
        ("076", "refuses"),
        ("079", "refuses"),
        ("080", "does not accept the token"),
        ("081", "does not accept the token"),
        ("082", "the token has expired"),
        ("083", "does not accept the token"),
        ("084", "does not allow .*general"),
        ("085", "does not allow .*general"),
        ("086", "does not allow .*unige-hpc-full"),
        ("087", "p value is restricted to 800 W"),
        ("088", "refuses .*abc"),
        ("089", "at most 8.0 was expected"),
        ("090", "refuses"),
        ("091", "a time as 2017"),
        ("092", "a number was expected"),
    ],
)
async def test_every_recorded_refusal_is_one_clear_sentence_without_the_servers_set_up(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange], number: str, words: str
) -> None:
    standin.script.append(recorded[number])
    with pytest.raises(PlatformError, match=words) as raised:
        await work.start(job)
    said = f"{raised.value} {raised.value.advice}"
    assert not raised.value.later
    for secret in ("TOKEN", "odahub", "SERVER_CWD", "PYTHON", "localhost", "installed", "\n", "RequestNot"):
        assert secret not in said
    assert len(said) < 700


async def test_a_job_that_the_dispatcher_lost_is_asked_for_again_and_not_for_ever(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange]
) -> None:
    standin.script.extend(recorded[n] for n in ("030", "077", "030", "077", "030", "077"))
    moved = await work.start(job)
    for _ in range(2):
        moved = await work.look(_after(job, moved))
        assert moved.state is JobState.QUEUED
    with pytest.raises(LostJob, match="does not know the job"):
        await work.look(_after(job, moved))


async def test_a_login_page_is_no_answer(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange]
) -> None:
    page = {"status": 200, "headers": {"content-type": "text/html"}, "text": "<html>log in</html>"}
    standin.script.append(replace(recorded["095"], request={"path": "/run_analysis"}, response=page))
    with pytest.raises(PlatformError, match="no answer of a dispatcher") as raised:
        await work.start(job)
    assert "login page" in str(raised.value.advice) and not raised.value.later


async def test_a_page_of_maintenance_in_the_middle_ends_no_job(
    standin: MmodaStandIn, work: ProductWork, job: Job, recorded: dict[str, Exchange]
) -> None:
    page = {"status": 200, "headers": {"content-type": "text/html"}, "text": "<html>back at ten</html>"}
    standin.script += [recorded["030"], Exchange("page", {"path": "/run_analysis"}, page)]
    moved = await work.start(job)
    with pytest.raises(PlatformError, match="no answer of a dispatcher") as raised:
        await work.look(_after(job, moved))
    assert raised.value.later


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_busy_dispatcher_is_asked_later(
    standin: MmodaStandIn, work: ProductWork, job: Job, status: int
) -> None:
    page = {"status": status, "headers": {"content-type": "text/html"}, "text": "<html>proxy</html>"}
    standin.script.append(Exchange("busy", {"path": "/run_analysis"}, page))
    with pytest.raises(PlatformError) as raised:
        await work.start(job)
    assert raised.value.later


async def test_nobody_there_is_asked_later(job: Job) -> None:
    gone = Dispatcher("MMODA", "http://127.0.0.1:9")
    with pytest.raises(PlatformError, match="cannot be reached") as raised:
        await ProductWork({"mmoda": gone}, _token, _no_pictures).start(job)
    assert raised.value.later
    await gone.close()


# Tokens


async def test_the_token_goes_into_the_form_of_a_post_and_nowhere_else(
    standin: MmodaStandIn, work: ProductWork, dispatcher: Dispatcher, job: Job
) -> None:
    standin.tokens = {TOKEN}
    await dispatcher.instruments()
    await dispatcher.instrument("gw")
    await dispatcher.resolve("Mrk 421")
    moved, _ = await _to_the_end(work, job)
    assert all("token" not in path and TOKEN not in path for _, path, _ in standin.calls)
    assert {method for method, path, _ in standin.calls if path == "/run_analysis"} == {"POST"}
    assert all(form["token"] == TOKEN for form in standin.forms())
    assert TOKEN not in repr(moved) and "token" not in dispatcher.link(RUN)


async def test_no_token_is_left_out_instead_of_being_empty(
    standin: MmodaStandIn, dispatcher: Dispatcher, job: Job
) -> None:
    async def nobody(job: Job) -> str | None:
        return None

    await ProductWork({"mmoda": dispatcher}, nobody, _no_pictures).start(job)
    assert "token" not in standin.forms()[0]


def test_everything_recorded_loses_its_secrets(recorded: dict[str, Exchange]) -> None:
    for exchange in recorded.values():
        cleaned = json.dumps(without_secrets(exchange.response.get("json"), "TOKEN"))
        for secret in ("TOKEN", "SERVER_CWD", "smtp_server", "bot@example.org"):
            assert secret not in cleaned, exchange.name


def test_a_token_is_recognised_by_its_build_alone() -> None:
    text = f'par = {{\n  "RA": 1.0,\n  "token": "{TOKEN}"\n}}\nhttps://x/?a=1&token={TOKEN}&b=2 and {TOKEN}'
    cleaned = without_token(text)
    assert TOKEN not in cleaned and '"RA": 1.0\n}' in cleaned and "a=1&token=…&b=2" in cleaned


# Our own dispatcher, from the first call to the numbers


async def test_a_light_curve_is_computed_once_and_read(
    standin: MmodaStandIn, work: ProductWork, job: Job
) -> None:
    moved, states = await _to_the_end(work, job)
    assert states == [JobState.QUEUED, JobState.RUNNING, JobState.DONE]
    assert moved.results is not None
    (curve,) = moved.results["products"]
    assert (curve["rows"], curve["columns"][1]) == (60, {"name": "RATE", "unit": "count/s"})
    assert curve["curve"]["highest_at"] == 0.0 and curve["curve"]["sigma"] == pytest.approx(8.0)
    assert standin.computed == 1


async def test_a_start_that_was_interrupted_leads_to_the_same_job(
    standin: MmodaStandIn, work: ProductWork, job: Job
) -> None:
    first = await work.start(job)  # and the desk died before it wrote this down
    second = await work.start(job)
    assert first.remote == second.remote
    assert standin.computed == 1


async def test_a_restart_after_every_look_changes_nothing(
    standin: MmodaStandIn, dispatcher: Dispatcher, job: Job
) -> None:
    moved = await ProductWork({"mmoda": dispatcher}, _token, _no_pictures).start(job)
    while not moved.state.ended:
        again = ProductWork({"mmoda": dispatcher}, _token, _no_pictures)  # a new process
        moved = await again.look(_after(job, moved))
    assert moved.state is JobState.DONE and standin.computed == 1


async def test_products_taken_by_a_look_that_was_never_written_down_come_again(
    standin: MmodaStandIn, work: ProductWork, job: Job
) -> None:
    moved = await work.start(job)
    job = _after(job, moved)
    moved = await work.look(job)
    job = _after(job, moved)
    assert (await work.look(job)).state is JobState.DONE  # and the desk died here
    assert (await work.look(job)).state is JobState.DONE


async def test_a_forgotten_job_of_our_own_is_made_again(
    standin: MmodaStandIn, work: ProductWork, job: Job
) -> None:
    job = _after(job, await work.start(job))
    standin.forgetful = True
    moved = await work.look(job)
    assert moved.state is JobState.QUEUED and standin.computed == 2


async def test_a_product_is_let_go_of_with_the_reason(work: ProductWork, job: Job) -> None:
    moved = await work.cancel(job)
    assert moved.state is JobState.CANCELLED and "cannot stop" in moved.said


async def test_every_form_of_product_is_read(standin: MmodaStandIn) -> None:
    from tests.standins.mmoda import made

    (strain,) = read_products(made({"product_type": "gw_strain"}))
    assert isinstance(strain, TableProduct) and strain.curve() == ("TIME", "STRAIN", None)
    assert strain.columns["TIME"][1] == 1 / 64
    (spectrogram,) = read_products(made({"product_type": "gw_spectrogram"}))
    assert isinstance(spectrogram, ImageProduct)
    assert (spectrogram.values.shape, spectrogram.x, spectrogram.y) == ((10, 20), (0.0, 10.0), (10.0, 100.0))
    (picture,) = read_products(made({"product_type": "legacy_survey_image"}))
    assert isinstance(picture, PictureProduct) and picture.name == "grz"
    (table,) = read_products(made({"product_type": "neutrino_table"}))
    assert isinstance(table, TableProduct)
    assert table.units == {"ra": "deg"} and table.columns["stream"].tolist() == ["gold", "bronze, old"]
    assert read_products({"text_product_list": [{"name": "note", "value": "found 3"}], "p": 5.0}) == (
        TextProduct("note", "found 3"),
        TextProduct("p", "5.0"),
    )

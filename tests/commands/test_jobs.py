"""`jobs`, `job …` and people's own tokens, as they are asked and answered."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.typed_lines import holds_secret, is_secret_field
from commands.jobs_asked import ask_job
from commands.request import Account, Front, Place, Reply, Request
from platforms.credentials import Credentials
from platforms.instances import Instance, Platforms
from platforms.jobs import Wanted
from platforms.tracker import Tracker
from store import audit
from store.clock import ManualClock
from tests.commands.desk import ANA, BO, CHIDI, DORA, AskedDesk
from tests.platforms.works import Portal, PortalWork

TOKEN = "b3f0a1c2-secret-of-ana"
FRITZ = Instance("fritz", "skyportal", "https://fritz.example.org", "the desk's own")


@pytest.fixture
def portals(desk: AskedDesk) -> Credentials:
    credentials = Credentials(desk.rooms.database, desk.clock)
    desk.rooms = replace(desk.rooms, platforms=Platforms({"fritz": FRITZ}, credentials))
    desk.desk.rooms = desk.rooms
    return credentials


async def test_a_job_that_is_not_there_and_an_empty_list_are_said_so(desk: AskedDesk) -> None:
    assert "None in the last week" in (await desk.ask("jobs")).words
    assert "There is no job 7" in (await desk.ask("job show 7")).words
    assert "Aucune depuis une semaine" in (await desk.ask("jobs", DORA)).words


async def test_jobs_are_listed_by_person_and_telescope_open_ones_first(desk: AskedDesk) -> None:
    await desk.rooms.jobs.ask(Wanted("portal.thing", "portal", {"n": 1}, "ana", facility="ZTF"))
    two = await desk.rooms.jobs.ask(Wanted("portal.thing", "portal", {"n": 2}, "bo", facility="DECam"))
    await desk.rooms.jobs.cancel(two.id, by="bo")
    listed = (await desk.ask("jobs", CHIDI)).words
    assert listed.index("ZTF") < listed.index("DECam"), listed
    assert "cancelled" in listed
    assert "DECam" not in (await desk.ask("jobs person=ana", CHIDI)).words
    assert "ZTF" not in (await desk.ask("jobs facility=DECam", CHIDI)).words
    assert "DECam" not in (await desk.ask("jobs open=yes", CHIDI)).words


async def test_a_job_is_offered_while_its_number_or_telescope_is_typed_open_ones_first(
    desk: AskedDesk,
) -> None:
    one = await desk.rooms.jobs.ask(Wanted("portal.thing", "portal", {"n": 1}, "ana", facility="ZTF"))
    two = await desk.rooms.jobs.ask(Wanted("portal.thing", "portal", {"n": 2}, "bo", facility="DECam"))
    await desk.rooms.jobs.cancel(two.id, by="bo")
    offered = await desk.desk.complete(ANA, "job show", "job", "")
    assert [each.value for each in offered] == [str(one.id), str(two.id)]
    assert "cancelled" in offered[1].label
    assert [each.value for each in await desk.desk.complete(ANA, "job show", "job", "decam")] == [str(two.id)]
    assert [each.value for each in await desk.desk.complete(ANA, "job show", "job", f"#{one.id}")] == [
        str(one.id)
    ]
    assert "ZTF" in (await desk.ask(f"job show #{one.id}")).words


async def test_only_who_asked_and_who_manages_may_cancel_and_only_what_has_not_ended(desk: AskedDesk) -> None:
    job = await desk.rooms.jobs.ask(Wanted("portal.thing", "portal", {}, "ana"))
    refused = await desk.ask(f"job cancel {job.id}", CHIDI)
    assert "only they, roster managers and administrators" in refused.words
    asked = await desk.ask(f"job cancel {job.id}", BO)
    assert f"Cancel job {job.id}?" in asked.words
    done = await desk.press(asked.button("Yes"), BO)
    assert "cancelled" in done.words
    again = await desk.ask(f"job cancel {job.id}", ANA)
    assert "has ended: cancelled" in again.words


async def test_a_terminal_follows_its_job_to_the_end(desk: AskedDesk, clock: ManualClock) -> None:
    portal = Portal()
    tracker = Tracker(desk.rooms.database, clock, {PortalWork.kind: PortalWork(portal)})
    caller = await desk.desk.caller(Account("terminal", "ana"))
    request = Request("thing", {}, caller, Place(Front.TERMINAL, "ana"), clock.now())
    replies: list[Reply] = []

    async def follow() -> None:
        async for reply in ask_job(request, desk.rooms, Wanted("portal.thing", "portal")):
            replies.append(reply)

    following = asyncio.create_task(follow())
    for _ in range(200):
        await tracker.track_due()
        portal.made.update({mark: "done" for mark in portal.made if len(replies) > 2})
        await clock.advance(2.0)
        await asyncio.sleep(0.002)
        if following.done():
            break
    await following
    assert "being asked for" in replies[0].card.summary
    assert ": done" in replies[-1].card.summary
    assert list(replies[-1].pictures) == ["tiles"]


async def test_a_token_is_given_privately_and_stands_in_no_answer_no_audit_and_no_log(
    desk: AskedDesk, portals: Credentials, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    given = await desk.ask(f"me token fritz {TOKEN}", ANA)
    wrong = await desk.ask(f"me token fritzz {TOKEN}", ANA)
    assert "with your own token now" in given.words and given.last.private
    assert "known: fritz" in wrong.words
    assert wrong.last.form is None or TOKEN not in str(wrong.last.form), "a form does not show it again"
    assert await portals.own("ana", "fritz") == TOKEN
    assert TOKEN not in given.words + wrong.words
    async with desk.rooms.database.read() as session:
        assert TOKEN not in str(await audit.entries(session))
        for table in ("waiting_calls", "confirmations", "audit", "outbox"):
            assert TOKEN not in str((await session.execute(text(f"SELECT * FROM {table}"))).all())
    assert TOKEN not in caplog.text
    assert "fritz: your own" in (await desk.ask("me tokens", ANA)).words
    assert "fritz: the desk's" in (await desk.ask("me tokens", BO)).words
    assert "is forgotten" in (await desk.ask("me forget fritz", ANA)).words
    assert "You gave no token for fritz" in (await desk.ask("me forget fritz", ANA)).words


async def test_a_token_is_asked_for_in_a_form_and_not_taken_where_others_heard_it(
    desk: AskedDesk, portals: Credentials
) -> None:
    asked = await desk.ask("me token fritz", ANA)
    assert asked.last.form is not None
    assert {each.option: each.given for each in asked.last.form.fields} == {"platform": "fritz", "token": ""}
    heard = await desk.ask(f"me token fritz {TOKEN}", ANA, place=Place(Front.SLACK, "C1", overheard=True))
    assert "replace it at fritz" in heard.words
    assert await portals.own("ana", "fritz") is None


def test_a_terminal_remembers_no_line_that_holds_a_secret() -> None:
    assert holds_secret(f"me token fritz {TOKEN}") and holds_secret("me confirm sms 123456")
    assert not holds_secret("me tokens") and not holds_secret("event latest") and not holds_secret("")
    assert is_secret_field("me token · token: ") and not is_secret_field("me token · platform: ")

"""Asking an instrument for a source: its form, what is refused before sending, what is asked twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from commands.declared import book
from commands.desk import Desk
from platforms.credentials import Credentials
from platforms.job import JobState
from platforms.skyportal.followup_work import FollowupWork
from platforms.skyportal.ways import Ways
from store.database import Database
from tests.commands.desk import CHIDI
from tests.commands.portal_night import Night, night
from tests.commands.test_sources import GIL
from tests.standins.skyportal.portal import Account
from tests.standins.skyportal.portal_sources import SECRET

ASKED = "followup AT2026kn SEDM priority=3 observation_type=IFU"


@pytest.fixture
async def tonight(database: Database) -> AsyncIterator[Night]:
    async with night(database) as made:
        yield made


async def test_nothing_set_opens_the_instruments_own_form(tonight: Night) -> None:
    asked = await tonight.desk.ask("followup AT2026kn SEDM")
    form = asked.last.form
    assert form is not None and form.given["source"] == "AT2026kn"
    fields = {each.option: each for each in form.fields}
    assert fields["settings.priority"].label == "Priority" and fields["settings.priority"].given == "1"
    assert [each.value for each in fields["settings.observation_type"].choices][1] == "IFU"
    assert "settings.exposure_time" not in fields
    assert "priority" in asked.words and not tonight.world.followups


async def test_a_typed_line_asks_for_a_yes_and_then_the_request_is_made_and_followed(tonight: Night) -> None:
    asked = await tonight.desk.ask(ASKED)
    assert "Ask SEDM to observe AT2026kn?" in asked.words and "IFU" in asked.words
    assert not tonight.world.followups
    await tonight.yes(asked)
    job = await tonight.follow(seconds=30)
    (made,) = tonight.world.followups
    assert job.state is JobState.RUNNING and made["payload"]["priority"] == 3
    assert "ana" in made["comment"] and job.mark in made["comment"]
    made["status"] = "complete"
    assert (await tonight.follow(seconds=7200)).state is JobState.DONE
    assert "SEDM" in (await tonight.desk.ask("job show 1")).words


async def test_a_wrong_setting_is_said_at_its_field_before_anything_is_sent(tonight: Night) -> None:
    asked = await tonight.desk.ask("followup AT2026kn SEDM priority=9")
    assert "Priority" in asked.words and "1…5" in asked.words
    assert asked.last.form is not None
    wrong = {each.option: each.error for each in asked.last.form.fields if each.error}
    assert list(wrong) == ["settings.priority"]
    assert not tonight.world.followups
    typo = await tonight.desk.ask("followup AT2026kn SEDM prioritty=3")
    assert "did you mean priority?" in typo.words


async def test_a_filled_form_is_the_same_as_a_typed_line(tonight: Night) -> None:
    given = {
        "source": "AT2026kn", "instrument": "SEDM", "settings.priority": "4",
        "settings.observation_type": "IFU", "settings.end_date": "2026-11-25",
    }  # fmt: skip
    asked = await tonight.desk.fill("followup", given)
    await tonight.yes(asked)
    await tonight.follow(seconds=30)
    assert tonight.world.followups[0]["payload"]["end_date"] == "2026-11-25"


async def test_words_for_times_become_instants(tonight: Night) -> None:
    await tonight.yes(await tonight.desk.ask(f'{ASKED} start_date="in 2h"'))
    await tonight.follow(seconds=30)
    assert tonight.world.followups[0]["payload"]["start_date"] == "2026-11-21"


async def test_a_duplicate_is_warned_of_and_made_only_knowingly(tonight: Night) -> None:
    await tonight.yes(await tonight.desk.ask(ASKED))
    await tonight.follow(seconds=30)
    asked = await tonight.desk.ask("followup AT2026kn SEDM priority=5")
    assert "it was asked before" in asked.words and "priority 3" in asked.words
    await tonight.yes(asked)
    await tonight.follow(2, seconds=30)
    assert [each["payload"]["priority"] for each in tonight.world.followups] == [3, 5]


async def test_what_somebody_else_asked_in_the_meantime_is_not_asked_twice(tonight: Night) -> None:
    """The yes was given before another request came: SkyPortal's own guard holds."""
    await tonight.yes(await tonight.desk.ask(ASKED))
    other = {"observation_type": "IFU", "priority": 1}
    tonight.world.followups.append(
        {"id": 77, "obj_id": "AT2026kn", "allocation_id": 2, "payload": other, "status": "submitted",
         "comment": None, "created_at": "2026-11-20T22:00:00"}
    )  # fmt: skip
    job = await tonight.follow(seconds=30)
    assert job.state is JobState.FAILED and "already a follow-up request" in (job.failure or "")
    assert len(tonight.world.followups) == 1


async def test_a_telescopes_refusal_fails_the_job_in_its_own_words(tonight: Night) -> None:
    await tonight.yes(await tonight.desk.ask(f"{ASKED} exposure_time=999"))
    job = await tonight.follow(seconds=30)
    assert job.state is JobState.FAILED
    words = (await tonight.desk.ask("job show 1")).words
    assert "exposure too long" in words and SECRET not in words


async def test_who_may_not_trigger_the_instrument_is_refused_before_anything_is_read(tonight: Night) -> None:
    assert "needs the permission shifter" in (await tonight.desk.ask(ASKED, CHIDI)).words
    words = (await tonight.desk.ask("followup AT2026kn T120-CCD exposure_time=300")).words
    assert "permission to trigger" in words and not tonight.world.followups


async def test_an_unknown_instrument_tells_which_there_are(tonight: Night) -> None:
    words = (await tonight.desk.ask("followup AT2026kn HST")).words
    assert "SEDM, T120-CCD" in words or "SEDM and T120-CCD" in words


async def test_a_second_person_says_yes_where_the_desk_wants_it(tonight: Night) -> None:
    facts = replace(tonight.desk.rooms.facts, second_person=frozenset({"followup"}))
    tonight.desk.desk = Desk(book(), replace(tonight.desk.rooms, facts=facts))
    asked = await tonight.desk.ask(ASKED)
    own = await tonight.yes(asked)
    assert "second person" in own.words and not await tonight.desk.rooms.jobs.jobs()
    await tonight.desk.rooms.people.put(await _gil_may(tonight), by="test")
    await tonight.yes(asked, GIL)
    assert (await tonight.follow(seconds=30)).state is JobState.RUNNING


async def _gil_may(tonight: Night) -> object:
    from shifts.people_file import parse_people

    return parse_people(
        'people: [{name: gil, timezone: Europe/Paris, slack: U0GIL, permissions: [shifter, "trigger:SEDM"]}]'
    )


async def test_a_request_is_taken_back_by_its_job(tonight: Night) -> None:
    await tonight.yes(await tonight.desk.ask(ASKED))
    await tonight.follow(seconds=30)
    await tonight.yes(await tonight.desk.ask("job cancel 1"))
    job = await tonight.follow(seconds=30)
    assert job.state is JobState.CANCELLED and tonight.world.followups[0]["status"] == "deleted"


@pytest.mark.parametrize("moment", ["reset", "mute"])
async def test_a_crash_while_the_request_is_made_makes_one_request(tonight: Night, moment: str) -> None:
    """Before it was done, or after it and before the answer: the next start finds what there is."""
    await tonight.yes(await tonight.desk.ask(ASKED))
    tonight.portal.fail(moment, "POST /api/followup_request")
    job = await tonight.follow(seconds=900)
    assert job.state is JobState.RUNNING
    assert len(tonight.world.followups) == 1


async def test_followups_lists_what_was_asked_and_the_jobs_that_take_it_back(tonight: Night) -> None:
    await tonight.yes(await tonight.desk.ask(ASKED))
    await tonight.follow(seconds=30)
    words = (await tonight.desk.ask("followups AT2026kn")).words
    assert "SEDM" in words and "submitted" in words and "job 1" in words and SECRET not in words


async def test_who_gave_a_token_of_their_own_asks_by_it_and_others_by_the_desks(tonight: Night) -> None:
    credentials = Credentials(tonight.desk.rooms.database, tonight.desk.clock)
    own = "ana-0123456789abcdef"
    tonight.portal.accounts[own] = Account(7, "ana-example-org")
    await credentials.give("ana", "fritz", own)
    platforms = replace(tonight.desk.rooms.platforms, credentials=credentials)
    tonight.desk.rooms = replace(tonight.desk.rooms, platforms=platforms)
    tonight.desk.desk = Desk(book(), tonight.desk.rooms)
    tonight.works = (FollowupWork(Ways(platforms.skyportals, credentials)),)
    await tonight.yes(await tonight.desk.ask(ASKED))
    await tonight.follow(seconds=30)
    assert tonight.world.followups[0]["requester"]["username"] == "ana-example-org"
    assert {call.token for call in tonight.portal.seen} == {own}


async def test_open_requests_are_ordered_by_place_after_a_yes_and_only_those_one_may_trigger(
    tonight: Night,
) -> None:
    await tonight.yes(await tonight.desk.ask(ASKED))
    await tonight.follow(seconds=30)
    await tonight.yes(await tonight.desk.ask(ASKED.replace("AT2026kn", "AT2026sn")))
    await tonight.follow(2, seconds=30)
    line = "candidate prioritize Fermi:745811685 low:2 high:4"
    assert "Vous ne pouvez pas déclencher SEDM" in (await tonight.desk.ask(line, GIL)).words
    asked = await tonight.desk.ask(line)
    assert "Set the priorities of 2 requests" in asked.words
    assert [each["payload"]["priority"] for each in tonight.world.followups] == [3, 3]
    words = (await tonight.yes(asked)).words
    assert [each["payload"]["priority"] for each in tonight.world.followups] == [4, 2]
    assert words.index("AT2026kn") < words.index("AT2026sn")


# --- changing a request that is there ---

CHANGE = "followup AT2026kn SEDM request:1"


async def _asked(tonight: Night) -> None:
    await tonight.yes(await tonight.desk.ask(ASKED))
    await tonight.follow(seconds=30)


async def test_a_request_is_opened_again_with_its_old_values_and_changed_after_a_yes(tonight: Night) -> None:
    await _asked(tonight)
    listed = await tonight.desk.ask("followups AT2026kn")
    assert "request 1" in listed.words
    opened = await tonight.desk.press(listed.button("Change 1"))
    form = opened.last.form
    assert form is not None and form.given["request"] == "1"
    fields = {each.option: each.given for each in form.fields}
    assert fields["settings.priority"] == "3" and fields["settings.observation_type"] == "IFU"
    filled = {**form.given, **fields, "settings.priority": "5"}
    asked = await tonight.desk.fill("followup", filled)
    assert "Change request 1 of SEDM for AT2026kn?" in asked.words and "Priority" in asked.words
    assert "Mode" not in asked.words  # only what will be another is shown
    assert tonight.world.followups[0]["payload"]["priority"] == 3
    await tonight.yes(asked)
    job = await tonight.follow(2, seconds=30)
    (row,) = tonight.world.followups
    assert job.state is JobState.RUNNING and row["payload"]["priority"] == 5
    assert "asked for by ana" in row["comment"] and "changed by ana" in row["comment"]
    first = await tonight.follow(1, seconds=600)
    assert first.state is JobState.CANCELLED  # the second job follows the request now
    words = (await tonight.desk.ask("job show 1")).words
    assert "job 2 has changed the request" in words and "priority: 5" in words
    row["status"] = "complete"
    assert (await tonight.follow(2, seconds=7200)).state is JobState.DONE


async def test_one_setting_typed_changes_that_one_and_keeps_the_rest(tonight: Night) -> None:
    await _asked(tonight)
    before = dict(tonight.world.followups[0]["payload"])
    await tonight.yes(await tonight.desk.ask(f"{CHANGE} end_date=2026-11-30"))
    await tonight.follow(2, seconds=30)
    assert tonight.world.followups[0]["payload"] == before | {"end_date": "2026-11-30"}


async def test_a_change_that_changes_nothing_or_is_wrong_is_said_at_once(tonight: Night) -> None:
    await _asked(tonight)
    assert "asks for this already" in (await tonight.desk.ask(f"{CHANGE} priority=3")).words
    wrong = await tonight.desk.ask(f"{CHANGE} priority=9")
    assert "1…5" in wrong.words and wrong.last.form is not None and wrong.last.form.given["request"] == "1"
    assert not [call for call in tonight.portal.calls if call.startswith("PUT") and call.endswith("/1")]


async def test_what_cannot_be_changed_says_what_to_do_instead(tonight: Night) -> None:
    await _asked(tonight)
    words = (await tonight.desk.ask("followup AT2026kn SEDM request:7 priority=5")).words
    assert "has no request 7 of SEDM" in words and "open there: 1" in words
    tonight.world.unchangeable.add(2)
    words = (await tonight.desk.ask(f"{CHANGE} priority=5")).words
    assert "takes no changes at fritz: take the request back and ask anew" in words
    tonight.world.followups[0]["status"] = "complete"
    assert "not open any more (complete)" in (await tonight.desk.ask(f"{CHANGE} priority=5")).words


async def test_who_may_not_trigger_the_instrument_changes_nothing_there(tonight: Night) -> None:
    await _asked(tonight)
    assert "ne vous est pas permis pour P60" in (await tonight.desk.ask(f"{CHANGE} priority=5", GIL)).words
    assert tonight.world.followups[0]["payload"]["priority"] == 3


@pytest.mark.parametrize("moment", ["reset", "mute"])
async def test_a_crash_while_a_request_is_changed_leaves_one_request_changed(
    tonight: Night, moment: str
) -> None:
    await _asked(tonight)
    await tonight.yes(await tonight.desk.ask(f"{CHANGE} priority=5"))
    tonight.portal.fail(moment, "PUT /api/followup_request/1")
    job = await tonight.follow(2, seconds=900)
    assert job.state is JobState.RUNNING
    (row,) = tonight.world.followups
    assert row["payload"]["priority"] == 5 and row["comment"].count("changed by") == 1


async def test_a_telescope_that_refuses_the_change_is_told_in_its_own_words(tonight: Night) -> None:
    await _asked(tonight)
    await tonight.yes(await tonight.desk.ask(f"{CHANGE} exposure_time=999"))
    job = await tonight.follow(2, seconds=30)
    assert job.state is JobState.FAILED and "exposure too long" in (job.failure or "")


async def test_an_allocation_that_the_instrument_does_not_have_is_named(tonight: Night) -> None:
    asked = await tonight.desk.ask("followup AT2026kn SEDM allocation:COO-2099 priority=3")
    assert "has no allocation “COO-2099” on SEDM; there is: SEDM (COO-2026A-P02)" in asked.words

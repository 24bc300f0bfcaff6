"""People in the store: imported, changed, linked, confirmed, stopped; and what that leaves in the audit."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from shifts.errors import RosterError
from shifts.people import PeopleService
from shifts.people_file import People, parse_people, write_people
from shifts.tables import PersonRow
from shifts.verification import LIFE, TRIES, WrongCode
from store import audit
from store.clock import ManualClock
from store.database import Database

ANA = "- {name: ana, timezone: Europe/Paris, slack: U0ANA, email: Ana@example.org, phone: '+33612345678'}\n"
BO = "- {name: bo, timezone: UTC}\n"


@pytest.fixture
def people(database: Database, clock: ManualClock) -> PeopleService:
    return PeopleService(database, clock)


@pytest.fixture
async def desk(people: PeopleService) -> PeopleService:
    """Ana and Bo, imported; nothing of theirs confirmed."""
    await people.put(parse_people(ANA + BO), by="root")
    return people


async def test_an_import_adds_changes_and_leaves_alone(any_database: Database, clock: ManualClock) -> None:
    people = PeopleService(any_database, clock)
    assert (await people.put(parse_people(ANA + BO), by="root")).added == ("ana", "bo")
    assert (await people.put(parse_people(ANA), by="root")).unchanged == ("ana",)
    moved = parse_people(BO.replace("UTC", "Asia/Tokyo"))
    assert (await people.put(moved, by="root")).changed == ("bo",)
    everybody = await people.everybody()
    assert [(p.name, p.timezone) for p in everybody.people] == [
        ("ana", "Europe/Paris"),
        ("bo", "Asia/Tokyo"),
    ]


async def test_a_linked_account_is_usable_at_once_and_mail_and_phone_once_confirmed(
    any_database: Database, clock: ManualClock
) -> None:
    people = PeopleService(any_database, clock)
    await people.put(parse_people(ANA), by="root")
    assert await people.usable("ana") == {"slack"}
    assert await people.address("ana", "email") is None
    assert await people.find("email", "ana@example.org") is None
    challenge = await people.begin_verification("ana", "email")
    assert challenge.address == "Ana@example.org" and len(challenge.code) == 6
    assert challenge.code not in repr(challenge)
    await people.confirm("ana", "email", f" {challenge.code[:3]} {challenge.code[3:]}")
    assert await people.usable("ana") == {"slack", "email"}
    assert await people.address("ana", "email") == "Ana@example.org"
    found = await people.find("email", "ANA@Example.org")
    assert found is not None and found.name == "ana"
    challenge = await people.begin_verification("ana", "phone")
    await people.confirm("ana", "phone", challenge.code)
    assert await people.usable("ana") == {"slack", "email", "sms", "voice", "whatsapp"}
    found = await people.find("phone", "whatsapp:+33 6 12 34 56 78")
    assert found is not None and found.name == "ana"


async def test_stop_is_honoured_until_start_whatever_is_imported_or_removed(
    any_database: Database, clock: ManualClock
) -> None:
    people = PeopleService(any_database, clock)
    sure = parse_people(ANA.replace("}", ", verified: [phone]}"))
    await people.put(sure, by="root")
    assert "sms" in await people.usable("ana")
    owner = await people.stop("phone", "+33 612345678")
    assert owner is not None and owner.stopped == ("phone",)
    assert await people.usable("ana") == {"slack"}
    await people.put(sure, by="root")
    assert await people.usable("ana") == {"slack"}
    await people.remove("ana", by="root")
    await people.put(sure, by="root")
    assert await people.usable("ana") == {"slack"}
    with pytest.raises(RosterError, match=r"\+33…78 was stopped with STOP; send START from it first"):
        await people.begin_verification("ana", "phone")
    await people.start("phone", "+33612345678")
    assert "sms" in await people.usable("ana")
    assert await people.stop("phone", "+15550100") is None


async def test_a_code_lasts_a_few_tries_and_a_few_minutes(desk: PeopleService, clock: ManualClock) -> None:
    challenge = await desk.begin_verification("ana", "email")
    wrong = f"{(int(challenge.code) + 1) % 10**6:06}"
    for left in reversed(range(TRIES)):
        with pytest.raises(WrongCode, match=f"{left} tries are left"):
            await desk.confirm("ana", "email", wrong)
    with pytest.raises(RosterError, match="ask for a new one"):
        await desk.confirm("ana", "email", challenge.code)
    await clock.advance(60)
    challenge = await desk.begin_verification("ana", "email")
    await clock.advance(LIFE.total_seconds())
    with pytest.raises(RosterError, match="ask for a new one"):
        await desk.confirm("ana", "email", challenge.code)
    assert await desk.usable("ana") == {"slack"}


async def test_only_the_last_code_counts_and_only_for_the_address_it_was_sent_to(
    desk: PeopleService, clock: ManualClock
) -> None:
    first = await desk.begin_verification("ana", "email")
    await clock.advance(61)
    second = await desk.begin_verification("ana", "email")
    if first.code != second.code:
        with pytest.raises(WrongCode):
            await desk.confirm("ana", "email", first.code)
    await desk.change("ana", {"email": "other@example.org"}, by="ana")
    with pytest.raises(RosterError, match="ask for a new one"):
        await desk.confirm("ana", "email", second.code)


async def test_codes_are_sent_sparingly(desk: PeopleService, clock: ManualClock) -> None:
    await desk.begin_verification("ana", "phone")
    with pytest.raises(RosterError, match=r"\+33…78 has been sent enough codes .* asked for at 03:01:00 UTC"):
        await desk.begin_verification("ana", "phone")
    sent = 1
    for _ in range(23):
        await clock.advance(3600)
        try:
            await desk.begin_verification("ana", "phone")
            sent += 1
        except RosterError:
            continue
    assert sent == 10


async def test_a_number_is_not_called_more_often_by_moving_it_from_person_to_person(
    desk: PeopleService,
) -> None:
    await desk.begin_verification("ana", "phone")
    await desk.unlink("ana", "phone", by="ana")
    await desk.change("bo", {"phone": "+33612345678"}, by="bo")
    with pytest.raises(RosterError, match="enough codes"):
        await desk.begin_verification("bo", "phone")


async def test_a_confirmation_goes_with_its_address(desk: PeopleService) -> None:
    await desk.put(parse_people(ANA.replace("}", ", verified: true}")), by="root")
    assert (await desk.person("ana")).verified == ("email", "phone")
    after = await desk.change("ana", {"email": "ana@elsewhere.org"}, by="ana")
    assert after.verified == ("phone",)
    same = await desk.change("ana", {"phone": "+33 6 12 34 56 78", "locale": "fr"}, by="ana")
    assert same.verified == ("phone",) and same.locale == "fr"


async def test_two_people_do_not_share_an_address_however_it_is_written(desk: PeopleService) -> None:
    for changes in ({"email": "ANA@EXAMPLE.ORG"}, {"phone": "+33 6 12 34 56 78"}):
        with pytest.raises(RosterError, match="is ana's already; unlink it there first"):
            await desk.change("bo", changes, by="bo")
    with pytest.raises(RosterError, match="ana and bo have the same email"):
        parse_people(ANA + BO.replace("}", ", email: ana@EXAMPLE.org}"))


async def test_an_address_may_change_hands_within_one_file(desk: PeopleService) -> None:
    swapped = ANA.replace("U0ANA", "U0NEW") + BO.replace("}", ", slack: U0ANA}")
    assert (await desk.put(parse_people(swapped), by="root")).changed == ("ana", "bo")
    found = await desk.find("slack", "U0ANA")
    assert found is not None and found.name == "bo"


async def test_a_chat_account_is_linked_with_a_code_once(desk: PeopleService, clock: ManualClock) -> None:
    code = (await desk.begin_link("ana")).code
    typed = f"{code[:5].lower()}-{code[5:]}"
    ana = await desk.link(typed, "discord", "123456789012345678", where="discord")
    assert ana.discord == "123456789012345678" and "discord" in ana.usable()
    with pytest.raises(RosterError, match="ask for one"):
        await desk.link(typed, "discord", "923456789012345678", where="discord")
    await clock.advance(60)
    code = (await desk.begin_link("bo")).code
    with pytest.raises(RosterError, match="is ana's already"):
        await desk.link(code, "discord", "123456789012345678", where="discord")
    with pytest.raises(RosterError, match="ask for one"):
        await desk.link("AAAAAAAAAA", "slack", "U0BO", where="slack")


async def test_unlinking_takes_the_rules_that_lead_there(desk: PeopleService) -> None:
    rules = [{"after": 0, "by": "slack"}, {"after": 5, "by": "voice"}, {"after": 9, "by": "sms"}]
    await desk.change("ana", {"contact": rules}, by="ana")
    ana = await desk.unlink("ana", "phone", by="ana")
    assert (ana.phone, [rule.by for rule in ana.contact]) == (None, ["slack"])
    with pytest.raises(RosterError, match="ana has no phone to unlink"):
        await desk.unlink("ana", "phone", by="ana")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"permissions": ["administrator"]}, "permissions is changed by an administrator only"),
        ({"verified": ["email"]}, "verified is changed by an administrator only"),
        ({"slack": "U0OTHER"}, "a slack account is linked with a code"),
        ({"timezone": "Asia/Tokio"}, "Asia/Tokyo"),
        ({"phone": "0612345678"}, "phone: '0612345678' has no country"),
        ({"timezon": "UTC"}, "'timezon' is not a key of a person; did you mean timezone?"),
        ({"name": "anna"}, "ana keeps that name"),
        ({"timezone": None}, "timezone is missing"),
    ],
)
async def test_each_change_that_cannot_be_gets_one_sentence(
    desk: PeopleService, changes: dict[str, object], said: str
) -> None:
    before = await desk.person("ana")
    with pytest.raises(RosterError) as refused:
        await desk.change("ana", changes, by="ana")
    assert said in str(refused.value) and "\n" not in str(refused.value)
    assert await desk.person("ana") == before


async def test_a_name_nobody_has_is_answered_with_the_nearest(desk: PeopleService) -> None:
    with pytest.raises(RosterError, match=r"nobody is called “anna”; did you mean ana\?"):
        await desk.person("anna")


async def test_an_export_brought_back_changes_nothing_not_even_what_was_confirmed(
    desk: PeopleService, clock: ManualClock, database: Database
) -> None:
    await desk.put(parse_people(ANA.replace("}", ", verified: [phone]}")), by="root")
    await desk.stop("phone", "+33612345678")
    exported = write_people(await desk.everybody())
    assert "verified: [phone]" in exported and "stopped: [phone]" in exported
    assert (await desk.put(parse_people(exported), by="root")).unchanged == ("ana", "bo")
    for name in ("ana", "bo"):
        await desk.remove(name, by="root")
    assert await desk.everybody() == People(people=())
    await desk.put(parse_people(exported), by="root")
    assert write_people(await desk.everybody()) == exported


async def test_every_change_is_in_the_audit_with_before_and_after_and_without_addresses_or_codes(
    desk: PeopleService, database: Database, clock: ManualClock
) -> None:
    await clock.advance(3600)
    await desk.change("ana", {"timezone": "Asia/Tokyo", "email": "ana@new.org"}, by="ana", where="slack")
    challenge = await desk.begin_verification("ana", "email")
    await desk.confirm("ana", "email", challenge.code, where="slack")
    await desk.stop("phone", "+33612345678")
    async with database.read() as session:
        found = await audit.entries(session, subject="ana")
        newest = await audit.entries(session, since=clock.now(), what="person")
    assert [(e.what, e.result, e.who, e.where) for e in found] == [
        ("person.address", "stopped", "ana", "sms"),
        ("person.verify", "verified", "ana", "slack"),
        ("person", "changed", "ana", "slack"),
        ("person", "added", "root", "terminal"),
    ]
    assert found[2].details == {
        "email": {"before": "A…@example.org", "after": "a…@new.org"},
        "timezone": {"before": "Europe/Paris", "after": "Asia/Tokyo"},
    }
    assert found[2].at == clock.now() and len(newest) == 3
    everything = str(found)
    assert not [secret for secret in (challenge.code, "ana@new.org", "612345678") if secret in everything]


async def test_what_changes_nothing_is_not_audited(
    desk: PeopleService, database: Database, clock: ManualClock
) -> None:
    await desk.change("ana", {"timezone": "Europe/Paris"}, by="ana")
    await desk.start("phone", "+33612345678")
    async with database.read() as session:
        assert len(await audit.entries(session, subject="ana")) == 1
        later = clock.now() + timedelta(seconds=1)
        assert await audit.entries(session, since=later) == []


async def test_of_two_who_take_an_address_at_the_same_moment_one_is_told(
    any_database: Database, clock: ManualClock
) -> None:
    people = PeopleService(any_database, clock)
    await people.put(parse_people(BO + "- {name: chidi, timezone: UTC}\n"), by="root")
    done = await asyncio.gather(
        *(people.change(name, {"email": "night@example.org"}, by=name) for name in ("bo", "chidi")),
        return_exceptions=True,
    )
    (refused,) = [each for each in done if isinstance(each, BaseException)]
    assert isinstance(refused, RosterError) and "\n" not in str(refused)


async def test_who_is_taken_out_leaves_no_code_behind(desk: PeopleService) -> None:
    challenge = await desk.begin_verification("ana", "email")
    await desk.remove("ana", by="root")
    await desk.put(parse_people(ANA), by="root")
    with pytest.raises(RosterError, match="ask for a new one"):
        await desk.confirm("ana", "email", challenge.code)


async def test_an_entry_that_a_later_version_cannot_read_whole_can_still_be_paged(
    desk: PeopleService, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.write() as session:
        row = (await session.scalars(select(PersonRow).where(PersonRow.name == "ana"))).one()
        row.document = {**row.document, "timezone": "Mars/Olympus", "country": "ATLANTIS", "locale": "xx"}
        row.timezone = "Mars/Olympus"
    ana = await desk.person("ana")
    assert (ana.usable(), ana.timezone) == ({"slack"}, "UTC")
    assert len((await desk.everybody()).people) == 2 and "Mars/Olympus" in caplog.text

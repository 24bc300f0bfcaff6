"""A code goes to the address that it confirms, in its owner's language; nothing else goes there before."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cards.card import Card
from notifiers.channels.base import ChannelConfig, Never
from notifiers.channels.terminal import TerminalChannel
from notifiers.confirmation import send_code
from notifiers.switchboard import Switchboard
from notifiers.tables import OutboxRow
from shifts.contact import Way
from shifts.errors import RosterError
from shifts.people import PeopleService
from shifts.people_file import parse_people
from store.clock import ManualClock
from store.database import Database

ANA = "- {name: ana, timezone: Europe/Paris, locale: fr, email: ana@example.org, phone: '+33612345678'}\n"


@pytest.fixture
async def people(database: Database, clock: ManualClock) -> PeopleService:
    people = PeopleService(database, clock)
    await people.put(parse_people(ANA), by="root")
    return people


@pytest.mark.parametrize(("way", "kind", "address"), [
    ("email", "email", "ana@example.org"),
    ("sms", "phone", "+33612345678"),
    ("voice", "phone", "+33612345678"),
])  # fmt: skip
async def test_the_code_in_the_message_confirms_the_address_it_went_to(
    people: PeopleService, database: Database, clock: ManualClock, way: Way, kind: str, address: str
) -> None:
    async with database.write() as session:
        challenge = await send_code(session, "ana", way, desk="GW desk", now=clock.now())
    opened: list[ChannelConfig] = []

    def open_channel(config: ChannelConfig) -> TerminalChannel:
        opened.append(config)
        return object.__new__(TerminalChannel)

    switchboard = Switchboard({}, open_channel, ("email", "sms", "voice"))
    async with database.read() as session:
        row = (await session.scalars(select(OutboxRow))).one()
        await switchboard.connect(session, row.channel)
        with pytest.raises(Never, match="has not confirmed"):
            await switchboard.connect(session, row.channel.removesuffix("?"))
    assert [(each.kind, each.address) for each in opened] == [(way, address)]
    assert row.not_after == challenge.expires and switchboard.kind_of(row.channel) == way
    card = Card.from_dict(row.card or {})
    assert card.summary == f"{challenge.code} est votre code pour GW desk."
    assert ("STOP" in card.short) == (kind == "phone") and ", ".join(challenge.code) in card.spoken
    after = await people.confirm("ana", challenge.kind, challenge.code)  # type: ignore[arg-type]
    assert after.verified == (kind,)


async def test_nothing_is_sent_to_an_address_that_was_stopped_or_asked_for_too_often(
    people: PeopleService, database: Database, clock: ManualClock
) -> None:
    await people.stop("phone", "+33612345678")
    with pytest.raises(RosterError, match="stopped with STOP"):
        async with database.write() as session:
            await send_code(session, "ana", "sms", desk="GW desk", now=clock.now())
    for attempt in range(2):
        try:
            async with database.write() as session:
                await send_code(session, "ana", "email", desk="GW desk", now=clock.now())
        except RosterError as error:
            assert attempt == 1 and "enough codes" in str(error)
    async with database.read() as session:
        assert len((await session.scalars(select(OutboxRow))).all()) == 1

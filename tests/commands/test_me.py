"""`me …`: what people say of themselves, in the chat where they are."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from cards.card import Card
from commands.request import Account
from notifiers.tables import OutboxRow
from tests.commands.desk import ANA, BO, DORA, AskedDesk

NEW = Account("discord", "223456789012345678", locale="pt-BR")


async def test_a_zone_is_taken_once_its_time_was_shown_back_and_confirmed(desk: AskedDesk) -> None:
    asked = await desk.ask("me zone Asia/Tokyo")
    assert "In Asia/Tokyo it is 12:00, 20.11. now" in asked.words
    assert (await desk.rooms.people.person("ana")).timezone == "Europe/Paris"
    assert "those of Asia/Tokyo" in (await desk.press(asked.button("Yes"))).words
    assert (await desk.rooms.people.person("ana")).timezone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("line", "account", "offered"),
    [
        ("me zone Chile", ANA, ["America/Santiago 00:00", "Pacific/Easter 22:00"]),
        ("me zone Asia/Tokio", ANA, ["Asia/Tokyo 12:00"]),
        ("me zone", Account("slack", "U0ANA", timezone="Asia/Kathmandu"), ["Asia/Kathmandu 08:45"]),
        ("me zone", Account("discord", BO.id, locale="ja"), ["Asia/Tokyo 12:00"]),
    ],
)
async def test_zones_are_offered_by_country_by_near_name_and_by_the_chats_profile(
    desk: AskedDesk, line: str, account: Account, offered: list[str]
) -> None:
    asked = await desk.ask(line, account)
    for label in offered:
        action = asked.button(label)
    confirmed = await desk.press(action, account)
    assert "Is this what your clock shows?" in confirmed.words


async def test_an_account_is_linked_with_a_code_from_where_the_person_is_known(desk: AskedDesk) -> None:
    told = await desk.ask("me link")
    code = re.search(r"Your code is (\w+)", told.words)
    assert code and told.last.private
    assert "knows you here as ana" in (await desk.ask(f"me link {code[1]}", NEW)).words
    assert (await desk.rooms.people.person("ana")).discord == NEW.id
    stranger = Account("slack", "U0STRANGE")
    assert "no longer counts" in (await desk.ask(f"me link {code[1]}", stranger)).words
    assert "where the desk knows you" in (await desk.ask("me link", stranger)).words


async def test_an_address_is_confirmed_with_the_code_that_was_sent_there(desk: AskedDesk) -> None:
    assert "code is on its way" in (await desk.ask("me confirm sms +33 6 12 34 56 78")).words
    async with desk.rooms.database.read() as session:
        row = (await session.scalars(select(OutboxRow))).one()
    assert row.channel == "@ana/sms?"
    code = Card.from_dict(row.card or {}).summary[:6]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert "4 tries are left" in (await desk.ask(f"me confirm sms {wrong}")).words
    assert "is confirmed" in (await desk.ask(f"me confirm sms {code}")).words
    assert "sms" in await desk.rooms.people.usable("ana")
    assert "has no country" in (await desk.ask("me confirm sms 0612345678")).words


async def test_quiet_hours_are_set_and_taken_away_and_shown(desk: AskedDesk) -> None:
    assert "Quiet from 23:00 to 07:00" in (await desk.ask("me quiet 23:00-07:00")).words
    shown = (await desk.ask("me show")).words
    assert "quiet hours" in shown and "U0ANA" in shown
    assert "no quiet hours" in (await desk.ask("me quiet none")).words
    assert "awake" in (await desk.ask("me show")).words
    for wrong in ("me quiet late", "me quiet 25:00-07:00", "me quiet 23:00-23:00"):
        asked = await desk.ask(wrong)
        assert asked.words.count("\n") <= 3 and "Quiet from" not in asked.words
    assert "heures de silence" in (await desk.ask("me quiet none", DORA)).words


async def test_a_calendars_address_is_told_to_its_person_alone(desk: AskedDesk) -> None:
    assert "no public address" in (await desk.ask("me calendar")).words
    facts = type(desk.rooms.facts)(public_url="https://desk.example.org/")
    public = AskedDesk(desk.rooms.database, desk.clock, facts)
    asked = await public.ask("me calendar 30")
    token = re.search(r"https://desk\.example\.org/calendar/([\w-]+)\.ics", asked.words)
    assert token and asked.last.private

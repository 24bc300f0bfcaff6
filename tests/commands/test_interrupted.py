"""A command that was acknowledged and whose process died: who asked is told, once, and can have it done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from cards.card import Card
from cards.reader import Reader
from cards.text import render_text
from commands import desk as desk_module
from commands import sky_commands
from commands.command import Command, Nature
from commands.interrupted import Interrupted
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from commands.tables import SeenCallRow
from gcn.notice import Position
from notifiers.tables import OutboxRow
from store.clock import ManualClock
from tests.commands.desk import ANA, DORA, AskedDesk
from tests.events.story import attach, burst
from tests.platforms.works import Killed


@pytest.fixture
def dying(desk: AskedDesk) -> AskedDesk:
    """A desk with a command whose process dies while it is done, the first time."""
    lives = [False]

    async def handler(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
        if not lives[0]:
            lives[0] = True
            raise Killed
        from cards.answer_card import answer_card

        yield Reply(answer_card(request.reader, f"done with {request.text('what')}"))

    desk.desk.book.commands["begin"] = Command(
        "begin",
        "Begins something",
        handler,
        options=(
            Option("what", OptionKind.TEXT, "What", required=True),
            Option("code", OptionKind.TEXT, "A code", secret=True),
        ),
        nature=Nature.STARTS,
        examples=("begin it",),
    )
    return desk


async def owed(desk: AskedDesk) -> list[tuple[str, Card]]:
    async with desk.rooms.database.read() as session:
        rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        return [(row.channel, Card.from_dict(dict(row.card or {}))) for row in rows]


async def test_who_asked_is_told_once_and_can_have_it_done_now(dying: AskedDesk, clock: ManualClock) -> None:
    with pytest.raises(Killed):
        await dying.ask("begin ZTF", ANA, delivery="slack:1")
    assert (await dying.ask("begin ZTF", ANA, delivery="slack:1")).replies == [], "a repeat is not done"
    again = Interrupted(dying.rooms.database, clock)
    assert await again.tell(starting=True) == 1
    assert await again.tell(starting=True) == 0
    ((channel, card),) = await owed(dying)
    words = render_text(card, Reader())
    assert channel == "@ana/slack"
    assert "“begin what:ZTF” was cut off by a restart" in words
    (button,) = (each for block in card.blocks if block.kind == "buttons" for each in block.buttons)
    assert "done with ZTF" in (await dying.press((button.action, button.value), ANA)).words


async def test_what_was_answered_is_not_told_again(dying: AskedDesk, clock: ManualClock) -> None:
    with pytest.raises(Killed):
        await dying.ask("begin it", ANA)
    await dying.ask("begin it", ANA, delivery="slack:2")
    await dying.ask("me zone Europe/Rome", ANA, delivery="slack:3")
    assert await Interrupted(dying.rooms.database, clock).tell(starting=True) == 0
    assert await owed(dying) == []


async def test_a_secret_is_not_kept_with_the_call(dying: AskedDesk, clock: ManualClock) -> None:
    with pytest.raises(Killed):
        await dying.ask("begin what=ZTF code=very-secret", DORA, delivery="slack:4")
    async with dying.rooms.database.read() as session:
        (row,) = await session.scalars(select(SeenCallRow))
    assert "very-secret" not in str(row.call)
    await Interrupted(dying.rooms.database, clock).tell(starting=True)
    ((_, card),) = await owed(dying)
    assert "very-secret" not in str(card) and "command.run" not in str(card)
    assert "interrompu" in card.summary, "in the language of who asked"


@pytest.mark.parametrize("line", ["before anything", "while it is done"])
async def test_a_yes_that_was_said_and_whose_process_died_is_told_of(
    dying: AskedDesk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    async def question(request: Request, rooms: Rooms) -> Card:
        from cards.answer_card import answer_card

        return answer_card(request.reader, "Begin?")

    async def does(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
        from cards.answer_card import answer_card

        yield Reply(answer_card(request.reader, f"done with {request.text('what')}"))

    begin = replace(dying.desk.book.commands["begin"], question=question)
    if line == "before anything":
        begin = replace(begin, handler=does)
    dying.desk.book.commands["begin"] = begin
    yes = (await dying.ask("begin ZTF", ANA, delivery="slack:8")).button("Yes")
    with monkeypatch.context() as patched, pytest.raises(Killed):
        if line == "before anything":
            patched.setattr(desk_module, "check_permission", _second_time_dies())
        await dying.press(yes, ANA, "slack:9")
    assert await Interrupted(dying.rooms.database, clock).tell(starting=True) == 1
    ((channel, card),) = await owed(dying)
    assert channel == "@ana/slack" and "“begin what:ZTF” was cut off" in card.summary
    assert "has answered this already" in (await dying.press(yes, ANA, "slack:10")).words
    (button,) = (each for block in card.blocks if block.kind == "buttons" for each in block.buttons)
    asked = await dying.press((button.action, button.value), ANA, "slack:11")
    assert "Begin?" in asked.words, "it asks as the command itself does"
    monkeypatch.undo()
    assert "done with ZTF" in (await dying.press(asked.button("Yes"), ANA, "slack:12")).words
    assert await Interrupted(dying.rooms.database, clock).tell(starting=True) == 0


def _second_time_dies() -> Callable[..., None]:
    """The permission is looked at when somebody says yes, and once more when it is done: dead by then."""
    looks: list[object] = []

    def check(*looked_at: object) -> None:
        looks.append(looked_at)
        if len(looks) == 2:
            raise Killed

    return check


async def test_calls_of_a_process_elsewhere_are_told_of_when_it_cannot_be_doing_them_any_more(
    dying: AskedDesk, clock: ManualClock
) -> None:
    with pytest.raises(Killed):
        await dying.ask("begin ZTF", ANA, delivery="slack:5")
    async with dying.rooms.database.write() as session:
        await session.execute(update(SeenCallRow).values(owner="another-host:7"))
    interrupted = Interrupted(dying.rooms.database, clock)
    assert await interrupted.tell() == 0
    clock.jump(timedelta(minutes=31))
    assert await interrupted.tell() == 1


async def test_a_sky_map_whose_drawing_died_is_told_of_and_drawn_at_the_press_of_a_button(
    desk: AskedDesk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Position(ra=197.45, dec=-23.38, radius=3.0, containment=0.9)
    async with desk.rooms.database.write() as session:
        await attach(session, burst(position=where))

    async def dies(*_: object) -> bytes:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(sky_commands, "run_apart", dies)
        await desk.ask("sky 745811685 zoom:5", ANA, delivery="slack:6")
    assert await Interrupted(desk.rooms.database, clock).tell(starting=True) == 1
    ((channel, card),) = await owed(desk)
    assert channel == "@ana/slack"
    assert "“sky zoom:5 event:745811685” was cut off by a restart" in card.summary
    (button,) = (each for block in card.blocks if block.kind == "buttons" for each in block.buttons)
    drawn = await desk.press((button.action, button.value), ANA, "slack:7")
    assert drawn.last.pictures["sky_map"].startswith(b"\x89PNG")

"""What the desk adds to the cards of events: who is on shift, who has it, and what a reader can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Button, ButtonStyle, Card, Instant, Line, Text, joined, strong
from cards.change_note import change_note
from cards.event_card import event_card
from cards.reader import Reader
from events.state import EventState, RevisionState
from notifiers.outbox import add_edit, renew, thread_of
from notifiers.paging.advocates import Advocate, advocate_of
from notifiers.paging.parts import Parts
from notifiers.tables import ThreadRow
from shifts.service import OnDuty

PEOPLE_SHOWN = 6


@dataclass(frozen=True)
class DeskWords:
    """The cards of `cards/` with what this desk knows now: people on shift, the event's advocate, buttons."""

    duties: Sequence[OnDuty] = ()
    advocate: Advocate | None = None

    def card(self, state: EventState, now: datetime, reader: Reader) -> Card:
        line = () if state.retracted else self._on_shift(reader)
        buttons = () if state.retracted else self._buttons(state, reader)
        return event_card(state, now, reader, on_shift=line, actions=buttons)

    def change(self, before: RevisionState, after: RevisionState, reader: Reader) -> Card | None:
        return change_note(before, after, reader)

    def _on_shift(self, reader: Reader) -> Line:
        on = list(dict.fromkeys((shift.person, duty.role) for duty in self.duties for shift in duty.shifts))
        people: list[Line] = [(strong(person), Text(f" ({role})")) for person, role in on[:PEOPLE_SHOWN]]
        shift = reader.line("On shift: {people}", people=joined(people, ", ")) if people else ()
        if self.advocate is None:
            has: Line = (Text(reader.say("nobody has it yet")),)
        else:
            has = reader.line(
                "{person} has it since {time}",
                person=strong(self.advocate.person),
                time=Instant(self.advocate.since),
            )
        return joined([shift, has])

    def _buttons(self, state: EventState, reader: Reader) -> tuple[Button, ...]:
        if self.advocate is not None:
            # Short text: a button: I take it from who has it.
            # Short text: button that takes an event over from somebody
            return (Button("event.take", reader.say("Take over"), state.event),)
        # Short text: a button: I deal with it.
        # Short text: button that takes an event in hand
        return (Button("event.take", reader.say("I have it"), state.event, ButtonStyle.PRIMARY),)


async def desk_words(session: AsyncSession, event: str, duties: Sequence[OnDuty] = ()) -> DeskWords:
    """The words for an event as the desk stands now."""
    return DeskWords(duties, await advocate_of(session, event))


async def refresh_event_cards(
    session: AsyncSession,
    state: EventState,
    parts: Parts,
    now: datetime,
    duties: Sequence[OnDuty] = (),
) -> None:
    """Let the event's cards in all channels show who has it now."""
    words = await desk_words(session, state.event, duties or await parts.on_duty(now))
    names = await session.scalars(
        select(ThreadRow.channel).where(ThreadRow.event == state.event).order_by(ThreadRow.channel)
    )
    for name in names.all():
        config = parts.configs.get(name)
        thread = await thread_of(session, name, state.event) if config is not None else None
        if thread is None or config is None:
            continue
        renew(thread, words.card(state, now, config.reader), now)
        await add_edit(session, thread, now)

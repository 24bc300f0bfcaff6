"""The cards of one event that people have, each their own: written and changed thousands at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from events.state import EventState
from notifiers.destinations import direct, person_and_way
from notifiers.outbox import described_pictures
from notifiers.owing import KEYS_AT_ONCE, lane_of, new_nonce, post_key, values_of, write_rows
from notifiers.tables import OPEN, WAITING, Kind, OutboxRow, State, ThreadRow
from shifts.contact import Way
from store.upsert import insert

EDITED_SILENTLY = frozenset({"slack", "discord"})
"""Ways by which a message that stands can be changed without a sound. By the others nothing is edited."""

Content = dict[str, Any]


@dataclass
class PersonalCards:
    """What people were sent of one event, locked, and what this decision adds.

    Promises: as `notifiers.outbox` for channels: one card for a person and way, edits that wait are merged,
    nothing twice; in a fixed number of statements, however many people.
    """

    state: EventState
    now: datetime
    threads: dict[str, list[ThreadRow]] = field(default_factory=lambda: defaultdict(list))
    posts: dict[str, OutboxRow] = field(default_factory=dict)  # first notices not out yet, by channel
    _rows: list[Content] = field(default_factory=list)
    _threads: list[Content] = field(default_factory=list)
    _edited: list[str] = field(default_factory=list)

    def of(self, person: str) -> list[ThreadRow]:
        """The cards a person has, the latest first."""
        return self.threads.get(person, [])

    def post(self, person: str, way: Way, card: Content, known: str, routes: Iterable[str]) -> None:
        """Owe a person the event's card."""
        channel, event = direct(person, way), self.state.event
        nonce, newest = new_nonce(), self.state.newest
        self._threads.append(
            {
                "channel": channel,
                "event": event,
                "nonce": nonce,
                "card": card,
                "known": known,
                "revision_id": newest.id,
                "version": 0,
                "parts": [],
                "pictures": {},
                "created": self.now,
                "changed": self.now,
            }
        )
        values = values_of(Kind.POST, post_key(channel, event), channel, event, self.now)
        # The words are the card's own, taken when they are sent: not kept twice for two thousand people.
        self._rows.append(
            self._columns(values, None, nonce=nonce, routes=list(routes), issued=newest.notice.issued)
        )

    def renew(self, thread: ThreadRow, card: Content, known: str) -> bool:
        """Let a card show what is known now; True where its owner has read other words."""
        if thread.pictures:
            before, after = described_pictures(thread.card), described_pictures(card)
            thread.pictures = {k: v for k, v in thread.pictures.items() if before.get(k) == after.get(k)}
        thread.card, thread.known, thread.changed = card, known, self.now
        post = self.posts.get(thread.channel)
        if post is not None and post.state == State.DEAD.value and thread.message is None:
            post.state, post.attempts, post.not_before, post.error = State.PENDING.value, 0, self.now, None
        if post is not None and post.state == State.PENDING.value and post.attempts == 0:
            thread.revision_id = self.state.newest.id
            return False
        way = person_and_way(thread.channel)
        waits = post is not None and post.state in WAITING
        if not waits and way is not None and way[1] in EDITED_SILENTLY:
            thread.version += 1
            key = f"{lane_of(thread.channel, thread.event)}|edit|{thread.version}"
            values = values_of(Kind.EDIT, key, thread.channel, thread.event, self.now)
            self._rows.append(self._columns(values, card, nonce=thread.nonce))
            self._edited.append(thread.channel)
        return True

    def reply(self, thread: ThreadRow, note: Content) -> None:
        """Owe a person what the newest revision changed."""
        newest = self.state.newest
        key = f"{lane_of(thread.channel, thread.event)}|reply|{newest.id}"
        values = values_of(Kind.REPLY, key, thread.channel, thread.event, self.now)
        self._rows.append(self._columns(values, note))
        thread.revision_id = newest.id

    async def write(self, session: AsyncSession) -> int:
        """Write all that was added; says how many messages are owed that were not before."""
        if self._threads:
            # Another replica may have told them meanwhile: then its cards stand.
            await session.execute(insert(session, ThreadRow).on_conflict_do_nothing(), self._threads)
        for start in range(0, len(self._edited), KEYS_AT_ONCE):
            await session.execute(
                update(OutboxRow)
                .where(
                    OutboxRow.event == self.state.event,
                    OutboxRow.channel.in_(self._edited[start : start + KEYS_AT_ONCE]),
                    OutboxRow.kind == Kind.EDIT.value,
                    OutboxRow.amends.is_(None),
                    OutboxRow.state.in_(WAITING),
                )
                .values(state=State.SUPERSEDED.value)
                .execution_options(synchronize_session=False)
            )
        await session.flush()
        return len(await write_rows(session, self._rows)) if self._rows else 0

    def _columns(
        self,
        values: Content,
        card: Content | None,
        *,
        nonce: str | None = None,
        routes: list[str] | None = None,
        issued: datetime | None = None,
    ) -> Content:
        return values | {
            "nonce": nonce or values["nonce"],
            "card": card,
            "revision_id": self.state.newest.id,
            "routes": routes or [],
            "issued": issued,
        }


async def cards_of(session: AsyncSession, state: EventState, now: datetime) -> PersonalCards:
    """The cards that people have of an event, locked until the transaction ends."""
    found = PersonalCards(state, now)
    mine = (ThreadRow.event == state.event, ThreadRow.channel.like("@%"))
    threads = await session.scalars(
        select(ThreadRow)
        .where(*mine)
        .order_by(ThreadRow.changed.desc(), ThreadRow.id.desc())
        .options(defer(ThreadRow.card))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for thread in threads:
        if thread.pictures:  # only then the old words matter
            await session.refresh(thread, ["card"])
        meant = person_and_way(thread.channel)
        if meant is not None:
            found.threads[meant[0]].append(thread)
    if found.threads:
        unfinished = OutboxRow.state.in_((*OPEN, State.DEAD.value))
        posts = await session.scalars(
            select(OutboxRow).where(
                OutboxRow.event == state.event,
                OutboxRow.kind == Kind.POST.value,
                OutboxRow.channel.like("@%"),
                unfinished,
            )
        )
        found.posts = {post.channel: post for post in posts}
    return found

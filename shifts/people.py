"""The one way to people in the store: who they are, how they are reached, what they change themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shifts import people_store, verification
from shifts.contact import ADDRESS_OF, CONFIRMED_BY_OWNER, KINDS, AddressKind, Way
from shifts.errors import RosterError, did_you_mean, worded
from shifts.people_file import People, Person
from shifts.verification import Challenge, WrongCode
from store import audit
from store.clock import Clock
from store.database import Database

FOR_ADMINISTRATORS = ("permissions", "roles", "verified", "stopped")
"""What a person does not change about themselves."""


@dataclass(frozen=True)
class Imported:
    """What an import did, by name."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


class PeopleService:
    """People, each method in a transaction of its own; `people_store` has the same for a caller's session.

    Promises: an address belongs to one person; e-mail and phone are usable once their owner confirmed them
    (or an administrator vouched) and for as long as no STOP came; every change is in the audit. Names that
    nobody has are answered with the nearest, as a `RosterError`.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def person(self, name: str) -> Person:
        """The person of this name. Raises `RosterError` with the nearest names."""
        async with self._database.read() as session:
            return await people_store.person(session, name)

    async def everybody(self) -> People:
        """Everybody, by name."""
        async with self._database.read() as session:
            return await people_store.everybody(session)

    async def find(self, kind: AddressKind, address: str) -> Person | None:
        """Whose linked account, confirmed e-mail or confirmed phone this is, however it is written."""
        async with self._database.read() as session:
            return await people_store.find(session, kind, address)

    async def usable(self, name: str) -> frozenset[Way]:
        """The ways by which a person may be told or paged now. Raises `RosterError`."""
        return (await self.person(name)).usable()

    async def address(self, name: str, way: Way) -> str | None:
        """Where a way leads to, None where it may not be used. Raises `RosterError`."""
        found = await self.person(name)
        return found.address(ADDRESS_OF[way]) if way in found.usable() else None

    async def put(self, people: People, *, by: str, where: str = "terminal") -> Imported:
        """Import a file on an administrator's word: accounts in it are linked, what it calls verified is.

        People it does not name stay as they are. All or nothing: raises `RosterError` for an address that
        belongs to somebody else.
        """
        done: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
        now = self._clock.now()
        async with self._database.write() as session:
            # what one of the file gives up another of the file may take, in whatever order they stand
            await people_store.release_addresses(session, people)
            # in one order everywhere, or two imports could wait for each other
            for wanted in sorted(people.people, key=lambda each: each.name):
                _, result = await people_store.write_person(
                    session, wanted, by=by, where=where, vouch=True, now=now
                )
                done[result].append(wanted.name)
        return Imported(*(tuple(done[key]) for key in ("added", "changed", "unchanged")))

    async def change(
        self,
        name: str,
        changes: Mapping[str, Any],
        *,
        by: str,
        where: str = "terminal",
        administrator: bool = False,
    ) -> Person:
        """Change keys of the file (`{"timezone": "Asia/Tokyo", "phone": None}`; None takes one away).

        A changed e-mail or phone has to be confirmed anew. Permissions, roles, a word that an address is
        verified, and a chat account without a code are an `administrator`'s. Raises `RosterError`.
        """
        if not administrator:
            _check_own(changes)
        async with self._database.write() as session:
            before = await people_store.person(session, name)
            wanted = _changed(before, changes)
            after, _ = await people_store.write_person(
                session, wanted, by=by, where=where, vouch=administrator, now=self._clock.now()
            )
            return after

    async def unlink(self, name: str, kind: AddressKind, *, by: str, where: str = "terminal") -> Person:
        """Take an address away, with the contact rules that lead over it. Raises `RosterError`."""
        async with self._database.write() as session:
            before = await people_store.person(session, name)
            if before.address(kind) is None:
                raise RosterError(worded("{person} has no {kind} to unlink"), person=name, kind=kind)
            rules = [rule.to_dict() for rule in before.contact if ADDRESS_OF[rule.by] != kind]
            after, _ = await people_store.write_person(
                session, _changed(before, {kind: None, "contact": rules}), by=by, where=where, vouch=False,
                now=self._clock.now(),
            )  # fmt: skip
            return after

    async def remove(self, name: str, *, by: str, where: str = "terminal") -> None:
        """Take a person out. Rosters that name them are not touched. Raises `RosterError`."""
        async with self._database.write() as session:
            await people_store.remove_person(session, name, by=by, where=where, now=self._clock.now())

    async def begin_verification(self, name: str, kind: AddressKind) -> Challenge:
        """A six-digit code for the person's e-mail or phone, for the caller to send. Raises `RosterError`."""
        async with self._database.write() as session:
            found = await people_store.person(session, name)
            return await verification.begin(session, found, kind, now=self._clock.now())

    async def confirm(self, name: str, kind: AddressKind, code: str, *, where: str = "terminal") -> Person:
        """The person gives back the code: the address is verified. Raises `WrongCode`, or `RosterError`
        where no code counts any more."""
        now = self._clock.now()
        async with self._database.write() as session:
            found = await people_store.person(session, name)
            right, left = await verification.confirm(session, found, kind, code, now=now)
            await audit.record(
                session, who=name, where=where, what="person.verify", subject=name,
                result="verified" if right else "wrong code", details={"kind": kind}, at=now,
            )  # fmt: skip
            after = await people_store.person(session, name)
        if not right:
            raise WrongCode(f"that is not the code that was sent to {name}'s {kind}; {left} tries are left")
        return after

    async def begin_link(self, name: str) -> Challenge:
        """A code to be shown to a person where they are known, and typed where they are not yet."""
        async with self._database.write() as session:
            found = await people_store.person(session, name)
            return await verification.begin_link(session, found, now=self._clock.now())

    async def link(self, code: str, kind: AddressKind, account: str, *, where: str) -> Person:
        """Link the chat account from which `code` came to the person who was given it.

        Raises `RosterError` for a code that does not count, or an account that is somebody else's.
        """
        now = self._clock.now()
        async with self._database.write() as session:
            name = await verification.linked_by(session, code, now=now)
            if name is None or kind in CONFIRMED_BY_OWNER:
                raise RosterError(
                    "that is not a code that links accounts, or it no longer counts: ask for one"
                )
            before = await people_store.person(session, name)
            after, _ = await people_store.write_person(
                session, _changed(before, {kind: account}), by=name, where=where, vouch=False, now=now
            )
            return after

    async def stop(self, kind: AddressKind, address: str, *, where: str = "sms") -> Person | None:
        """Honour STOP from an address, confirmed or not; whose it is."""
        async with self._database.write() as session:
            return await people_store.set_stopped(
                session, kind, address, stopped=True, where=where, now=self._clock.now()
            )

    async def start(self, kind: AddressKind, address: str, *, where: str = "sms") -> Person | None:
        """Honour START from an address: it is usable again, if it was confirmed before."""
        async with self._database.write() as session:
            return await people_store.set_stopped(
                session, kind, address, stopped=False, where=where, now=self._clock.now()
            )


def _check_own(changes: Mapping[str, Any]) -> None:
    for key in changes:
        if key in FOR_ADMINISTRATORS:
            raise RosterError(f"{key} is changed by an administrator only")
        if key in KINDS and key not in CONFIRMED_BY_OWNER and changes[key] is not None:
            raise RosterError(
                f"a {key} account is linked with a code from another chat, or by an administrator"
            )


def _changed(before: Person, changes: Mapping[str, Any]) -> Person:
    """The person with keys changed; a confirmation goes with the address it was of."""
    for key in changes:
        if key not in Person.model_fields:
            raise RosterError(f"{key!r} is not a key of a person; {did_you_mean(key, Person.model_fields)}")
    if changes.get("name", before.name) != before.name:
        raise RosterError(f"{before.name} keeps that name: rosters and their history know the person by it")
    values = {**before.to_dict(), **changes}
    for state in people_store.STATE_KEYS:
        if state not in changes:
            moved = {kind for kind in KINDS if kind in changes and changes[kind] != before.address(kind)}
            values[state] = [kind for kind in values.get(state, ()) if kind not in moved]
    return Person.from_dict({key: value for key, value in values.items() if value is not None})

"""People in a transaction: read with the present state of their addresses, written and audited."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.contact import CONFIRMED_BY_OWNER, KINDS, AddressKind, masked, same
from shifts.errors import Nearest, RosterError, worded
from shifts.people_file import People, Person
from shifts.tables import ContactMethodRow, PersonRow, StoppedAddressRow
from shifts.zones import known_zones
from store import audit

log = logging.getLogger(__name__)

NEEDED_TO_PAGE = frozenset({"name", *KINDS, "verified", "stopped", "permissions", "contact", "roles"})
"""What is kept of a stored entry that cannot be read whole."""

STATE_KEYS = ("verified", "stopped")
"""Keys of the file that are the state of addresses, not of the person's entry."""


async def person(session: AsyncSession, name: str) -> Person:
    """The person of this name. Raises `RosterError` with the nearest names."""
    return (await _people(session, [await person_row(session, name)]))[0]


async def person_row(session: AsyncSession, name: str, *, lock: bool = False) -> PersonRow:
    """The row of a person. Raises `RosterError` with the nearest names."""
    wanted = select(PersonRow).where(PersonRow.name == name)
    row: PersonRow | None = await session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        names = await session.scalars(select(PersonRow.name))
        raise RosterError(
            worded("nobody is called “{name}”; {hint}"), name=name, hint=Nearest(name, tuple(names))
        )
    return row


async def everybody(session: AsyncSession) -> People:
    """Everybody, by name."""
    rows = (await session.scalars(select(PersonRow).order_by(PersonRow.name))).all()
    return People.model_construct(people=tuple(await _people(session, rows)))


async def find(
    session: AsyncSession, kind: AddressKind, address: str, *, confirmed: bool = True
) -> Person | None:
    """Whose address this is, however it is written.

    An e-mail or phone that nobody has confirmed tells nothing about who writes from it: such a one is found
    only where `confirmed` is False.
    """
    wanted = (
        select(PersonRow)
        .join(ContactMethodRow, ContactMethodRow.person_id == PersonRow.id)
        .where(ContactMethodRow.kind == kind, ContactMethodRow.address == same(kind, address))
    )
    if confirmed and kind in CONFIRMED_BY_OWNER:
        wanted = wanted.where(ContactMethodRow.verified.is_not(None))
    row: PersonRow | None = await session.scalar(wanted)
    return None if row is None else (await _people(session, [row]))[0]


async def write_person(
    session: AsyncSession, wanted: Person, *, by: str, where: str, vouch: bool, now: datetime
) -> tuple[Person, str]:
    """Store `wanted` under its name: how it stands then, and `added`, `changed` or `unchanged`.

    An address keeps its confirmation for as long as it stays the same. With `vouch` what `verified` names
    counts as confirmed. `stopped` can be set here and never be taken away. Raises `RosterError` for an
    address that is somebody else's.
    """
    row: PersonRow | None = await session.scalar(
        select(PersonRow).where(PersonRow.name == wanted.name).with_for_update()
    )
    before = None if row is None else (await _people(session, [row]))[0]
    if row is None:
        row = PersonRow(name=wanted.name)
        session.add(row)
    document = {key: value for key, value in wanted.to_dict().items() if key not in STATE_KEYS}
    if before is None or row.document != document:
        row.document, row.timezone, row.changed = document, wanted.timezone, now
    try:
        await session.flush()
        await _write_addresses(session, row, wanted, vouch=vouch, now=now)
    except IntegrityError:
        raise RosterError(
            worded(
                "{person}: that name, or one of these addresses, was given to somebody just now; look "
                "again, then try again"
            ),
            person=wanted.name,
        ) from None
    after = (await _people(session, [row]))[0]
    result = "added" if before is None else "unchanged" if after == before else "changed"
    if result != "unchanged":
        changes = differences(before, after)
        await audit.record(
            session, who=by, where=where, what="person", subject=wanted.name, result=result,
            details=changes, at=now,
        )  # fmt: skip
    return after, result


async def release_addresses(session: AsyncSession, people: People) -> None:
    """Take from the people of a file what addresses they gave up, so that others of it may take them."""
    kept = {
        (each.name, kind, same(kind, address))
        for each in people.people
        for kind in KINDS
        if (address := each.address(kind)) is not None
    }
    stored = await session.execute(
        select(PersonRow.name, ContactMethodRow)
        .join(PersonRow, PersonRow.id == ContactMethodRow.person_id)
        .where(PersonRow.name.in_([each.name for each in people.people]))
    )
    for name, method in stored.all():
        if (name, method.kind, method.address) not in kept:
            await session.delete(method)
    await session.flush()


async def remove_person(session: AsyncSession, name: str, *, by: str, where: str, now: datetime) -> None:
    """Take a person out with addresses and codes. Rosters that name them are not touched."""
    row = await person_row(session, name, lock=True)
    gone = (await _people(session, [row]))[0]
    await session.execute(delete(ContactMethodRow).where(ContactMethodRow.person_id == row.id))
    await session.delete(row)
    await audit.record(
        session, who=by, where=where, what="person", subject=name, result="removed",
        details=differences(gone, None), at=now,
    )  # fmt: skip


async def set_stopped(
    session: AsyncSession, kind: AddressKind, address: str, *, stopped: bool, where: str, now: datetime
) -> Person | None:
    """Honour STOP or START from an address; whose it is, if anybody's. Said again it changes nothing."""
    key = same(kind, address)
    row = await session.get(StoppedAddressRow, (kind, key), with_for_update=True)
    if stopped == (row is not None):
        return await find(session, kind, key, confirmed=False)
    if row is None:
        session.add(StoppedAddressRow(kind=kind, address=key, since=now))
    else:
        await session.delete(row)
    await session.flush()
    owner = await find(session, kind, key, confirmed=False)
    who = owner.name if owner is not None else masked(kind, key)
    await audit.record(
        session, who=who, where=where, what="person.address", subject=who,
        result="stopped" if stopped else "started", details={"kind": kind, "address": masked(kind, key)},
        at=now,
    )  # fmt: skip
    return owner


def differences(before: Person | None, after: Person | None) -> dict[str, Any]:
    """What changed, key by key, for the audit: addresses are masked."""
    old, new = _audited(before), _audited(after)
    return {
        key: {"before": old.get(key), "after": new.get(key)}
        for key in [*old, *(key for key in new if key not in old)]
        if old.get(key) != new.get(key)
    }


def _audited(person: Person | None) -> dict[str, Any]:
    if person is None:
        return {}
    values = person.to_dict()
    return {key: masked(key, value) if key in KINDS else value for key, value in values.items()}


async def _people(session: AsyncSession, rows: Sequence[PersonRow]) -> list[Person]:
    """The rows as people, with the present state of their addresses."""
    ids = {row.id for row in rows}
    wanted = select(ContactMethodRow.person_id, ContactMethodRow.kind, ContactMethodRow.address)
    confirmed = wanted.where(ContactMethodRow.verified.is_not(None))
    stopped = wanted.join(
        StoppedAddressRow,
        (StoppedAddressRow.kind == ContactMethodRow.kind)
        & (StoppedAddressRow.address == ContactMethodRow.address),
    )
    if len(rows) == 1:
        confirmed, stopped = (
            each.where(ContactMethodRow.person_id == rows[0].id) for each in (confirmed, stopped)
        )
    found: dict[str, dict[int, list[str]]] = {key: {} for key in STATE_KEYS}
    for key, statement in zip(STATE_KEYS, (confirmed, stopped), strict=True):
        for person_id, kind, _ in await session.execute(statement):
            if person_id in ids and (key == "stopped" or kind in CONFIRMED_BY_OWNER):
                found[key].setdefault(person_id, []).append(kind)
    return [_person(row, {key: found[key].get(row.id, []) for key in STATE_KEYS}) for row in rows]


def _person(row: PersonRow, state: Mapping[str, Iterable[str]]) -> Person:
    """Kinds stand in one order, so that a person who was read twice is the same."""
    ordered = {key: [kind for kind in KINDS if kind in kinds] for key, kinds in state.items()}
    values = {**row.document, **ordered}
    try:
        return Person.from_dict(values)
    except RosterError as error:
        # A zone or calendar that this version does not know any more: rather a page too early than none.
        log.warning("%s: %s; left out until it is mended", row.name, error)
    needed = {key: value for key, value in values.items() if key in NEEDED_TO_PAGE}
    zone = row.timezone if row.timezone in known_zones() else "UTC"
    return Person.from_dict({**needed, "timezone": zone})


async def _write_addresses(
    session: AsyncSession, row: PersonRow, wanted: Person, *, vouch: bool, now: datetime
) -> None:
    addresses = {
        (kind, same(kind, address)): address
        for kind in KINDS
        if (address := wanted.address(kind)) is not None
    }
    stored = {
        (method.kind, method.address): method
        for method in await session.scalars(
            select(ContactMethodRow).where(ContactMethodRow.person_id == row.id)
        )
    }
    for key, gone in stored.items():
        if key not in addresses:
            await session.delete(gone)
    await session.flush()
    await _check_free(session, row, addresses)
    for kind, address in addresses:
        method = stored.get((kind, address))
        if method is None:
            method = ContactMethodRow(person_id=row.id, kind=kind, address=address, verified=None)
            session.add(method)
        if vouch and kind in wanted.verified and method.verified is None:
            method.verified = now
        if kind in wanted.stopped and await session.get(StoppedAddressRow, (kind, address)) is None:
            session.add(StoppedAddressRow(kind=kind, address=address, since=now))
    await session.flush()


async def _check_free(
    session: AsyncSession, row: PersonRow, addresses: Mapping[tuple[AddressKind, str], str]
) -> None:
    taken = await session.execute(
        select(PersonRow.name, ContactMethodRow.kind, ContactMethodRow.address)
        .join(PersonRow, PersonRow.id == ContactMethodRow.person_id)
        .where(
            tuple_(ContactMethodRow.kind, ContactMethodRow.address).in_(list(addresses)),
            ContactMethodRow.person_id != row.id,
        )
    )
    written = {(str(kind), address): text for (kind, address), text in addresses.items()}
    for owner, kind, address in taken:
        raise RosterError(
            worded("{person}: the {kind} {address} is {owner}'s already; unlink it there first"),
            person=row.name,
            kind=kind,
            address=written[kind, address],
            owner=owner,
        )

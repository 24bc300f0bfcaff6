"""The directory: where a person's way leads at this moment, and in which language and zone they read."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader
from notifiers.channels.base import Never
from shifts import people_store
from shifts.contact import ADDRESS_OF
from shifts.errors import RosterError
from shifts.people_file import Person
from shifts.permissions import Permission, may


@dataclass(frozen=True)
class Contact:
    """A person's address of one kind, and the reader behind it."""

    address: str = field(repr=False)
    reader: Reader


async def contact_of(session: AsyncSession, name: str, way: str, *, confirmed: bool = True) -> Contact:
    """Where `@name/way` leads now; with `confirmed` False also an address that nobody has confirmed yet.

    Raises Never, which says why it leads nowhere and who can mend that.
    """
    kinds = {str(known): kind for known, kind in ADDRESS_OF.items()}
    if way not in kinds:
        raise Never(f"{way!r} is no way to reach a person; known are: {', '.join(kinds)}")
    try:
        person = await people_store.person(session, name)
    except RosterError as error:
        raise Never(str(error)) from None
    kind = kinds[way]
    address = person.address(kind)
    if address is None:
        raise Never(f"{name} has no {kind}: it is missing from their entry")
    if kind in person.stopped:
        raise Never(f"{name} has stopped messages to their {kind} (STOP); only they can start them again")
    if confirmed and way not in person.usable():
        raise Never(f"{name} has not confirmed their {kind} yet: they have to, or an administrator for them")
    return Contact(address, reader_of(person))


def reader_of(person: Person) -> Reader:
    """In whose language and zone a person reads."""
    return Reader(person.locale, person.timezone)


async def administrators(session: AsyncSession) -> tuple[Person, ...]:
    """Those who mend the desk when it cannot tell anybody by its usual ways."""
    everybody = await people_store.everybody(session)
    return tuple(each for each in everybody.people if may(each, Permission.ADMINISTRATOR))

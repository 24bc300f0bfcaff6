"""People in the store: imported and exported as the people file says them."""

from __future__ import annotations

from sqlalchemy import delete, select

from shifts.people_file import People, Person
from shifts.tables import ContactMethodRow, PersonRow
from store.clock import Clock
from store.database import Database

ADDRESSES = ("slack", "discord", "email", "phone")


class Directory:
    """The people the desk knows. An import adds and changes the people it names and leaves the others alone.

    An address keeps its confirmation as long as it stays the same; a changed one has to be confirmed anew.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def put(self, people: People) -> tuple[int, int]:
        """Store `people`; how many were new, how many were changed."""
        added = changed = 0
        async with self._database.write() as session:
            rows = {row.name: row for row in await session.scalars(select(PersonRow))}
            for person in people.people:
                row = rows.get(person.name)
                document = person.to_dict()
                if row is None:
                    row = PersonRow(name=person.name)
                    session.add(row)
                    added += 1
                elif row.document == document:
                    continue
                else:
                    changed += 1
                row.document, row.timezone, row.changed = document, person.timezone, self._clock.now()
                await session.flush()
                known = {
                    (method.kind, method.address)
                    for method in await session.scalars(
                        select(ContactMethodRow).where(ContactMethodRow.person_id == row.id)
                    )
                }
                wanted = _addresses(person)
                for kind, address in known - wanted:
                    await session.execute(
                        delete(ContactMethodRow).where(
                            ContactMethodRow.person_id == row.id,
                            ContactMethodRow.kind == kind,
                            ContactMethodRow.address == address,
                        )
                    )
                session.add_all(
                    ContactMethodRow(person_id=row.id, kind=kind, address=address)
                    for kind, address in sorted(wanted - known)
                )
        return added, changed

    async def all(self) -> People:
        """Everybody, by name."""
        async with self._database.read() as session:
            documents = await session.scalars(select(PersonRow.document).order_by(PersonRow.name))
            return People(people=tuple(Person.from_dict(document) for document in documents))


def _addresses(person: Person) -> set[tuple[str, str]]:
    found = {(kind, getattr(person, kind)) for kind in ADDRESSES}
    return {(kind, address) for kind, address in found if address is not None}

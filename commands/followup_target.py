"""Whom a follow-up request goes to: the instrument by any of its names, its allocation, who may ask it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cards.cleaning import clean
from commands.errors import CommandError, NotAllowed
from commands.options import Choice
from commands.portals import own_token, portal_of
from commands.request import Request
from commands.rooms import Rooms
from commands.source_commands import source_named
from facilities.facility import Facility
from platforms.skyportal import followup
from platforms.skyportal.allocations import FOLLOW_UP, Allocation, allocations
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.followup import FollowupRequest
from platforms.skyportal.forms import InstrumentForm
from platforms.skyportal.sources import Source
from shifts.permissions import may_trigger


@dataclass(frozen=True)
class Target:
    """What a request is for: source, instrument by an allocation, and the telescope as this desk knows it.

    `requests` are those of the source there are, newest first; `changed` the one that is to be changed.
    """

    portal: SkyPortal
    token: str | None
    source: Source
    allocation: Allocation
    facility: Facility | None
    form: InstrumentForm
    requests: tuple[FollowupRequest, ...]
    changed: FollowupRequest | None = None

    @property
    def duplicates(self) -> tuple[FollowupRequest, ...]:
        """Other open requests of the same source by the same allocation."""
        return tuple(
            each
            for each in self.requests
            if each.open and each.allocation == self.allocation.id and each != self.changed
        )

    @property
    def name(self) -> str:
        return self.facility.name if self.facility is not None else self.allocation.name


async def target_of(request: Request, rooms: Rooms) -> Target:
    """Everything that is meant, looked up. Raises CommandError at the option that is wrong, or NotAllowed."""
    name = request.text("instrument").strip()
    facility = _facility(rooms, name)
    portal = portal_of(request, rooms, facility.name if facility is not None else None)
    token = await own_token(request, rooms, portal)
    allocation = await _allocation(request, portal, name, facility, token)
    facility = facility or _facility(rooms, allocation.telescope)
    _may(request, rooms, name, allocation, facility)
    source = await source_named(request, portal, token)
    form = await followup.form(portal, allocation.instrument.id, token=token)
    requests = await followup.requests_of(portal, source.name, token=token)
    target = Target(portal, token, source, allocation, facility, form, requests)
    number = request.number_or_none("request")
    return target if number is None else replace(target, changed=_changed(request, target, int(number)))


def _changed(request: Request, target: Target, number: int) -> FollowupRequest:
    """The request that is to be changed. Raises CommandError where it cannot be."""
    reader, portal = request.reader, target.portal.name
    own = [each for each in target.requests if each.allocation == target.allocation.id and each.open]
    found = next((each for each in target.requests if each.id == number), None)
    if found is None or found.allocation != target.allocation.id:
        raise CommandError(
            reader.say(
                "{portal} has no request {number} of {instrument} for {source}; open there: {known}.",
                portal=portal,
                number=number,
                instrument=target.allocation.name,
                source=clean(target.source.name),
                known=reader.listing([str(each.id) for each in own]) if own else reader.say("none"),
            ),
            option="request",
            choices=tuple(Choice(str(each.id), str(each.id)) for each in own[:5]),
        )
    if not found.open:
        said = reader.say(
            "Request {number} is not open any more ({status}): ask anew.",
            number=number,
            status=clean(found.status)[:80],
        )
        raise CommandError(said, option="request")
    if "update" not in target.form.can:
        said = reader.say(
            "{instrument} takes no changes at {portal}: take the request back and ask anew.",
            instrument=target.allocation.name,
            portal=portal,
        )
        raise CommandError(said, option="request")
    return found


def _facility(rooms: Rooms, name: str) -> Facility | None:
    """The telescope of this desk that goes by a name, here or there."""
    folded = name.casefold()
    for each in rooms.facilities:
        if folded in {word.casefold() for word in (each.name, *each.aliases, each.skyportal or "") if word}:
            return each
    return None


async def _allocation(
    request: Request, portal: SkyPortal, name: str, facility: Facility | None, token: str | None
) -> Allocation:
    """The allocation of an instrument: by its name, its telescope's, or the proposal."""
    reader = request.reader
    found = await allocations(portal, FOLLOW_UP, token=token)
    words = {name.casefold()}
    if facility is not None:
        words |= {
            each.casefold() for each in (facility.name, *facility.aliases, facility.skyportal or "") if each
        }
    of_instrument = [each for each in found if {name.casefold() for name in each.names} & words]
    fitting, proposal = of_instrument, request.text_or_none("allocation")
    if proposal is not None:
        fitting = [
            each
            for each in of_instrument or found
            if proposal.casefold() in (each.proposal.casefold(), str(each.id))
        ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = tuple(Choice(each.proposal or str(each.id), each.label) for each in fitting)
        raise CommandError(
            reader.say(
                "There are several allocations of {instrument}: {known}.",
                instrument=clean(name)[:40],
                known=reader.listing([each.label for each in names]),
            ),
            option="allocation",
            choices=names,
        )
    if proposal is not None and of_instrument:
        raise CommandError(
            reader.say(
                "{portal} has no allocation “{allocation}” on {instrument}; there is: {known}.",
                portal=portal.name,
                allocation=clean(proposal)[:40],
                instrument=clean(name)[:40],
                known=reader.listing([each.label for each in of_instrument]),
            ),
            option="allocation",
            choices=tuple(Choice(each.proposal or str(each.id), each.label) for each in of_instrument[:5]),
        )
    known = tuple(dict.fromkeys(each.name for each in found))
    raise CommandError(
        reader.say(
            "{portal} gives no time on “{instrument}”; there is: {known}.",
            portal=portal.name,
            instrument=clean(name)[:40],
            known=reader.listing(known) if known else reader.say("none"),
        ),
        option="instrument",
        choices=tuple(Choice(each, each) for each in known[:5]),
    )


def _may(
    request: Request, rooms: Rooms, name: str, allocation: Allocation, facility: Facility | None
) -> None:
    """Whether the caller may trigger the instrument, by any name it has here. Raises NotAllowed."""
    names = {name, allocation.name, allocation.telescope}
    if facility is not None:
        names |= {facility.name, *facility.aliases}
    if any(may_trigger(request.caller.person, each) for each in names if each):
        return
    whom = rooms.facts.administrators
    reader = request.reader
    raise NotAllowed(
        reader.say(
            "You may not do this for {facility}; ask {whom} for the permission to trigger it.",
            facility=clean(facility.name if facility is not None else allocation.name),
            whom=reader.listing(whom) if whom else reader.say("an administrator of the desk"),
        )
    )

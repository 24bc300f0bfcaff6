"""Who may run a command: by the person's permissions, and by facility for what points telescopes."""

from __future__ import annotations

from commands.command import Command
from commands.errors import NotAllowed
from commands.request import Caller, Request
from commands.rooms import Rooms
from shifts.permissions import Permission, may, may_trigger


def check_permission(command: Command, caller: Caller, rooms: Rooms) -> None:
    """Raises NotAllowed, which says whom to ask."""
    if command.permission is None:
        return
    say = caller.reader.say
    if caller.person is None:
        raise NotAllowed(
            say(
                "The desk does not know you yet, so “{command}” is not for you. Ask {whom} to add you, "
                "or link your account with “me link”.",
                command=command.path,
                whom=_whom(caller, rooms),
            )
        )
    if not may(caller.person, command.permission):
        raise NotAllowed(
            say(
                "“{command}” needs the permission {permission}, which you do not have; ask {whom}.",
                command=command.path,
                permission=permission_name(command.permission, caller),
                whom=_whom(caller, rooms),
            )
        )


def check_trigger(command: Command, request: Request, rooms: Rooms) -> None:
    """Whether the caller may trigger every facility that is named. Raises NotAllowed."""
    if command.trigger is None:
        return
    for facility in request.facilities(command.trigger):
        if request.caller.person is None or not may_trigger(request.caller.person, facility.name):
            raise NotAllowed(
                request.reader.say(
                    "You may not do this for {facility}; ask {whom} for the permission to trigger it.",
                    facility=facility.name,
                    whom=_whom(request.caller, rooms),
                )
            )


def permission_name(permission: Permission, caller: Caller) -> str:
    """A permission in the caller's language."""
    say = caller.reader.say
    return {
        Permission.VIEWER: say("viewer"),
        Permission.SHIFTER: say("shifter"),
        Permission.ROSTER_MANAGER: say("roster manager"),
        Permission.ADMINISTRATOR: say("administrator"),
    }[permission]


def _whom(caller: Caller, rooms: Rooms) -> str:
    names = rooms.facts.administrators
    return caller.reader.listing(names) if names else caller.reader.say("an administrator of the desk")

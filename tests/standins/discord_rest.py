"""The routes of the Discord stand-in that its bot's token opens: places, messages, people, commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from tests.standins.discord_limits import command_complaints, complaints, is_empty
from tests.standins.discord_world import (
    ATTACH_FILES,
    CREATE_PUBLIC_THREADS,
    DM,
    EMBED_LINKS,
    MANAGE_THREADS,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    TEXT,
    THREAD,
    USUAL,
    File,
    Json,
    Message,
    Place,
    Refusal,
    World,
)

NONCE_WINDOW = 180.0  # s; "the past few minutes"
Files = Mapping[str, tuple[str, bytes]]
"""What was uploaded with a request: by field, the file's name and content."""


class DiscordRest:
    """Answers one request at a time; `answer` raises Refusal for what Discord refuses."""

    def __init__(self, world: World, cdn: Callable[[], str]) -> None:
        self.world = world
        self._cdn = cdn
        self.nonces: dict[tuple[str, str], Message] = {}
        self.most_threads = 1000
        self.topics: dict[str, str] = {}
        self.roles_of: defaultdict[str, set[str]] = defaultdict(set)
        self._routes: Mapping[tuple[str, str], Callable[..., Any]] = {
            ("GET", "/users/@me"): self._me,
            ("GET", "/users/@me/guilds"): self._guilds,
            ("POST", "/users/@me/channels"): self._open_dm,
            ("GET", "/oauth2/applications/@me"): self._application,
            ("GET", "/applications/@me"): self._application,
            ("GET", "/users/{user_id}"): self._user,
            ("GET", "/channels/{channel_id}"): self._channel,
            ("PATCH", "/channels/{channel_id}"): self._change_channel,
            ("GET", "/channels/{channel_id}/messages"): self._history,
            ("POST", "/channels/{channel_id}/messages"): self._post,
            ("GET", "/channels/{channel_id}/messages/{message_id}"): self._message,
            ("PATCH", "/channels/{channel_id}/messages/{message_id}"): self._edit,
            ("DELETE", "/channels/{channel_id}/messages/{message_id}"): self._delete,
            ("POST", "/channels/{channel_id}/messages/{message_id}/threads"): self._start_thread,
            ("GET", "/guilds/{guild_id}/roles"): self._roles,
            ("GET", "/guilds/{guild_id}/members/{user_id}"): self._member,
            ("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"): self._give_role,
            ("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"): self._take_role,
            ("GET", "/applications/{application_id}/commands"): self._commands,
            ("PUT", "/applications/{application_id}/commands"): self._set_commands,
            ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands"): self._set_guild_commands,
        }

    def knows(self, method: str, route: str) -> bool:
        return (method, route) in self._routes

    def answer(self, method: str, route: str, ids: list[str], query: Json, body: Any, files: Files) -> Any:
        """The body of the answer; None for 204."""
        return self._routes[method, route](*ids, query=query, body=body, files=files)

    # --- who

    def _me(self, **_: Any) -> Json:
        return {**self.world.bot.shown(), "mfa_enabled": False, "locale": "en-US", "verified": True}

    def _guilds(self, **_: Any) -> list[Json]:
        if not self.world.invited:
            return []
        guild = {"id": self.world.guild, "name": "Subarachnoid", "icon": None, "banner": None}
        return [guild | {"owner": False, "permissions": str(USUAL), "features": []}]

    def _application(self, **_: Any) -> Json:
        return {
            "id": self.world.bot.id,
            "name": "nightdesk",
            "icon": None,
            "description": "",
            "type": None,
            "bot": self.world.bot.shown(),
            "verify_key": "0" * 64,
            "flags": 0,
            "flags_new": "0",
            "eligible_oauth2_scopes": ["bot", "applications.commands"],
            "max_participants": None,
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "event_webhooks_url": None,
            "event_webhooks_status": 1,
            "approximate_guild_count": 1,
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "owner": self.world.bot.shown(),
            "team": None,
            "bot_public": True,
            "bot_require_code_grant": False,
        }

    def _user(self, user: str, **_: Any) -> Json:
        if user not in self.world.users:
            raise Refusal(10013)
        return self.world.users[user].shown()

    def _roles(self, guild: str, **_: Any) -> list[Json]:
        if guild != self.world.guild:
            raise Refusal(10004)
        return [role.shown() for role in self.world.roles.values()]

    def _member(self, guild: str, user: str, **_: Any) -> Json:
        if guild != self.world.guild:
            raise Refusal(10004)
        if user not in self.world.users:
            raise Refusal(10007)
        roles = [self.world.role.id] if user == self.world.bot.id else []
        return member(self.world, user, roles)

    def _give_role(self, guild: str, user: str, role: str, **_: Any) -> None:
        self._check_role(guild, user, role)
        self.roles_of[role].add(user)

    def _take_role(self, guild: str, user: str, role: str, **_: Any) -> None:
        self._check_role(guild, user, role)
        self.roles_of[role].discard(user)

    def _check_role(self, guild: str, user: str, role: str) -> None:
        if guild != self.world.guild:
            raise Refusal(10004)
        if user not in self.world.users:
            raise Refusal(10007)
        if role not in self.world.roles:
            raise Refusal(10011)

    def _open_dm(self, *, body: Json, **_: Any) -> Json:
        user = self.world.users.get(str(body.get("recipient_id")))
        if user is None:
            raise Refusal(50033, "Invalid Recipient(s)")
        for place in self.world.places.values():
            if place.kind == DM and place.recipient is user:
                return self.world.shown_place(place)
        place = Place(self.world.ids.next(), f"@{user.username}", DM, recipient=user)
        self.world.places[place.id] = place
        return self.world.shown_place(place)

    # --- places

    def _channel(self, channel: str, **_: Any) -> Json:
        return self.world.shown_place(self.world.place(channel))

    def _change_channel(self, channel: str, *, body: Json, **_: Any) -> Json:
        place = self.world.place(channel)
        if place.kind != THREAD and set(body) == {"topic"}:
            self.topics[channel] = str(body["topic"])
            return self.world.shown_place(place)
        if place.kind != THREAD:
            raise Refusal(50013)
        if place.locked and not self.world.permissions(place) & MANAGE_THREADS:
            raise Refusal(50013)
        place.archived = bool(body.get("archived", place.archived))
        return self.world.shown_place(place)

    def _start_thread(self, channel: str, message: str, *, body: Json, **_: Any) -> Json:
        place = self.world.place(channel)
        said = self.world.message(place, message)
        self.world.needs(place, CREATE_PUBLIC_THREADS)
        standing = self.world.places.get(said.id)
        if standing is not None and not standing.deleted:
            raise Refusal(160004)
        if sum(p.kind == THREAD and not p.archived for p in self.world.places.values()) >= self.most_threads:
            raise Refusal(160006)
        thread = Place(said.id, body["name"], THREAD, place.guild, parent=place.id)
        self.world.places[thread.id] = thread
        return self.world.shown_place(thread)

    # --- messages

    def _history(self, channel: str, *, query: Json, **_: Any) -> list[Json]:
        place = self.world.place(channel)
        if not self.world.permissions(place) & READ_MESSAGE_HISTORY:
            return []
        limit = int(query.get("limit") or 50)
        if not 1 <= limit <= 100:
            raise Refusal(50035)
        said = place.messages
        if "after" in query:
            found = [m for m in said if int(m.id) > int(query["after"])][:limit]
        elif "before" in query:
            found = [m for m in said if int(m.id) < int(query["before"])][-limit:]
        else:
            found = said[-limit:]
        return [self.world.shown_message(message, self._cdn()) for message in reversed(found)]

    def _message(self, channel: str, message: str, **_: Any) -> Json:
        place = self.world.place(channel)
        self.world.needs(place, READ_MESSAGE_HISTORY)
        return self.world.shown_message(self.world.message(place, message), self._cdn())

    def _post(self, channel: str, *, body: Json, files: Files, **_: Any) -> Json:
        place = self.world.place(channel)
        if place.kind not in (TEXT, DM, THREAD):
            raise Refusal(50008)
        self.world.needs(place, SEND_MESSAGES_IN_THREADS if place.kind == THREAD else SEND_MESSAGES)
        if place.recipient is not None and not place.recipient.accepts_messages:
            raise Refusal(50007)
        if place.locked:
            raise Refusal(160005)
        self._check(place, body, files)
        nonce = body.get("nonce")
        earlier = self.nonces.get((place.id, str(nonce))) if nonce and body.get("enforce_nonce") else None
        if earlier is not None and self.world.clock() - earlier.at < NONCE_WINDOW and not earlier.deleted:
            return self.world.shown_message(earlier, self._cdn(), nonce=True)
        reference = (body.get("message_reference") or {}).get("message_id")
        if reference is not None and (body["message_reference"]).get("fail_if_not_exists", True):
            self.world.message(place, str(reference))
        place.archived = False  # speaking in a thread opens it again
        message = Message(
            self.world.ids.next(),
            place.id,
            self.world.bot,
            body,
            self.world.clock(),
            nonce=None if nonce is None else str(nonce),
            reference=None if reference is None else str(reference),
        )
        message.files = self.files_of(message, body, files, ())
        place.said.append(message)
        if nonce:
            self.nonces[place.id, str(nonce)] = message
        return self.world.shown_message(message, self._cdn(), nonce=True)

    def _edit(self, channel: str, message: str, *, body: Json, files: Files, **_: Any) -> Json:
        place = self.world.place(channel)
        said = self.world.message(place, message)
        if said.author is not self.world.bot:
            raise Refusal(50005)
        if place.archived:
            raise Refusal(50083)
        self.change(place, said, body, files)
        return self.world.shown_message(said, self._cdn())

    def _delete(self, channel: str, message: str, **_: Any) -> None:
        place = self.world.place(channel)
        if place.archived:
            raise Refusal(50083)
        self.world.message(place, message).deleted = True

    def change(self, place: Place, said: Message, body: Json, files: Files) -> None:
        """Make a message say something else; what `body` does not name stays as it is."""
        self._check(place, {**said.payload, **body}, files, len(said.files))
        said.history.append(said.words)
        kept = tuple(said.files)
        said.payload = {**said.payload, **body}
        said.files = self.files_of(said, body, files, kept)
        said.edited = self.world.clock()

    def _check(self, place: Place, body: Json, files: Files, standing: int = 0) -> None:
        wrong = list(complaints(body, len(files)))
        if wrong:
            self.world.violations += [f"#{place.name}: {each}" for each in wrong]
            raise Refusal(50035, errors={"_errors": wrong})
        if is_empty(body, len(files) + standing):
            raise Refusal(50006)
        if body.get("embeds"):
            self.world.needs(place, EMBED_LINKS)
        if files:
            self.world.needs(place, ATTACH_FILES)

    def files_of(self, message: Message, body: Json, files: Files, kept: tuple[File, ...]) -> list[File]:
        listed = {str(each["id"]): each for each in body.get("attachments") or ()}
        made = [file for file in kept if "attachments" not in body or file.id in listed]
        for field, (name, content) in files.items():
            number = field.removeprefix("files[").removesuffix("]")
            about = listed.get(number, {})
            made.append(
                File(
                    self.world.ids.next(),
                    about.get("filename") or name,
                    content,
                    about.get("description") or "",
                )
            )
        names = {file.filename for file in made}
        for embed in message.embeds:
            url = (embed.get("image") or {}).get("url", "")
            if url.startswith("attachment://") and url.removeprefix("attachment://") not in names:
                self.world.violations.append(f"an embed shows {url}, which the message does not have")
        return made

    # --- commands

    def _commands(self, application: str, **_: Any) -> list[Json]:
        return self.world.commands

    def _set_commands(self, application: str, *, body: list[Json], **_: Any) -> list[Json]:
        wrong = list(command_complaints(body))
        if wrong:
            self.world.violations += wrong
            raise Refusal(50035, errors={"_errors": wrong})
        self.world.commands = [
            {
                **command,
                "id": self.world.ids.next(),
                "application_id": application,
                "version": self.world.ids.next(),
                "type": command.get("type") or 1,
                "default_member_permissions": None
                if command.get("default_member_permissions") is None
                else str(command["default_member_permissions"]),
                "nsfw": False,
            }
            for command in body
        ]
        return self.world.commands

    def _set_guild_commands(self, application: str, guild: str, *, body: list[Json], **_: Any) -> list[Json]:
        before = self.world.commands
        made = self._set_commands(application, body=body)
        if guild != self.world.guild:
            self.world.commands = before
        return made


def member(world: World, user: str, roles: list[str]) -> Json:
    """Somebody as a member of the server."""
    return {
        "user": world.users[user].shown(),
        "roles": roles,
        "nick": None,
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "pending": False,
        "premium_since": None,
        "mute": False,
        "deaf": False,
    }

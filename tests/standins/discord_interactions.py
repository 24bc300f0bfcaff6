"""Interactions of the Discord stand-in: what people type, complete, press and fill in; how it is answered.

https://discord.com/developers/docs/interactions/receiving-and-responding (read 2026).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.patience import PATIENCE
from tests.standins.discord_gateway import Gateway
from tests.standins.discord_limits import complaints, modal_complaints
from tests.standins.discord_rest import DiscordRest, Files, member
from tests.standins.discord_world import DM, Json, Message, Place, Refusal, User, World

COMMAND, COMPONENT, COMPLETION, SUBMISSION = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
EPHEMERAL, LOADING = 64, 128
TO_ANSWER = 3.0  # s
TOKEN_LIVES = 900.0  # s


@dataclass
class Interaction:
    """One thing that somebody did, and all that was answered to it."""

    id: str
    token: str
    kind: int
    user: User
    place: Place
    payload: Json
    at: float  # s, of the stand-in's clock
    begun: float  # s, of the machine's, for how long the answer took
    pressed: Message | None = None
    answered_in: float | None = None
    original: Message | None = None
    messages: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None

    @property
    def acknowledged(self) -> bool:
        return self.answered_in is not None

    @property
    def shown(self) -> list[Message]:
        """What the person sees of the answers now."""
        return [m for m in self.messages if not m.deleted and not m.flags & LOADING]

    @property
    def words(self) -> str:
        return "\n".join(message.words for message in self.shown)

    @property
    def fields(self) -> list[Json]:
        """The inputs of the modal that was opened."""
        assert self.modal is not None, f"no modal was opened; shown is {self.words}"
        return [
            row["component"] if "component" in row else row["components"][0]
            for row in self.modal["components"]
        ]


class Interactions:
    """Makes interactions as Discord's own client would let people make them, and takes the answers."""

    def __init__(self, world: World, rest: DiscordRest, gateway: Gateway, cdn: Callable[[], str]) -> None:
        self._world = world
        self._rest = rest
        self._gateway = gateway
        self._cdn = cdn
        self.all: dict[str, Interaction] = {}
        self.answers_within = TO_ANSWER

    # --- what people do

    async def command(
        self, user: User, path: str, given: Mapping[str, object] | None = None, *, place: Place, **about: Any
    ) -> Interaction:
        """Somebody runs a command, with the options as Discord's client allows them to be filled in."""
        return await self._begin(COMMAND, user, place, self._command_data(path, given or {}), **about)

    async def complete(self, user: User, path: str, option: str, typed: str, *, place: Place) -> Interaction:
        """Somebody types into an option that has autocompletion."""
        data = self._command_data(path, {option: typed}, focused=option)
        return await self._begin(COMPLETION, user, place, data)

    async def press(self, user: User, message: Message, label: str, **about: Any) -> Interaction:
        """Somebody presses a button of a message, by its label or custom_id."""
        for button in message.buttons:
            if label in (button.get("label"), button["custom_id"]):
                place = self._world.places[message.place]
                data = {"custom_id": button["custom_id"], "component_type": 2, "id": 1}
                return await self._begin(COMPONENT, user, place, data, pressed=message, **about)
        raise AssertionError(
            f"no button {label!r}; there are {[each.get('label') for each in message.buttons]}"
        )

    async def submit(self, opened: Interaction, filled: Mapping[str, str]) -> Interaction:
        """Somebody fills in the modal that was opened, what they leave as it was included."""
        assert opened.modal is not None
        known = [each["custom_id"] for each in opened.fields]
        assert set(filled) <= set(known), f"the modal has {known}"
        rows = [
            {"type": 18, "id": 1, "component": _filled(each, filled.get(each["custom_id"]))}
            if row["type"] == 18
            else {"type": 1, "id": 1, "components": [_filled(each, filled.get(each["custom_id"]))]}
            for row, each in zip(opened.modal["components"], opened.fields, strict=True)
        ]
        data = {"custom_id": opened.modal["custom_id"], "components": rows}
        return await self._begin(SUBMISSION, opened.user, opened.place, data, pressed=opened.pressed)

    async def answered(self, interaction: Interaction, seconds: float = PATIENCE) -> Interaction:
        """Return once there is an answer to be read (and not only "is thinking")."""
        until = time.monotonic() + seconds
        while not (interaction.shown or interaction.modal or interaction.choices is not None):
            if interaction.pressed is not None and interaction.acknowledged and interaction.pressed.deleted:
                break
            if time.monotonic() > until:
                raise AssertionError(f"no answer within {seconds} s to {interaction.payload['data']}")
            await asyncio.sleep(0.005)
        return interaction

    async def _begin(
        self,
        kind: int,
        user: User,
        place: Place,
        data: Json,
        *,
        pressed: Message | None = None,
        locale: str | None = None,
    ) -> Interaction:
        world = self._world
        payload: Json = {
            "id": world.ids.next(),
            "application_id": world.bot.id,
            "type": kind,
            "token": secrets.token_urlsafe(24),
            "version": 1,
            "data": data,
            "channel_id": place.id,
            "channel": {**world.shown_place(place), "permissions": str(1 << 11)},
            "locale": locale or user.locale,
            "app_permissions": "442368",
            "entitlements": [],
            "attachment_size_limit": 10 * 1024 * 1024,
        }
        if place.kind == DM:
            owners = {"1": user.id}
            payload |= {"user": user.shown(), "context": 1, "authorizing_integration_owners": owners}
        else:
            payload |= {
                "guild_id": world.guild,
                "guild": {"id": world.guild, "locale": "en-US", "features": []},
                "guild_locale": "en-US",
                "member": member(world, user.id, []) | {"permissions": str(1 << 11)},
                "context": 0,
                "authorizing_integration_owners": {"0": world.guild},
            }
        if pressed is not None:
            payload["message"] = world.shown_message(pressed, self._cdn())
        interaction = Interaction(
            payload["id"],
            payload["token"],
            kind,
            user,
            place,
            payload,
            world.clock(),
            time.monotonic(),
            pressed,
        )
        self.all[interaction.token] = interaction
        await self._gateway.dispatch("INTERACTION_CREATE", payload)
        return interaction

    def _command_data(self, path: str, given: Mapping[str, object], focused: str | None = None) -> Json:
        words = path.split()
        command = next((each for each in self._world.commands if each["name"] == words[0]), None)
        assert command is not None, f"Discord shows no command /{words[0]}"
        options, chain = command.get("options") or [], []
        for word in words[1:]:
            found = next((each for each in options if each["name"] == word and each["type"] in (1, 2)), None)
            assert found is not None, f"/{path}: there is no {word}"
            chain.append(found)
            options = found.get("options") or []
        known = {option["name"]: option for option in options}
        assert set(given) <= set(known), f"/{path} has no option {set(given) - set(known)}"
        if focused is None:
            lacking = {name for name, option in known.items() if option.get("required")} - set(given)
            assert not lacking, f"/{path}: Discord's client asks for {lacking} first"
        else:
            assert known[focused].get("autocomplete"), f"/{path}: {focused} has no autocompletion"
        filled: list[Json] = []
        for name, value in given.items():
            made: Json = {"name": name, "type": known[name]["type"], "value": value}
            choices = [choice["value"] for choice in known[name].get("choices") or ()]
            assert not choices or value in choices, f"/{path}: Discord's client offers {choices} for {name}"
            filled.append(made | ({"focused": True} if name == focused else {}))
        for part in reversed(chain):
            filled = [{"name": part["name"], "type": part["type"], "options": filled}]
        return {"id": command["id"], "name": command["name"], "type": 1, "options": filled}

    # --- what the bot answers

    def knows(self, route: str) -> bool:
        return route.startswith(("/interactions/", "/webhooks/{webhook_id}/{webhook_token}"))

    def answer(self, method: str, route: str, ids: list[str], query: Json, body: Any, files: Files) -> Any:
        """The answer to the bot's answer; the token in its path is all that is asked for. Raises Refusal."""
        interaction = self.all.get(ids[1])
        if interaction is None:
            raise Refusal(10015)
        if route.endswith("/callback"):
            return self._call_back(interaction, body, files, bool(query.get("with_response")))
        if self._world.clock() - interaction.at > TOKEN_LIVES:
            raise Refusal(50027)
        if not interaction.acknowledged:
            raise Refusal(10015)
        if route.endswith("{webhook_token}"):
            return self._follow_up(interaction, body, files)
        message = self._message(interaction, ids[2] if len(ids) > 2 else "@original")
        if method == "PATCH":
            self._rest.change(interaction.place, message, body, files)
            message.flags &= ~LOADING
        elif method == "DELETE":
            message.deleted = True
            return None
        return self._world.shown_message(message, self._cdn())

    def _call_back(
        self, interaction: Interaction, body: Json, files: Files, with_response: bool
    ) -> Json | None:
        if interaction.acknowledged:
            raise Refusal(40060)
        if self._world.clock() - interaction.at > self.answers_within:
            raise Refusal(10062)
        kind, data = body["type"], body.get("data") or {}
        if kind in (MESSAGE, UPDATE):
            self._check(complaints(data, len(files)))
        elif kind == MODAL:
            self._check(modal_complaints(data))
            interaction.modal = data
        elif kind == CHOICES:
            choices = data["choices"]
            wrong = [c for c in choices if not 1 <= len(c["name"]) <= 100 or len(str(c["value"])) > 100]
            self._check([f"choices: {wrong}"] if wrong or len(choices) > 25 else [])
            interaction.choices = choices
        if kind in (MESSAGE, DEFERRED):
            loading = LOADING if kind == DEFERRED else 0
            interaction.original = self._say(interaction, data, files, (data.get("flags") or 0) | loading)
        elif kind in (UPDATE, DEFERRED_UPDATE):
            if interaction.pressed is None:
                raise Refusal(50035)
            interaction.original = interaction.pressed
            if kind == UPDATE:
                self._rest.change(interaction.place, interaction.pressed, data, files)
                interaction.messages.append(interaction.pressed)
        interaction.answered_in = time.monotonic() - interaction.begun
        if not with_response:
            return None
        about: Json = {"id": interaction.id, "type": interaction.kind}
        if interaction.original is None:
            return {"interaction": about}
        about |= {
            "response_message_id": interaction.original.id,
            "response_message_loading": kind == DEFERRED,
            "response_message_ephemeral": interaction.original.ephemeral,
        }
        if kind not in (MESSAGE, UPDATE):
            return {"interaction": about}
        shown = self._world.shown_message(interaction.original, self._cdn())
        return {"interaction": about, "resource": {"type": kind, "message": shown}}

    def _follow_up(self, interaction: Interaction, body: Json, files: Files) -> Json:
        original = interaction.original
        if original is not None and original.flags & LOADING and not original.deleted:
            # The first follow-up takes the place of "is thinking", and is as private as that was.
            wanted, is_private = (body.get("flags") or 0) & EPHEMERAL, original.flags & EPHEMERAL
            if wanted and not is_private:
                self._world.violations.append("a private answer took the place of a public “is thinking”")
            self._rest.change(interaction.place, original, body, files)
            original.flags &= ~LOADING
            return self._world.shown_message(original, self._cdn())
        self._check(complaints(body, len(files)))
        said = self._say(interaction, body, files, body.get("flags") or 0)
        return self._world.shown_message(said, self._cdn())

    def _say(self, interaction: Interaction, body: Json, files: Files, flags: int) -> Message:
        world = self._world
        message = Message(world.ids.next(), interaction.place.id, world.bot, body, world.clock(), flags=flags)
        message.files = self._rest.files_of(message, body, files, ())
        interaction.place.said.append(message)
        interaction.messages.append(message)
        return message

    def _message(self, interaction: Interaction, identity: str) -> Message:
        if identity == "@original":
            if interaction.original is None or interaction.original.deleted:
                raise Refusal(10008)
            if interaction.original not in interaction.messages:
                interaction.messages.append(interaction.original)
            return interaction.original
        for message in interaction.messages:
            if message.id == identity and not message.deleted:
                return message
        raise Refusal(10008)

    def _check(self, wrong: Any) -> None:
        found = list(wrong)
        if found:
            self._world.violations += found
            raise Refusal(50035, errors={"_errors": found})


def _filled(field: Json, value: str | None) -> Json:
    if field["type"] == 3:
        standing = [each["value"] for each in field["options"] if each.get("default")]
        chosen = standing if value is None else [value] if value else []
        assert set(chosen) <= {each["value"] for each in field["options"]}, f"{chosen} is not offered"
        assert chosen or not field.get("required", True), f"Discord's client asks for {field['custom_id']}"
        return {"type": 3, "id": 2, "custom_id": field["custom_id"], "values": chosen}
    text = field.get("value") or "" if value is None else value
    if field.get("required", True):
        assert text, f"Discord's client asks for {field['custom_id']} first"
    assert len(text) <= (field.get("max_length") or 4000), f"{field['custom_id']} takes fewer characters"
    return {"type": 4, "id": 2, "custom_id": field["custom_id"], "value": text}

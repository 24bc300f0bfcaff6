"""What the desk answers in a night on which something happens, as each chat shows it, read by a person."""

from __future__ import annotations

import json
from pathlib import Path

from cards.answer_card import answer_card
from cards.discord import render_discord
from cards.slack import render_slack
from cards.text import render_text
from commands.desk import Call
from commands.request import Account, Front, Place
from tests.cards.goldens import assert_golden
from tests.nights.chats import ANA, CHIDI, Chats, open_chats
from tests.nights.world import candidate

GOLDEN = Path(__file__).parent / "golden"
ASKED = {
    "page-list": "page list",
    "shift-offers": "shift offers",
    "who": "who S261120a",
    "subscriptions": "subscriptions",
    "status": "status",
    "me-show": "me show",
    "facility-close": "facility close ZTF snow until:2026-11-21",
}
READERS = {"en": ANA, "fr": CHIDI}


async def test_each_answer_reads_as_somebody_found_it_good_in_every_chat(tmp_path: Path) -> None:
    async with open_chats(tmp_path) as chats:
        await _something_happens(chats)
        for language, user in READERS.items():
            for name, line in ASKED.items():
                assert_golden(f"{name}.{language}.txt", await _rendered(chats, user, line), GOLDEN)


async def _something_happens(chats: Chats) -> None:
    """An alert that nobody has answered, a shift on offer, subscriptions, and a message that waits."""
    desk, world = chats.world.hub.desk, chats.world
    french = {"locale": "fr", "permissions": ["shifter", "trigger:ZTF"]}
    await desk.rooms.people.change("chidi", french, by="test", administrator=True)
    await world.alert(candidate("S261120a"))
    await world.pass_(minutes=6)  # so bo is asked too
    for user in READERS.values():
        await _replies(chats, user, 'subscribe "significant && p.BNS > 0.5"')
    await _replies(chats, ANA, "shift offer to:bo note:my flight is late")
    await chats.world.hub._warn(lambda reader: answer_card(reader, "a message that waits"), "golden")


async def _rendered(chats: Chats, user: str, line: str) -> str:
    """The last answer to a line: as text, as Slack's blocks, as Discord's message."""
    replies, reader = await _replies(chats, user, line)
    card = replies[-1].card
    slack, discord = render_slack(card, reader), render_discord(card, reader)
    shown = {"embeds": discord.embeds, "components": discord.components}
    parts = [
        render_text(card, reader),
        f"--- Slack: {slack.text}",
        _json(slack.blocks),
        f"--- Discord: {discord.content}",
        _json(shown),
    ]
    return "\n".join(parts) + "\n"


async def _replies(chats: Chats, user: str, line: str):  # type: ignore[no-untyped-def]
    desk = chats.world.hub.desk
    account = Account("slack", user)
    call = Call(account, Place(Front.SLACK, chats.slack.channel("gw").id), line=line)
    replies = [reply async for reply in desk.run(call)]
    return replies, (await desk.caller(account)).reader


def _json(made: object) -> str:
    """As JSON; what is drawn at random (what a button carries) left out."""

    def told(value: object) -> object:
        if isinstance(value, dict):
            return {key: "…" if key in ("value", "custom_id") else told(each) for key, each in value.items()}
        return [told(each) for each in value] if isinstance(value, list | tuple) else value

    return json.dumps(told(made), ensure_ascii=False, indent=1)

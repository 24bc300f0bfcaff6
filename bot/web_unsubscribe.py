"""`/unsubscribe/{token}`: no more e-mail to an address. GET shows, POST does it (RFC 8058, One-Click)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from aiohttp import web

from bot.unsubscribing import PATH, address_of
from bot.web_ack import HEADERS
from cards.card import Card, Lines, Text, Tone, strong
from cards.reader import Reader
from notifiers.outbox import BELL, notify_desk
from shifts.contact import masked
from shifts.people import PeopleService
from shifts.people_file import Person
from store.clock import Clock
from store.database import Database
from store.wakeup import Bell

Warned = Callable[[], Sequence[tuple[str, Reader]]]
"""The channels told about the desk itself, and who reads there."""

_STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0 auto;padding:1rem;max-width:40rem;background:#fff;"
    "color:#111}button{font:inherit;padding:.7rem 1.2rem;border:1px solid #555;border-radius:.5rem}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}"
)


class UnsubscribePages:
    """Stops and begins again what an address gets.

    Promises: looking changes nothing (mail scanners look at every link); only a link this desk made works;
    doing it twice is doing it once. An address that is nobody's is of a channel: it gets nothing either, and
    the desk's own channels are told, for somebody may count on it.
    """

    def __init__(
        self, database: Database, clock: Clock, people: PeopleService, bell: Bell, warned: Warned
    ) -> None:
        self._database = database
        self._clock = clock
        self._people = people
        self._bell = bell
        self._warned = warned

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"{PATH}/{{token}}", self._look), web.post(f"{PATH}/{{token}}", self._act)]

    async def _look(self, request: web.Request) -> web.Response:
        address = await address_of(self._database, request.match_info["token"])
        if address is None:
            return _unknown()
        reader = _reader_of(await self._people.find("email", address))
        asked = reader.say(
            "Should nightdesk send no more e-mail to {address}, pages included?", address=address
        )
        return _page(reader, asked, reader.say("Stop these e-mails"), "stop")

    async def _act(self, request: web.Request) -> web.Response:
        address = await address_of(self._database, request.match_info["token"])
        if address is None:
            return _unknown()
        if (await request.post()).get("do") == "start":
            reader = _reader_of(await self._people.start("email", address, where="email"))
            said = reader.say("nightdesk writes to {address} again.", address=address)
            return _page(reader, said, reader.say("Stop these e-mails"), "stop")
        person = await self._people.stop("email", address, where="email")
        if person is None:
            await self._tell(address)
        reader = _reader_of(person)
        said = reader.say("nightdesk sends no more e-mail to {address}.", address=address)
        return _page(reader, said, reader.say("Begin again"), "start")

    async def _tell(self, address: str) -> None:
        now = self._clock.now()
        shown = masked("email", address)
        async with self._database.write() as session:
            for name, reader in self._warned():
                title = reader.say("E-mail to {address} was stopped by its reader", address=shown)
                line = (Text(reader.say("A channel of the configuration leads there: nobody reads it now.")),)
                card = Card((strong(title),), Tone.WARNING, (Lines((line,)),), title)
                key = f"unsubscribed {shown} {now:%Y-%m-%d}"
                await notify_desk(session, card, [name], key=key, now=now)
        self._bell.ring(BELL)


def _reader_of(person: Person | None) -> Reader:
    return Reader(person.locale, person.timezone) if person is not None else Reader()


def _unknown() -> web.Response:
    return _html(Reader(), "<p>This link was not made by this desk, or by another one before it.</p>", 404)


def _page(reader: Reader, said: str, label: str, action: str) -> web.Response:
    form = f'<form method=post><button name=do value="{action}">{escape(label)}</button></form>'
    return _html(reader, f"<p>{escape(said)}</p>{form}")


def _html(reader: Reader, body: str, status: int = 200) -> web.Response:
    text = (
        f'<!doctype html><html lang="{escape(reader.babel.language)}"><head><meta charset=utf-8>'
        '<meta name=viewport content="width=device-width, initial-scale=1"><title>nightdesk</title>'
        f"<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)

"""Everything else through Apprise: Telegram, Matrix, Teams, ntfy, Pushover and a hundred more.

https://github.com/caronc/apprise; the address of a service is an Apprise URL, which holds its token.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cards.card import Card, Tone
from cards.cleaning import shorten
from cards.reader import Reader
from cards.slack import undelimited
from cards.text import line_text, render_text
from notifiers.channels.base import ChannelConfig, ChannelError, Never, Pace, PictureFile, Receipt, TryAgain
from notifiers.channels.kept_pictures import KeptPictures
from notifiers.channels.picture_sets import complete, mark_of

PLACE = "apprise"
CALL_TIMEOUT = 10.0  # s
_KIND = {Tone.WARNING: "warning", Tone.GOOD: "success"}
_WHERE = "https://github.com/caronc/apprise/wiki"


class AppriseChannel:
    """One service that Apprise knows.

    What was sent cannot be edited: an edit says nothing, but for the first time that all the card's pictures
    are there, when it is sent again with them, where the service takes attachments. What is longer than the
    service takes is told in several messages.

    Promises: at least once; Apprise says neither what became of a message nor why, so what failed is tried
    again. Its calls block and run in threads. The URL is a secret: it is in no text, and Apprise's own log,
    which may show it, is silenced.
    """

    speaking = Pace(every=1.0, burst=3)
    changing = Pace(every=1.0, burst=3)

    def __init__(self, config: ChannelConfig, pictures: KeptPictures) -> None:
        self.config = config
        self._service = _service_of(config)
        self._pictures = pictures

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        attached = await complete(card, pictures, self._pictures) if self._takes_files else {}
        await self._send(card, attached)
        return Receipt(PLACE, nonce, (mark_of(pictures),) if attached else ())

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        mark = mark_of(pictures)
        attached = await complete(card, pictures, self._pictures) if self._takes_files else {}
        if not attached or mark in shown.parts:
            return shown
        await self._send(card, attached)
        return Receipt(shown.place, shown.message, (*shown.parts, mark))

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        await self._send(card, {})
        return Receipt(shown.place, nonce)

    async def picture(self, picture: PictureFile) -> str:
        return self._pictures.keep(picture.content)

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        return None

    async def check(self) -> str:
        return f"speaks to {self._service.service_name} through Apprise (its token is tried when it is used)"

    async def answer(self) -> str:
        return await self.check()

    @property
    def _takes_files(self) -> bool:
        return bool(self._service.attachment_support)

    async def _send(self, card: Card, attached: Mapping[str, bytes]) -> None:
        title, body = self._words(card, self.config.reader)
        try:
            done = await asyncio.to_thread(self._notify, title, body, _KIND.get(card.tone, "info"), attached)
        except (TypeError, ValueError) as error:
            raise Never(f"Apprise cannot say this ({type(error).__name__}); please report it") from None
        except OSError:
            raise TryAgain(f"{self._service.service_name} cannot be reached") from None
        if not done:
            raise TryAgain(
                f"{self._service.service_name} did not take the message: it is away, or its address is wrong"
            )

    def _words(self, card: Card, reader: Reader) -> tuple[str, str]:
        """Title and body. What the service reads as Markdown has no sign in it that means anything there."""
        title = shorten(line_text(card.title, reader), max(int(self._service.title_maxlen or 0), 120))
        body = render_text(Card((), card.tone, card.blocks), reader).strip() or title
        if _speaks_markdown(self._service):
            return _without_markdown(title), _without_markdown(body)
        return title, body

    def _notify(self, title: str, body: str, kind: str, attached: Mapping[str, bytes]) -> bool:
        from apprise import Apprise, NotifyFormat
        from apprise.attachment.memory import AttachMemory

        desk = Apprise()
        desk.add(self._service)
        files = [
            AttachMemory(content=content, name=f"{key}.png", mimetype="image/png")  # type: ignore[no-untyped-call]
            for key, content in attached.items()
        ]
        return bool(
            desk.notify(
                body=body,
                title=title,
                notify_type=kind,
                body_format=NotifyFormat.TEXT,
                attach=files or None,
                interpret_escapes=False,
                timeout=CALL_TIMEOUT,
            )
        )


def _service_of(config: ChannelConfig) -> Any:
    """Apprise's plugin for the channel's URL. Raises ChannelError that does not show it."""
    # Imported here: it takes longer than all other channels together, and few desks use it.
    from apprise import Apprise, OverflowMode

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    made = Apprise.instantiate(config.address, suppress_exceptions=True) if config.address else None
    if made is None:
        needs = "needs an address that Apprise understands, as ntfys://ntfy.sh/TOPIC"
        raise ChannelError(f"channel {config.name!r} {needs}; see {_WHERE}")
    made.overflow_mode = OverflowMode.SPLIT
    return made


def _speaks_markdown(service: Any) -> bool:
    formats = service.notify_format
    return "markdown" in [each.value for each in (formats if isinstance(formats, tuple) else (formats,))]


def _without_markdown(text: str) -> str:
    lines = (undelimited(line).replace("](", "] (").replace("<", "‹") for line in text.split("\n"))
    return "\n".join(lines).replace("@", "@\u2060")  # mentions nobody

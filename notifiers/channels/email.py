"""E-mail: a mail for the card, answers in its thread, and one more when its pictures are there."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TypeAlias

from cards.card import Card
from cards.cleaning import shorten
from cards.email import SUBJECT_CHARACTERS, Footer, render_email
from notifiers.channels.base import ChannelConfig, ChannelError, Never, Pace, PictureFile, Receipt
from notifiers.channels.kept_pictures import KeptPictures
from notifiers.channels.mail_relay import MailRelay
from notifiers.channels.picture_sets import complete, mark_of
from store.clock import Clock

PLACE = "email"

Unsubscribe: TypeAlias = Callable[[str], Awaitable[str | None]]
"""The https address at which somebody who reads at an e-mail address can stop it; None without one."""


Stopped: TypeAlias = Callable[[str], Awaitable[bool]]
"""Whether whoever reads at an e-mail address has asked for no more mail there."""


class EmailChannel:
    """One e-mail address.

    A mail cannot be edited and nobody wants ten of an event, so: an edit says nothing, but for the first time
    that all the card's pictures are there (and again when a new map brings new ones), when the card as it
    then stands follows in its thread with them. What changed is said by `reply`, as the route's `tell` asks.

    Promises: at least once. A mail's Message-ID is made from its nonce: sent once more after a crash it
    carries the same one, by which mail servers and programs know it. A mailbox cannot be searched, so `find`
    finds nothing. `parts` of a receipt are the subject of the thread and the Message-IDs of the mails with
    pictures.
    """

    speaking = Pace(every=0.2, burst=10)
    changing = Pace(every=0.2, burst=10)

    def __init__(
        self,
        config: ChannelConfig,
        relay: MailRelay,
        pictures: KeptPictures,
        clock: Clock,
        unsubscribe: Unsubscribe | None = None,
        stopped: Stopped | None = None,
    ) -> None:
        name, address = parseaddr(config.address or "")
        lines = (config.address or "").splitlines()
        if len(lines) != 1 or "@" not in address.strip("@") or any(c in address for c in "\t ,;<>"):
            raise ChannelError(
                f"channel {config.name!r} needs an address: an e-mail address, as ana@example.org"
            )
        self.config = config
        self._recipient = address
        self._named = name
        self._relay = relay
        self._pictures = pictures
        self._clock = clock
        self._unsubscribe = unsubscribe
        self._stopped = stopped

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        subject = render_email(card, self.config.reader).subject
        identity = self._identity(nonce)
        attached = await complete(card, pictures, self._pictures)
        await self._send(card, identity, subject, None, attached)
        parts = (subject, self._picture_identity(nonce, pictures)) if attached else (subject,)
        return Receipt(PLACE, identity, parts)

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        identity = self._picture_identity(nonce, pictures)
        attached = await complete(card, pictures, self._pictures)
        if not attached or identity in shown.parts[1:]:
            return shown
        await self._send(card, identity, _answering(shown, card), shown.message, attached)
        parts = (*shown.parts, identity) if shown.parts else ("", identity)
        return Receipt(shown.place, shown.message, parts)

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        identity = self._identity(nonce)
        await self._send(card, identity, _answering(shown, card), shown.message, {})
        return Receipt(shown.place, identity)

    async def picture(self, picture: PictureFile) -> str:
        return self._pictures.keep(picture.content)

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        return None

    async def check(self) -> str:
        return f"mails through {await self._relay.check()}"

    async def answer(self) -> str:
        return await self._relay.answer()

    async def _send(
        self, card: Card, identity: str, subject: str, thread: str | None, attached: Mapping[str, bytes]
    ) -> None:
        if self._stopped is not None and await self._stopped(self._recipient):
            raise Never("its reader has unsubscribed from e-mail: nothing is sent there")
        reader = self.config.reader
        stop = await self._unsubscribe(self._recipient) if self._unsubscribe else None
        reason = reader.say("You read this because nightdesk tells this address of events.")
        ids = {
            key: f"{hashlib.sha256(content).hexdigest()[:24]}@nightdesk" for key, content in attached.items()
        }
        words = render_email(card, reader, ids, Footer(reason, stop))
        message = EmailMessage(policy=SMTP)
        message["From"] = self._relay.sender
        message["To"] = Address(self._named, addr_spec=self._recipient)
        message["Subject"] = subject
        message["Date"] = format_datetime(self._clock.now().astimezone(UTC))
        message["Message-ID"] = identity
        if thread is not None:
            message["In-Reply-To"] = thread
            message["References"] = thread
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice answers it
        message["X-Auto-Response-Suppress"] = "All"
        self._add_way_out(message, stop)
        message.set_content(words.text, cte="quoted-printable")
        message.add_alternative(words.html, subtype="html", cte="quoted-printable")
        html = message.get_payload(1)
        assert isinstance(html, EmailMessage), "the second alternative was just added"
        for key, content in attached.items():
            html.add_related(
                content, "image", "png", cid=f"<{ids[key]}>", filename=f"{key}.png", disposition="inline"
            )
        await self._relay.send(message, self._recipient)

    def _add_way_out(self, message: EmailMessage, stop: str | None) -> None:
        """RFC 2369 and, where a POST can do it, RFC 8058."""
        mail = f"<mailto:{parseaddr(self._relay.sender)[1]}?subject=unsubscribe>"
        message["List-Unsubscribe"] = f"<{stop}>, {mail}" if stop else mail
        if stop:
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"

    def _identity(self, nonce: str, part: str = "") -> str:
        domain = parseaddr(self._relay.sender)[1].rpartition("@")[2] or "nightdesk.invalid"
        return f"<nd.{nonce}{part}@{domain}>"

    def _picture_identity(self, nonce: str, pictures: Mapping[str, str]) -> str:
        """Of the mail that shows just these pictures: the same ones, the same Message-ID."""
        return self._identity(nonce, f".{mark_of(pictures)}")


def _answering(shown: Receipt, card: Card) -> str:
    """The thread's own subject, for mail programs that thread by it; of an old card, what this one says."""
    before = shown.parts[0] if shown.parts else ""
    return shorten(f"Re: {before or card.summary}", SUBJECT_CHARACTERS + 4)

"""A stand-in for a mail server: aiosmtpd on loopback, which keeps what it takes and fails when told to.

async with MailStandIn() as mail:
    MailRelay(RelayAddress.read(mail.url), "nightdesk@example.org")
    mail.fail("rcpt", "550 5.1.1 no such mailbox")
    mail.fail("lost answer")       # takes the mail, then the line is cut
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "nightdesk", "p@ss:w0rd/€"


@dataclass
class Mail:
    """One mail as it was taken."""

    sender: str
    recipients: list[str]
    raw: bytes
    message: EmailMessage

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def html(self) -> str:
        body = self.message.get_body(("html",))
        assert body is not None
        return str(body.get_content())

    @property
    def pictures(self) -> dict[str, bytes]:
        """The inline pictures by their content id, without its brackets."""
        return {
            str(part["Content-ID"]).strip("<>"): part.get_content()
            for part in self.message.walk()
            if part.get_content_maintype() == "image"
        }


class MailStandIn:
    """One mail server behind `url`. See the module for how it is used."""

    def __init__(self, *, login: bool = False) -> None:
        self.mails: list[Mail] = []
        self.commands: list[str] = []
        self.port = 0
        self._login = login
        self._faults: defaultdict[str, deque[str]] = defaultdict(deque)
        self._server: asyncio.Server | None = None
        self._open: set[SMTP] = set()

    @property
    def url(self) -> str:
        who = f"{USER}:p%40ss%3Aw0rd%2F%E2%82%AC@" if self._login else ""
        return f"smtp://{who}127.0.0.1:{self.port}"

    def fail(self, where: str, answer: str = "") -> None:
        """Let the next command end like this: `connect`, `mail`, `rcpt`, `data`, or `lost answer`."""
        self._faults[where].append(answer)

    async def __aenter__(self) -> MailStandIn:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for protocol in self._open:
                if isinstance(protocol.transport, asyncio.Transport):
                    protocol.transport.abort()
            self._server = None

    def next_fault(self, where: str) -> str | None:
        return self._faults[where].popleft() if self._faults[where] else None

    def _serve(self) -> SMTP:
        protocol = SMTP(
            _Handler(self),
            hostname="mail.stand-in.example",
            authenticator=self._authenticate if self._login else None,
            auth_require_tls=False,
            auth_required=self._login,
            enable_SMTPUTF8=True,
        )
        self._open.add(protocol)
        return protocol

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        return AuthResult(success=known, handled=known)


class _Handler:
    def __init__(self, stand_in: MailStandIn) -> None:
        self._of = stand_in

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self._of.commands.append("EHLO")
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._of.commands.append("MAIL")
        if (fault := self._of.next_fault("mail")) is not None:
            return fault
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._of.commands.append("RCPT")
        if (fault := self._of.next_fault("rcpt")) is not None:
            return fault
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self._of.commands.append("DATA")
        if (fault := self._of.next_fault("data")) is not None:
            return fault
        raw = envelope.content
        assert isinstance(raw, bytes)
        message = message_from_bytes(raw, policy=default)
        assert isinstance(message, EmailMessage)
        self._of.mails.append(Mail(envelope.mail_from or "", list(envelope.rcpt_tos), raw, message))
        if self._of.next_fault("lost answer") is not None:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK queued"

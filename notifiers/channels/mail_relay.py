"""The SMTP server that mail is handed to, and what its answers mean."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from cards.cleaning import clean, shorten
from notifiers.channels.base import ChannelError, DeliveryError, Never, TryAgain, TryLater

CALL_TIMEOUT = 8.0  # s for each step
AT_ONCE = 4  # connections
BUSY_PAUSE = 60.0  # s, where a server says it has too much to do
_PORTS = {"smtp": 587, "smtps": 465}
_BUSY = frozenset({421, 450, 451, 452})


@dataclass(frozen=True)
class RelayAddress:
    """Where the server is and who we are there, read from `smtp://USER:PASSWORD@HOST:PORT`.

    `smtps` is TLS from the first byte (port 465); `smtp` turns to TLS by STARTTLS where the server offers it,
    and gives no password to a server that does not, unless it is on this machine.
    """

    host: str
    port: int
    implicit_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls, url: str) -> RelayAddress:
        """Raises ChannelError, which never shows the URL: it may hold a password."""
        expected = "email.smtp_url: expected smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…"
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ChannelError(expected) from None
        if parts.scheme not in _PORTS or not host:
            raise ChannelError(expected)
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(host, port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password)

    @property
    def is_local(self) -> bool:
        """Whether nobody between here and there could listen."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def start_tls(self) -> bool | None:
        """As aiosmtplib takes it: True demands TLS, None takes it where it is offered."""
        if self.implicit_tls:
            return False
        return True if self.password and not self.is_local else None


class MailRelay:
    """Hands mails to one SMTP server, at most four at a time.

    Promises: a mail is given once each call, never twice by itself; what fails before the mail's text was
    sent certainly did not arrive, what breaks afterwards is `uncertain`.
    """

    def __init__(self, address: RelayAddress, sender: str, tls: ssl.SSLContext | None = None) -> None:
        self.address = address
        self.sender = sender
        self._tls = tls
        self._room = asyncio.Semaphore(AT_ONCE)

    async def send(self, message: EmailMessage, recipient: str) -> None:
        """Give the server a mail for one address. Raises DeliveryError."""
        raw = message.as_bytes()
        async with self._room, self._session() as client:
            try:
                await client.mail(
                    parseaddr(self.sender)[1], options=[f"SIZE={len(raw)}"] if _sized(client) else []
                )
                await client.rcpt(recipient)
            except aiosmtplib.SMTPResponseException as error:
                raise _refused(error, recipient) from None
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                raise _broken(error, uncertain=False) from None
            try:
                await client.data(raw)
            except aiosmtplib.SMTPResponseException as error:
                raise _refused(error, recipient) from None
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                raise _broken(error, uncertain=True) from None

    async def check(self) -> str:
        """Connect, greet and log in, without sending anything. Raises DeliveryError."""
        async with self._room, self._session() as client:
            secured = "TLS" if self.address.implicit_tls or client.get_transport_info("cipher") else "no TLS"
            known = f" as {self.address.user}" if self.address.user else ""
            return f"{self.address.host}:{self.address.port} answers{known} ({secured})"

    async def answer(self) -> str:
        """Whether the server answers, without a login: it is asked every minute. Raises DeliveryError."""
        async with self._room, self._session(login=False):
            return f"{self.address.host}:{self.address.port} answers"

    @asynccontextmanager
    async def _session(self, *, login: bool = True) -> AsyncIterator[aiosmtplib.SMTP]:
        where = self.address
        client = aiosmtplib.SMTP(
            hostname=where.host,
            port=where.port,
            use_tls=where.implicit_tls,
            start_tls=where.start_tls,
            tls_context=self._tls,
            timeout=CALL_TIMEOUT,
        )
        try:
            try:
                await client.connect()
                if login and where.user and where.password:
                    await client.login(where.user, where.password)
            except aiosmtplib.SMTPAuthenticationError as error:
                raise _login_refused(error) from None
            except aiosmtplib.SMTPResponseException as error:
                raise _refused(error, "") from None
            except (aiosmtplib.SMTPException, ssl.SSLError, OSError, TimeoutError) as error:
                raise self._unreachable(error) from None
            yield client
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await client.quit()
        finally:
            client.close()

    def _unreachable(self, error: Exception) -> DeliveryError:
        where = f"{self.address.host}:{self.address.port}"
        if isinstance(error, ssl.SSLError):
            return Never(f"{where} has a certificate that cannot be trusted: check email.smtp_url")
        if isinstance(error, aiosmtplib.SMTPNotSupported) or "STARTTLS" in str(error):
            return Never(f"{where} offers no TLS, so it gets no password: use smtps://, or another port")
        if isinstance(error, aiosmtplib.SMTPServerDisconnected):
            return TryAgain(f"the mail server {where} closed the connection", uncertain=False)
        return TryAgain(
            f"the mail server {where} cannot be reached: check the network and email.smtp_url",
            uncertain=False,
        )


def _sized(client: aiosmtplib.SMTP) -> bool:
    return client.supports_extension("size")


def _login_refused(error: aiosmtplib.SMTPAuthenticationError) -> DeliveryError:
    if error.code in (421, 454):
        return TryAgain(f"the mail server cannot check logins now ({error.code})", uncertain=False)
    return Never(f"the mail server refused the login ({error.code}): check the name and password in smtp_url")


def _refused(error: aiosmtplib.SMTPResponseException, recipient: str) -> DeliveryError:
    """RFC 5321, 4.2.1: 4yz may work later, 5yz will not. The address is not repeated."""
    said = shorten(clean(str(error.message)).strip(), 200)
    if recipient:
        said = said.replace(recipient, "the address")
    if error.code in _BUSY and ("rate" in said.lower() or "too many" in said.lower()):
        return TryLater(f"the mail server asks for a pause ({error.code} {said})", BUSY_PAUSE)
    if 400 <= error.code < 500:
        return TryAgain(f"the mail server puts the mail off ({error.code} {said})", uncertain=False)
    if error.code in (550, 551, 553) and recipient:
        return Never(f"the mail server does not take mail for this address ({error.code} {said})")
    return Never(f"the mail server refused the mail ({error.code} {said})")


def _broken(error: Exception, *, uncertain: bool) -> DeliveryError:
    if isinstance(error, TimeoutError | aiosmtplib.SMTPTimeoutError):
        return TryAgain("the mail server did not answer in time", uncertain=uncertain)
    return TryAgain("the connection to the mail server broke before its answer came", uncertain=uncertain)

"""`/hooks/twilio/{sms,voice,status}`: what people answer to SMS and calls, and what became of messages.

https://www.twilio.com/docs/usage/security says how a request is signed: the address Twilio was given (ours as
the world sees it, `web.public_url`, not the one a proxy passes on) and every field.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit, urlunsplit

from aiohttp import web
from multidict import MultiDictProxy
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from cards.cleaning import shorten
from cards.gsm import transliterated
from cards.reader import Reader, ReaderError
from notifiers.channels.twilio_account import TwilioIdentity
from notifiers.channels.twilio_errors import reason
from notifiers.channels.twiml import spoken_answer, spoken_page
from notifiers.desk_lookups import DeskLookups
from notifiers.paging.inbound import Answered, Inbound
from notifiers.receipts import RECEIPTS, Status, record_status
from shifts.people import PeopleService
from store.clock import Clock
from store.database import Database
from store.wakeup import Bell

log = logging.getLogger(__name__)

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "arret", "arrêt"})
START_WORDS = frozenset({"start", "unstop"})
REPEAT = "9"
LONGEST_REPLY = 320

_SID = re.compile(r"(SM|MM|CA)[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_OF_MESSAGE: Mapping[str, Status] = {
    "accepted": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
_OF_CALL: Mapping[str, Status] = {
    "queued": Status.QUEUED,
    "initiated": Status.QUEUED,
    "ringing": Status.SENT,
    "in-progress": Status.DELIVERED,  # somebody, or a mailbox, has picked up
    "completed": Status.DELIVERED,
    "busy": Status.UNDELIVERED,
    "no-answer": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}

Fields = MultiDictProxy[str | web.FileField | bytes | bytearray]


class TwilioHooks:
    """Takes what Twilio posts.

    Promises: nothing is read that Twilio did not sign with our token; a request that comes twice acts once
    (paging goes by the SID, a status moves only forward, STOP said again changes nothing); what it means is
    committed before it is answered.
    """

    def __init__(
        self,
        identity: TwilioIdentity,
        database: Database,
        clock: Clock,
        inbound: Inbound,
        people: PeopleService,
        bell: Bell,
    ) -> None:
        self._identity = identity
        self._database = database
        self._clock = clock
        self._inbound = inbound
        self._people = people
        self._bell = bell
        self._lookups = DeskLookups(database, clock)

    def routes(self) -> list[web.RouteDef]:
        """None of them while no public address is configured: nothing could be checked."""
        if not self._identity.public_url:
            return []
        return [
            web.post("/hooks/twilio/sms", self._signed(self._text)),
            web.post("/hooks/twilio/voice", self._signed(self._key)),
            web.post("/hooks/twilio/status", self._signed(self._status)),
        ]

    def _signed(self, handle: Callable[[web.Request, Fields], Awaitable[web.Response]]) -> _Handler:
        async def checked(request: web.Request) -> web.Response:
            fields = await request.post()
            url = f"{str(self._identity.public_url).rstrip('/')}{request.raw_path}"
            given = request.headers.get("X-Twilio-Signature", "")
            if not is_signed(self._identity.auth_token, url, fields, given):
                log.warning("a request to %s was not signed by Twilio with our token", request.path)
                return web.Response(status=403)
            if fields.get("AccountSid") != self._identity.account_sid:
                return web.Response(status=403)
            return await handle(request, fields)

        return checked

    async def _text(self, request: web.Request, fields: Fields) -> web.Response:
        sender, sid, body = _text_of(fields, "From"), _text_of(fields, "MessageSid"), _text_of(fields, "Body")
        via = "whatsapp" if sender.startswith("whatsapp:") else "sms"
        number = sender.removeprefix("whatsapp:")
        if not _NUMBER.fullmatch(number) or not _SID.fullmatch(sid):
            return web.Response(status=400)
        word, told = body.strip().casefold(), _text_of(fields, "OptOutType").casefold()
        if told == "stop" or word in STOP_WORDS:
            await self._people.stop("phone", number, where=via)
            return _twiml(str(MessagingResponse()))  # Twilio itself says that it has stopped
        if told == "start" or word in START_WORDS:
            await self._people.start("phone", number, where=via)
            return _twiml(str(MessagingResponse()))
        answered = await self._inbound.answer_text("phone", number, body[:1600], via, once=sid)
        response = MessagingResponse()
        # Whoever is unknown gets no word: it would cost, tell a stranger who we are, and talk to machines.
        if answered.known:
            response.message(shorten(transliterated(answered.text), LONGEST_REPLY))
        return _twiml(str(response))

    async def _key(self, request: web.Request, fields: Fields) -> web.Response:
        sid, digits = _text_of(fields, "CallSid"), _text_of(fields, "Digits")
        ours = _text_of(fields, "Direction").startswith("outbound")
        number = _text_of(fields, "To" if ours else "From")
        if not _SID.fullmatch(sid) or not _NUMBER.fullmatch(number):
            return web.Response(status=400)
        reader, page = _reader_of(request), _page_of(request)
        hook = f"{str(self._identity.public_url).rstrip('/')}{request.raw_path}"
        words = await self._lookups.spoken(request.query.get("say", ""))
        if digits and digits != REPEAT:
            once = f"{sid}:{digits}"
            answered: Answered = await self._inbound.answer_text(
                "phone", number, digits, "voice", page=page, once=once
            )
            if answered.understood or words is None:
                return _twiml(spoken_answer(answered.text, reader))
        if words is None:
            # Short text: spoken on the telephone
            return _twiml(spoken_answer(reader.say("This message is no longer there."), reader))
        return _twiml(spoken_page(words, reader, hook, answerable=page is not None))

    async def _status(self, request: web.Request, fields: Fields) -> web.Response:
        call = _text_of(fields, "CallSid")
        sid = call or _text_of(fields, "MessageSid")
        said = _text_of(fields, "CallStatus" if call else "MessageStatus")
        status = (_OF_CALL if call else _OF_MESSAGE).get(said)
        if not _SID.fullmatch(sid):
            return web.Response(status=400)
        if status is None:
            log.info("Twilio says %r of %s, which says nothing of its delivery", said[:40], sid)
            return web.Response(status=204)
        why = reason(_whole(_text_of(fields, "ErrorCode")))
        if why is not None:
            log.warning("%s: %s: %s", sid, said, why)
        async with self._database.write() as session:
            await record_status(
                session,
                "twilio",
                sid,
                status.value,
                sequence=_whole(_text_of(fields, "SequenceNumber")),
                at=self._clock.now(),
            )
        self._bell.ring(RECEIPTS)
        return web.Response(status=204)


_Handler = Callable[[web.Request], Awaitable[web.Response]]


def is_signed(token: str, url: str, fields: Mapping[str, object], given: str) -> bool:
    """Whether `given` is Twilio's signature of these fields posted to this address, with or without its port.

    Twilio leaves the port out of what it signs, or not, by no rule it documents; its own library tries both.
    """
    validator = RequestValidator(token)
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port or (443 if parts.scheme == "https" else 80)
    right = False
    for where in (host, f"{host}:{port}"):
        made = validator.compute_signature(urlunsplit(parts._replace(netloc=where)), fields)
        right |= hmac.compare_digest(made.encode(), given.encode())
    return right


def _text_of(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _reader_of(request: web.Request) -> Reader:
    try:
        return Reader(request.query.get("lang", "en"))
    except ReaderError:
        return Reader()


def _page_of(request: web.Request) -> int | None:
    """The page a call is about: the number before the dot of what its buttons carry."""
    return _whole(request.query.get("page", "").partition(".")[0])


def _twiml(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/xml")

"""A stand-in for Twilio: messages and calls, lists, signed callbacks, texts and keys of the people called.

    async with TwilioStandIn(spec=SPEC) as twilio:
        TwilioAccount(twilio.identity(public_url="https://desk.example.org"))
        …
        await twilio.report(twilio.messages[0], "delivered")          # a signed status callback
        twiml = await twilio.press(twilio.calls[0], "4")              # what the called person hears then
        await twilio.text("+33600000001", "ack 7")                    # an inbound SMS

Callbacks go where the desk said (its public address), by way of `desk_at`, its real one. Signatures are made
as Twilio's documentation says (https://www.twilio.com/docs/usage/security), not by nightdesk's own code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from xml.etree import ElementTree

import aiohttp
from aiohttp import web

from notifiers.channels.twilio_account import TwilioIdentity

SID = "AC" + "0" * 31 + "1"
TOKEN = "stand-in-auth-token-0123456789ab"
FROM = "+15550100000"
WHATSAPP = "+15550100001"

Fields = list[tuple[str, str]]


@dataclass
class Resource:
    """A message or a call as Twilio keeps it."""

    sid: str
    fields: dict[str, str]
    every: Fields
    created: datetime
    direction: str = "outbound-api"
    status: str = "queued"
    error_code: int | None = None
    sequence: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def to(self) -> str:
        return self.fields["To"]

    @property
    def body(self) -> str:
        return self.fields.get("Body") or self.fields.get("ContentVariables", "")

    @property
    def says(self) -> str:
        """What a call reads out."""
        return says(self.fields["Twiml"])


@dataclass(frozen=True)
class Fault:
    """How one request ends. `accepted`: it was done all the same."""

    status: int = 500
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: str | None = None
    reset: bool = False
    accepted: bool = False


class TwilioStandIn:
    """One account behind `url`. See the module for how it is used."""

    def __init__(self, *, spec: Path | None = None, page_size: int | None = None) -> None:
        self.messages: list[Resource] = []
        self.calls: list[Resource] = []
        self.requests: list[tuple[str, str]] = []
        self.stopped: set[str] = set()
        self.violations: list[str] = []
        self.desk_at = ""
        self.now = lambda: datetime.now(UTC)
        self.url = ""
        self._page_size = page_size
        self._faults: deque[Fault] = deque()
        self._numbers = itertools.count(1)
        self._spec = json.loads(spec.read_text()) if spec is not None and spec.is_file() else None
        self._runner: web.AppRunner | None = None

    # --- what a test arranges and looks at

    def identity(self, public_url: str | None = None, **more: Any) -> TwilioIdentity:
        return TwilioIdentity(SID, TOKEN, FROM, WHATSAPP, api_url=self.url, public_url=public_url, **more)

    def fail(self, *faults: Fault) -> None:
        """Let the next requests end like this, one fault each."""
        self._faults.extend(faults)

    async def report(
        self, of: Resource, status: str, *, error: int | None = None, number: int | None = None
    ) -> int:
        """Call back with a status; gives the desk's HTTP status. `number` overrides a call's sequence."""
        of.status, of.error_code = status, error
        if of.sid.startswith("CA"):
            fields = self._call_fields(of, status)
            fields["SequenceNumber"] = str(next(of.sequence) if number is None else number)
        else:
            fields = {
                "MessageSid": of.sid, "SmsSid": of.sid, "MessageStatus": status, "SmsStatus": status,
                "To": of.to, "From": of.fields["From"], "AccountSid": SID, "ApiVersion": "2010-04-01",
            }  # fmt: skip
            if error is not None:
                fields["ErrorCode"] = str(error)
        answer, _ = await self.call_back(of.fields["StatusCallback"], fields)
        return answer

    async def press(self, call: Resource, digits: str, twiml: str | None = None) -> str:
        """The called person presses a key while the first Gather listens; gives the TwiML that follows."""
        gather = ElementTree.fromstring(twiml or call.fields["Twiml"]).find("Gather")
        assert gather is not None, "nobody listens to keys"
        fields = {**self._call_fields(call, "in-progress"), "Digits": digits}
        status, answer = await self.call_back(gather.attrib["action"], fields)
        assert status == 200, f"the desk answers {status}"
        return answer

    async def text(self, sender: str, body: str, *, to: str = FROM, sid: str | None = None) -> str:
        """Somebody writes to us; gives what is written back, "" for nothing."""
        made = sid or f"SM{next(self._numbers):032x}"
        fields = {
            "MessageSid": made, "SmsSid": made, "SmsMessageSid": made, "AccountSid": SID, "From": sender,
            "To": to, "Body": body, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if body.strip().upper() in ("STOP", "STOPALL", "UNSUBSCRIBE"):
            self.stopped.add(sender)
            fields["OptOutType"] = "STOP"
        elif body.strip().upper() in ("START", "UNSTOP"):
            self.stopped.discard(sender)
            fields["OptOutType"] = "START"
        status, answer = await self.call_back(f"{self._public()}/hooks/twilio/sms", fields)
        assert status == 200, f"the desk answers {status}"
        return "".join(each.text or "" for each in ElementTree.fromstring(answer).iter("Message"))

    async def call_back(
        self, url: str, fields: dict[str, str], *, signed_with: str = TOKEN
    ) -> tuple[int, str]:
        """A signed POST to the desk: what it answers."""
        parts = urlsplit(url)
        real = urlsplit(self.desk_at)
        where = urlunsplit((real.scheme, real.netloc, parts.path, parts.query, ""))
        headers = {"X-Twilio-Signature": signature(signed_with, url, fields)}
        async with (
            aiohttp.ClientSession() as session,
            session.post(where, data=fields, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    def _public(self) -> str:
        return self.public_url

    public_url = "https://desk.example.org"

    def _call_fields(self, call: Resource, status: str) -> dict[str, str]:
        return {
            "CallSid": call.sid, "AccountSid": SID, "To": call.to, "From": call.fields["From"],
            "CallStatus": status, "Direction": "outbound-api", "ApiVersion": "2010-04-01",
        }  # fmt: skip

    # --- running

    async def __aenter__(self) -> TwilioStandIn:
        app = web.Application()
        app.router.add_get("/2010-04-01/Accounts/{sid}.json", self._account)
        for name in ("Messages", "Calls"):
            app.router.add_post(f"/2010-04-01/Accounts/{{sid}}/{name}.json", self._create)
            app.router.add_get(f"/2010-04-01/Accounts/{{sid}}/{name}.json", self._list)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    # --- answering

    async def _account(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refused(request)) is not None:
            return refused
        return web.json_response({"sid": SID, "friendly_name": "Night desk", "status": "active"})

    async def _create(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refused(request)) is not None:
            return refused
        name = request.path.rsplit("/", 1)[1].removesuffix(".json")
        fields = [(key, str(value)) for key, value in (await request.post()).items()]
        self._check(name, fields)
        fault = self._faults.popleft() if self._faults else None
        if fault is not None and not fault.accepted:
            return await self._fail(request, fault)
        problem = self._problem(name, dict(fields))
        if problem is not None:
            code, said = problem
            body = {"code": code, "message": said, "more_info": "", "status": 400}
            return web.json_response(body, status=400)
        prefix, kept = ("SM", self.messages) if name == "Messages" else ("CA", self.calls)
        made = Resource(f"{prefix}{next(self._numbers):032x}", dict(fields), fields, self.now())
        kept.append(made)
        if fault is not None:
            return await self._fail(request, fault)
        return web.json_response(self._shown(name, made), status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._refused(request)) is not None:
            return refused
        name = request.path.rsplit("/", 1)[1].removesuffix(".json")
        kept = self.messages if name == "Messages" else self.calls
        found = [
            each
            for each in reversed(kept)
            if request.query.get("To", each.to) == each.to
            and request.query.get("From", each.fields["From"]) == each.fields["From"]
        ]
        size = self._page_size or int(request.query.get("PageSize", "50"))
        page = int(request.query.get("Page", "0"))
        shown = found[page * size : (page + 1) * size]
        following = None
        if len(found) > (page + 1) * size:
            following = str(request.rel_url.update_query(Page=str(page + 1)))
        return web.json_response(
            {
                name.lower(): [self._shown(name, each) for each in shown],
                "next_page_uri": following,
                "page": page,
            }
        )

    def _refused(self, request: web.Request) -> web.Response | None:
        self.requests.append((request.method, request.path_qs))
        wanted = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != wanted or request.match_info["sid"] != SID:
            body = {"code": 20003, "message": "Authenticate", "more_info": "", "status": 401}
            return web.json_response(body, status=401)
        return None

    def _problem(self, name: str, fields: dict[str, str]) -> tuple[int, str] | None:
        to = fields.get("To", "").removeprefix("whatsapp:")
        if not to.startswith("+") or not to[1:].isdigit() or not 8 <= len(to) <= 16:
            return 21211, f"Invalid 'To' Phone Number: {to}"
        if fields.get("To", "").startswith("whatsapp:") != fields.get("From", "").startswith("whatsapp:"):
            return 21910, "Invalid From and To pair"
        if name == "Messages" and to in self.stopped:
            return 21610, "Attempt to send to unsubscribed recipient"
        if name == "Messages" and len(fields.get("Body", "")) > 1600:
            return 21617, "The concatenated message body exceeds the 1600 character limit"
        if name == "Messages" and not (fields.get("Body") or fields.get("ContentSid")):
            return 21602, "Message body is required"
        if name == "Calls" and len(fields.get("Twiml", "")) > 4000:
            return 21218, "Twiml is too long"
        return None

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.reset:
            assert request.transport is not None
            request.transport.abort()
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else None
        return web.json_response(fault.body, status=fault.status, headers=headers)

    def _shown(self, name: str, made: Resource) -> dict[str, Any]:
        common = {
            "sid": made.sid, "account_sid": SID, "to": made.to, "from": made.fields["From"],
            "status": made.status, "direction": made.direction, "date_created": format_datetime(made.created),
            "date_updated": format_datetime(made.created), "api_version": "2010-04-01",
        }  # fmt: skip
        if name == "Messages":
            shown = {**common, "body": made.body, "error_code": made.error_code, "num_segments": "1"}
        else:
            shown = common
        if self._spec is not None:
            schema = self._spec["components"]["schemas"][f"api.v2010.account.{name[:-1].lower()}"][
                "properties"
            ]
            self.violations += [f"answer has {key}" for key in shown if key not in schema]
        return shown

    def _check(self, name: str, fields: Fields) -> None:
        """Against Twilio's own description: every field known, of its type, the needed ones there."""
        if self._spec is None:
            return
        path = f"/2010-04-01/Accounts/{{AccountSid}}/{name}.json"
        content = self._spec["paths"][path]["post"]["requestBody"]["content"]
        schema = content["application/x-www-form-urlencoded"]["schema"]
        given = {key for key, _ in fields}
        self.violations += [f"{name} lacks {key}" for key in schema.get("required", ()) if key not in given]
        for key, value in fields:
            known = schema["properties"].get(key)
            if known is None:
                self.violations.append(f"{name} has no field {key}")
            elif known.get("type") == "integer" and not value.isdecimal():
                self.violations.append(f"{name}.{key} is {value!r}, no integer")
            elif known.get("format") == "uri" and not urlsplit(value).scheme:
                self.violations.append(f"{name}.{key} is {value!r}, no address")
            elif "enum" in known and value not in known["enum"]:
                self.violations.append(f"{name}.{key} is {value!r}, none of {known['enum']}")


def signature(token: str, url: str, fields: dict[str, str]) -> str:
    """The full URL, then every field's name and value in the order of the names, HMAC-SHA1, base64."""
    text = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def says(twiml: str) -> str:
    """All that a TwiML reads out."""
    return " ".join(each.text or "" for each in ElementTree.fromstring(twiml).iter("Say"))

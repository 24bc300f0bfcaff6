"""GCN Circulars: the JSON of topic `gcn.circulars`, and the older text form that mail and archives carry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from gcn.formats.circular_names import named
from gcn.formats.schema_fields import LATEST, Fields, offered
from gcn.notice import Notice, NoticeError
from gcn.raw_message import RawMessage

TOPIC = "gcn.circulars"
GATE = "a circular is a report to read, not an alert"

KEPT = (
    "circularId", "subject", "submitter", "body", "eventId", "eventType", "submittedHow", "format", "version",
    "editedBy", "bibcode",
)  # fmt: skip
"""What is kept of a circular. The submitter's bare mail address is not: it is in `submitter` already."""

_TEXT_FORM = re.compile(rb"\s*TITLE:\s+GCN (?:GRB )?(?:CIRCULAR|OBSERVATION REPORT)", re.IGNORECASE)
_HEADER = re.compile(r"(TITLE|NUMBER|SUBJECT|DATE|FROM):[ \t]*(.*)")
_DATE = re.compile(r"(\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d) GMT")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Circular:
    """The family of GCN Circulars."""

    name = "circular"

    def recognises(self, message: RawMessage) -> bool:
        if _TEXT_FORM.match(message.raw):
            return True
        content = message.json
        if content is None:
            return False
        by_name = "circulars.schema.json" in str(content.get("$schema", "")) or message.topic == TOPIC
        return by_name or {"circularId", "subject", "body"} <= content.keys()

    def read(self, message: RawMessage) -> Notice:
        content = message.json
        return read_text_form(message.raw) if content is None else read_circular(Fields(content))


FAMILY = Circular()


def read_circular(fields: Fields) -> Notice:
    """One circular. `createdOn` is milliseconds since 1970; the event is what GCN or the subject names.

    Raises NoticeError with the JSON pointer of a number, subject, body or time that is missing or wrong.
    """
    number = fields.number("circularId")
    subject, body = fields.text("subject"), fields.text("body")
    for name, found in (("circularId", number), ("subject", subject), ("body", body)):
        if found is None:
            raise fields.wrong(name, "the circular's own")
    properties: dict[str, object] = {
        name: fields.values[name] for name in KEPT if fields.values.get(name) is not None
    }
    edited = offered(lambda name: _milliseconds(fields, name), "editedOn", [])
    if edited is not None:
        properties["editedOn"] = edited.isoformat().replace("+00:00", "Z")
    created = _milliseconds(fields, "createdOn")
    if created is None:
        raise fields.wrong("createdOn", "milliseconds since 1970")
    event_id = offered(fields.text, "eventId", [])
    return _notice(int(number or 0), event_id, subject or "", body or "", created, properties)


def read_text_form(raw: bytes) -> Notice:
    """A circular as text: header lines, an empty line, the body. Bytes that are not UTF-8 are tolerated.

    Raises NoticeError naming the header line that is missing.
    """
    head, _, body = raw.decode("utf-8", errors="replace").replace("\r\n", "\n").lstrip().partition("\n\n")
    header = {line[1]: line[2].strip() for line in _HEADER.finditer(head)}
    if not header.get("NUMBER", "").isdecimal() or not header.get("SUBJECT"):
        raise NoticeError("circular: expected the lines NUMBER: and SUBJECT: in its head")
    number, subject = int(header["NUMBER"][:9]), header["SUBJECT"]
    properties: Mapping[str, object] = {
        "circularId": number,
        "subject": subject,
        "submitter": header.get("FROM", ""),
        "body": body.strip("\n"),
    }
    return _notice(number, None, subject, body, _text_date(header.get("DATE", "")), dict(properties))


def _notice(
    number: int,
    event_id: str | None,
    subject: str,
    body: str,
    created: datetime,
    properties: dict[str, object],
) -> Notice:
    about = named(event_id, subject, body)
    return Notice(
        format="circular",
        mission=about.mission,
        kind="circular",
        event=about.event,
        aliases=about.aliases,
        issued=created,
        properties=properties,
        links={"circular": f"https://gcn.nasa.gov/circulars/{number}"},
        gates=(GATE,),
    )


def _milliseconds(fields: Fields, name: str) -> datetime | None:
    value = fields.number(name)
    if value is None:
        return None
    if not 0.0 <= value <= (LATEST - _EPOCH).total_seconds() * 1000.0:
        raise fields.wrong(name, "milliseconds since 1970")
    return _EPOCH + timedelta(milliseconds=value)


def _text_date(text: str) -> datetime:
    """`20/01/29 17:07:21 GMT`; circulars began in 1997."""
    match = _DATE.match(text)
    try:
        if match is None:
            raise ValueError
        year, month, day, hour, minute, second = (int(part) for part in match.groups())
        return datetime(year + (1900 if year >= 90 else 2000), month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise NoticeError(f"circular DATE: expected yy/mm/dd hh:mm:ss GMT, found {text[:60]!r}") from None

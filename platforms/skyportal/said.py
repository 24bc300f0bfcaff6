"""What a SkyPortal says when it refuses, made fit to show: without tokens, SQL, tracebacks and schemas.

Its error texts hold the caller's token, SQL with parameters, file names of its server and Python tracebacks
(recorded in 0445, 0667, 0231, 0622).
"""

from __future__ import annotations

import re

LONGEST = 300  # characters
HIDDEN = "…"

_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
_BEARER = re.compile(
    r"(?i)\b(authorization|bearer|token|api[_-]?key|password|secret)\b(\s*[\"']?\s*[:=]\s*[\"']?)([^\s\"',}]+)"
)
_HOLDER = re.compile(r"\b(Token|User) \S+(?= (?:to )?(?:create|read|update|delete)\b)")
_PERSON = re.compile(r"\bfor User \S+ to\b")
_SQL = re.compile(r"\(psycopg[\w.]*\)\s*")
_PLACE = re.compile(r"(?:file://)?/(?:srv|home|usr|opt|var|tmp|root|app|skyportal)/[^\s'\"]*")
_FRAME = re.compile(
    r"^(?:Error (?:submitting|posting|parsing) [\w -]{1,40}|Cannot retrieve \w+|Failed to post \w+"
    r"|Invalid ?/ ?missing parameters): "
)
_FIELDS = re.compile(r"^\{'(?:\w+)': \[.*\]\}\.?$")
_FIELD = re.compile(r"'(\w+)': \[['\"](.*?)['\"]\]")
_ENUM = re.compile(r"'(\w+)' is not among the defined enum values\. Enum name: \w+\. Possible values: ")
_CHOICES = re.compile(r"'([^']*)' is not one of \[([^\]]*)\]")
_PARSED = re.compile(r"^(Error parsing packet) \".*?\"(?=: )", re.DOTALL)


def said(message: object, secrets: tuple[str, ...] = ()) -> str:
    """One line of what it said, at most `LONGEST` characters; "" if it said nothing.

    `secrets` are the tokens known here; whatever has the form of a token is hidden besides.
    """
    text = message if isinstance(message, str) else ""
    text = _heart(text)
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    text = _UUID.sub(HIDDEN, text)
    text = _PERSON.sub("for this account to", text)
    text = _HOLDER.sub("this account", text)
    text = _BEARER.sub(rf"\1\2{HIDDEN}", text)
    text = _PLACE.sub(HIDDEN, text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _heart(text: str) -> str:
    """The sentence for people out of a traceback, a database's error or a schema's."""
    if "Traceback (most recent call last)" in text:
        before, _, trace = text.partition("Traceback (most recent call last)")
        last = [line for line in trace.splitlines() if line.strip()]
        reason = re.sub(r"^[\w.]+(?:Error|Exception)?: ", "", last[-1].strip()) if last else ""
        text = " ".join(part for part in (before.strip(), reason) if part)
    for mark in ("\n[SQL:", "\nCONTEXT:", "\nFailed validating", "\nOn instance"):
        text = text.partition(mark)[0]
    text = _plain(_PARSED.sub(r"\1", text))
    text = re.sub(r"(to any of the following formats): .*$", r"\1 it knows", text, flags=re.DOTALL)
    detail = re.search(r"\nDETAIL:\s*(Key .*)", text)
    if _SQL.search(text):
        text = f"{_SQL.split(text)[0]}{_database(text, detail[1] if detail else '')}"
    return re.sub(r"\(builtins\.\w+\)\s*", "", text)


def _plain(text: str) -> str:
    """Without the frames around frames, and without Python's ways to write lists of fields and of choices."""
    text = text.strip()
    while (bare := _FRAME.sub("", text)) != text:
        text = bare
    if _FIELDS.match(text):
        text = "; ".join(f"{field}: {why[:1].lower()}{why[1:]}" for field, why in _FIELD.findall(text))
    text = re.sub(r"'(\w+)' is a required property", r"\1 is missing", text)
    text = _ENUM.sub(r"“\1” is not one of ", text)
    return _CHOICES.sub(lambda found: f"“{found[1]}” is not one of {found[2].replace(chr(39), '')}", text)


def _database(text: str, detail: str) -> str:
    key = re.match(r"Key \((\w+)\)=\((.*?)\)", detail)
    which = f" ({key[1]} {key[2]})" if key else ""
    if "UniqueViolation" in text:
        return f"it is there already{which}"
    if "ForeignKeyViolation" in text:
        return f"what it belongs to is not there{which}"
    missing = re.search(r'null value in column "(\w+)"', text)
    if "NotNullViolation" in text and missing:
        return f"{missing[1]} is not known there"
    if "NUL (0x00)" in text:
        return "a text may not hold NUL characters"
    return "its database refused it"

"""How a person is reached: kinds of addresses, the ways over them, and the rules by delay and state."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, get_args

import phonenumbers
from pydantic import AfterValidator, Field

from shifts.documents import Entry

AddressKind = Literal["slack", "discord", "email", "phone"]
KINDS: tuple[AddressKind, ...] = get_args(AddressKind)
CONFIRMED_BY_OWNER: frozenset[AddressKind] = frozenset({"email", "phone"})
"""Kinds that count once their owner gave back a code; chat accounts are linked, by code or administrator."""

Way = Literal["slack", "discord", "email", "sms", "voice", "whatsapp"]
ADDRESS_OF: dict[Way, AddressKind] = {
    "slack": "slack",
    "discord": "discord",
    "email": "email",
    "sms": "phone",
    "voice": "phone",
    "whatsapp": "phone",
}

State = Literal["any", "quiet", "awake", "on_shift", "on_leave"]

_SLACK = re.compile(r"[UW][A-Z0-9]{2,20}")
_DISCORD = re.compile(r"[0-9]{15,20}")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")


def _check_slack(member: str) -> str:
    if not _SLACK.fullmatch(member):
        raise ValueError(f"{member!r} is not a Slack member ID; it begins with U or W, as U012AB3CD")
    return member


def _check_discord(account: str) -> str:
    if not _DISCORD.fullmatch(account):
        raise ValueError(f"{account!r} is not a Discord user ID; it is a number of 15 to 20 digits")
    return account


def _check_email(address: str) -> str:
    if not _EMAIL.fullmatch(address) or len(address) > 254 or not address.isprintable():
        raise ValueError(f"{address!r} is not an e-mail address")
    return address


def check_phone(number: str) -> str:
    """The number in E.164. ValueError for one without a country, or one that no telephone has."""
    if not number.strip().startswith("+"):
        raise ValueError(f"{number!r} has no country; expected E.164, as +33612345678")
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{number!r} is not a telephone number: {error}") from None
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(f"{number!r} cannot be a telephone number of +{parsed.country_code}: wrong length")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


SlackMember = Annotated[str, AfterValidator(_check_slack)]
DiscordUser = Annotated[str, AfterValidator(_check_discord)]
EmailAddress = Annotated[str, AfterValidator(_check_email)]
PhoneNumber = Annotated[str, AfterValidator(check_phone)]


def same(kind: AddressKind, address: str) -> str:
    """The form in which all ways of writing one address are equal. Never raises: it reads what comes in."""
    address = address.strip()
    if kind == "email":
        return address.casefold()
    if kind == "phone":
        try:
            return check_phone(address.removeprefix("whatsapp:"))
        except ValueError:
            return address
    return address


def masked(kind: AddressKind, address: str) -> str:
    """The address as the audit keeps it: enough for its owner to know it again, too little to use it."""
    if kind == "email":
        local, _, host = address.partition("@")
        return f"{local[:1]}…@{host}"
    return f"{address[:3]}…{address[-2:]}" if kind == "phone" else address


class ContactRule(Entry):
    """One try to reach a person: `after` minutes from the page on, `by` a way, `when` in that state."""

    what: ClassVar[str] = "a contact rule"
    after: int = Field(ge=0, le=24 * 60)
    by: Way
    when: State = "any"

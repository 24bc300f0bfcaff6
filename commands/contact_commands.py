"""`me language` and `me contact`: the words one reads, and by which way one is reached after how long."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cards.answer_card import answer_card
from cards.card import Card, Line, Lines, Note, Text, Tone
from cards.catalogues import languages
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.me_commands import change, rule_line, said_to
from commands.options import Choice, Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from shifts.contact import ADDRESS_OF, ContactRule, State
from shifts.people_file import Person
from shifts.permissions import Permission

STATES: tuple[State, ...] = ("any", "quiet", "awake", "on_shift", "on_leave")
LONGEST_WAIT = 24 * 60


async def language(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, wanted = request.reader, request.text_or_none("locale")
    spoken = ("en", *languages())
    if wanted is None:
        raise CommandError(
            reader.say(
                "Name your language, as “me language fr”; nightdesk speaks {languages}.",
                languages=reader.listing(spoken),
            ),
            option="locale",
            choices=tuple(Choice(each, each) for each in spoken),
        )
    with said_to("locale"):
        person = await change(request, rooms, {"locale": wanted})
    theirs = Reader(person.locale, person.timezone)
    title = theirs.say("Cards and answers come in your language now: {locale}", locale=person.locale)
    untold = theirs.babel.language not in spoken
    words = [theirs.say("There are no texts in it yet: they stay English.")] if untold else []
    yield Reply(answer_card(theirs, title, *words, tone=Tone.GOOD))


async def contact(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Add a rule, in place of the one of the same way and state; or only show the rules."""
    reader, person = request.reader, request.person
    anew, way = request.flag("anew"), request.text_or_none("by")
    if way is None and not anew:
        if request.has("after"):
            raise CommandError(reader.say("By which way? For example: me contact sms 5"), option="by")
        yield Reply(_rules_card(reader.say("How you are reached when you are paged"), person, reader))
        return
    kept = [] if anew else [rule.to_dict() for rule in person.contact]
    if way is not None:
        when = request.text("when")
        kept = [each for each in kept if (each["by"], each.get("when", "any")) != (way, when)]
        kept.append({"after": _minutes(request), "by": way, "when": when})
    with said_to("by"):
        changed = await change(request, rooms, {"contact": kept})
    title = reader.say("From now on you are reached so when you are paged")
    yield Reply(_rules_card(title, changed, reader, tone=Tone.GOOD))


def _minutes(request: Request) -> int:
    given = request.number_or_none("after") or 0.0
    if given != int(given):
        raise CommandError(
            request.reader.say("Expected whole minutes, not {given}.", given=f"{given:g}"), option="after"
        )
    return int(given)


def _rules_card(title: str, person: Person, reader: Reader, tone: Tone = Tone.INFO) -> Card:
    lines: list[Line] = [rule_line(rule, reader) for rule in sorted(person.contact, key=_order)]
    if not lines:
        lines = [(Text(reader.say("No rules of your own: the desk’s usual order counts.")),)]
    unusable = sorted({rule.by for rule in person.contact} - person.usable())
    notes = [
        Note((Text(reader.say("Not used until you confirm it: {ways}.", ways=reader.listing(unusable))),))
    ]
    return answer_card(reader, title, Lines(tuple(lines)), *(notes if unusable else ()), tone=tone)


def _order(rule: ContactRule) -> int:
    return rule.after


COMMANDS = (
    Command(
        "language", marked("The language of what the desk tells you"), language, group="me",
        nature=Nature.CHANGES, permission=Permission.VIEWER, private=True,
        options=(Option("locale", OptionKind.TEXT, marked("A language, as fr or pt_BR")),),
        examples=("me language fr",),
    ),
    Command(
        "contact", marked("How you are reached when you are paged: show the rules, add one, begin anew"),
        contact, group="me", nature=Nature.CHANGES, permission=Permission.VIEWER, private=True,
        options=(
            Option("by", OptionKind.CHOICE, marked("The way"), choices=tuple(ADDRESS_OF)),
            Option("after", OptionKind.NUMBER, marked("Minutes after the page; at once otherwise"),
                   minimum=0, maximum=LONGEST_WAIT),
            Option("when", OptionKind.CHOICE, marked("Only while you are so"), default="any",
                   choices=STATES),
            Option("anew", OptionKind.FLAG, marked("Forget the rules of before")),
        ),
        examples=("me contact", "me contact slack 0 any", "me contact slack after:2 when:quiet anew"),
    ),
)  # fmt: skip

"""`subscribe`, `subscriptions`, `unsubscribe`, `mute`, `me wake`: what one wants to hear of, and when not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from cards import wording
from cards.answer_card import answer_card
from cards.card import Instant, InstantForm, Lines, Table, Text, Tone, joined, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Nature
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from notifiers.dry_run import DryRun, Would
from notifiers.routes import Tell
from notifiers.ruling import Urgency
from notifiers.subscriptions import DRY_RUN_DAYS, Wish
from shifts.permissions import Permission

VIEWER = Permission.VIEWER
CHANGES = Nature.CHANGES


async def woken(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, wakes = request.reader, request.flag("wake")
    await rooms.subscriptions.wake(
        request.person.name, wakes, by=request.caller.name, where=request.place.front.value
    )
    words = (
        reader.say("Routes that may wake people wake you, on shift or not.")
        if wakes
        else reader.say("Only when on shift are you woken.")
    )
    yield Reply(answer_card(reader, words, tone=Tone.GOOD))


async def subscribed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Subscribe to a rule, or with `dry` only see what it would have told."""
    reader, name = request.reader, request.person.name
    wish = Wish(
        rule=request.text("rule"),
        tell=Tell(request.text("tell")),
        urgency=Urgency(request.text("urgency")),
        wakes=request.flag("wakes"),
    )
    tried = await rooms.subscriptions.dry_run(name, wish)
    if request.flag("dry"):
        yield Reply(answer_card(reader, dry_words(tried, reader), *_occasions(tried, reader)))
        return
    made = await rooms.subscriptions.add(name, wish, by=request.caller.name, where=request.place.front.value)
    title = reader.say("Subscribed, number {number}", number=made.number)
    yield Reply(answer_card(reader, title, dry_words(tried, reader), tone=Tone.GOOD))


def dry_words(tried: DryRun, reader: Reader) -> str:
    """`It would have told you 7 times in the last 30 days; woken you once.`"""
    told = reader.say_many(
        "It would have told you {count} time in the last {days} days",
        "It would have told you {count} times in the last {days} days",
        tried.count(Would.TOLD, Would.WOKEN, Would.HELD),
        days=f"{DRY_RUN_DAYS:g}",
    )
    woken_count = tried.count(Would.WOKEN)
    if not woken_count:
        return f"{told}."
    woke = reader.say_many("woken you {count} time", "woken you {count} times", woken_count)
    return f"{told}; {woke}."


def _occasions(tried: DryRun, reader: Reader) -> list[Lines]:
    lines = tuple(
        joined(
            [
                (Instant(each.at, InstantForm.DATE_TIME),),
                (Text(clean(each.name)),),
                (Text(_would(each.would, reader)),),
            ]
        )
        for each in tried.occasions[-12:]
    )
    return [Lines(lines)] if lines else []


def _would(would: Would, reader: Reader) -> str:
    match would:
        case Would.TOLD:
            return reader.say("told")
        case Would.WOKEN:
            return reader.say("told, and woken")
        case Would.HELD:
            return reader.say("told in the morning")
        case Would.DROPPED:
            return reader.say("not told")


def _told(tell: Tell, reader: Reader) -> str:
    match tell:
        case Tell.FIRST:
            return reader.say("only the first time")
        case Tell.MATERIAL:
            return reader.say("what changes a decision")
        case Tell.EVERY:
            return reader.say("every change")
        case Tell.DIGEST:
            return reader.say("in the daily digest")


def _urgent(urgency: Urgency, reader: Reader) -> str:
    match urgency:
        case Urgency.LOW:
            return reader.say("not urgent")
        case Urgency.NORMAL:
            return reader.say("of normal urgency")
        case Urgency.HIGH:
            return reader.say("urgent")


async def subscriptions(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    found = await rooms.subscriptions.all_of(request.person.name)
    title = reader.say("What you are told of")
    if not found:
        yield Reply(answer_card(reader, title, reader.say("Nothing of your own yet: subscribe RULE.")))
        return
    rows = tuple(
        (
            (strong(str(each.number)),),
            (Text(shorten(clean(each.wish.rule), 160)),),
            (Text(f"{_told(each.wish.tell, reader)}, {_urgent(each.wish.urgency, reader)}"),),
            (Text(reader.say("paused") if each.paused else reader.say("counts")),),
        )
        for each in found
    )
    columns = (reader.say("no."), reader.say("rule"), reader.say("how"), reader.say("state"))
    yield Reply(answer_card(reader, title, Table((), columns, rows)))


async def unsubscribed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, number, name = request.reader, int(request.number("number")), request.person.name
    if request.flag("pause") or request.flag("resume"):
        made = await rooms.subscriptions.pause(
            name,
            number,
            paused=request.flag("pause"),
            by=request.caller.name,
            where=request.place.front.value,
        )
        words = (
            reader.say("Subscription {number} rests", number=number)
            if made.paused
            else reader.say("Subscription {number} counts again", number=number)
        )
        yield Reply(answer_card(reader, words, tone=Tone.GOOD))
        return
    gone = await rooms.subscriptions.remove(
        name, number, by=request.caller.name, where=request.place.front.value
    )
    title = reader.say("Subscription {number} is gone", number=number)
    yield Reply(answer_card(reader, title, shorten(clean(gone.wish.rule), 200), tone=Tone.GOOD))


async def muted(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Leave me alone with an event, a mission or all, until a time; pages are never muted."""
    reader, name, where = request.reader, request.person.name, request.place.front.value
    if request.flag("off"):
        count = await rooms.subscriptions.unmute(name, by=request.caller.name, where=where)
        words = reader.say_many("{count} mute taken back", "{count} mutes taken back", count)
        yield Reply(answer_card(reader, words, tone=Tone.GOOD))
        return
    length = request.duration_or_none("for") or timedelta(hours=8)
    scope, subject = "all", ""
    if request.has("event"):
        scope, subject = "event", request.event().event
    elif request.has("mission"):
        scope, subject = "mission", request.text("mission")
    made = await rooms.subscriptions.mute(
        name, request.now + length, scope=scope, subject=subject, by=request.caller.name, where=where
    )
    title = reader.say(
        "Quiet about {what} for {length}",
        what=subject or reader.say("everything"),
        length=wording.duration(length, reader),
    )
    until = reader.line("Until {time}", time=Instant(made.until, InstantForm.DATE_TIME))
    note = reader.say("Pages still reach you, and so does what takes back something you were told.")
    yield Reply(answer_card(reader, title, until, note, tone=Tone.GOOD))


COMMANDS = (
    Command(
        "wake",
        marked("Whether routes that may wake people wake you off shift too"),
        woken,
        "me",
        (Option("wake", OptionKind.FLAG, marked("yes or no"), default="yes"),),
        permission=VIEWER,
        nature=CHANGES,
        private=True,
        examples=("me wake", "me wake wake:no"),
    ),
    Command(
        "subscribe",
        marked("Be told of events by a rule of your own; dry only tries it"),
        subscribed,
        None,
        (
            Option(
                "rule",
                OptionKind.RULE,
                marked("As significant && p.BNS > 0.5 (docs/routes.md)"),
                required=True,
            ),
            Option(
                "tell",
                OptionKind.CHOICE,
                marked("What is told after the first time"),
                default="material",
                choices=("first", "material", "every", "digest"),
            ),
            Option(
                "urgency",
                OptionKind.CHOICE,
                marked("How urgent it is to you"),
                default="normal",
                choices=("low", "normal", "high"),
            ),
            Option("wakes", OptionKind.FLAG, marked("It may wake you")),
            Option("dry", OptionKind.FLAG, marked("Only say what it would have told")),
        ),
        permission=VIEWER,
        nature=CHANGES,
        private=True,
        examples=('subscribe "significant && p.BNS > 0.5" dry', "subscribe \"has_tag('GRB')\" urgency:low"),
    ),
    Command(
        "subscriptions",
        marked("What you subscribed to"),
        subscriptions,
        permission=VIEWER,
        private=True,
        examples=("subscriptions",),
    ),
    Command(
        "unsubscribe",
        marked("End a subscription, let it rest, or take it up again"),
        unsubscribed,
        None,
        (
            Option("number", OptionKind.NUMBER, marked("Its number"), required=True, minimum=1, whole=True),
            Option("pause", OptionKind.FLAG, marked("Only let it rest")),
            Option("resume", OptionKind.FLAG, marked("Take it up again")),
        ),
        permission=VIEWER,
        nature=CHANGES,
        private=True,
        examples=("unsubscribe 1", "unsubscribe 1 pause"),
    ),
    Command(
        "mute",
        marked("Hear nothing of an event, a mission or all, for a while"),
        muted,
        None,
        (
            Option("event", OptionKind.EVENT, marked("Only of this event")),
            Option("mission", OptionKind.TEXT, marked("Only of this mission, as Fermi")),
            Option("for", OptionKind.DURATION, marked("How long, as 8h")),
            Option("off", OptionKind.FLAG, marked("Take all mutes back")),
        ),
        permission=VIEWER,
        nature=CHANGES,
        private=True,
        examples=("mute for:2h", "mute off"),
    ),
)

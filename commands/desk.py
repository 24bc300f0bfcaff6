"""The desk as every front end sees it: run a command, complete an option, press a button."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace

from cards.answer_card import answer_card, refusal_card
from cards.card import Button, ButtonStyle, Tone
from cards.reader import Reader, ReaderError
from commands import interrupted, waiting
from commands.book import Book
from commands.command import Command, Nature
from commands.completion import complete
from commands.errors import CommandError, NotAllowed, said_error
from commands.forms import carrying, form_of
from commands.job_cards.own_sentences import said_platform
from commands.lines import LONGEST_LINE, Typed, read_options, words_of
from commands.options import Choice, OptionKind
from commands.permission import check_permission, check_trigger
from commands.questions import Answered, Tell, answered_card
from commands.request import Account, Caller, Form, Place, Reply, Request
from commands.rooms import Rooms
from commands.settings_text import merged
from commands.tables import ConfirmationRow
from commands.values import ValueReader
from commands.waiting import Settled
from notifiers.paging.answers import PageError
from notifiers.paging.plan import EscalationError
from notifiers.subscriptions import SubscriptionError
from notifiers.targets import TargetError
from platforms.job import PlatformError
from shifts.errors import RosterError
from shifts.people_file import Person
from store import audit
from store.database import DATABASE_AWAY
from store.owners import owner_name

log = logging.getLogger(__name__)

FAILED = "failed"
REFUSED = "refused"
DONE = "done"
"""What to do where something may work in a while, and nothing else is known."""
SAID = (RosterError, PageError, SubscriptionError, EscalationError, TargetError, PlatformError)
"""What the rooms raise for people to read: one sentence each."""


@dataclass(frozen=True)
class Call:
    """A command as a front end got it: a typed line, or a path with the texts of its options.

    `delivery` is the front end's own id of this delivery: the same one is acted on once.
    """

    account: Account
    place: Place
    line: str = ""
    path: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    delivery: str | None = None


@dataclass(frozen=True)
class Press:
    """A button that somebody pressed: what it says it does, and to what; `message` is where it stands."""

    account: Account
    place: Place
    action: str
    value: str
    delivery: str | None = None
    message: str = ""


@dataclass
class _Heard:
    """A delivery, and whether this is the time that it is acted on."""

    delivery: str | None
    ours: bool = False


class Desk:
    """Runs what people ask.

    Promises: whatever is asked, somebody is answered, in a clear sentence and never a traceback; who may not
    is refused before anything is read; what changes something is written into the audit, done or refused; a
    delivery that a chat repeats is done once; a dangerous command runs only after its confirmation.
    """

    def __init__(self, book: Book, rooms: Rooms) -> None:
        self.book = book
        self.rooms = rooms
        self._owner = owner_name()
        self.answered_elsewhere: list[Tell] = []
        """How the front ends bring questions up to date that were answered elsewhere than they stand."""

    async def caller(self, account: Account) -> Caller:
        """Who an account is: the person that linked it, reading in their own language and zone."""
        person = await self._person(account)
        facts = self.rooms.facts
        if person is not None:
            return Caller(account, _reader(person.locale, person.timezone), person)
        return Caller(account, _reader(account.locale or facts.locale, account.timezone or facts.timezone))

    async def _person(self, account: Account) -> Person | None:
        match account.kind:
            case "slack" | "discord":
                return await self.rooms.people.find(account.kind, account.id)
            case "terminal" | "web":
                return (await self.rooms.people.everybody()).by_name().get(account.id)
            case _:
                return None

    async def run(self, call: Call) -> AsyncIterator[Reply]:
        """The answers to a call, each in place of the one before."""
        caller = await self._known(call.account)
        try:
            typed = self._typed(call, caller)
        except CommandError as error:
            yield await self._refusal(None, {}, error, caller)
            return
        async for reply in self._answers(typed, caller, call.place, call.delivery):
            yield reply

    async def check(self, call: Call) -> Form | None:
        """The form of a call with what is wrong said at its fields; None where it can be run."""
        caller = await self._known(call.account)
        try:
            typed = self._typed(call, caller)
            request = await self._request(typed, caller, call.place)
        except CommandError as error:
            command = self.book.get(call.path) if call.path in self.book else None
            return form_of(command, call.given, error) if command is not None and error.option else None
        except (*SAID, *DATABASE_AWAY):
            return None  # it is said by the run that follows
        return request.form if isinstance(request, Reply) else None

    async def press(self, press: Press) -> AsyncIterator[Reply]:
        """The answers to a pressed button."""
        caller = await self._known(press.account)
        match press.action:
            case "command.run":
                async with self.rooms.database.read() as session:
                    call = await waiting.kept(session, press.value, self.rooms.clock.now())
                if call is None or call.path not in self.book:
                    yield _expired(caller.reader)
                    return
                command = self.book.get(call.path)
                typed = Typed(command, merged(command, call.given))
                async for reply in self._answers(typed, caller, press.place, press.delivery):
                    yield reply
            case "confirm.yes" | "confirm.no":
                async for reply in self._confirmed(press, caller):
                    yield reply
            case action if action.replace(".", " ") in self.book:
                # `page.acknowledge` of a page, `event.take` of an event: a command and its first option.
                command = self.book.get(action.replace(".", " "))
                given = {command.options[0].name: press.value} if command.options and press.value else {}
                async for reply in self._answers(Typed(command, given), caller, press.place, press.delivery):
                    yield reply
            case _:
                yield _expired(caller.reader)

    async def complete(self, account: Account, path: str, option: str, typed: str) -> tuple[Choice, ...]:
        """What could be meant by what has been typed; nothing for options that have no completion."""
        if path not in self.book:
            return ()
        found = self.book.get(path).option(option)
        if found is None or not found.completes:
            return ()
        # Only whose shifts they are, and in which language jobs are told, depends on who asks.
        personal = found.kind in (OptionKind.SHIFT, OptionKind.JOB)
        caller = await self.caller(account) if personal else None
        return await complete(self.rooms, found, typed, caller)

    async def _known(self, account: Account) -> Caller:
        try:
            return await self.caller(account)
        except DATABASE_AWAY:
            return Caller(
                account, _reader(account.locale or self.rooms.facts.locale, account.timezone or "UTC")
            )

    def _typed(self, call: Call, caller: Caller) -> Typed:
        reader = caller.reader
        if call.path:
            if call.path not in self.book:
                raise CommandError(reader.say("There is no command “{name}”.", name=call.path[:80]))
            command = self.book.get(call.path)
            return Typed(command, merged(command, call.given))
        if len(call.line) > LONGEST_LINE:
            raise CommandError(
                reader.say(
                    "{length} characters are too many; at most {most} are read.",
                    length=len(call.line),
                    most=LONGEST_LINE,
                )
            )
        words = words_of(call.line)
        found = self.book.find(words)
        if found is None and len(words) == 1 and words[0].lower().removeprefix("/") in self.book.groups:
            return Typed(self.book.get("help"), {"command": words[0].lower().removeprefix("/")})
        if found is None and words:
            written = " ".join(words[:2])[:80]
            near = self.book.near(words)
            choices = tuple(Choice(path, path) for path in near)
            if near:
                raise CommandError(
                    reader.say(
                        "There is no command “{name}”; did you mean {near}?",
                        name=written,
                        near=reader.listing(near),
                    ),
                    choices=choices,
                )
            raise CommandError(reader.say("There is no command “{name}”; “help” lists them.", name=written))
        if found is None:
            return Typed(self.book.get("help"), {})
        command, count = found
        registry = self.rooms.registry
        return Typed(command, read_options(command, words[count:], reader, lambda word: word in registry))

    async def _answers(
        self,
        typed: Typed,
        caller: Caller,
        place: Place,
        delivery: str | None,
        *,
        confirmed: bool = False,
        by: str = "",
    ) -> AsyncIterator[Reply]:
        heard = _Heard(delivery, ours=confirmed)  # what was confirmed was noted with the yes
        async for reply in self._done(typed, caller, place, heard, confirmed, by):
            yield reply
        if heard.ours and delivery is not None:
            await self._finished(delivery)

    async def _done(
        self,
        typed: Typed,
        caller: Caller,
        place: Place,
        heard: _Heard,
        confirmed: bool,
        by: str,
    ) -> AsyncIterator[Reply]:
        command, request = typed.command, None
        try:
            check_permission(command, caller, self.rooms)
            if heard.delivery is not None and not heard.ours and command.nature is not Nature.READS:
                heard.ours = await self._first(heard.delivery, typed, caller, place)
                if not heard.ours:
                    return
            request = await self._request(typed, caller, place)
            if isinstance(request, Reply):
                yield request
                return
            if not confirmed:
                asked = await self._question(command, request, typed.given)
                if asked is not None:
                    yield asked
                    return
            answers = command.handler(request, self.rooms)
            if command.nature is Nature.CHANGES:
                # What was done is written down before anybody is told.
                done = [reply async for reply in answers]
                await self._audit(command, caller, place, typed.given, DONE, by)
                for reply in done:
                    yield _meant_for(command, reply, typed.given)
                return
            async for reply in answers:
                yield _meant_for(command, reply, typed.given)
            await self._audit(command, caller, place, typed.given, DONE, by)
        except CommandError as error:
            await self._audit(command, caller, place, typed.given, REFUSED, str(error))
            yield await self._refusal(command, typed.given, error, caller)
        except SAID as error:
            await self._audit(command, caller, place, typed.given, REFUSED, str(error))
            yield await self._refusal(command, typed.given, CommandError(_said(caller.reader, error)), caller)
        except DATABASE_AWAY as error:
            log.warning("%s could not be done, the database is away: %s", command.path, type(error).__name__)
            yield _database_away(caller.reader)
        except Exception:
            # Whatever a handler did not foresee: whoever asked is told, and the log has the traceback.
            reference = secrets.token_hex(4)
            log.exception("%s failed (%s)", command.path, reference)
            await self._audit(command, caller, place, typed.given, FAILED, reference)
            sentence = caller.reader.say(
                "nightdesk itself failed on “{command}”; the log has it under {reference}.",
                command=command.path,
                reference=reference,
            )
            yield Reply(refusal_card(caller.reader, sentence), private=True)

    async def _request(self, typed: Typed, caller: Caller, place: Place) -> Request | Reply:
        """The call with its options read, or the form that asks for what is missing."""
        command, given = typed.command, dict(typed.given)
        for option in command.options:
            if option.name not in given and place.event is not None and option.kind.value == "event":
                given[option.name] = place.event  # in an event's own thread it goes without saying
        missing = [
            option for option in command.options if option.required and not given.get(option.name, "").strip()
        ]
        if missing:
            names = caller.reader.listing([option.name for option in missing])
            sentence = caller.reader.say(
                "{command} needs {options}. For example: {example}",
                command=command.path,
                options=names,
                example=command.examples[0],
            )
            return Reply(refusal_card(caller.reader, sentence), private=True, form=form_of(command, given))
        async with self.rooms.database.read() as session:
            values = await ValueReader(session, self.rooms, caller).read(command, given)
        request = Request(command.path, values, caller, place, self.rooms.clock.now(), given)
        check_trigger(command, request, self.rooms)
        if command.check is not None:
            await command.check(request, self.rooms)
        return request

    async def _question(self, command: Command, request: Request, given: Mapping[str, str]) -> Reply | None:
        if command.question is None:
            return None
        card = await command.question(request, self.rooms)
        if card is None:
            return None
        second = command.second_person or command.path in self.rooms.facts.second_person
        async with self.rooms.database.write() as session:
            token = await waiting.ask(session, request, given, second=second)
        reader = request.reader
        # Short text: button that confirms
        yes = Button("confirm.yes", reader.say("Yes, do it"), token, ButtonStyle.DANGER)
        # Short text: button that declines
        no = Button("confirm.no", reader.say("No"), token)
        note = reader.say("This asks for a yes within 15 minutes.")
        if second:
            note = reader.say("This asks for a yes of a second person within 15 minutes.")
        asked = answer_card(reader, card.title, *card.blocks, note, tone=Tone.WARNING, buttons=(yes, no))
        return Reply(asked, private=command.private and not second, asks=token)

    async def stands_in(self, asks: str, message: str) -> None:
        """Note which message shows a question; where that cannot be written it just keeps its buttons."""
        try:
            async with self.rooms.database.write() as session:
                await waiting.stands_in(session, asks, message)
        except DATABASE_AWAY as error:
            log.warning("where a question stands was not noted: %s", type(error).__name__)

    async def _tell_where_asked(
        self,
        command: Command,
        row: ConfirmationRow,
        press: Press,
        *,
        yes: bool,
        by: str,
        here: bool = False,
    ) -> None:
        """Take the buttons from the question where it stands, if it was answered from elsewhere.

        Where it was answered `here`, its place is taken by the reply, unless that is for one person only.
        """
        at_hand = (press.place.front.value, press.message) == (row.front, row.message)
        if row.message is None or at_hand is not here:
            return
        try:
            asker = await self.rooms.people.person(row.asked_by)
            reader = _reader(asker.locale, asker.timezone)
        except (RosterError, *DATABASE_AWAY):
            reader = _reader(self.rooms.facts.locale, self.rooms.facts.timezone)
        card = answered_card(reader, command, row, yes=yes, by=by)
        for tell in self.answered_elsewhere:
            await tell(Answered(row.front, row.channel, row.message, card, reader))

    async def _confirmed(self, press: Press, caller: Caller) -> AsyncIterator[Reply]:
        reader = caller.reader
        yes = press.action == "confirm.yes"
        async with self.rooms.database.read() as session:
            waits = await session.get(ConfirmationRow, press.value)
        if waits is None or waits.path not in self.book:
            yield _expired(reader)
            return
        command = self.book.get(waits.path)
        try:
            if yes or caller.name != waits.asked_by:
                check_permission(command, caller, self.rooms)
        except CommandError as error:
            await self._audit(command, caller, press.place, waits.given, REFUSED, str(error))
            yield await self._refusal(command, waits.given, error, caller)
            return
        async with self.rooms.database.write() as session:
            now = self.rooms.clock.now()
            came, row = await waiting.settle(session, press.value, by=caller.name, yes=yes, now=now)
            if came is Settled.YES and press.delivery is not None:
                # With the yes: a process that dies after it has left a note of what it was about to do.
                call = interrupted.written(command, dict(waits.given), caller, press.place)
                await waiting.first_time(session, press.delivery, now, call=call, owner=self._owner)
        match came:
            case Settled.YES:
                assert row is not None
                await self._tell_where_asked(command, row, press, yes=True, by=caller.name)
                by = f"asked by {row.asked_by}, confirmed by {caller.name}"
                typed = Typed(command, dict(row.given))
                stands = True
                async for reply in self._answers(
                    typed, caller, press.place, press.delivery, confirmed=True, by=by
                ):
                    if reply.private and stands:
                        stands = False
                        await self._tell_where_asked(command, row, press, yes=True, by=caller.name, here=True)
                    yield reply
            case Settled.NO:
                await self._tell_where_asked(command, waits, press, yes=False, by=caller.name)
                await self._audit(
                    command, caller, press.place, waits.given, "declined", f"asked by {waits.asked_by}"
                )
                yield Reply(answer_card(reader, reader.say("Not done: {who} said no.", who=caller.name)))
            case Settled.OWN:
                sentence = reader.say("A second person has to say yes: you asked for it yourself.")
                yield Reply(refusal_card(reader, sentence), private=True)
            case Settled.SETTLED:
                sentence = reader.say(
                    "{who} has answered this already.", who=waits.confirmed_by or waits.asked_by
                )
                yield Reply(refusal_card(reader, sentence), private=True)
            case Settled.EXPIRED:
                yield _expired(reader)

    async def _refusal(
        self, command: Command | None, given: Mapping[str, str], error: CommandError, caller: Caller
    ) -> Reply:
        buttons: list[Button] = []
        if error.choices and not isinstance(error, NotAllowed):
            now = self.rooms.clock.now()
            async with self.rooms.database.write() as session:
                for choice in error.choices[:5]:
                    if command is None:
                        token = await waiting.keep(session, choice.value, {}, now)
                    else:
                        open_words = {k: text for k, text in given.items() if not _is_secret(command, k)}
                        again = {**open_words, error.option or command.options[0].name: choice.value}
                        token = await waiting.keep(session, command.path, again, now)
                    buttons.append(Button("command.run", choice.label[:75], token))
        card = refusal_card(caller.reader, str(error), buttons)
        form = None
        if command is not None and error.option is not None:
            form = form_of(command, given, error)
        return Reply(card, private=True, form=form, choices=error.choices)

    async def _first(self, delivery: str, typed: Typed, caller: Caller, place: Place) -> bool:
        call = interrupted.written(typed.command, typed.given, caller, place)
        async with self.rooms.database.write() as session:
            now = self.rooms.clock.now()
            return await waiting.first_time(session, delivery, now, call=call, owner=self._owner)

    async def _finished(self, delivery: str) -> None:
        try:
            async with self.rooms.database.write() as session:
                await waiting.finished(session, delivery, self.rooms.clock.now())
        except DATABASE_AWAY as error:
            log.warning("that a call was answered cannot be written down: %s", type(error).__name__)

    async def _audit(
        self, command: Command, caller: Caller, place: Place, given: Mapping[str, str], result: str, why: str
    ) -> None:
        shown = {name: "…" if _is_secret(command, name) else text for name, text in given.items()}
        try:
            async with self.rooms.database.write() as session:
                await audit.record(
                    session,
                    who=caller.name,
                    where=f"{place.front.value} {place.channel}".strip(),
                    what=command.path,
                    subject=next(iter(shown.values()), "")[:200],
                    result=result,
                    details={"options": shown, "nature": command.nature.value, "why": why},
                    at=self.rooms.clock.now(),
                )
        except DATABASE_AWAY as error:
            log.error("%s by %s could not be audited: %s", command.path, caller.name, type(error).__name__)


def _reader(locale: str, timezone: str) -> Reader:
    try:
        return Reader(locale, timezone)
    except ReaderError:
        return Reader()


def _meant_for(command: Command, reply: Reply, given: Mapping[str, str]) -> Reply:
    form = reply.form
    if form is not None and form.path == command.path:
        form = carrying(command, form, given)
    return replace(reply, private=reply.private or command.private, form=form)


def _is_secret(command: Command, name: str) -> bool:
    option = command.option(name)
    return option is not None and option.secret


def _database_away(reader: Reader) -> Reply:
    sentence = reader.say("The desk's database cannot be reached now; please ask again in a minute.")
    return Reply(refusal_card(reader, sentence), private=True)


def _said(reader: Reader, error: Exception) -> str:
    """What a room or a platform said, and what to do where it knows, in the reader's language."""
    return said_platform(reader, error) if isinstance(error, PlatformError) else said_error(reader, error)


def _expired(reader: Reader) -> Reply:
    sentence = reader.say("This button has expired; please ask again.")
    return Reply(refusal_card(reader, sentence), private=True)

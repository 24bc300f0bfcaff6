"""The hub: every part of nightdesk put together, started, watched and stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp.web import RouteDef
from aiohttp.web import post as web_post
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import dead_mans_switch, schema, web_ack, web_fits, web_jobs
from bot.asking import desk_of
from bot.chat_socket import ChatSocket
from bot.closure_watch import ClosureWatch
from bot.composition import Tools, compute_of, habits_of, paces_of, stream_settings_of, tools_of
from bot.dead_mans_switch import DeadMansSwitch
from bot.discord_front import discord_front_of
from bot.drill_work import DrillWork
from bot.duty_loops import DutyLoops
from bot.intake import Intake
from bot.landing import Landing
from bot.metrics import Metrics, Snapshot
from bot.plan_drawing import drawing_with
from bot.planning import PlanWorks
from bot.platforms import platforms_of, works_of
from bot.portal_advocates import PortalAdvocates
from bot.portal_links import PortalLinks
from bot.reacting import reactions_of
from bot.roster_keeper import RosterKeeper
from bot.self_test import SelfTest
from bot.settings import Settings
from bot.slack_front import slack_front_of
from bot.supervision import Supervisor
from bot.web import Readiness, WebServer
from bot.web_calendar import CalendarPages, nights_from
from bot.web_twilio import TwilioHooks
from bot.web_unsubscribe import UnsubscribePages
from cards.card import Card
from cards.desk_card import stream_back_card, stream_silent_card
from cards.reader import Reader
from commands.advocates_told import UnknownAdvocates
from commands.interrupted import Interrupted
from commands.jobs_told import JobCards
from commands.plan_deleting import DeletedPlans
from commands.pointed import taken_at
from commands.retraction.telling import RetractedJobs
from events.analyst import ANALYSIS_LANDED, ANALYSIS_WANTED, Analyst
from events.download import download
from events.map_fetch import MapFetcher
from events.service import Attached, EventService
from events.state import EventState
from facilities.facility import Facility
from facilities.planning import Patch
from gcn.heartbeat import Heartbeat
from gcn.inbox import Inbox
from gcn.notice import Notice
from gcn.stream import Stream
from notifiers import outbox
from notifiers.digests import Digester
from notifiers.dispatcher import Dispatcher
from notifiers.illustrator import PICTURES_WANTED, Illustrator
from notifiers.paging import parts as paging
from notifiers.paging.engine import PagingEngine
from notifiers.paging.inbound import Inbound
from notifiers.paging.service import PageService
from notifiers.pulse import Pulse
from notifiers.reactions.keeper import ReactionKeeper
from notifiers.sender import Outcome
from platforms.fit_answers import FitAnswers
from platforms.hooks import JobHooks
from platforms.job import Job
from platforms.jobs import JOBS_DUE, JobService, open_jobs
from platforms.tracker import Tracker
from shifts.feeds import FeedService
from shifts.people import PeopleService
from shifts.service import RosterService
from store.clock import Clock
from store.database import Database
from store.owners import owner_name, release_claims_of_the_gone
from store.wakeup import Bell

log = logging.getLogger(__name__)


class Role(StrEnum):
    """What a process may do; several processes may share the roles of one hub (`run --only`)."""

    INGEST = "ingest"
    ANALYSE = "analyse"
    NOTIFY = "notify"
    CHAT = "chat"
    WEB = "web"
    ROSTER = "roster"


EVERYTHING = frozenset(Role)


@dataclass(frozen=True)
class HubOptions:
    """How this process runs: terminal channels print to `console` and put their pictures into `pictures`."""

    roles: frozenset[Role] = EVERYTHING
    console: Console | None = None
    pictures: Path = Path("nightdesk-pictures")


class Hub:
    """One process of nightdesk.

    Promises: every step writes what the next one needs before it is acknowledged, so that the process may be
    killed between any two and started again; a part that fails is begun again without the others noticing.
    """

    def __init__(self, settings: Settings, clock: Clock, options: HubOptions | None = None) -> None:
        self.settings = settings
        self.options = options or HubOptions()
        self.clock = clock
        self.bell = Bell(clock)
        self.database = Database(settings.database.async_url)
        self.events = EventService()
        self.inbox = Inbox(self.database, clock, self.bell)
        self.heartbeat = Heartbeat(clock, settings.gcn.heartbeat_silence)
        self.stream = Stream(stream_settings_of(settings), self.inbox, clock, self.heartbeat)
        self.tools: Tools = tools_of(
            settings, self.options.pictures, self.options.console, database=self.database, clock=clock
        )
        self.habits = habits_of(settings)
        self.compute = compute_of(settings)
        self.closures = ClosureWatch(self.database, clock, self.bell, self.tools.facilities)
        self.pulse = Pulse(self.tools.channels, clock)
        self.rosters = RosterService(self.database, clock)
        self.paging = paging.Parts(
            self.tools.configs,
            self.tools.escalations,
            self.tools.warnings,
            settings.web.public_url,
            self.events,
            self.rosters.on_duty,
            frozenset(self.tools.switchboard.ways),
        )
        self.pages = PageService(
            self.database, clock, self.paging, bell=self.bell, observe=self._on_acknowledged
        )
        self.jobs = JobService(self.database, clock, self.bell)
        self.hooks = JobHooks(self.database, self.jobs, settings.web.public_url)
        self.fits = FitAnswers(self.database, clock, self.hooks, settings.web.public_url)
        self.platforms = platforms_of(settings, self.database, clock)
        self.reactions = reactions_of(settings, self.tools, self.jobs, self.platforms)
        self.retracted = RetractedJobs(self.jobs, clock, self.tools.configs)
        self.planners = PlanWorks(
            settings,
            self.database,
            clock,
            self.events,
            self.compute,
            drawing_with(self.compute),
            self._taken_by_others if self.platforms.treasure_map is not None else None,
        )
        self.desk = desk_of(
            settings,
            self.tools,
            self.database,
            clock,
            self.bell,
            self.events,
            self.compute,
            self._parts,
            self.pages,
            self.jobs,
            self.platforms,
            self.reactions,
            self.retracted,
        )
        self.interrupted = Interrupted(self.database, clock)
        self.discord = discord_front_of(settings, self.desk)
        self.slack = slack_front_of(settings, self.tools, self.desk)
        self.metrics = Metrics()
        self.landing = Landing(
            clock,
            self.events,
            self.tools,
            self.rosters,
            self.habits,
            self.metrics,
            self.reactions,
            self.retracted,
        )
        self.supervisor = Supervisor(clock)
        self.inbound = Inbound(self.database, clock, self.paging, self.pages)
        self.web = WebServer(
            settings.web.host, settings.web.port, self.readiness, self.measured, self._pages()
        )
        self._owner = owner_name()
        portals = self.platforms.skyportals
        self.duty = DutyLoops(settings, self.tools, self.database, clock, self.bell, self._owner, portals)
        self.engine = PagingEngine(
            self.database, clock, self.paging, owner=self._owner, bell=self.bell, observe=self._on_paged
        )

    async def run(self) -> None:
        """Run until cancelled."""
        async with self.running():
            await asyncio.Event().wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Inside the block everything is up. Raises `SchemaError` for a database of another version."""
        await schema.ensure(self.database)
        if freed := await release_claims_of_the_gone(self.database):
            log.info("took over %d pieces of work from a process that is gone", freed)
        if Role.CHAT in self.options.roles:
            await self.interrupted.tell(starting=True)
        try:
            # The stream is read from the first moment on: the workers warm up meanwhile.
            self._start()
            await self.compute.start()
            log.info("%s is up: %s", self.settings.desk.name, ", ".join(sorted(self.options.roles)))
            yield
        finally:
            await self.supervisor.stop()
            self.duty.stop()
            await self.tools.close()
            await self.planners.close()
            await self.platforms.close()
            await self.compute.close()
            await self.database.dispose()

    def _start(self) -> None:
        roles, start = self.options.roles, self.supervisor.start
        if Role.WEB in roles:
            start("web", self.web.run)
        if Role.NOTIFY in roles:
            start("dispatcher", self._dispatcher().run)
            start("bells", self._pass_on_rings)
            start("pages", self.engine.run)
            start("self-test", SelfTest(self.database, self.clock, self._owner, self._warn).run)
            if self.settings.desk.heartbeat_url is not None:
                url = self.settings.desk.heartbeat_url.get_secret_value()
                start("dead man's switch", DeadMansSwitch(url, self.clock, self._standing_still).run)
            start("digests", Digester(self.database, self.clock, self.tools.configs, bell=self.bell).run)
            start("chats", self.pulse.run)
            start("jobs", self._tracker().run)
            told = [each.name for each in self.settings.portals if each.advocates]
            if told:
                people = PeopleService(self.database, self.clock)
                advocates = PortalAdvocates(self.database, self.clock, self.jobs, people, told)
                start("portal advocates", advocates.run)
            keeper = ReactionKeeper(self.database, self.clock, self.reactions.places, bell=self.bell)
            start("reactions", keeper.run)
        if Role.ANALYSE in roles:
            start("closures", self.closures.run)
            start("intake", self._intake().run)
            start("analyst", self._analyst().run)
            start("illustrator", self._illustrator().run)
            if self.settings.gcn.fetch_maps:
                start("map fetcher", self._fetch_maps)
        if Role.CHAT in roles:
            start("interrupted calls", self.interrupted.run)
        if Role.CHAT in roles and self.slack is not None:
            start("slack", self.slack.run)
        if Role.CHAT in roles and self.settings.chat.socket is not None:
            socket = ChatSocket(self.desk, self.settings.chat.socket, self.settings.chat.logins)
            start("chat socket", socket.run)
        if Role.CHAT in roles and self.discord is not None:
            start("discord", self.discord.run)
        if Role.ROSTER in roles:
            start("rosters", RosterKeeper(self.database, self.clock, self._owner).run)
            self.duty.start(start)
        if Role.INGEST in roles:
            start("stream", self.stream.run)
            start("heartbeat", lambda: self.heartbeat.watch(self._on_silent, self._on_back))

    def _pages(self) -> list[RouteDef]:
        """What is served besides the hub's own health."""
        nights = nights_from(self.tools.facilities, self.clock)
        calendars = CalendarPages(FeedService(self.database, self.clock), nights)
        people = PeopleService(self.database, self.clock)
        stops = UnsubscribePages(self.database, self.clock, people, self.bell, self._warned)
        routes = [*calendars.routes(), *web_ack.routes(self.inbound), *stops.routes()]
        routes += web_jobs.routes(self.hooks)
        routes += web_fits.routes(self.fits)
        twilio = self.tools.connections.twilio
        if twilio is not None:
            hooks = TwilioHooks(twilio.identity, self.database, self.clock, self.inbound, people, self.bell)
            routes += hooks.routes()
        if self.slack is not None and self.slack.over_http:
            routes.append(web_post("/slack/events", self.slack.http))
        return routes

    def _intake(self) -> Intake:
        return Intake(
            self.database, self.inbox, self.events, self.compute, self.bell, self._owner, self._on_attached
        )

    def _analyst(self) -> Analyst:
        return Analyst(
            self.database,
            self.clock,
            self.compute,
            lambda: self.closures.desk,
            self.landing.landed,
            owner=self._owner,
            bell=self.bell,
        )

    def _illustrator(self) -> Illustrator:
        return Illustrator(
            self.database,
            self.clock,
            self.compute,
            self.tools.configs,
            lambda: self.closures.desk,
            owner=self._owner,
            bell=self.bell,
        )

    async def _fetch_maps(self) -> None:
        async with aiohttp.ClientSession() as session:
            fetch = partial(download, session)
            await MapFetcher(self.database, self.clock, fetch, owner=self._owner, bell=self.bell).run()

    def _dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self.database,
            self.clock,
            self.tools.switchboard,
            bell=self.bell,
            owner=self._owner,
            warnings=self.tools.warnings,
            paces=paces_of(self.settings),
            observe=self._on_outcome,
        )

    async def _taken_by_others(self, state: EventState, facility: Facility) -> tuple[Patch, ...]:
        return await taken_at(Reader(), self.desk.rooms, state, but=facility)

    def _tracker(self) -> Tracker:
        self.planners.begin()
        return Tracker(
            self.database,
            self.clock,
            {
                **works_of(
                    self.settings,
                    self.tools,
                    self.platforms,
                    self.database,
                    self.clock,
                    self.fits,
                    self.planners.works,
                    self.planners.pictures,
                ),
                DrillWork.kind: DrillWork(self.database, self.clock, self.pages),
            },
            tell=self._tell_job,
            bell=self.bell,
            owner=self._owner,
            wake=lambda: self.bell.ring(outbox.BELL),
        )

    async def _tell_job(self, session: AsyncSession, job: Job) -> None:
        """What it deleted is forgotten; then its own card, its event's link to where it is followed, the list
        of a retracted event's jobs, and whom a SkyPortal does not know."""
        await DeletedPlans(self.clock).tell(session, job)
        await JobCards(self.clock).tell(session, job)
        await PortalLinks(self.events, self.paging, self.clock).link(session, job)
        await self.retracted.tell(session, job)
        await UnknownAdvocates(self.clock).tell(session, job)

    def _on_attached(self, notice: Notice, attached: Attached) -> None:
        self.metrics.notices.labels(notice.mission, notice.role.value).inc()
        if notice.issued is not None and not attached.duplicate:
            self.metrics.reading.observe(max(0.0, (self.clock.now() - notice.issued).total_seconds()))
        self.bell.ring(ANALYSIS_WANTED)

    def _on_paged(self, waited: timedelta) -> None:
        self.metrics.page.observe(max(0.0, waited.total_seconds()))

    def _on_acknowledged(self, waited: timedelta) -> None:
        self.metrics.acknowledgement.observe(max(0.0, waited.total_seconds()))

    async def _standing_still(self) -> str | None:
        """What of stream, outbox and escalation does not move; None where all of this process's do."""
        if Role.INGEST in self.options.roles:
            good, said = self._stream_readiness()
            if not good:
                return f"the stream: {said}"
        now, last = self.clock.now(), self.engine.last_round
        if last is None or now - last > dead_mans_switch.OVERDUE:
            return "the paging engine has not gone round"
        async with self.database.read() as session:
            return await dead_mans_switch.stands_still(session, now)

    async def _warn(self, card: Callable[[Reader], Card], key: str) -> None:
        """Tell where the desk itself is watched; once for each key."""
        async with self.database.write() as session:
            for name, reader in self._warned():
                await outbox.notify_desk(session, card(reader), [name], key=key, now=self.clock.now())
        self.bell.ring(outbox.BELL)

    async def _pass_on_rings(self) -> None:
        """What was decided is committed with the numbers: then wake who sends words and who draws."""
        while True:
            await self.bell.wait(ANALYSIS_LANDED, 60.0)
            self.bell.ring(outbox.BELL)
            self.bell.ring(PICTURES_WANTED)
            self.bell.ring(JOBS_DUE)
            self.bell.ring(paging.BELL)

    def _on_outcome(self, outcome: Outcome) -> None:
        self.metrics.count_delivery(outcome)

    async def _on_silent(self, since: datetime) -> None:
        log.warning("the stream has been silent since %s", since)
        async with self.database.write() as session:
            for name, reader in self._warned():
                card = stream_silent_card(since, self.clock.now(), reader)
                key = f"silent since {since.isoformat()}"
                await outbox.notify_desk(session, card, [name], key=key, now=self.clock.now())
        self.bell.ring(outbox.BELL)

    async def _on_back(self, gap: timedelta) -> None:
        now = self.clock.now()
        log.warning("the stream is back after %s", gap)
        async with self.database.write() as session:
            for name, reader in self._warned():
                card = stream_back_card(gap, reader)
                await outbox.notify_desk(session, card, [name], key=f"back at {now.isoformat()}", now=now)
        self.bell.ring(outbox.BELL)

    def _warned(self) -> Sequence[tuple[str, Reader]]:
        return [(name, self.tools.configs[name].reader) for name in self.tools.warnings]

    async def readiness(self) -> Readiness:
        """What each part of this process says of itself."""
        parts: dict[str, tuple[bool, str]] = {}
        try:
            counts = await self.inbox.counts()
            unread = counts.by_state
            parts["database"] = (
                True,
                ", ".join(f"{n} {state.value}" for state, n in unread.items()) or "empty",
            )
        except (SQLAlchemyError, OSError) as error:
            parts["database"] = (False, f"does not answer: {type(error).__name__}")
        if Role.INGEST in self.options.roles:
            parts["stream"] = self._stream_readiness()
        if Role.CHAT in self.options.roles and self.discord is not None:
            parts["discord"] = (self.discord.connected, self.discord.detail)
        if Role.NOTIFY in self.options.roles:
            parts |= {f"chat {name}": answer for name, answer in self.pulse.answers.items()}
        health = await self.compute.health()
        parts["compute"] = (health.healthy, health.detail)
        for name, state in self.supervisor.states.items():
            if not state.running:
                parts[name] = (False, state.error or "not started")
        return Readiness(parts)

    async def _parts(self) -> Mapping[str, tuple[bool, str]]:
        return (await self.readiness()).parts

    def _stream_readiness(self) -> tuple[bool, str]:
        state = self.stream.state
        if not state.connected:
            return False, f"not connected: {state.last_error or 'no answer yet'}"
        if self.heartbeat.silent:
            return False, f"no sign of life since {self.heartbeat.last:%Y-%m-%d %H:%M:%S} UTC"
        return True, f"connected, {len(state.assigned)} partitions"

    async def measured(self) -> bytes:
        """The text of `/metrics`."""
        async with self.database.read() as session:
            depth = await outbox.depth(session)
            jobs = await open_jobs(session)
        ingesting = Role.INGEST in self.options.roles
        return self.metrics.text(
            Snapshot(
                now=self.clock.now(),
                inbox=await self.inbox.counts(),
                outbox=depth,
                stream=self.stream.state if ingesting else None,
                heartbeat_age=self.heartbeat.silent_for() if ingesting else None,
                tasks=self.supervisor.states,
                jobs=jobs,
            )
        )

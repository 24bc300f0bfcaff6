"""Stories as the sky and the missions tell them, on the real hub: what people read, where, and how often."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from simulation.gamma_ray_burst import simulate_burst
from simulation.gravitational_wave import simulate_superevent
from simulation.message import Message
from simulation.night import simulate
from tests.nights.alerts import EVENING, coincident, retraction, skymap, superevent, unmodelled
from tests.nights.desk import TOPIC, Night, open_night

pytestmark = pytest.mark.long

BURSTS = tuple(f"gcn.classic.voevent.FERMI_GBM_{kind}" for kind in ("ALERT", "FLT_POS", "GND_POS", "FIN_POS"))
TRACKS = "gcn.notices.icecube.gold_bronze_track_alerts"
EVERYTHING = "mission != '' && (mock || !mock)"  # a rule that asks for events that are not real by name


async def send(night: Night, *messages: Message) -> None:
    for message in messages:
        await night.alert(message.content, topic=message.topic)


async def test_an_alert_is_one_card_that_later_notices_edit_and_its_thread_explains(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119a", skymap=skymap(8.0)))
        card = await night.card("S261119a", "BNS candidate", "no human has vetted it yet", "preliminary 1")
        await night.alert(superevent("S261119a", "INITIAL", minute=30, skymap=skymap(4.0)))
        await night.reply(card, "a human has looked", "201 → *50.2 deg²*")
        await night.card("S261119a", "initial 1", "50.2 deg²")
        await night.alert(superevent("S261119a", "UPDATE", minute=900, skymap=skymap(4.0), far=1e-7))
        await night.reply(card, "*Update.*", "False alarms 1 per 99 years → ")
        await night.quiet()
        assert len(night.slack.channel("gw").messages) == 1
        assert card.edits == 2


async def test_an_early_warning_becomes_a_merger_and_is_then_taken_back(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        early = superevent(
            "S261119e", "EARLYWARNING", minute=-0.4, search="EarlyWarning", skymap=skymap(20.0)
        )
        await night.alert(early)
        card = await night.card("S261119e", "early warning", "real")
        await night.alert(superevent("S261119e", "PRELIMINARY", minute=1))
        await night.reply(card, "Preliminary", "→ *113 deg²*")
        await night.alert(retraction("S261119e"))
        await night.reply(card, "Retracted.", "LVK took it back at 21:40 UTC")
        await night.card("S261119e", "~BNS candidate S261119e~ *retracted*", "What was said before")
        await night.quiet()
        assert len(night.slack.channel("gw").messages) == 1


async def test_a_retraction_reaches_all_who_were_told_and_only_them(tmp_path: Path) -> None:
    routes = {
        "significant": ["everybody"],
        "significant && classification.BNS > 0.5": ["mergers"],
        "significant && classification.BBH > 0.5": ["holes"],
    }
    async with open_night(tmp_path, routes=routes) as night:
        await night.alert(superevent("S261119b"))
        cards = [await night.card("S261119b", channel=name) for name in ("everybody", "mergers")]
        # What takes it back says nothing about its class any more, and the last word about it was another.
        await night.alert(superevent("S261119b", minute=5, classification={"BBH": 0.2, "Terrestrial": 0.8}))
        for card in cards:
            await night.reply(card, "Terrestrial 5 → *80 %*")
        await night.alert(retraction("S261119b"))
        for card in cards:
            await night.reply(card, "Retracted.")
        await night.quiet()
        assert night.slack.channel("holes").messages == []


async def test_an_event_that_was_revived_says_so(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119v"))
        card = await night.card("S261119v")
        await night.alert(retraction("S261119v"))
        await night.reply(card, "Retracted.")
        await night.alert(superevent("S261119v", "INITIAL", minute=90))
        told = await night.reply(card, "*No longer retracted*")
        assert "now significant" not in told.words  # it was so before it was taken back
        await night.card("S261119v", "a human has looked")


async def test_mock_events_are_told_where_a_rule_asks_for_them_and_nowhere_else(tmp_path: Path) -> None:
    routes = {"significant": ["gw"], "significant && mock": ["drills"], "size(tags) > 0": ["all"]}
    async with open_night(tmp_path, routes=routes) as night:
        await night.alert(superevent("MS261119m"), superevent("S261119s"))
        await night.card("MS261119m", "MOCK: BNS candidate", "not real", channel="drills")
        await night.card("S261119s", "real", channel="gw")
        await night.card("S261119s", "real", channel="all")
        await night.quiet()
        metrics = await night.metrics()
        assert metrics["nightdesk_self_test_seconds_count"] == 1, "the mock superevent went the whole way"


async def test_what_its_own_mission_holds_back_is_told_where_a_rule_asks_for_it(tmp_path: Path) -> None:
    known = json.dumps(
        {
            "$schema": "https://gcn.nasa.gov/schema/main/gcn/notices/maxi/gsc.known.schema.json",
            "mission": "MAXI",
            "instrument": "GSC",
            "id": "0858800020",
            "event_name": "Swift J1858.6-0814",
            "trigger_time": "2026-11-19T20:10:05.125Z",
            "alert_tense": "current",
            "alert_type": "initial",
            "ra": 285.6,
            "dec": -9.2,
            "ra_dec_error": 0.2,
        }
    ).encode()
    topic = "gcn.notices.maxi.gsc.known"
    routes = {"mission == 'MAXI'": ["gw"], "mission == 'MAXI' && size(gates) > 0": ["known"]}
    async with open_night(tmp_path, routes=routes, topics=(TOPIC, topic)) as night:
        await night.alert(known, topic=topic)
        await night.card("Swift J1858.6-0814", "catalogue", channel="known")
        await night.quiet()


async def test_an_alert_without_a_map_is_told_and_its_map_comes_with_the_next(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119n", skymap=None))
        card = await night.card("S261119n", "90 % BNS", "No position in this notice")
        await night.alert(superevent("S261119n", minute=5))
        await night.reply(card, "90 % area *113 deg²*")
        await night.card("S261119n", "113 deg²", "Peak 08ʰ 00ᵐ −30°")


async def test_an_unmodelled_burst_has_no_class_and_none_is_made_up(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(unmodelled("S261119w"))
        card = await night.card("S261119w", "Gravitational-wave burst candidate S261119w", "113 deg²", "CWB")
        assert not [name for name in ("BNS", "BBH", "terrestrial", "astrophysical") if name in card.words]


async def test_a_coincidence_that_the_alert_names_is_on_the_card_and_in_its_thread(tmp_path: Path) -> None:
    async with open_night(tmp_path, routes={"significant": ["gw"], "coincident": ["joint"]}) as night:
        await night.alert(superevent("S261119c"))
        card = await night.card("S261119c", channel="gw")
        await night.quiet()
        await night.alert(coincident("S261119c", minute=30))
        await night.reply(card, "Coincident with *Fermi*")
        for channel in ("gw", "joint"):
            await night.card(
                "S261119c", "The alert names a coincidence: *Fermi (GRB)*", "1.70 s", channel=channel
            )


async def test_a_burst_is_one_card_whose_circle_shrinks(tmp_path: Path) -> None:
    messages = simulate("grb", seed=3)
    async with open_night(tmp_path, routes={EVERYTHING: ["gw"]}, topics=BURSTS) as night:
        trigger, *positions = messages
        await send(night, trigger)
        card = await night.card("TEST: Gamma-ray burst", "No position in this notice")
        for message, radius in zip(positions, ("9.3°", "4.8°", "2.1°"), strict=True):
            await send(night, message)
            await night.card("amma-ray burst", f"± {radius}")
            await night.reply(card)
        await night.quiet()
        assert len(night.slack.channel("gw").messages) == 1


async def test_a_neutrino_is_one_card_that_a_better_position_edits(tmp_path: Path) -> None:
    first, better = simulate("neutrino", seed=3)
    async with open_night(tmp_path, routes={EVERYTHING: ["gw"]}, topics=(TRACKS,)) as night:
        await send(night, first)
        card = await night.card("TEST: Neutrino candidate")
        before = card.words
        await send(night, better)
        await night.reply(card, "radius")
        await night.quiet()
        assert card.words != before


async def test_a_merger_and_the_burst_a_second_later_find_each_other(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    merger = simulate_superevent("bns", EVENING, rng, distance=95.0, retracted=False)
    place = {"ra": math.degrees(merger.binary.ra), "dec": math.degrees(merger.binary.dec)}
    burst = simulate_burst(EVENING + timedelta(seconds=1.7), rng, **place, short=True)
    preliminary = next(m for m in merger.messages if "preliminary" in m.name)
    routes = {EVERYTHING: ["gw"], "mock && coincident": ["joint"]}
    async with open_night(tmp_path, routes=routes, topics=(TOPIC, *BURSTS)) as night:
        await send(night, preliminary)
        await night.card(merger.name, "MOCK: BNS candidate")
        await send(night, *burst.messages)
        for channel in ("gw", "joint"):
            gravitational = await night.card(
                f"BNS candidate {merger.name}", "Perhaps the same source", "1.70 s later", channel=channel
            )
            gamma = await night.card(
                "hort gamma-ray burst", "± 2.1°", f"*{merger.name}*", "1.70 s earlier", channel=channel
            )
            for card in (gravitational, gamma):
                assert "(for one source)" in card.words
            await night.settled()
            night.replies(gravitational, gamma)

"""What the demo tells before each message of its night: what happens, and what the desk makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulation.night import Scene

PROLOGUE = (
    "A simulated night. Every notice in it is a mock, made on this machine and sent through a small broker;",
    "from there on everything is what a real night would meet: stream, parser, statistics, routes, outbox.",
    "#night-desk is told of near mergers with neutron stars, of bursts and of neutrinos;",
    "#all-candidates of black holes. A card is printed once; later only what changes in it.",
)

_TALE = {
    (
        "merger",
        "earlywarning",
    ): "Two neutron stars will merge in half a minute, and nearby: part of their signal is "
    "enough for an early warning. #night-desk gets a card.",
    (
        "merger",
        "preliminary",
    ): "They have merged. With the whole signal the sky map is better: no second card, the "
    "one there is edited, and its thread says what changed.",
    (
        "merger",
        "preliminary again",
    ): "The second preliminary alert that every candidate gets: nothing new, so its thread stays as it is.",
    ("merger", "initial"): "People have looked at the data and vouch for the candidate.",
    ("merger", "update"): "Half a day later: the map of the full analysis.",
    (
        "burst",
        "alert",
    ): "1.7 s after a merger Fermi GBM triggers. No position yet, but the time alone is a strong hint: "
    "as soon as both are known here, their cards name each other.",
    (
        "burst",
        "flt_pos",
    ): "The burst gets a position, computed on board: with the merger's map it can be compared.",
    ("burst", "gnd_pos"): "A better position of the burst, computed on the ground.",
    (
        "burst",
        "fin_pos",
    ): "The final position of the burst.",
    (
        "far merger",
        "preliminary",
    ): "Two black holes merge, far away: shown in #all-candidates only, nobody is woken.",
    ("far merger", "preliminary again"): "The same again: counted, not told.",
    ("far merger", "initial"): "The black holes are vouched for.",
    ("far merger", "update"): "The black holes' last map.",
    ("neutrino", "record0"): "IceCube sees a neutrino that is probably not from the Earth's own atmosphere.",
    ("neutrino", "record1"): "A better reconstruction of the neutrino: the area shrinks.",
    ("retracted", "earlywarning"): "A neutron star about to fall into a black hole, it seems.",
    (
        "retracted",
        "preliminary",
    ): "A neutron star and a black hole, it seems, and near enough for #night-desk.",
    ("retracted", "preliminary again"): "The second preliminary alert of the candidate.",
    (
        "retracted",
        "retraction",
    ): "It was noise. The card says so on top, and so does its thread: whoever was told of "
    "it is told of its end.",
}


def told(night: Sequence[Scene]) -> Iterator[tuple[Scene, str]]:
    """Each scene with the words that go before it."""
    seen: set[tuple[str, str]] = set()
    for scene in night:
        key = scene.act, _stage(scene.message.name)
        if key in seen:
            key = scene.act, f"{key[1]} again"
        seen.add(key)
        yield scene, _TALE.get(key, "")


def _stage(name: str) -> str:
    """`preliminary` of `MS270115ab-preliminary.json`."""
    return name.rpartition("-")[2].partition(".")[0]

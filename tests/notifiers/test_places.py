"""Messages to places in chats where somebody asked, and pictures of messages of their own."""

from __future__ import annotations

import pytest

from notifiers.destinations import Spot, group_of, person_and_way, spot


def test_the_name_of_a_place_says_where_and_for_whom_and_fits_its_column() -> None:
    asked = Spot("slack", "C024BE91L12", "1732172400.123456", "pt-BR", "America/Argentina/ComodRivadavia")
    assert spot(asked.name) == asked and len(asked.name) <= 80
    in_discord = Spot("discord", "1234567890123456789", None, "fr", "Europe/Paris")
    assert spot(in_discord.name) == in_discord
    assert group_of(in_discord.name) == "#discord"


@pytest.mark.parametrize("name", ["night-desk", "#general", "@ana/slack", "#slack/C1", "#irc/C1~en~UTC"])
def test_other_names_are_no_places(name: str) -> None:
    assert spot(name) is None


def test_a_place_is_no_person() -> None:
    assert person_and_way(Spot("slack", "C1").name) is None


@pytest.mark.parametrize("channel", ["", "C1~en", "C1/2/3", "C" * 90])
def test_what_is_no_place_is_refused_where_it_is_written(channel: str) -> None:
    with pytest.raises(ValueError, match="no place in a chat"):
        _ = Spot("slack", channel).name

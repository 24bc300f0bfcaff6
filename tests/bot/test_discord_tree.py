"""Discord's commands as made from the declarations: within its limits, valid, in French too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.command_names import translated_names
from bot.discord_tree import Json, command_tree, digest
from cards.catalogues import COMPLETE
from cards.reader import Reader
from commands.declared import book
from commands.options import OptionKind
from tests.standins.discord_limits import MOST_COMMAND_CHARACTERS, command_complaints
from tests.standins.discord_spec import discord_spec

TREE = command_tree(book())


def parts(commands: list[Json]) -> Iterator[Json]:
    for command in commands:
        yield command
        yield from parts(command.get("options") or [])


def leaves() -> dict[str, Json]:
    """Every command of Discord's that can be run, by its path."""
    found = {}
    for command in TREE:
        inner = [option for option in command["options"] if option["type"] == 1]
        found |= {f"{command['name']} {each['name']}": each for each in inner} or {command["name"]: command}
    return found


def test_every_declared_command_is_there_with_every_option() -> None:
    made = leaves()
    assert set(made) == {command.path for command in book()}
    for command in book():
        options = {each["name"]: each for each in made[command.path]["options"]}
        assert list(options) == [option.name for option in command.options]
        for option in command.options:
            assert options[option.name]["required"] is option.required
            fixed = options[option.name].get("choices") or options[option.name]["type"] in (5, 10)
            assert bool(options[option.name].get("autocomplete")) == (option.completes and not fixed)
            if option.kind is OptionKind.CHOICE and not option.several:
                assert [choice["value"] for choice in options[option.name]["choices"]] == list(option.choices)


def test_the_tree_is_within_discords_limits() -> None:
    assert list(command_complaints(TREE)) == []


def test_the_tree_is_valid_by_discords_description() -> None:
    spec = discord_spec()
    if spec is None:
        pytest.skip("Discord's description is not beside this checkout")
    assert list(spec.complaints("PUT", "/applications/1/commands", TREE)) == []
    for command in TREE:
        assert list(spec.complaints("POST", "/applications/1/commands", command)) == []


def test_the_limits_are_enforced() -> None:
    """What the two tests above would say of a tree that is wrong."""
    option = {"type": 3, "name": "x", "description": "x"}
    assert list(command_complaints([{"name": "a", "description": "x" * 101}]))
    assert list(command_complaints([{"name": "A b", "description": "x"}]))
    assert list(command_complaints([{"name": f"a{k}", "description": "x"} for k in range(101)]))
    assert list(command_complaints([{"name": "a", "description": "x", "options": [option, option]}]))
    big = {**option, "description": "x" * 100, "choices": [{"name": "n" * 100, "value": "v" * 100}] * 25}
    named = [{**big, "name": f"o{k}"} for k in range(3)]
    assert any(
        str(MOST_COMMAND_CHARACTERS) in each
        for each in command_complaints([{"name": "a", "description": "x", "options": named}])
    )


@pytest.mark.parametrize("language", sorted(COMPLETE))
def test_every_description_is_translated_and_fits_uncut(language: str) -> None:
    reader = Reader(language)
    for command in book():
        for text in (command.summary, *(option.summary for option in command.options)):
            assert len(reader.say(text)) <= 100, text
    for part in parts(TREE):
        said = reader.say(part["description"])
        assert part.get("description_localizations", {}).get(language, part["description"]) == said


@pytest.mark.parametrize("language", sorted(COMPLETE))
def test_translated_names_are_names_and_differ_among_their_neighbours(language: str) -> None:
    names = translated_names(Reader(language))
    for name, said in names.items():
        assert said == said.lower(), name
        assert 1 <= len(said) <= 32
        assert said.replace("-", "").replace("_", "").isalnum()
    for siblings in (TREE, *(part.get("options") or [] for part in parts(TREE))):
        shown = [each.get("name_localizations", {}).get(language, each["name"]) for each in siblings]
        assert len(set(shown)) == len(shown), shown


def test_french_speakers_see_french_names() -> None:
    event = next(command for command in TREE if command["name"] == "event")
    assert event["name_localizations"] == {"fr": "événement"}
    latest = next(each for each in event["options"] if each["name"] == "latest")
    assert latest["name_localizations"] == {"fr": "dernier"}


def test_the_digest_tells_trees_apart_and_not_their_making() -> None:
    assert digest(TREE) == digest(command_tree(book()))
    assert digest(TREE) != digest(TREE[1:])
    assert len(TREE) <= 100, "Discord takes no more; each command's length is measured above"

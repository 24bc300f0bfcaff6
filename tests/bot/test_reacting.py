"""`[[reactions]]` of the configuration: read, checked, and looked at by the doctor."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from bot.checkup import _reactions
from bot.composition import tools_of
from bot.planning import planning_of
from bot.reacting import cannot_start
from bot.settings import Settings, SettingsError, load_settings
from notifiers.reactions.reaction import Again


def _settings(**changes: Any) -> Settings:
    reaction = {"name": "plan", "when": "significant", "start": "plan", "facilities": ["ztf"], **changes}
    channel = {"name": "here", "kind": "terminal"}
    return Settings.model_validate({"channels": [channel], "reactions": [reaction]})


def test_a_reaction_is_read_with_what_it_starts_with_and_asks_first_unless_told_otherwise(
    tmp_path: Path,
) -> None:
    file = tmp_path / "nightdesk.toml"
    file.write_text(
        "[[reactions]]\nname = 'plan'\nwhen = 'significant'\nstart = 'plan'\n"
        "with = {strategy = 'tiling', filters = ['g', 'r']}\nfacilities = ['ztf']\nagain = 'map'\n"
    )
    (reaction,) = tools_of(load_settings(file, {}), tmp_path).reactions
    assert reaction.facilities == ("ZTF",)  # as the registry writes it
    assert reaction.parameters == {"strategy": "tiling", "filters": ["g", "r"]}
    assert reaction.again is Again.MAP
    assert reaction.ask_first
    assert not reaction.cancel_on_retraction


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"when": "significant &&"}, "reactions.plan.when: line 1"),
        ({"facilities": ["ZTV"]}, "reactions.plan.facilities: no facility is called 'ZTV'"),
        ({"start": "plane"}, "reactions.plan.start: 'plane' cannot be started; did you mean 'plan'?"),
        ({"channels": ["her"]}, "there is no channel 'her'; did you mean 'here'?"),
    ],
)
def test_a_reaction_that_cannot_be_used_is_named_with_what_was_expected(
    wrong: dict[str, Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refused:
        tools_of(_settings(**wrong), tmp_path)
    assert says in str(refused.value)


def test_the_doctor_finds_names_that_no_event_ever_has(tmp_path: Path) -> None:
    (good,) = _reactions(tools_of(_settings(), tmp_path), _settings())
    assert (good.verdict, good.detail) == ("good", "plan: asks first")
    (bad,) = _reactions(tools_of(_settings(when="observable.ZTV > 0.1"), tmp_path), _settings())
    assert bad.verdict == "bad"
    assert "observable.ZTV" in bad.detail


def test_the_examples_of_the_configuration_are_taken_as_they_stand(tmp_path: Path) -> None:
    """Uncommented, with the SkyPortal and the channel that they name."""
    lines = (Path(__file__).resolve().parents[2] / "nightdesk.example.toml").read_text().splitlines()
    blocks = ["[[skyportals]]\nname = 'fritz'\nurl = 'http://127.0.0.1:9'\ntoken = 't'\n"]
    blocks.append("[[channels]]\nname = 'dome-email'\nkind = 'terminal'\n")
    for section in ("reactions", "planning"):
        first = lines.index(f"# [[{section}]]")
        taken = itertools.takewhile(lambda line: line.startswith("# "), lines[first:])
        blocks.append("\n".join(line.removeprefix("# ") for line in taken))
    file = tmp_path / "nightdesk.toml"
    file.write_text("\n\n".join(blocks))
    settings = load_settings(file, {})
    (rule,) = tools_of(settings, tmp_path).reactions
    assert rule.parameters and rule.facilities == ("ZTF",) and cannot_start(settings, rule) == ()
    line = planning_of(settings).of("ZTF")
    assert line.send_to == ("dome-email",) and set(line.classes) == {"bns", "GRB"}

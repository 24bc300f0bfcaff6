"""`nightdesk doctor` and the planners: which are here, which entry of `[[planning]]` is wrong, and how."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.checkup_planners import planner_findings
from bot.planning import planning_of
from bot.settings import Settings, SettingsError

FRITZ = {"name": "fritz", "url": "http://127.0.0.1:9", "token": "t"}


def settings(*entries: dict[str, Any], **sections: Any) -> Settings:
    return Settings.model_validate({"planning": entries, "skyportals": [FRITZ], **sections})


async def examined(*entries: dict[str, Any], **sections: Any) -> dict[str, tuple[str, str]]:
    """By name: the verdict, and what was found with what to do about it."""
    findings = await planner_findings(settings(*entries, **sections))
    assert all(each.remedy for each in findings if each.verdict != "good"), "says how to mend it"
    return {each.name: (each.verdict, f"{each.detail} {each.remedy}".strip()) for each in findings}


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither gwemopt nor M4OPT, whatever this machine has."""
    monkeypatch.setattr("sys.prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("PATH", str(tmp_path))


def command(path: Path, script: str) -> Path:
    path.write_text(f"#!{os.path.realpath(sys.executable)} -I\n{script}\n")
    path.chmod(0o755)
    return path


async def test_without_entries_and_without_planners_nothing_is_said() -> None:
    assert await examined() == {}


async def test_planners_that_are_here_are_named_and_those_that_are_not_with_whose_telescope_waits() -> None:
    here = {"facility": "P48", "planner": "instant"}, {"facility": "DECam", "planner": "skyportal"}
    assert await examined(*here) == {"planning": ("good", "2 telescopes; here: instant")}
    far = {"facility": "WINTER", "planner": "gwemopt"}, {"facility": "ULTRASAT", "planner": "m4opt"}
    findings = await planner_findings(settings(*here, *far))
    said = {each.detail: each.remedy for each in findings}
    assert {each.verdict for each in findings} == {"bad"}
    assert "make gwemopt" in said["gwemopt plans for WINTER, but is not here"]
    assert "m4opt" in said["m4opt plans for ULTRASAT, but is not here"]


async def test_gwemopts_interpreter_is_asked_for_its_version(tmp_path: Path) -> None:
    entry = {"facility": "ZTF", "planner": "gwemopt"}
    good = command(tmp_path / "good", "print('0.2.0')")
    found = await examined(entry, gwemopt={"python": str(good)})
    assert found["planning"] == ("good", "1 telescope; here: gwemopt, instant")
    assert found["gwemopt"] == ("good", f"0.2.0 in {good}")
    bare = command(tmp_path / "bare", "raise SystemExit(1)")
    assert "bare has no gwemopt" in (await examined(entry, gwemopt={"python": str(bare)}))["gwemopt"][1]
    gone = tmp_path / "gone"
    verdict, detail = (await examined(entry, gwemopt={"python": str(gone)}))["gwemopt"]
    assert verdict == "bad" and f"there is no interpreter {gone}" in detail


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"facility": "ZFT"}, r"planning: entry 2 \(ZFT\): facility: .*ZFT.*ZTF"),
        (
            {"facility": "DECam", "platform": "frits"},
            r"entry 2 \(DECam\): platform: no SkyPortal is called 'frits'; configured are fritz",
        ),
        (
            {"facility": "DECam", "send_to": ["dome"]},
            r"entry 2 \(DECam\): send_to: no channel is called 'dome'; configured are none",
        ),
        (
            {"facility": "DECam", "settings": {"exposure": 3}},
            r"entry 2 \(DECam\): settings: .*exposure.*exposure_time",
        ),
        (
            {"facility": "DECam", "classes": {"bns": {"max_tiles": "many"}}},
            r"entry 2 \(DECam\): classes.bns: .*max_tiles",
        ),
        ({"facility": "P48"}, "planning: ZTF stands there twice; one entry a telescope"),
    ],
)
async def test_a_wrong_entry_is_named_with_its_key_and_what_was_expected(
    entry: dict[str, Any], sentence: str
) -> None:
    wrong = {"planner": "instant", **entry}
    first = {"facility": "ZTF", "planner": "instant"}
    with pytest.raises(SettingsError, match=sentence) as raised:
        planning_of(settings(first, wrong))
    verdict, detail = (await examined(first, wrong))["planning"]
    assert verdict == "bad" and str(raised.value) in detail


def test_a_planner_that_there_is_none_is_refused_on_reading_with_those_there_are(tmp_path: Path) -> None:
    from bot.settings import load_settings

    file = tmp_path / "nightdesk.toml"
    file.write_text('[[planning]]\nfacility = "ZTF"\nplanner = "gwemop"\n')
    with pytest.raises(SettingsError) as raised:
        load_settings(file)
    said = str(raised.value)
    assert "nightdesk.toml" in said and "planning" in said and "planner" in said
    assert "'instant'" in said and "'m4opt'" in said


def test_a_skyportal_that_is_not_there_cannot_plan() -> None:
    entry = {"facility": "ZTF", "planner": "skyportal"}
    with pytest.raises(SettingsError, match=r"planner: 'skyportal', but no \[skyportal\] has a url"):
        planning_of(settings(entry, skyportals=[]))

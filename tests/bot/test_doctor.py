"""`nightdesk doctor`: each part found good, and found bad with how to mend it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import schema
from bot.checkup import examine
from bot.checkup_slack import SlackAnswer, ask_slack, slack_findings
from bot.finding import Finding
from bot.settings import Settings
from bot.slack_manifest import SCOPES
from gcn.mock_cluster import MockCluster
from shifts.people import PeopleService
from shifts.people_file import parse_people
from shifts.service import RosterService
from store.clock import SystemClock
from store.database import Database
from tests.bot.program import nightdesk
from tests.patience import PATIENCE
from tests.standins.slack import SlackStandIn
from tests.standins.slack_people import SlackWithPeople
from tests.standins.smtp import MailStandIn
from tests.standins.twilio import TwilioStandIn


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as stand_in:
        stand_in.add_channel("gw")
        yield stand_in


def _settings(folder: Path, slack: SlackStandIn, **more: Any) -> Settings:
    return Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'desk.sqlite'}"},
            "gcn": {"bootstrap_servers": "127.0.0.1:1", "consumer": {"log_level": "0"}},
            "slack": {"bot_token": slack.token, "api_url": slack.url},
            "web": {"port": 0},
            "channels": [{"name": "gw", "kind": "slack", "address": "gw"}],
            "routes": [{"name": "near", "when": "distance_mean < 400", "channels": ["gw"]}],
            **more,
        }
    )


async def _findings(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in await examine(settings)}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.checkup._BROKER_PATIENCE", 0.05)


async def test_a_desk_in_good_order_is_found_good(
    tmp_path: Path, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.checkup._BROKER_PATIENCE", PATIENCE)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite'}")
    await schema.upgrade(database)
    await database.dispose()
    with MockCluster() as cluster:
        gcn = {"bootstrap_servers": cluster.bootstrap_servers, "security_protocol": "plaintext"}
        findings = await _findings(_settings(tmp_path, slack, gcn=gcn))
    verdicts = {name: finding.verdict for name, finding in findings.items()}
    assert verdicts.pop("roster") == "warning"
    assert set(verdicts) == {
        "configuration", "database", "stream", "route near", "channel gw", "facilities", "slack",
        "slack scopes", "web", "clock",
    }  # fmt: skip
    assert set(verdicts.values()) == {"good"}, findings
    assert "no roster yet" in findings["roster"].detail
    assert "within 3 s of Slack's" in findings["clock"].detail


async def test_each_part_that_is_broken_is_found_by_itself(tmp_path: Path, slack: SlackStandIn) -> None:
    slack.scopes -= {"files:write"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        findings = await _findings(
            _settings(
                tmp_path,
                slack,
                web={"port": taken.getsockname()[1]},
                channels=[{"name": "gw", "kind": "slack", "address": "nowhere"}],
                routes=[{"name": "odd", "when": "distance_maen < 400", "channels": ["gw"]}],
            )
        )
    assert findings["database"].verdict == "warning"
    assert findings["stream"].verdict == "bad"
    assert (findings["route odd"].verdict, "distance_maen" in findings["route odd"].detail) == ("bad", True)
    assert findings["channel gw"].verdict == "bad"
    assert findings["slack scopes"].detail == "missing: files:write"
    assert findings["web"].verdict == "warning"
    assert all(finding.remedy for finding in findings.values() if finding.verdict != "good")
    assert not (tmp_path / "desk.sqlite").exists()


async def test_a_token_that_slack_refuses_is_told(tmp_path: Path, slack: SlackStandIn) -> None:
    slack.token, wrong = "xoxb-another", slack.token
    settings = _settings(tmp_path, slack)
    settings = settings.model_copy(
        update={"slack": settings.slack.model_copy(update={"bot_token": SecretStr(wrong)})}
    )
    findings = await _findings(settings)
    assert findings["slack"].verdict == "bad"
    assert wrong not in str(findings)


async def test_a_desk_that_listens_in_slack_needs_the_scopes_of_its_manifest_and_a_socket() -> None:
    async with SlackWithPeople() as slack:
        slack.app_token, slack.scopes = "xapp-1-secret", set(SCOPES) - {"commands"}
        findings = await _of_slack(slack, app_token="xapp-1-secret")
        assert findings["slack scopes"].detail == "missing: commands"
        assert "slack-manifest" in findings["slack scopes"].remedy
        assert findings["slack commands"].verdict == "good"
        assert slack.connections == 0
        slack.scopes = set(SCOPES)
        for wrong, words in (("xapp-another", "does not accept the app token"), ("xoxb-x", "no app token")):
            findings = await _of_slack(slack, app_token=wrong)
            assert findings["slack scopes"].verdict == "good"
            assert findings["slack commands"].verdict == "bad"
            assert words in findings["slack commands"].detail
            assert wrong not in findings["slack commands"].detail
        assert "web.public_url" in (await _of_slack(slack, signing_secret="s"))["slack commands"].detail
        assert "slack commands" not in await _of_slack(slack)


async def _of_slack(slack: SlackWithPeople, **tokens: str) -> dict[str, Finding]:
    settings = Settings.model_validate({"slack": {"bot_token": slack.token, "api_url": slack.url, **tokens}})
    return {found.name: found for found in slack_findings(settings, await ask_slack(settings))}


@pytest.mark.parametrize(
    ("ahead", "verdict", "words"),
    [(0.5, "good", "within"), (20.0, "warning", "20 s ahead of"), (-7200.0, "bad", "7200 s behind")],
)
async def test_a_clock_that_is_wrong_is_told_by_how_much(
    tmp_path: Path, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch,
    ahead: float, verdict: str, words: str,
) -> None:  # fmt: skip
    async def answer(_settings: Settings) -> SlackAnswer:
        return SlackAnswer(user="desk", team="T", clock_ahead=ahead)

    monkeypatch.setattr("bot.checkup.ask_slack", answer)
    clock = (await _findings(_settings(tmp_path, slack)))["clock"]
    assert clock.verdict == verdict
    assert words in clock.detail


def test_as_json_it_is_an_array_also_when_the_configuration_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "nightdesk.toml").write_text("[slak]\n")
    ended = nightdesk("doctor", "--json", folder=tmp_path)
    assert ended.status == 1
    (finding,) = ended.json
    assert (finding["name"], finding["verdict"]) == ("configuration", "bad")
    assert "did you mean 'slack'" in finding["detail"]
    assert len(ended.errors.splitlines()) == 1


async def test_whoever_on_a_roster_could_not_be_paged_is_named_and_so_is_a_gap(
    tmp_path: Path, slack: SlackStandIn
) -> None:
    clock = SystemClock()
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite'}")
    await schema.upgrade(database)
    people = PeopleService(database, clock)
    entries = (
        "- {name: ana, timezone: UTC, slack: U0ANA}\n- {name: bo, timezone: UTC, phone: '+33612345678'}\n"
    )
    await people.put(parse_people(entries), by="root")
    text = """
roster: desk
timezone: UTC
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-01-05, turn: {days: 1}}
"""
    rosters = RosterService(database, clock)
    await rosters.publish(text, by="root")
    findings = await _findings(_settings(tmp_path, slack))
    assert (findings["roster"].verdict, findings["people"].verdict) == ("good", "bad")
    assert findings["people"].detail == "bo has no verified way to be paged: phone is not confirmed"
    await people.change("bo", {"verified": ["phone"]}, by="root", administrator=True)
    weekly = "hours: [{days: [mon], from: '00:00', to: '01:00'}]"
    await rosters.publish(text.replace("turn: {days: 1}", f"turn: {{days: 1}}, {weekly}"), by="root")
    findings = await _findings(_settings(tmp_path, slack))
    await database.dispose()
    assert (findings["roster"].verdict, findings["people"].verdict) == ("bad", "good")
    assert "gaps in the next 28 days" in findings["roster"].detail
    assert "nobody would be paged" in findings["roster"].detail


async def test_the_mail_server_and_twilio_are_asked_and_nothing_is_sent(
    tmp_path: Path, slack: SlackStandIn
) -> None:
    async with MailStandIn(login=True) as mail, TwilioStandIn() as twilio:
        identity = twilio.identity()
        settings = _settings(
            tmp_path,
            slack,
            email={"smtp_url": mail.url, "sender": "nightdesk@example.org"},
            twilio={
                "account_sid": identity.account_sid,
                "auth_token": identity.auth_token,
                "api_url": twilio.url,
            },
            channels=[
                {"name": "list", "kind": "email", "address": "list@example.org"},
                {"name": "robots", "kind": "webhook", "address": "http://127.0.0.1:9/", "secret": "x" * 16},
                {"name": "phone", "kind": "apprise", "address": "ntfy://127.0.0.1:9/topic"},
            ],
            routes=[],
        )
        findings = await _findings(settings)
        assert mail.mails == twilio.messages == twilio.calls == []
    assert findings["e-mail"].verdict == findings["twilio"].verdict == "good"
    assert findings["channel list"].detail.startswith("mails through 127.0.0.1")
    assert findings["channel phone"].verdict == "good"
    assert "cannot be reached" in findings["channel robots"].detail
    assert findings["twilio number"].verdict == findings["public address"].verdict == "warning"


async def test_a_half_configured_mail_server_and_a_wrong_token_are_told(
    tmp_path: Path, slack: SlackStandIn
) -> None:
    async with TwilioStandIn() as twilio:
        account = {"account_sid": twilio.identity().account_sid, "auth_token": "wrong", "api_url": twilio.url}
        settings = _settings(tmp_path, slack, email={"sender": "nd@example.org"}, twilio=account)
        findings = await _findings(settings)
    assert findings["e-mail"].remedy == "set both email.smtp_url and email.sender"
    assert "refused the credentials" in findings["twilio"].detail

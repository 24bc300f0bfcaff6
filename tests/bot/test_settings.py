"""The configuration: file, environment, secrets, and what a wrong key is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from bot.settings import Settings, SettingsError, load_settings


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "nightdesk.toml"
    path.write_text(text)
    return path


def test_nothing_configured_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environment={})
    assert settings.database.url.startswith("sqlite")
    assert "igwn.gwalert" in settings.gcn.topics


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = _file(tmp_path, '[slack]\nbot_token = "from-file"\n[gcn]\ntopics = ["a"]\n')
    settings = load_settings(
        path,
        {"NIGHTDESK_SLACK__BOT_TOKEN": "from-env", "NIGHTDESK_GCN__TOPICS": "igwn.gwalert, gcn.heartbeat"},
    )
    assert settings.slack.bot_token is not None
    assert settings.slack.bot_token.get_secret_value() == "from-env"
    assert settings.gcn.topics == ("igwn.gwalert", "gcn.heartbeat")


def test_a_secret_is_read_from_the_file_that_a_variable_names(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("xoxb-secret\n")
    settings = load_settings(_file(tmp_path, ""), {"NIGHTDESK_SLACK__BOT_TOKEN_FILE": str(secret)})
    assert settings.slack.bot_token is not None
    assert settings.slack.bot_token.get_secret_value() == "xoxb-secret"
    assert "xoxb" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    ["mysql://u:hunter2@host/db", "postgresql://u:hunter2@host:port/db", "hunter2", "postgresql:hunter2"],
)
def test_a_database_url_that_cannot_be_one_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="NIGHTDESK_DATABASE__URL: expected sqlite:///FILE or") as raised:
        load_settings(_file(tmp_path, ""), {"NIGHTDESK_DATABASE__URL": url})
    assert "hunter2" not in str(raised.value)


def test_no_secret_shows_when_the_settings_are_printed(tmp_path: Path) -> None:
    secrets = {
        "NIGHTDESK_DATABASE__URL": "postgresql://u:hunter2@host/db",
        "NIGHTDESK_GCN__CLIENT_SECRET": "hunter2",
        "NIGHTDESK_GCN__CONSUMER": '{"sasl.password": "hunter2"}',
        "NIGHTDESK_SLACK__APP_TOKEN": "hunter2",
        "NIGHTDESK_EMAIL__SMTP_URL": "smtp://u:hunter2@host",
        "NIGHTDESK_TWILIO__AUTH_TOKEN": "hunter2",
        "NIGHTDESK_CHANNELS": '[{"name": "a", "kind": "apprise", "address": "json://u:hunter2@host"}]',
    }
    settings = load_settings(_file(tmp_path, ""), secrets)
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)


def test_tables_in_the_environment_are_json(tmp_path: Path) -> None:
    channels = '[{"name": "gw", "kind": "slack", "address": "C1", "timezone": "Europe/Paris"}]'
    settings = load_settings(_file(tmp_path, ""), {"NIGHTDESK_CHANNELS": channels})
    assert settings.channels[0].name == "gw"
    assert settings.channels[0].timezone == "Europe/Paris"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[slack]\nbot_tokn = "x"\n', "slack.bot_tokn: no such key; did you mean 'bot_token'?"),
        ('[slak]\nbot_token = "x"\n', "slak: no such key; did you mean 'slack'?"),
        (
            '[desk]\ntimezone = "Europe/Pari"\n',
            "'Europe/Pari' is not an IANA time zone; nearest: Europe/Paris",
        ),
        ("[web]\nport = 70000\n", "web.port: Input should be less than or equal to 65535"),
        ('[[channels]]\nname = "a"\nkind = "slak"\n', "channels.0.kind: Input should be 'slack'"),
        ('[[routes]]\nname = "a"\nwhn = "true"\n', "routes.0.when: Field required"),
        ("[web\n", "is not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_expected(
    tmp_path: Path, text: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(_file(tmp_path, text), {})
    assert expected in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml: cannot be read"):
        load_settings(tmp_path / "absent.toml", {})


def test_a_variable_is_named_when_it_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="NIGHTDESK_WEB__PORT"):
        load_settings(_file(tmp_path, ""), {"NIGHTDESK_WEB__PORT": "many"})
    with pytest.raises(SettingsError, match="NIGHTDESK_CHANNELS: is not JSON"):
        load_settings(_file(tmp_path, ""), {"NIGHTDESK_CHANNELS": "[{"})


def test_the_example_documents_every_key_and_is_valid_as_it_stands() -> None:
    example = Path(__file__).resolve().parents[2] / "nightdesk.example.toml"
    assert load_settings(example, {}) == Settings()
    sections = dict(
        re.findall(
            r"^(?:# )?\[+([a-z0-9_]+)\]+(.*?)(?=^(?:# )?\[+[a-z0-9_]+\]+|\Z)",
            example.read_text(),
            re.M | re.S,
        )
    )
    for section, field in Settings.model_fields.items():
        models = [each for each in (field.annotation, *get_args(field.annotation)) if isinstance(each, type)]
        model = next(each for each in models if issubclass(each, BaseModel))
        for key in {each.alias or name for name, each in model.model_fields.items()} - {"consumer"}:
            assert re.search(rf"^# {key} = ", sections[section], re.M), (
                f"[{section}] {key} is not in the example"
            )

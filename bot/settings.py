"""The configuration: one `nightdesk.toml`, every key also an environment variable.

`[slack] bot_token` is `NIGHTDESK_SLACK__BOT_TOKEN`, or `NIGHTDESK_SLACK__BOT_TOKEN_FILE` naming a
file that holds it. The environment wins over the file. Lists and tables in the environment are JSON.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

PREFIX = "NIGHTDESK_"
DEFAULT_FILE = Path("nightdesk.toml")

DEFAULT_TOPICS = (
    "gcn.heartbeat",
    "gcn.circulars",
    "igwn.gwalert",
    "gcn.notices.einstein_probe.wxt.alert",
    "gcn.notices.swift.bat.guano",
    "gcn.notices.icecube.gold_bronze_track_alerts",
    "gcn.notices.icecube.lvk_nu_track_search",
    "gcn.notices.superk.sn_alert",
    "gcn.notices.chime.frb",
    "gcn.notices.dsa110.frb",
    "gcn.notices.maxi.gsc.unknown",
    "gcn.notices.svom.voevent.grm",
    "gcn.notices.svom.voevent.eclairs",
    "gcn.notices.svom.voevent.mxt",
    "gcn.classic.voevent.FERMI_GBM_FLT_POS",
    "gcn.classic.voevent.FERMI_GBM_GND_POS",
    "gcn.classic.voevent.FERMI_GBM_FIN_POS",
    "gcn.classic.voevent.FERMI_GBM_SUBTHRESH",
    "gcn.classic.voevent.FERMI_LAT_OFFLINE",
    "gcn.classic.voevent.SWIFT_BAT_GRB_POS_ACK",
    "gcn.classic.voevent.SWIFT_XRT_POSITION",
    "gcn.classic.voevent.SWIFT_UVOT_POS",
    "gcn.classic.voevent.ICECUBE_ASTROTRACK_GOLD",
    "gcn.classic.voevent.ICECUBE_ASTROTRACK_BRONZE",
    "gcn.classic.voevent.ICECUBE_CASCADE",
)
"""What a desk listens to unless told otherwise: everything that may become a follow-up."""


_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


class SettingsError(ValueError):
    """The configuration cannot be used: which file or variable, which key, what was expected."""


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Strings = Annotated[tuple[str, ...], BeforeValidator(_split)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        nearest = difflib.get_close_matches(name, sorted(available_timezones()), n=3, cutoff=0.5)
        hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
        raise ValueError(f"{name!r} is not an IANA time zone{hint}")
    return name


Zone = Annotated[str, BeforeValidator(_known_zone)]


class DeskSettings(_Section):
    name: str = "nightdesk"
    locale: str = "en"
    timezone: Zone = "UTC"
    warnings: Strings = ()
    heartbeat_url: SecretStr | None = None
    administrators: Strings = ()  # whom people are told to ask
    digest_at: time = time(8)
    stale_after: float = Field(default=60.0, ge=0)
    stale_cards: int = Field(default=3, ge=1)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class DatabaseSettings(_Section):
    url: str = Field(default="sqlite:///nightdesk.sqlite", repr=False)  # it may hold a password

    @field_validator("url")
    @classmethod
    def _sqlite_or_postgresql(cls, url: str) -> str:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            known = make_url(url).get_backend_name() in _DRIVERS
        except (ArgumentError, ValueError):
            known = False
        if not known:
            # Not the value: it may hold a password.
            raise ValueError("expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST[:PORT]/NAME")
        return url

    @property
    def async_url(self) -> str:
        """The URL with the asynchronous driver that nightdesk uses, whatever driver it names."""
        scheme, rest = self.url.split(":", 1)
        return f"{_DRIVERS[scheme.split('+', 1)[0]]}:{rest}"


class GcnSettings(_Section):
    bootstrap_servers: str | None = None
    security_protocol: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    domain: Literal["gcn.nasa.gov", "test.gcn.nasa.gov", "dev.gcn.nasa.gov"] = "gcn.nasa.gov"
    group_id: str = "nightdesk"
    topics: Strings = DEFAULT_TOPICS
    heartbeat_silence: float = Field(default=60.0, gt=0)
    fetch_maps: bool = True
    consumer: dict[str, str] = Field(default={}, repr=False)

    @field_validator("consumer", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return {k: str(v) for k, v in value.items()} if isinstance(value, dict) else value


class SlackSettings(_Section):
    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    api_url: str = "https://slack.com/api/"
    per_second: float = Field(default=10.0, gt=0)


class DiscordSettings(_Section):
    token: SecretStr | None = None
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"
    servers: Strings = ()

    @field_validator("servers")
    @classmethod
    def _ids(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        for server in servers:
            if not server.isdigit():
                raise ValueError(
                    f"{server!r} is no server's id; expected digits (Developer Mode, then Copy Server ID)"
                )
        return servers


class EmailSettings(_Section):
    smtp_url: SecretStr | None = None
    sender: str | None = None
    per_second: float = Field(default=5.0, gt=0)

    @field_validator("sender")
    @classmethod
    def _an_address(cls, sender: str | None) -> str | None:
        if sender is not None and not re.fullmatch(r"[^\r\n<>]*<?[^\s<>@]+@[^\s<>@]+>?", sender.strip()):
            raise ValueError(
                "expected an e-mail address, as nightdesk@example.org or Night desk <nd@example.org>"
            )
        return sender


class TwilioSettings(_Section):
    account_sid: str | None = None
    auth_token: SecretStr | None = None
    from_number: str | None = None
    whatsapp_number: str | None = None
    whatsapp_template: str | None = None
    api_url: str = "https://api.twilio.com"
    per_second: float = Field(default=1.0, gt=0)


class WebhookSettings(_Section):
    secret: SecretStr | None = None
    allow_http: bool = False


class WebSettings(_Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8467, ge=0, le=65535)
    public_url: str | None = None


class PlatformSettings(_Section):
    url: str | None = None
    token: SecretStr | None = None


class SkyPortalSettings(PlatformSettings):
    """`name` is what people call this instance, `facilities` the telescopes that are asked for through it.

    `post_notices`: an event that is not there is mirrored when something needs it; `advocates`: who
    acknowledges here is named as the event's advocate there.

    `shift_group` is the id of the group there whose shifts and `shift_role` of `shift_roster` agree.
    """

    name: str = Field(default="skyportal", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")
    facilities: Strings = ()
    post_notices: bool = False
    advocates: bool = False
    shift_group: int | None = None
    shift_roster: str | None = None
    shift_role: str | None = None


class CredentialSettings(_Section):
    """`key` encrypts people's own tokens: one Fernet key, or several with commas between, newest first."""

    key: SecretStr | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        text = self.key.get_secret_value() if self.key is not None else ""
        return tuple(part.strip() for part in text.split(",") if part.strip())


class GwemoptSettings(_Section):
    """gwemopt in worker processes of this desk: the interpreter that has it, and what a worker may take."""

    python: Path | None = None
    seconds: float = Field(default=600.0, gt=0, le=6 * 3600)
    memory_mb: int = Field(default=2500, ge=256)
    at_once: int = Field(default=1, ge=1, le=16)
    schedule: Literal["best", "greedy", "greedy_slew", "sear"] = "best"


class M4optSettings(_Section):
    """M4OPT's own command, and what it may take. `missions` are its names of our facilities."""

    command: str | None = None
    missions: dict[str, str] = {}
    seconds: float = Field(default=1200.0, gt=0, le=6 * 3600)
    memory_mb: int = Field(default=8000, ge=256)


PlanValues = dict[str, str | int | float]


class PlanningSettings(_Section):
    """One `[[planning]]`: who plans for a telescope, with what settings, and where the plan goes."""

    facility: str = Field(min_length=1)
    planner: Literal["skyportal", "gwemopt", "m4opt", "instant"]
    platform: str | None = None
    allocation: str | int | None = None
    settings: PlanValues = {}
    classes: dict[str, PlanValues] = {}
    send_to: Strings = ()
    others: bool = False


class ResolverSettings(_Section):
    """Services that know names and public pages; only what has an address here is asked."""

    gracedb_url: str | None = None
    sesame_url: str | None = None
    tns_url: str | None = None
    tns_key: SecretStr | None = None
    tns_bot_id: int | None = None
    tns_bot_name: str | None = None


class CommandSettings(_Section):
    root: str = Field(default="nd", pattern=r"^[a-z0-9_-]{1,31}$")
    second_person: Strings = ()


class ChatSettings(_Section):
    socket: Path | None = None
    logins: dict[str, str] = {}


class CalendarSettings(_Section):
    """From whom absences are read: the hosts of calendar addresses, which people give."""

    hosts: Strings = ("calendar.google.com", "outlook.office365.com", "outlook.live.com")


class ComputeSettings(_Section):
    workers: int = Field(default=2, ge=1, le=256)
    dask_address: str | None = None


class FacilitySettings(_Section):
    files: tuple[Path, ...] = ()
    names: Strings = ()


class ChannelSettings(_Section):
    name: str
    kind: Literal["slack", "discord", "email", "sms", "voice", "whatsapp", "webhook", "apprise", "terminal"]
    address: SecretStr | None = None
    secret: SecretStr | None = None
    locale: str = "en"
    timezone: Zone = "UTC"


class RouteSettings(_Section):
    name: str
    when: str
    channels: Strings = ()
    page: str | None = None
    roles: Strings = ()
    people: Strings = ()
    facilities: Strings = ()
    rosters: Strings = ()
    by: Literal["slack", "discord", "email", "sms", "voice", "whatsapp"] | None = None
    tell: Literal["first", "material", "every", "digest"] = "every"
    max_age: float | None = Field(default=None, gt=0)
    urgency: Literal["low", "normal", "high"] = "normal"
    wakes: bool = False
    at_most: int | None = Field(default=None, ge=1)
    group: Literal["mission", "kind", "source", "route"] | None = None
    group_minutes: float = Field(default=60.0, gt=0, le=1440)

    @property
    def targets(self) -> tuple[str, ...]:
        """The people it leads to, as targets."""
        named = {"role": self.roles, "person": self.people, "facility": self.facilities, "all": self.rosters}
        return tuple(f"{kind}:{name}" for kind, names in named.items() for name in names)


class ReactionSettings(_Section):
    """One `[[reactions]]`: what is started, or asked about, when an event meets `when`."""

    name: str = Field(min_length=1, max_length=120)
    when: str
    start: str
    parameters: dict[str, Any] = Field(default={}, alias="with")
    facilities: Strings = ()
    ask_first: bool = True
    again: Literal["never", "map"] = "never"
    cancel_on_retraction: bool = False
    channels: Strings = ()
    waits: float = Field(default=12.0, gt=0, le=168)  # hours
    max_age: float = Field(default=24.0, gt=0)  # hours


class EscalationSettings(BaseModel):
    """One `[[escalations]]` as it was written; `notifiers/paging/plan.py` reads it and says what is wrong."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str
    steps: tuple[Any, ...] = ()

    @property
    def written(self) -> dict[str, Any]:
        """Every key that stands in the configuration."""
        return {key: getattr(self, key) for key in (*self.model_fields_set, *(self.model_extra or {}))}


class DutyGroupSettings(_Section):
    """Something in a chat that follows who is on. `address` is an id; of a Discord role SERVER/ROLE."""

    name: str
    kind: Literal["slack-group", "slack-topic", "discord-role", "discord-topic"]
    address: str
    roster: str
    roles: Strings = ()
    locale: str = "en"


class Settings(_Section):
    """Everything the hub is told. Secrets are `SecretStr`: they show as stars wherever they are printed."""

    desk: DeskSettings = DeskSettings()
    database: DatabaseSettings = DatabaseSettings()
    gcn: GcnSettings = GcnSettings()
    slack: SlackSettings = SlackSettings()
    discord: DiscordSettings = DiscordSettings()
    email: EmailSettings = EmailSettings()
    twilio: TwilioSettings = TwilioSettings()
    webhook: WebhookSettings = WebhookSettings()
    web: WebSettings = WebSettings()
    skyportal: SkyPortalSettings = SkyPortalSettings()
    mmoda: PlatformSettings = PlatformSettings()
    skyportals: tuple[SkyPortalSettings, ...] = ()
    treasuremap: PlatformSettings = PlatformSettings()
    resolvers: ResolverSettings = ResolverSettings()
    nmma: PlatformSettings = PlatformSettings()
    credentials: CredentialSettings = CredentialSettings()
    gwemopt: GwemoptSettings = GwemoptSettings()
    m4opt: M4optSettings = M4optSettings()
    planning: tuple[PlanningSettings, ...] = ()
    commands: CommandSettings = CommandSettings()
    chat: ChatSettings = ChatSettings()
    compute: ComputeSettings = ComputeSettings()
    calendars: CalendarSettings = CalendarSettings()
    facilities: FacilitySettings = FacilitySettings()
    channels: tuple[ChannelSettings, ...] = ()
    routes: tuple[RouteSettings, ...] = ()
    escalations: tuple[EscalationSettings, ...] = ()
    reactions: tuple[ReactionSettings, ...] = ()
    duty_groups: tuple[DutyGroupSettings, ...] = ()

    @property
    def portals(self) -> tuple[SkyPortalSettings, ...]:
        """The SkyPortals that are configured, side by side."""
        return tuple(each for each in (self.skyportal, *self.skyportals) if each.url is not None)


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration.

    `path` is what `--config` named; else `NIGHTDESK_CONFIG`; else `nightdesk.toml` if there is one;
    else the defaults. Raises `SettingsError` with one line a problem.
    """
    environment = os.environ if environment is None else environment
    named = path or (Path(environment[f"{PREFIX}CONFIG"]) if environment.get(f"{PREFIX}CONFIG") else None)
    values = _read_file(named) if named else (_read_file(DEFAULT_FILE) if DEFAULT_FILE.exists() else {})
    source = str(named or DEFAULT_FILE)
    origins = _overlay(values, environment)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error, source, origins))) from None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Lay the environment over `values`; tells which variable each key came from."""
    origins: dict[tuple[str, ...], str] = {}
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable == f"{PREFIX}CONFIG":
            continue
        keys = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        text = environment[variable]
        if keys[-1].endswith("_file"):
            keys = (*keys[:-1], keys[-1].removesuffix("_file"))
            try:
                text = Path(text).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{variable}: the file it names cannot be read: {error}") from None
        place = values
        for key in keys[:-1]:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise SettingsError(f"{variable}: {key!r} is a value, not a table")
        place[keys[-1]] = _decoded(variable, text)
        origins[keys] = variable
    return origins


def _decoded(variable: str, text: str) -> object:
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(f"{variable}: is not JSON: {error}") from None


def _explain(error: ValidationError, source: str, origins: Mapping[tuple[str, ...], str]) -> list[str]:
    lines = []
    for problem in error.errors():
        keys = tuple(str(part) for part in problem["loc"])
        where = origins.get(keys) or f"{source}: {'.'.join(keys)}"
        if problem["type"] == "extra_forbidden":
            known = _known_keys(keys[:-1])
            nearest = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known: {', '.join(known)}"
            lines.append(f"{where}: no such key{hint}")
        else:
            lines.append(f"{where}: {problem['msg'].removeprefix('Value error, ')}")
    return lines


def _known_keys(path: tuple[str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in path:
        if part.isdigit():
            continue
        annotation = model.model_fields[part].annotation
        inner = next((a for a in get_args(annotation) if isinstance(a, type)), annotation)
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return sorted(field.alias or name for name, field in model.model_fields.items())

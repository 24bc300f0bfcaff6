"""Asking the configured platforms whether they answer, and whether they take the desk's token."""

from __future__ import annotations

import asyncio

import aiohttp

from bot.finding import Finding
from bot.platforms import instances_of
from bot.settings import Settings, SettingsError
from platforms.credentials import CredentialError, fernet_of
from platforms.instances import Instance
from platforms.skyportal.client import SkyPortal, SkyPortalError
from store.clock import SystemClock

PATIENCE = 10.0  # s
MAKE_A_KEY = "set credentials.key: `openssl rand -base64 32 | tr '+/' '-_'` makes one"


async def platform_findings(settings: Settings) -> list[Finding]:
    """One finding for each platform, asked all at once, and one about the key of people's tokens."""
    try:
        instances = instances_of(settings)
    except SettingsError as error:
        return [Finding("platforms", "bad", str(error), "mend the entry it names")]
    if not instances:
        return []
    return [*await asyncio.gather(*(_asked(each) for each in instances.values())), _key(settings)]


async def _asked(instance: Instance) -> Finding:
    name = f"platform {instance.name}"
    if instance.kind == "skyportal":
        return await _skyportal(name, instance)
    try:
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(instance.url, allow_redirects=False) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return Finding(name, "bad", f"does not answer ({type(error).__name__})", _remedy(instance))
    if status >= 500:
        return Finding(name, "bad", f"answers with HTTP {status}", "ask whoever runs it; jobs there wait")
    if instance.token is None and instance.kind == "treasuremap":
        return Finding(
            name, "warning", "answers; nothing can be reported without a token", "set treasuremap.token"
        )
    return Finding(name, "good", "answers" if instance.token is None else "answers; the token was not tried")


async def _skyportal(name: str, instance: Instance) -> Finding:
    if instance.token is None:
        what = "has no token of the desk: only people with tokens of their own can ask it"
        return Finding(name, "warning", what, "set the token of its entry")
    try:
        portal = SkyPortal(instance.name, instance.url, instance.token, SystemClock(), timeout=PATIENCE)
    except ValueError as error:
        return Finding(name, "bad", str(error), "mend the url of its entry")
    try:
        may = await portal.permissions()
    except SkyPortalError as error:
        return Finding(name, "bad", str(error), error.advice or _remedy(instance))
    finally:
        await portal.close()
    return Finding(name, "good", f"takes the token, which has {len(may)} permissions (ACLs)")


def _key(settings: Settings) -> Finding:
    """How well people's own tokens are kept."""
    name = "people's tokens"
    try:
        for key in settings.credentials.keys:
            fernet_of(key)
    except CredentialError as error:
        return Finding(name, "bad", str(error), MAKE_A_KEY)
    if not settings.credentials.keys:
        what = "encrypted with a key that lies in the database beside them"
        return Finding(name, "warning", what, MAKE_A_KEY)
    return Finding(name, "good", "encrypted with a key of the configuration")


def _remedy(instance: Instance) -> str:
    return f"check the url of {instance.name} and the network; jobs there wait meanwhile"

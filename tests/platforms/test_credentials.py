"""People's own tokens: encrypted where they are kept, read with any key, forgotten for good."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from platforms.credentials import CredentialError, CredentialRow, Credentials
from platforms.instances import Instance, InstanceError, Platforms
from platforms.job import PlatformError
from store.clock import ManualClock
from store.database import Database

TOKEN = "b3f0a1c2-secret-of-ana"


async def test_a_token_is_kept_encrypted_and_given_to_calls_alone(
    any_database: Database, clock: ManualClock
) -> None:
    kept = Credentials(any_database, clock, (Fernet.generate_key().decode(),))
    await kept.give("ana", "fritz", f" {TOKEN}\n")
    async with any_database.read() as session:
        (row,) = await session.scalars(select(CredentialRow))
    assert TOKEN.encode() not in row.token
    token = await kept.token("ana", "fritz", "the desk's")
    assert token is not None and (token.value, token.own) == (TOKEN, True)
    assert TOKEN not in repr(token)
    others = await kept.token("bo", "fritz", "the desk's")
    assert others is not None and (others.value, others.own) == ("the desk's", False)
    assert await kept.token("bo", "fritz", None) is None


async def test_a_new_key_reads_what_the_old_one_wrote_and_a_lost_key_says_so(
    database: Database, clock: ManualClock
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    await Credentials(database, clock).give("bo", "fritz", "written-without-a-configured-key")
    await Credentials(database, clock, (old,)).give("ana", "fritz", TOKEN)
    assert await Credentials(database, clock, (new, old)).own("ana", "fritz") == TOKEN
    assert await Credentials(database, clock, (new,)).own("bo", "fritz") is not None
    with pytest.raises(PlatformError, match="the desk's key has changed") as refused:
        await Credentials(database, clock, (new,)).own("ana", "fritz")
    assert refused.value.advice and "me token fritz" in refused.value.advice


async def test_a_token_given_again_takes_the_place_of_the_first_and_is_forgotten_for_good(
    database: Database, clock: ManualClock
) -> None:
    kept = Credentials(database, clock)
    await kept.give("ana", "fritz", "first")
    await kept.give("ana", "fritz", TOKEN)
    assert await kept.own("ana", "fritz") == TOKEN
    assert [each.instance for each in await kept.given("ana")] == ["fritz"]
    assert await kept.forget("ana", "fritz")
    assert not await kept.forget("ana", "fritz")
    assert await kept.own("ana", "fritz") is None


@pytest.mark.parametrize("text", ["", "   ", "two words", "x" * 5000, "a\x00b"])
async def test_what_is_no_token_is_refused_without_being_repeated(
    database: Database, clock: ManualClock, text: str
) -> None:
    with pytest.raises(CredentialError) as refused:
        await Credentials(database, clock).give("ana", "fritz", text)
    assert not text.strip() or text not in str(refused.value)


def test_a_key_that_is_none_is_refused_when_the_desk_starts(database: Database, clock: ManualClock) -> None:
    with pytest.raises(CredentialError, match="no Fernet key"):
        Credentials(database, clock, ("not a key",))


def test_instances_stand_side_by_side_and_telescopes_belong_to_theirs() -> None:
    portals = (
        Instance("skyportal", "skyportal", "https://a.example.org", facilities=("KPED",)),
        Instance("fritz", "skyportal", "https://b.example.org", facilities=("ZTF", "SEDM")),
        Instance("icare", "skyportal", "https://c.example.org"),
        Instance("mmoda", "mmoda", "https://d.example.org"),
    )
    platforms = Platforms({each.name: each for each in portals})
    assert platforms.instance(" Fritz ").name == "fritz"
    with pytest.raises(InstanceError, match="known: icare"):
        platforms.instance("icar")
    assert [each.name for each in platforms.of_kind("skyportal")] == ["skyportal", "fritz", "icare"]
    assert (found := platforms.of_facility("ZTF")) is not None and found.name == "fritz"
    assert (found := platforms.of_facility("DECam")) is not None and found.name == "icare"
    assert platforms.of_facility("DECam", "nmma") is None

import base64
import hashlib
import random

import pytest
from sqlalchemy import func, select

from store import blobs
from store.blobs import Blob, BlobMissing
from store.database import Database


async def test_content_comes_back_byte_for_byte_under_its_sha256(any_database: Database) -> None:
    content = b"a sky map\x00\xff" * 1000
    async with any_database.write() as session:
        key = await blobs.put(session, content)
    assert key == hashlib.sha256(content).hexdigest()
    async with any_database.read() as session:
        assert await blobs.get(session, key) == content


async def test_storing_the_same_content_again_keeps_one_row(any_database: Database) -> None:
    for _ in range(3):
        async with any_database.write() as session:
            await blobs.put(session, b"one notice")
            await blobs.put(session, b"one notice")
    async with any_database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Blob)) == 1


async def test_text_is_stored_smaller_than_it_was(any_database: Database) -> None:
    content = b'{"superevent_id": "S230518h"}' * 500
    async with any_database.write() as session:
        key = await blobs.put(session, content)
    async with any_database.read() as session:
        blob = await session.get_one(Blob, key)
    assert blob.size == len(content)
    assert len(blob.content) < len(content) / 10


async def test_a_large_map_in_base64_is_stored_in_the_space_it_had_before_base64(
    any_database: Database,
) -> None:
    sky_map = random.Random(1).randbytes(300_000)
    content = base64.b64encode(sky_map)
    async with any_database.write() as session:
        key = await blobs.put(session, content)
    async with any_database.read() as session:
        blob = await session.get_one(Blob, key)
        assert await blobs.get(session, key) == content
    assert len(blob.content) < 1.01 * len(sky_map)


@pytest.mark.parametrize("content", [b"", b"x", hashlib.sha512(b"noise").digest() * 1])
async def test_content_that_does_not_shrink_is_kept_as_it_is(any_database: Database, content: bytes) -> None:
    async with any_database.write() as session:
        key = await blobs.put(session, content)
    async with any_database.read() as session:
        assert (await session.get_one(Blob, key)).codec == "raw"
        assert await blobs.get(session, key) == content


async def test_a_hash_that_nothing_is_stored_under_is_named_in_the_error(any_database: Database) -> None:
    async with any_database.read() as session:
        with pytest.raises(BlobMissing, match="beef"):
            await blobs.get(session, "beef")

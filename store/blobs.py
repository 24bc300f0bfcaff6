"""Raw notices and sky maps, compressed and stored once each under the hash of their content."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary, String, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.database import Base
from store.upsert import insert

_SHA256 = String(64)
_LARGE = 64 * 1024


class BlobMissing(LookupError):
    """No content is stored under this hash."""


class Blob(Base):
    """One content. `created` is the database's own clock: for housekeeping only, nothing is decided by it."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(_SHA256, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    codec: Mapped[str] = mapped_column(String(8))
    size: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[datetime] = mapped_column(server_default=func.now())


@dataclass(frozen=True)
class PackedBlob:
    """A content made ready for storing: its hash, its size in bytes as it was, and its compressed form."""

    sha256: str
    size: int
    codec: str
    content: bytes = field(repr=False)


def pack(content: bytes) -> PackedBlob:
    """Hash and compress. Pure and free of the interpreter lock: large contents belong in a thread."""
    # What is large is a sky map in base64: looking for repetitions in it triples the time and wins nothing,
    # Huffman coding alone takes the quarter that base64 had added.
    strategy = zlib.Z_HUFFMAN_ONLY if len(content) > _LARGE else zlib.Z_DEFAULT_STRATEGY
    compressor = zlib.compressobj(strategy=strategy)
    compressed = compressor.compress(content) + compressor.flush()
    codec, stored = ("zlib", compressed) if len(compressed) < len(content) else ("raw", content)
    return PackedBlob(hashlib.sha256(content).hexdigest(), len(content), codec, stored)


async def put(session: AsyncSession, content: bytes | PackedBlob) -> str:
    """Store a content and return its SHA-256 in hexadecimal. Storing it again changes nothing."""
    packed = content if isinstance(content, PackedBlob) else pack(content)
    await put_all(session, [packed])
    return packed.sha256


async def put_all(session: AsyncSession, packed: Iterable[PackedBlob]) -> None:
    """Store several contents at once."""
    # In one order everywhere, or two replicas that store the same contents could wait for each other.
    rows = [asdict(each) for each in sorted(packed, key=lambda each: each.sha256)]
    if rows:
        await session.execute(insert(session, Blob).on_conflict_do_nothing(), rows)


async def get(session: AsyncSession, sha256: str) -> bytes:
    """The content stored under this hash; `BlobMissing` where there is none."""
    blob = await session.get(Blob, sha256)
    if blob is None:
        raise BlobMissing(f"no content is stored under sha256 {sha256}")
    return zlib.decompress(blob.content) if blob.codec == "zlib" else blob.content

"""Addresses by which a platform tells that a job has moved: one for each job, that nobody can guess."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import select

from platforms.job import Job
from platforms.jobs import JobService
from platforms.tables import JobRow
from store.database import Database
from store.secrets import secret

PATH = "/hooks/jobs"
KEY_NAME = "job hooks"


class JobHooks:
    """Makes such addresses, and knows them again.

    Promises: who has a job's address can have that one job looked at, and nothing else; what comes with the
    call is not read. A token is made of the job's mark and a key of this desk, and stands nowhere.
    """

    def __init__(self, database: Database, jobs: JobService, public_url: str | None = None) -> None:
        self._database = database
        self._jobs = jobs
        self._public_url = public_url
        self._key: bytes | None = None

    async def address(self, job: Job) -> str | None:
        """What a work gives its platform to call; None where this desk cannot be reached from outside."""
        if self._public_url is None:
            return None
        return f"{self._public_url.rstrip('/')}{PATH}/{await self.token(job.id, job.mark)}"

    async def token(self, number: int, mark: str) -> str:
        """The capability of one job: `12-` and 32 hexadecimal digits."""
        if self._key is None:
            async with self._database.write() as session:
                self._key = await secret(session, KEY_NAME)
        signed = hmac.new(self._key, f"{number}|{mark}".encode(), hashlib.sha256).hexdigest()[:32]
        return f"{number}-{signed}"

    async def called(self, token: str) -> bool:
        """Have the job of a token looked at; False for a token that is none."""
        number = await self.number_of(token)
        if number is not None:
            await self._jobs.wake(number)
        return number is not None

    async def number_of(self, token: str) -> int | None:
        """The job that a token is the capability of; None for one that is none."""
        number, _, signed = token.partition("-")
        if not (number.isascii() and number.isdigit() and len(number) < 16 and signed.isascii()):
            return None
        async with self._database.read() as session:
            mark = await session.scalar(select(JobRow.mark).where(JobRow.id == int(number)))
        if mark is None or not hmac.compare_digest(token, await self.token(int(number), mark)):
            return None
        return int(number)

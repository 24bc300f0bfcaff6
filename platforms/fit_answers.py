"""What fitting services post back: the first answer of each job, under an address nobody can guess."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from platforms.hooks import JobHooks
from platforms.job import Job
from store import blobs
from store.clock import Clock
from store.database import Base, Database
from store.upsert import insert

PATH = "/hooks/fits"
LARGEST = 64 * 2**20


class FitAnswerRow(Base):
    """That a service has answered for a job, and with what."""

    __tablename__ = "fit_answers"

    job: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    answer: Mapped[str] = mapped_column(String(64))  # the blob's hash
    at: Mapped[datetime]


class FitAnswers:
    """Answers of services that call back.

    Promises: only who was given a job's address can answer for it; the first answer stays, and is on disk
    before the service is thanked for it; then the job is looked at.
    """

    def __init__(self, database: Database, clock: Clock, hooks: JobHooks, public_url: str | None) -> None:
        self._database = database
        self._clock = clock
        self._hooks = hooks
        self._public_url = public_url

    async def address(self, job: Job) -> str | None:
        """Where a service is to post a job's result; None where this desk has no address of its own."""
        if self._public_url is None:
            return None
        return f"{self._public_url.rstrip('/')}{PATH}/{await self._hooks.token(job.id, job.mark)}"

    async def receive(self, token: str, body: bytes) -> bool:
        """Keep an answer and have its job looked at; False for an address that is none."""
        number = await self._hooks.number_of(token)
        if number is None:
            return False
        packed = blobs.pack(body)
        async with self._database.write() as session:
            values = {"answer": await blobs.put(session, packed), "at": self._clock.now()}
            row = insert(session, FitAnswerRow).values(job=number, **values)
            await session.execute(row.on_conflict_do_nothing(index_elements=[FitAnswerRow.job]))
        await self._hooks.called(token)
        return True

    async def answer(self, number: int) -> bytes | None:
        """What was posted for a job; None while nothing was."""
        async with self._database.read() as session:
            row = await session.get(FitAnswerRow, number)
            return await blobs.get(session, row.answer) if row is not None else None

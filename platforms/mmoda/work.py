"""A product of MMODA as a job: asked for, polled in the dispatcher's own steps, read and drawn."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from platforms.job import Job, JobState, Moved, PlatformError
from platforms.mmoda.answer import RunAnswer, Status
from platforms.mmoda.dispatcher import Dispatcher, LostJob, Run
from platforms.mmoda.epochs import since_event
from platforms.mmoda.plain_words import DOWN
from platforms.mmoda.products import OtherProduct, Product, read_products
from platforms.mmoda.summary import summaries

KIND = "mmoda.product"
PATIENCE = 24 * 3600.0  # s; queues of archives are long
ANEW = 2  # times that a lost or empty result is asked for again

AGAIN_LATER = "Ask again in a while; if it stays so, tell MMODA."
OTHERWISE = "Other times, another place or other parameters may work; its page says more."

Tokens = Callable[[Job], Awaitable[str | None]]
"""The token for a job: its requester's own, else the desk's, else none."""

Draw = Callable[[Sequence[Product], str], Awaitable[Mapping[str, bytes]]]
"""PNG of what can be drawn of some products, by name; the text is their title."""


class ProductWork:
    """`mmoda.product`: parameters `instrument`, `product`, `parameters` (texts as sent), `dummy`,
    `event_time` (ISO, UTC): times of products whose zero is known then count from it.

    Promises: one product is computed once for one account however often the desk starts again, for the
    dispatcher knows a job by its parameters and its user; what an answer held is never asked for in a way
    that empties it; the token is fetched for every call and kept nowhere.
    """

    kind = KIND
    patience = PATIENCE

    def __init__(self, dispatchers: Mapping[str, Dispatcher], tokens: Tokens, draw: Draw) -> None:
        self._dispatchers = dispatchers
        self._tokens = tokens
        self._draw = draw

    async def start(self, job: Job) -> Moved:
        return await self._ask(job, 0)

    async def look(self, job: Job) -> Moved:
        dispatcher, run = self._dispatcher(job), run_of(job)
        token = await self._tokens(job)
        status, job_id = str(job.remote.get("status") or "submitted"), job.remote.get("job_id")
        anew = int(job.remote.get("anew", 0))
        if not job_id:
            return await self._ask(job, anew)
        try:
            answer = await dispatcher.poll(run, status=status, job_id=str(job_id), token=token)
            if answer.status is Status.READY:
                # The products are fetched by this second poll only; it may also fall back to submitted.
                answer = await dispatcher.poll(run, status="ready", job_id=str(job_id), token=token)
        except LostJob:
            if anew >= ANEW:
                raise
            return await self._ask(job, anew + 1)
        return await self._moved(job, run, answer, anew)

    async def cancel(self, job: Job) -> Moved:
        """Stop following it: a dispatcher cannot stop a computation, and it harms nobody."""
        return Moved(JobState.CANCELLED, said="MMODA cannot stop a computation; the desk follows it no more.")

    async def _ask(self, job: Job, anew: int) -> Moved:
        run = run_of(job)
        answer = await self._dispatcher(job).run(run, token=await self._tokens(job))
        return await self._moved(job, run, answer, anew)

    async def _moved(self, job: Job, run: Run, answer: RunAnswer, anew: int) -> Moved:
        remote = {
            "job_id": answer.job_id or job.remote.get("job_id"),
            "session_id": run.session_id,
            "status": answer.status.value,
            "anew": anew,
        }
        link = self._dispatcher(job).link(run)
        if answer.status is Status.FAILED:
            return Moved(
                JobState.FAILED,
                remote=remote,
                failure=f"MMODA could not make {run.product} of {run.instrument}: "
                f"{answer.reason or 'it does not say why'}",
                advice=AGAIN_LATER if DOWN in answer.reason else OTHERWISE,
                results={"link": link},
            )
        if answer.status is Status.DONE:
            if answer.empty and anew < ANEW:  # somebody else took it; the same request brings it again
                return await self._ask(job, anew + 1)
            return await self._done(job, run, answer, remote, link)
        if answer.status is Status.SUBMITTED and not answer.reports:
            return Moved(JobState.QUEUED, remote=remote, said="MMODA has it in its queue.")
        return Moved(JobState.RUNNING, remote=remote, said=answer.doing or "MMODA computes it.")

    async def _done(
        self, job: Job, run: Run, answer: RunAnswer, remote: Mapping[str, Any], link: str
    ) -> Moved:
        products = read_products(answer.products)
        event = _event_of(job)
        if event is not None:
            products = tuple(since_event(each, event) for each in products)
        title = f"{run.instrument} {run.product}"
        code = answer.products.get("api_code")
        unread = [f"{each.name}: {each.why}" for each in products if isinstance(each, OtherProduct)]
        results = {
            "products": summaries(products),
            "api_code": code if isinstance(code, str) else "",
            "comments": [*answer.comments, *unread],
            "link": link,
        }
        pictures = await self._draw(products, title)
        return Moved(JobState.DONE, remote=remote, progress=1.0, results=results, pictures=pictures)

    def _dispatcher(self, job: Job) -> Dispatcher:
        try:
            return self._dispatchers[job.platform]
        except KeyError:
            raise PlatformError(
                f"{job.platform} is not configured any more.", advice="Put [mmoda] url back."
            ) from None


def _event_of(job: Job) -> datetime | None:
    """The instant that the product is looked at around, where the request names one."""
    try:
        at = datetime.fromisoformat(str(job.parameters.get("event_time")))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def run_of(job: Job) -> Run:
    """What a job asks for. Its session follows from its mark, so that a second start is the same session."""
    given = job.parameters.get("parameters")
    parameters = {str(k): str(v) for k, v in given.items()} if isinstance(given, Mapping) else {}
    return Run(
        instrument=str(job.parameters.get("instrument")),
        product=str(job.parameters.get("product")),
        parameters=parameters,
        session_id=session_of(job.mark),
        dummy=bool(job.parameters.get("dummy")),
    )


def session_of(mark: str) -> str:
    """Sixteen characters of A–Z and 2–7, as a dispatcher wants its sessions named."""
    return base64.b32encode(hashlib.sha256(mark.encode()).digest()).decode()[:16]

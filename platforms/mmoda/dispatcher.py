"""The MMODA dispatcher's HTTP protocol, asked without waiting for anything on anybody's behalf.

A client of our own and not `oda_api`, which blocks its thread, cannot be cancelled, finds tokens by itself
and puts them into addresses (docs/decisions/0011-a-client-of-our-own-for-mmoda.md).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from platforms.job import PlatformError
from platforms.mmoda.answer import RunAnswer, plain, read_run, said_of
from platforms.mmoda.metadata import Instrument, read_instrument
from platforms.wire import Answer, Wire

TIMEOUT = 40.0  # s; a look makes up to two calls, and a tracker waits 90 s for it
OWN = frozenset(
    {"token", "job_id", "session_id", "query_status", "query_type", "off_line", "api", "oda_api_version"}
)
"""What the protocol says of itself: no parameter of a product may be named so."""

BAD_TOKEN = ("Not enough segments", "token provided is", "Invalid header padding", "Signature")
TOKEN_ADVICE = "Give a new token of yours with the command that keeps tokens, or ask an administrator."  # noqa: S105 - no token


class LostJob(PlatformError):
    """The dispatcher does not know the job any more; the same request makes it again."""


@dataclass(frozen=True)
class Resolved:
    """A name and where it is, ICRS degrees; `kind` in the catalogues' own letters (BLLac)."""

    name: str
    ra: float
    dec: float
    kind: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Run:
    """A product asked for: every parameter as sent, the same at each poll."""

    instrument: str
    product: str
    parameters: Mapping[str, str]
    session_id: str
    dummy: bool = False  # a made-up answer of the dispatcher's own, for trying it out


class Dispatcher:
    """One MMODA dispatcher.

    Promises: a token goes only into the form of a POST, never into an address, and never comes back out in
    what is returned or raised; a redirection is not followed; `done` is never sent as the last status, for
    a dispatcher answers `done` to that even when nothing was fetched.
    """

    def __init__(self, name: str, url: str, *, page: str | None = None, timeout: float = TIMEOUT) -> None:
        self.name = name
        self.page = page or _page_of(url)
        self._wire = Wire(name, url, timeout=timeout)

    async def close(self) -> None:
        await self._wire.close()

    async def instruments(self) -> tuple[str, ...]:
        """The instruments offered to everybody: a token could only go into the address here, so none does."""
        answer = await self._wire.call("GET", "/instr-list")
        names = answer.json()
        if answer.status != 200 or not isinstance(names, list):
            raise self._refused("the list of instruments", answer, None)
        return tuple(str(each) for each in names if each)

    async def instrument(self, name: str) -> Instrument:
        """An instrument's products and parameters. Raises PlatformError naming the nearest known ones."""
        answer = await self._wire.call("GET", "/api/meta-data", query={"instrument": name})
        if answer.status == 400:
            known = await self.instruments()
            nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)
            raise PlatformError(
                f"{self.name} has no instrument {name!r}; nearest: {', '.join(nearest) or 'none at all'}."
            )
        if answer.status != 200 or not isinstance(answer.json(), list):
            raise self._refused(f"what {name} offers", answer, None)
        return read_instrument(name, answer.json())

    async def run(self, run: Run, *, token: str | None) -> RunAnswer:
        """Ask for a product. The same again, from anybody with this token, leads to the same job."""
        return await self._analyse(run, "new", None, token)

    async def poll(self, run: Run, *, status: str, job_id: str, token: str | None) -> RunAnswer:
        """Ask how it goes; `status` is the last one answered."""
        if status == "done":
            raise ValueError("a poll never says done: the answer would be an empty result")
        return await self._analyse(run, status, job_id, token)

    async def resolve(self, name: str) -> Resolved | None:
        """Where something of this name is, None where the resolvers know none. Raises PlatformError."""
        answer = await self._wire.call("GET", "/resolve_name", query={"name": name})
        found = answer.object()
        if answer.status != 200:
            raise self._refused(f"where {name} is", answer, None)
        if not found:
            raise PlatformError(f"{self.name} cannot reach the catalogues that know names.", later=True)
        ra, dec = found.get("RA"), found.get("DEC")
        if not isinstance(ra, int | float) or not isinstance(dec, int | float):
            return None
        kind, link = found.get("object_type"), found.get("entity_portal_link")
        return Resolved(
            str(found.get("name") or name),
            float(ra) % 360.0,
            float(dec),
            kind if isinstance(kind, str) else None,
            link if isinstance(link, str) else None,
        )

    def link(self, run: Run) -> str:
        """Where a person opens the same request with their own account."""
        query = {"instrument": run.instrument, "product_type": run.product, **run.parameters}
        return f"{self.page}?{urlencode(query)}"

    async def _analyse(self, run: Run, status: str, job_id: str | None, token: str | None) -> RunAnswer:
        form = {key: value for key, value in run.parameters.items() if key not in OWN}
        form |= {
            "instrument": run.instrument,
            "product_type": run.product,
            "query_type": "Dummy" if run.dummy else "Real",
            "query_status": status,
            "session_id": run.session_id,
            "off_line": "False",
            "api": "True",
        }
        if job_id is not None:
            form["job_id"] = job_id
        if token:  # an empty one is not anonymous but wrong
            form["token"] = token
        answer = await self._wire.call("POST", "/run_analysis", form=form)
        if answer.status != 200:
            raise self._refused(f"{run.product} of {run.instrument}", answer, token)
        read = read_run(answer.object(), token)
        if read is None:
            raise PlatformError(
                f"{self.name} answered {run.product} of {run.instrument} with something that is no answer "
                "of a dispatcher.",
                advice="Check its address in the configuration: a login page may stand before it.",
            )
        return read

    def _refused(self, what: str, answer: Answer, token: str | None) -> PlatformError:
        """An error in the words of the dispatcher's own message, never of the rest of its body."""
        body = answer.object()
        said = said_of(body, token)
        if not body and answer.status == 403:
            said = plain(answer.text, token)  # three forms of 403; this one is plain words
        if "InvalidJobID" in str(body.get("error", "")):
            return LostJob(f"{self.name} does not know the job of {what} any more.")
        if any(each in said for each in BAD_TOKEN):
            return PlatformError(f"{self.name} does not accept the token.", advice=TOKEN_ADVICE)
        if answer.status == 403:
            return PlatformError(
                f"{self.name} does not allow {what}: {said or 'it does not say why'}",
                advice="The account of the token lacks a role; its owner asks MMODA for it.",
            )
        if answer.status >= 500:
            return PlatformError(
                f"{self.name} failed inside while asked for {what} (HTTP {answer.status}).",
                advice="Ask again in a while; if it stays so, tell MMODA.",
            )
        return PlatformError(f"{self.name} refuses {what}: {said or f'HTTP {answer.status}'}")


def _page_of(url: str) -> str:
    """Where people use it: a dispatcher sits at `dispatch-data` below the page."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/dispatch-data")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], f"{path}/", "", ""))

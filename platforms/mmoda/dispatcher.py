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
from platforms.mmoda.answer import RunAnswer, read_run, said_of
from platforms.mmoda.metadata import Instrument, read_instrument
from platforms.mmoda.plain_words import plain
from platforms.wire import Answer, Wire

TIMEOUT = 40.0  # s; a look makes up to two calls, and a tracker waits 90 s for it
OWN = frozenset(
    {"token", "job_id", "session_id", "query_status", "query_type", "off_line", "api", "oda_api_version"}
)
"""What the protocol says of itself: no parameter of a product may be named so."""

BAD_TOKEN = ("Not enough segments", "token provided is", "Invalid header padding", "Signature")
NEW_ONE = (
    "Take a new one from MMODA's page and give it with “me token mmoda”; the desk's own is an "
    "administrator's."
)
LISTS_ADVICE = (
    "Lists are asked for without a token. An instrument that you know can be run by its name all the same."
)


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
            raise self._refused("its instruments", answer, None, listed=True)
        return tuple(str(each) for each in names if each)

    async def instrument(self, name: str) -> Instrument:
        """An instrument's products and parameters. Raises PlatformError naming the nearest known ones."""
        answer = await self._wire.call("GET", "/api/meta-data", query={"instrument": name})
        if answer.status == 400:
            known = await self.instruments()
            nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)
            raise PlatformError(
                f"{self.name} has no instrument {name!r}; nearest: {', '.join(nearest) or 'none at all'}.",
                advice="“mmoda list” tells what it shows to everybody.",
            )
        if answer.status != 200 or not isinstance(answer.json(), list):
            raise self._refused(f"what {name} offers", answer, None, listed=True)
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
        if answer.status != 200 or answer.json() is None:
            raise self._refused(f"where {name} is", answer, None, listed=True)
        if not found:
            raise PlatformError(
                f"{self.name} cannot reach the catalogues that know names.",
                advice="Ask again in a minute, or give the position itself.",
                later=True,
            )
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
            raise self._no_answer(f"{run.product} of {run.instrument}", later=job_id is not None)
        return read

    def _no_answer(self, what: str, *, later: bool = False) -> PlatformError:
        """`later`: it has answered before, so this is a page of maintenance rather than a wrong address."""
        return PlatformError(
            f"{self.name} answered {what} with something that is no answer of a dispatcher.",
            advice="Check its address in the configuration: a login page may stand before it.",
            later=later,
        )

    def _refused(
        self, what: str, answer: Answer, token: str | None, *, listed: bool = False
    ) -> PlatformError:
        """An error in the words of the dispatcher's own message, never of the rest of its body."""
        body = answer.object()
        said = said_of(body, token)
        if not body and answer.status == 403:
            said = plain(answer.text, token)  # three forms of 403; this one is plain words
        if answer.status == 200:
            return self._no_answer(what)
        if "InvalidJobID" in str(body.get("error", "")):
            return LostJob(
                f"{self.name} does not know the job of {what} any more.",
                advice="It was asked for again and lost again: ask once more in a while, or tell MMODA.",
            )
        if listed and answer.status == 403:
            why = said or "it does not say why"
            return PlatformError(f"{self.name} does not show {what}: {why}", advice=LISTS_ADVICE)
        if any(each in said for each in BAD_TOKEN):
            expired = "the token has expired" if "expired" in said else "it does not accept the token"
            return PlatformError(f"{self.name} does not allow {what}: {expired}", advice=NEW_ONE)
        if answer.status == 403:
            advice = "The token's owner asks MMODA for the role; “me token mmoda” gives one of yours instead."
            if token is None:
                advice = "The desk asked without a token: give yours with “me token mmoda”."
            return PlatformError(
                f"{self.name} does not allow {what}: {said or 'it does not say why'}", advice=advice
            )
        if answer.status >= 500:
            return PlatformError(
                f"{self.name} failed inside while asked for {what} (HTTP {answer.status}).",
                advice="Ask again in a while; if it stays so, tell MMODA.",
            )
        if answer.status == 404:
            return PlatformError(
                f"{self.name} has no such page for {what} (HTTP 404).",
                advice="An administrator checks [mmoda] url: a dispatcher's address ends in dispatch-data.",
            )
        why = said or f"HTTP {answer.status}"
        return PlatformError(f"{self.name} refuses {what}: {why}", advice=_advice(said, what))


def _advice(said: str, what: str) -> str:
    """What to do about a refusal: of what was typed, or of how the desk asked."""
    if said.startswith("the request lacks "):
        return "Nothing that you typed is wrong: tell whoever runs this desk."
    if said.startswith(("it knows no ", "it has no ")):
        return "What it offers has changed: “mmoda list” tells what there is now."
    product, _, instrument = what.partition(" of ")
    return f"“mmoda list {instrument} {product}” tells what it takes: mend it and ask again."


def _page_of(url: str) -> str:
    """Where people use it: a dispatcher sits at `dispatch-data` below the page."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/dispatch-data")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], f"{path}/", "", ""))

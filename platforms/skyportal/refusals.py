"""Why a SkyPortal did not do what was asked, read from its status, its content type and its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from platforms.job import PlatformError
from platforms.skyportal.plain_words import advice_on, failed_inside, plainly
from platforms.skyportal.said import said

_MISSING = re.compile(
    r"(?i)\b(cannot find|could not find|could not load|could not retrieve|not found|no \w+ with specified id"
    r"|missing instrument|missing followuprequest|does not exist|cannot access|is not (?:known )?there)\b"
)
_THERE = re.compile(r"(?i)(already exists|already a member|already in|is there already|same comment)")
SOON = "ask again in a few minutes; nothing was done"
LATER = "ask again in a few minutes"
_TORN = re.compile(
    r"(?i)(OperationalError|connection (?:was |is )?(?:closed|reset|refused)|QueuePool|timed out)"
)


class SkyPortalError(PlatformError):
    """SkyPortal did not do what was asked.

    `status` is the HTTP status (None without an answer) and `message` its words made fit to show. `unsent`:
    surely nothing was done there.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        message: str = "",
        advice: str | None = None,
        later: bool = False,
        unsent: bool = False,
    ) -> None:
        super().__init__(sentence, advice=advice, later=later)
        self.status = status
        self.message = message
        self.unsent = unsent

    @property
    def missing(self) -> bool:
        """What was asked about is not there, or not to be seen by this account.

        It is 404, 400 or 403 by endpoint, so the words decide.
        """
        return self.status == 404 or (self.status in {400, 403, 500} and bool(_MISSING.search(self.message)))

    @property
    def there_already(self) -> bool:
        """What was to be made is there."""
        return self.status in {400, 409, 500} and bool(_THERE.search(self.message))


def refusal(
    name: str,
    method: str,
    path: str,
    status: int,
    kind: str,
    value: Any,
    *,
    secrets: tuple[str, ...] = (),
    asked: str | None = None,
    needs: str | None = None,
    permissions: frozenset[str] | None = None,
    own: bool = False,
    advice: str | None = None,
) -> SkyPortalError:
    """The error for an answer that is no success.

    `value` is its JSON or None; `permissions` what the account may do, where that was looked up after a
    401 (None: the token itself was refused); `own`: a person's token was used, not the desk's; `advice`
    what can be done about a reason that it gives.
    """
    what = asked or f"{method} {path}"
    raw = value.get("message") if isinstance(value, Mapping) else None
    words = said(raw, secrets)
    if status == 401:
        return _unauthorised(name, what, words, needs, permissions, own)
    if status == 429:
        return SkyPortalError(
            f"{name} is asked too often just now and refused to {what}",
            status=status, message=words, later=True, unsent=True, advice=SOON,
        )  # fmt: skip
    if status == 405 and "html" in kind:
        return SkyPortalError(  # the status server, which knows only GET
            f"{name} is down for the moment and could not {what}",
            status=status, message=words, later=True, unsent=True, advice=SOON,
        )  # fmt: skip
    if status == 503:
        return SkyPortalError(
            f"{name} is starting or down for the moment and could not {what}",
            status=status, message=words, later=True, unsent=True, advice=SOON,
        )  # fmt: skip
    if status in {502, 504}:
        return SkyPortalError(
            f"{name} gave its proxy no answer when asked to {what}", status=status, message=words, later=True,
            advice=LATER,
        )  # fmt: skip
    if status == 413:
        return SkyPortalError(
            f"{name} could not {what}: it is too large", status=status, message=words,
            advice="make it smaller: a shorter text, a smaller map",
        )  # fmt: skip
    if 300 <= status < 400:
        return SkyPortalError(
            f"{name} points to another address when asked to {what}; it is not followed",
            status=status, advice=f"check the configured url of {name}: the token goes nowhere else",
        )  # fmt: skip
    if status == 405 or words == "Invalid API endpoint":
        return SkyPortalError(
            f"{name} does not know {method} {path}, needed to {what}", status=status, message=words,
            advice=f"its version may be another than the one known here (1.4.0); check the url of {name}",
        )  # fmt: skip
    if not isinstance(value, Mapping) or "status" not in value:
        return SkyPortalError(
            f"{name} gave no answer of SkyPortal's when asked to {what} (HTTP {status})", status=status,
            later=method == "GET" and not 400 <= status < 500, advice=f"check the configured url of {name}",
        )  # fmt: skip
    torn = status == 500 and isinstance(raw, str) and bool(_TORN.search(raw))
    told = advice or advice_on(name, words)
    if failed_inside(words):
        return SkyPortalError(
            f"{name} failed inside when asked to {what}",
            status=status,
            message=words,
            later=torn,
            advice=told,
        )
    reason = plainly(words) or f"HTTP {status} without a reason"
    return SkyPortalError(
        f"{name} refused to {what}: {reason}", status=status, message=words, later=torn, advice=told
    )


def _unauthorised(
    name: str, what: str, words: str, needs: str | None, permissions: frozenset[str] | None, own: bool
) -> SkyPortalError:
    """The same status for no token, a dead token and a missing permission."""
    whose = "your account" if own else "the desk's account"
    if permissions is None:
        where = f"give it anew: “me token {name}”" if own else f"make a new one there and set it for {name}"
        return SkyPortalError(
            f"{name} does not know the token of {whose}, and so refused to {what}",
            status=401, message=words, advice=where,
        )  # fmt: skip
    lacks = f" “{needs}”" if needs else ""
    ask = f"ask an administrator of {name} for the permission{lacks} (ACL)"
    if not own:
        ask += f", or give a token of yours that has it: “me token {name}”"
    return SkyPortalError(
        f"{name} does not allow {whose} to {what}: the permission{lacks} is missing",
        status=401, message=words, advice=ask,
    )  # fmt: skip

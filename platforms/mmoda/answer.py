"""What a dispatcher answers to a run or a poll, read into one value; what it says went wrong, in plain words.

HTTP 200 is no success: only `query_status` decides. A failure may come with exit status 0 and no message at
all; the reason is then in the last report of the backend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from platforms.mmoda.plain_words import LONGEST, plain
from platforms.mmoda.secrets import without_secrets


class Status(StrEnum):
    """Where a dispatcher says that a product stands."""

    SUBMITTED = "submitted"
    PROGRESS = "progress"
    READY = "ready"  # computed, but only a poll that says `ready` itself brings the products
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class RunAnswer:
    """One answer of `/run_analysis`, without anything secret."""

    status: Status
    job_id: str | None
    session_id: str | None
    products: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    comments: tuple[str, ...] = ()
    doing: str = ""  # what the backend reported last
    reports: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing at all was brought: no parameters, no code, no data."""
        return not self.products


def read_run(body: Mapping[str, Any], token: str | None) -> RunAnswer | None:
    """The answer in a body, None where it is none (`query_status` missing or unknown)."""
    try:
        status = Status(str(body.get("query_status")))
    except ValueError:
        return None
    exit_status, monitor = _object(body.get("exit_status")), _object(body.get("job_monitor"))
    reports = _reports(monitor)
    last = reports[-1] if reports else {}
    comments = (plain(str(exit_status.get(key) or ""), token) for key in ("comment", "warning"))
    return RunAnswer(
        status=status,
        job_id=_text(monitor.get("job_id")) or _text(_object(body.get("products")).get("job_id")),
        session_id=_text(body.get("session_id")) or _text(monitor.get("session_id")),
        products=without_secrets(_object(body.get("products")), token),
        reason=_reason(exit_status, last, token) if status is Status.FAILED else "",
        comments=tuple(each for each in comments if each),
        doing=plain(_text(last.get("message")) or _text(last.get("action")) or "", token),
        reports=len(reports),
    )


def said_of(body: Mapping[str, Any], token: str | None) -> str:
    """What an answer with an error says for people. Never more than its `error_message` or exit message."""
    exit_status = _object(body.get("exit_status"))
    for text in (exit_status.get("message"), body.get("error_message")):
        if isinstance(text, str) and text.strip():
            return plain(text, token)
    return ""


def _reason(exit_status: Mapping[str, Any], last: Mapping[str, Any], token: str | None) -> str:
    said = [exit_status.get("message"), exit_status.get("error_message"), last.get("message")]
    words = [plain(each, token) for each in said if isinstance(each, str)]
    return ": ".join(dict.fromkeys(each for each in words if each))[:LONGEST]


def _reports(monitor: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The backend's reports, the latest last; the newest may be listed twice."""
    listed = monitor.get("full_report_dict_list")
    reports = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    latest = monitor.get("full_report_dict")
    if isinstance(latest, Mapping) and latest not in reports:
        reports.append(latest)
    return [each for index, each in enumerate(reports) if index == 0 or each != reports[index - 1]]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

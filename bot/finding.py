"""What one check of the doctor's found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Finding:
    """What one check found. `remedy` says how to mend what is not good."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

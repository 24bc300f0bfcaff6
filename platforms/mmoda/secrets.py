"""What a dispatcher repeats that nobody else may read: the token, the claims in it, the server's set-up.

It comes back in `analysis_parameters`, in `api_code` (as a line of Python), in the reports of a backend and
in addresses (recorded: `../shared/data/recordings/mmoda`, surprises 6 to 8).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

DROPPED = frozenset({"token", "user_token", "email", "config", "installed_instruments", "debug_message"})
STARS = "…"

_JWT = re.compile(r"\beyJ[\w-]{4,}\.[\w-]*\.?[\w-]*")
_IN_CODE = re.compile(r",?[ \t]*\n?[ \t]*['\"]token['\"]\s*:\s*(?:'[^'\n]*'|\"[^\"\n]*\"|None)(?=\s*[,}\n])")
_IN_QUERY = re.compile(r"([?&]token=)[^&\s\"'<>]*")


def without_secrets(value: Any, token: str | None = None) -> Any:
    """`value` (as JSON gives it) without tokens, claims and server set-up, at any depth."""
    if isinstance(value, Mapping):
        return {
            key: without_secrets(each, token)
            for key, each in value.items()
            if str(key).casefold() not in DROPPED
        }
    if isinstance(value, list):
        return [without_secrets(each, token) for each in value]
    return without_token(value, token) if isinstance(value, str) else value


def without_token(text: str, token: str | None = None) -> str:
    """A text without the token that was sent, without anything that is built like one."""
    text = _IN_QUERY.sub(rf"\1{STARS}", _IN_CODE.sub("", text))
    if token:
        text = text.replace(token, STARS)
    return _JWT.sub(STARS, text)

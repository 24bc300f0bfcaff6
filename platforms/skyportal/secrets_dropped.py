"""Credentials that a SkyPortal's answers give away, dropped the moment they are read.

A follow-up request shows the telescope's token in `transactions[].request.headers` to everybody of the group
(0690), an analysis the capability of its webhook (0721), a profile all tokens (0109).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from platforms.skyportal.said import HIDDEN

_NAMES = re.compile(
    r"(?i)^_?(token|tokens|altdata|authinfo|authorization|auth|headers|cookies?|password|passwd|secret"
    r"|credentials?|internal_key|api_?key|oauth_uid|token_id|.*_(token|secret|password|api_?key))$"
)
_IN_TEXT = re.compile(
    r"(?i)(\b(?:authorization|bearer|token)\b[\"']?\s*[:=]\s*[\"']?(?:token\s+|bearer\s+)?)[^\s\"',}]+"
)
_CAPABILITY = re.compile(r"(/webhook/\w+/)[0-9a-fA-F-]{36}")
_DEEPEST = 40


def without_secrets(value: Any, known: tuple[str, ...] = (), *, depth: int = 0) -> Any:
    """The same JSON value without keys that hold credentials, and with the `known` ones hidden in texts."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {
            key: without_secrets(inner, known, depth=depth + 1)
            for key, inner in value.items()
            if not (_NAMES.match(str(key)) and not isinstance(inner, (int, float)))
        }
    if isinstance(value, list):
        if value and isinstance(value[0], (int, float)):
            return value  # pixels by the ten thousand
        return [without_secrets(inner, known, depth=depth + 1) for inner in value]
    if isinstance(value, str):
        for secret in known:
            if secret and secret in value:
                value = value.replace(secret, HIDDEN)
        if "oken" in value or "uthorization" in value or "earer" in value:
            value = _IN_TEXT.sub(rf"\1{HIDDEN}", value)
        return _CAPABILITY.sub(rf"\1{HIDDEN}", value) if "/webhook/" in value else value
    return value

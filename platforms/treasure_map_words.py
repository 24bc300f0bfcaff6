"""What Treasure Map says went wrong, for people: its errors inside errors, and Python written as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from platforms.wire import Answer

GENERAL = frozenset({"Request validation error", "Invalid request", "Invalid graceid"})
"""What it says before it says what is wrong."""
_QUOTED = re.compile(r"'message': (?:'([^']*)'|\"([^\"]*)\")")


def refused_in_words(entry: Any) -> str:
    """One entry of ERRORS, which is a Python repr beside a Python repr, as a sentence."""
    if not (isinstance(entry, list) and len(entry) == 2):
        return str(entry)[:200]
    about, words = str(entry[0]), entry[1]
    text = "; ".join(str(each) for each in words) if isinstance(words, list) else str(words)
    inner = re.findall(r"'message': [\"']([^\"']+)[\"']", text)
    ra, dec = re.search(r"'ra': ([-0-9.]+)", about), re.search(r"'dec': ([-0-9.]+)", about)
    number = re.search(r"'id': (\d+)", about)
    where = f"{float(ra[1]):.3f} {float(dec[1]):+.3f}" if ra and dec else f"no. {number[1]}" if number else ""
    said = inner[-1] if inner else text[:200]
    return f"{where}: {said}" if where else said


def said_in_words(answer: Answer, token: str | None) -> str:
    """What a refusal says: its own errors rather than that there are some, and the fields that they name."""
    body = answer.object()
    errors = body.get("errors")
    inner = (
        [str(e.get("message")) for e in errors if isinstance(e, Mapping)] if isinstance(errors, list) else []
    )
    fields = [
        str(e["params"].get("field"))
        for e in errors or ()
        if isinstance(e, Mapping) and isinstance(e.get("params"), Mapping)
    ]
    plain = [each for each in inner if not each.startswith("400:")]
    message = str(body.get("message") or body.get("detail") or "")
    nested = [_QUOTED.findall(text) for text in inner if text.startswith("400:")]
    quoted = [one or other for each in nested for one, other in each]
    said = [message if message not in GENERAL or not (plain or quoted) else "", *(plain or quoted)[:3]]
    words = "; ".join(dict.fromkeys(each.removeprefix("Value error, ") for each in said if each))
    words = f"{words} ({', '.join(fields[:3])})" if fields else words
    return (words.replace(token, "…") if token else words)[:300]


def advice_on(said: str) -> str:
    """What to do about a refusal: an event that is not there yet, or how the desk asked."""
    if "does not exist in the database" in said:
        return "It learns of an event from the alert: report again in a while."
    return "Nothing that you typed is wrong: tell whoever runs this desk."

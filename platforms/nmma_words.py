"""What an NMMA service says went wrong, for people, and what can be done about it."""

from __future__ import annotations

import re

LONGEST = 300  # characters of what a service says
NO_FAULT = "Nothing that you typed is wrong: tell whoever runs this desk."

_FILE = re.compile(r"\s*\[Errno \d+\] No such file or directory: .*$")
_LIST = re.compile(r"\[((?:'[^']*'(?:, )?)+)\]")
_QUOTED = re.compile(r"'([^']*)'")
_KEY = re.compile(r"^(?:'(\w+)')+$")


def plain(message: object) -> str:
    """Its words on one line, without the insides of its program."""
    text = " ".join(str(message or "").split())
    text = _FILE.sub("", text)  # it takes a text without lines for the name of a file
    missing = _KEY.match(text)
    if missing is not None:
        return f"the request lacks {missing[1]}"
    return _LIST.sub(lambda found: ", ".join(_QUOTED.findall(found[1])), text)[:LONGEST]


def advice_on_refusal(said: str, status: int) -> str:
    """What to do about a request that it does not take at all."""
    if status == 404:
        return "An administrator checks [nmma] url: the service of fits is not there."
    if "must be one of" in said:
        return "Another model may work."
    return NO_FAULT


def advice_on_failure(message: str) -> str:
    """What to do about a fit that it took and could not do."""
    folded = message.casefold()
    if folded.startswith("the request lacks"):
        return NO_FAULT
    if "converge" in folded:
        return "More points or another model may help; so may a wider time range (tmin, tmax)."
    if "expected format" in folded:
        return "Check the photometry's columns (filter, mjd, mag, magerr) and its filters' names."
    return "Another model may work."

"""What a SkyPortal's refusal means to people: its program's insides told apart, its terms put plainly, what
to do about it. The texts are those of 1.4.0; what is not known here is left as it was said.
"""

from __future__ import annotations

import re

_INSIDES = re.compile(
    r"object (?:is not|has no attribute)|positional argument|greenlet_spawn|\[Errno|is not mapped"
    r"|Unknown format code|invalid literal for|could not convert|unsupported operand|index out of range"
    r"|JSON decode|posted data is of type|can't access to resource|ufunc '|urlopen error|Traceback"
    r"|Expecting value|(?:^|: )'\w+'$"
)
"""Python's own words, of errors that nobody there has foreseen."""

_PLAINLY = (
    (
        re.compile(r"^Cannot ingest GCN notice: no trigger_time and no existing event.*$", re.DOTALL),
        "it finds no time in the notice, and no event there that it could belong to",
    ),
    (
        re.compile(r"^(?:Insufficient permissions: )?GCN event can only be updated by original poster$"),
        "another account has posted the event there, and only that one can add notices to it",
    ),
    (
        re.compile(r"^No SIMPLE card found.*$", re.DOTALL),
        "the sky map could not be fetched, or is no FITS file",
    ),
    (
        re.compile(r"^Cannot send observation plan with status (.+?)(?: to telescope queue)?$"),
        r"the plan stands at “\1” there",
    ),
    (
        re.compile(r"^Need at least one observation to evaluate efficiency$"),
        "there is no observation into which sources could be injected",
    ),
    (re.compile(r"^xml file is not valid VOEvent$"), "it does not read this form of VOEvent"),
)
_FRAME = re.compile(
    r"^(?:Cannot post (?:event|tag)|Error posting comment for gcn_event \d+"
    r"|Error (?:sending|removing) observation plan (?:to|from) telescope|Payload failed to validate): "
)
_LIST = re.compile(r"\[('[^'\]]*'(?:, '[^'\]]*')*)\]")
_SETTING = re.compile(
    r"(?i)failed to validate|is not one of|required property|filters? in payload|filter\(s\)"
)
_ALLOCATION = re.compile(r"(?i)\ballocations?\b")
_POSTER = re.compile(r"updated by original poster")
_UNREADABLE = re.compile(r"Cannot ingest GCN notice|not valid VOEvent|No SIMPLE card|Semi-minor axis|NotNull")
_GONE = re.compile(
    r"(?i)\b(cannot find|could not find|could not load|could not retrieve|not found|is not there"
    r"|no \w+ with)\b"
)
_OUR_CALL = re.compile(
    r"(?i)must be (?:present|specified)|missing required|could not match input|^invalid \w+(?: value)?\b"
    r"|can only be|must have a|^missing \w+"
)


def failed_inside(words: str) -> bool:
    """Whether it is an error of its program, whose text helps nobody who reads it in a chat."""
    return _INSIDES.search(words) is not None


def plainly(words: str) -> str:
    """Its reason without frames around it, in the words of the subject."""
    bare = _FRAME.sub("", words)
    for pattern, meant in _PLAINLY:
        if pattern.match(bare):
            return pattern.sub(meant, bare)
    return _LIST.sub(lambda found: found[1].replace("'", ""), bare)


def advice_on(name: str, words: str) -> str:
    """What a person can do; `name` is the instance, `words` what it said."""
    if failed_inside(words):
        return f"ask again in a while; if it stays so, tell an administrator of {name}"
    if _POSTER.search(words):
        return f"add the notice on {name} by the account that posted the event"
    if _UNREADABLE.search(words):
        return f"make the event on {name} by hand, or wait for the next notice"
    if _SETTING.search(words):
        return "mend the setting that it names, and ask again"
    if _ALLOCATION.search(words):
        return f"have an administrator of {name} give this account the allocation, or configure another"
    if _GONE.search(words):
        return f"look on {name} whether it was deleted, or is hidden from this account"
    if _OUR_CALL.search(words):
        return f"tell whoever runs this desk: {name} may be of another version than 1.4.0, the one known here"
    return f"mend what it says and ask again, or do it on {name} by hand"

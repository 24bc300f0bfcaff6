"""What a dispatcher says, for people: on one line, without secrets and without its program's insides.

Recorded: `../shared/data/recordings/mmoda`. Where its words are put into ours they are sentences that are
translated (`commands/job_cards/own_sentences.py`); what it says beyond those stays as it is.
"""

from __future__ import annotations

import re

from platforms.mmoda.secrets import without_token

LONGEST = 400  # characters of what a platform says
SUPPORT = ("The support team has been notified", "If you are willing to help us", "You can request support")
"""Where the texts of help begin that name buttons of its own page."""

DOWN = "the computer that would make it does not answer"

ROLES = re.compile(
    r"Unfortunately, your privi\w+ are not sufficient.*?following roles(?: are missing)?:\s*(.*)"
)
WORDS = (
    (re.compile(r"\[ \w+ : [^\]]* \] constructor failed: "), ""),
    (re.compile(r"^(?:KeyError\()?'(\w+)'\)?$"), r"the request lacks \1"),
    (re.compile(r"^have parameters: \[.*\]$"), "the request lacks instrument"),
    (re.compile(r"^(job_id) must be present if .*$"), r"the request lacks \1"),
    (re.compile(r"^instrument: \"([^\"]*)\", known: (.*)$"), r"it knows no instrument '\1'; it has \2"),
    (re.compile(r"^product type (\S+) not in (.*)$"), r"it has no product '\1'; it has \2"),
    (re.compile(r"^Parameter (\w+) wrong value (.*?)\. could not convert string to float: .*$"),
     r"\1 is '\2'; a number was expected"),
    (re.compile(r"^Parameter (\w+) wrong value (.*?): should be lower or equal than (.*)$"),
     r"\1 is '\2'; at most \3 was expected"),
    (re.compile(r"^Parameter (\w+) wrong value (.*?): should be greater or equal than (.*)$"),
     r"\1 is '\2'; at least \3 was expected"),
    (re.compile(r"^Parameter (\w+) wrong value (.*?): not in allowed \((.*)\)$"),
     r"\1 is '\2'; one of \3 was expected"),
    (re.compile(r"^Parameter (\w+) wrong value (.*?): can't be parsed as Time of isot format$"),
     r"\1 is '\2'; a time as 2017-03-06T13:26:48 was expected"),
    (re.compile(r"^unexpected error while testing communication with .*$"), DOWN),
    (re.compile(r"^failed: submitted job$"), ""),  # of what it was polled with
    (re.compile(r"^Instrument: \S+, product: \S+$"), ""),  # which one it was is known
    (re.compile(r"^(The token provided is (?:expired|not valid)).*$"), r"\1"),
)  # fmt: skip
"""What it says, and how that is said to people."""

_DICTIONARY = re.compile(r"query_dictionary (\{.*\})")
_KEY = re.compile(r"'([^']+)':")
_LIST = re.compile(r"\[((?:'[^']*'(?:, )?)*)\]")
_QUOTED = re.compile(r"'([^']*)'")


def plain(text: str, token: str | None) -> str:
    """A platform's words on one line, without secrets, addresses of support and its program's insides."""
    for ending in SUPPORT:
        text = text.split(ending)[0]
    text = " ".join(without_token(text, token).split())
    text = _DICTIONARY.sub(lambda found: ", ".join(_KEY.findall(found[1])), text)
    lacking = ROLES.search(text)
    if lacking is not None:
        return _shortened(_roles(lacking[1]))
    for pattern, words in WORDS:
        text = pattern.sub(words, text)
    text = _LIST.sub(lambda found: ", ".join(_QUOTED.findall(found[1])), text)
    return _shortened(_unquoted_choices(text))


def _roles(listed: str) -> str:
    """`- general: please refer to support for details` as what an account lacks."""
    roles = [each.strip(" .") for each in listed.split(" - ")]
    named = [role.lstrip("- ").partition(":")[0].strip() for role in roles]
    return f"the account lacks the role {', '.join(each for each in named if each)}"


def _unquoted_choices(text: str) -> str:
    """`one of 'spam', 'eggs' was expected` without the quotes of a program."""
    head, found, rest = text.partition("; one of ")
    return f"{head}{found}{rest.replace(chr(39), '')}" if found else text


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

"""Answers that were typed or pressed: `ack 12`, `1`, `0 12`, the key 4, the first line of a mail."""

from __future__ import annotations

import re
from dataclasses import dataclass

from notifiers.paging.answers import Answer

KEYS = {"4": Answer.ACKNOWLEDGE, "5": Answer.DECLINE, "6": Answer.ESCALATE, "0": Answer.DECLINE}
"""What the keys of a telephone mean while a page is read out (9, hear it again, is the call's own)."""

DIGITS = {"1": Answer.ACKNOWLEDGE, "7": Answer.ACKNOWLEDGE, "0": Answer.DECLINE}
"""What a lone digit means in an SMS, where it is not the number of a page that is open."""

WORDS = {
    Answer.ACKNOWLEDGE: "ack acknowledge mine ok yes oui pris jeprends moi ja si hai",
    Answer.TAKE_OVER: "take takeover reprends",
    Answer.DECLINE: "no nope non nein pass decline notme pasmoi",
    Answer.ESCALATE: "next escalate esc up suivant escalader",
    Answer.SNOOZE: "wait later snooze attends plustard",
    Answer.RESOLVE: "done resolve resolved close fini",
}
_ANSWER_OF = {word: answer for answer, words in WORDS.items() for word in words.split()}
_TEXT = re.compile(
    r"(?P<words>[^\W\d_]+(?:[ '-][^\W\d_]+)?)\s*#?(?P<first>\d{1,9})?(?:\s+(?P<second>\d{1,4}))?\b.*",
    re.DOTALL,
)
_NUMBERS = re.compile(r"#?(?P<first>\d{1,9})(?:\s+#?(?P<second>\d{1,9}))?\s*[.!]?")


@dataclass(frozen=True)
class Said:
    """What a text means: an answer, the page it names if any, and minutes where it waits."""

    answer: Answer
    page: int | None = None
    minutes: float | None = None


def read_answer(text: str, via: str, open_pages: frozenset[int] = frozenset()) -> Said | None:
    """What somebody answered by SMS, e-mail or telephone key; None for what is no answer.

    `open_pages` are those that asked this person: a lone number that is one of them acknowledges it, before
    it is taken for a digit with a meaning of its own. Of a mail only the first line counts: below it stands
    what was quoted.

    >>> read_answer("Ack 12", "sms")
    Said(answer=<Answer.ACKNOWLEDGE: 'acknowledge'>, page=12, minutes=None)
    """
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if via == "voice":
        return Said(KEYS[line]) if line in KEYS else None
    if (numbers := _NUMBERS.fullmatch(line)) is not None:
        return _of_numbers(numbers["first"], numbers["second"], open_pages)
    words = _TEXT.match(line.casefold())
    if words is None:
        return None
    answer = _answer_of(words["words"])
    if answer is None:
        return None
    first = int(words["first"]) if words["first"] else None
    second = float(words["second"]) if words["second"] else None
    if answer is Answer.SNOOZE and second is None and first is not None and first not in open_pages:
        return Said(answer, None, float(first))  # "wait 10": minutes
    return Said(answer, first, second if answer is Answer.SNOOZE else None)


def _of_numbers(first: str, second: str | None, open_pages: frozenset[int]) -> Said | None:
    if second is not None:
        meant = DIGITS.get(first)
        return Said(meant, int(second)) if meant is not None else None
    if int(first) in open_pages:
        return Said(Answer.ACKNOWLEDGE, int(first))
    if first in DIGITS:
        return Said(DIGITS[first])
    return Said(Answer.ACKNOWLEDGE, int(first)) if len(first) > 1 else None


def _answer_of(words: str) -> Answer | None:
    joined = re.sub(r"[ '-]", "", words)
    return _ANSWER_OF.get(joined) or _ANSWER_OF.get(words.split()[0].split("'")[0].split("-")[0])

"""What the tracker itself says of a job, in the reader's language; platforms are quoted as they are."""

from __future__ import annotations

import re
import string

from cards.reader import Reader
from cards.translation import marked

OWN = (
    marked("nightdesk itself failed on this job; its log has it under {reference}"),
    marked("tell whoever runs this desk, and ask again"),
    marked("{platform} did not answer within {seconds} s"),
    marked("this desk is not configured for {kind} at {platform} now"),
    marked("it could not be taken back: {why}"),
    marked("it could not be cancelled: {why}"),
    marked("whether {platform} still works on it can be seen only there: look for {mark}"),
)
"""The sentences of `platforms.tracker` and `platforms.steps`, which know no language but the log's."""


def in_words_of(reader: Reader, sentence: str) -> str:
    """A sentence of the tracker translated, whatever it quotes left as it is; others unchanged."""
    for own, pattern in _PATTERNS:
        found = pattern.fullmatch(sentence)
        if found is not None:
            return reader.say(own, **{k: in_words_of(reader, text) for k, text in found.groupdict().items()})
    return sentence


def _pattern(own: str) -> re.Pattern[str]:
    parts = (
        re.escape(literal) + (f"(?P<{name}>{'.+' if name == 'why' else r'[^:;]+?'})" if name else "")
        for literal, name, _, _ in string.Formatter().parse(own)
    )
    return re.compile("".join(parts), re.DOTALL)


_PATTERNS = tuple((own, _pattern(own)) for own in OWN)

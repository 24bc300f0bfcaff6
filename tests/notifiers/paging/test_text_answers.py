"""What people type or press, and what is taken to be meant by it."""

from __future__ import annotations

import pytest

from notifiers.paging.answers import Answer
from notifiers.paging.text_answers import Said, read_answer

ACK, NO, NEXT = Answer.ACKNOWLEDGE, Answer.DECLINE, Answer.ESCALATE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ack 12", Said(ACK, 12)),
        ("ACK12", Said(ACK, 12)),
        ("ack #12.", Said(ACK, 12)),
        ("ack", Said(ACK)),
        ("1", Said(ACK)),
        ("7", Said(ACK)),
        ("0", Said(NO)),
        ("0 12", Said(NO, 12)),
        ("12", Said(ACK, 12)),
        ("OK!", Said(ACK)),
        ("Oui", Said(ACK)),
        ("pas moi 12", Said(NO, 12)),
        ("not me", Said(NO)),
        ("no", Said(NO)),
        ("next 12", Said(NEXT, 12)),
        ("wait 10", Said(Answer.SNOOZE, None, 10.0)),
        ("wait 12 20", Said(Answer.SNOOZE, 12, 20.0)),
        ("done 12", Said(Answer.RESOLVE, 12)),
        ("take 12", Said(Answer.TAKE_OVER, 12)),
        ("\n  ok 12\n\n> Page 12: no, escalate", Said(ACK, 12)),
        ("thank you", None),
        ("3", None),
        ("acknowledgement of receipt", None),
        ("", None),
        ("https://example.org/ack", None),
    ],
)
def test_a_text_means(text: str, said: Said | None) -> None:
    assert read_answer(text, "sms") == said


def test_a_lone_digit_that_is_an_open_page_names_it() -> None:
    assert read_answer("7", "sms", frozenset({7, 8})) == Said(ACK, 7)
    assert read_answer("8", "sms", frozenset({7, 8})) == Said(ACK, 8)
    assert read_answer("wait 8", "sms", frozenset({8})) == Said(Answer.SNOOZE, 8)


@pytest.mark.parametrize(
    ("key", "answer"), [("4", ACK), ("5", NO), ("6", NEXT), ("0", NO), ("9", None), ("44", None)]
)
def test_a_key_means(key: str, answer: Answer | None) -> None:
    said = read_answer(key, "voice")
    assert (said.answer if said else None) == answer

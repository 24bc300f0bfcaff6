"""What the room says when it cannot do what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


def worded(sentence: str) -> str:
    """Marks a sentence for the catalogues, as `cards.translation.marked` does in rooms that may import it."""
    return sentence


class SaidError(ValueError):
    """A sentence for people: the English source of the catalogues, and what goes into it.

    As text it is English; who answers a person says it in that person's language. A sentence that is made
    on the spot, without values, is in no catalogue and stays as it is.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values) if values else sentence)
        self.sentence = sentence
        self.values = values


class RosterError(SaidError):
    """A roster, a people file or a request about them is wrong: where, what was read, what was expected."""


@dataclass(frozen=True)
class Nearest:
    """What may have been meant by a name that nobody bears; as text, the English end of a sentence."""

    wrong: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        return did_you_mean(self.wrong, self.known)


def near_names(wrong: str, known: Iterable[str]) -> list[str]:
    """The nearest of the `known` names, the best first; none where none is near."""
    folded = {name.casefold(): name for name in sorted(known)}
    return [folded[each] for each in get_close_matches(wrong.casefold(), list(folded), n=3, cutoff=0.6)]


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """The end of a sentence: the nearest of the `known` names, or all of them where none is near."""
    names = sorted(known)
    near = near_names(wrong, names)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not names:
        return "none are known"
    shown = ", ".join(names[:12])
    return f"known are {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")

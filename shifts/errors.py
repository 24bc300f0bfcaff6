"""What the room says when it cannot do what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class RosterError(ValueError):
    """A roster, a people file or a request about them is wrong: where, what was read, what was expected."""


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """The end of a sentence: the nearest of the `known` names, or all of them where none is near."""
    names = sorted(known)
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(wrong.casefold(), list(folded), n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(folded[each] for each in near)}?"
    if not names:
        return "none are known"
    shown = ", ".join(names[:12])
    return f"known are {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")

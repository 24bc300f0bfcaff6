"""What a kind of job has to say for itself; the frame says the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cards.card import Block, Button
from cards.reader import Reader
from platforms.job import Job


@dataclass(frozen=True)
class Told:
    """A job in the words of its kind.

    `title` says what was asked, without its state: `Plan of S240422ed for ZTF`. `blocks` are its numbers,
    also while it runs. `captions` gives each of the job's pictures that is to be shown its words, in order;
    `short` is the outcome in one line; `buttons` come before the frame's own.
    """

    title: str = ""
    blocks: tuple[Block, ...] = ()
    captions: Mapping[str, str] = field(default_factory=dict)
    short: str = ""
    buttons: tuple[Button, ...] = ()


Teller: TypeAlias = Callable[[Reader, Job], Told]

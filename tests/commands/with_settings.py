"""A command as those of instruments are: its settings' names come from the far side, and so does its form."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from cards.answer_card import answer_card
from commands.book import Book
from commands.command import Command
from commands.declared import GROUPS, book
from commands.errors import CommandError
from commands.options import Choice, Option, OptionKind
from commands.request import Form, FormField, Reply, Request
from commands.rooms import Rooms

FILTERS = (Choice("g", "green"), Choice("r", "red"))
LABELS = {"exposure_time": "Exposure time", "filter": "Filter", "count": "Exposures"}
MORE = tuple(f"extra_{number}" for number in range(1, 5))


def form(settings: Mapping[str, str]) -> Form:
    fields = [
        FormField(
            "settings.exposure_time",
            settings.get("exposure_time", ""),
            label=LABELS["exposure_time"],
            hint="seconds",
            required=True,
        ),
        FormField("settings.filter", settings.get("filter", "r"), label=LABELS["filter"], choices=FILTERS),
        FormField("settings.count", settings.get("count", "1"), label=LABELS["count"]),
    ]
    fields += [FormField(f"settings.{name}", settings.get(name, ""), label=name) for name in MORE]
    return Form("image", tuple(fields))


async def _check(request: Request, rooms: Rooms) -> None:
    exposure = request.settings().get("exposure_time")
    if exposure is not None and not exposure.isdecimal():
        raise CommandError(
            f"“{exposure}” is no exposure time; expected seconds.",
            option="settings.exposure_time",
            form=form(request.settings()),
        )


async def _image(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    settings = request.settings()
    if "exposure_time" not in settings:
        card = answer_card(request.reader, "The telescope wants to know more.")
        yield Reply(card, private=True, form=form(settings))
        return
    told = ", ".join(f"{key} is {value}" for key, value in sorted(settings.items()))
    yield Reply(answer_card(request.reader, f"{request.text('target')}: {told}"))


IMAGE = Command(
    "image",
    "Takes an image",
    _image,
    options=(
        Option("target", OptionKind.TEXT, "What to look at", required=True),
        Option("settings", OptionKind.SETTINGS, "What the camera is set to"),
    ),
    permission=None,
    check=_check,
    examples=("image M31 exposure_time=300",),
)


def book_with_settings() -> Book:
    return Book(GROUPS, [*book(), IMAGE])

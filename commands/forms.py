"""The forms that ask for a command's options: what stands in them, and what they carry along unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from commands.command import Command
from commands.errors import CommandError
from commands.request import Form, FormField
from commands.settings_text import read_settings, settings_option, write_settings


def form_of(command: Command, given: Mapping[str, str], error: CommandError | None = None) -> Form:
    """The form that asks for all of a command's options; the error stands at the field it is about.

    What is secret is asked for again, never shown. A handler's own form, where the error brings one, is
    kept: only it knows what the settings are called.
    """
    wrong = error.option if error is not None else None
    if error is not None and error.form is not None:
        return carrying(command, _marked(error.form, wrong, str(error)), given)
    names = [each.name for each in command.options]
    hidden = {each.name for each in command.options if each.secret}
    settings = settings_option(command)
    if wrong is not None and wrong not in names and settings is not None:
        wrong = settings.name
    fields = (
        FormField(
            name,
            "" if name in hidden else given.get(name, ""),
            str(error) if error is not None and name == wrong else None,
        )
        for name in names
    )
    return Form(command.path, tuple(fields))


def carrying(command: Command, form: Form, given: Mapping[str, str]) -> Form:
    """A handler's form that also carries what was given and is not among its fields."""
    shown = {each.option for each in form.fields}
    kept = {name: text for name, text in given.items() if name not in shown}
    option = settings_option(command)
    if option is not None and option.name in kept:
        try:
            settings = read_settings(kept[option.name])
        except ValueError:
            settings = {}
        unseen = {key: text for key, text in settings.items() if f"{option.name}.{key}" not in shown}
        kept[option.name] = write_settings(unseen)
    return replace(form, given={name: text for name, text in {**kept, **form.given}.items() if text})


def filled_in(form: Form) -> dict[str, str]:
    """What a form gives as it stands: what it carries and what its fields hold."""
    return {**form.given, **{each.option: each.given for each in form.fields if each.given}}


def _marked(form: Form, wrong: str | None, why: str) -> Form:
    fields = tuple(
        replace(each, error=why) if each.option == wrong and each.error is None else each
        for each in form.fields
    )
    return replace(form, fields=fields)

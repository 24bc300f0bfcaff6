"""An instrument's own form: as fields of a modal, in words, and read into what is sent."""

from __future__ import annotations

from collections.abc import Mapping

from cards.answer_card import answer_card
from cards.card import Card, Lines, Table, Text, strong
from cards.cleaning import clean
from cards.reader import Reader
from commands.errors import CommandError
from commands.followup_target import Target
from commands.instants import read_instant
from commands.options import Choice
from commands.request import Form, FormField, Request
from platforms.skyportal.forms import (
    FieldKind,
    FormError,
    FormItem,
    InstrumentForm,
    Problem,
    value_text,
    written_instant,
)

SETTINGS = "settings"


def payload_of(request: Request, target: Target, given: Mapping[str, str]) -> dict[str, object]:
    """What to send. Raises CommandError at the field that is wrong."""
    folded = {key.casefold() for key in given}
    kept = {key: text for key, text in held(target).items() if key.casefold() not in folded}
    texts = kept | {key: _instant(request, target.form, key, text) for key, text in given.items()}
    try:
        return target.form.payload(texts)
    except FormError as error:
        sentence = _sentence(error, target.form, request.reader)
        raise wrong_at(request, target, error.key, sentence, given) from None


def held(target: Target) -> dict[str, str]:
    """What the request that is to be changed asks for now, as its form's texts."""
    if target.changed is None:
        return {}
    return {
        item.key: value_text(value)
        for key, value in target.changed.payload.items()
        if (item := target.form.item(key)) is not None
    }


def _instant(request: Request, form: InstrumentForm, key: str, text: str) -> str:
    """Words such as `tonight` and `in 2h` as an instant; what is no such word stays."""
    item = form.item(key)
    if item is None or item.kind is not FieldKind.INSTANT or text[:4].isdigit():
        return text
    try:
        return written_instant(item, read_instant(text, request.now, request.reader.zone))
    except ValueError:
        return text


def wrong_at(
    request: Request, target: Target, key: str, sentence: str, given: Mapping[str, str]
) -> CommandError:
    item = target.form.item(key)
    return CommandError(
        sentence,
        option=f"{SETTINGS}.{item.key if item is not None else key}",
        form=form_of(request, target, given),
    )


def _sentence(error: FormError, form: InstrumentForm, reader: Reader) -> str:
    label = label_of(form, error.key)
    given, expected = clean(error.given)[:60], clean(error.expected)[:300]
    match error.problem:
        case Problem.MISSING:
            return reader.say("{label} is missing; expected {expected}.", label=label, expected=expected)
        case Problem.UNKNOWN if error.near:
            return reader.say(
                "The instrument has no setting “{key}”; did you mean {near}?",
                key=error.key[:60],
                near=reader.listing(error.near),
            )
        case Problem.UNKNOWN:
            return reader.say(
                "The instrument has no setting “{key}”; it takes: {known}.",
                key=error.key[:60],
                known=expected,
            )
        case Problem.OTHER:
            return reader.say("{label}: {why}", label=label, why=expected)
        case _:
            return reader.say(
                "{label}: “{given}” is not what is expected: {expected}.",
                label=label,
                given=given,
                expected=expected,
            )


def form_of(request: Request, target: Target, given: Mapping[str, str]) -> Form:
    """The instrument's own form, with what was given and its defaults in it."""
    given = {**held(target), **given}
    folded = {key.casefold(): text for key, text in given.items()}
    fields = tuple(
        FormField(
            f"{SETTINGS}.{each.key}",
            folded.get(each.key.casefold(), each.default),
            label=each.label,
            choices=tuple(Choice(one, one) for one in each.choices) if each.kind is FieldKind.CHOICE else (),
            hint=_hint(each, request.reader),
            required=each.required,
        )
        for each in target.form.shown(given)
    )
    carried = {"source": target.source.name, "instrument": request.text("instrument")}
    if target.changed is not None:
        carried["request"] = str(target.changed.id)
    for name in ("allocation", "at"):
        text = request.text_or_none(name)
        if text is not None:
            carried[name] = text
    return Form(request.path, fields, carried)


def form_card(request: Request, target: Target) -> Card:
    """The form in words, for whoever has no modal: what can be set, with the values it has by itself."""
    reader = request.reader
    instrument, source = target.allocation.name, clean(target.source.name)
    title = (
        reader.say("{instrument} for {source}: what to set", instrument=instrument, source=source)
        if target.changed is None
        else reader.say(
            "{instrument} for {source}, request {number}: what to change",
            instrument=instrument,
            source=source,
            number=target.changed.id,
        )
    )
    now = held(target)
    shown = target.form.shown(now)
    rows = tuple(
        (
            (Text(each.key),),
            (Text(clean(now.get(each.key, each.default)) or "–"),),
            (Text(_hint(each, reader) or each.label),),
        )
        for each in shown
    )
    columns = (
        reader.say("setting"),
        reader.say("by itself") if target.changed is None else reader.say("now"),
        reader.say("what"),
    )
    words = f"followup {target.source.name} {request.text('instrument')}"
    if target.changed is not None:
        words += f" request:{target.changed.id}"
    if shown:
        words += f" {shown[0].key}={shown[0].default or '…'}"
    hint = reader.line("Fill in the form, or write it on one line: {example}", example=strong(words))
    return answer_card(reader, title, Table((), columns, rows), Lines((hint,)))


def _hint(item: FormItem, reader: Reader) -> str | None:
    if item.kind is FieldKind.SEVERAL:
        return reader.say("of {choices}, with commas between them", choices=", ".join(item.choices))
    if item.choices:
        return reader.say("one of {choices}", choices=", ".join(item.choices))
    if item.kind is FieldKind.FLAG:
        return reader.say("yes or no")
    if item.kind is FieldKind.INSTANT:
        return reader.say("UTC, or words: tonight, in 2h")
    if item.minimum is not None and item.maximum is not None:
        return reader.say("{low} to {high}", low=f"{item.minimum:g}", high=f"{item.maximum:g}")
    return None


def label_of(form: InstrumentForm, key: str) -> str:
    item = form.item(key)
    return clean(item.label if item is not None else key)

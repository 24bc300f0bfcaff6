"""The fields of plan forms: a SkyPortal's own, and those of the planners here, for whoever fills them in."""

from __future__ import annotations

from collections.abc import Mapping

from cards.cleaning import clean
from cards.reader import Reader
from commands.options import Choice
from commands.request import FormField
from facilities.facility import Facility, FacilityError
from facilities.planning.settings import PlanSettings, terms_for
from platforms.skyportal.forms import FieldKind, FormError, Problem
from platforms.skyportal.plan_form import PlanForm

MOST = 20
"""Fields of a form: Slack takes more, nobody fills them in."""


def fields_of_form(reader: Reader, form: PlanForm, given: Mapping[str, str]) -> tuple[FormField, ...]:
    """A SkyPortal's form, with what was given and its own defaults in it."""
    folded = {key.casefold(): text for key, text in given.items()}
    return tuple(
        FormField(
            f"settings.{each.key}",
            folded.get(each.key.casefold(), each.default),
            label=each.label,
            choices=tuple(Choice(one, one) for one in each.choices) if each.kind is FieldKind.CHOICE else (),
            hint=", ".join(each.choices)[:140] or None,
            required=each.required,
        )
        for each in form.shown(given)[:MOST]
    )


def fields_of_settings(reader: Reader, facility: Facility, given: Mapping[str, str]) -> tuple[FormField, ...]:
    """The settings of the planners here, with what was given and what the facility has by itself."""
    try:
        terms = terms_for(facility, PlanSettings())
        usual = {
            "filters": ",".join(name for name in terms.filters if name),
            "exposure_time": ",".join(f"{seconds:g}" for seconds in terms.seconds),
        }
    except FacilityError:
        usual = {}
    known = {
        "strategy": "auto",
        "probability": "90%",
        "airmass": f"{facility.airmass_limit:g}",
        **usual,
        **given,
    }
    rows: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
        (
            "strategy",
            reader.say("Strategy"),
            reader.say("auto: one pointing where the field holds the region"),
            ("auto", "single", "tiling", "galaxies"),
        ),
        ("filters", reader.say("Filters"), reader.say("in their order: g,r"), ()),
        ("exposure_time", reader.say("Exposure"), reader.say("seconds; one for all filters or one each"), ()),
        ("probability", reader.say("Probability"), reader.say("where the plan may stop: 90%"), ()),
        ("max_tiles", reader.say("Most fields"), reader.say("none: as many as there is time for"), ()),
        ("airmass", reader.say("Airmass"), reader.say("the highest"), ()),
        (
            "sequence",
            reader.say("Sequence"),
            reader.say("alternating: all filters of a field; blocks: all fields in a filter"),
            ("alternating", "blocks"),
        ),
        ("start", reader.say("Start"), reader.say("UTC, or words: tonight, in 2h"), ()),
        ("end", reader.say("End"), reader.say("UTC, or words: tonight, in 2h"), ()),
    )
    return tuple(
        FormField(
            f"settings.{key}",
            known.get(key, ""),
            label=label,
            choices=tuple(Choice(one, one) for one in choices),
            hint=hint,
        )
        for key, label, hint, choices in rows
    )


def form_sentence(reader: Reader, error: FormError, form: PlanForm) -> str:
    """What is wrong with a field of a SkyPortal's form, in words."""
    item = form.form.item(error.key)
    label = clean(item.label if item is not None else error.key)
    given, expected = clean(error.given)[:60], clean(error.expected)[:300]
    if error.problem is Problem.MISSING:
        return reader.say("{label} is missing; expected {expected}.", label=label, expected=expected)
    if error.problem is Problem.UNKNOWN:
        near = reader.listing(error.near) if error.near else expected
        return reader.say(
            "The form has no setting “{key}”; there is: {known}.", key=error.key[:60], known=near
        )
    if error.problem is Problem.OTHER:
        return reader.say("{label}: {why}", label=label, why=expected)
    return reader.say(
        "{label}: “{given}” is not what is expected: {expected}.", label=label, given=given, expected=expected
    )

"""The form of an instrument: what is shown, what a person types, what is sent, what is refused where."""

from __future__ import annotations

import pytest

from platforms.skyportal.forms import FieldKind, FormError, InstrumentForm, Problem, read_form
from tests.standins.skyportal.recorded import recorded


def _form(instrument: int) -> InstrumentForm:
    return read_form(instrument, recorded("0457")["response"]["json"]["data"][str(instrument)])


SEDM_DAYS = {"start_date": "2026-11-20", "end_date": "2026-11-27"}


def test_what_is_not_given_is_as_the_form_has_it() -> None:
    assert _form(2).payload(SEDM_DAYS) == {
        "observation_type": "IFU", "priority": 1, "advanced": False, **SEDM_DAYS,
    }  # fmt: skip


def test_a_field_that_another_brings_brings_that_other() -> None:
    sent = _form(2).payload({**SEDM_DAYS, "exposure_time": "300", "maximum_fwhm": "3,5"})
    assert sent["advanced"] is True and sent["exposure_time"] == 300 and sent["maximum_fwhm"] == 3.5
    assert sent["maximum_airmass"] == 2.8


def test_a_choice_is_taken_in_any_case_and_brings_its_further_fields() -> None:
    form = _form(2)
    shown = [each.key for each in form.shown({"observation_type": "Mix 'n Match"})]
    assert "observation_choices" in shown
    sent = form.payload({**SEDM_DAYS, "observation_type": "mix 'n match", "observation_choices": "U,ifu"})
    assert sent["observation_type"] == "Mix 'n Match" and sent["observation_choices"] == ["u", "IFU"]


@pytest.mark.parametrize(
    ("given", "key", "problem"),
    [
        ({"priority": "9"}, "priority", Problem.OUT_OF_RANGE),
        ({"priority": "urgent"}, "priority", Problem.NO_NUMBER),
        ({"observation_type": "IFUU"}, "observation_type", Problem.NO_CHOICE),
        ({"start_date": "tonight"}, "start_date", Problem.NO_INSTANT),
        ({"advanced": "maybe"}, "advanced", Problem.NO_FLAG),
        ({"prioritty": "3"}, "prioritty", Problem.UNKNOWN),
        ({"observation_type": "Mix 'n Match"}, "observation_choices", Problem.MISSING),
    ],
)
def test_what_is_wrong_is_said_at_its_field_before_anything_is_sent(
    given: dict[str, str], key: str, problem: Problem
) -> None:
    with pytest.raises(FormError) as error:
        _form(2).payload({**SEDM_DAYS, **given})
    assert (error.value.key, error.value.problem) == (key, problem)
    assert error.value.expected


def test_a_wrong_name_offers_the_right_one() -> None:
    with pytest.raises(FormError) as error:
        _form(2).payload({"prioritty": "3"})
    assert error.value.near == ("priority",)


def test_an_instant_never_goes_out_with_a_t_in_it() -> None:
    sent = _form(1).payload({"start_date": "2026-11-20T22:00:00+01:00", "end_date": "2026-11-21 04:00"})
    assert sent["start_date"] == "2026-11-20 21:00:00" and sent["end_date"] == "2026-11-21 04:00:00"


def test_a_form_that_points_elsewhere_fetches_nothing() -> None:
    form = read_form(9, {"formSchema": {
        "type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/x.json"}},
    }})  # fmt: skip
    assert form.items[0].kind is FieldKind.TEXT
    with pytest.raises(Exception, match="Unresolvable"):
        form.payload({"a": "1"})

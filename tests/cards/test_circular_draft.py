"""The draft of a circular: the field's form, the desk's numbers, brackets where only observers know."""

from __future__ import annotations

import re
from dataclasses import replace

from cards.circular_draft import circular_draft
from gcn.notice import Role
from tests.cards.nights import INITIAL, RETRACTION, event, revision

MERGER = event(INITIAL)


def test_the_draft_has_the_form_of_the_field_and_the_numbers_of_the_newest_map() -> None:
    draft = circular_draft(MERGER, numbers=(33813, 33816), facilities=("DECam", "MeerLICHT", "ZTF"))
    assert draft.text.startswith(
        "SUBJECT: LIGO/Virgo/KAGRA S230518h: [TELESCOPE OR COLLABORATION] observations\n\n[A. AUTHOR"
    )
    for said in (
        "gravitational-wave candidate LIGO/Virgo/KAGRA S230518h detected at 2023-05-18T12:59:08 UTC",
        "(GCN 33813, 33816)",
        "NSBH 86 %, Terrestrial 10 %, BBH 4 %",
        "The false-alarm rate is 1 per 98 years.",  # 3.218e-10 Hz
        "covers 666 deg^2 and the 50 % credible region 180 deg^2",
        "278 +/- 68 Mpc",
        "100.0000, -47.3000 deg (J2000)",
        "DECam: up to 74 % of the probability",
        "MeerLICHT: up to 33 %",
    ):
        assert said in draft.text
    assert "ZTF" not in draft.text  # it sees nothing of it


def test_only_the_desks_telescopes_are_named_and_none_is_said_to_have_observed() -> None:
    draft = circular_draft(MERGER, facilities=("MeerLICHT",))
    assert "DECam" not in draft.text
    line = next(line for lines in draft.paragraphs for line in lines if line.startswith("MeerLICHT"))
    assert line.endswith("[EXPOSURES, FILTERS, LIMITS]")
    assert "[NUMBER OF THE DISCOVERY CIRCULAR]" in draft.text


def test_a_draft_is_ascii_and_takes_over_no_markup_of_a_notice() -> None:
    notice = replace(INITIAL.notice, classification={"N\u202eSBH\u0007 é": 0.9})
    draft = circular_draft(event(revision(1, notice), name="S230518h\u202e\nSUBJECT: spam"))
    assert draft.text.isascii()
    assert "\u0007" not in draft.text
    assert len(re.findall(r"^SUBJECT", draft.text, re.MULTILINE)) == 1
    assert "[NO LOCALISATION IS KNOWN TO THE DESK]" in draft.text


def test_what_was_retracted_or_is_a_test_is_said_first() -> None:
    assert "RETRACTED" in circular_draft(event(INITIAL, RETRACTION, retracted=True)).paragraphs[0][0]
    assert "not to be sent" in circular_draft(event(INITIAL, role=Role.TEST)).paragraphs[0][0]
    assert "not to be sent" not in circular_draft(MERGER).text

"""Whoever can be stored comes back from the store and from a file as they went in."""

from __future__ import annotations

from datetime import time

from hypothesis import given, settings
from hypothesis import strategies as st

from shifts.contact import ADDRESS_OF, CONFIRMED_BY_OWNER, KINDS
from shifts.people_file import People, Person, parse_people, write_people
from shifts.roster_parts import WEEKDAYS
from shifts.zones import known_zones

ADDRESSES = {
    "slack": st.from_regex(r"[UW][A-Z0-9]{4,10}", fullmatch=True),
    "discord": st.from_regex(r"[1-9][0-9]{16,18}", fullmatch=True),
    "email": st.from_regex(r"[a-zA-Z0-9._+-]{1,20}@[a-z0-9-]{1,20}\.[a-z]{2,5}", fullmatch=True),
    "phone": st.integers(600000000, 699999999).map(lambda n: f"+33{n}"),
}
clocks = st.times(max_value=time(23, 59)).map(lambda t: f"{t:%H:%M}")
days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=6, unique=True)
names = st.text(
    st.characters(categories=["L", "N"], include_characters=" -._'"), min_size=1, max_size=60
).filter(lambda name: name == name.strip() and name.isprintable())


@st.composite
def people(draw: st.DrawFn) -> Person:
    kinds = draw(st.lists(st.sampled_from(KINDS), unique=True))
    values: dict[str, object] = {kind: draw(ADDRESSES[kind]) for kind in kinds}
    owned = [kind for kind in kinds if kind in CONFIRMED_BY_OWNER]
    ways = [way for way, kind in ADDRESS_OF.items() if kind in kinds]
    rule = st.fixed_dictionaries(
        {
            "after": st.integers(0, 1440),
            "by": st.sampled_from(ways or ["none"]),
            "when": st.sampled_from(["any", "quiet", "awake", "on_shift", "on_leave"]),
        }
    )
    quiet = st.fixed_dictionaries({"days": days, "from": clocks, "to": clocks})
    return Person.from_dict(
        {
            **values,
            "name": draw(names),
            "verified": draw(st.lists(st.sampled_from(owned), unique=True)) if owned else [],
            "stopped": draw(st.lists(st.sampled_from(kinds), unique=True)) if kinds else [],
            "timezone": draw(st.sampled_from(sorted(known_zones()))),
            "quiet": draw(st.lists(quiet, max_size=3)),
            "working_days": draw(days),
            "permissions": draw(
                st.lists(st.sampled_from(["viewer", "administrator", "trigger:ZTF", "trigger:*"]))
            ),
            "contact": draw(st.lists(rule, max_size=4)) if ways else [],
        }
    )


@settings(max_examples=80)
@given(people())
def test_a_person_comes_back_from_a_file_as_they_went_in(person: Person) -> None:
    everybody = People(people=(person,))
    assert parse_people(write_people(everybody)) == everybody
    for way in person.usable():
        kind = ADDRESS_OF[way]
        assert person.address(kind) and kind not in person.stopped
        assert kind in person.verified or kind not in CONFIRMED_BY_OWNER

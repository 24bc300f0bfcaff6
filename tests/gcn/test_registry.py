"""One way to read a message: the order of the formats, the generic reading, and input that is nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcn.notice import Notice, NoticeError, Role
from gcn.registry import FAMILIES, parse_notice
from tests.gcn.igwn_samples import alert, encoded, retraction
from tests.gcn.test_classic_text import BAT, GBM, ICECUBE
from tests.gcn.voevent_samples import gbm, lvk, swift, voevent

SEEDS = (
    encoded(alert()),
    encoded(retraction()),
    gbm(111, Most_Likely_Index=4, Most_Likely_Prob=97, Long_short="Long"),
    gbm(115, LocationMap_URL="http://example.org/glg_locplot_all_bn261120043.png"),
    swift(61, GRB_Identified="true"),
    lvk("S240422ed", FAR="1e-9", Significant=1, Instruments="H1,L1"),
    voevent({"Packet_Type": 173, "run_id": 1, "event_id": 2, "FAR": 0.5, "Rev": 0}),
    voevent(
        {"Burst_Id": "sb26112001", "Instrument": "GRM"}, ivorn="ivo://org.svom/fsc#sb26112001_grm-trigger"
    ),
    voevent({"event_no": 1}, ivorn="ivo://ca.chimenet.frb/FRB-DETECTION-#2026"),
    voevent({}, ivorn="ivo://gaia.cam.uk/alerts#Gaia26aaa", system="TDB-ICRS-BARY"),
    GBM.encode(),
    BAT.encode(),
    ICECUBE.encode(),
)


def read(raw: bytes, topic: str | None = None) -> Notice | None:
    """A notice that can be stored and sent, or nothing where the message was refused."""
    try:
        notice = parse_notice(raw, topic=topic)
    except NoticeError as error:
        assert str(error)
        assert len(str(error)) < 1000
        return None
    json.dumps(notice.to_dict(), allow_nan=False).encode()
    return notice


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_fuzzing_starts_from_is_read(seed: bytes) -> None:
    assert read(seed) is not None


def test_every_family_has_a_name_of_its_own() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty message"),
        (b" \n\t", "empty message"),
        (b"hello", "no format of a notice"),
        (b"\xff\xfe\xfd", "no format|empty|UTF-8"),
        (b'{"mission": "Swift", ', "JSON"),
        (b"[1, 2]", "expected an object"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a":' * 3000, "JSON"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "nested deeper"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"a": "\xff"}', "UTF-8"),
    ],
)
def test_what_is_no_message_is_refused_in_words(raw: bytes, reason: str) -> None:
    with pytest.raises(NoticeError, match=reason):
        parse_notice(raw)


def test_an_unknown_json_notice_is_read_as_far_as_it_goes() -> None:
    content = {"event_id": "W-17", "ra": 10.5, "dec": -20.5, "radius": 1.5, "time": "2026-11-20T01:02:03Z"}
    notice = parse_notice(encoded(content), topic="someone.elses.wonder")
    assert notice.format == "gcn-json"
    assert (notice.mission, notice.event) == ("wonder", "wonder:W-17")
    assert notice.position is not None
    assert (notice.position.ra, notice.position.radius, notice.position.sigma) == (10.5, 1.5, None)


def test_fields_that_only_look_standard_are_left_unread() -> None:
    notice = parse_notice(
        b'{"name": "x", "ra": "noon", "dec": 300, "time": 5, "mission": ["Swift"]}', topic="a.b"
    )
    assert notice.mission == "Swift"
    assert notice.position is notice.trigger_time is None


def test_an_unknown_notice_on_a_test_topic_is_a_test() -> None:
    assert parse_notice(b'{"id": 1}', topic="wonder.test.flash").role is Role.TEST


def test_a_number_of_a_million_digits_is_no_number_and_takes_no_time() -> None:
    assert read(b'{"mission": "Wonder", "id": "1", "flux": ' + b"9" * 1_000_000 + b"}", "x.y") is not None


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from([None, "igwn.gwalert", "gcn.classic.text.X", "gcn.notices.x"])
)
def test_random_bytes_are_read_or_refused(raw: bytes, topic: str | None) -> None:
    read(raw, topic)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_notices_with_bytes_changed_are_read_or_refused(seed: bytes, data: st.DataObject) -> None:
    raw = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        stop = min(len(raw), start + data.draw(st.integers(0, 12)))
        raw[start:stop] = data.draw(st.binary(max_size=8) | st.sampled_from(JUNK))
    read(bytes(raw))


JUNK = (
    b"nan",
    b"-1e999",
    b"9" * 40,
    b'"',
    b"<",
    b"\x00",
    "−".encode(),
    b"0000-00-00T99:99:99",
    b"&x;",
    b"]]>",
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["", "2026-11-20T01:02:03Z", "NaN", "1" * 400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_alerts_with_fields_dropped_and_retyped_are_read_or_refused(data: st.DataObject) -> None:
    content = alert()
    for _ in range(data.draw(st.integers(1, 3))):
        holder = data.draw(st.sampled_from([content, content.get("event")]))
        if not isinstance(holder, dict) or not holder:
            continue
        name = data.draw(st.sampled_from(sorted(holder)))
        if data.draw(st.booleans()):
            holder.pop(name)
        else:
            holder[name] = data.draw(VALUES)
    read(json.dumps(content).encode("utf-8", "surrogatepass"), "igwn.gwalert")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_voevents_with_any_text_in_any_param_are_read_or_refused(data: st.DataObject) -> None:
    text = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='<&"'), max_size=24)
    value = text | st.floats().map(str) | st.integers().map(str) | st.sampled_from(["true", "false", ""])
    names = st.sampled_from(
        ["TrigID", "Trans_Num", "GraceID", "AlertType", "FAR", "run_id", "event_id", "Rev", "Significant",
         "Most_Likely_Index", "Most_Likely_Prob", "LocationMap_URL", "HealPix_URL", "Burst_Mag", "Telescope",
         "Burst_Id", "Instrument", "event_no", "Instruments", "skymap_fits", "isRealAlert"]
    )  # fmt: skip
    packet = data.draw(
        st.sampled_from([45, 52, 53, 61, 62, 81, 110, 111, 115, 131, 149, 150, 164, 173, 202, 999])
    )
    stream = data.draw(
        st.sampled_from(["nasa.gsfc.gcn/X#y", "gwnet/LVC#S1", "org.svom/fsc#sb1_x", "chime.frb/x#y", "a#b"])
    )
    number = st.floats() | st.sampled_from(["", "0", "-1", "x"])
    raw = voevent(
        {"Packet_Type": packet, **data.draw(st.dictionaries(names, value, max_size=8))},
        ivorn=f"ivo://{stream}",
        place=data.draw(st.tuples(number, number, number)),
        time=data.draw(st.none() | text | st.just("2026-11-20T01:02:03")),
        system=data.draw(st.sampled_from(["UTC-FK5-GEO", "TDB-ICRS-BARY", "TT-ICRS-GEO", "TAI-FK4-X", "x"])),
    )
    read(raw)

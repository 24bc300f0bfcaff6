"""VOEvents of our own making: dialects, identities, radii, flags, and input that is no notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gcn.localisation import GBM_SYSTEMATICS
from gcn.notice import AlertType, MapSource, NoticeError, Role
from gcn.registry import parse_notice
from skymaps.shapes import Cone
from tests.gcn.voevent_samples import gbm, lvk, swift, voevent


@pytest.mark.parametrize("prefix", ["voe:", ""])
@pytest.mark.parametrize("declaration", ['<?xml version="1.0"?>\n', "", "\ufeff", "\n  "])
def test_a_notice_reads_the_same_with_or_without_prefix_and_declaration(
    prefix: str, declaration: str
) -> None:
    params = {"Packet_Type": 111, "TrigID": 785300001}
    plain = parse_notice(voevent(params))
    assert parse_notice(voevent(params, prefix=prefix, declaration=declaration)) == plain


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-11T19:24:23.604000",
        "2026-02-11T19:24:23.604000Z",
        "2026-02-11T19:24:23.604+00:00",
        "2026-02-11T20:24:23.604+01:00",
        "2026-02-11 19:24:23.604000000",
    ],
)
def test_every_spelling_of_an_instant_is_the_same_instant(text: str) -> None:
    notice = parse_notice(voevent({"Packet_Type": 111, "TrigID": 1}, time=text, date=text))
    assert notice.trigger_time == notice.issued == datetime(2026, 2, 11, 19, 24, 23, 604000, tzinfo=UTC)


def test_a_leap_second_is_the_first_of_the_next_minute() -> None:
    notice = parse_notice(voevent({"Packet_Type": 111, "TrigID": 1}, time="2016-12-31T23:59:60.5"))
    assert notice.trigger_time == datetime(2017, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)


def test_later_notices_of_one_trigger_have_one_identity_whatever_second_they_carry() -> None:
    first = parse_notice(voevent({"Packet_Type": 111, "TrigID": 785300001}, time="2026-11-20T01:02:03.45"))
    later = parse_notice(voevent({"Packet_Type": 112, "TrigID": 785300001}, time="2026-11-20T01:02:05.10"))
    assert first.event == later.event == "Fermi:785300001"


def test_two_triggers_within_one_second_stay_two() -> None:
    one, other = parse_notice(gbm(trigger=785300001)), parse_notice(gbm(trigger=785300002))
    assert one.trigger_time == other.trigger_time
    assert one.event != other.event


def test_the_same_number_of_two_missions_is_two_events() -> None:
    assert parse_notice(gbm(trigger=1300001)).event == "Fermi:1300001"
    assert parse_notice(swift(trigger=1300001)).event == "Swift:1300001"


def test_a_superevent_is_not_the_one_whose_name_begins_the_same() -> None:
    assert parse_notice(lvk("S240422e")).event == "LVK:S240422e"
    assert parse_notice(lvk("S240422ed")).event == "LVK:S240422ed"


@pytest.mark.parametrize(
    ("superevent", "role", "said"),
    [
        ("S240422ed", Role.OBSERVATION, "observation"),
        ("S240422ed", Role.TEST, "test"),
        ("MS240422ed", Role.MOCK, "observation"),
        ("TS240422ed", Role.TEST, "observation"),
        ("T12345", Role.TEST, "observation"),
    ],
)
def test_the_prefix_of_a_superevent_says_whether_it_is_real(superevent: str, role: Role, said: str) -> None:
    raw = lvk(superevent).replace(b'role="observation"', f'role="{said}"'.encode())
    notice = parse_notice(raw)
    assert notice.role is role
    assert bool(notice.gates) is (role is not Role.OBSERVATION)


def test_a_hardware_injection_does_not_page() -> None:
    assert "hardware injection" in parse_notice(lvk("S240422ed", HardwareInj=1)).gates


def test_a_retraction_keeps_the_time_of_its_event_but_not_that_of_its_own_writing() -> None:
    raw = lvk("S261120a", "Retraction")
    assert parse_notice(raw).trigger_time == datetime(2026, 11, 20, 1, 2, 3, 450000, tzinfo=UTC)
    late = raw.replace(b"2026-11-20T01:02:03.45", b"2026-11-26T08:00:00")
    assert parse_notice(late).trigger_time is None
    assert parse_notice(late).retraction


@pytest.mark.parametrize(
    "place",
    [(0.0, 0.0, 0.0), (10.0, 20.0, 0.0), (10.0, 20.0, -1.0), (0, 0, 360), ("", "", ""), ("nan", 5, 1)],
)
def test_zero_negative_and_whole_sky_radii_mean_no_position(place: tuple[object, object, object]) -> None:
    notice = parse_notice(voevent({"Packet_Type": 61, "TrigID": 7}, place=place))
    assert notice.position is None
    assert notice.skymap is None


@pytest.mark.parametrize(
    "place", [(361.0, 0.0, 1.0), (10.0, 91.0, 1.0), (-200.0, 0.0, 1.0), (1e30, 0.0, 1.0)]
)
def test_absurd_coordinates_are_refused_with_their_place(place: tuple[float, float, float]) -> None:
    with pytest.raises(NoticeError, match="WhereWhen//Position2D//C"):
        parse_notice(voevent({"Packet_Type": 61, "TrigID": 7}, place=place))


def test_coordinates_in_another_frame_are_not_taken_for_icrs() -> None:
    notice = parse_notice(voevent({"Packet_Type": 61, "TrigID": 7}, system="UTC-GALACTIC_II-GEO"))
    assert notice.position is None
    assert notice.properties["frame"] == "UTC-GALACTIC_II-GEO"


def test_a_gbm_cone_carries_the_systematic_errors_of_its_notice_type() -> None:
    for packet, stage in ((111, "FLT"), (112, "GND"), (115, "FIN")):
        notice = parse_notice(gbm(packet))
        assert notice.position is not None and notice.skymap is not None
        assert notice.skymap.shape == Cone(163.8, -35.4, 10.0, 0.68, GBM_SYSTEMATICS[stage])
        # 68 % of a circular Gaussian lie within 1.5096 of its width
        assert notice.position.sigma == pytest.approx(10.0 / 1.5096, rel=1e-4)
        assert notice.position.systematic_included is False


def test_the_picture_of_a_final_position_leads_to_its_map() -> None:
    folder = "http://heasarc.gsfc.nasa.gov/FTP/fermi/data/gbm/triggers/2026/bn261120043/quicklook"
    notice = parse_notice(gbm(115, LocationMap_URL=f"{folder}/glg_locplot_all_bn261120043.png"))
    assert notice.skymap is not None
    assert notice.skymap.source is MapSource.URL
    assert notice.skymap.url == f"https{folder[4:]}/glg_healpix_all_bn261120043.fit"
    assert isinstance(notice.skymap.shape, Cone), "a card has a cone until the map is there"


def test_bat_ninety_per_cent_is_not_one_sigma() -> None:
    position = parse_notice(swift()).position
    assert position is not None
    assert (position.radius, position.containment) == (0.05, 0.9)
    assert position.sigma == pytest.approx(0.05 / 2.1460, rel=1e-4)


def test_mission_and_instrument_are_tags() -> None:
    assert {"Swift", "BAT"} <= parse_notice(swift()).tags


def test_a_lost_star_tracker_gates_and_is_tagged() -> None:
    notice = parse_notice(swift(GRB_Identified="true", StarTrack_Lost_Lock="true"))
    assert "StarTrack_Lost_Lock" in notice.tags
    assert any("star tracker" in gate for gate in notice.gates)
    assert parse_notice(swift(GRB_Identified="true", StarTrack_Lost_Lock="false")).gates == ()


def test_only_bat_itself_says_that_its_trigger_is_no_burst() -> None:
    assert "Not GRB" in parse_notice(swift(61, GRB_Identified="false")).tags
    assert "Not GRB" not in parse_notice(swift(67, GRB_Identified="false")).tags


def test_bat_finding_nothing_retracts_its_trigger() -> None:
    notice = parse_notice(swift(62))
    assert notice.alert_type is AlertType.RETRACTION
    assert notice.gates


def test_what_is_definitely_no_burst_is_gated() -> None:
    notice = parse_notice(gbm(112, Def_NOT_a_GRB="true"))
    assert "Not GRB" in notice.tags
    assert "GRB" not in notice.tags
    assert notice.gates


def test_icecube_rates_per_year_are_given_in_hertz_and_revisions_are_updates() -> None:
    params = {"Packet_Type": 173, "run_id": 134191, "event_id": "017593623", "FAR": 1.0, "Rev": 0}
    stream = "ivo://nasa.gsfc.gcn/AMON#ICECUBE_GOLD_Event"
    first = parse_notice(voevent(params, ivorn=stream))
    again = parse_notice(voevent({**params, "Rev": 1}, ivorn=stream))
    assert first.mission == "IceCube"
    assert first.event == again.event == "IceCube:134191_17593623"
    assert first.far == pytest.approx(3.1688e-8, rel=1e-4)
    assert (first.alert_type, again.alert_type) == (AlertType.INITIAL, AlertType.UPDATE)


def test_a_flagged_retraction_retracts() -> None:
    params = {"Packet_Type": 173, "run_id": 1, "event_id": 2, "Retraction": "true"}
    assert parse_notice(voevent(params)).retraction


def test_coincidences_of_amon_itself_are_amons() -> None:
    notice = parse_notice(
        voevent({"Packet_Type": 172, "event_name": "NuEM-261120A"}, ivorn="ivo://nasa.gsfc.gcn/AMON#NU_EM")
    )
    assert notice.mission == "AMON"
    assert notice.kind == "AMON_NU_EM_COINC"


@pytest.mark.parametrize(
    ("packet", "mission"),
    [(171, "HAWC"), (160, "CALET"), (188, "GECAM"), (39, "IPN"), (59, "Konus"), (175, "Super-Kamiokande")],
)
def test_missions_without_a_sample_are_known_by_their_notice_type(packet: int, mission: str) -> None:
    notice = parse_notice(voevent({"Packet_Type": packet, "TrigID": 17}))
    assert notice.mission == mission
    assert notice.event == f"{mission}:17"


def test_a_map_behind_a_link_comes_with_the_circle_that_stands_in_for_it() -> None:
    notice = parse_notice(
        voevent({"Packet_Type": 39, "TrigID": 9, "skymap_fits": "https://example.org/ipn.fits"})
    )
    assert notice.skymap is not None
    assert (notice.skymap.source, notice.skymap.url) == (MapSource.URL, "https://example.org/ipn.fits")
    assert isinstance(notice.skymap.shape, Cone)


def test_an_unknown_notice_type_is_read_as_far_as_it_goes() -> None:
    notice = parse_notice(
        voevent(
            {"Packet_Type": 999, "TrigID": 42, "Wonder": 3.5}, ivorn="ivo://org.example/Wonder#Flash_42-1"
        )
    )
    assert (notice.mission, notice.kind, notice.event) == ("Wonder", "Flash", "Wonder:42")
    assert notice.properties["Wonder"] == 3.5
    assert notice.position is not None and notice.position.sigma is None
    assert notice.gates == ()


def test_a_role_nobody_has_heard_of_does_not_page() -> None:
    assert parse_notice(gbm().replace(b'role="observation"', b'role="wonder"')).gates


def test_chime_says_in_its_stream_what_a_notice_does() -> None:
    for stream, alert_type in (("DETECTION", AlertType.INITIAL), ("RETRACTION", AlertType.RETRACTION)):
        notice = parse_notice(
            voevent({"event_no": 9386707}, ivorn=f"ivo://ca.chimenet.frb/FRB-{stream}-#2026-11-20-01")
        )
        assert (notice.mission, notice.event) == ("CHIME", "CHIME:9386707")
        assert notice.alert_type is alert_type
        assert "FRB" in notice.tags


def test_two_params_of_one_name_are_both_kept() -> None:
    groups = '<Group name="late"><Param name="Flux" value="2"/></Group>'
    notice = parse_notice(voevent({"Packet_Type": 111, "TrigID": 1, "Flux": 1}, groups=groups))
    assert (notice.properties["Flux"], notice.properties["late.Flux"]) == (1, 2)


def test_links_are_web_addresses_and_nothing_else() -> None:
    notice = parse_notice(gbm(LC_URL="javascript:alert(1)", Map_URL="https://example.org/map.png"))
    assert notice.links == {"Map_URL": "https://example.org/map.png"}


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY a%d "%s">' % (i, b"&a;" * 10 if i == 0 else b"&a%d;" % (i - 1) * 10) for i in range(9)
    )
    + b"]><VOEvent ivorn='ivo://x/y#z'>&a8;</VOEvent>"
)


@pytest.mark.parametrize(
    "raw",
    [
        BOMB,
        b'<!DOCTYPE v [<!ENTITY x SYSTEM "file:///etc/hostname">]><VOEvent ivorn="ivo://x/y#z">&x;</VOEvent>',
        b'<!DOCTYPE v SYSTEM "http://127.0.0.1:9/v.dtd"><VOEvent ivorn="ivo://x/y#z"/>',
        BOMB.decode().replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16"),
    ],
    ids=["billion laughs", "external entity", "external subset", "billion laughs in UTF-16"],
)
def test_document_types_and_entities_are_refused(raw: bytes) -> None:
    with pytest.raises(NoticeError, match="document type"):
        parse_notice(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"<VOEvent", "XML"),
        (gbm()[:-40], "XML"),
        (b"<a>" * 5000 + b"</a>" * 5000, "nested deeper"),
        (b"<html><body/></html>", "expected VOEvent"),
        (b"<VOEvent/>", "ivorn"),
        (b'<?xml version="1.0" encoding="no-such"?><VOEvent/>', "XML"),
        (gbm().replace(b"163.8", b"east"), "Position2D//C1: expected a number, found 'east'"),
        (gbm().replace(b"2026-11-20T01:02:03.45</", b"yesterday</"), "ISOTime: 'yesterday'"),
        (gbm().replace(b"2026-11-20T01:02:03.45</", b"0001-01-01T00:00:00</"), "ISOTime: expected 1960"),
        (gbm().replace(b'unit="deg"', b'unit="rad"'), "unit"),
        (voevent({"Packet_Type": "many"}), r"What/Param\[Packet_Type\]"),
        (voevent({"Packet_Type": 3}, ivorn="ivo://nasa.gsfc.gcn/gcn"), "sign of life"),
        (lvk("S240422ed").replace(b"S240422ed", b"S240422ED"), "GraceID"),
        (lvk("S240422ed", FAR=-1), "FAR"),
    ],
)
def test_what_is_no_notice_is_refused_with_its_place(raw: bytes, reason: str) -> None:
    with pytest.raises(NoticeError, match=reason):
        parse_notice(raw)


def test_a_notice_of_four_megabytes_is_read_and_one_of_six_is_refused() -> None:
    filler = "".join(f'<Param name="p{number}" value="{"x" * 900}"/>' for number in range(4400))
    large = voevent({"Packet_Type": 111, "TrigID": 1}, groups=filler)
    assert 4_000_000 < len(large) < 4_194_304
    assert len(parse_notice(large).properties) < 600, "properties go into the database and onto cards"
    assert replace(parse_notice(large), properties={}) == replace(
        parse_notice(voevent({"Packet_Type": 111, "TrigID": 1})), properties={}
    )
    with pytest.raises(NoticeError, match="limit"):
        parse_notice(large + b" " * 2_000_000)


@pytest.mark.parametrize(("frame", "scale"), [("TDB", "tdb"), ("TT", "tt"), ("TAI", "tai"), ("TCB", "tcb")])
def test_times_in_other_scales_are_what_astropy_makes_of_them(frame: str, scale: str) -> None:
    from astropy.time import Time

    raw = voevent({"TrigID": 1}, time="2026-01-16T07:52:27", system=f"{frame}-ICRS-BARY")
    expected = Time("2026-01-16T07:52:27", scale=scale).utc.to_datetime(timezone=UTC)
    found = parse_notice(raw).trigger_time
    assert found is not None
    assert abs((found - expected).total_seconds()) < 0.005

"""Classic text notices in the layout that GCN sends by e-mail and Kafka."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gcn.localisation import GBM_SYSTEMATICS
from gcn.notice import AlertType, NoticeError, Role
from gcn.registry import parse_notice
from skymaps.shapes import Cone

GBM = """\
TITLE:           GCN/FERMI NOTICE
NOTICE_DATE:     Fri 20 Nov 26 05:12:33 UT
NOTICE_TYPE:     Fermi-GBM Final Position
RECORD_NUM:      52
TRIGGER_NUM:     785300001
GRB_RA:          214.517d {+14h 18m 04s} (J2000),
                 214.856d {+14h 19m 25s} (current),
                 213.869d {+14h 15m 28s} (1950)
GRB_DEC:         -11.300d {-11d 18' 00"} (J2000),
                 -11.437d {-11d 26' 13"} (current),
                 -11.036d {-11d 02' 09"} (1950)
GRB_ERROR:       1.75 [deg radius, statistical only]
DATA_SIGNIF:     13.40 [sigma]
GRB_DATE:        21364 TJD;   324 DOY;   26/11/20
GRB_TIME:        14712.25 SOD {04:05:12.25} UT
LC_URL:          http://example.org/triggers/2026/bn261120170/quicklook/glg_lc_medres34_bn261120170.gif
SUN_DIST:         73.44 [deg]   Sun_angle= -4.7 [hr] (West of Sun)
COMMENTS:        Fermi-GBM Final Position.
COMMENTS:        This is a GRB.
"""

BAT = """\
TITLE:           GCN/SWIFT NOTICE
NOTICE_DATE:     Fri 20 Nov 26 01:45:10 UT
NOTICE_TYPE:     Swift-BAT GRB Position
TRIGGER_NUM:     1300001,   Seg_Num: 0
GRB_RA:          16.0900d {+01h 04m 21.6s} (J2000),
GRB_DEC:         +12.1645d {+12d 09' 52.2"} (J2000),
GRB_ERROR:       3.00 [arcmin radius, statistical only]
GRB_DATE:        21364 TJD;   324 DOY;   26/11/20
GRB_TIME:        6291.17 SOD {01:44:51.17} UT
"""

ICECUBE = """\
TITLE:            GCN/AMON NOTICE
NOTICE_DATE:      Wed 23 Aug 23 08:27:06 UT
NOTICE_TYPE:      ICECUBE Astrotrack Gold
STREAM:           24
RUN_NUM:          138283
EVENT_NUM:        14780365
SRC_RA:           19.4330d {+01h 17m 44s} (J2000),
SRC_DEC:          -11.4977d {-11d 29' 51"} (J2000),
SRC_ERROR:        30.80 [arcmin radius, stat-only, 90% containment]
SRC_ERROR50:      12.00 [arcmin radius, stat-only, 50% containment]
DISCOVERY_DATE:   20179 TJD;   235 DOY;   23/08/23 (yy/mm/dd)
DISCOVERY_TIME:   30374 SOD {08:26:14.59} UT
REVISION:         1
SIGNALNESS:       3.2938e-01 [dn]
FAR:              0.5131 [yr^-1]
"""


def test_a_gbm_text_notice_says_what_its_voevent_says() -> None:
    notice = parse_notice(GBM.encode())
    assert notice.format == "classic-text"
    assert (notice.mission, notice.instrument) == ("Fermi", "GBM")
    assert notice.kind == "Fermi-GBM Final Position"
    assert notice.event == "Fermi:785300001"
    assert notice.aliases == ("Fermi:bn261120170",)
    assert notice.alert_type is AlertType.FINAL
    assert notice.trigger_time == datetime(2026, 11, 20, 4, 5, 12, 250000, tzinfo=UTC)
    assert notice.issued == datetime(2026, 11, 20, 5, 12, 33, tzinfo=UTC)
    assert notice.position is not None and notice.skymap is not None
    assert (notice.position.ra, notice.position.dec) == (214.517, -11.3)
    assert notice.position.sigma == pytest.approx(1.75 / 1.5096, rel=1e-4)
    assert notice.skymap.shape == Cone(214.517, -11.3, 1.75, 0.68, GBM_SYSTEMATICS["FIN"])
    assert notice.properties["DATA_SIGNIF"] == 13.4


def test_a_radius_that_includes_systematics_gets_none_on_top() -> None:
    text = GBM.replace("statistical only", "statistical plus systematic")
    notice = parse_notice(text.encode())
    assert notice.position is not None and notice.position.systematic_included is True
    assert notice.skymap is not None
    assert notice.skymap.shape == Cone(214.517, -11.3, 1.75, 0.68)


def test_arc_minutes_are_degrees_over_sixty() -> None:
    notice = parse_notice(BAT.encode(), topic="gcn.classic.text.SWIFT_BAT_GRB_POS_ACK")
    assert notice.event == "Swift:1300001"
    assert notice.position is not None
    assert notice.position.radius == pytest.approx(0.05)
    assert notice.position.containment == 0.9
    assert notice.alert_type is AlertType.INITIAL


def test_what_the_line_says_of_its_radius_wins() -> None:
    notice = parse_notice(ICECUBE.encode())
    assert notice.event == "IceCube:138283_14780365"
    assert notice.alert_type is AlertType.UPDATE
    assert notice.position is not None
    assert notice.position.radius == pytest.approx(30.80 / 60.0)
    assert (notice.position.containment, notice.position.systematic_included) == (0.9, False)
    assert notice.trigger_time == datetime(2023, 8, 23, 8, 26, 14, 590000, tzinfo=UTC)
    assert notice.far == pytest.approx(1.626e-8, rel=1e-3)
    other = parse_notice(ICECUBE.replace("90% containment", "68% containment").encode())
    assert other.position is not None
    assert other.position.sigma == pytest.approx(30.80 / 60.0 / 1.5096, rel=1e-4)


def test_a_sign_that_was_lost_on_the_way_is_not_believed() -> None:
    with pytest.raises(NoticeError, match=r"SRC_DEC: 11\.4977 degrees is not"):
        parse_notice(ICECUBE.replace("-11.4977d", "11.4977d").encode())


def test_comments_can_say_that_it_is_no_burst() -> None:
    notice = parse_notice(GBM.replace("This is a GRB.", "This is definitely not a GRB.").encode())
    assert "Not GRB" in notice.tags
    assert notice.gates


def test_a_test_position_is_a_test() -> None:
    text = GBM.replace("Fermi-GBM Final Position", "Fermi-GBM Test Position")
    assert parse_notice(text.encode()).role is Role.TEST


def test_a_mock_superevent_in_text_is_a_mock() -> None:
    text = (
        "TITLE: GCN/LVC NOTICE\nNOTICE_TYPE: LVC Preliminary\nTRIGGER_NUM: MS261120a\n"
        "TRIGGER_DATE: 21364 TJD; 324 DOY; 2026/11/20\nTRIGGER_TIME: 3723.0 SOD {01:02:03.0} UT\n"
    )
    notice = parse_notice(text.encode())
    assert (notice.event, notice.role) == ("LVK:MS261120a", Role.MOCK)
    assert notice.alert_type is AlertType.PRELIMINARY


def test_an_unknown_type_is_read_as_far_as_it_goes() -> None:
    text = (
        "TITLE: GCN/WONDER NOTICE\nNOTICE_TYPE: Wonder Flash\nTRIGGER_NUM: 17\nGRB_RA: 10.0d\nGRB_DEC: 20.0d"
    )
    notice = parse_notice(text.encode())
    assert (notice.mission, notice.event, notice.kind) == ("WONDER", "WONDER:17", "Wonder Flash")
    assert notice.position is not None and notice.position.radius is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("TITLE: GCN/SWIFT NOTICE\n", "NOTICE_TYPE"),
        (BAT.replace("Fri 20 Nov 26 01:45:10 UT", "just now"), "NOTICE_DATE"),
        (BAT.replace("26/11/20", "26/13/40"), "GRB_DATE"),
        (BAT.replace("6291.17 SOD {01:44:51.17} UT", "in the night"), "GRB_TIME"),
        (BAT.replace("arcmin radius", "furlongs"), "GRB_ERROR"),
        (BAT.replace("+12.1645d {+12d 09' 52.2\"}", "+92.1d"), "no direction"),
    ],
)
def test_a_line_that_is_not_what_it_has_to_be_is_named(text: str, reason: str) -> None:
    with pytest.raises(NoticeError, match=reason):
        parse_notice(text.encode())


@pytest.mark.parametrize("packet", [b"\x00\x00\x00\x7b" + bytes(155) + b"\x01", bytes([0, 0, 0, 61]) * 40])
def test_a_binary_packet_is_refused_even_where_it_begins_like_json(packet: bytes) -> None:
    assert len(packet) == 160
    with pytest.raises(NoticeError, match="binary packet of 160 bytes"):
        parse_notice(packet)

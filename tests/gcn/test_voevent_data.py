"""Every VOEvent beside the checkout: read, or refused with a reason; and the stories they belong to."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from gcn.notice import Notice, NoticeError, Role
from gcn.registry import parse_notice
from skymaps.shapes import Cone

REFUSED = {
    "Swift_unknown_fail.xml": "unbound prefix",
    "MS220722v.xml": "/alert_type",  # the JSON of a GraceDB superevent under the name of an XML file
    "quakeml.xml": "quakeml",
    "kill_socket.xml": "closes a socket",
}


@pytest.fixture(scope="module")
def readings(shared_data: Path) -> dict[Path, Notice | NoticeError]:
    files = sorted([*(shared_data / "voevent").rglob("*.xml"), *(shared_data / "replay").rglob("*.xml")])
    return {file: read(file) for file in files}


def read(file: Path) -> Notice | NoticeError:
    try:
        return parse_notice(file.read_bytes())
    except NoticeError as error:
        return error


def test_all_but_four_files_are_read_and_those_are_refused_with_a_reason(
    readings: dict[Path, Notice | NoticeError],
) -> None:
    refused = {file.name: str(found) for file, found in readings.items() if isinstance(found, NoticeError)}
    assert len(readings) == 465
    assert set(refused) == set(REFUSED)
    for name, reason in REFUSED.items():
        assert reason in refused[name]


def test_every_notice_knows_its_mission_its_times_and_its_event(
    readings: dict[Path, Notice | NoticeError],
) -> None:
    notices = [found for found in readings.values() if isinstance(found, Notice)]
    missions = Counter(notice.mission for notice in notices)
    assert missions == {
        "Fermi": 244, "LVK": 78, "Swift": 58, "SVOM": 49, "IceCube": 12, "INTEGRAL": 4, "ANTARES": 3,
        "ASAS-SN": 2, "Gaia": 2, "MAXI": 2, "SNEWS": 2, "AGILE": 1, "H.E.S.S.": 1, "Konus": 1, "MOA": 1,
        "dc3.broker": 1,
    }  # fmt: skip
    for notice in notices:
        assert notice.issued is not None
        assert (notice.event is None) is (notice.role is Role.UTILITY)
        assert json.loads(json.dumps(notice.to_dict(), allow_nan=False))["mission"] == notice.mission


def test_no_position_is_made_of_zeroes(readings: dict[Path, Notice | NoticeError]) -> None:
    """59 files write RA = Dec = 0 and radius 0, 5 more a radius of 0 at a real place: no error circle."""
    without = 0
    for file, notice in readings.items():
        text = file.read_text(errors="replace")
        if isinstance(notice, Notice) and "<Error2Radius>0.0" in text:
            radius = float(text.partition("<Error2Radius>")[2].partition("<")[0])
            without += radius == 0.0
            assert (notice.position is None) is (radius == 0.0), file.name
    assert without >= 59


def test_fourteen_gbm_sequences_are_fourteen_events_whose_cones_shrink(shared_data: Path) -> None:
    folders = sorted((shared_data / "replay/gcn-notice-parser-sequences").iterdir())
    events = defaultdict(list)
    for folder in folders:
        for file in sorted(folder.iterdir()):
            notice = parse_notice(file.read_bytes())
            assert notice.event == f"Fermi:{folder.name}"
            events[notice.event].append(notice)
    assert len(events) == len(folders) == 14
    assert sum(map(len, events.values())) == 107
    for notices in events.values():
        assert notices[0].kind == "FERMI_GBM_ALERT"
        assert notices[0].position is None
        assert len({alias for notice in notices for alias in notice.aliases}) == 1
        assert rms_width(notices[-1]) < rms_width(notices[1])


def rms_width(notice: Notice) -> float:
    """Degrees: the statistical width and the two-Gaussian systematic one, added in quadrature.

    The statistical radius alone may grow from flight to final position (797516551: 3.8 to 5.6 degrees).
    """
    assert notice.position is not None and notice.position.sigma is not None
    assert notice.skymap is not None and isinstance(notice.skymap.shape, Cone)
    systematic = sum(weight * width**2 for weight, width in notice.skymap.shape.systematics)
    assert systematic > 0.0
    return math.sqrt(notice.position.sigma**2 + systematic)


def test_a_real_superevent_is_one_event_in_json_and_in_voevent(shared_data: Path) -> None:
    twin = parse_notice((shared_data / "voevent/tracet/LVC_real_initialS230518h.xml").read_bytes())
    alert = parse_notice((shared_data / "lvk-json/S230518h/S230518h-Initial_alert.json").read_bytes())
    assert twin.event == alert.event == "LVK:S230518h"
    assert twin.alert_type == alert.alert_type
    assert twin.classification == pytest.approx(alert.classification)
    assert twin.far == alert.far
    assert twin.significant is alert.significant is True
    assert twin.links["gracedb"] == alert.links["gracedb"]
    assert twin.instrument == alert.instrument == "H1 L1"
    # the VOEvent drops fractions of a second that the JSON has: the event is one all the same
    assert twin.trigger_time == datetime.fromisoformat("2023-05-18T12:59:08+00:00")
    assert alert.trigger_time == datetime.fromisoformat("2023-05-18T12:59:08.167+00:00")


def test_two_instruments_of_one_trigger_are_one_event(shared_data: Path) -> None:
    bat, xrt = (
        parse_notice((shared_data / f"voevent/skyportal/SWIFT_1125809-{number}.xml").read_bytes())
        for number in ("092", "104")
    )
    assert bat.event == xrt.event == "Swift:1125809"
    assert (bat.instrument, xrt.instrument) == ("BAT", "XRT")


def test_a_coincidence_that_raven_found_is_told(shared_data: Path) -> None:
    notice = parse_notice(
        (shared_data / "voevent/gcn-notice-parser/lvc/lvc_initial/lvc_initial_15683.xml").read_bytes()
    )
    assert notice.coincidence is not None
    assert notice.coincidence.observatory == "Fermi"
    assert notice.coincidence.time_difference == 2.66
    assert notice.coincidence.time_far == 5.6335184428841735e-18
    assert notice.coincidence.space_time_far == 2.1984515480476324e-17
    assert notice.links["joint_skymap_fits"].endswith("combined-ext.multiorder.fits,1")


def test_what_the_flight_software_takes_a_trigger_for_is_its_classification(shared_data: Path) -> None:
    noise = parse_notice((shared_data / "voevent/gwcelery/fermi_noise_gcn.xml").read_bytes())
    unsure = parse_notice((shared_data / "voevent/gwcelery/fermi_noise_gcn_2.xml").read_bytes())
    assert noise.classification == {"TGF": 1.0}
    assert unsure.classification == {"GRB": 0.49, "Below horizon": 0.40}


def test_binary_packets_are_refused_with_the_way_out(shared_data: Path) -> None:
    packets = list((shared_data / "gcn-classic-binary").rglob("*.bin"))
    assert len(packets) == 67
    for packet in packets:
        with pytest.raises(NoticeError, match="binary packet of 160 bytes: subscribe to the text or VOEvent"):
            parse_notice(packet.read_bytes())

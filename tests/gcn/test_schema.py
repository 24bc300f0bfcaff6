"""GCN Schema notices: the core vocabulary, identity, times, localisation and how a notice is known.

Every notice here is made by hand in this file; the examples of the missions are in
`test_schema_examples.py`.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from gcn.localisation import GBM_SYSTEMATICS
from gcn.notice import AlertType, MapSource, Notice, NoticeError, Role
from gcn.registry import parse_notice
from skymaps.shapes import Cone, Ellipse, Polygon
from skymaps.statistics import statistics
from tests.gcn import json_notices

EP: Mapping[str, Any] = {
    "$schema": "https://gcn.nasa.gov/schema/v4.1.0/gcn/notices/einstein_probe/wxt/alert.schema.json",
    "instrument": "WXT",
    "trigger_time": "2026-05-02T18:35:45.549Z",
    "id": ["01709261576"],
    "ra": 167.335,
    "dec": -77.502,
    "ra_dec_error": 0.05,
    "image_energy_range": [0.5, 4.0],
    "net_count_rate": 0.09,
    "image_snr": 7.1,
}


def read(content: Mapping[str, Any], topic: str | None = None) -> Notice:
    return parse_notice(json.dumps(content).encode(), topic=topic)


def ep(**changes: Any) -> dict[str, Any]:
    """The Einstein Probe notice above with other values; None takes a field away."""
    return {name: value for name, value in {**EP, **changes}.items() if value is not None}


def notice_of(schema: str, **fields: Any) -> dict[str, Any]:
    return {"$schema": f"https://gcn.nasa.gov/schema/main/gcn/notices/{schema}.schema.json", **fields}


# Einstein Probe, the first of the missions


def test_an_einstein_probe_alert_says_who_what_when_and_where() -> None:
    notice = read(EP)
    assert (notice.format, notice.mission, notice.instrument) == ("gcn-json", "Einstein Probe", "WXT")
    assert notice.event == "Einstein Probe:01709261576"
    assert notice.alert_type is AlertType.INITIAL
    assert notice.role is Role.OBSERVATION
    assert notice.trigger_time == datetime(2026, 5, 2, 18, 35, 45, 549000, tzinfo=UTC)
    assert notice.issued is None
    assert notice.properties["net_count_rate"] == 0.09
    assert notice.properties["image_snr"] == 7.1


def test_an_absent_containment_is_nine_tenths_so_the_gaussian_is_the_radius_over_2_146() -> None:
    position = read(EP).position
    assert position is not None
    assert (position.ra, position.dec, position.radius) == (167.335, -77.502, 0.05)
    assert position.containment == 0.9
    assert position.systematic_included is None
    assert position.sigma == pytest.approx(0.05 / 2.1460, rel=1e-4)


def test_a_stated_containment_of_68_percent_divides_by_1_510() -> None:
    position = read(ep(containment_probability=0.68)).position
    assert position is not None
    assert position.sigma == pytest.approx(0.05 / 1.5096, rel=1e-4)


def test_the_error_circle_is_drawn_as_a_cone_with_its_containment() -> None:
    skymap = read(ep(containment_probability=0.68)).skymap
    assert skymap is not None
    assert skymap.source is MapSource.SHAPE
    assert skymap.shape == Cone(167.335, -77.502, 0.05, 0.68)


@pytest.mark.parametrize("radius", [0, 0.0, -1.0, 1e-252, [0.0, 0.0, 0], [0.3, 0.0]])
def test_a_radius_that_is_zero_or_negative_means_no_position(radius: Any) -> None:
    notice = read(ep(ra_dec_error=radius))
    assert notice.position is None
    assert notice.skymap is None


def test_right_ascension_and_declination_zero_without_a_radius_mean_no_position() -> None:
    assert read(ep(ra=0, dec=0, ra_dec_error=None)).position is None
    assert read(ep(ra=0, dec=0, ra_dec_error=0)).position is None


def test_a_source_at_the_origin_with_a_radius_is_a_position() -> None:
    position = read(ep(ra=0, dec=0)).position
    assert position is not None
    assert position.radius == 0.05


def test_a_position_without_a_radius_stands_without_a_shape() -> None:
    notice = read(ep(ra_dec_error=None))
    assert notice.position is not None
    assert (notice.position.ra, notice.position.radius, notice.position.sigma) == (167.335, None, None)
    assert notice.skymap is None


def test_a_position_needs_both_coordinates() -> None:
    assert read(ep(dec=None)).position is None


def test_unknown_written_as_nan_is_unknown() -> None:
    raw = json.dumps(EP).replace("167.335", "NaN").encode()
    assert parse_notice(raw).position is None


# Where it is


def test_an_ellipse_keeps_its_axes_and_its_radius_is_the_geometric_mean() -> None:
    notice = read(notice_of("maxi/gsc.unknown", id="1", ra=10, dec=20, ra_dec_error=[0.9, 0.4, 30]))
    assert notice.skymap is not None
    assert notice.skymap.shape == Ellipse(10.0, 20.0, 0.9, 0.4, 30.0, 0.9)
    assert notice.position is not None
    assert notice.position.radius == pytest.approx(0.6)  # sqrt(0.9 x 0.4)
    assert notice.position.sigma == pytest.approx(0.6 / 2.1460, rel=1e-4)


def test_the_longer_axis_sent_second_lies_90_degrees_from_the_angle_sent() -> None:
    notice = read(notice_of("chime/frb", id="1", ra=10, dec=20, ra_dec_error=[0.4, 0.9, 30]))
    assert notice.skymap is not None
    assert notice.skymap.shape == Ellipse(10.0, 20.0, 0.9, 0.4, 120.0, 0.9)


def test_one_axis_alone_is_a_circle_and_two_axes_point_north() -> None:
    circle = read(notice_of("dsa110/frb", id="1", ra=10, dec=20, ra_dec_error=[0.4])).skymap
    ellipse = read(notice_of("dsa110/frb", id="1", ra=10, dec=20, ra_dec_error=[0.9, 0.4])).skymap
    assert circle is not None and circle.shape == Cone(10.0, 20.0, 0.4, 0.9)
    assert ellipse is not None and ellipse.shape == Ellipse(10.0, 20.0, 0.9, 0.4, 0.0, 0.9)


def test_a_rectangle_is_drawn_by_its_corners_and_has_the_radius_of_an_equal_circle() -> None:
    corners = [[10.0, 1.0], [12.0, 1.0], [12.0, -1.0], [10.0, -1.0]]
    notice = read(notice_of("maxi/gsc.unknown", id="1", ra=11, dec=0, rectangular_error_corners=corners))
    assert notice.skymap is not None
    assert notice.skymap.shape == Polygon(((10.0, 1.0), (12.0, 1.0), (12.0, -1.0), (10.0, -1.0)))
    assert notice.position is not None
    assert notice.position.radius == pytest.approx(1.1284, rel=1e-3)  # sqrt(4 deg² / pi)


def test_a_rectangle_across_right_ascension_zero_has_the_same_area() -> None:
    corners = [[359.0, 1.0], [1.0, 1.0], [1.0, -1.0], [359.0, -1.0]]
    notice = read(notice_of("maxi/gsc.unknown", id="1", ra=0.0, dec=0.1, rectangular_error_corners=corners))
    assert notice.position is not None
    assert notice.position.radius == pytest.approx(1.1284, rel=1e-3)


@pytest.mark.parametrize(("ra", "expected"), [(360, 0.0), (-10.5, 349.5), (359.999, 359.999)])
def test_right_ascension_is_brought_into_0_to_360(ra: float, expected: float) -> None:
    position = read(ep(ra=ra)).position
    assert position is not None
    assert position.ra == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"ra": "12h"}, "/ra"),
        ({"ra": 4000}, "/ra"),
        ({"dec": 91}, "/dec"),
        ({"dec": True}, "/dec"),
        ({"ra_dec_error": "0.05"}, "/ra_dec_error"),
        ({"ra_dec_error": [0.1, "x"]}, "/ra_dec_error"),
        ({"ra_dec_error": [1, 2, 3, 4]}, "/ra_dec_error"),
        ({"ra_dec_error": 1e300}, "/ra_dec_error"),
        ({"containment_probability": 90}, "/containment_probability"),
        ({"containment_probability": 0}, "/containment_probability"),
        ({"systematic_included": "no"}, "/systematic_included"),
        ({"trigger_time": "yesterday"}, "/trigger_time"),
        ({"trigger_time": 1772000000}, "/trigger_time"),
        ({"trigger_time": "0001-01-01T00:00:00Z"}, "/trigger_time"),
        ({"alert_datetime": []}, "/alert_datetime"),
        ({"id": {"a": 1}}, "/id"),
        ({"id": [None]}, "/id"),
        ({"id": "x" * 500}, "/id"),
        ({"id": "two\nlines"}, "/id"),
        ({"id": [str(number) for number in range(51)]}, "/id"),
        ({"alert_tense": 1}, "/alert_tense"),
        ({"alert_type": ["initial"]}, "/alert_type"),
        ({"healpix_url": 5}, "/healpix_url"),
    ],
)
def test_identity_time_and_position_of_the_wrong_kind_are_refused_with_their_place(
    changes: dict[str, Any], place: str
) -> None:
    with pytest.raises(NoticeError, match=f"JSON {place}: expected"):
        read(ep(**changes))


def test_anything_else_of_the_wrong_kind_is_left_out_and_said() -> None:
    notice = read(ep(far="often", instrument={}, classification={"GRB": "likely", "SF": 0.25}))
    assert notice.far is None
    assert notice.instrument == "WXT"
    assert notice.classification == {"SF": 0.25}
    unread = notice.properties["unread"]
    assert {line.split(":")[0] for line in unread} == {
        "JSON /far",
        "JSON /classification/GRB",
        "JSON /instrument",
    }


def test_a_notice_that_is_all_wrong_says_so_briefly() -> None:
    wrong = {f"{'x' * 5000}{number}": "no number" for number in range(1000)}
    notice = read(ep(classification=wrong))
    assert len(notice.properties["unread"]) == 20
    assert all(len(line) < 300 for line in notice.properties["unread"])


# Sky maps

FITS = b"SIMPLE  =                    T".ljust(2880) + b"\0" * 2880


def with_map(encoded: str, **fields: Any) -> Notice:
    return read(notice_of("swift/bat/guano", id=["1"], healpix_file=encoded, **fields))


@pytest.mark.parametrize("content", [FITS, gzip.compress(FITS, mtime=0)], ids=["plain", "gzip"])
def test_an_embedded_map_is_decoded_and_comes_before_the_shape(content: bytes) -> None:
    encoded = base64.encodebytes(content).decode()  # with line breaks, as some senders do
    skymap = with_map(encoded, ra=10, dec=20, ra_dec_error=0.5).skymap
    assert skymap is not None
    assert skymap.source is MapSource.EMBEDDED
    assert skymap.content == content
    assert skymap.shape == Cone(10.0, 20.0, 0.5, 0.9)


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        ("hhhh...", "not base64"),
        (base64.b64encode(FITS[:4000]).decode(), "cut short"),
        (base64.b64encode(gzip.compress(FITS, mtime=0)[:-20]).decode(), "cut short"),
        (base64.b64encode(gzip.compress(FITS[:4000], mtime=0)).decode(), "cut short"),
        (base64.b64encode(gzip.compress(b"no map", mtime=0)).decode(), "no FITS"),
        (base64.b64encode(b"\x1f\x8b but damaged").decode(), "damaged"),
        (base64.b64encode(b"no map at all").decode(), "no FITS"),
        (base64.b64encode(gzip.compress(FITS + b"\0" * (65 << 20), mtime=0)).decode(), "unpacks to more"),
    ],
    ids=[
        "placeholder",
        "cut",
        "cut gzip",
        "gzip of a cut file",
        "gzip of text",
        "damaged gzip",
        "text",
        "bomb",
    ],
)
def test_a_map_that_is_all_the_notice_has_must_be_whole(encoded: str, reason: str) -> None:
    with pytest.raises(NoticeError, match=rf"JSON /healpix_file: .*{reason}"):
        with_map(encoded)


def test_a_broken_map_beside_a_circle_is_said_and_the_circle_stands() -> None:
    notice = with_map("hhhh...", ra=10, dec=20, ra_dec_error=0.5)
    assert notice.skymap is not None
    assert notice.skymap.source is MapSource.SHAPE
    assert notice.properties["unread"][0].startswith("JSON /healpix_file: ")


def test_a_linked_map_keeps_the_circle_until_it_comes() -> None:
    url = "https://roc.icecube.wisc.edu/public/alerts/run1.skymap.fits.gz"
    skymap = read(
        notice_of("icecube/single_neutrino_alerts", id="1", ra=10, dec=20, ra_dec_error=0.5, healpix_url=url)
    ).skymap
    assert skymap is not None
    assert (skymap.source, skymap.url, skymap.shape) == (MapSource.URL, url, Cone(10.0, 20.0, 0.5, 0.9))


@pytest.mark.parametrize(
    "url", ["https://opendata.km3net.de/", "https://opendata.km3net.de", "ftp://x/y.fits", "none"]
)
def test_a_link_that_names_no_file_of_the_web_is_no_map(url: str) -> None:
    skymap = read(notice_of("km3net/alert", id="1", ra=10, dec=20, ra_dec_error=0.5, healpix_url=url)).skymap
    assert skymap is not None
    assert skymap.source is MapSource.SHAPE


# Who, when, what


@pytest.mark.parametrize(
    "time",
    [
        "2026-05-02T18:35:45.549Z",
        "2026-05-02T18:35:45.549",
        "2026-05-02 18:35:45.549+00:00",
        "2026-05-02T20:35:45.549000000+02:00",
    ],
)
def test_an_instant_is_utc_however_it_is_written(time: str) -> None:
    assert read(ep(trigger_time=time)).trigger_time == datetime(2026, 5, 2, 18, 35, 45, 549000, tzinfo=UTC)


def test_the_first_id_keys_the_event_and_further_ids_and_names_are_aliases() -> None:
    notice = read(
        notice_of(
            "fermi/gbm/trigger", id=["745121685", "bn240812094"], event_name=["GRB 240812A", "GRB 240812A"]
        )
    )
    assert notice.event == "Fermi:745121685"
    assert notice.aliases == ("Fermi:bn240812094", "GRB 240812A")


def test_an_id_may_be_text_a_list_or_a_number() -> None:
    assert {read(ep(id=value)).event for value in ("17", ["17"], 17, [17], " 17 ")} == {"Einstein Probe:17"}


def test_equal_ids_of_two_missions_stay_two_events() -> None:
    assert read(notice_of("chime/frb", id="17")).event != read(notice_of("dsa110/frb", id="17")).event


def test_a_trigger_without_an_id_is_known_by_its_exact_time() -> None:
    first, second = ep(id=None), ep(id=None, trigger_time="2026-05-02T18:35:45.550Z")
    assert read(first).event == "Einstein Probe:WXT 2026-05-02T18:35:45.549000Z"
    assert read(first).event != read(second).event


@pytest.mark.parametrize(
    ("tense", "role", "gated"),
    [
        (None, Role.OBSERVATION, False),
        ("current", Role.OBSERVATION, False),
        ("archival", Role.OBSERVATION, True),
        ("test", Role.TEST, True),
        ("injection", Role.MOCK, True),
        ("planned", Role.PREDICTION, True),
        ("commanded", Role.UTILITY, True),
        ("a tense of years to come", Role.OBSERVATION, True),
    ],
)
def test_only_the_current_tense_may_page(tense: str | None, role: Role, gated: bool) -> None:
    notice = read(ep(alert_tense=tense))
    assert notice.role is role
    assert bool(notice.gates) is gated


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("initial", AlertType.INITIAL),
        ("subsequent", AlertType.UPDATE),
        ("update", AlertType.UPDATE),
        ("retraction", AlertType.RETRACTION),
        ("Retraction", AlertType.RETRACTION),
        ("something new", AlertType.OTHER),
    ],
)
def test_alert_types_are_read_by_the_words_of_the_schema(word: str, expected: AlertType) -> None:
    notice = read(notice_of("chime/frb", id="1", alert_type=word))
    assert notice.alert_type is expected
    assert ("retracted" in notice.tags) is (expected is AlertType.RETRACTION)


def test_properties_are_flat_under_the_senders_names_and_the_unknown_is_absent() -> None:
    notice = read(
        ep(
            properties={"NS": 0.95, "REMNANT": None},
            detector_status={"CsI0": "on", "CsI1": {"deep": 1}},
            bands=[1, 2],
            tomorrow="kept",
        )
    )
    assert notice.properties == {
        "image_energy_range": [0.5, 4.0],
        "net_count_rate": 0.09,
        "image_snr": 7.1,
        "NS": 0.95,
        "detector_status.CsI0": "on",
        "detector_status.CsI1.deep": 1,
        "bands": [1, 2],
        "tomorrow": "kept",
    }


def test_far_is_a_rate_in_hz_and_never_negative() -> None:
    assert read(notice_of("swift/bat/guano", id="1", far=1e-5)).far == 1e-5
    assert read(notice_of("swift/bat/guano", id="1", far=0)).far == 0.0
    assert read(notice_of("swift/bat/guano", id="1", far=-1)).far is None
    assert read(notice_of("swift/bat/guano", id="1")).far is None


# Mission by mission, what the examples of the schema do not show


def track_search(**changes: Any) -> dict[str, Any]:
    return {**json_notices.SCHEMA["icecube_track_search"], **changes}


def test_one_coincident_track_is_the_position_with_its_circle() -> None:
    notice = read(track_search())
    assert notice.skymap is not None
    assert notice.skymap.shape == Cone(17.5, 16.2, 0.5, 0.9)


def test_of_several_tracks_the_most_probable_direction_is_the_position() -> None:
    track = json_notices.SCHEMA["icecube_track_search"]["coincident_events"][0]
    notice = read(track_search(coincident_events=[track, track]))
    assert notice.position is not None
    assert (notice.position.ra, notice.position.dec, notice.position.radius) == (17.49, 16.18, None)
    assert notice.skymap is None


def test_a_track_search_claims_a_coincidence_where_its_p_value_is_small() -> None:
    assert read(track_search(pval_generic=0.0191, pval_bayesian=0.0549)).coincidence is None
    claimed = read(track_search(pval_generic=None, pval_bayesian=0.004)).coincidence
    assert claimed is not None
    assert (claimed.observatory, claimed.time_difference) == ("LVK", 12.9)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("S261119ak-1-Preliminary", AlertType.INITIAL),
        ("S261119ak-3-Initial", AlertType.UPDATE),
        ("S261119ak-4-Retraction", AlertType.RETRACTION),
        (4642, AlertType.INITIAL),
    ],
)
def test_a_track_search_follows_the_notices_of_its_superevent(
    reference: str | int, expected: AlertType
) -> None:
    notice = read(track_search(reference={"gcn.notices.LVK.alert": reference}))
    assert notice.alert_type is expected
    assert notice.event == "IceCube:nu-track-search-S261119ak"


def test_a_track_search_for_a_mock_superevent_is_a_mock() -> None:
    assert read(track_search(ref_ID="MS261119ak")).role is Role.MOCK


@pytest.mark.parametrize("pipeline", ["Gold Track Alert", "Bronze Track Alert", "Cascade Alert"])
def test_an_icecube_neutrino_is_called_by_its_pipeline(pipeline: str) -> None:
    notice = read({**json_notices.SCHEMA["icecube_single"], "pipeline": pipeline})
    assert notice.kind == pipeline
    assert pipeline.split()[0] in notice.tags


def test_gbm_systematics_are_not_counted_twice() -> None:
    ground = json_notices.SCHEMA["fermi_gbm"]
    stated = read({**ground, "systematic_included": True}).skymap
    silent = read({name: value for name, value in ground.items() if name != "systematic_included"}).skymap
    assert stated is not None and stated.shape == Cone(201.5, -33.25, 0.4, 0.68)
    assert silent is not None and silent.shape == Cone(201.5, -33.25, 0.4, 0.68, GBM_SYSTEMATICS["GND"])


def test_a_svom_name_of_a_burst_is_an_alias_and_any_other_a_catalogue_source() -> None:
    burst = read({**json_notices.SCHEMA["svom"], "event_name": "GRB 261119B"})
    source = read({**json_notices.SCHEMA["svom"], "event_name": ["4U 0614+09"]})
    unnamed = read({**json_notices.SCHEMA["svom"], "event_name": "sb26111903"})
    assert (burst.aliases, burst.gates) == (("GRB 261119B",), ())
    assert (unnamed.aliases, unnamed.gates) == ((), ())
    assert source.aliases == ()
    assert source.gates


def test_a_supernova_distance_in_kiloparsecs_by_mistake_is_not_repeated() -> None:
    notice = read({**json_notices.SCHEMA["superk"], "luminosity_distance": 8.5})
    assert "luminosity_distance" not in notice.properties
    assert "luminosity_distance_error" not in notice.properties
    assert "kpc meant?" in notice.properties["unread"][0]


def test_two_flares_of_one_source_are_two_events() -> None:
    first = read(json_notices.SCHEMA["fermi_lat"])
    second = read({**json_notices.SCHEMA["fermi_lat"], "observation_start": "2026-12-18T00:00:00.0"})
    assert first.event == "Fermi:OQ 334 2026-11-18"
    assert first.event != second.event
    assert first.aliases == ()


def test_a_broker_alert_is_about_its_first_target_and_keeps_the_others() -> None:
    content = dict(json_notices.SCHEMA["boom"])
    first, second = content["data"]["targets"][0], {"event_name": "ZTF26zzzzzzz", "ra": 1.0, "dec": 2.0}
    notice = read({**content, "data": {"targets": [first, second]}})
    assert (notice.event, notice.aliases) == ("BOOM:ZTF26abcdefg", ())
    assert [target["event_name"] for target in notice.properties["targets"]] == [
        "ZTF26abcdefg",
        "ZTF26zzzzzzz",
    ]


# How a notice is known


@pytest.mark.parametrize(
    "schema",
    [
        "https://gcn.nasa.gov/schema/main/gcn/notices/einstein_probe/wxt/alert.schema.json",
        "https://gcn.nasa.gov/schema/v99.1.0/gcn/notices/einstein_probe/wxt/alert.schema.json",
        "http://gcn.nasa.gov/schema/stable/gcn/notices/Einstein_Probe/wxt/alert.schema.json",
    ],
)
def test_any_version_of_a_schema_is_known_by_its_path(schema: str) -> None:
    assert read(ep(**{"$schema": schema})).mission == "Einstein Probe"


def test_without_a_schema_the_topic_names_the_mission() -> None:
    bare = ep(**{"$schema": None}, instrument=None)
    assert read(bare, topic="gcn.notices.einstein_probe.wxt.alert").mission == "Einstein Probe"


@pytest.mark.parametrize(
    ("topic", "mission"),
    [
        ("gcn.notices.boom.alert", "BOOM"),
        ("gcn.notices.chime.frb", "CHIME"),
        ("gcn.notices.dsa110.frb", "DSA-110"),
        ("gcn.notices.icecube.lvk_nu_track_search", "IceCube"),
        ("gcn.notices.icecube.gold_bronze_track_alerts", "IceCube"),
        ("gcn.notices.maxi.gsc.known", "MAXI"),
        ("gcn.notices.maxi.gsc.unknown", "MAXI"),
        ("gcn.notices.superk.sn_alert", "Super-Kamiokande"),
        ("gcn.notice.superk.sn_alert", "Super-Kamiokande"),  # as the mission page writes it
        ("gcn.notices.swift.bat.guano", "Swift"),
        ("gcn.notices.svom", "SVOM"),
        ("gcn.notices.fermi.gbm", "Fermi"),
        ("gcn.notices.fermi.lat.flare", "Fermi"),
        ("gcn.notices.km3net", "KM3NeT"),
    ],
)
def test_every_json_topic_of_the_portal_leads_to_its_mission(topic: str, mission: str) -> None:
    assert read({"trigger_time": "2026-05-02T18:35:45Z"}, topic=topic).mission == mission


def test_without_schema_and_topic_the_reporter_in_core_vocabulary_decides() -> None:
    assert read(ep(**{"$schema": None})).mission == "Einstein Probe"
    maxi = {"mission": "MAXI", "instrument": "GSC", "alert_datetime": "2026-05-02T18:35:45Z", "id": "1"}
    assert read(maxi).kind == "MAXI/GSC Unknown Source Position"
    assert read({**maxi, "band_flux_low": [1e-10, 1e-11]}).kind == "MAXI/GSC Known Source Position"


def test_a_test_topic_makes_a_test_of_whatever_comes() -> None:
    notice = read(
        notice_of("icecube/single_neutrino_alerts", id="1", alert_tense="current"),
        topic="gcn.notices.icecube.test.gold_bronze_track_alerts",
    )
    assert notice.role is Role.TEST
    assert notice.gates


def test_a_schema_nobody_has_taught_us_is_read_by_the_core_vocabulary() -> None:
    notice = read(
        notice_of(
            "rubin/deep/alert",
            mission="Rubin",
            id="42",
            ra=10,
            dec=20,
            ra_dec_error=0.1,
            alert_type="initial",
            trigger_time="2027-01-01T00:00:00Z",
        )
    )
    assert (notice.mission, notice.kind, notice.event) == ("Rubin", "rubin.deep.alert", "Rubin:42")
    assert notice.skymap is not None


@pytest.mark.parametrize(
    ("path", "mission", "expected"),
    [
        ("rubin/alert", None, "rubin"),
        ("rubin/alert", "Vera C. Rubin: LSST", "Vera C. Rubin LSST"),
        ("sky_array/alert", None, "sky array"),
        ("hess_array/alert", None, "H.E.S.S."),
        ("integral/spi", None, "INTEGRAL"),
        ("-/-", "::", "unknown"),
    ],
)
def test_the_mission_of_a_schema_nobody_has_taught_us_is_the_one_it_names(
    path: str, mission: str | None, expected: str
) -> None:
    assert read(notice_of(path, mission=mission, id="1")).mission == expected


def test_a_part_of_the_vocabulary_is_no_notice() -> None:
    with pytest.raises(NoticeError, match="core/localization describes a part of a notice"):
        read(notice_of("core/Localization", ra=1, dec=2))


def test_a_heartbeat_is_about_no_event_and_pages_nobody() -> None:
    notice = read(
        {
            "$schema": "https://gcn.nasa.gov/schema/main/gcn/heartbeat.schema.json",
            "alert_datetime": "2026-05-02T18:35:45Z",
        },
        topic="gcn.heartbeat",
    )
    assert (notice.event, notice.role) == (None, Role.UTILITY)
    assert notice.gates


# What becomes of a radius when it is drawn


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"ra_dec_error": 0.4}, 0.4**2),  # 90 % as sent
        ({"ra_dec_error": 0.4, "containment_probability": 0.68}, (0.4 * 2.1460 / 1.5096) ** 2),
        ({"ra_dec_error": 0.4, "containment_probability": 0.5}, (0.4 * 2.1460 / 1.1774) ** 2),
        ({"ra_dec_error": [0.9, 0.4, 30]}, 0.9 * 0.4),
    ],
    ids=["90 %", "68 %", "50 %", "ellipse"],
)
def test_the_drawn_90_percent_area_follows_from_radius_and_containment(
    fields: dict[str, Any], expected: float
) -> None:
    skymap = read(notice_of("maxi/gsc.unknown", id="1", ra=10, dec=20, **fields)).skymap
    assert skymap is not None and skymap.shape is not None
    area = statistics(skymap.shape.to_skymap()).area_90
    assert area == pytest.approx(math.pi * expected, rel=0.01)


def test_a_gbm_cone_with_systematics_is_drawn_wider_than_its_statistical_radius() -> None:
    ground = json_notices.SCHEMA["fermi_gbm"]
    convolved = read(ground).skymap
    stated = read({**ground, "systematic_included": True}).skymap
    assert convolved is not None and convolved.shape is not None
    assert stated is not None and stated.shape is not None
    wide = statistics(convolved.shape.to_skymap())
    assert statistics(stated.shape.to_skymap()).area_50 < 2.0 < 30.0 < wide.area_50

"""`igwn.gwalert` alerts of our own making: every kind of alert, and input that is none."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime

import pytest

from gcn.notice import AlertType, MapSource, NoticeError, Role
from gcn.registry import parse_notice
from tests.gcn.igwn_samples import FITS, alert, encoded, retraction


@pytest.mark.parametrize(
    ("kind", "alert_type"),
    [
        ("EARLYWARNING", AlertType.EARLY_WARNING),
        ("PRELIMINARY", AlertType.PRELIMINARY),
        ("INITIAL", AlertType.INITIAL),
        ("UPDATE", AlertType.UPDATE),
        ("SOMETHING_NEW", AlertType.OTHER),
    ],
)
def test_the_senders_word_is_kept_beside_what_it_means(kind: str, alert_type: AlertType) -> None:
    notice = parse_notice(encoded(alert(kind=kind)))
    assert notice.kind == kind
    assert notice.alert_type is alert_type


def test_an_alert_says_all_that_it_was_sent_with() -> None:
    notice = parse_notice(encoded(alert()))
    assert notice.format == "igwn-json"
    assert notice.mission == "LVK"
    assert notice.event == "LVK:S261120a"
    assert notice.instrument == "H1 L1 V1"
    assert notice.role is Role.OBSERVATION
    assert notice.trigger_time == datetime(2026, 11, 20, 1, 2, 3, 456000, tzinfo=UTC)
    assert notice.issued == datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
    assert notice.significant is True
    assert notice.far == 3.2e-10
    assert notice.classification == {"BNS": 0.9, "NSBH": 0.05, "BBH": 0.0, "Terrestrial": 0.05}
    assert notice.properties == {
        "group": "CBC", "pipeline": "gstlal", "search": "AllSky", "instruments": ["H1", "L1", "V1"],
        "HasNS": 1.0, "HasRemnant": 0.9, "HasMassGap": 0.1, "HasSSM": 0.0,
    }  # fmt: skip
    assert notice.position is None
    assert notice.skymap is not None
    assert (notice.skymap.source, notice.skymap.content) == (MapSource.EMBEDDED, FITS)
    assert notice.coincidence is None
    assert notice.links == {"gracedb": "https://example.org/superevents/S261120a/view/"}
    assert {"GW", "LVC", "CBC", "gstlal", "AllSky", "H1", "L1", "V1", "significant"} == notice.tags
    assert notice.gates == ()


def test_a_retraction_has_no_event_and_is_the_same_event() -> None:
    notice = parse_notice(encoded(retraction()))
    assert notice.retraction
    assert notice.event == parse_notice(encoded(alert())).event
    assert notice.trigger_time is notice.far is notice.significant is notice.skymap is None
    assert notice.classification == {}
    assert "retracted" in notice.tags


def test_a_burst_has_no_classes_but_a_duration_and_a_frequency() -> None:
    notice = parse_notice(
        encoded(
            alert(group="Burst", pipeline="cwb", classification={}, properties={}, duration=0.008,
                  central_frequency=647.9)
        )
    )  # fmt: skip
    assert notice.classification == {}
    assert notice.properties["duration"] == 0.008
    assert notice.properties["central_frequency"] == 647.9
    assert "HasNS" not in notice.properties


def test_an_alert_without_a_map_is_an_alert() -> None:
    assert parse_notice(encoded(alert(skymap=None))).skymap is None


def test_a_low_significance_alert_keeps_its_kind_and_is_tagged() -> None:
    notice = parse_notice(encoded(alert(kind="PRELIMINARY", significant=False)))
    assert notice.alert_type is AlertType.PRELIMINARY
    assert notice.significant is False
    assert "subthreshold" in notice.tags
    assert "significant" not in notice.tags


def test_what_the_alert_claims_about_another_messenger_is_told() -> None:
    content = alert(kind="UPDATE") | {
        "external_coinc": {
            "gcn_notice_id": 524666471,
            "ivorn": "ivo://nasa.gsfc.gcn/Fermi#GBM_Fin_Pos2017-08-17T12:41:06.47_524666471_0-389",
            "observatory": "Fermi",
            "search": "GRB",
            "time_difference": 2.02,
            "time_coincidence_far": 2.1e-14,
            "time_sky_position_coincidence_far": None,
            "combined_skymap": base64.b64encode(gzip.compress(FITS, mtime=0)).decode(),
        }
    }
    notice = parse_notice(encoded(content))
    assert notice.coincidence is not None
    assert notice.coincidence.to_dict() == {
        "observatory": "Fermi", "search": "GRB", "time_difference": 2.02, "time_far": 2.1e-14,
        "space_time_far": None, "combined_skymap": True,
    }  # fmt: skip
    assert gzip.decompress(notice.coincidence.combined_skymap or b"") == FITS
    assert notice.properties["external_gcn_notice_id"] == 524666471


def test_fields_of_schemas_to_come_are_kept() -> None:
    bins = {"bin_edges": [0.1, 0.87, 1.74], "probabilities": [0.2, 0.8]}
    notice = parse_notice(encoded(alert(mchirp_source=bins, wonder=3) | {"marvel": "yes"}))
    assert notice.properties["mchirp_source"] == bins
    assert notice.properties["wonder"] == 3
    assert notice.properties["marvel"] == "yes"


@pytest.mark.parametrize(
    ("superevent", "role"),
    [("S261120a", Role.OBSERVATION), ("MS261120a", Role.MOCK), ("TS261120a", Role.TEST)],
)
def test_only_real_superevents_may_page(superevent: str, role: Role) -> None:
    notice = parse_notice(encoded(alert(superevent)))
    assert notice.role is role
    assert bool(notice.gates) is (role is not Role.OBSERVATION)


def test_a_mock_data_challenge_never_pages() -> None:
    assert parse_notice(encoded(alert(search="MDC"))).gates == ("mock data challenge",)


def test_names_that_begin_the_same_are_two_events() -> None:
    assert parse_notice(encoded(alert("S240422e"))).event == "LVK:S240422e"
    assert parse_notice(encoded(alert("S240422ed"))).event == "LVK:S240422ed"


def test_numbers_that_are_none_are_unknown_and_nothing_else() -> None:
    text = json.dumps(alert(far=float("nan"), classification={"BNS": float("nan"), "BBH": 1.0}))
    assert "NaN" in text
    notice = parse_notice(text.encode())
    assert notice.far is None
    assert notice.classification == {"BBH": 1.0}


def test_nan_everywhere_is_refused_or_unknown_but_never_a_number() -> None:
    text = json.dumps(alert()).replace("0.9", "NaN").replace("3.2e-10", "Infinity").replace("0.05", "1e999")
    notice = parse_notice(text.encode())
    assert notice.far is None
    assert notice.classification == {"BBH": 0.0}


def test_avro_is_refused_with_the_way_out() -> None:
    with pytest.raises(NoticeError, match=r"Avro .* subscribe to the JSON of topic igwn.gwalert"):
        parse_notice(b'Obj\x01\x04\x14avro.codec\x08null\x16avro.schema\xf09{"name": "superevent_id"}')


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({**alert(), "alert_type": None}, "/alert_type"),
        ({**alert(), "superevent_id": 12}, "/superevent_id"),
        ({**alert(), "superevent_id": "S240422ED"}, "/superevent_id"),
        ({**alert(), "superevent_id": "XS240422e"}, "/superevent_id"),
        ({**alert(), "time_created": "soon"}, "/time_created"),
        ({**alert(), "time_created": None}, "/time_created"),
        ({**alert(), "event": None}, "/event"),
        ({**alert(), "event": []}, "/event"),
        (alert(time=None), "/event/time"),
        (alert(far="rare"), "/event/far"),
        (alert(far=-1.0), "/event/far"),
        (alert(significant="yes"), "/event/significant"),
        (alert(classification={"BNS": "much"}), "/event/classification/BNS"),
        (alert(skymap="U0lNUExFICA9ICAgICAgICAgICAgICAgICAgICBUIC8gY29uZm..."), "/event/skymap.*base64"),
        (alert(skymap=base64.b64encode(FITS).decode()[:1001]), "/event/skymap.*base64"),
        (alert(skymap=base64.b64encode(FITS[:1200]).decode()), "/event/skymap.*cut short"),
        (alert(skymap=base64.b64encode(b"no map").decode()), "/event/skymap.*no FITS"),
        (
            alert(skymap=base64.b64encode(gzip.compress(FITS, mtime=0)[:-20]).decode()),
            "/event/skymap.*cut short",
        ),
        ({**alert(), "external_coinc": {"combined_skymap": "%%%"}}, "/external_coinc/combined_skymap"),
    ],
)
def test_what_is_missing_wrong_or_cut_off_is_named_with_its_place(content: object, reason: str) -> None:
    with pytest.raises(NoticeError, match=reason):
        parse_notice(encoded(content), topic="igwn.gwalert")


def test_a_topic_says_what_a_broken_alert_ought_to_have_been() -> None:
    with pytest.raises(NoticeError, match="/alert_type"):
        parse_notice(b"{}", topic="igwn.gwalert")

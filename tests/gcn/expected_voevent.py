"""What real VOEvents say, copied from the notices by a reader, not from the code's output.

Angles and radii in degrees as printed in the notice. `sigma` is the radius over the Rayleigh divisor
of its containment (1.5096 at 68 %, 2.1460 at 90 %), worked out by hand to four digits. `far` is in Hz:
rates per year were divided by 3.15576e7 s.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Expected:
    """One notice. `place` is (ra, dec, radius, containment, sigma), None where it gives no position."""

    file: str
    event: str | None
    alert_type: str
    trigger_time: str | None
    issued: str | None
    place: tuple[float, float, float, float | None, float | None] | None = None
    role: str = "observation"
    mission: str = ""
    far: float | None = None
    map_name: str | None = None
    tags: frozenset[str] = frozenset()
    gated: bool = False

    @property
    def expected_mission(self) -> str:
        return self.mission or (self.event or "").partition(":")[0]


GBM = "replay/gcn-notice-parser-sequences/792135758/"
FINK = "voevent/fink-mm/"
PARSER = "voevent/gcn-notice-parser/"
TRACET = "voevent/tracet/"

EXPECTED = (
    # Fermi GBM: one burst from alert to final position, statistical 68 % radii
    Expected(
        GBM + "20260207T054239_fermi_gbm_alert_3785.xml",
        "Fermi:792135758", "preliminary", "2026-02-07T05:42:33.65", "2026-02-07T05:42:39",
    ),
    Expected(
        GBM + "20260207T054302_fermi_gbm_flt_pos_8126.xml",
        "Fermi:792135758", "initial", "2026-02-07T05:42:33.65", "2026-02-07T05:43:02",
        (163.8167, -35.4, 13.2667, 0.68, 8.788),
    ),
    Expected(
        GBM + "20260207T054435_fermi_gbm_gnd_pos_1703.xml",
        "Fermi:792135758", "update", "2026-02-07T05:42:33.65", "2026-02-07T05:44:35",
        (162.83, -33.99, 4.3, 0.68, 2.848), tags=frozenset({"GRB", "long"}),
    ),
    Expected(
        GBM + "20260207T055150_fermi_gbm_fin_pos_982.xml",
        "Fermi:792135758", "final", "2026-02-07T05:42:33.65", "2026-02-07T05:51:50",
        (160.45, -34.44, 3.29, 0.68, 2.179), map_name="glg_healpix_all_bn260207238.fit",
    ),
    Expected(
        "voevent/growth-too/GRB180422.913_Subthreshold.xml",
        "Fermi:546126856", "subthreshold", "2018-04-22T21:54:11.05", "2018-04-23T00:30:42",
        (262.97, 19.7399, 22.1299, 0.68, 14.66), role="test",
        map_name="gbm_subthresh_546126856.048000_healpix.fits",
        tags=frozenset({"short", "subthreshold", "transient"}), gated=True,
    ),
    # Fermi LAT: 90 %
    Expected(
        PARSER + "fermi/fermi_lat_pos_ini/fermi_lat_pos_ini_0.xml",
        "Fermi:793795104", "initial", "2026-02-26T10:38:00", "2026-02-26T10:39:00",
        (42.2333, 8.0, 0.5, 0.9, 0.2330),
    ),
    Expected(
        PARSER + "fermi/fermi_lat_pos_diag/fermi_lat_pos_diag_0.xml",
        "Fermi:793795104", "final", "2026-02-26T10:38:00", "2026-02-26T10:48:44",
        (42.0166, 8.05, 0.5, 0.9, 0.2330),
    ),
    Expected(
        PARSER + "fermi/fermi_lat_offline/fermi_lat_offline_29.xml",
        "Fermi:793795080", "final", "2026-02-26T10:38:18.84", "2026-02-26T15:42:21",
        (41.9209, 7.7199, 0.1059, 0.9, 0.04935),
    ),
    Expected(
        FINK + "fermi/voevent_number_2842.xml",
        "Fermi:1659883590", "initial", "2022-08-06T12:00:00", "2022-08-07T14:46:30",
        tags=frozenset({"known source", "flare"}), gated=True,
    ),
    # Swift: every instrument of one trigger; XRT and UVOT carry the times of their own observations
    Expected(
        FINK + "swift/voevent_number_391.xml",
        "Swift:1118357", "preliminary", "2022-07-30T15:48:54.97", "2022-07-30T15:49:04",
        (225.0208, -69.4969, 0.05, 0.9, 0.02330),
    ),
    Expected(
        FINK + "swift/voevent_number_392.xml",
        "Swift:1118357", "initial", "2022-07-30T15:48:54.89", "2022-07-30T15:49:05",
        (225.0208, -69.4969, 0.05, 0.9, 0.02330), tags=frozenset({"GRB"}),
    ),
    Expected(
        FINK + "swift/voevent_number_393.xml",
        "Swift:1118357", "other", "2022-07-30T15:48:54.89", "2022-07-30T15:49:18",
    ),
    Expected(
        TRACET + "group_04_04_COUNTERPART.xml",
        "Swift:1118357", "update", None, "2022-07-31T02:51:19",
        (225.0142, -69.4959, 0.0018, 0.9, 0.0008388),
    ),
    Expected(
        FINK + "swift/voevent_number_4554.xml",
        "Swift:1120270", "update", None, "2022-08-13T19:25:02",
        (81.5292, -33.0162, 0.0016, 0.9, 0.0007456),
    ),
    Expected(
        FINK + "swift/voevent_number_8582.xml",
        "Swift:1121751", "update", None, "2022-08-26T12:04:56",
        (206.4104, -44.0386, 0.0001, 0.9, 0.0000466),
    ),
    Expected(
        FINK + "swift/voevent_number_17834.xml",
        "Swift:1125106", "update", "2022-09-23T11:09:46.08", "2022-09-23T11:11:13",
        (135.7205, -40.707, 0.05, 0.9, 0.02330), tags=frozenset({"StarTrack_Lost_Lock"}), gated=True,
    ),
    Expected(
        TRACET + "Swift_CFTUC_sub_sub_threshold.xml",
        "Swift:-2032248730", "subthreshold", "2019-03-17T19:27:08", "2019-03-19T05:55:09",
        (12.9049, -74.6039, 0.0666, 0.9, 0.03103), tags=frozenset({"known source"}), gated=True,
    ),
    Expected(
        TRACET + "SWIFT02.xml",
        "Swift:773082", "initial", "2017-09-18T20:27:32.29", "2017-09-18T20:33:20",
        (237.018, -45.634, 0.0666, 0.9, 0.03103), tags=frozenset({"Not GRB", "known source"}), gated=True,
    ),
    Expected(
        PARSER + "swift/swift_bat_grb_pos_test/swift_bat_grb_pos_test_9264.xml",
        "Swift:99999", "initial", "2026-02-07T09:52:30", "2026-02-07T09:52:38",
        (36.0, -35.0, 0.05, 0.9, 0.02330), role="test", gated=True,
    ),
    Expected(
        TRACET + "SWIFT_Point_Dir_Change.xml",
        None, "other", "2017-11-28T08:22:38", "2017-11-28T08:22:23",
        role="utility", mission="Swift", gated=True,
    ),
    # INTEGRAL: the refined notice's number is 65536 more, the trigger is the same
    Expected(
        FINK + "integral/voevent_number_18790.xml",
        "INTEGRAL:10042", "initial", "2022-09-26T10:38:19.75", "2022-09-26T10:38:34",
        (273.965, -37.2473, 0.0489, 0.9, 0.02279),
    ),
    Expected(
        FINK + "integral/voevent_number_18791.xml",
        "INTEGRAL:10042", "update", "2022-09-26T10:38:25.75", "2022-09-26T10:38:37",
        (273.9546, -37.2428, 0.0431, 0.9, 0.02008),
    ),
    # IceCube, relayed by AMON: rates per year
    Expected(
        FINK + "icecube/voevent_number_3028.xml",
        "IceCube:136918_45252263", "initial", "2022-08-08T07:59:57.26", "2022-08-08T08:00:42",
        (132.3328, -42.7168, 0.6521, 0.9, 0.3039), far=5.9485e-8, tags=frozenset({"Bronze", "neutrino"}),
    ),
    Expected(
        FINK + "icecube/voevent_number_45412.xml",
        "IceCube:137467_64735045", "initial", "2022-12-23T07:43:00.52", "2022-12-23T07:43:47",
        (350.5486, 34.711, 0.6596, 0.9, 0.3074), far=7.8079e-9, tags=frozenset({"Gold", "neutrino"}),
    ),
    Expected(
        FINK + "icecube/voevent_number_825.xml",
        "IceCube:136889_25590129", "initial", "2022-08-01T04:08:34.26", "2022-08-01T04:11:52",
        (150.1126, -9.1693, 12.8963, 0.9, 6.0095), far=9.855e-9,
        map_name="hese_59792_run00136889.evt000025590129.fits", tags=frozenset({"Cascade"}),
    ),
    Expected(
        TRACET + "IceCube_134191_017593623_1.xml",
        "IceCube:134191_17593623", "update", "2020-06-15T14:49:17.37", "2020-06-15T16:10:36",
        (142.9499, 3.66, 1.2199, 0.9, 0.5685), far=9.1706e-9,
    ),
    Expected(
        "voevent/growth-too/AMON_151115.xml",  # its trigger number is the largest 32-bit integer: none
        "IceCube:2015-11-15T11:53:44Z", "initial", "2015-11-15T11:53:44", "2015-11-15T11:54:20",
        (144.8915, -27.9826, 1.0, 0.9, 0.4660),
    ),
    # SVOM: one burst from wake-up on; MXT carries its own time
    Expected(
        PARSER + "svom/eclairs/eclairs_296.xml",
        "SVOM:sb26021102", "initial", "2026-02-11T19:24:23.604", "2026-02-11T19:25:50",
        (86.9755, -0.4379, 0.1057, 0.9, 0.04925),
    ),
    Expected(
        PARSER + "svom/eclairs/eclairs_297.xml",
        "SVOM:sb26021102", "update", "2026-02-11T19:24:28.734", "2026-02-11T19:32:24",
        (86.9994, -0.4306, 0.0947, 0.9, 0.04413), tags=frozenset({"ECLAIRs-Not-Slewing"}),
    ),
    Expected(
        PARSER + "svom/eclairs/svom_voevent_sb25091702_eclairs-catalog.xml",
        "SVOM:sb25091702", "initial", "2025-09-17T12:00:45.86", "2025-09-17T12:01:42",
        (256.5645, -43.0392, 0.0613, 0.9, 0.02856), tags=frozenset({"ECLAIRs-Catalog"}), gated=True,
    ),
    Expected(
        PARSER + "svom/grm/grm_284.xml",
        "SVOM:sb26020401", "initial", "2026-02-04T10:11:30", "2026-02-04T10:11:54",
    ),
    Expected(
        PARSER + "svom/grm/grm_287.xml",
        "SVOM:sb26020303", "retraction", "2026-02-03T14:06:11.362", "2026-02-03T14:27:11",
        (157.0407, 10.2323, 0.1722, 0.9, 0.08024), tags=frozenset({"retracted"}),
    ),
    Expected(
        PARSER + "svom/mxt/mxt_40.xml",
        "SVOM:sb26022501", "update", None, "2026-02-25T10:17:26",
        (204.8665, 45.1204, 0.0643, 0.9, 0.02996),
    ),
    Expected(
        PARSER + "svom/mxt/mxt_49.xml",  # carries the time of its trigger besides: Alert_Seq_T0
        "SVOM:sb26042105", "update", "2026-04-21T04:13:25.589", "2026-04-21T04:30:12",
        (190.0318, -17.7566, 0.027, 0.9, 0.01258),
    ),
    # LIGO-Virgo-KAGRA
    Expected(
        TRACET + "LVC_real_preliminaryS230518h.xml",
        "LVK:S230518h", "preliminary", "2023-05-18T12:59:08", "2023-05-18T13:38:18",
        far=3.218261352069347e-10, map_name="bayestar.multiorder.fits",
        tags=frozenset({"GW", "H1", "L1", "pycbc", "CBC", "AllSky", "significant"}),
    ),
    Expected(
        TRACET + "LVC_real_retraction.xml",  # carries a time six days after the event it retracts
        "LVK:S230518h", "retraction", None, "2023-05-24T20:37:50", tags=frozenset({"retracted"}),
    ),
    Expected(
        TRACET + "LVC_real_burst.xml",
        "LVK:S230531f", "preliminary", "2023-05-31T00:21:25", "2023-05-31T00:34:11",
        far=8.539795619003813e-07, map_name="olib.multiorder.fits,0",
        tags=frozenset({"Burst", "oLIB", "subthreshold"}),
    ),
    Expected(
        TRACET + "LVC_real_early_warning_single_instrument.xml",
        "LVK:S230524x", "early_warning", "2023-05-24T20:22:41", "2023-05-24T20:22:33",
        far=7.224443905955801e-08, tags=frozenset({"H1", "early warning"}),
    ),
    Expected(
        PARSER + "lvc/lvc_initial/lvc_initial_15683.xml",
        "LVK:MS260205v", "initial", "2026-02-05T21:50:35.337493", "2026-02-05T22:06:57",
        role="mock", far=9.110699364861297e-14, map_name="bayestar.multiorder.fits,1",
        tags=frozenset({"MDC"}), gated=True,
    ),
    Expected(
        PARSER + "lvc/lvc_retraction/lvc_retraction_16007.xml",
        "LVK:MS260203s", "retraction", "2026-02-03T18:45:18.811408", "2026-02-03T19:06:56",
        role="mock", gated=True,
    ),
    Expected(
        "voevent/gwcelery/G298048-1-Initial.xml",
        "LVK:G298048", "initial", "2017-08-17T12:41:04.445710", "2017-08-17T13:08:15",
        far=3.47773444765e-12, map_name="bayestar.fits.gz",
    ),
    Expected(
        "voevent/lvc-o3/S190518bb-1-Preliminary.xml",  # a rehearsal: S190518bb itself is another event
        "LVK:S190518bb_test10", "preliminary", "2019-04-25T01:36:17.022678", "2019-04-25T01:37:26",
        role="test", far=9.11069936486e-14, map_name="bayestar.fits.gz", gated=True,
    ),
    # others
    Expected(
        "voevent/gwcelery/snews_gcn.xml",  # 360 degrees around (0, 0): the whole sky
        "SNEWS:1000194", "initial", "2018-09-18T16:00:01", "2018-09-18T16:00:10",
        tags=frozenset({"supernova", "neutrino"}),
    ),
    Expected(
        "voevent/gwcelery/snews_gcn_test.xml",
        "SNEWS:1000194", "initial", "2018-09-18T16:00:01", "2018-09-18T16:00:10", role="test", gated=True,
    ),
    Expected(
        "voevent/gwcelery/integral_grb_gcn.xml",  # flagged as a test inside a notice with role observation
        "INTEGRAL:IBIS 2017-05-23T12:03:23.680000Z", "initial",
        "2017-05-23T12:03:23.68", "2017-02-03T19:00:05",
        (1.2343, 2.3455, 0.0169, 0.9, 0.007875), role="test", gated=True,
    ),
    Expected(
        "voevent/gwcelery/agile_grb_gcn.xml",
        "AGILE:MCAL 2019-03-05T19:40:33.670000Z", "initial", "2019-03-05T19:40:33.67", "2019-03-19T19:40:49",
    ),
    Expected(
        TRACET + "MAXI_ATMic.xml",
        "MAXI:3468898070", "initial", "2018-08-16T19:22:36", "2018-08-16T20:27:45",
        (310.463, -32.435, 0.5, 0.9, 0.2330), tags=frozenset({"known source"}), gated=True,
    ),
    Expected(
        TRACET + "Antares_1438351269.xml",
        "ANTARES:1438351269", "initial", "2019-11-26T21:55:34", "2019-11-26T21:55:48.081",
        (156.957, -21.274, 0.325, None, None), tags=frozenset({"neutrino"}),
    ),
    Expected(
        TRACET + "HESS_test_event.xml",  # the burst's place and time, not those of the H.E.S.S. observation
        "H.E.S.S.:GRB_ToO220413", "update", "2022-04-12T17:06:48.8", "2022-04-13T12:47:02",
        (320.7943, -0.2232, 0.05, None, None),
    ),
    Expected(
        "voevent/voeventdb/Konus_Lightcurve_2015-07-10T00_28_01.68.xml",
        "Konus:1721301681", "update", "2015-07-10T00:28:01.68", "2015-07-10T05:17:20",
    ),
    Expected(
        "voevent/voevent-parse/MOA_Lensing_Event_2015-07-10T14_50_54.00.xml",
        "MOA:201500354", "initial", "2015-07-10T14:50:54", "2015-07-10T14:48:31",
    ),
    Expected(
        "voevent/voevent-parse/ASASSN_2016-09-25.47_2016fvf_PTSS-16nqb_PS16ejf.xml",
        "ASAS-SN:2016-09-25.47_2016fvf_PTSS-16nqb_PS16ejf", "initial", "2016-09-25T11:16:48",
        "2016-09-26T16:00:18", (345.01720833, 17.84811111, 0.00444444, None, None),
        tags=frozenset({"transient"}),
    ),
    Expected(
        "voevent/voevent-parse/Gaia16aac.xml",  # TDB: 36 leap seconds in January 2016, and 32.184 s
        "Gaia:Gaia16aac", "initial", "2016-01-16T07:51:18.816", "2016-10-12T13:26:49",
        (73.29423, 7.35212, 0.00002, None, None), tags=frozenset({"transient"}),
    ),
    Expected(
        "voevent/voevent-parse/no_namespace_packet.xml",
        "dc3.broker:BrokerTest-2014-02-24T15:55:27.72", "other", "2014-02-24T15:55:27.72",
        "2014-02-24T15:55:27.72", role="test", gated=True,
    ),
)  # fmt: skip

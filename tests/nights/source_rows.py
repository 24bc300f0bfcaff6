"""What is typed of sources, follow-up and fits, what a SkyPortal was heard to answer, and what is then read.

The numbers are those of `../shared/data/recordings/skyportal`. `HAPPY` are its answers when all is well,
`REFUSED` each way in which it was heard to refuse what these commands ask.
"""

from __future__ import annotations

from tests.nights.recorded_sources import Row
from tests.standins.skyportal.portal_sources import SourceWorld

FOLLOW = "followup AT2026kn SEDM observation_type=IFU priority=3"
CHANGE = "followup AT2026kn SEDM request:{request} priority=5"
FIT = "fit AT2026kn Me2017"
CANDIDATES = "candidates S261120a"
CONFIRM = "candidate confirm AT2026kn S261120a why:fading"
CANCEL = "job cancel {job}"
FORM_ANEW = "fill it in anew with “followup AT2026kn SEDM”"
MODELS = "What to do: “fit AT2026kn” tells which models"
NO_SOURCE = "has no source AT2026kn any more"
NO_MAP = "does not have the sky map S261120a-PRELIMINARY.fits"
OUT_OF_SIGHT = "no longer to be seen at skyportal: somebody deleted it"


def _runs_deleted(world: SourceWorld) -> None:
    world.runs.clear()


HAPPY: tuple[Row, ...] = (
    Row(
        ("0610", "0627", "0661", "0737", "0924"),
        "source AT2025vsw",
        ("fading 0.40", "3 detections, 1 limit", "6 fits there", "SEDM", "Confirmed for 2026-11-19T03:04:05"),
    ),
    Row(("0613",), "source AT2025vsw", ("Redshift 0.03",)),
    Row(("0610", "0627"), "lightcurve AT2025vsw", ("18.50 ± 0.05", "Light curve of"), picture=True),
    Row(("0610", "0661"), "followups AT2025vsw", ("by provisioned-admin",)),
    Row(("0610", "0679"), "followups AT2025vsw", ("rejected: exposure too long", "deleted")),
    Row(("0457",), "followup AT2026kn SEDM", ("[Mode] IFU", "[Priority] 1")),
    Row(("0457", "0650", "0664", "0666"), FOLLOW, ("Ask SEDM to observe", "says: *complete*")),
    Row(("0651", "0659"), FOLLOW, ("Careful: it was asked before", "running"), running=FOLLOW),
    Row((), CHANGE, ("Change request", "priority: 5"), running=FOLLOW),
    Row(("0670", "0671"), CANCEL, ("cancelled", "deleted"), running=FOLLOW),
    Row(("0711",), "fit AT2026kn", ('fit AT2026kn "kn fail/kilonova"',)),
    Row(
        ("0711", "0720", "0744", "0746", "0747"),
        'fit AT2026kn "kn fit/kilonova"',
        ("ejecta_mass", "for 4 degrees of freedom", "picture 1"),
    ),
    Row(("0720", "0722"), FIT, ("accepted, 30 s expected", "running")),
    Row(("0759",), CANCEL, ("cancelled",), running=FIT),
    Row((), "fits AT2026kn", ("kilonova", "ejecta_mass")),
    Row(("0901",), CANDIDATES, ("no source with a detection in the 95 % region",)),
    Row(("0906", "0916"), CANDIDATES, ("AT2026cone* (confirmed: fading)",)),
    Row(("0910",), CONFIRM, ("confirmed: fading",)),
    Row(("0918",), "candidate reject AT2026kn S261120a why:old", ("rejected: old",), before=(CONFIRM,)),
    Row(("0960",), "observed S261120a", ("Nothing of its region was observed",)),
)

REFUSED: tuple[Row, ...] = (
    # Sources and their light
    Row(("0612",), "source nonesuch", ("has no source “nonesuch”",)),
    Row(("0612",), "source AT2026", ("did you mean AT2026kn",)),
    Row(("0612",), "followup AT2026k SEDM", ("did you mean AT2026kn",)),
    Row(
        ("0629",),
        "lightcurve AT2026kn",
        ("Insufficient permissions for this account", "“me token skyportal”"),
    ),
    Row(("0629",), "source AT2026kn", ("The photometry cannot be read: “lightcurve AT2026kn” says why",)),
    Row(
        ("0629",), CANDIDATES, ("The photometry of 4 sources could not be read; they are ranked without it",)
    ),
    Row(("0629",), FIT, ("Insufficient permissions for this account",)),
    Row((), f"{FOLLOW} allocation:2025A", ("no allocation “2025A” on SEDM; there is: SEDM (COO-2026A-P02)",)),
    # Follow-up asked for
    Row(("0652",), FOLLOW, ("There is already a follow-up request", "say yes to a second request")),
    Row(("0653",), FOLLOW, ("observation_type is missing", FORM_ANEW)),
    Row(("0654",), FOLLOW, ("obj_id: missing data", FORM_ANEW)),
    Row(("0655",), FOLLOW, (NO_SOURCE, "“source AT2026kn” tells")),
    Row(("0656",), FOLLOW, ("Could not find allocation", FORM_ANEW)),
    Row(("0657",), FOLLOW, ("priority: unknown field", FORM_ANEW)),
    Row(("0658",), FOLLOW, ("the permission “Upload data” is missing", "“me token skyportal”")),
    Row(("0676",), FOLLOW, ("SEDM did not take the request: exposure too long",)),
    Row(("0678",), FOLLOW, ("“ztfr” is not one of sdssg, sdssr, sdssi", FORM_ANEW)),
    # Follow-up looked at and taken back
    Row(("0692",), FOLLOW, ("SEDM did not take the request: exposure too long",)),
    Row(("0660",), FOLLOW, (OUT_OF_SIGHT, "ask again if it is still wanted")),
    Row(("0669",), CHANGE, (OUT_OF_SIGHT,), running=FOLLOW),
    # Fits asked for
    Row(("0724",), FIT, ("Invalid analysis_parameters", MODELS)),
    Row(("0725",), FIT, ("Could not access Analysis Service", MODELS)),
    Row(("0726",), FIT, (NO_SOURCE,)),
    Row(("0727",), FIT, ("the permission “Run Analyses” is missing",)),
    Row(("0732",), FIT, ("is of type upload_only", MODELS)),
    # Fits looked at
    Row(("0733",), FIT, ("NMMA failed: no GPU left",)),
    Row(("0734",), FIT, ("its SkyPortal could not reach NMMA",)),
    Row(("0735",), FIT, ("not enough photometry", "wait for more photometry")),
    Row(("0736",), FIT, (OUT_OF_SIGHT,)),
    Row(("0755",), FIT, ("sampler did not converge", "fix the redshift")),
    Row(("0763",), FIT, (OUT_OF_SIGHT,)),
    Row(("0750",), FIT, (": done", "1 picture of it could not be fetched")),
    Row(("0751",), FIT, (": done", "gave no numbers")),
    Row(("0756",), FIT, (": done", "gave no numbers")),
    # Fits taken back
    Row(("0760",), CANCEL, ("cancelled",), running=FIT),
    Row(("0761",), CANCEL, ("could not be cancelled",), running=FIT, looks=1),
    # Candidates of an event
    Row(("0902",), CANDIDATES, ("must specify startDate and endDate", "What to do")),
    Row(("0903",), CANDIDATES, ("must specify startDate and endDate", "What to do")),
    Row(("0904",), CANDIDATES, (NO_MAP, "“skyportal post”")),
    Row(("0911",), CONFIRM, ("noted at skyportal",)),
    Row(("0913",), CONFIRM, ("“maybe” is not one of pending, confirmed, ambiguous, rejected", "by hand")),
    Row(("0914",), CONFIRM, ("localization_name: field may not be null", "by hand")),
    Row(("0915",), CONFIRM, (NO_MAP,)),
    Row(("0919",), "candidate reject AT2026kn S261120a", ("noted at skyportal",), before=(CONFIRM,)),
    Row(("0923",), CONFIRM, ("the permission “Upload data” is missing",)),
    # Injection runs
    Row(
        ("0934",),
        "efficiency S261120a ZTF",
        (OUT_OF_SIGHT,),
        before=("plan make S261120a ZTF",),
        meanwhile=_runs_deleted,
    ),
)

_POSTED = "nothing here posts"
EXEMPT: dict[str, str] = {
    **dict.fromkeys(
        ("0603", "0604", "0605", "0607"), f"{_POSTED} sources: they come from surveys and people"
    ),
    "0609": "nothing here asks with HEAD",
    **dict.fromkeys(("0622", "0624", "0625", "0626"), f"{_POSTED} photometry"),
    "0638": f"{_POSTED} comments on sources, on events only",
    **dict.fromkeys(("0643", "0644", "0645"), f"{_POSTED} classifications"),
    **dict.fromkeys(("0667", "0668"), "nobody watches a request there: the job's card is edited instead"),
    **dict.fromkeys(
        ("0702", "0703", "0704", "0705", "0706"), "services are set up there by whoever runs them"
    ),
    "0713": "services are read as a list, never one by its number",
    **dict.fromkeys(("0740", "0741", "0743"), "the webhook is for the service, not for its clients"),
    "0748": "a picture is asked for by its number only",
    "0749": "there is no corner product; its picture is not asked for",
    "0758": "nothing here uploads results of an analysis",
    "0922": "a mark is changed and never deleted",
    "0941": "no catalogue of galaxies is uploaded there: the desk has its own",
    "0946": "galaxies come from the desk's own catalogue",
}
"""Recorded errors that no command can meet, since the client never makes the call."""

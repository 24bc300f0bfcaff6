"""A dispatcher on loopback: answers as recorded where a test says so, else a small one of our own.

Of our own: `spi_acs` (a light curve), `gw` (a strain series and a spectrogram), `legacysurvey` (a picture)
and `neutrinos` (a table), each computed in the recorded steps: submitted, progress, ready, done. Whatever a
request puts into its address is kept, so that a test sees a token there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
from aiohttp import web

from tests.standins.recordings import Exchange

TT_AHEAD = 69.184  # s that terrestrial time is ahead of UTC since 2017
STEPS = ("submitted", "progress", "ready")
TINY_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
COMMON = [
    {"name": "src_name", "units": "str", "value": "Crab", "restrictions": {"is_optional": False}},
    {"name": "RA", "units": "deg", "value": 83.63, "owl_uri": ["http://odahub.io/ontology#Angle"]},
    {"name": "DEC", "units": "deg", "value": 22.01, "owl_uri": ["http://odahub.io/ontology#Angle"]},
    {"name": "T1", "units": "isot", "value": "2017-03-06T13:26:48.000"},
    {"name": "T2", "units": "isot", "value": "2017-03-06T15:32:27.000"},
    {"name": "T_format", "units": "str", "value": "isot"},
    {"name": "token", "units": "str", "value": None},
]
OFFERS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "spi_acs": {
        "spi_acs_lc": [
            {"name": "time_bin", "units": "s", "value": 0.5, "restrictions": {"min_value": 0.05},
             "owl_uri": ["http://www.w3.org/2001/XMLSchema#float"]},
        ],
    },
    "gw": {
        "gw_strain": [
            {"name": "detector", "units": "str", "value": "H1",
             "restrictions": {"allowed_values": ["H1", "L1", "V1"]}},
            {"name": "whiten", "units": "bool", "value": True},
            {"name": "fmin", "units": "Hz", "value": 30, "restrictions": {"min_value": 1, "max_value": 2000}},
        ],
        "gw_spectrogram": [
            {"name": "detector", "units": "str", "value": "H1",
             "restrictions": {"allowed_values": ["H1", "L1", "V1"]}},
        ],
    },
    "legacysurvey": {
        "legacy_survey_image": [
            {"name": "image_size", "units": "arcmin", "value": 3.0,
             "restrictions": {"min_value": 0.1, "max_value": 10.0}},
        ],
    },
    "neutrinos": {"neutrino_table": []},
}  # fmt: skip


def encoded(array: np.ndarray[Any, Any]) -> str:
    """As a dispatcher writes an array."""
    return base64.b64encode(pickle.dumps(array)).decode()


def light_curve(form: Mapping[str, str]) -> dict[str, Any]:
    """Sixty bins of counts around 100/s with one of 180/s at zero: the middle of what was asked for, as
    SPI-ACS counts, in seconds of terrestrial time since 2000 in the header."""
    rows = [(float(t), 100.0 + (80.0 if t == 0 else (t % 3) - 1.0), 10.0) for t in range(-30, 30)]
    array = np.array(rows, dtype=[("TIME", "<f8"), ("RATE", "<f8"), ("ERROR", "<f8")])
    unit = {
        "data": None, "dt": "x", "name": "RATE", "header": _spi_acs_header(form),
        "binarys": encoded(array), "meta_data": {}, "hdu_type": "bintable",
        "units_dict": {"TIME": "s", "RATE": "count/s", "ERROR": "count/s"},
    }  # fmt: skip
    return {
        "numpy_data_product_list": [{"data_unit_list": [unit], "name": "spi_acs_lc_0", "meta_data": "{}"}]
    }


def _spi_acs_header(form: Mapping[str, str]) -> dict[str, Any]:
    header: dict[str, Any] = {"TIMEDEL": 1.0, "INSTRUME": "SPI-ACS"}
    if "T1" in form and "T2" in form:
        first, last = (datetime.fromisoformat(form[each]).replace(tzinfo=UTC) for each in ("T1", "T2"))
        middle = first + (last - first) / 2 - datetime(2000, 1, 1, tzinfo=UTC)
        header |= {"MJDREF": 51544.0, "TIMESYS": "TT", "TIMEZERO": middle.total_seconds() + TT_AHEAD}
    return header


def made(form: Mapping[str, str]) -> dict[str, Any]:
    """What each product of our own holds."""
    product = form["product_type"]
    if product == "spi_acs_lc":
        return light_curve(form)
    if product == "gw_strain":
        wave = [float(x) for x in np.sin(np.arange(256) / 8.0) * np.arange(256)]
        return {
            "gw_strain_product_list": [{"value": wave, "t0": 1187008882.0, "dt": 1 / 64, "name": "Strain"}]
        }
    if product == "gw_spectrogram":
        power = np.outer(np.arange(20) + 1.0, np.arange(10) + 1.0)
        return {
            "gw_spectrogram_product": {
                "value": power.tolist(), "epoch": 0, "x0": 1187008882.0, "dx": 0.5,
                "xindex": list(range(20)), "y0": 10.0, "dy": "none",
                "yindex": [10.0 * (i + 1) for i in range(10)],
            }
        }  # fmt: skip
    if product == "legacy_survey_image":
        b64 = base64.urlsafe_b64encode(TINY_PNG).decode()
        return {
            "binary_image_product_list": [{"img_type": "png", "b64data": b64, "metadata": {}, "name": "grz"}]
        }
    if product == "neutrino_table":
        ecsv = (
            "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n"
            "# - {name: ra, unit: deg, datatype: float64}\n# - {name: stream, datatype: string}\n"
            '# schema: astropy-2.0\nra,stream\n83.5,gold\n84.25,"bronze, old"\n'
        )
        return {"astropy_table_product_ascii_list": [{"binary": None, "ascii": ecsv, "name": "tracks",
                                                      "meta_data": "{}"}]}  # fmt: skip
    return {}


class MmodaStandIn:
    """`script` holds recorded exchanges that answer the next calls of their path, before our own do.

    `tokens` are those it knows (empty: anybody). `broken` fails every product of our own as a backend does,
    with exit status 0 and no message. `calls` are (method, path with query, form).
    """

    def __init__(self) -> None:
        self.url = ""
        self.script: deque[Exchange] = deque()
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.tokens: set[str] = set()
        self.broken = False
        self.forgetful = False  # has lost every job it had
        self.computed = 0
        self.names = {"Mrk 421": (166.113808, 38.208833, "BLLac")}
        self._jobs: dict[str, int] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> MmodaStandIn:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def forms(self) -> list[dict[str, str]]:
        """The forms of every call of `/run_analysis`."""
        return [form for _, path, form in self.calls if path.startswith("/run_analysis")]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        form = {str(k): str(v) for k, v in (await request.post()).items()}
        self.calls.append((request.method, request.path_qs, form))
        if self.script and self.script[0].path == request.path:
            return self.script.popleft().replied()
        match request.path:
            case "/instr-list":
                return web.json_response(sorted(OFFERS))
            case "/api/meta-data":
                return self._metadata(request.query.get("instrument", ""))
            case "/resolve_name":
                return self._resolve(request.query.get("name", ""))
            case "/run_analysis":
                return self._run(form)
        return web.Response(status=404, text="<html>Not Found</html>", content_type="text/html")

    def _metadata(self, instrument: str) -> web.Response:
        if instrument not in OFFERS:
            return _refused(f"instrument '{instrument}' not recognized")
        products = OFFERS[instrument]
        queries: list[Any] = [{"instrumet": instrument}, {"prod_dict": {p: f"{p}_query" for p in products}}]
        queries.append([{"query_name": "src_query"}, *COMMON])
        queries += [[{"query_name": f"{p}_query"}, {"product_name": p}, *own] for p, own in products.items()]
        return web.json_response([queries])

    def _resolve(self, name: str) -> web.Response:
        if name not in self.names:
            return web.json_response({"name": name, "message": f"{name} could not be resolved"})
        ra, dec, kind = self.names[name]
        return web.json_response({"name": name, "RA": ra, "DEC": dec, "object_type": kind})

    def _run(self, form: Mapping[str, str]) -> web.Response:
        token, status = form.get("token"), form.get("query_status")
        if token == "":
            return _refused("Not enough segments")
        if self.tokens and token not in self.tokens:
            return web.json_response(
                {
                    "query_status": "failed",
                    "exit_status": {"status": 1, "message": "you lack the role general"},
                },
                status=403,
            )
        frame = {"query_status", "session_id", "job_id"}
        own = {key: value for key, value in form.items() if key not in frame}
        job = hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:16]
        if status == "new":
            self.computed += job not in self._jobs
            step = self._jobs.setdefault(job, 0)
            if step >= len(STEPS):
                return web.json_response(self._answer(form, job, "done", made(form)))
            return web.json_response(self._answer(form, job, "submitted"))
        if self.forgetful or form.get("job_id") not in self._jobs:
            self.forgetful = False
            self._jobs.clear()
            return _refused(f"unable to find any record for {form.get('job_id')}", "InvalidJobIDProvided")
        job = form["job_id"]
        if status == "done":
            return web.json_response(self._answer(form, job, "done"))
        if self.broken:
            return web.json_response(self._answer(form, job, "failed"))
        if status == "ready":
            self._jobs[job] = len(STEPS)
            return web.json_response(self._answer(form, job, "done", made(form)))
        self._jobs[job] = min(self._jobs[job] + 1, len(STEPS) - 1)
        return web.json_response(self._answer(form, job, STEPS[self._jobs[job]]))

    def _answer(
        self, form: Mapping[str, str], job: str, status: str, products: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        if products is not None:
            code = json.dumps({**form, "token": form.get("token")}, indent=4)
            whole = {**products, "analysis_parameters": dict(form), "api_code": f"par_dict={code}\n"}
        said = {"progress": "fetching data", "failed": "something broke"}.get(status)
        report = {"action": status, "message": said, "token": form.get("token")}
        reported = {"full_report_dict": report, "full_report_dict_list": [report]} if said else {}
        session = form["session_id"]
        return {
            "query_status": status,
            "products": whole,
            "job_status": status,
            "session_id": session,
            "exit_status": {"status": 0, "message": "", "error_message": ""},
            "job_monitor": {"job_id": job, "session_id": session, "status": status, **reported},
        }


def _refused(message: str, name: str = "RequestNotUnderstood") -> web.Response:
    body = {"error_message": message, "error": f"{name}():{message}", "config": {"secret": "server"}}
    return web.json_response(body, status=400)

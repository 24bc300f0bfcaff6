"""What a dispatcher offers: instruments, their products, and the parameters these take with their bounds.

The meta-data is a list of lists of loose objects: a query's name, a product's name, then parameters. The key
of the instrument is spelled `instrumet`.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

HIDDEN = frozenset(
    {"token", "user_catalog", "selected_catalog", "p_list", "T_format", "catalog_selected_objects"}
)
"""Parameters that the desk sets itself or that nobody can type."""

PLACE = frozenset({"RA", "DEC", "T1", "T2", "src_name"})
"""Parameters of every instrument: what is looked at, and when."""

TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})


class BadParameter(ValueError):
    """A value that a product does not take: which parameter, what was read, what was expected."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


@dataclass(frozen=True)
class Parameter:
    """One parameter: its default, its unit, and between what its value lies or which values there are."""

    name: str
    default: object = None
    unit: str | None = None
    kind: str = "text"  # number, integer, flag, time, structure, text
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    optional: bool = False

    def read(self, text: str) -> str:
        """`text` as the dispatcher takes it. Raises BadParameter."""
        text = text.strip()
        if self.allowed:
            return self._one_of_the_allowed(text)
        if self.kind in ("number", "integer"):
            return self._number(text)
        if self.kind == "flag":
            if text.casefold() in TRUE:
                return "True"
            if text.casefold() in FALSE:
                return "False"
            raise BadParameter(self.name, f"{self.name} is {text!r}; yes or no was expected")
        if self.kind == "time":
            return self._time(text)
        if self.kind == "structure":
            return self._structure(text)
        return text

    @property
    def bounds(self) -> str:
        """What values there are, as people read it: `2.2–7.7`, `H1, L1, V1`; empty where anything goes."""
        if self.allowed:
            return ", ".join(self.allowed)
        if self.minimum is not None and self.maximum is not None:
            return f"{self.minimum:g} … {self.maximum:g}"
        if self.minimum is not None:
            return f"≥ {self.minimum:g}"
        return f"≤ {self.maximum:g}" if self.maximum is not None else ""

    def _one_of_the_allowed(self, text: str) -> str:
        known = {each.casefold(): each for each in self.allowed}
        if text in self.allowed:
            return text
        if text.casefold() in known:
            return known[text.casefold()]
        raise BadParameter(
            self.name, f"{self.name} is {text!r}; one of {', '.join(self.allowed)} was expected"
        )

    def _number(self, text: str) -> str:
        wanted = "a whole number" if self.kind == "integer" else "a number"
        try:
            value = int(text) if self.kind == "integer" else float(text)
        except ValueError:
            raise BadParameter(self.name, f"{self.name} is {text!r}; {wanted} was expected") from None
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        if not math.isfinite(value) or not low <= value <= high:
            raise BadParameter(self.name, f"{self.name} is {text!r}; {wanted} {self.bounds} was expected")
        return text

    def _time(self, text: str) -> str:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise BadParameter(
                self.name, f"{self.name} is {text!r}; a time as 2017-03-06T13:26:48 was expected"
            ) from None
        return text

    def _structure(self, text: str) -> str:
        try:
            json.loads(text)
        except ValueError:
            raise BadParameter(self.name, f"{self.name} is {text!r}; JSON was expected") from None
        return text


@dataclass(frozen=True)
class Offer:
    """One product of an instrument and all the parameters that it takes."""

    instrument: str
    product: str
    parameters: tuple[Parameter, ...]

    def parameter(self, name: str) -> Parameter | None:
        by_case = {each.name.casefold(): each for each in self.parameters}
        return next((each for each in self.parameters if each.name == name), by_case.get(name.casefold()))

    @property
    def shown(self) -> tuple[Parameter, ...]:
        """Those that people may give beyond time and place."""
        return tuple(each for each in self.parameters if each.name not in HIDDEN | PLACE)

    def read(self, given: Mapping[str, str]) -> dict[str, str]:
        """What people gave, checked here: a dispatcher ignores a name it does not know without a word.

        Raises BadParameter.
        """
        read = {}
        for name, text in given.items():
            parameter = self.parameter(name)
            if parameter is None or parameter.name in HIDDEN:
                known = [each.name for each in self.parameters if each.name not in HIDDEN]
                nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)
                raise BadParameter(
                    name,
                    f"{self.product} of {self.instrument} has no parameter {name!r}; "
                    f"nearest: {', '.join(nearest)}",
                )
            read[parameter.name] = parameter.read(text)
        return read


@dataclass(frozen=True)
class Instrument:
    """An instrument and what each of its products takes."""

    name: str
    offers: tuple[Offer, ...]

    def offer(self, product: str) -> Offer | None:
        wanted = product.casefold()
        return next((each for each in self.offers if each.product.casefold() == wanted), None)


def read_instrument(name: str, metadata: Any) -> Instrument:
    """An instrument out of `/api/meta-data`: its own parameters and each product's put together."""
    if isinstance(metadata, list) and len(metadata) == 1 and isinstance(metadata[0], list):
        metadata = metadata[0]  # it comes in one list more
    shared: list[Parameter] = []
    products: dict[str, list[Parameter]] = {}
    queries: Mapping[str, Any] = {}
    for entry in metadata if isinstance(metadata, list) else ():
        if isinstance(entry, Mapping):
            found = entry.get("prod_dict")
            queries = found if isinstance(found, Mapping) else queries
            continue
        if isinstance(entry, str):  # some dispatchers send each query as a text of JSON
            entry = _decoded(entry)
        if not isinstance(entry, list):
            continue
        parameters = [_parameter(each) for each in entry if isinstance(each, Mapping) and each.get("name")]
        product = next(
            (str(e["product_name"]) for e in entry if isinstance(e, Mapping) and e.get("product_name")), None
        )
        if product is None:
            shared += parameters
        else:
            products.setdefault(product, []).extend(parameters)
    for product in queries:
        products.setdefault(str(product), [])
    offers = (Offer(name, product, _once([*shared, *own])) for product, own in products.items())
    return Instrument(name, tuple(offers))


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _once(parameters: Iterable[Parameter]) -> tuple[Parameter, ...]:
    """A product's own word on a parameter holds over its instrument's."""
    return tuple({each.name: each for each in parameters}.values())


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    limits = entry.get("restrictions")
    limits = limits if isinstance(limits, Mapping) else {}
    allowed = limits.get("allowed_values")
    unit = entry.get("units")
    return Parameter(
        name=str(entry["name"]),
        default=entry.get("value"),
        unit=str(unit) if unit and unit not in ("str", "isot", "bool") else None,
        kind=_kind(entry, limits),
        minimum=_number(limits.get("min_value")),
        maximum=_number(limits.get("max_value")),
        allowed=tuple(str(each) for each in allowed) if isinstance(allowed, list) else (),
        optional=bool(limits.get("is_optional")),
    )


def _kind(entry: Mapping[str, Any], limits: Mapping[str, Any]) -> str:
    words = " ".join(str(each) for each in entry.get("owl_uri") or ()).casefold()
    value = entry.get("value")
    if isinstance(value, bool) or "#bool" in words:
        return "flag"
    if "timeinstant" in words or entry.get("units") == "isot":
        return "time"
    if "structuredparameter" in words or isinstance(limits.get("schema"), Mapping):
        return "structure"
    if isinstance(value, int) or "#integer" in words or words.endswith("#int"):
        return "integer"
    numeric = ("#float", "#angle", "#energy", "#frequency", "#percentage", "#timeinterval")
    if isinstance(value, float) or any(each in words for each in numeric):
        return "number"
    return "text"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

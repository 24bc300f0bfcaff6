"""Whether the notices made in `json_notices` are what the schemas of the missions allow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.gcn import json_notices


@pytest.fixture(scope="module")
def schemas(shared_data: Path) -> Registry[object]:
    """Every schema of GCN under its own name."""
    found = [json.loads(path.read_text()) for path in (shared_data / "gcn-schema").rglob("*.schema.json")]
    return Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in found)


@pytest.mark.parametrize("name", [*json_notices.SCHEMA, "circular"])
def test_a_notice_made_here_follows_its_schema(name: str, schemas: Registry[object]) -> None:
    content = json_notices.ALL[name]
    validator = Draft202012Validator({"$ref": content["$schema"]}, registry=schemas)
    assert [error.message for error in validator.iter_errors(content)] == []


def test_the_schemas_do_refuse_what_they_do_not_allow(schemas: Registry[object]) -> None:
    content = {**json_notices.SCHEMA["einstein_probe"], "ra": "12h"}
    validator = Draft202012Validator({"$ref": content["$schema"]}, registry=schemas)
    assert [list(error.path) for error in validator.iter_errors(content)] == [["ra"]]

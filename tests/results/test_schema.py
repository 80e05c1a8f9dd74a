"""The schema that is shipped: strict, and every field described. Real output is held to it end to end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from target87.results.assessment import SCHEMA_VERSION
from target87.results.schema import answer_schema


def parts(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within the schema."""
    yield path, node
    for key in ("properties", "$defs"):
        for name, child in node.get(key, {}).items():
            yield from parts(child, f"{path}/{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from parts(node[key], f"{path}/{key}")


def test_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(answer_schema())
    assert answer_schema()["properties"]["schema_version"]["const"] == SCHEMA_VERSION


def test_every_object_is_closed_and_every_field_required():
    optional = {"breakdowns", "declined", "parts_and_world", "published_projections"}
    for path, node in parts(answer_schema()):
        if "properties" in node:
            assert node["additionalProperties"] is False, path
            assert set(node["properties"]) - set(node["required"]) == (optional if path == "" else set()), path


def test_every_field_says_what_it_is():
    bare = [
        f"{path}/{name}"
        for path, node in parts(answer_schema())
        for name, field in node.get("properties", {}).items()
        if len(field.get("description", "")) < 4
    ]
    assert bare == []


def test_every_reference_leads_somewhere():
    schema = answer_schema()
    names = {node["$ref"] for _, node in parts(schema) if "$ref" in node}
    assert names <= {f"#/$defs/{name}" for name in schema["$defs"]}


@pytest.mark.parametrize(
    "broken",
    [
        {"schema_version": "1.0", "answers": []},
        {"schema_version": "2.0", "answers": [{}]},
        {"answers": [{}]},
        {"schema_version": "1.0", "answers": [{}], "more": 1},
        {"schema_version": "1.0", "answers": [{"kind": "threshold"}]},
    ],
)
def test_what_is_not_an_answer_is_refused(broken):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, answer_schema())


def test_schema_is_a_fresh_copy():
    answer_schema()["properties"].clear()
    assert answer_schema()["properties"]

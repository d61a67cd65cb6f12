"""docs/reference/openapi.json: a generator makes a client of it, and the models of this SDK agree with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import abc
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from agentwarden import Approval, CheckResult, Consumption, Grant, LogResult

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "reference" / "openapi.json"

USE = """
from generated import AuthenticatedClient
from generated.api.agents import check
from generated.api.policy import publish_policy
from generated.models import Check, CheckAnswer, CheckContextType0, Problem, PolicyDocument

client = AuthenticatedClient(base_url="http://127.0.0.1:9", token="aw_test")
context = CheckContextType0.from_dict({"amount": 5})


def ask() -> str:
    answer = check.sync(client=client, body=Check(agent_id="support-bot", action="refund.create", context=context))
    if isinstance(answer, CheckAnswer):
        return answer.decision.value
    return answer.code.value if isinstance(answer, Problem) else "nothing"


def publish() -> int:
    return publish_policy.sync_detailed(client=client, body=PolicyDocument(document="version: 1")).status_code.value
"""


def run(folder: Path, *command: str) -> None:
    """Beside the interpreter are the commands that the generator itself calls."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(sys.version_info < (3, 11), reason="openapi-python-client needs Python 3.11 or later")
def test_openapi_python_client_makes_a_client_without_a_warning_and_its_use_is_well_typed(tmp_path: Path) -> None:
    options = ["--fail-on-warning", "--meta", "none", "--output-path", "generated"]
    run(tmp_path, "openapi-python-client", "generate", "--path", str(DOCUMENT), *options)
    (tmp_path / "use.py").write_text(USE, encoding="utf-8")
    run(tmp_path, sys.executable, "-c", "import use")
    # The generator's own `client.py` is not ours to check: it is followed for its types alone.
    checked = ["use.py", "generated/api", "generated/models"]
    run(tmp_path, sys.executable, "-m", "mypy", "--config-file=", "--follow-imports=silent", *checked)


def answered(path: str, method: str, status: str) -> dict[str, Any]:
    """The schema of the JSON that an operation answers."""
    schema = CONTRACT["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]
    return resolved(schema)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return CONTRACT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


CONTRACT: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
APPROVAL = answered("/sdk/approvals/{id}", "get", "200")

#: Each model of an answer, with the schema of that answer.
MODELS = [
    (CheckResult, answered("/sdk/check", "post", "200")),
    (Approval, APPROVAL),
    (Grant, APPROVAL["properties"]["grant"]),
    (Consumption, answered("/sdk/approvals/{id}/consume", "post", "200")),
    (LogResult, answered("/sdk/log", "post", "201")),
]
#: What a model has besides the fields of the answer: the whole answer, and what a header says.
OWN = {"raw", "replayed"}
TYPES = {"string": str, "boolean": bool, "integer": int, "object": Mapping, "array": Sequence}


def type_of(schema: dict[str, Any]) -> tuple[Any, bool]:
    """The Python type of a field of the contract, and whether it may be null."""
    schema = resolved(schema)
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    (name,) = [name for name in types if name != "null"]
    return datetime if schema.get("format") == "date-time" else TYPES[name], "null" in types


def annotation_of(annotation: Any) -> tuple[Any, bool]:
    """The same of a field of a model. A field of a class of ours stands for an object."""
    options = get_args(annotation) if get_origin(annotation) is Union else (annotation,)
    (kind,) = [get_origin(option) or option for option in options if option is not type(None)]
    return {abc.Mapping: Mapping, Grant: Mapping, abc.Sequence: Sequence}.get(kind, kind), len(options) > 1


@pytest.mark.parametrize(("model", "schema"), MODELS)
def test_a_model_has_the_fields_of_the_contract_and_no_others(model: Any, schema: dict[str, Any]) -> None:
    assert {field.name for field in fields(model)} - OWN == set(schema["properties"])


@pytest.mark.parametrize(("model", "schema"), MODELS)
def test_a_field_has_the_type_of_the_contract_and_takes_null_where_the_contract_has_it(
    model: Any, schema: dict[str, Any]
) -> None:
    hints = get_type_hints(model)
    for name, field in schema["properties"].items():
        kind, nullable = annotation_of(hints[name])
        promised, may_be_null = type_of(field)
        # Of the person who decided, the model has the name alone.
        assert kind is (str if name == "decided_by" else promised), f"{model.__name__}.{name}"
        assert nullable or not may_be_null, f"{model.__name__}.{name} may be null in the contract"
        assert nullable or name in schema["required"], f"{model.__name__}.{name} may be absent in the contract"


def test_the_models_read_the_examples_of_the_contract() -> None:
    examples = {name: example["value"] for name, example in CONTRACT["components"]["examples"].items()}
    check = CheckResult.parse(examples["CheckAnswer"])
    assert (check.requires_approval, check.approval_id) == (True, examples["CheckAnswer"]["approval_id"])
    approval = Approval.parse(examples["Approval"])
    assert (approval.approved, approval.decided_by) == (True, examples["Approval"]["decided_by"]["name"])
    assert approval.grant is not None and approval.grant.state == "ready" and approval.grant.use_id is None
    assert Consumption.parse(examples["Consumed"], replayed=False).consumed_at is not None
    assert LogResult.parse(examples["LogEntry"]).organization_id == "org_default"

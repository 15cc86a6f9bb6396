from pathlib import Path

import pytest
from smcontract import cpus
from smcontract.errors import UserError
from smcontract.serving import settings
from smcontract.serving.settings import Settings

MODULE = {"SAGEMAKER_SERVING_MODULE": "echo:EchoHandler"}


def parsed(**environ):
    return Settings.from_environment(MODULE | environ)


def test_defaults():
    assert parsed() == Settings(
        serving_module="echo:EchoHandler", model_dir=Path("/opt/ml/model"), port=8080, workers=cpus.usable(), queue=256,
        timeout=60, request_timeout=30, memory_mib=0, max_payload_mib=25,
        default_accept="", batch=False, batch_strategy="MULTI_RECORD",
        max_concurrent_transforms=cpus.usable(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("SAGEMAKER_BIND_TO_PORT", "25001", "port", 25001),
        ("SAGEMAKER_BIND_TO_PORT", "", "port", 8080),
        ("SAGEMAKER_BIND_TO_ADDRESS", "", "address", "0.0.0.0"),
        ("SAGEMAKER_BIND_TO_ADDRESS", "127.0.0.1", "address", "127.0.0.1"),
        ("SAGEMAKER_MODEL_SERVER_WORKERS", "3", "workers", 3),
        ("SAGEMAKER_MODEL_SERVER_WORKERS", "3", "max_concurrent_transforms", 3),
        ("SAGEMAKER_MODEL_SERVER_QUEUE", "0", "queue", 0),
        ("SAGEMAKER_MODEL_SERVER_TIMEOUT", "3600", "timeout", 3600),
        ("SAGEMAKER_MODEL_SERVER_REQUEST_TIMEOUT", "5", "request_timeout", 5),
        ("SAGEMAKER_MODEL_SERVER_MEMORY_IN_MB", "512", "memory_mib", 512),
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "6", "max_payload_mib", 6),
        ("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv", "default_accept", "text/csv"),
        ("SAGEMAKER_BATCH", "true", "batch", True),
        ("SAGEMAKER_BATCH", "True", "batch", True),
        ("SAGEMAKER_BATCH", "FALSE", "batch", False),
        ("SAGEMAKER_BATCH_STRATEGY", "SINGLE_RECORD", "batch_strategy", "SINGLE_RECORD"),
        ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "7", "max_concurrent_transforms", 7),
        ("SAGEMAKER_BASE_DIR", "/elsewhere", "model_dir", Path("/elsewhere/model")),
    ],
)
def test_each_variable(variable, text, field, value):
    assert getattr(parsed(**{variable: text}), field) == value


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("SAGEMAKER_BIND_TO_PORT", "0", "a whole number from 1 to 65535"),
        ("SAGEMAKER_BIND_TO_ADDRESS", "localhost", "an IPv4 address, such as 127.0.0.1"),
        ("SAGEMAKER_BIND_TO_PORT", "http", "a whole number from 1 to 65535"),
        ("SAGEMAKER_MODEL_SERVER_WORKERS", "2.5", "a whole number from 1 to 1000"),
        ("SAGEMAKER_MODEL_SERVER_QUEUE", "-1", "a whole number from 0 to 900"),
        ("SAGEMAKER_MODEL_SERVER_TIMEOUT", "²", "a whole number from 1 to 3600"),
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "6MB", "a whole number from 0 to 2000"),
        ("SAGEMAKER_BATCH", "yes", "true or false"),
        ("SAGEMAKER_BATCH_STRATEGY", "MultiRecord", "SINGLE_RECORD or MULTI_RECORD"),
        ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "9" * 50, "a whole number from 1 to 1000"),
        ("SAGEMAKER_SERVING_MODULE", "echo", "module:Class"),
    ],
)
def test_bad_values_are_named_with_what_is_expected(variable, text, expected):
    with pytest.raises(UserError, match=f"{variable} is .*: set it to {expected}"):
        parsed(**{variable: text})


def test_without_a_handler():
    with pytest.raises(UserError, match="SAGEMAKER_SERVING_MODULE is not set"):
        Settings.from_environment({})


@pytest.mark.parametrize(
    ("environ", "transforms", "payload"),
    [
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "2"}, 2, 25),
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "16"}, 16, 6),
        ({"SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "300"}, 100, 1),
        ({"SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "1", "SAGEMAKER_MAX_PAYLOAD_IN_MB": "500"}, 1, 100),
        ({"SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "4", "SAGEMAKER_MAX_PAYLOAD_IN_MB": "0"}, 4, 0),
    ],
)
def test_execution_parameters_keep_within_what_sagemaker_allows(environ, transforms, payload):
    assert parsed(**environ).execution_parameters() == {
        "MaxConcurrentTransforms": transforms, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": payload,
    }  # fmt: skip
    assert transforms * payload <= 100


def test_the_body_is_limited_by_its_setting_and_by_the_memory():
    memory = {"SAGEMAKER_MODEL_SERVER_MEMORY_IN_MB": "1600", "SAGEMAKER_MODEL_SERVER_WORKERS": "1"}
    assert parsed(**memory).limits().body == 25 * 1024 * 1024
    assert parsed(**memory, SAGEMAKER_MAX_PAYLOAD_IN_MB="0").limits().body == 100 * 1024 * 1024
    assert parsed(**memory | {"SAGEMAKER_MODEL_SERVER_WORKERS": "8"}).limits().body == 1600 * 1024 * 1024 // 8 // 16


def test_the_page_names_every_variable_once():
    table = settings.markdown()
    assert [table.count(f"`{setting.variable}`") for setting in settings.TABLE] == [1] * len(settings.TABLE)
    assert all(line.count("|") == 4 for line in table.splitlines())


def test_the_table_tells_the_defaults():
    told = {setting.field: setting.default for setting in settings.TABLE}
    for field in ("port", "queue", "timeout", "request_timeout", "max_payload_mib", "batch", "batch_strategy"):
        assert told[field] == str(getattr(Settings("module:Class", Path("model")), field)).replace("False", "false")

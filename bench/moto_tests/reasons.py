"""Why some tests that pass in moto cannot pass against the emulator."""

import re
from collections.abc import Mapping
from types import MappingProxyType

REASONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "need another service, such as CloudFormation, Lambda or KMS": (
            r"is not supported by the emulator: the emulator has sagemaker, s3, ",
            r"test_ecr_cloudformation::test_create_repository ",  # expects an error of another kind
        ),
        "need an operation of SageMaker that is [not carried out](operations.md#sagemaker)": (
            r"test_sagemaker\..*(when calling the (\w+) operation: \2 is not supported by the emulator|"
            r"'UnknownOperationException' ==|assert .* in '\w+ is not supported by the emulator)",
            r"test_sagemaker_cluster::test_create_cluster_bad_source_s3_uri ",  # compares whole sentences
        ),
        "need S3's SelectObjectContent": (r"test_s3_select::",),
        "lock objects": (r"test_s3_lock::", r"test_s3_copyobject::.*: locking of objects is not supported"),
        "read parts of an object by `partNumber`": (
            r"partNumber of GetObject is not supported",
            r"::(test_head_object\[\d+\]|test_multipart_part_size|test_head_object_returns_part_count) .*\(400\)",
            r"::test_get_missing_object_with_part_number ",
        ),
        "train, process or host with an image that is not here, or with data that do not exist": (
            r"The image \S+ does not exist here",
            r"The ECR image \S+ is in us-east-2, not in the job's region",
            r"No S3 objects found under S3 URL",
            r"test_create_endpoint_config_(serverless|async) ",
        ),
        "send what AWS's own service model, or its documentation, does not allow": (
            r"validation errors? detected: Value '[^']*' at '(executionRoleArn|roleArn|modelName)'",
            r"validation errors? detected: Value '[^']*' at '(transformInput|trainingJobDefinition)\.",
            r"TrainingJobDefinition is missing: ",  # of a tuning job
            r"A model needs a container: ",
            r"Value '\S+' at 'metricTransformations.1.member.metricNamespace'",
            r"test_ecr::.*(repository_that_doesnt_exist|explicit_regions) ",  # registries are 12 digits
            r"test_ecr_layers::.*_unknown_upload ",  # uploads are UUIDs
            r"test_s3_list_object_versions::.*The specified bucket is not valid: 'tests_bucket'",
            r"test_s3_object_attributes\.\S+::test_get_attributes_last_modified ",  # names no attribute
            r"test_s3_multipart::test_multipart_wrong_partnumber ",  # part -1, which moto answers with NoSuchUpload
            r"test_s3::test_upload_from_file_to_presigned_url ",  # AWS stores the form itself, as it was sent
        ),
        "compare whole sentences of an error: those of the emulator name what was wrong": (
            r"assert '1 validation\.\.\.",
            r"assert 'Requested re\.\.\.",
            r"test_logs_metric_filters::test_delete_metric_filter_invalid_(filter|log_group)_name\[",
        ),
        "ask without a signature, or with a form that a browser posts": (
            r"test_s3_object_in_(private|public)_bucket ",
            r"test_s3::test_creating_presigned_post ",
            r"test_s3_acl::test_object_acl_with_presigned_post ",
        ),
        "send a Range or a filter pattern that is [refused](#s3-and-cloudwatch-logs) here, not ignored": (
            r"test_s3::test_ranged_get ",
            r"test_unknown_pattern ",
        ),
        "use an address of moto's own, `/moto-api`": (r"url: /moto-api/",),
    }
)
"""By reason, as the table of docs/emulator.md has it: patterns of a test's name and failure."""


def sort(lost: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return failures by reason; those by the empty reason have none."""
    found: dict[str, dict[str, str]] = {}
    for name, failure in lost.items():
        said = f"{name} {failure}"
        why = next((why for why, patterns in REASONS.items() if any(re.search(one, said) for one in patterns)), "")
        found.setdefault(why, {})[name] = failure
    return found

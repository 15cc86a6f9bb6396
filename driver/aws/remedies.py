"""What to do about an error of botocore's, or of what the AWS settings name, by its class: the end of a sentence."""

import configparser
import os
import re
import traceback

from botocore import exceptions as botocore

PROCESS = "custom-process"
"""What botocore calls the program that a profile names as credential_process."""

_UNREACHABLE = (
    botocore.EndpointConnectionError, botocore.ConnectTimeoutError, botocore.ReadTimeoutError,
    botocore.ConnectionClosedError,
)  # fmt: skip
_LOOPBACK = re.compile(r"https?://(127\.|localhost\b|\[::1\])")

_SETTINGS = "correct that in ~/.aws/config, ~/.aws/credentials or the environment, or use another --profile"
_REGION = "check the region's name (`--region`), and use_fips_endpoint and use_dualstack_endpoint in your AWS settings"
_REQUEST = "fix what it names"
IN_BETWEEN = (
    "check --endpoint-url, the proxy (HTTPS_PROXY), and whether the network requires a browser login, and try again"
)
"""Where something else answers in AWS's stead."""

_TRANSFER = "the transfer was cut off or damaged: try again"
_INSTALLATION = (
    "the driver's own installation is broken: remove .venvs/launch, which is then created again, and try again"
)

_REMEDIES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (botocore.SSOError, botocore.TokenRetrievalError, botocore.NoAuthTokenError),
        "log in with `aws sso login`, and --profile NAME if you use one here",
    ),
    ((botocore.LoginError,), "log in with `aws login`, and --profile NAME if you use one here"),
    (
        (botocore.MissingDependencyException,),
        "set the keys in the environment that `aws configure export-credentials --format env` prints, or use another "
        "--profile",
    ),
    (
        (botocore.NoCredentialsError,),
        "run `aws configure` or `aws sso login`, or name a profile that has credentials with --profile",
    ),
    (
        (botocore.PartialCredentialsError,),
        "give the access key and the secret key together: run `aws configure`, or use another --profile",
    ),
    ((botocore.RefreshWithMFAUnsupportedError,), "run the command again, and type a new MFA code"),
    (
        (botocore.CredentialRetrievalError, botocore.MetadataRetrievalError, botocore.UnknownCredentialError),
        "check the role of this machine or container, or use another --profile",
    ),
    (
        (botocore.ConfigParseError, botocore.ConfigNotFound),
        "correct the file, or name another one in AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE",
    ),
    ((botocore.ProfileNotFound,), "`aws configure list-profiles` lists the profiles"),
    ((botocore.ProxyConnectionError,), "check the proxy that HTTPS_PROXY names, and NO_PROXY"),
    (
        (botocore.SSLError,),
        "check the machine's clock and certificates; behind a company's proxy, name the file of its certificate in "
        "AWS_CA_BUNDLE",
    ),
    (
        (
            botocore.ReadTimeoutError, botocore.ConnectionError, botocore.ConnectionClosedError,
            botocore.CapacityNotAvailableError,
        ),
        "check the network and the region's name (`--region`), and try again",
    ),
    (
        (
            botocore.ResponseStreamingError, botocore.IncompleteReadError, botocore.ChecksumError,
            botocore.FlexibleChecksumError, botocore.AwsChunkedWrapperError, botocore.UnseekableStreamError,
        ),
        _TRANSFER,
    ),
    ((botocore.HTTPClientError,), "check the network, the proxy (HTTPS_PROXY) and the certificates (AWS_CA_BUNDLE)"),
    (
        (
            botocore.BaseEndpointResolverError, botocore.EndpointProviderError, botocore.InvalidRegionError,
            botocore.UnknownRegionError, botocore.ServiceNotInRegionError, botocore.InvalidHostLabelError,
        ),
        _REGION,
    ),
    (
        (botocore.ParamValidationError, botocore.ValidationError, botocore.MissingParametersError),
        _REQUEST,
    ),
    (
        (
            botocore.UnsupportedS3ArnError, botocore.UnsupportedS3AccesspointConfigurationError,
            botocore.UnsupportedS3ConfigurationError, botocore.UnsupportedOutpostResourceError,
            botocore.UnsupportedS3ControlArnError, botocore.UnsupportedS3ControlConfigurationError,
            botocore.InvalidDNSNameError,
        ),
        "name a bucket by its own name, and correct the s3 settings in ~/.aws/config",
    ),
    (
        (
            botocore.InvalidConfigError, botocore.InvalidChecksumConfigError, botocore.InvalidDefaultsMode,
            botocore.InvalidEndpointConfigurationError, botocore.InvalidEndpointDiscoveryConfigurationError,
            botocore.InvalidIMDSEndpointError,
            botocore.InvalidIMDSEndpointModeError, botocore.InvalidProxiesConfigError,
            botocore.InvalidRetryConfigurationError, botocore.InvalidS3AddressingStyleError,
            botocore.InvalidS3UsEast1RegionalEndpointConfigError, botocore.InvalidSTSRegionalEndpointsConfigError,
            botocore.InvalidRetryModeError, botocore.InvalidMaxRetryAttemptsError, botocore.UnknownTokenProviderError,
            botocore.UnsupportedSignatureVersionError, botocore.UnknownSignatureVersionError,
        ),
        _SETTINGS,
    ),
)  # fmt: skip
"""The first entry with a class of the error counts. What is in none of them no setting and no network can cause."""


def explain(error: Exception) -> str:
    """Return what the error says and what to do about it, as one line that does not end a sentence.

    Example:
        >>> explain(botocore.ProfileNotFound(profile="work"))
        'The config profile (work) could not be found; `aws configure list-profiles` lists the profiles'
    """
    if _is_of_process(error):
        return f"{_process(error)}; run it yourself to see what it prints, or use another --profile"
    if isinstance(error, OSError) and not isinstance(error, botocore.BotoCoreError):
        return f"{error.filename}, which your AWS settings name: {error.strerror}; {_SETTINGS}"
    if not isinstance(error, botocore.BotoCoreError):
        return f"a value in your AWS settings cannot be used ({line(error)}); {_SETTINGS}"
    said = line(error)
    if isinstance(error, botocore.ConfigParseError):
        said += _place(error)
    if bundle := _missing_bundle(error):
        return (
            f"the file {bundle}, named by AWS_CA_BUNDLE or by ca_bundle in your AWS settings, is missing; {_SETTINGS}"
        )
    return f"{said}; {remedy(error)}"


def remedy(error: Exception) -> str:
    """Return what to do about an error of botocore's."""
    if isinstance(error, _UNREACHABLE) and _LOOPBACK.search(str(error)):
        return (
            "the emulator is not running: `./launch.py local up` starts it, `./launch.py local logs` says why it ended"
        )
    return next((words for classes, words in _REMEDIES if isinstance(error, classes)), _INSTALLATION)


def line(error: Exception) -> str:
    """Return what the error says, as one line that does not end a sentence."""
    return " ".join(str(error).split()).rstrip(".:")


def _is_of_process(error: Exception) -> bool:
    """Whether it comes from a credential_process, whose program and output botocore takes on trust."""
    if isinstance(error, botocore.CredentialRetrievalError):
        return bool(error.kwargs.get("provider") == PROCESS)
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.name == "_retrieve_credentials_using" for frame in frames)


def _process(error: Exception) -> str:
    start = "the program that your AWS settings name as credential_process"
    if isinstance(error, botocore.CredentialRetrievalError):
        said = Exception(error.kwargs["error_msg"])  # type: ignore[typeddict-item]  # the stubs lack it
        return f"{start} failed ({line(said) or 'without a message'})"
    if isinstance(error, OSError):
        return f"{start}, {error.filename}, cannot be run ({error.strerror})"
    if type(error) is ValueError:  # of shlex, which parts its words
        return f"{start} cannot be run ({line(error)})"
    return f"{start} did not print a JSON object of credentials ({line(error)})"


def _place(error: botocore.ConfigParseError) -> str:
    """Say where the file is wrong, without its words: they may be a secret."""
    cause = error.kwargs.get("error") or error.__cause__
    if isinstance(cause, UnicodeDecodeError):
        return f", since byte {cause.start} is not UTF-8"
    number = getattr(cause, "lineno", None)
    if number is None and isinstance(cause, configparser.ParsingError):
        number = cause.errors[0][0]
    return f", line {number}" if number else ""


def _missing_bundle(error: Exception) -> str | None:
    """Return the file of certificates that was asked for and is not there, if that is the error."""
    is_missing = isinstance(error, botocore.SSLError | botocore.HTTPClientError) and "[Errno 2]" in str(error)
    return os.environ.get("AWS_CA_BUNDLE", "of certificates") if is_missing else None

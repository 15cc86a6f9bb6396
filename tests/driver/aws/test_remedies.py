"""AWS settings that do not work: real files, programs and servers, each with the sentence that says what to do."""

import datetime
import hashlib
import inspect
import json
import os
import pty
import socket
import ssl
import string
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from botocore import exceptions
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from driver import cli
from driver.aws import calls, remedies
from driver.aws.target import aws_target
from driver.errors import DriverError, RefusedError

REPOSITORY = Path(__file__).parents[3]
ASK = ("describe", "reviews", "--kind", "training-job", "--aws", "--region", "eu-west-1")
SSO = "sso_account_id = 123456789012\nsso_role_name = Trainer\n"
SESSION = "[sso-session work]\nsso_start_url = https://work.awsapps.com/start\nsso_region = eu-west-1\n"
START = "sso_start_url = https://work.awsapps.com/start\nsso_region = eu-west-1\n"
ROLE = "role_arn = arn:aws:iam::123456789012:role/Trainer\n"
KEYS = "aws_access_key_id = a\naws_secret_access_key = b\n"


@pytest.fixture(autouse=True)
def one_attempt(monkeypatch):
    monkeypatch.setattr("driver.aws.calls.ATTEMPTS", 1)


@pytest.fixture
def settings(monkeypatch, surroundings):
    """The home, where nothing but a file in AWS_CONFIG_FILE has credentials; `settings(text)` writes that."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    config = surroundings / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))

    def write(text: str | bytes) -> Path:
        config.write_bytes(text if isinstance(text, bytes) else text.encode())
        return config

    return write


@pytest.fixture
def says(capsys, monkeypatch):
    """Fails unless the command, by itself and as a check of doctor, ends with one sentence that says all of these."""

    def check(*parts, arguments=ASK):
        assert cli.main(list(arguments)) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("launch.py: ")
        assert err.count("\n") == 1
        monkeypatch.setenv("PATH", "/nowhere")  # the machine is not looked at here
        cli.main(["doctor", "--aws", *arguments[5:], "--role", "arn:aws:iam::123456789012:role/Trainer"])
        for part in parts:
            assert part in err
        doctor = [line for line in capsys.readouterr().out.splitlines() if line.startswith("missing")]
        assert any(parts[-1] in line for line in doctor), doctor

    return check


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        (f"[profile p]\n{SSO}sso_session = work\n{SESSION}", "Token for work does not exist"),
        (f"[profile p]\n{SSO}{START}", "Token for https://work.awsapps.com/start does not exist"),
    ],
)
def test_sso_that_was_never_logged_in(settings, says, profile, sentence):
    settings(profile)
    says(sentence, "log in with `aws sso login`, and --profile NAME", arguments=(*ASK, "--profile", "p"))


def test_sso_whose_login_has_expired(settings, surroundings):
    settings(f"[profile p]\n{SSO}{START}")
    cache = surroundings / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    token = {"accessToken": "t", "expiresAt": "2020-01-01T00:00:00Z", "startUrl": "https://work.awsapps.com/start"}
    (cache / f"{hashlib.sha1(token['startUrl'].encode()).hexdigest()}.json").write_text(json.dumps(token))
    done = run_driver("--profile", "p", stdin=subprocess.DEVNULL)  # botocore asks for the home when it is imported
    assert "has expired" in done.stderr
    assert done.stderr.endswith("; log in with `aws sso login`, and --profile NAME if you use one here\n")


def run_driver(*flags, stdin):
    return subprocess.run(
        [sys.executable, "-m", "driver", *ASK, *flags], cwd=REPOSITORY, stdin=stdin, capture_output=True, text=True,
        start_new_session=True, check=False, timeout=240,
    )  # fmt: skip


PROCESSES = [
    ("echo 'the vault is locked' >&2; exit 3", "failed (the vault is locked)"),
    ("exit 3", "failed (without a message)"),
    ("echo hello", "did not print a JSON object of credentials (Expecting value"),
    ("echo '[]'", "did not print a JSON object of credentials"),
    (r"printf '\377'", "did not print a JSON object of credentials"),
    ("echo '{\"Version\": 1}'", "failed (Missing required key in response: 'AccessKeyId')"),
    (None, "credential, cannot be run (No such file or directory)"),
]


@pytest.mark.parametrize(("script", "sentence"), PROCESSES)
@pytest.mark.parametrize("is_source", [False, True])
def test_a_credential_process_that_fails(settings, says, surroundings, script, sentence, is_source):
    program = surroundings / "credential"
    if script:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    profile = f"[profile p]\ncredential_process = {program} get\n"
    if is_source:  # of a role, where botocore asks it much later
        profile = profile.replace("[profile p]", f"[profile p]\n{ROLE}source_profile = keys\n[profile keys]")
    settings(profile)
    says(sentence, "run it yourself to see what it prints", arguments=(*ASK, "--profile", "p"))


def test_a_credential_process_whose_words_cannot_be_parted(settings, says):
    settings("[profile p]\ncredential_process = /bin/cat 'a b\n")
    says("cannot be run (No closing quotation)", "run it yourself", arguments=(*ASK, "--profile", "p"))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"secret-word is no setting\n", "config, line 1; correct the file"),
        (b"[default]\nregion = a\n[default]\n", "config, line 3; correct the file"),
        (b"[default]\nregion = \xff\n", "config, since byte 19 is not UTF-8; correct the file"),
    ],
)
def test_settings_that_cannot_be_parsed(settings, says, capsys, content, place):
    settings(content)
    says("cannot use your AWS settings: Unable to parse config file: ", place)
    cli.main(list(ASK))
    assert "secret-word" not in capsys.readouterr().err


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_a_folder_in_place_of_settings(settings, says, monkeypatch, tmp_path, variable):
    monkeypatch.setenv(variable, str(tmp_path))
    says(f"{tmp_path}: it is a folder; make it a file", f"or name another one in {variable}")


@pytest.mark.parametrize("is_folder", [False, True])
def test_settings_of_another_user(is_folder):
    """Root may read everything, so it becomes somebody else for this."""
    with tempfile.TemporaryDirectory() as home:  # tmp_path is within a folder that is root's alone
        config = Path(home) / ".aws" / "config"
        config.parent.mkdir()
        config.write_text("[default]\nregion = eu-west-1\n")
        Path(home).chmod(0o755)
        (config.parent if is_folder else config).chmod(0o000)
        script = (
            "import os, boto3, botocore.session; from driver.aws import settings; os.geteuid() or os.setuid(65534); "
            "settings.session(None, None)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=REPOSITORY,
            env={"HOME": home, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        config.parent.chmod(0o755)
    assert f"cannot read your AWS settings in {config}: Permission denied; make it a file" in done.stderr


def test_settings_that_cannot_be_read_do_not_matter_beside_keys_in_the_environment(monkeypatch, tmp_path, scripted):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path))
    scripted.ok({"TrainingJobSummaries": []})
    aws_target("eu-west-1", None, None, None, None, scripted.url).call("sagemaker", "ListTrainingJobs", {}, "ask")


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        ("", "Unable to locate credentials; run `aws configure` or `aws sso login`"),
        ("[default]\naws_access_key_id = a\n", "Partial credentials found .*; give the access key and the secret key"),
        (
            f"[default]\n{ROLE}source_profile = a\n[profile a]\n{ROLE}source_profile = default\n",
            "Infinite loop .*; correct that in",
        ),
        (f"[default]\n{ROLE}source_profile = nobody\n", 'source_profile "nobody" .* does not exist; correct that in'),
        (f"[default]\n{ROLE}credential_source = Moon\n", '"Moon" .* is not valid; correct that in'),
        (f"[default]\n{ROLE}web_identity_token_file = /nowhere\n", "/nowhere, which your AWS settings name: No such"),
        (f"[default]\n{SSO}sso_session = work\n", 'sso-session does not exist: "work"; correct that in'),
        ("[default]\nlogin_session = arn:aws:iam::123456789012:user/x\n", "export-credentials|aws login"),
        ("[default]\nmetadata_service_timeout = soon\n", "'soon'.; correct that in"),
        (f"[default]\n{KEYS}s3 =\n  addressing_style = odd\n", "S3 addressing style odd is invalid"),
        (f"[default]\n{KEYS}defaults_mode = odd\n", "invalid defaults mode: odd.*; correct that in"),
        (f"[default]\n{KEYS}retry_mode = odd\nmax_attempts = many\n", None),
        (f"[default]\n{KEYS}request_checksum_calculation = odd\n", "but got odd; correct that in"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_together(settings, scripted, profile, sentence):
    settings(profile)
    scripted.ok({"TrainingJobSummaries": []})

    def ask():
        aws_target("eu-west-1", None, None, None, None).client("s3")
        aws_target("eu-west-1", None, None, None, None, scripted.url).call("sagemaker", "ListTrainingJobs", {}, "ask")

    if sentence is None:  # what the driver decides itself
        ask()
        return
    with pytest.raises(DriverError, match=rf"^cannot .*{sentence}") as error:
        ask()
    assert "\n" not in str(error.value)


MFA = f"[profile keys]\n{KEYS}[profile p]\n{ROLE}source_profile = keys\nmfa_serial = arn:aws:iam::1:mfa/x\n"


@pytest.mark.parametrize("is_open", [True, False])
def test_mfa_without_a_terminal_ends_at_once(settings, is_open):
    settings(MFA)
    reader, writer = os.pipe()  # whoever reads there waits for ever
    try:
        done = run_driver("--profile", "p", stdin=reader if is_open else subprocess.DEVNULL)
    finally:
        os.close(reader)
        os.close(writer)
    assert done.returncode == 1
    assert done.stderr.startswith("launch.py: your profile's role needs an MFA code, but standard input is not a termi")
    assert done.stderr.count("\n") == 1


def test_mfa_with_a_terminal_is_asked_there(settings, scripted):
    """The code that is typed is sent; what is on standard input is not taken for it."""
    settings(MFA + f"endpoint_url = {scripted.url}\n")
    scripted.answers = [(403, "", {})]
    command = [sys.executable, "-m", "driver", *ASK, "--profile", "p"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(REPOSITORY)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execv(sys.executable, command)
    said = b""
    while b"Enter MFA code for arn:aws:iam::1:mfa/x" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, b"1\n")  # which is too short to be one, so that nothing is sent
    while b"Invalid length for parameter TokenCode" not in said:
        said += os.read(terminal, 1000)
    os.waitpid(pid, 0)
    os.close(terminal)


CLOCK = "this machine's clock is wrong"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidSignatureException", "Signature expired: 20261127T000000Z is now earlier than 20261127T010000Z"),
        ("InvalidSignatureException", "Signature not yet current: 20261127T010000Z is still later than 20261127T0015Z"),
        ("SignatureDoesNotMatch", "Signature expired: 20261127T000000Z is now earlier than 20261127T010000Z (…)"),
        ("RequestExpired", "Request has expired."),
    ],
)  # fmt: skip
def test_a_wrong_clock(amazon, scripted, code, message):
    scripted.error(code, message)
    with pytest.raises(RefusedError, match=rf"^cannot ask: {CLOCK} \({code}: .*; set it, for example with `sudo timed"):
        amazon.call("sagemaker", "ListTrainingJobs", {}, "ask")


def test_a_wrong_clock_to_s3_and_sts(amazon, scripted):
    scripted.s3_error(
        "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."
    )
    with pytest.raises(RefusedError, match=f"^cannot ask: {CLOCK}"):
        amazon.call("s3", "ListObjectsV2", {"Bucket": "a-bucket"}, "ask")
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        "<Code>SignatureDoesNotMatch</Code><Message>Signature not yet current: 20261127T010000Z is still later than "
        "20261127T001500Z (20261127T001000Z + 5 min.)</Message></Error></ErrorResponse>"
    )
    scripted.answers = [(403, body, {"Content-Type": "text/xml"})]
    with pytest.raises(RefusedError, match=f"^cannot find out your AWS account: {CLOCK}"):
        _ = aws_target("eu-west-1", None, None, None, None, scripted.url).account


@pytest.mark.parametrize(("ahead", "is_clock"), [(0, False), (60, False), (3600, True), (-3600, True)])
def test_a_refused_head_says_nothing_but_the_time(amazon, scripted, ahead, is_clock):
    scripted.answers = [(403, "", {})]
    scripted.ahead = ahead
    with pytest.raises(RefusedError, match=CLOCK if is_clock else "access denied"):
        amazon.call("s3", "HeadBucket", {"Bucket": "a-bucket"}, "ask")


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidClientTokenId", "AuthFailure"])
def test_wrong_keys_are_no_wrong_clock(amazon, scripted, code):
    scripted.error(code, "The request signature we calculated does not match the signature you provided.")
    with pytest.raises(RefusedError, match=r"AWS rejected the credentials .*; log in again, or correct the access"):
        amazon.call("sagemaker", "ListTrainingJobs", {}, "ask")


def test_what_a_container_says_of_signatures_is_its_own(amazon, scripted):
    body = {"Message": "m", "OriginalStatusCode": 400, "OriginalMessage": '{"error": "signature expired"}'}
    scripted.answers = [(424, json.dumps(body | {"Message": "signature expired"}), {"X-Amzn-ErrorType": "ModelError"})]
    with pytest.raises(RefusedError, match="the container answered 400: signature expired"):
        amazon.call("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "reviews", "Body": b"{}"}, "ask")


def test_a_wrong_mfa_code(amazon, scripted):
    scripted.error("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")
    with pytest.raises(RefusedError, match=r"AWS rejected the MFA code .*; wait for the next code"):
        amazon.call("sagemaker", "ListTrainingJobs", {}, "ask")


@pytest.fixture
def tls(tmp_path):
    """The address of an HTTPS server whose certificate nobody knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "company")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - day).not_valid_after(now + day).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None  # clients that do not trust it hang up
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_that_nobody_knows(tls, says):
    says("SSL validation failed", "name the file of its certificate in AWS_CA_BUNDLE",
         arguments=(*ASK, "--endpoint-url", tls))  # fmt: skip


@pytest.mark.parametrize("is_set_in_environment", [True, False])
def test_a_file_of_certificates_that_is_not_there(tls, says, settings, monkeypatch, is_set_in_environment):
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    settings(f"[default]\n{KEYS}" + ("" if is_set_in_environment else "ca_bundle = /nowhere.pem\n"))
    if is_set_in_environment:
        monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere.pem")
    says("the file ", "named by AWS_CA_BUNDLE or by ca_bundle in your AWS settings, is missing",
         arguments=(*ASK, "--endpoint-url", tls))  # fmt: skip


def test_a_proxy_that_is_not_there(says, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free.getsockname()[1]}")
        says("Failed to connect to proxy URL", "check the proxy that HTTPS_PROXY names, and NO_PROXY")


@pytest.mark.parametrize("url", ["nowhere", "http://", "http://[::1", "ftp://x", "http://x:y", "http://x:99999"])
def test_an_address_that_is_none(url, capsys, monkeypatch):
    sentence = f'launch.py: "{url}" is not the address of an endpoint: expected one like http://127.0.0.1:4580\n'
    for arguments in (ASK, ("describe", "reviews")):
        assert cli.main([*arguments, "--endpoint-url", url]) == 1
        assert capsys.readouterr().err == sentence
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    assert cli.main(["describe", "reviews"]) == 1
    assert capsys.readouterr().err == sentence


def descendants(of):
    return {each for child in of.__subclasses__() for each in (child, *descendants(child))}


def made(error):
    """One of a class of botocore's, its words filled in."""
    fields = {name: "x" for _, name, _, _ in string.Formatter().parse(error.fmt) if name}
    fields |= {
        name: {}
        for name, parameter in inspect.signature(error.__init__).parameters.items()
        if parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD and name != "self"
    }
    return error(**fields)


OURS = {
    "ApiVersionNotFoundError", "DataNotFoundError", "InvalidExpressionError", "MD5UnavailableError",
    "OperationNotPageableError", "PaginationError", "StubAssertionError", "StubResponseError", "UnStubbedResponseError",
    "UnknownClientMethodError", "UnknownServiceError", "UnknownServiceStyle", "UnsupportedServiceProtocolsError",
    "WaiterConfigError", "WaiterError",
}  # fmt: skip
"""What no setting and no network causes: a service or an operation that botocore does not have, and stubs of tests."""


def test_every_error_of_botocore_s_is_one_sentence_with_a_remedy():
    every = {error for error in descendants(exceptions.BotoCoreError) if error.__module__ == exceptions.__name__}
    assert len(every) > 80
    for error in every:
        with pytest.raises(DriverError, match=r"^cannot try: .+; .+") as caught, calls.explain_errors("try"):
            raise made(error)
        assert "\n" not in str(caught.value)
        is_ours = remedies.remedy(made(error)) == remedies._INSTALLATION
        assert is_ours == (error.__name__ in OURS), error


@pytest.mark.parametrize("service", ["sagemaker", "sts"])
def test_a_web_page_in_place_of_an_answer(amazon, scripted, service):
    """Of a proxy, or of a network that wants a login first."""
    operation = {"sagemaker": "ListTrainingJobs", "sts": "GetCallerIdentity"}[service]
    scripted.answers = [(200, "<!DOCTYPE html><p>Log in<br>to this network", {"Content-Type": "text/html"})]
    with pytest.raises(
        DriverError, match=r"^cannot ask: .*; check --endpoint-url, the proxy .HTTPS_PROXY., and"
    ) as error:
        amazon.call(service, operation, {}, "ask")
    assert "\n" not in str(error.value)
    if service == "sagemaker":
        with pytest.raises(DriverError, match="a web page arrived instead of AWS's answer"):
            list(calls.pages(amazon.client(service), operation, {}, "ask"))

"""What the log hears of object storage: the reason, in one line, and nothing that opens anything."""

import pytest

from cleanplate.errors import BlobMissing, StorageFailed, StorageFull
from cleanplate.storage.object_errors import is_ill, refused, unreadable, why

S3_BODY = (
    '<?xml version="1.0"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
    "<AWSAccessKeyId>AKIAEXAMPLE</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256 20260101</StringToSign>"
    "<SignatureProvided>5ec1e7</SignatureProvided></Error>"
)
DEBUG = '\n\nDebug source:\nGeneric {{\n    store: "S3",\n {inner} }}'


def s3_error(status: str, code: str, message: str) -> Exception:
    body = S3_BODY.format(code=code, message=message)
    head = "Generic S3 error: Error performing PUT http://s3.example.com/b/k in 2.5ms"
    return Exception(
        f"{head} - Server returned non-2xx status code: {status}: {body}" + DEBUG.format(inner=body)
    )


def test_of_a_reply_the_status_the_code_and_the_words_are_told() -> None:
    told = why(s3_error("403 Forbidden", "SignatureDoesNotMatch", "The request signature does not match"))
    assert told == (
        "Generic S3 error: Error performing PUT http://s3.example.com/b/k in 2.5ms - Server returned non-2xx "
        "status code: 403 Forbidden: SignatureDoesNotMatch: The request signature does not match"
    )


def test_signatures_in_addresses_are_not_told() -> None:
    address = "https://a.blob.core.windows.net/c/k?sv=2023&sig=5ec1e7%3D"
    told = why(Exception(f"Generic MicrosoftAzure error: Error performing GET {address} in 1ms - HTTP error"))
    assert told == (
        "Generic MicrosoftAzure error: Error performing GET https://a.blob.core.windows.net/c/k in 1ms - "
        "HTTP error"
    )


def test_a_reply_that_is_no_xml_is_not_told() -> None:
    body = '{"error": "invalid_grant", "token": "5ec1e7"}'
    told = why(Exception(f"Generic GCS error: status code: 400 Bad Request: {body}"))
    assert told == "Generic GCS error: status code: 400 Bad Request"


@pytest.mark.parametrize(
    ("inner", "cause"),
    [
        ('ConnectError("tcp connect error", Os { message: "Connection refused" })', "Connection refused"),
        ("source: TimedOut,", "TimedOut"),
        ("kind: Builder, source: BadScheme,", "BadScheme"),
        ("InvalidCertificate(UnknownIssuer)", "UnknownIssuer"),
        ('"dns error"', "dns error"),
    ],
)
def test_why_there_was_no_reply(inner: str, cause: str) -> None:
    error = Exception("Generic S3 error: HTTP error: error sending request" + DEBUG.format(inner=inner))
    assert why(error) == f"Generic S3 error: HTTP error: error sending request: {cause}"


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("Error performing PUT http://169.254.169.254/latest/api/token in 1ms", "no credentials"),
        ("Error performing GET http://metadata.google.internal/x in 1ms", "no credentials"),
        ("Received redirect without LOCATION, this normally indicates", "set AWS_REGION"),
        (
            "status code: 301 Moved Permanently: <Error><Code>PermanentRedirect</Code></Error>",
            "set AWS_REGION",
        ),
    ],
)
def test_what_operators_can_do(said: str, advice: str) -> None:
    assert advice in why(Exception(said))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("403 Forbidden", "QuotaExceeded"),
        ("507 Insufficient Storage", "XMinioStorageFull"),
        ("507 Insufficient Storage", "Other"),
    ],
)
def test_a_full_store(status: str, code: str) -> None:
    error = refused(s3_error(status, code, "no room"), "inputs/a/image")
    assert type(error) is StorageFull
    assert error.log.startswith("inputs/a/image: ")
    assert error.public == "no space left on the server"


def test_a_store_that_refuses_is_not_full() -> None:
    assert type(refused(s3_error("403 Forbidden", "AccessDenied", "in 507 words"), "a/b")) is StorageFailed


@pytest.mark.parametrize(
    ("said", "ill"),
    [
        ("Server returned non-2xx status code: 503 Service Unavailable: HTTP error", True),
        ("Server returned non-2xx status code: 403 Forbidden: HTTP error", False),
        ("HTTP error: error sending request", True),
        ("Error getting list response body: HTTP error: request or response body error", True),
        ("Object at location x not found: it is no HTTP", False),
        ("Generating SAS keys with SAS tokens auth is not supported", False),
    ],
)
def test_whose_fault_it_is(said: str, ill: bool) -> None:
    assert is_ill(Exception(said + DEBUG.format(inner="HTTP error"))) == ill


@pytest.mark.parametrize("code", ["NoSuchBucket", "ContainerNotFound"])
def test_a_bucket_that_is_gone_is_no_blob_that_is_gone(code: str) -> None:
    gone = FileNotFoundError(f"status code: 404 Not Found: <Code>{code}</Code>")
    assert type(unreadable(gone, "a/b")) is StorageFailed
    assert type(unreadable(FileNotFoundError("status code: 404 Not Found"), "a/b")) is BlobMissing

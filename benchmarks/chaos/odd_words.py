"""What a made-up client says: paths, methods, queries, headers and values, most of them not quite right."""

from typing import Any, Final

KEYS: Final = ("sk-fuzz-one", "sk-fuzz-two", "sk-fuzz-three")
"""The server knows these."""
OTHER_KEYS: Final = ("", "sk-nobody", "\u00e9", "a b")
EDITS: Final = ("erase",) * 30 + (
    "expand",
    "upscale",
    "stylize",
    "stylize_local",
    "remove_text",
    "inpaint",
    "colorize",
    "doodle",
    "instruct",
    "none",
)
METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get", "BREW")
PATHS: Final = (
    "/",
    "/healthz",
    "/readyz",
    "/openapi.json",
    "/docs",
    "/metrics",
    "/v1",
    "/v1/",
    "/v1/edits",
    "/v1/edits/{id}",
    "/v1/edits/{id}/events",
    "/v1/catalogue",
    "/v1/usage",
    "/v1/regions",
    "/v1/images/edits",
    "/v1/images/generations",
    "/v1/models",
    "/v1/models/{id}",
    "/api/v1/tasks",
    "/api/v1/tasks/{id}",
    "/api/v1/tasks/{id}/cancel",
    "/api/v1/uploads",
    "/v3/async/task-result",
    "/v3/cleanup",
    "/v3/async/image-eraser",
    "/v3/async/inpainting",
    "/v3/async/upscale",
    "/v3/remove-text",
    "/v3/outpainting",
    "/api/v1/services/aigc/image2image/out-painting",
    "/api/v1/services/aigc/multimodal-generation/generation",
    "/api/tasks/visual/scale",
    "/api/tasks/visual/external/watermark-remove",
    "/api/tasks/visual/inpaint",
    "/api/tasks/visual/inpaint/{id}",
    "/results/{id}/1/0.png",
    "/files",
    "//v1//edits",
    "/v1/../v1/edits",
    "/v1/edits/%2e%2e",
    "/v1/edits/%00",
    "/中",
    "/api/v2/apps",
    "/v4/x",
    "http://x/v1/edits",
)
QUERIES: Final = tuple(
    f"""
    page=1&page_size=10 page_no=2&page_size=1 page=-1 page=1e9 page_size=101 page=%31 state=queued status=x
    task_id=
    days=3 days=-1 start_time=20261129000000 a=%00 %ff=%ff &&& = expires=1&signature=a a={"b" * 3000}
    action=getPolicy&model=image-erase-completion find=a&image=http://127.0.0.1:1/
    """.split()
)
HEADERS: Final = tuple(
    f"""
X-DashScope-Async: enable
X-DashScope-OssResourceResolve: enable
X-DashScope-DataInspection: {{}}
Idempotency-Key: a
Idempotency-Key:
Prefer: wait=1
Range: bytes=0-9
Range: bytes=9-
If-None-Match: *
Content-Encoding: gzip
Content-Type: text/x
Accept: x/y
X-Request-Id: abc
X-Request-Id: {"é" * 20}
Origin: http://a
Expect: 100-continue
Cookie: {"a" * 4000}
Last-Event-ID: 3
X-Forwarded-For: ::1
Upgrade: h2c
""".strip().splitlines()
)
VALUES: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        1.5,
        1e308,
        2**53,
        2**63,
        10**30,
        "",
        " ",
        "0",
        "1",
        "null",
        "\0",
        "\ud800",
    ),
    *(
        [],
        {},
        [[]],
        [None],
        {"": None},
        {"url": "http://127.0.0.1:1/a.png"},
        {"base64": "AAAA"},
        {"enabled": 1},
    ),
    *(
        "a" * 5000,
        "é" * 99,
        "http://127.0.0.1:1/",
        "https://[::1",
        "file:///etc/passwd",
        "oss://a/b",
        "data:,",
    ),
    *("data:image/png;base64,****", "去掉水印", "the red car on the left", "turn it into ice", "1024*1024"),
    *("jpeg", "same", "opaque", "#ffffff"),
)
"""In the place of any part of a body."""

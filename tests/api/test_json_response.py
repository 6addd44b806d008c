from cleanplate.transport.json_response import CompactJson


def test_json_is_compact_and_utf_8() -> None:
    assert CompactJson({"a": [1, "写"], "b": None}).body == '{"a":[1,"写"],"b":null}'.encode()

"""When the head of a reply goes out."""

import h11
import pytest

from cleanplate.serving.whole_replies import WholeReplies

HEAD = b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n"


@pytest.fixture
def asked() -> WholeReplies:
    """A connection on which a request has come."""
    connection = WholeReplies(h11.SERVER)
    connection.receive_data(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    for _ in range(2):
        connection.next_event()
    return connection


def reply(length: int) -> h11.Response:
    return h11.Response(status_code=200, headers=[("Content-Length", str(length))])


def test_the_head_goes_out_with_the_first_piece_of_the_body(asked: WholeReplies) -> None:
    assert asked.send(reply(2)) == b""
    assert asked.send(h11.Data(data=b"a")) == HEAD + b"a"
    assert asked.send(h11.Data(data=b"b")) == b"b"
    assert asked.send(h11.EndOfMessage()) == b""


def test_a_reply_without_a_body_has_a_head(asked: WholeReplies) -> None:
    assert asked.send(reply(0)) == b""
    assert asked.send(h11.EndOfMessage()) == HEAD.replace(b"2\r", b"0\r")


def test_go_on_is_said_at_once(asked: WholeReplies) -> None:
    assert asked.send(h11.InformationalResponse(status_code=100, headers=[])) == b"HTTP/1.1 100 \r\n\r\n"
    assert asked.send(reply(2)) == b""


def test_the_next_reply_of_a_connection_is_its_own(asked: WholeReplies) -> None:
    for event in (reply(2), h11.Data(data=b"ab"), h11.EndOfMessage()):
        asked.send(event)
    asked.start_next_cycle()
    asked.receive_data(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    for _ in range(2):
        asked.next_event()
    assert asked.send(reply(2)) == b""
    assert asked.send(h11.Data(data=b"cd")) == HEAD + b"cd"

import socket

import numpy as np
import pytest
from smcontract.training.hosts.connection import Connection, LostError


@pytest.fixture
def sockets():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as one,
        listener.accept()[0] as other,
    ):
        yield one, other


@pytest.fixture
def pair(sockets):
    return [Connection(each) for each in sockets]


def test_arrays_and_values_arrive_as_they_were_sent(pair):
    sent = {
        "floats": np.arange(6, dtype=np.float32).reshape(2, 3)[:, ::2],
        "none": np.empty((0, 4), np.int64),
        "one": np.float64(0.5) * np.ones(()),
        "true": np.array([True, False]),
        "words": ["ein", "Wörtchen", "\ud83c"],
        "nothing": None,
    }
    pair[0].send(sent)
    assert pair[1].ready(1)
    found = pair[1].receive()
    assert found.keys() == sent.keys()
    for name, value in sent.items():
        if isinstance(value, np.ndarray):
            assert (found[name].dtype, found[name].shape) == (value.dtype, value.shape)
        np.testing.assert_array_equal(found[name], value)
    assert not pair[1].ready(0)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "not a message"),
        (b"SMH1" + b"\xff" * 8, "not a message"),
        (b"SMH1" + bytes(7) + b"\x02[]", "not a message"),
        (b"SMH1" + bytes(7) + b"\x2b" + b'{"values": {}, "arrays": [["a", "O", [2]]]}', "an array of object"),
        (b"SM", "closed"),
        (b"", "closed"),
    ],
)
def test_what_is_no_message_ends_the_connection(sockets, content, why):
    with sockets[0]:
        sockets[0].sendall(content)
    with pytest.raises(LostError, match=why):
        Connection(sockets[1]).receive()


def test_an_array_of_objects_is_not_sent(pair):
    with pytest.raises(TypeError, match="not JSON serializable"):
        pair[0].send({"objects": np.array([{}], object)})

"""What the benchmarks of answers share: a free port, the wait for a server, one question over an open connection."""

import socket
import sys
import time


def port():
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return own.getsockname()[1]


def wait_for(address):
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", address), 0.2).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nothing answers on port {address}")


def get(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError((path, answer.status, body[:200]))
    return body

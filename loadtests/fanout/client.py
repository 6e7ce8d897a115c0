"""The reading side: connects, then counts bytes, as cheaply as it can. `argv`: port, sockets.

Prints `ready` once connected. Commands on stdin: `r` reads until `c`, which prints the bytes
received since the start and goes to sleep; end of file exits.
"""

import contextlib
import os
import select
import socket
import sys
import time

from loadtests.fanout.wire import HANDSHAKE

BATCH_S = 0.004
"""Reading in batches leaves the client awake or asleep whatever the server's pace: a reader that
slept between two frames would have to be woken by the server, at the server's expense."""


def connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=20)
    sock.sendall(HANDSHAKE)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        received = sock.recv(4096)
        if not received:
            raise SystemExit(f"handshake refused: {answer!r}")
        answer += received
    if not answer.startswith(b"HTTP/1.1 101"):
        raise SystemExit(f"handshake refused: {answer!r}")
    sock.setblocking(False)
    return sock


def drain(epoll: select.epoll, sockets: dict[int, socket.socket], buffer: bytearray) -> int:
    total = 0
    for fd, _ in epoll.poll(0, max(1, len(sockets))):
        with contextlib.suppress(BlockingIOError):
            received = sockets[fd].recv_into(buffer)
            if received == 0:
                raise SystemExit("the server hung up")
            total += received
    return total


def main() -> None:
    port, count = int(sys.argv[1]), int(sys.argv[2])
    sockets = {sock.fileno(): sock for sock in (connect(port) for _ in range(count))}
    epoll = select.epoll()
    for fd in sockets:
        epoll.register(fd, select.EPOLLIN)
    commands = select.poll()
    commands.register(0, select.POLLIN)
    buffer = bytearray(65536)
    total, reading = 0, False
    print("ready", flush=True)
    while True:
        if commands.poll(0 if reading else None):
            command = os.read(0, 1)
            if not command:
                return
            reading = command == b"r"
            if command == b"c":
                total += drain(epoll, sockets, buffer)
                print(total, flush=True)
        if reading:
            total += drain(epoll, sockets, buffer)
            time.sleep(BATCH_S)


if __name__ == "__main__":
    main()

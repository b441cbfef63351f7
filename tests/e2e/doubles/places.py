"""Small servers by the hundred, all of them on one thread: shops and receivers that only count.

`answer(head, body, writer)` is a coroutine that says what it likes, with say() or reset(), or
nothing.
"""

import asyncio
import contextlib
import socket
import struct
import threading


class Loop:
    """The thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def close(self):
        async def cancel():
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.call(cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Place:
    """A port of its own that the kernel refuses while it is shut."""

    def __init__(self, loop, answer):
        self.loop, self.answer, self.server = loop, answer, None
        self.holder = self._bound()  # keeps the port, and never listens
        self.port = self.holder.getsockname()[1]
        self.loop.call(self._open())

    def _bound(self, port=0):
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(("127.0.0.1", port))
        return bound

    async def _open(self):
        if self.server is None:
            self.server = await asyncio.start_server(self._serve, sock=self._bound(self.port),
                                                     backlog=256)

    async def _shut(self):
        if self.server is not None:
            self.server.close()
            self.server = None

    def refuse(self, yes):
        self.loop.call(self._shut() if yes else self._open())

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lengths = [line.split(":")[1] for line in head.splitlines()
                       if line.lower().startswith("content-length:")]
            body = await reader.readexactly(int(lengths[0]) if lengths else 0)
            await self.answer(head, body, writer)
        with contextlib.suppress(OSError):
            writer.close()


def reset(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                               struct.pack("ii", 1, 0))
    writer.transport.abort()


async def say(writer, status, text="", headers=""):
    writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n{headers}"
                 f"Connection: close\r\n\r\n{text}".encode())
    await writer.drain()

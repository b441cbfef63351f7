"""A small HTTP server of which each shop has its own path, so that one server is many shops.

http://127.0.0.1:PORT/FAULT/... is a shop with that fault; `mend()` heals all of them.
"""

import http.server
import json
import re
import secrets
import threading
import urllib.parse


class Answer:
    def __init__(self, status=200, body=b"", kind="application/json", headers=()):
        self.status = status
        self.body = body if isinstance(body, bytes) else body.encode()
        self.kind = kind
        self.headers = list(headers)


def as_json(value, status=200, headers=()):
    return Answer(status, json.dumps(value), "application/json", headers)


def as_html(text, status=200, headers=()):
    return Answer(status, f"<!DOCTYPE html><html>{text}</html>", "text/html; charset=utf-8", headers)


def redirect(location, status=302):
    return Answer(status, b"", "text/html", [("Location", location)])


class Asked:
    """One request, as the double's `answer()` sees it: `path` is below the shop's own."""

    def __init__(self, handler, shop, path):
        split = urllib.parse.urlsplit(path)
        self.shop = shop
        self.method = handler.command
        self.path = urllib.parse.unquote(split.path)
        self.query = dict(urllib.parse.parse_qsl(split.query))
        self.headers = handler.headers
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.cookies = {}
        for part in (handler.headers.get("Cookie") or "").split(";"):
            name, _, value = part.strip().partition("=")
            self.cookies[name] = value

    def json(self):
        return json.loads(self.body or b"null")

    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))


class Shop:
    """What one shop remembers: its carts by key."""

    def __init__(self, name):
        self.name = name
        self.carts = {}
        self.marked = True
        self.drafts = 0  # orders begun and not ended
        self.requests = []

    def lines(self):
        return sum(len(cart["lines"]) for cart in self.carts.values())


class Double:
    """A subclass gives `answer(asked, shop, has)`; has(fault) tells whether the shop has it."""

    MARKER = "X-Synthetic"
    # What adds to a cart, as "METHOD /path body": its answer never comes where `lost_answer` is armed.
    ADDING = None
    PROTOCOL = "HTTP/1.1"

    def __init__(self):
        self.lock = threading.Lock()
        self.shops = {}
        self.healthy = False
        self.closing = threading.Event()
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = double.PROTOCOL
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def serve(self):
                double.serve(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = serve

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 512

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def mend(self):
        self.healthy = True

    def serve(self, handler):
        _, name, path = (handler.path + "/").split("/", 2)
        path = "/" + path[:-1]
        with self.lock:
            shop = self.shops.setdefault(name, Shop(name))
            asked = Asked(handler, shop, path)
            shop.marked = shop.marked and "tillwatch" in handler.headers.get(self.MARKER, "")
            shop.requests.append((asked.method, asked.path))

            def has(fault):
                return not self.healthy and shop.name == fault

            answer = self.common(has) or self.answer(asked, shop, has)
            silent = has("lost_answer") and self.ADDING and re.search(
                self.ADDING, f"{asked.method} {asked.path} {asked.body.decode(errors='replace')}")
        if silent:  # longer than any probe waits
            self.closing.wait(60)
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for key, value in answer.headers:
            handler.send_header(key, f"/{name}{value}" if key == "Location" and value[0] == "/"
                                else value)
        handler.send_header("Content-Type", answer.kind)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(answer.body)

    @staticmethod
    def common(has):
        """Faults that every shop can have."""
        if has("rate_limit"):
            return as_json({"message": "Too many requests"}, 429, [("Retry-After", "60")])
        for status in (403, 429):
            if has(f"challenge_{status}"):
                return as_html("<title>Just a moment...</title>", status,
                               [("cf-mitigated", "challenge")])
        if has("unavailable"):
            return as_html("<body>Service Unavailable</body>", 503)
        if has("closed_at_200"):
            return as_html("<title>Maintenance</title><body>We are back soon</body>")
        return None

    def answer(self, asked, shop, has):
        raise NotImplementedError


def new_id():
    return secrets.token_hex(16)


def page(text="Probe sock"):
    return as_html(f"<head><title>Shop</title></head><body><h1>{text}</h1></body>")

"""Receivers of alerts, faithful to their documents: one server that speaks for all of them.

`answers` arms what it says next, whoever is asked: (status, headers, body), or "hang", "reset".
"""

import http.server
import json
import socket
import struct
import threading
import time


class Receivers:
    def __init__(self):
        self.requests = []
        self.answers = []
        self.always = None
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                double.requests.append({"at": time.time(), "path": self.path, "raw": raw,
                                        "headers": {k.lower(): v for k, v in self.headers.items()},
                                        "body": json.loads(raw) if raw else None})
                armed = double.answers.pop(0) if double.answers else double.always
                if armed == "hang":
                    time.sleep(3)
                    self.close_connection = True
                    return
                if armed == "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                               struct.pack("ii", 1, 0))
                    self.connection.close()
                    self.close_connection = True
                    return
                status, headers, body = armed or double.says(self.path, double.requests[-1])
                data = body.encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def says(path, request):
        """What the real one says to a good message, and to one that it will not take."""
        body = request["body"]
        if path == "/v2/enqueue":  # PagerDuty
            good = body["event_action"] in ("trigger", "resolve") and body["dedup_key"]
            if good and body["event_action"] == "trigger":
                payload = body["payload"]
                good = (len(payload["summary"]) <= 1024 and payload["source"]
                        and payload["severity"] in ("critical", "error", "warning", "info"))
            if not good or len(body["routing_key"]) != 32:
                return 400, {}, '{"status":"invalid event","message":"Event object is invalid"}'
            return 202, {}, json.dumps({"status": "success", "message": "Event processed",
                                        "dedup_key": body["dedup_key"]})
        if path.startswith("/services/"):  # Slack
            return 200, {}, "ok" if body.get("text") else "no_text"
        if path.startswith("/api/webhooks/"):  # Discord
            if "wait=true" not in path or not 0 < len(body["content"]) <= 2000:
                return 400, {}, '{"message":"Cannot send an empty message","code":50006}'
            return 200, {}, '{"id":"1"}'
        if path.startswith("/workflows/"):  # Teams
            card = body["attachments"][0]
            good = (body["type"] == "message" and card["contentUrl"] is None
                    and card["content"]["type"] == "AdaptiveCard")
            return (202, {}, "") if good else (400, {}, "bad card")
        if path.startswith("/v2/alerts"):  # Opsgenie
            if request["headers"].get("authorization") != "GenieKey a-key":
                return 403, {}, '{"message":"Could not authenticate"}'
            if "/close" in path:
                good = "identifierType=alias" in path
            else:
                good = 0 < len(body["message"]) <= 130 and body["alias"]
            return ((202, {}, '{"result":"Request will be processed","took":0.1,"requestId":"1"}')
                    if good else (422, {}, '{"message":"Request body is not processable"}'))
        if path == "/" and "topic" in (body or {}):  # ntfy
            return 200, {}, json.dumps({"id": "1", "event": "message", "topic": body["topic"]})
        if path.startswith("/bot"):  # Telegram
            if not path.endswith("/sendMessage") or not body.get("text"):
                return 400, {}, '{"ok":false,"error_code":400,"description":"Bad Request"}'
            return 200, {}, '{"ok":true,"result":{}}'
        return 200, {}, ""

"""Requests to a store: JSON in, JSON out, with or without a cookie jar."""

import http.cookiejar
import json
import urllib.error
import urllib.request


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Client:
    def __init__(self, base, seconds=30):
        self.base = base
        self.seconds = seconds
        self.headers = {}
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), _NoRedirect(),
            urllib.request.HTTPCookieProcessor(self.jar))

    def request(self, method, path, body=None):
        """The status and the body: parsed where it is JSON, else text."""
        headers = dict(self.headers)
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            answer = self._opener.open(request, timeout=self.seconds)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode(errors="replace")
            if "json" in answer.headers.get("Content-Type", ""):
                return answer.status, json.loads(text)
            return answer.status, text

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body):
        return self.request("POST", path, body)

    def graphql(self, path, query, **variables):
        """`data` of the answer; an exception where there are errors."""
        status, answer = self.post(path, {"query": query, "variables": variables})
        if status != 200 or not isinstance(answer, dict) or answer.get("errors"):
            raise RuntimeError(f"{self.base}{path}: {status} {answer}")
        return answer["data"]

#!/usr/bin/env python3
"""deploy/proxy: a real nginx and a real Caddy in front of a real daemon let through what they should, and nothing else."""

import base64
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import unittest
import urllib.error
import urllib.request

from harness import TOKEN, EndToEnd, Program, main, shop, wait_until

PROXY = pathlib.Path(__file__).resolve().parents[2] / "deploy/proxy"
NAME = "tillwatch.example"
PASSWORD = "change me"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class ProxyTest(EndToEnd):
    def setUp(self):
        super().setUp()
        store = self.demo_store()
        probes = [{"name": "home", "type": "storefront"},
                  {"name": "export", "type": "heartbeat", "period": "1h", "grace": "1h"}]
        self.watch = self.daemon(self.write_config(self.config(shop(store.url, probes=probes))))
        self.address = self.watch.url.removeprefix("http://")
        self.port = free_port()

    def ask(self, path, method="GET", user=None, **headers):
        """The status that the proxy answers with, over TLS or without."""
        if user:
            headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        asked = urllib.request.Request(f"{self.base}{path}", method=method,
                                       headers={"Host": NAME, **headers})
        context = ssl._create_unverified_context()  # noqa: S323, the certificate is this test's own
        try:
            with urllib.request.urlopen(asked, timeout=30, context=context) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()

    def check(self):
        wait_until(lambda: self.ask("/metrics")[0] == 404, "the proxy answers")
        for path in ("/metrics", "/api/v1/status", "/api/v1/breaks?store=demo", "/-/healthy", "/-/ready",
                     "/hooks/../metrics", "/hooks/%2e%2e/metrics", "//metrics", "/nothing"):
            with self.subTest(path=path):
                status, text = self.ask(path)
                self.assertIn(status, (400, 404), text)
                self.assertNotIn("tillwatch_", text)
        self.assertIn(self.ask("/-/reload", "POST", Authorization=f"Bearer {TOKEN}")[0], (404, 405))
        self.assertEqual(self.ask("/")[0], 401)
        self.assertEqual(self.ask("/", user="someone:wrong")[0], 401)
        status, page = self.ask("/", user=f"someone:{PASSWORD}")
        self.assertEqual(status, 200, page)
        self.assertIn("demo", page)
        self.assertIn(self.ask("/", "POST", user=f"someone:{PASSWORD}")[0], (403, 404))

        self.assertEqual(self.ask("/hooks/heartbeat/demo.nonsense")[0], 404)
        status, text = self.ask("/hooks/heartbeat/demo.export", "POST")
        self.assertEqual(status, 200, text)
        wait_until(lambda: self.watch.probe("export")["state"] == "ok", "the call has arrived")

    @unittest.skipUnless(shutil.which("nginx"), "the Debian package nginx-light is not installed")
    def test_nginx(self):
        here = self.directory
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        f"/CN={NAME}", "-keyout", here / "key.pem", "-out", here / "cert.pem"],
                       check=True, capture_output=True)
        digest = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], check=True, text=True,
                                capture_output=True).stdout.strip()
        (here / "htpasswd").write_text(f"someone:{digest}\n")
        site = (PROXY / "nginx.conf").read_text()
        for old, new in [("listen 443", f"listen 127.0.0.1:{self.port}"), ("127.0.0.1:9889", self.address),
                         ("/etc/ssl/certs/tillwatch.pem", f"{here}/cert.pem"),
                         ("/etc/ssl/private/tillwatch.key", f"{here}/key.pem"),
                         ("/etc/nginx/tillwatch.htpasswd", f"{here}/htpasswd")]:
            self.assertIn(old, site)
            site = site.replace(old, new)
        (here / "site.conf").write_text(site)
        places = " ".join(f"{kind}_temp_path {here}/{kind};"
                          for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (here / "nginx.conf").write_text(
            f"worker_processes 1; daemon off; pid {here}/nginx.pid; error_log {here}/error.log;\n"
            f"events {{ }}\nhttp {{ access_log {here}/access.log; {places} include {here}/site.conf; }}\n")
        here.chmod(0o755)  # nginx gives up root's rights
        command = ["nginx", "-c", f"{here}/nginx.conf", "-p", str(here)]
        tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        self.assertEqual(tested.returncode, 0, tested.stderr)
        self.assertNotIn("warn", tested.stderr)
        nginx = Program(command, here / "nginx.log")
        self.addCleanup(nginx.stop)
        self.base = f"https://127.0.0.1:{self.port}"
        self.check()
        self.assertNotIn("heartbeat", (here / "access.log").read_text(), "secret addresses are not logged")

    @unittest.skipUnless(shutil.which("caddy"), "the Debian package caddy is not installed")
    def test_caddy(self):
        site = (PROXY / "Caddyfile").read_text()
        environment = ["env", f"HOME={self.directory}", f"XDG_DATA_HOME={self.directory}/data",
                       f"XDG_CONFIG_HOME={self.directory}/config"]
        valid = subprocess.run([*environment, "caddy", "validate", "--adapter", "caddyfile", "--config",
                                PROXY / "Caddyfile"], capture_output=True, text=True, check=False)
        self.assertEqual(valid.returncode, 0, valid.stderr)
        # Plain HTTP here: no certificate authority is asked, no port of the system taken.
        site = re.sub(rf"^{re.escape(NAME)} {{", f"http://{NAME}:{self.port} {{\n\tbind 127.0.0.1", site, flags=re.M)
        site = site.replace("127.0.0.1:9889", self.address)
        file = self.directory / "Caddyfile"
        file.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + site)
        caddy = Program([*environment, "caddy", "run", "--adapter", "caddyfile", "--config", file],
                        self.directory / "caddy.log")
        self.addCleanup(caddy.stop)
        self.base = f"http://127.0.0.1:{self.port}"
        self.check()


if __name__ == "__main__":
    main()

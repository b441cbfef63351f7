"""nginx in front of a store: TLS by a private CA, HTTP/2, gzip, a time limit, a maintenance file."""

import collections
import os
import pathlib
import shutil
import socket
import tempfile
import time

from harness import wait_until
from processes import Process, free_port, run

CONFIG = """
{user}
daemon off;
pid {directory}/pid;
error_log {directory}/error.log;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
  log_format counted '$request_method $uri $status $server_protocol $sent_http_content_encoding';
  access_log {directory}/access.log counted;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  gzip on;
  gzip_proxied any;
  gzip_min_length 20;
  gzip_types application/json;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {directory}/server.pem;
    ssl_certificate_key {directory}/server.key;
    location / {{
      if (-f {directory}/maintenance) {{ return 503; }}
      proxy_pass {upstream};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_connect_timeout 2s;
      proxy_read_timeout {patience};
    }}
  }}
}}
"""


class Front:
    """`url` is HTTPS; its certificate is signed by the CA in `ca_file`.

    After `patience` without an answer of the store nginx answers 504.
    """

    def __init__(self, upstream, patience="30s"):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-front-"))
        self.ca_file = self.directory / "ca.pem"
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self._make_certificates()
        config = self.directory / "nginx.conf"
        config.write_text(CONFIG.format(
            user="user root;" if os.geteuid() == 0 else "", directory=self.directory,
            port=self.port, upstream=upstream, patience=patience))
        self._server = Process(["nginx", "-p", self.directory, "-c", config],
                               self.directory / "log")
        wait_until(self._listens, "nginx starts", 20)

    def _listens(self):
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def _make_certificates(self):
        def openssl(*words):
            run(["openssl", *words], self.directory / "openssl.log", cwd=self.directory)

        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
                "-subj", "/CN=CA of the end-to-end tests")
        openssl("req", "-x509", *key, "-keyout", "server.key", "-out", "server.pem", "-days", "20",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                "-addext", "basicConstraints=critical,CA:FALSE", "-CA", "ca.pem",
                "-CAkey", "ca.key")

    def close_for_maintenance(self):
        (self.directory / "maintenance").touch()

    def open_again(self):
        (self.directory / "maintenance").unlink()

    def requests(self):
        """What has been asked so far. nginx writes just after it has answered."""
        line = collections.namedtuple("Line", "method path status protocol encoding")
        text = None
        while text != (text := (self.directory / "access.log").read_text()):
            time.sleep(0.5)
        return [line(*one.split()) for one in text.splitlines()]

    def close(self):
        self._server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

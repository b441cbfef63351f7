"""An IMAP server over TLS that misbehaves: each fault has a port and a mailbox of its own.

A fault is `PHASE-MANNER`: `select-hang` never answers a SELECT. `mend()` heals all of them. What a
server may do at any command is in MANNERS, what only some do in Session's methods of their name.
"""

import contextlib
import pathlib
import selectors
import socket
import ssl
import subprocess
import threading
import time

USER = "probe"
PASSWORD = "correct-horse-battery"
JUNK = bytes(range(256)) * 64
COMMANDS = ("capability", "login", "authenticate", "select", "search", "fetch", "store", "expunge")
DATE = "24-Nov-2026 12:00:00 +0000"


class Gone(Exception):
    """The connection has ended, or is to end."""


class Session:
    """One connection."""

    def __init__(self, server, fault, connection):
        self.server = server
        self.fault = fault
        self.phase, _, self.manner = fault.partition("-")
        if server.healthy:
            self.phase = self.manner = ""
        self.connection = connection
        self.unread = b""
        self.tag = ""
        # Of the plain port, as it may say before TLS.
        self.is_plain = fault.startswith("starttls")

    # What it is made of.
    def send(self, data):
        self.connection.sendall(data if isinstance(data, bytes) else data.encode())

    def line(self):
        while b"\n" not in self.unread:
            part = self.connection.recv(4096)
            if not part:
                raise Gone
            self.unread += part
        line, _, self.unread = self.unread.partition(b"\n")
        return line.decode().rstrip("\r")

    def hold(self):
        """Reads on and says nothing, until the other side has gone."""
        while self.connection.recv(4096):
            pass
        raise Gone

    def begin_tls(self, context):
        self.connection = context.wrap_socket(self.connection, server_side=True)

    def ok(self, text="done"):
        self.send(f"{self.tag} OK {text}\r\n")

    def without_end(self, data):
        while True:
            self.send(data)
            time.sleep(0.01)

    # What any phase can do.
    def hang(self):
        self.hold()

    def disconnect(self):
        raise Gone

    def no(self):
        self.send(f"{self.tag} NO [UNAVAILABLE] come back tomorrow\r\n")

    def bad(self):
        self.send(f"{self.tag} BAD what do you mean\r\n")

    def tag_(self):
        self.send("ZZ99 OK done\r\n")
        self.hold()

    def bye(self):
        self.send("* BYE going down\r\n")
        raise Gone

    def junk(self):
        self.send(JUNK + b"\r\n")
        raise Gone

    def line_(self):
        self.without_end(b"x" * 65536)

    def lines(self):
        self.without_end(b"* OK still here\r\n" * 1000)

    def literal(self):
        self.send("* SEARCH {999999999}\r\n")
        self.without_end(b"x" * 65536)

    # What a search or a fetch can answer.
    def small(self):
        self.send(f"* SEARCH {{1}}\r\n1 2 3 4 5\r\n{self.tag} OK done\r\n")

    def negative(self):
        self.send(f"* SEARCH {{-1}}\r\n1\r\n{self.tag} OK done\r\n")

    def nothing(self):
        self.ok()

    def words(self):
        self.send(f"* SEARCH one two three\r\n{self.tag} OK done\r\n")

    def many(self):
        self.send("* SEARCH" + "".join(f" {n}" for n in range(1, 50_000)) + "\r\n")
        self.ok()

    def garbled(self):
        self.send(JUNK + b"\r\n* \xff\xfe SEARCH 1\r\n")
        self.ok()

    def body(self):
        self.send(f"* 1 FETCH (UID 1 BODY[] {{999999999}}\r\nINTERNALDATE\r\n{self.tag} OK done\r\n")

    def date(self):
        self.send(f'* 1 FETCH (UID 1 INTERNALDATE "99-Foo-9999 99:99:99 +9999")\r\n{self.tag} OK\r\n')

    # What a greeting can be.
    def http(self):
        self.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        self.hold()

    def misbehave(self, phase):
        """True where this is the phase, and the fault has answered."""
        if phase != self.phase or phase == "starttls":
            return False
        manner = {"line": "line_", "tag": "tag_"}.get(self.manner, self.manner)
        getattr(self, manner)()
        return True

    # The way of a session.
    def run(self):
        if self.phase == "tls" and self.manner == "hang":
            self.hold()
        if self.phase == "tls" and self.manner == "plain":
            self.send("* OK ready\r\n")
            self.hold()
        if self.phase == "tls" and self.manner == "junk":
            self.junk()
        if not self.is_plain:
            self.begin_tls(self.server.wrong if self.fault == "tls-stranger" and self.phase
                           else self.server.right)
        if self.phase == "starttls" and self.manner == "preauth":
            self.send("* PREAUTH you are known\r\n")
        elif not self.misbehave("greeting"):
            self.send("* OK ready\r\n")
        while True:
            self.tag, verb, *words = self.line().split(" ")
            verb = verb.upper()
            if verb == "UID":
                verb = words.pop(0).upper()
            self.server.note(self.fault, verb)
            if verb == "LOGOUT" and self.phase == "logout":
                getattr(self, {"hang": "hold"}.get(self.manner, self.manner))()
            if verb == "SEARCH" and self.phase == "logout":
                self.no()
            elif not self.misbehave(verb.lower()):
                getattr(self, f"do_{verb.lower()}")(words)

    def do_capability(self, _):
        more = ""
        if self.is_plain and isinstance(self.connection, ssl.SSLSocket) is False:
            more = "" if self.manner == "unoffered" else " STARTTLS"
        if self.fault.startswith("authenticate"):
            more += " AUTH=PLAIN"
        self.send(f"* CAPABILITY IMAP4rev1 UIDPLUS{more}\r\n")
        self.ok()

    def do_starttls(self, _):
        if self.phase == "starttls" and self.manner == "refused":
            return self.no()
        if self.phase == "starttls" and self.manner == "held":
            self.hold()
        if self.phase == "starttls" and self.manner == "injected":
            self.send(f"{self.tag} OK go on\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n"
                      "A002 OK done\r\n")
            return self.begin_tls(self.server.right)
        self.ok("go on")
        stranger = self.phase == "starttls" and self.manner == "stranger"
        self.begin_tls(self.server.wrong if stranger else self.server.right)

    def do_login(self, words):
        if [word.strip('"') for word in words] != [USER, PASSWORD]:
            return self.send(f"{self.tag} NO wrong\r\n")
        self.ok()

    def echo(self):
        self.send(f"{self.tag} NO I do not know {USER} {PASSWORD}\r\n")

    def do_authenticate(self, _):
        self.send("+ \r\n")
        self.line()
        self.ok()

    def do_select(self, _):
        self.send(f"* {len(self.server.mails[self.fault])} EXISTS\r\n* OK [UIDVALIDITY 1]\r\n")
        self.ok("[READ-WRITE]")

    def do_search(self, words):
        text = " ".join(words)
        found = [str(uid) for uid, mail in self.server.mails[self.fault].items() if mail in text]
        self.send(" ".join(["* SEARCH", *found]) + "\r\n")
        self.ok()

    def do_fetch(self, words):
        for uid in words[0].split(","):
            self.send(f'* {uid} FETCH (UID {uid} INTERNALDATE "{DATE}")\r\n')
        self.ok()

    def do_store(self, words):
        self.server.deleted[self.fault].update(map(int, words[0].split(",")))
        self.ok()

    def do_expunge(self, _):
        for uid in self.server.deleted[self.fault]:
            self.server.mails[self.fault].pop(uid, None)
        self.ok()

    def do_logout(self, _):
        self.send("* BYE\r\n")
        self.ok()
        raise Gone


class HostileImap:
    """`faults` by name; url(fault), deliver(fault, token)."""

    def __init__(self, directory, faults):
        self.healthy = False
        self.directory = pathlib.Path(directory)
        self.right, self.ca_file = self._certificate("right")
        self.wrong, _ = self._certificate("wrong")
        self.mails = {fault: {} for fault in faults}  # {uid: token}
        self.deleted = {fault: set() for fault in faults}
        self.commands = {fault: set() for fault in faults}
        self.last_uid = 0
        self._ports = {}
        self._open = set()
        self._selector = selectors.DefaultSelector()
        for fault in faults:
            listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            self._ports[fault] = listener.getsockname()[1]
            self._selector.register(listener, selectors.EVENT_READ, fault)
        self._closing = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _certificate(self, name):
        """(the server's context, the file of its certificate)"""
        file = self.directory / f"{name}.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-noenc", "-keyout", f"{name}.key", "-out", file.name, "-days", "30", "-subj",
             f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"],
            cwd=self.directory, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file, self.directory / f"{name}.key")
        return context, file

    def url(self, fault):
        scheme = "imap" if fault.startswith("starttls") else "imaps"
        return f"{scheme}://127.0.0.1:{self._ports[fault]}/INBOX"

    def address(self, fault):
        return f"127.0.0.1:{self._ports[fault]}"

    def deliver(self, fault, token):
        self.last_uid += 1
        self.mails[fault][self.last_uid] = token

    def note(self, fault, verb):
        self.commands[fault].add(verb)

    def mend(self):
        """All are well from now on; what is open breaks."""
        self.healthy = True
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while not self._closing:
            for key, _ in self._selector.select(0.2):
                connection, _ = key.fileobj.accept()
                threading.Thread(target=self._serve, args=(key.data, connection),
                                 daemon=True).start()

    def _serve(self, fault, connection):
        session = Session(self, fault, connection)
        self._open.add(connection)
        with contextlib.suppress(Gone, OSError, ValueError):
            session.run()
        self._open.discard(connection)
        with contextlib.suppress(OSError):
            session.connection.shutdown(socket.SHUT_RDWR)
        session.connection.close()

    def close(self):
        self._closing = True
        self._thread.join()
        self.mend()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

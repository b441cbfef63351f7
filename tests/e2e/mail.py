"""Real mail: aiosmtpd takes it, a Maildir keeps it, dovecot shows it over IMAP with TLS."""

import os
import pathlib
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
from email.message import EmailMessage

from harness import wait_until

USER = "probe"
PASSWORD = "correct-horse-battery"
# Dovecot lets nobody in as root, so the mailbox belongs to an account that owns nothing else.
OWNER = "nobody"

DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/dovecot.log
ssl = required
ssl_cert = <{directory}/server.pem
ssl_key = <{directory}/server.key
mail_location = maildir:{directory}/home/Maildir
mail_max_userip_connections = 50
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = user={user} password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={directory}/home
}}
first_valid_uid = 1
first_valid_gid = 1
"""


def missing():
    """Why there can be no mail here; empty: there can be."""
    if os.geteuid() != 0:
        return "dovecot needs root to hand its mailbox to another account"
    if not shutil.which("dovecot"):
        return "dovecot-imapd is not installed"
    if subprocess.run(["/usr/bin/python3", "-c", "import aiosmtpd"], check=False,
                      capture_output=True).returncode:
        return "python3-aiosmtpd is not installed"
    return ""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def send_welcome(smtp_port, token, copies=1, message_id=None):
    """The mail of a shop that greets a new subscriber."""
    message = EmailMessage()
    message["From"] = "shop@corner.example"
    message["To"] = f"probe+{token}@corner.example"
    message["Subject"] = "Welcome to the corner shop"
    if message_id:
        message["Message-ID"] = message_id
    message.set_content(f"Hello probe+{token}, thank you for joining.\n")
    for _ in range(copies):
        with smtplib.SMTP("127.0.0.1", smtp_port, timeout=30) as server:
            server.send_message(message)


class Mail:
    def __init__(self):
        owner = pwd.getpwnam(OWNER)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tillwatch-mail-"))
        self.directory.chmod(0o755)
        home = self.directory / "home"
        home.mkdir()
        os.chown(home, owner.pw_uid, owner.pw_gid)
        self.maildir = home / "Maildir"
        self.imap_port, self.smtp_port = free_port(), free_port()
        self.ca_file = self._certificate()
        self.url = f"imaps://127.0.0.1:{self.imap_port}/INBOX"
        (self.directory / "dovecot.conf").write_text(DOVECOT.format(
            directory=self.directory, port=self.imap_port, uid=owner.pw_uid, gid=owner.pw_gid,
            user=USER, password=PASSWORD))
        self._dovecot = None
        self._smtp = subprocess.Popen(
            ["/usr/bin/python3", "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{self.smtp_port}",
             "-c", "aiosmtpd.handlers.Mailbox", self.maildir],
            cwd=home, user=OWNER, group=owner.pw_gid, extra_groups=[], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.start()
        wait_until(lambda: self._listens(self.smtp_port), "aiosmtpd listens")

    def _certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-noenc", "-keyout", "server.key", "-out", "server.pem", "-days", "30", "-subj",
             "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
            cwd=self.directory, check=True, capture_output=True)
        return self.directory / "server.pem"

    @staticmethod
    def _listens(port):
        with socket.create_connection(("127.0.0.1", port), 1):
            return True

    def start(self):
        log = open(self.directory / "start.log", "ab")
        with log:
            self._dovecot = subprocess.Popen(
                ["dovecot", "-F", "-c", self.directory / "dovecot.conf"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        wait_until(lambda: self._listens(self.imap_port), "dovecot listens")

    def stop(self):
        """The mailbox is down; mail still arrives."""
        self._dovecot.terminate()
        self._dovecot.wait(30)

    def send(self, token, copies=1, message_id=None):
        send_welcome(self.smtp_port, token, copies, message_id)

    def held(self):
        """How many mails the mailbox holds."""
        return sum(len(list((self.maildir / folder).glob("*"))) for folder in ("new", "cur"))

    def close(self):
        for process in (self._dovecot, self._smtp):
            if process.poll() is None:
                process.terminate()
                process.wait(30)
        shutil.rmtree(self.directory, ignore_errors=True)

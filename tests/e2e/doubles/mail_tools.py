"""Doubles of marketing tools and of mailboxes behind an HTTP API, as contracts say that they answer.

/SHOP/klaviyo/..., /SHOP/mailpit/..., and so on; all of a shop share one mailbox. What follows the
last `-` of the shop's name is what is wrong with it. Answers of MailDev are those of 2.2.1 and 3.0.0; MailHog's were read in its source (1.0.1).
"""

import base64
import collections
import email.header
import json
import quopri
import secrets
import time

from doubles.base import Answer, Double, as_html, as_json

KEY = "pk_0123456789abcdef"
ACCEPTED = Answer(202)
Mail = collections.namedtuple("Mail", "key message_id subject text coding")
# What marketing tools make of a link, to count clicks.
TRACKED = "https://shop.us1.list-manage.com/track/click?u=6a1&id=b27&e=9f"


class MailTools(Double):
    def __init__(self):
        super().__init__()
        self.manners = {}  # of a shop whose name does not say it
        self.sent = {}  # shop: {token: when it was sent to it}
        self.mails = {}  # shop: [Mail]
        self.carts = {}  # shop: {id: whether its mail went out}
        self.products = {}  # shop: {id: title}, of those that were made
        self.titles = {}  # shop: {cart: title of what it holds}
        self.events = []
        self.wrong = []  # what no tool would start a flow for

    def manner(self, shop):
        if self.healthy:
            return "healthy"
        return self.manners.get(shop, shop.rsplit("-", 1)[-1])

    def answer(self, asked, shop, has):
        _, room, *rest = asked.path.split("/")
        return getattr(self, room)(asked, "/" + "/".join(rest), self.manner(shop.name))

    def deliver(self, shop, token, copies=1, words=None, manner=""):
        """A mail of which each copy is one of its own, or the same one again (`retried`)."""
        sender = secrets.token_hex(8)
        for copy in range(copies):
            text = words or f"To: probe+{token}@shop.example\nÜber your cart: {token}"
            again = sender if manner == "retried" else f"{sender}.{copy}"
            coding = manner if manner in ("quoted", "base64") else "plain"
            subject = f"Still there? {token}" if manner == "subject" else "Still there?"
            self.mails.setdefault(shop, []).append(Mail(
                secrets.token_hex(8), f"<{again}@shop.example>", subject,
                "Hello" if manner == "subject" else text, coding))

    def start_flow(self, shop, manner, token, title=None):
        if manner == "stranger":
            token = "0" * len(token)
            title = title and f"Probe {token}"
        copies = {"never": 0, "twice": 2, "retried": 2, "down": 0, "foreign": 0}.get(manner, 1)
        words = title and f"Still there? {title}\n{TRACKED}"
        self.deliver(shop, token, copies, words, manner)

    def accept(self, asked, manner, token):
        """The tool has taken a trigger; without a manner, what comes of it is yet to be seen."""
        sent = self.sent.setdefault(asked.shop.name, {})
        if token in sent:
            self.wrong.append("a token was sent twice")
        sent[token] = time.monotonic()
        if manner is not None:
            self.start_flow(asked.shop.name, manner, token)

    # The tools.
    def klaviyo(self, asked, path, manner):
        def refuse(status, code, detail):
            return as_json({"errors": [{"id": "1", "status": status, "code": code,
                                        "title": "Refused.", "detail": detail, "source": {}}]}, status)

        if manner == "throttled":
            return as_json({"errors": [{"code": "throttled", "detail": "Expected available in 1"}]},
                           429, [("Retry-After", "1")])
        if manner == "unauthorised" or asked.headers["Authorization"] != f"Klaviyo-API-Key {KEY}":
            return refuse(401, "not_authenticated", "Missing or invalid private key.")
        if manner == "forbidden":
            return refuse(403, "permission_denied", "The key lacks the scope events:write.")
        if path != "/api/events" or not asked.headers["revision"] or \
                asked.headers["Content-Type"] != "application/vnd.api+json":
            return refuse(415, "unsupported", "Not the events API.")
        event = asked.json()["data"]["attributes"]
        if manner == "malformed" or not event["metric"]["data"]["attributes"]["name"]:
            return refuse(400, "invalid", "'metric' is a required field.")
        if event.get("backfill"):
            self.wrong.append("a backfilled event starts no flow")
        self.events.append(event)
        service = event["metric"]["data"]["attributes"].get("service", "api")
        token = event["unique_id"]
        if token not in event["profile"]["data"]["attributes"]["email"]:
            self.wrong.append("the mail would go to somebody else")
        # The flow may be that of another metric of this name.
        other = manner == "integration" and service != "shopify"
        self.accept(asked, "never" if other else manner, token)
        return ACCEPTED

    def omnisend(self, asked, path, manner):
        if manner == "throttled":
            return as_json({"error": "Too many requests"}, 429)
        if manner == "unauthorised" or asked.headers["Authorization"] != f"Omnisend-API-Key {KEY}":
            return as_json({"error": "Unauthorized"}, 401)
        if manner == "forbidden":
            return as_json({"error": "Forbidden"}, 403)
        event = asked.json()
        if path != "/api/events" or not asked.headers["Omnisend-Version"] or \
                event["origin"] != "api" or manner == "malformed":
            return as_json({"error": "eventName is unknown"}, 400)
        token = event["properties"]["token"]
        if token not in event["contact"]["email"]:
            self.wrong.append("the mail would go to somebody else")
        self.accept(asked, manner, token)
        return ACCEPTED

    def mailchimp(self, asked, path, manner):
        def refuse(status, detail):
            return Answer(status, json.dumps({"type": "about:blank", "title": "Refused",
                                              "status": status, "detail": detail}),
                          "application/problem+json")

        if manner == "throttled":
            return refuse(429, "You have exceeded the limit of 10 simultaneous connections.")
        if manner == "unauthorised" or asked.headers["Authorization"] != f"Bearer {KEY}":
            return refuse(401, "Your API key may be invalid.")
        if manner == "forbidden":
            return refuse(403, "You are not permitted to access this resource.")
        folder = "/3.0/ecommerce/stores/shop-1/"
        carts = self.carts.setdefault(asked.shop.name, {})
        products = self.products.setdefault(asked.shop.name, {})
        if asked.method == "DELETE":
            kind, _, key = path.removeprefix(folder).partition("/")
            if {"carts": carts, "products": products}[kind].pop(key, None) is None:
                return refuse(404, "The requested resource could not be found.")
            return Answer(204)
        sent = asked.json()
        if path == folder + "products" and sent["variants"][0]["id"] and manner != "malformed":
            products[sent["id"]] = sent["title"]
            return as_json(sent)
        if path != folder + "carts" or not isinstance(sent["order_total"], int):
            return refuse(400, "The resource submitted could not be validated.")
        product = sent["lines"][0]["product_id"]
        if product not in ("sock", *products) or sent["id"] not in sent["checkout_url"]:
            self.wrong.append("a cart that cannot be gone back to")
        self.accept(asked, None, sent["id"])
        carts[sent["id"]] = False
        self.titles.setdefault(asked.shop.name, {})[sent["id"]] = products.get(product, "Sock")
        return as_json(sent)

    def journey(self, shop, manner):
        """Some time later: the mails about carts that still stand."""
        for cart, was_sent in self.carts.get(shop, {}).items():
            if not was_sent:
                self.start_flow(shop, manner, cart, self.titles[shop][cart])
                self.carts[shop][cart] = True

    # The mailboxes.
    def look(self, asked, manner):
        """(what is wrong, the mails)"""
        if manner == "down":
            return as_html("<body>Bad Gateway</body>", 502), []
        if manner == "foreign":
            return as_json({"status": "ok"}), []
        held = list(self.mails.get(asked.shop.name, []))
        self.journey(asked.shop.name, manner)
        return None, held

    def delete(self, shop, is_meant):
        held = self.mails.get(shop, [])
        self.mails[shop] = [mail for mail in held if not is_meant(mail)]
        return len(held) - len(self.mails[shop])

    def mailpit(self, asked, path, manner):
        trouble, held = self.look(asked, manner)
        wanted = asked.query.get("query", "")
        if trouble or path != "/api/v1/search" or not wanted:
            return trouble or Answer(400, "Error: no search query", "text/plain")
        if asked.method == "DELETE":
            self.delete(asked.shop.name, lambda mail: wanted in mail.subject + mail.text)
            return Answer(200, "ok", "text/plain")
        found = [{"ID": mail.key, "MessageID": mail.message_id.strip("<>"), "Subject": mail.subject,
                  "Snippet": mail.text[-40:]}
                 for mail in held if wanted in mail.subject + mail.text]
        return as_json({"total": len(held), "messages_count": len(found), "start": 0,
                        "messages": found})

    @staticmethod
    def as_sent(mail):
        """The mail as MailHog keeps it: undecoded, each part with its own headers."""
        headers = {"Subject": [mail.subject], "Message-ID": [mail.message_id]}
        if mail.subject != "Still there?":  # folded as mail programs do it, into encoded-words
            headers["Subject"] = [email.header.Header(
                "Grüße! " + mail.subject, "utf-8", header_name="Subject").encode(linesep="")]
        if mail.coding == "plain":
            return {"Headers": headers, "Body": mail.text}, None
        if mail.coding == "base64":
            body, name = base64.encodebytes(mail.text.encode()), "base64"
        else:
            body, name = quopri.encodestring(("." * 60 + mail.text).encode()), "quoted-printable"
        body = body.decode().replace("\n", "\r\n")
        parts = [{"Headers": {"Content-Type": ["text/plain"]}, "Body": "Hello", "MIME": None},
                 {"Headers": {"Content-Type": ["text/html; charset=utf-8"],
                              "Content-Transfer-Encoding": [name]}, "Body": body, "MIME": None}]
        headers["Content-Type"] = ["multipart/alternative; boundary=x"]
        whole = "".join(f"--x\r\n\r\n{part['Body']}" for part in parts)
        return {"Headers": headers, "Body": whole}, {"Parts": parts}

    def mailhog(self, asked, path, manner):
        trouble, held = self.look(asked, manner)
        if trouble:
            return trouble
        if asked.method == "DELETE":
            key = path.removeprefix("/api/v1/messages/")
            self.delete(asked.shop.name, lambda mail: mail.key == key)
            return Answer(200)
        kept = [(mail, *self.as_sent(mail)) for mail in held]
        if path == "/api/v2/search":
            kept = [one for one in kept if asked.query["query"] in json.dumps(one[1])]
        elif path != "/api/v2/messages":
            return Answer(404)
        found = [{"ID": mail.key, "Content": content, "MIME": mime} for mail, content, mime in kept]
        return Answer(200, json.dumps({"total": len(found), "count": len(found), "start": 0,
                                       "items": found}), "text/json")

    def maildev(self, asked, path, manner):
        trouble, held = self.look(asked, manner)
        if trouble:
            return trouble
        newer = asked.shop.name.startswith("maildev3")
        root = "/api/email" if newer else "/email"
        if not path.startswith(root):
            return as_json({"error": "Not Found"}, 404) if newer else \
                as_html("<pre>Cannot GET</pre>", 404)
        if asked.method == "DELETE":
            key = path.removeprefix(root + "/")
            if self.delete(asked.shop.name, lambda mail: mail.key == key):
                return as_json(True)
            return as_json({"error": "Email was not found"}, 404)
        return as_json([{"id": mail.key, "subject": mail.subject, "text": mail.text,
                         "headers": {"message-id": mail.message_id}} for mail in held])

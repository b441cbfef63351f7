"""Doubles of marketing tools and of mailboxes behind an HTTP API, as contracts say that they answer.

/SHOP/klaviyo/..., /SHOP/mailpit/..., and so on; all of a shop share one mailbox. What follows the
last `-` of the shop's name is what is wrong with it.
"""

import json
import secrets
import time

from doubles.base import Answer, Double, as_html, as_json

KEY = "pk_0123456789abcdef"
ACCEPTED = Answer(202)


class MailTools(Double):
    def __init__(self):
        super().__init__()
        self.manners = {}  # of a shop whose name does not say it
        self.sent = {}  # shop: {token: when it was sent to it}
        self.mails = {}  # shop: [(id, text)]
        self.carts = {}  # shop: {id: whether its mail went out}
        self.events = []
        self.wrong = []  # what no tool would start a flow for

    def manner(self, shop):
        if self.healthy:
            return "healthy"
        return self.manners.get(shop, shop.rsplit("-", 1)[-1])

    def answer(self, asked, shop, has):
        _, room, *rest = asked.path.split("/")
        return getattr(self, room)(asked, "/" + "/".join(rest), self.manner(shop.name))

    def deliver(self, shop, token, copies=1):
        for _ in range(copies):
            text = f"To: probe+{token}@shop.example\nSubject: Still there?\n\nYour cart: {token}"
            self.mails.setdefault(shop, []).append((secrets.token_hex(8), text))

    def start_flow(self, shop, manner, token):
        if manner == "stranger":
            token = "0" * len(token)
        copies = {"never": 0, "twice": 2, "down": 0, "foreign": 0}.get(manner, 1)
        self.deliver(shop, token, copies)

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
        token = event["unique_id"]
        if token not in event["profile"]["data"]["attributes"]["email"]:
            self.wrong.append("the mail would go to somebody else")
        self.accept(asked, manner, token)
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
        folder = "/3.0/ecommerce/stores/shop-1/carts"
        carts = self.carts.setdefault(asked.shop.name, {})
        if asked.method == "DELETE":
            if carts.pop(path.removeprefix(folder + "/"), None) is None:
                return refuse(404, "The requested resource could not be found.")
            return Answer(204)
        cart = asked.json()
        if path != folder or manner == "malformed" or not isinstance(cart["order_total"], int):
            return refuse(400, "The resource submitted could not be validated.")
        if cart["lines"][0]["product_id"] != "sock" or cart["id"] not in cart["checkout_url"]:
            self.wrong.append("a cart that cannot be gone back to")
        self.accept(asked, None, cart["id"])
        carts[cart["id"]] = False
        return as_json(cart)

    def journey(self, shop, manner):
        """Some time later: the mails about carts that still stand."""
        for cart, was_sent in self.carts.get(shop, {}).items():
            if not was_sent:
                self.start_flow(shop, manner, cart)
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
            self.delete(asked.shop.name, lambda mail: wanted in mail[1])
            return Answer(200, "ok", "text/plain")
        found = [{"ID": key, "Subject": "Still there?", "Snippet": text[-40:]}
                 for key, text in held if wanted in text]
        return as_json({"total": len(held), "messages_count": len(found), "start": 0,
                        "messages": found})

    def mailhog(self, asked, path, manner):
        trouble, held = self.look(asked, manner)
        if trouble:
            return trouble
        if asked.method == "DELETE":
            key = path.removeprefix("/api/v1/messages/")
            self.delete(asked.shop.name, lambda mail: mail[0] == key)
            return Answer(200)
        if path != "/api/v2/search" or asked.query["kind"] not in ("from", "to", "containing"):
            return Answer(400)
        found = [{"ID": key, "Content": {"Headers": {"Subject": ["Still there?"]}, "Body": text}}
                 for key, text in held if asked.query["query"] in text]
        return as_json({"total": len(found), "count": len(found), "start": 0, "items": found})

    def maildev(self, asked, path, manner):
        trouble, held = self.look(asked, manner)
        if trouble:
            return trouble
        if asked.method == "DELETE":
            key = path.removeprefix("/email/")
            if self.delete(asked.shop.name, lambda mail: mail[0] == key):
                return as_json(True)
            return as_json({"error": "Email not found"}, 404)
        if path != "/email":
            return as_json({"error": "not found"}, 404)
        return as_json([{"id": key, "subject": "Still there?", "text": text, "headers": {}}
                        for key, text in held])

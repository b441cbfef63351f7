"""Doubles of collectors, order lists and a page, as contracts say that they answer.

/FAULT/ga4/..., /FAULT/matomo/..., and so on; what came unmarked as synthetic is in `unmarked`.
Matomo is held against 5.0.2 (doubles/matomo.py); order lists stand in doubles/orders.py.
"""

import datetime

from doubles import orders
from doubles.base import Answer, Double, as_html, as_json, redirect
from doubles.matomo import Matomo
from doubles.orders import SECRET

EMPTY = Answer(204)


class Tracking(Double):
    def __init__(self):
        super().__init__()
        self.unmarked = []
        self.events = []
        self.matomos = {}  # each shop's own

    def answer(self, asked, shop, has):
        _, room, *rest = asked.path.split("/")
        return getattr(self, room, self.page)(asked, "/" + "/".join(rest), has)

    def mark(self, asked, is_marked, event):
        self.events.append(event)
        if not is_marked:
            self.unmarked.append((asked.path, event))

    # The page of a shop, its scripts and its landing page.
    def page(self, asked, _, has):
        if asked.path == "/":
            if has("utm_redirect"):
                return redirect("/home")
            if has("utm_other"):
                return redirect("/home?utm_source=tillwatch&utm_medium=other&utm_campaign=x")
            return redirect("/home?" + "&".join(f"{k}={v}" for k, v in asked.query.items()))
        if asked.path == "/home":
            kept = "nothing" if has("utm_cookie") else asked.query.get("utm_source", "")
            return as_html("<body>home</body>", headers=[("Set-Cookie", f"src={kept}; Path=/")])
        if asked.path == "/cart.js":
            return as_json({"attributes": {} if has("utm_cart") else {"source": "tillwatch"}})
        if asked.path.endswith(".js"):
            if has("script_gone"):
                return as_html("no such script", 404)
            script = asked.path.rsplit("/", 1)[1]
            if script == "klaviyo.js" and has("klaviyo_script"):
                return as_html("no such company", 404)
            if has("script_html") or (script == "tiktok.js" and has("tiktok_script")):
                return as_html("<body>sorry</body>")
            return Answer(200, "window.x = 1;", "application/javascript")
        ga4 = '"gaMeasurementId":"G-ABC123"'
        if has("ga4_gone"):
            ga4 = ""
        if has("ga4_other"):
            ga4 = '"gaMeasurementId":"G-ABD999"'
        comment = "<!-- <script>gtag('config', 'G-ABC123')</script> -->" if has("ga4_comment") else ""
        ga4 = "" if comment else ga4
        # As their manuals have the snippets: a script, and a frame or an image for those without.
        frame = "<noscript><iframe src='//x/ns.html?id=GTM-XYZ1'></iframe></noscript>"
        gtm = "<script>(function(w,d,s,l,i){/* GTM */})(window,document,'script','dataLayer','GTM-XYZ1')</script>"
        if has("gtm_gone"):
            gtm, frame = "", ""
        if has("gtm_noscript"):
            gtm = ""
        if has("gtm_commented"):
            gtm = "<script>// load('GTM-XYZ1')</script>"
        if has("gtm_preload"):
            gtm = "<link rel=preload as=script href='https://www.googletagmanager.com/gtm.js?id=GTM-XYZ1'>"
        pixel = "" if has("pixel_gone") else "<script>fbq('init', '123456789')</script>"
        tiktok = "" if has("tiktok_gone") else "<script>ttq.load('C4ABCDEFGHIJ')</script>"
        company = "ABC123" if has("klaviyo_other") else "AbC123"
        klaviyo = ("" if has("klaviyo_gone") else
                   f"<script async src='//static.klaviyo.com/onsite/js/{company}/klaviyo.js'>"
                   "</script>")
        own = "" if has("own_gone") else "<script>hotjar(4711)</script>"
        if has("own_commented"):
            own = f"<!-- {own} -->"
        return as_html(f"<head><script>var s={{{ga4}}}</script>{comment}{pixel}</head>"
                       f"<body>{gtm}{frame}{own}{tiktok}{klaviyo}</body>")

    def ga4(self, asked, path, has):
        if path != "/debug/mp/collect":
            return EMPTY  # the real one takes anything and says nothing
        body = asked.json()
        event = body["events"][0]
        self.mark(asked, event["params"].get("traffic_type") == "internal", event["name"])
        wrong = [key for key in ("currency", "value", "items") if key not in event["params"]]
        if has("ga4_invalid") or wrong or asked.query["api_secret"] != SECRET:
            return as_json({"validationMessages": [
                {"fieldPath": "events", "description": "Event at index: [0] has invalid name",
                 "validationCode": "NAME_INVALID"}]})
        return as_json({"validationMessages": []})

    def sgtm(self, asked, path, has):
        if path == "/healthz" and asked.shop.name in ("sgtm_cloud_run", "sgtm_cloud_run_sick"):
            return as_html("<title>Error 404 (Not Found)!!1</title>", 404)  # Google's own front
        if path in ("/healthz", "/healthy"):
            sick = has("sgtm_sick") or has("sgtm_cloud_run_sick")
            return as_json({}, 500) if sick else as_json({"success": True})
        if has("sgtm_unclaimed") or asked.query.get("v") != "2" or "tid" not in asked.query:
            return Answer(400)
        self.mark(asked, asked.query.get("tt") == "internal", asked.query["en"])
        return EMPTY

    def segment(self, asked, path, has):
        if has("segment_bad"):
            return as_json({"success": False, "message": "malformed JSON"}, 400)
        body = asked.json()
        self.mark(asked, body["integrations"] == {"All": False}, body["event"])
        return as_json({"success": True})

    def posthog(self, asked, path, has):
        if has("posthog_key"):  # of no proper form; another project's gets 200
            return as_json({"type": "authentication_error", "detail": "Invalid API key"}, 401)
        body = asked.json()
        self.mark(asked, body["properties"].get("$process_person_profile") is False, body["event"])
        if has("posthog_quota"):
            return as_json({"status": 1, "quota_limited": ["events"]})
        return as_json({"status": "Ok"} if asked.shop.name == "healthy" else {"status": 1})

    def plausible(self, asked, path, has):
        body = asked.json()
        self.mark(asked, "synthetic" in asked.headers["User-Agent"], body["name"])
        dropped = has("plausible_dropped") or "Mozilla" not in asked.headers["User-Agent"]
        return Answer(202, "ok", "text/plain", [("x-plausible-dropped", "1")] if dropped else [])

    def meta(self, asked, path, has):
        body = asked.json()
        data = body["data"][0]["custom_data"]
        self.mark(asked, body.get("test_event_code") == "TEST1" and data["value"] == 0 and
                  data["synthetic"] is True, body["data"][0]["event_name"])
        if has("meta_token"):
            return as_json({"error": {"message": "Invalid OAuth access token"}}, 400)
        received = 0 if has("meta_dropped") else len(body["data"])
        return as_json({"events_received": received, "messages": [], "fbtrace_id": "x"})

    def matomo(self, asked, path, has):
        server = self.matomos.setdefault(asked.shop.name, Matomo())
        if path == "/matomo.php":
            self.mark(asked, asked.query.get("action_name") == "synthetic"
                      and asked.query.get("revenue", "0") == "0", "hit")
            if has("matomo_refused"):
                return Answer(400, "bad", "text/plain")
            # The site's Goals are off, or its raw data are not kept: 204 all the same.
            kept = not has("matomo_dropped") and asked.query.get("bots") == "1"
            ignored = ({"idgoal"} if has("matomo_goals_off") else set()) | \
                ({"e_a"} if has("matomo_event_lost") else set())
            if kept:
                server.track(asked.query, ignored, has("matomo_anonymous_orders"),
                             asked.shop.name == "matomo_anonymous_users")
            return EMPTY
        form = asked.form()
        if has("matomo_token"):
            return as_json({"result": "error", "message": "You can't access this resource"})
        if has("matomo_front"):
            return as_json({"status": "ok"})
        return as_json(server.last_visits(form))

    # Order lists: doubles/orders.py.
    def shopify(self, asked, path, has):
        return orders.shopify(asked, path, has)

    def erp(self, asked, path, has):
        self.mark(asked, "synthetic" in asked.headers["User-Agent"]
                  and "X-Tillwatch-Run" in asked.headers, "orders")
        if path != "/orders" or asked.query != {"state": "paid"} or has("erp_down"):
            return as_json({"error": "bad gateway"}, 502)
        if has("erp_page"):
            return as_html("<body>Please log in</body>")
        now = int(datetime.datetime.now().timestamp())
        return as_json([{"paid_at": now - 130 * 60 - 12, "exported": not has("erp_stuck")},
                        {"paid_at": now - 300, "exported": False}])

    def woo(self, asked, path, has):
        return orders.woo(asked, path, has)

    def magento(self, asked, path, has):
        return orders.magento(asked, path, has)

    def shipstation(self, asked, path, has):
        return orders.shipstation(asked, path, has)

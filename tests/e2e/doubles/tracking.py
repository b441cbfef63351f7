"""Doubles of collectors, order lists and a page, as contracts say that they answer.

/FAULT/ga4/..., /FAULT/matomo/..., and so on; what came unmarked as synthetic is in `unmarked`.
"""

import datetime
import json

from doubles.base import Answer, Double, as_html, as_json, redirect

EMPTY = Answer(204)
SECRET = "s3cr3t-key"


def ago(minutes, form="%Y-%m-%dT%H:%M:%SZ", hours=0):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - datetime.timedelta(minutes=minutes, hours=hours)).strftime(form)


class Tracking(Double):
    def __init__(self):
        super().__init__()
        self.unmarked = []
        self.events = []
        self.visits = set()

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
        if path == "/healthz":
            return as_json({}, 500) if has("sgtm_sick") else as_json({"success": True})
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
        if has("posthog_key"):
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
        self.mark(asked, body.get("test_event_code") == "TEST1", body["data"][0]["event_name"])
        if has("meta_token"):
            return as_json({"error": {"message": "Invalid OAuth access token"}}, 400)
        received = 0 if has("meta_dropped") else len(body["data"])
        return as_json({"events_received": received, "messages": [], "fbtrace_id": "x"})

    def matomo(self, asked, path, has):
        if path == "/matomo.php":
            self.mark(asked, asked.query.get("action_name") == "synthetic"
                      and asked.query.get("revenue", "0") == "0", "hit")
            if has("matomo_refused"):
                return Answer(400, "bad", "text/plain")
            if not has("matomo_dropped") and asked.query.get("bots") == "1":
                self.visits.add(asked.query["_id"])
            return EMPTY
        form = asked.form()
        if has("matomo_token"):
            return as_json({"result": "error", "message": "You can't access this resource"})
        visitor = form["segment"].split("==")[1]
        return as_json([{"visitorId": visitor}] if visitor in self.visits else [])

    # Order lists: #1001 waits for 2 h 10 min where the sync has stopped.
    def shopify(self, asked, path, has):
        if has("shopify_throttled"):
            return as_json({"errors": [{"message": "Throttled",
                                        "extensions": {"code": "THROTTLED"}}]})
        if has("shopify_token"):
            return as_json({"errors": "[API] Invalid API key or access token"}, 401)
        stuck = has("shopify_stuck")

        def order(name, minutes, status="UNFULFILLED", tags=()):
            return {"id": name, "name": name, "createdAt": ago(minutes), "tags": list(tags),
                    "displayFinancialStatus": "PAID", "displayFulfillmentStatus": status}

        tags = [] if stuck else ["exported"]
        return as_json({"data": {"orders": {"nodes": [
            order("#1004", 5), order("#1003", 45, tags=tags), order("#1002", 60, tags=tags),
            order("#1001", 130.2, tags=tags), order("#1000", 500, "FULFILLED"),
            order("#999", 600, "UNFULFILLED" if has("shopify_released") else "ON_HOLD")]}}})

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
        if has("woo_key") or asked.query["consumer_secret"] != SECRET:
            return as_json({"code": "woocommerce_rest_cannot_view",
                            "message": "Sorry, you cannot list resources."}, 401)
        marks = [] if has("woo_stuck") else [{"key": "exported", "value": "1"}]
        return as_json([{"number": "1001", "status": "processing", "meta_data": marks,
                         "date_paid_gmt": ago(130.2, "%Y-%m-%dT%H:%M:%S")},
                        {"number": "1002", "status": "processing", "meta_data": [],
                         "date_paid_gmt": ago(5, "%Y-%m-%dT%H:%M:%S")}])

    def magento(self, asked, path, has):
        if has("magento_token") or asked.headers["Authorization"] != "Bearer " + SECRET:
            return as_json({"message": "The consumer isn't authorized to access %resources."}, 401)
        mark = {} if has("magento_stuck") else {"exported": True}
        return as_json({"items": [{"increment_id": "1001", "extension_attributes": mark,
                                   "created_at": ago(130.2, "%Y-%m-%d %H:%M:%S")},
                                  {"increment_id": "1002", "extension_attributes": {},
                                   "created_at": ago(5, "%Y-%m-%d %H:%M:%S")}]})

    def shipstation(self, asked, path, has):
        if has("shipstation_limit"):
            return as_json({"message": "Too many requests"}, 429, [("X-Rate-Limit-Reset", "20")])
        if has("shipstation_empty"):
            return as_json({"orders": [], "total": 0})
        minutes = 900 if has("shipstation_stale") else 20
        return as_json({"orders": [{"orderNumber": "77",  # Pacific standard time
                                    "createDate": ago(minutes, "%Y-%m-%dT%H:%M:%S.0000000", 8)}]})

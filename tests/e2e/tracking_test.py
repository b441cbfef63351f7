#!/usr/bin/env python3
"""Beacons and order syncs against doubles: healthy, each way to fail, and mended again.

Two checks look at everything; FINDINGS says what each fault makes of the probe that it is for.
"""

import json
import pathlib
import re

from doubles.tracking import SECRET, Tracking
from harness import EndToEnd, main, tillwatch

# fault: (probe, verdict, reason, words of the message)
FINDINGS = {
    "ga4_gone": ("page", "fail", "tag_missing", "the page lacks the GA4 tag G-ABC123"),
    "ga4_other": ("page", "fail", "tag_missing", "the page lacks the GA4 tag G-ABC123"),
    "ga4_comment": ("page", "fail", "tag_missing", "the page lacks the GA4 tag G-ABC123"),
    "gtm_gone": ("page", "fail", "tag_missing", "the page lacks the GTM container GTM-XYZ1"),
    "gtm_noscript": ("page", "fail", "tag_missing",
                     "GTM-XYZ1: it stands there only where no script runs it"),
    "gtm_commented": ("page", "fail", "tag_missing", "the page lacks the GTM container GTM-XYZ1"),
    "gtm_preload": ("page", "fail", "tag_missing", "the page lacks the GTM container GTM-XYZ1"),
    "own_commented": ("page", "fail", "tag_missing", "the page lacks the tag hotjar"),
    "pixel_gone": ("page", "fail", "tag_missing", "the page lacks the Meta pixel 123456789"),
    "tiktok_gone": ("page", "fail", "tag_missing", "the page lacks the TikTok pixel C4ABCDEFGHIJ"),
    "tiktok_script": ("page", "fail", "tag_missing",
                      "script of the TikTok pixel C4ABCDEFGHIJ is none"),
    "klaviyo_gone": ("page", "fail", "tag_missing", "the page lacks the Klaviyo tag AbC123"),
    "klaviyo_other": ("page", "fail", "tag_missing", "the page lacks the Klaviyo tag AbC123"),
    "klaviyo_script": ("page", "fail", "http_status", "got 404"),
    "own_gone": ("page", "fail", "tag_missing", "the page lacks the tag hotjar"),
    "script_gone": ("page", "fail", "http_status", "got 404"),
    "script_html": ("page", "fail", "tag_missing", "script of the GA4 tag G-ABC123 is none"),
    "utm_redirect": ("utm", "fail", "campaign_lost", "utm_source is lost on the way"),
    "utm_other": ("utm", "fail", "campaign_lost", "utm_medium is lost on the way"),
    "utm_cookie": ("utm", "fail", "campaign_lost", "the cookie src does not hold the campaign"),
    "utm_cart": ("utm", "fail", "campaign_lost", "the cart has lost the campaign"),
    "ga4_invalid": ("ga4", "fail", "rejected", "NAME_INVALID: Event at index"),
    "sgtm_sick": ("sgtm", "fail", "http_status", "got 500"),
    "sgtm_cloud_run": ("sgtm", "pass", "", ""),
    "sgtm_cloud_run_sick": ("sgtm", "fail", "http_status", "got 500"),
    "sgtm_unclaimed": ("sgtm", "fail", "rejected", "takes no GA4 hits"),
    "segment_bad": ("segment", "fail", "rejected", "malformed JSON"),
    "posthog_key": ("posthog", "fail", "rejected", "Invalid API key"),
    "posthog_quota": ("posthog", "fail", "dropped", "quota is used up: events"),
    "plausible_dropped": ("plausible", "fail", "dropped", "answers 202 and drops"),
    "meta_token": ("meta", "fail", "rejected", "Invalid OAuth access token"),
    "meta_dropped": ("meta", "fail", "dropped", "has received no event"),
    "matomo_refused": ("matomo", "fail", "rejected", "Matomo refuses the event"),
    "matomo_dropped": ("matomo", "fail", "dropped", "has not kept the event"),
    "matomo_goals_off": ("matomo", "fail", "dropped", "has not kept the event"),
    "matomo_event_lost": ("matomo", "fail", "dropped",
                          "of this run it shows ecommerceAbandonedCart"),
    "matomo_front": ("matomo", "fail", "json", "does not answer as Matomo's does"),
    "matomo_anonymous_orders": ("matomo", "pass", "", ""),
    "matomo_anonymous_users": ("matomo", "pass", "", ""),
    "matomo_token": ("matomo", "fail", "rejected", "You can't access this resource"),
    "shopify_stuck": ("shopify", "fail", "unsynced",
                      "3 paid orders older than 30 min are not synced; the oldest, #1001, "
                      "has waited 2 h 10 min"),
    "shopify_throttled": ("shopify", "unknown", "throttled", "Shopify limits our rate"),
    "shopify_token": ("shopify", "fail", "refused", "Invalid API key or access token"),
    "shopify_released": ("shopify", "fail", "unsynced",
                         "1 paid order older than 30 min is not synced; it is #999"),
    "shopify_declined": ("shopify", "fail", "unsynced", "it is #991 and has waited 13 h 20 min"),
    "shopify_part_refunded": ("shopify", "fail", "unsynced", "it is #990"),
    "shopify_deep": ("shopify", "fail", "unsynced", "it is #old and has waited 15 h"),
    "shopify_terms_ignored": ("shopify", "fail", "unsynced", "it is #old and has waited 15 h"),
    "shopify_app": ("shopify", "pass", "", ""),
    "shopify_app_secret": ("shopify", "fail", "refused",
                           "Shopify gives the app no token: The client is unknown"),
    "erp_stuck": ("export", "fail", "unsynced", "2 paid orders wait, the oldest for 2 h 10 min"),
    "erp_page": ("export", "fail", "json", "expected JSON, got an HTML page"),
    "erp_down": ("export", "fail", "http_status", "got 502"),
    "woo_stuck": ("woo", "fail", "unsynced", "1 paid order older than 30 min is not synced; it is "
                                             "#1001 and has waited 2 h 10 min"),
    "woo_deep": ("woo", "fail", "unsynced", "it is #1 and has waited 15 h"),
    "woo_cash": ("woo", "fail", "unsynced", "it is #800"),
    "woo_mark_empty": ("woo", "fail", "unsynced", "it is #801"),
    "woo_plain": ("woo", "pass", "", ""),
    "woo_plain_unset": ("woo", "fail", "http_status", "got 404"),
    "woo_key": ("woo", "fail", "refused", "cannot list resources"),
    "magento_stuck": ("magento", "fail", "unsynced", "it is #1001 and has waited 2 h 10 min"),
    "magento_deep": ("magento", "fail", "unsynced", "it is #old and has waited 15 h"),
    "magento_token": ("magento", "fail", "refused", "isn't authorized"),
    "shipstation_stale": ("shipstation", "fail", "unsynced", "; the newest is #77"),
    "shipstation_by_hand": ("shipstation", "fail", "unsynced", "; the newest is #77"),
    "shipstation_empty": ("shipstation", "fail", "unsynced", "no orders at all"),
    "shipstation_limit": ("shipstation", "unknown", "throttled", "limits our rate"),
}


# What the probe of a fault says of itself beside that of a healthy store.
SAYS = {
    "shopify_app": {"access_token": None, "client_id": "app", "client_secret": "${env:TRACKING_KEY}"},
    "shopify_app_secret": {"access_token": None, "client_id": "app",
                           "client_secret": "${env:TRACKING_KEY}"},
    "woo_plain": {"rest_api": "/index.php?rest_route="},
    "shipstation_by_hand": {"store_id": "7"},
    "matomo_anonymous_users": {"visitor_parameter": "cid", "visitor_segment": "visitorId"},
}


def with_more(probe, fault):
    """The probe, with what SAYS has of the fault in its collector or sync."""
    part = "sync" if "sync" in probe else "collector"
    if fault not in SAYS:
        return probe
    said = {**probe[part], **SAYS[fault]}
    return {**probe, part: {key: value for key, value in said.items() if value is not None}}


def own_erp(name, url):
    """A store of the manual's own: the example of an order list that no preset knows."""
    manual = (pathlib.Path(__file__).parents[2] / "config/README.md").read_text()
    blocks = re.findall(r"^```yaml config\n(.*?)^```", manual, re.S | re.M)
    example = next(block for block in blocks if "name: own-erp\n" in block)
    assert "url: https://erp.example\n" in example
    return example.replace("own-erp", name).replace("https://erp.example", url)


def beacons(url):
    """All of the probes, each with what it says of itself."""
    def collector(preset, room, **settings):
        return {"type": "beacon", "collector": {"preset": preset, "base_url": f"{url}/{room}",
                                                **settings}}

    def sync(preset, room, **settings):
        return {"type": "order_sync", "sync": {"preset": preset, "base_url": f"{url}/{room}",
                                               **settings}}

    key = "${env:TRACKING_KEY}"
    return {
        "page": {"type": "beacon", "page": {"path": "/product", "tags": {
            "ga4": {"id": "G-ABC123", "script": f"{url}/gtag.js"},
            "gtm": {"id": "GTM-XYZ1", "script": "/gtm.js"},
            "tiktok": {"id": "C4ABCDEFGHIJ", "script": f"{url}/tiktok.js"},
            "klaviyo": {"id": "AbC123", "script": f"{url}/klaviyo.js"},
            "meta_pixel": {"id": "123456789", "script": False},
            "matches": r"hotjar\(\d+\)"}}},
        "utm": {"type": "beacon", "utm": {
            "cookies": {"src": "^tillwatch$"},
            "steps": [{"get": "/cart.js", "expect": {"json": {
                "that": '.attributes.source == "tillwatch"', "reason": "campaign_lost",
                "message": "the cart has lost the campaign"}}}]}},
        "ga4": collector("ga4", "ga4", measurement_id="G-ABC123", api_secret=key),
        "sgtm": collector("server_side_gtm", "sgtm", measurement_id="G-ABC123"),
        "segment": collector("segment", "segment", write_key=key),
        "posthog": collector("posthog", "posthog", api_key=key),
        "plausible": collector("plausible", "plausible", domain="shop.example"),
        "meta": collector("meta_capi", "meta", pixel_id="123456789", access_token=key,
                          test_event_code="TEST1"),
        "matomo": collector("matomo", "matomo", site_id="7", token_auth=key),
        "shopify": sync("shopify_admin", "shopify", access_token=key, mark="exported"),
        "woo": sync("woocommerce", "woo", consumer_key="ck", consumer_secret=key, mark="exported"),
        "magento": sync("magento", "magento", access_token=key, mark="exported"),
        "shipstation": sync("shipstation", "shipstation", api_key=key),
    }


class TrackingTest(EndToEnd):
    def setUp(self):
        super().setUp()
        self.double = Tracking()
        self.addCleanup(self.double.close)

    def stores(self):
        """A healthy store with every probe, and one for each fault."""
        for fault in ("healthy", *FINDINGS):
            if fault.startswith("erp_"):
                continue
            probes = beacons(f"{self.double.url}/{fault}")
            if fault in FINDINGS:
                name = FINDINGS[fault][0]
                probes = {name: with_more(probes[name], fault)}
            yield {"name": fault.replace("_", "-"), "url": f"{self.double.url}/{fault}",
                   "platform": "custom",
                   "probes": [{"name": name, **probe} for name, probe in probes.items()]}

    def check(self):
        for fault in ("erp_healthy", *FINDINGS):
            if fault.startswith("erp_"):
                name = fault.replace("_", "-")
                (self.directory / f"{name}.yaml").write_text(
                    own_erp(name, f"{self.double.url}/{fault}/erp"))
        config = self.write_config({
            "include": ["erp-*.yaml"],
            "monitor": {"canary": "none", "max_runs_per_host": 20, "host_spacing": "0ms"},
            "stores": list(self.stores())})
        done = tillwatch("check", "--config.file", config, "--format", "json",
                         environment={"TRACKING_KEY": SECRET})
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        return json.loads(done.stdout)["probes"]

    def test_every_fault_gets_its_verdict_its_reason_and_its_words(self):
        for probe in self.check():
            fault = probe["store"].replace("-", "_")
            with self.subTest(fault=fault, probe=probe["probe"]):
                _, verdict, reason, words = FINDINGS.get(fault, ("", "pass", "", ""))
                self.assertEqual((probe["verdict"], probe["reason"]), (verdict, reason), probe)
                self.assertIn(words, probe["message"])
                expected = "fulfilment" if probe["type"] == "order_sync" else "tracking"
                self.assertEqual(probe["area"], expected)
        self.assertEqual(self.double.unmarked, [], "every event says that it is synthetic")
        self.assertLessEqual({"orders", "add_to_cart", "begin_checkout", "purchase", "Order Completed",
                              "Purchase"}, set(self.double.events))
        self.double.mend()
        for probe in self.check():
            self.assertEqual((probe["verdict"], probe["message"]), ("pass", ""), probe)

    def test_probes_on_one_matomo_site_leave_each_others_visits_alone(self):
        url = f"{self.double.url}/healthy"
        stores = [{"name": f"shop-{number}", "url": url, "platform": "custom", "probes": [
            {"name": "matomo", **beacons(url)["matomo"]}]} for number in range(8)]
        config = self.write_config({
            "monitor": {"canary": "none", "max_runs_per_host": 20, "host_spacing": "0ms"},
            "stores": stores})
        done = tillwatch("check", "--config.file", config, "--format", "json",
                         environment={"TRACKING_KEY": SECRET})
        for probe in json.loads(done.stdout)["probes"]:
            self.assertEqual((probe["verdict"], probe["message"]), ("pass", ""), probe)


if __name__ == "__main__":
    main()

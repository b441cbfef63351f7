"""Order lists of shops, as their APIs give them: filters, pages, sorting, and orders of each state.

In a healthy shop #1001 has waited for 2 h 10 min and is marked. Faults: NAME_stuck (nothing is
marked), NAME_deep (an old one is not marked, behind 250 others) and what each list adds.
"""

import base64
import datetime
import re

from doubles.base import as_html, as_json

SECRET = "s3cr3t-key"
APP_TOKEN = "shpat_fetched"


def ago(minutes, form="%Y-%m-%dT%H:%M:%SZ", hours=0):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - datetime.timedelta(minutes=minutes, hours=hours)).strftime(form)


def page_of(orders, number, size):
    return orders[(number - 1) * size:number * size]


# Shopify.
def shopify_order(name, minutes, status="UNFULFILLED", tags=(), paid="PAID", **more):
    return {"id": name, "name": name, "createdAt": ago(minutes), "tags": list(tags),
            "cancelledAt": None, "test": False, "displayFinancialStatus": paid,
            "displayFulfillmentStatus": status, **more}


def shopify_orders(has):
    tags = [] if has("shopify_stuck") else ["Exported"]  # tags know no case
    orders = [
        shopify_order("#1004", 5), shopify_order("#1003", 45, tags=tags),
        shopify_order("#1002", 60, tags=tags), shopify_order("#1001", 130.2, tags=tags),
        shopify_order("#1000", 500, "FULFILLED"),
        shopify_order("#999", 600, "UNFULFILLED" if has("shopify_released") else "ON_HOLD"),
        # None of these waits for anybody.
        shopify_order("#998", 700, cancelledAt=ago(690)), shopify_order("#997", 700, test=True),
        shopify_order("#996", 700, paid="REFUNDED"), shopify_order("#995", 700, paid="VOIDED"),
        shopify_order("#994", 700, paid="PENDING"), shopify_order("#993", 700, "SCHEDULED"),
        shopify_order("#992", 700, "RESTOCKED", paid="REFUNDED")]
    if has("shopify_declined"):
        orders.append(shopify_order("#991", 800.2, "REQUEST_DECLINED"))
    if has("shopify_part_refunded"):
        orders.append(shopify_order("#990", 800, paid="PARTIALLY_REFUNDED"))
    if has("shopify_deep") or has("shopify_terms_ignored"):
        young = [shopify_order(f"#y{n}", 5) for n in range(150)]
        marked = [shopify_order(f"#m{n}", 200, tags=tags) for n in range(100)]
        orders = young + marked + [shopify_order("#old", 900.5)]
    return orders


def shopify_found(search, orders):
    """What the search terms leave, where the shop heeds them."""
    before = re.search(r"created_at:<='([^']*)'", search)
    without = re.search(r"tag_not:'([^']*)'", search)
    return [one for one in orders
            if (not before or one["createdAt"] <= before[1]) and
            (not without or without[1].lower() not in [tag.lower() for tag in one["tags"]])]


def shopify(asked, path, has):
    app = asked.shop.name.startswith("shopify_app")
    if path == "/admin/oauth/access_token":
        form = asked.form()
        right = {"grant_type": "client_credentials", "client_id": "app", "client_secret": SECRET}
        if has("shopify_app_secret") or form != right:
            return as_json({"error": "invalid_client",
                            "error_description": "The client is unknown"}, 400)
        return as_json({"access_token": APP_TOKEN, "scope": "read_orders", "expires_in": 86399})
    if has("shopify_throttled"):
        return as_json({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]})
    shown = asked.headers["X-Shopify-Access-Token"]
    if has("shopify_token") or shown != (APP_TOKEN if app else SECRET):
        return as_json({"errors": "[API] Invalid API key or access token"}, 401)
    variables = asked.json()["variables"]
    found = shopify_orders(has)
    if not has("shopify_terms_ignored"):
        found = shopify_found(variables["search"], found)
    at = int(variables.get("after") or 0)
    return as_json({"data": {"orders": {
        "pageInfo": {"hasNextPage": at + 100 < len(found), "endCursor": str(at + 100)},
        "nodes": found[at:at + 100]}}})


# WooCommerce, held against 9.9.5.
GMT = "%Y-%m-%dT%H:%M:%S"


def woo_order(number, minutes, marks=(), status="processing", paid=True):
    return {"id": int(number), "number": number, "status": status,
            "meta_data": [{"key": "exported", "value": value} for value in marks],
            "date_created_gmt": ago(minutes, GMT), "date_paid_gmt": ago(minutes, GMT) if paid else None}


def woo_orders(has):
    marks = [] if has("woo_stuck") else ["1"]
    orders = [woo_order("1002", 5), woo_order("1001", 130.2, marks),
              *(woo_order(str(990 + n), 700, status=status) for n, status in enumerate(
                  ("on-hold", "pending", "cancelled", "refunded", "failed")))]
    if has("woo_cash"):
        orders.append(woo_order("800", 900, paid=False))
    if has("woo_mark_empty"):
        orders.append(woo_order("801", 900, [""]))
    if has("woo_deep"):
        orders = [woo_order(str(5000 + n), 5) for n in range(150)] + \
            [woo_order(str(4000 + n), 200, ["1"]) for n in range(250)] + [woo_order("1", 900.5)]
    return orders


def woo(asked, path, has):
    query = asked.query
    plain = asked.shop.name == "woo_plain" or has("woo_plain_unset")
    route = query.pop("rest_route", None) if path == "/index.php" else path.removeprefix("/wp-json")
    if route != "/wc/v3/orders" or plain != (path == "/index.php"):
        return as_json({"code": "rest_no_route", "message": "No route was found"}, 404) \
            if path.startswith("/wp-json") and not plain else as_html("<h1>Not found</h1>", 404)
    if "consumer_key" in query or "consumer_secret" in query:
        return as_json({"code": "in_the_log", "message": "the secret stands in the log"}, 500)
    key = "Basic " + base64.b64encode(f"ck:{SECRET}".encode()).decode()
    # Keys are not looked at where the address does not hold this (seen on 9.9.5).
    unseen = plain and "wp-json/wc/" not in query.get("via", "")
    if has("woo_key") or unseen or asked.headers["Authorization"] != key:
        return as_json({"code": "woocommerce_rest_cannot_view",
                        "message": "Sorry, you cannot list resources."}, 401)
    # A zone would have WordPress move the time to the site's.
    assert query["dates_are_gmt"] == "true" and re.fullmatch(r"[0-9T:-]{19}", query["before"])
    found = [one for one in woo_orders(has) if one["status"] in query["status"].split(",") and
             one["date_created_gmt"] < query["before"]]
    fields = query["_fields"].split(",")
    return as_json([{key: one[key] for key in fields}
                    for one in page_of(found, int(query["page"]), int(query["per_page"]))])


# Magento.
SQL = "%Y-%m-%d %H:%M:%S"


def magento_order(number, minutes, mark=None, state="processing", became=None):
    history = [{"created_at": ago(became, SQL), "status": state}] if became else []
    return {"increment_id": number, "created_at": ago(minutes, SQL), "state": state, "status": state,
            "status_histories": history,
            "extension_attributes": {} if mark is None else {"exported": mark}}


def magento_orders(has):
    mark = None if has("magento_stuck") else True
    orders = [magento_order("1002", 5), magento_order("1001", 130.2, mark),
              magento_order("1000", 5000, became=3),  # paid days after it was ordered
              *(magento_order(str(990 + n), 700, state=state) for n, state in enumerate(
                  ("pending", "canceled", "closed", "holded", "complete")))]
    if has("magento_deep"):
        orders = [magento_order(f"y{n}", 5) for n in range(150)] + \
            [magento_order(f"m{n}", 200, "1") for n in range(200)] + [magento_order("old", 900.5)]
    return orders


def magento(asked, path, has):
    if has("magento_token") or asked.headers["Authorization"] != "Bearer " + SECRET:
        return as_json({"message": "The consumer isn't authorized to access %resources."}, 401)
    if path != "/rest/V1/orders":
        return as_json({"message": "Request does not match any route."}, 404)
    criteria = {key.removeprefix("searchCriteria"): value for key, value in asked.query.items()}
    filters = {criteria[f"[filterGroups][{n}][filters][0][field]"]:
               criteria[f"[filterGroups][{n}][filters][0][value]"] for n in range(2)}
    found = [one for one in magento_orders(has)
             if one["status"] in filters["status"].split(",") and
             one["created_at"] <= filters["created_at"]]
    size, number = int(criteria["[pageSize]"]), int(criteria["[currentPage]"])
    last = max(1, -(-len(found) // size))  # past the last page comes the last one again
    return as_json({"items": page_of(found, min(number, last), size), "total_count": len(found)})


# ShipStation, whose clock is that of the west coast.
def pacific(minutes):
    utc = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)

    def sunday(month, nth):
        first = datetime.datetime(utc.year, month, 1, tzinfo=datetime.timezone.utc)
        return first + datetime.timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))

    summer = sunday(3, 2) + datetime.timedelta(hours=10) <= utc < \
        sunday(11, 1) + datetime.timedelta(hours=9)
    local = utc - datetime.timedelta(hours=7 if summer else 8)
    return local.strftime("%Y-%m-%dT%H:%M:%S.0000000")


def shipstation(asked, path, has):
    if has("shipstation_limit"):
        return as_json({"message": "Too many requests"}, 429, [("X-Rate-Limit-Reset", "20")])
    if has("shipstation_empty"):
        return as_json({"orders": [], "total": 0})
    orders = [{"orderNumber": "77", "store": "7",
               "createDate": pacific(900.5 if has("shipstation_stale") else 20)}]
    if has("shipstation_by_hand"):  # somebody enters orders; the shop's are old
        orders = [{"orderNumber": "h1", "store": "1", "createDate": pacific(2)},
                  {"orderNumber": "77", "store": "7", "createDate": pacific(900.5)}]
    wanted = asked.query.get("storeId")
    return as_json({"orders": [one for one in orders if wanted in (None, one["store"])][:1]})

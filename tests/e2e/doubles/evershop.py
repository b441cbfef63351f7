"""EverShop: server-rendered pages open the session; an empty stock is an error 500 to the API.

Follows the real EverShop 2.2.1, which tests/e2e/stores runs."""

from doubles.base import Answer, Double, as_html, as_json, new_id, redirect


def error(status, message):
    return as_json({"error": {"status": status, "message": message}}, status)


class EverShop(Double):
    ADDING = "^POST /api/cart/mine/items"

    def answer(self, asked, shop, has):
        key = asked.cookies.get("sid")
        if asked.path == "/":
            if has("suspended"):
                return as_html("<body>This account has been suspended</body>")
            return as_html('<body id="body" class="frontStore homepage">Welcome</body>')
        if asked.path == "/probe-sock":
            return self.page(shop, has)
        cart = shop.carts.get(key)
        if asked.path.startswith("/api/"):
            return self.api(asked, cart, has)
        if asked.path.startswith("/assets/"):
            return as_html("<body>Not found</body>", 404) if has("dead_script") else Answer(
                200, '"use strict";', "application/javascript")
        if asked.path != "/checkout":
            return as_html("<body>Not found</body>", 404)
        if has("checkout_login"):
            return redirect("/login?redirect=/checkout")
        if has("checkout_to_cart") or not cart or not cart["lines"]:
            # As a shop at the root of its host does.
            return redirect(f"http://{asked.headers['Host']}/cart")
        if has("empty_checkout"):
            return as_html("")
        return as_html('<body id="body" class="frontStore checkout"><div id="app"></div>'
                       f'<script src="http://{asked.headers["Host"]}/{shop.name}/assets/checkout.js">'
                       "</script></body>")

    @staticmethod
    def page(shop, has):
        if has("page_gone"):
            return as_html("<body>Not found</body>", 404)
        if has("start_page"):
            return as_html('<body id="body" class="frontStore homepage"><script>var eContext = '
                           '{"sku":"PROBE-1"}</script></body>')
        key = new_id()
        shop.carts[key] = {"lines": {}, "id": new_id(), "note": ""}
        stock = "false" if has("shown_sold_out") else "true"
        sku = "OTHER" if has("other_page") else "PROBE-1"
        return as_html('<head><title>Pool maintenance supplies</title></head><body id="body"'
                       ' class="frontStore productView"><h1>Probe sock</h1>'
                       f'<script>var eContext = {{"sku":"{sku}",'
                       f'"inventory":{{"isInStock":{stock}}}}}, related = [{{"sku":"OTHER","inventory":'
                       '{"isInStock":false}}]</script></body>', 200,
                       [("Set-Cookie", f"sid={key}; Path=/; HttpOnly")])

    def api(self, asked, cart, has):
        if asked.path == "/api/graphql":
            return self.graphql(asked.json()["query"], cart, has)
        if cart is None:
            return error(400, "Invalid cart")
        if asked.path == "/api/cart/mine/items":
            return self.add(asked.json(), cart, has)
        if asked.path == f"/api/carts/{cart['id']}/shippingNotes":
            cart["note"] = asked.json()["note"]
            return as_json({"data": {"note": cart["note"]}})
        if asked.method == "DELETE":
            cart["lines"].pop(asked.path.rsplit("/", 1)[-1], None)
            return as_json({"data": {}})
        return error(404, "Not found")

    @staticmethod
    def add(wanted, cart, has):
        if has("sold_out"):
            return error(500, "This item is out of stock")
        if has("not_enough"):
            return error(500, "We do not have enough stock")
        if has("product_gone") or wanted["sku"] != "PROBE-1":
            return error(400, "Product not found")
        if has("crash"):
            return error(500, 'relation "cart" does not exist')
        if has("refused"):
            return error(422, "The request is invalid")
        item = new_id()
        if not has("lost_cart"):
            cart["lines"][item] = wanted["sku"]
        return as_json({"data": {"item": {"uuid": item}, "count": 1, "cartId": cart["id"]}})

    def graphql(self, query, cart, has):
        if "Methods" in query:
            return as_json({"data": {"myCart": None if has("lost_late") else {
                "noShippingRequired": False,
                "availableShippingMethods": [] if has("no_shipping") else [{"code": "post"}],
                "availablePaymentMethods": [] if has("no_payment") else [{"code": "cod"}]}}})
        if has("broken_database"):
            return as_json({"data": {}})
        price = 0 if has("free") else 2.5 if has("wrong_price") else 1
        problems = ["This item is out of stock"] if has("sold_out_later") else []
        items = [{"uuid": key, "productSku": sku, "qty": 1, "finalPriceInclTax": {"value": price},
                  "errors": problems} for key, sku in (cart or {"lines": {}})["lines"].items()]
        mine = {"uuid": "1", "currency": "USD" if has("wrong_currency") else "EUR",
                "totalQty": len(items), "items": items, "grandTotal": {"value": price * len(items)}}
        lost = has("lost_session") and "Left" not in query
        return as_json({"data": {"myCart": None if lost or cart is None else mine,
                                 "allowedCountries": [{"code": "AT"}]}})

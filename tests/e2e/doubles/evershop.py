"""EverShop: server-rendered pages open the session; an empty stock is an error 500 to the API."""

from doubles.base import Double, as_html, as_json, new_id, redirect


def error(status, message):
    return as_json({"error": {"status": status, "message": message}}, status)


class EverShop(Double):
    def answer(self, asked, shop, has):
        key = asked.cookies.get("sid")
        if asked.path == "/":
            return as_html("<body>Welcome</body>")
        if asked.path == "/probe-sock":
            return self.page(shop, has)
        cart = shop.carts.get(key)
        if asked.path.startswith("/api/"):
            return self.api(asked, cart, has)
        if asked.path != "/checkout":
            return as_html("<body>Not found</body>", 404)
        if has("checkout_login"):
            return redirect("/login?redirect=/checkout")
        if has("checkout_to_cart") or not cart or not cart["lines"]:
            # As a shop at the root of its host does.
            return redirect(f"http://{asked.headers['Host']}/cart")
        return as_html("<body>Checkout</body>")

    @staticmethod
    def page(shop, has):
        if has("page_gone"):
            return as_html("<body>Not found</body>", 404)
        key = new_id()
        shop.carts[key] = {"lines": {}, "id": new_id(), "note": ""}
        stock = "false" if has("shown_sold_out") else "true"
        sku = "OTHER" if has("other_page") else "PROBE-1"
        return as_html(f'<body><h1>Probe sock</h1><script>var eContext = {{"sku":"{sku}",'
                       f'"inventory":{{"isInStock":{stock}}}}}</script></body>', 200,
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
        items = [{"productSku": sku, "qty": 1, "finalPriceInclTax": {"value": price},
                  "errors": problems} for sku in (cart or {"lines": {}})["lines"].values()]
        mine = {"uuid": "1", "currency": "USD" if has("wrong_currency") else "EUR",
                "totalQty": len(items), "items": items, "grandTotal": {"value": price * len(items)}}
        return as_json({"data": {"myCart": None if has("lost_session") or cart is None else mine,
                                 "allowedCountries": [{"code": "AT"}]}})

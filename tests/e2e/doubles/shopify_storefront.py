"""Shopify's Storefront GraphQL API: stock problems are warnings on a mutation that succeeds."""

from doubles.base import Double, as_html, as_json, new_id, page, redirect

VARIANT = "gid://shopify/ProductVariant/4123"


class ShopifyStorefront(Double):
    def answer(self, asked, shop, has):
        if asked.path.startswith("/api/"):
            if asked.headers.get("X-Shopify-Storefront-Access-Token") != "public-test":
                return as_json({"errors": [{"message": "", "extensions": {"code": "UNAUTHORIZED"}}]})
            return self.graphql(asked, shop, has)
        if asked.path.startswith("/cart/c/"):
            if has("queue"):
                return redirect("/throttle/queue")
            if has("password_page"):
                return redirect(f"{self.url}/password")  # not below the shop's own path
            if has("stock_problems"):
                return redirect("/checkouts/co/1/stock-problems")
            return redirect("/checkouts/cn/1")
        if asked.path == "/checkouts/cn/1":
            return page("Checkout")
        return as_html("<body>404</body>", 404)

    def graphql(self, asked, shop, has):
        query, variables = asked.json()["query"], asked.json()["variables"]
        if has("throttled"):
            return as_json({"errors": [{"message": "Throttled",
                                        "extensions": {"code": "THROTTLED"}}]})
        if has("graphql_error"):
            return as_json({"errors": [{"message": "Internal error"}]})
        if has("verify"):
            return as_html("<body>Your connection needs to be verified before you can proceed</body>")
        if "node(" in query:
            node = {"id": VARIANT, "sku": "PROBE-1", "availableForSale": not has("shown_sold_out"),
                    "price": self.money(has), "product": {"title": "Probe sock"}}
            return as_json({"data": {"node": None if has("product_gone") else node}})
        if "cartCreate" in query:
            return self.create(variables, shop, has)
        if "cartLinesRemove" in query:
            if variables["cart"] not in shop.carts:  # a cleanup after a run that got no cart
                return as_json({"errors": [{"message": "Variable $cart was provided null"}]})
            shop.carts[variables["cart"]]["lines"].clear()
            return as_json({"data": {"cartLinesRemove": {"cart": {"totalQuantity": 0}}}})
        if has("lost_session"):
            return as_json({"data": {"cart": None}})
        return as_json({"data": {"cart": self.view(shop.carts[variables["id"]], has)}})

    @staticmethod
    def money(has):
        return {"amount": "0.0" if has("free") else "2.5" if has("wrong_price") else "1.0",
                "currencyCode": "USD" if has("wrong_currency") else "EUR"}

    def view(self, cart, has):
        money = self.money(has)
        lines = [{"quantity": 1, "merchandise": {"id": line, "price": money}}
                 for line in cart["lines"]]
        total = {"amount": str(float(money["amount"]) * len(lines)),
                 "currencyCode": money["currencyCode"]}
        return {"totalQuantity": len(lines), "cost": {"totalAmount": total},
                "lines": {"nodes": lines}}

    def create(self, variables, shop, has):
        errors, warnings = [], []
        if has("cart_null"):
            return as_json({"data": {"cartCreate": {"cart": None, "userErrors": [],
                                                    "warnings": []}}})
        for code in ("MERCHANDISE_NOT_ENOUGH_STOCK", "MERCHANDISE_OUT_OF_STOCK"):
            if has(code.lower()):
                warnings.append({"code": code, "target": "x", "message": "no stock left"})
        if has("not_applicable"):
            errors.append({"code": "MERCHANDISE_NOT_APPLICABLE", "field": [], "message": "gone"})
        if has("user_error"):
            errors.append({"code": "INVALID", "field": [], "message": "The quantity is too small"})
        cart = {"id": f"gid://shopify/Cart/{new_id()}", "lines": []}
        if not errors and not warnings and not has("lost_cart"):
            cart["lines"].append(variables["lines"][0]["merchandiseId"])
        shop.carts[cart["id"]] = cart
        answer = {"id": cart["id"], "checkoutUrl": f"{self.url}/{shop.name}/cart/c/1?key=2",
                  "totalQuantity": len(cart["lines"]), "lines": {"nodes": [{"id": "gid://l/1"}]}}
        if has("lost_later"):
            cart["lines"].clear()
        return as_json({"data": {"cartCreate": {"cart": None if errors else answer,
                                                "userErrors": errors, "warnings": warnings}}})

"""Shopify's Storefront GraphQL API: stock problems are warnings on a mutation that succeeds.

Follows the documentation of 2026-07; the checkout page's script is named as in saved pages."""

from doubles.base import Answer, Double, as_html, as_json, new_id, page, redirect

VARIANT = "gid://shopify/ProductVariant/4123"


class ShopifyStorefront(Double):
    ADDING = "cartLinesAdd"

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
            return redirect("/checkout/cn/1" if has("at_shop_app") else "/checkouts/cn/1")
        if asked.path.endswith("/cn/1"):
            return self.checkout(f"{self.url}/{shop.name}", has)
        if asked.path.startswith("/checkout-web/"):
            if has("dead_script"):
                return as_html("<body>404</body>", 404)
            if has("script_is_a_page"):
                return page("Not here")
            return Answer(200, "import 'app'", "text/javascript")
        return as_html("<body>404</body>", 404)

    @staticmethod
    def checkout(url, has):
        if has("empty_checkout"):
            return as_html("")
        if has("checkout_is_a_notice"):
            return page("Something went wrong")
        if has("checkout_form"):
            return page("<form action='/checkouts/cn/1'><input type='email' name='email'></form>")
        return as_html(f'<head><title>Checkout</title></head><body><div id="app"></div>'
                       f'<script src="{url}/checkout-web/assets/c1/app.js"></script></body>')

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
            return self.create(shop, has)
        if "cartLinesAdd" in query:
            return self.add(variables, shop, has)
        if "cartLinesRemove" in query:
            if variables["cart"] not in shop.carts:  # a cleanup after a run that got no cart
                return as_json({"errors": [{"message": "Variable $cart was provided null"}]})
            shop.carts[variables["cart"]]["lines"].clear()
            return as_json({"data": {"cartLinesRemove": {"cart": {"totalQuantity": 0}}}})
        if has("lost_session") or variables["id"] not in shop.carts:
            return as_json({"data": {"cart": None}})
        return as_json({"data": {"cart": self.view(shop.carts[variables["id"]], has)}})

    @staticmethod
    def money(has):
        return {"amount": "0.0" if has("free") else "2.5" if has("wrong_price") else
                "1" if has("without_decimals") else "1.0",
                "currencyCode": "USD" if has("wrong_currency") else "EUR"}

    def view(self, cart, has):
        money = self.money(has)
        lines = [{"id": "gid://l/1", "quantity": 1, "merchandise": {"id": line, "price": money}}
                 for line in cart["lines"]]
        total = {"amount": str(float(money["amount"]) * len(lines)),
                 "currencyCode": money["currencyCode"]}
        return {"totalQuantity": len(lines), "cost": {"totalAmount": total},
                "lines": {"nodes": lines}}

    def create(self, shop, has):
        if has("no_cart"):
            return as_json({"data": {"cartCreate": {"cart": None, "userErrors": [], "warnings": []}}})
        cart = {"id": f"gid://shopify/Cart/{new_id()}", "lines": []}
        shop.carts[cart["id"]] = cart
        return as_json({"data": {"cartCreate": {"cart": self.mention(shop, cart), "userErrors": [],
                                                "warnings": []}}})

    def mention(self, shop, cart):
        return {"id": cart["id"], "checkoutUrl": f"{self.url}/{shop.name}/cart/c/1?key=2",
                "totalQuantity": len(cart["lines"])}

    def add(self, variables, shop, has):
        errors, warnings = [], []
        if has("cart_null"):
            return as_json({"data": {"cartLinesAdd": {"cart": None, "userErrors": [],
                                                      "warnings": []}}})
        for code in ("MERCHANDISE_NOT_ENOUGH_STOCK", "MERCHANDISE_OUT_OF_STOCK"):
            if has(code.lower()):
                warnings.append({"code": code, "target": "x", "message": "no stock left"})
        if has("not_applicable"):
            errors.append({"code": "MERCHANDISE_NOT_APPLICABLE", "field": [], "message": "gone"})
        if has("lost_when_adding"):
            errors.append({"code": "INVALID", "field": [], "message": "The specified cart does not exist."})
        if has("user_error"):
            errors.append({"code": "INVALID", "field": [], "message": "The quantity is too small"})
        cart = shop.carts[variables["cart"]]
        if not errors and not warnings and not has("lost_cart"):
            cart["lines"].append(variables["lines"][0]["merchandiseId"])
        answer = self.mention(shop, cart)
        if has("lost_later"):
            cart["lines"].clear()
        return as_json({"data": {"cartLinesAdd": {"cart": None if errors else answer,
                                                  "userErrors": errors, "warnings": warnings}}})

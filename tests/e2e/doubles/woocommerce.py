"""WooCommerce's Store API: carts by Cart-Token, errors as {"code", "message", "data"}."""

from doubles.base import Double, as_json, new_id, page

API = "/wp-json/wc/store/v1"


def error(status, code, message):
    return as_json({"code": code, "message": message, "data": {"status": status}}, status)


class WooCommerce(Double):
    def answer(self, asked, shop, has):
        if asked.path == "/product/probe-sock/":
            if has("page_gone"):
                return error(404, "rest_no_route", "gone")
            return page()
        if asked.path == f"{API}/products/38":
            if has("product_gone"):
                return error(404, "woocommerce_rest_product_invalid_id", "Invalid product ID.")
            return as_json({"id": 38, "sku": "PROBE-1", "is_in_stock": not has("shown_sold_out"),
                            "is_purchasable": True, "prices": self.prices(has)})
        if asked.path == f"{API}/cart" and asked.method == "GET":
            return self.cart(asked, shop, has)
        if asked.path == f"{API}/cart/add-item":
            return self.add(asked, shop, has)
        if asked.path == f"{API}/cart/items" and asked.method == "DELETE":
            if asked.headers.get("Cart-Token") not in shop.carts:
                return error(401, "woocommerce_rest_missing_nonce", "Missing the Nonce header.")
            shop.carts[asked.headers["Cart-Token"]]["lines"].clear()
            return as_json([])
        return error(404, "rest_no_route", f"No route was found: {asked.path}")

    @staticmethod
    def prices(has):
        return {"price": "0" if has("free") else "250" if has("wrong_price") else "100",
                "currency_code": "USD" if has("wrong_currency") else "EUR",
                "currency_minor_unit": 2}

    def cart(self, asked, shop, has, status=200):
        token = asked.headers.get("Cart-Token")
        if token not in shop.carts or has("lost_session"):
            token = new_id()
            shop.carts[token] = {"lines": []}
        prices = self.prices(has)
        items = [{"id": line, "quantity": 1, "prices": prices}
                 for line in shop.carts[token]["lines"]]
        return as_json(
            {"items": items, "items_count": len(items), "errors": [],
             "totals": {"total_price": str(len(items) * int(prices["price"])),
                        "currency_code": prices["currency_code"], "currency_minor_unit": 2},
             "needs_shipping": True, "has_calculated_shipping": True,
             "shipping_rates": [{"shipping_rates": [] if has("no_shipping") else [{"rate_id": "f"}]}],
             "payment_methods": [] if has("no_payment") else ["cod"]},
            status, [("Cart-Token", token), ("Nonce", "a1b2c3")])

    def add(self, asked, shop, has):
        if has("api_rate_limit"):
            return error(400, "rate_limit_exceeded", "Too many requests.")
        if has("missing_nonce"):
            return error(401, "woocommerce_rest_missing_nonce", "Missing the Nonce header.")
        if has("invalid_nonce"):
            return error(403, "woocommerce_rest_invalid_nonce", "Nonce is invalid.")
        if has("sold_out"):
            return error(400, "woocommerce_rest_product_out_of_stock",
                         "You cannot add \"Probe sock\" because the product is out of stock.")
        if has("partly_sold_out"):
            return error(400, "woocommerce_rest_product_partially_out_of_stock",
                         "There is not enough stock.")
        if has("invalid_key"):
            return error(409, "woocommerce_rest_cart_invalid_key", "Cart item does not exist.")
        if has("server_error"):
            return error(500, "woocommerce_rest_unknown_server_error", "Something went wrong.")
        if not has("lost_cart"):
            shop.carts[asked.headers["Cart-Token"]]["lines"].append(asked.json()["id"])
        answer = self.cart(asked, shop, has, 201)
        if has("lost_later"):
            shop.carts[asked.headers["Cart-Token"]]["lines"].clear()
        return answer

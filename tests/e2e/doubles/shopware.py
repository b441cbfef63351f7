"""Shopware 6's Store API: a context token in a header, sold-out products as `errors` at 200."""

from doubles.base import Answer, Double, as_html, as_json, new_id, page

PRODUCT = "0189f2a0000000000000000000000001"


def error(status, code, detail):
    return as_json({"errors": [{"status": str(status), "code": code, "detail": detail}]}, status)


class Shopware(Double):
    def answer(self, asked, shop, has):
        if asked.path == "/probe-sock":
            return as_html("<body>404</body>", 404) if has("page_gone") else page()
        if not asked.path.startswith("/store-api/"):
            return as_html("<body>404</body>", 404)
        if has("maintenance"):
            return error(503, "FRAMEWORK__API_SALES_CHANNEL_MAINTENANCE_MODE", "maintenance")
        if asked.headers.get("sw-access-key") != "SWSCTEST" or has("bad_key"):
            return error(401, "FRAMEWORK__API_UNAUTHORIZED", "Access key is invalid")
        path = asked.path.removeprefix("/store-api")
        if path == f"/product/{PRODUCT}":
            if has("product_gone"):
                return error(404, "CONTENT__PRODUCT_NOT_FOUND", "Product not found")
            return as_json({"product": {"id": PRODUCT, "available": not has("shown_sold_out"),
                                        "calculatedPrice": {"unitPrice": self.price(has)}}})
        if path == "/context":
            token = new_id()
            shop.carts[token] = {"lines": []}
            return as_json({"token": token,
                            "currency": {"isoCode": "USD" if has("wrong_currency") else "EUR"}})
        token = asked.headers.get("sw-context-token")
        if token not in shop.carts or has("lost_session"):
            token = new_id()
            shop.carts[token] = {"lines": []}
        return self.cart(asked, path, token, shop.carts[token], has)

    @staticmethod
    def price(has):
        return 0 if has("free") else 2.5 if has("wrong_price") else 1

    def cart(self, asked, path, token, cart, has):
        if path == "/checkout/cart/line-item":
            if has("internal"):
                return error(500, "CHECKOUT__CART_INVALID", "The cart is invalid")
            for key in ("product-out-of-stock", "product-stock-reached", "product-not-found"):
                if has(key):
                    return as_json(self.view(token, cart, has, {key: {
                        "messageKey": key, "level": 20, "block": True, "message": f"says {key}"}}))
            if not has("lost_cart"):
                cart["lines"].append(asked.json()["items"][0]["referencedId"])
            answer = as_json(self.view(token, cart, has))
            if has("lost_later"):
                cart["lines"].clear()
            return answer
        if path == "/checkout/cart" and asked.method == "DELETE":
            cart["lines"].clear()
            return Answer(204)
        if path == "/checkout/cart":
            return as_json(self.view(token, cart, has))
        if path == "/shipping-method":
            return as_json({"elements": [] if has("no_shipping") else [{"id": "s"}]})
        if path == "/payment-method":
            return as_json({"elements": [] if has("no_payment") else [{"id": "p"}]})
        return error(404, "0", "no route")

    def view(self, token, cart, has, errors=None):
        items = [{"referencedId": line, "quantity": 1, "price": {"unitPrice": self.price(has)}}
                 for line in cart["lines"]]
        return {"token": token, "lineItems": items, "errors": errors or [],
                "price": {"totalPrice": self.price(has) * len(items)}}

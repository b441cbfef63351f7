"""BigCommerce's storefront API: carts by a same-origin cookie."""

from doubles.base import Answer, Double, as_html, as_json, new_id, page, redirect


def error(status, title):
    return as_json({"status": status, "title": title, "type": "about:blank"}, status)


class BigCommerce(Double):
    def answer(self, asked, shop, has):
        session = asked.cookies.get("SHOP_SESSION_TOKEN")
        if asked.path == "/probe-sock/":
            if has("page_gone"):
                return as_html("<body>404</body>", 404)
            if has("shown_sold_out"):
                return page('<script type="application/ld+json">{"offers":'
                            '{"availability":"https://schema.org/OutOfStock"}}</script>')
            return page()
        if asked.path == "/api/storefront/carts" and asked.method == "POST":
            return self.add(asked, shop, has)
        cart = shop.carts.get(session)
        if asked.path == "/api/storefront/carts":
            if cart is None or has("lost_session"):
                return as_json([])
            return as_json([self.view(cart, has)])
        if asked.path == "/checkout":
            if has("checkout_to_cart"):
                return redirect("/cart.php")
            if has("checkout_login"):
                return redirect("/login.php?from=checkout")
            return page("Checkout")
        if cart is None:
            return error(404, "Not found")
        if asked.method == "DELETE":
            shop.carts.pop(session)
            return Answer(204)
        if asked.path.startswith("/api/storefront/checkouts/"):
            if has("no_checkout"):
                return error(404, "Checkout not found")
            return as_json({"id": cart["id"], "cart": self.view(cart, has)})
        return error(404, "Not found")

    @staticmethod
    def view(cart, has):
        price = 0 if has("free") else 2.5 if has("wrong_price") else 1
        items = [{"productId": line, "quantity": 1, "sku": "PROBE-1", "salePrice": price}
                 for line in cart["lines"]]
        return {"id": cart["id"], "cartAmount": price * len(items),
                "currency": {"code": "USD" if has("wrong_currency") else "EUR"},
                "lineItems": {"physicalItems": items, "digitalItems": []}}

    def add(self, asked, shop, has):
        if has("misleading_400"):
            return error(400, "cart not found")
        if has("sold_out"):
            return error(422, "Insufficient stock")
        if has("conflict"):
            return error(409, "Version conflict")
        if has("product_gone"):
            return error(404, "Product not found")
        cart = {"id": new_id(), "lines": [asked.json()["lineItems"][0]["productId"]]}
        if has("lost_cart"):
            cart["lines"].clear()
        answer = as_json(self.view(cart, has))
        if has("lost_later"):
            cart["lines"].clear()
        shop.carts[cart["id"]] = cart
        answer.headers.append(("Set-Cookie", f"SHOP_SESSION_TOKEN={cart['id']}; Path=/; HttpOnly"))
        return answer

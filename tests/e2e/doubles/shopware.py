"""Shopware 6: a context token in a header and sold-out products as `errors` at 200 in the Store API;
the storefront's pages with a session of their own.

Follows 6.6 as read in its source (routes, forms, microdata, redirects).
"""

from doubles.base import Answer, Double, as_html, as_json, new_id, redirect

PRODUCT = "0189f2a0000000000000000000000001"
OTHER = "0189f2a0000000000000000000000002"
RELATED = f"""<div class="card product-box"><form action="/checkout/line-item/add" method="post" class="buy-widget">
<input type="hidden" name="lineItems[{PRODUCT}][id]" value="{PRODUCT}"><button class="btn-buy">Add</button></form></div>"""


def error(status, code, detail):
    return as_json({"errors": [{"status": str(status), "code": code, "detail": detail}]}, status)


def page(body, title="Pool maintenance supplies - Acme"):
    return as_html(f"<head><title>{title}</title></head><body><svg><title>Maintenance contract</title>"
                   f"</svg>{body}</body>")


def product_page(has):
    number = OTHER if has("other_page") else PRODUCT
    sold_out = has("page_sold_out")
    inside = "" if sold_out else (
        f'<input type="hidden" name="redirectTo" value="frontend.detail.page">'
        f'<input type="hidden" name="lineItems[{number}][id]" value="{number}">'
        f'<input type="hidden" name="lineItems[{number}][type]" value="product">'
        f'<input type="hidden" name="lineItems[{number}][referencedId]" value="{number}">'
        f'<input type="number" name="lineItems[{number}][quantity]" value="1">'
        '<button class="btn btn-primary btn-buy" type="submit" title="Add to shopping cart">Add</button>')
    state = "OutOfStock" if sold_out else "InStock"
    return page('<div class="cms-page" itemscope itemtype="https://schema.org/Product">'
                f'<link itemprop="availability" href="https://schema.org/{state}">'
                f'<form id="productDetailPageBuyProductForm" action="/checkout/line-item/add" method="post"'
                f' class="buy-widget" data-add-to-cart="true">{inside}</form>'
                f'<meta itemprop="productID" content="{number}"></div>')


class Shopware(Double):
    ADDING = "^POST /(store-api/)?checkout/(cart/)?line-item"

    def answer(self, asked, shop, has):
        if has("suspended"):
            return as_html("<body>This account has been suspended</body>")
        if asked.path.startswith("/store-api/"):
            return self.store_api(asked, shop, has)
        if has("maintenance") and asked.path != "/maintenance":
            return redirect("/maintenance", 307)
        if asked.path == "/maintenance":
            return as_html("<body class='is-ctl-maintenance'>Sorry</body>", 503)
        if asked.path == "/probe-sock":
            if has("page_gone"):
                return as_html("<body>404</body>", 404)
            if has("start_page"):
                return page(f"<h1>Welcome</h1>{RELATED}", "Acme")
            return product_page(has)
        return self.session(asked, shop, has)

    def session(self, asked, shop, has):
        key = asked.cookies.get("session-")
        headers = []
        if key not in shop.carts or has("stripped_cookies"):
            key = new_id()
            shop.carts[key] = {"lines": []}
            headers = [("Set-Cookie", f"session-={key}; path=/; HttpOnly")]
        answer = self.storefront(asked, shop.carts[key], has)
        answer.headers += headers
        return answer

    def storefront(self, asked, cart, has):
        if asked.path == "/checkout/line-item/add":
            if f"lineItems[{PRODUCT}][id]" in asked.form() and not has("page_cart_lost"):
                cart["lines"].append(PRODUCT)
            return redirect("/probe-sock")
        if asked.path.startswith("/checkout/line-item/delete/"):
            cart["lines"].clear()
            return redirect("/checkout/cart")
        if asked.path == "/checkout/cart.json":
            return as_json(self.view("x", cart, has))
        if asked.path == "/checkout/register":
            if has("checkout_to_cart") or not cart["lines"]:
                return redirect("/checkout/cart")
            if has("empty_checkout"):
                return as_html("")
            if has("checkout_crashed"):
                return as_html("<body><h1>Oops! An Error Occurred</h1></body>", 500)
            return page('<form action="/account/register" class="register-form" method="post">'
                        '<input type="email" name="email" id="personalMail"></form>', "Checkout")
        return as_html("<body>404</body>", 404)

    def store_api(self, asked, shop, has):
        if has("maintenance"):
            return error(503, "FRAMEWORK__API_SALES_CHANNEL_MAINTENANCE_MODE", "maintenance")
        if asked.headers.get("sw-access-key") != "SWSCTEST" or has("bad_key"):
            return error(401, "FRAMEWORK__API_UNAUTHORIZED", "Access key is invalid")
        path = asked.path.removeprefix("/store-api")
        if path == f"/product/{PRODUCT}":
            if has("product_gone"):
                return error(404, "CONTENT__PRODUCT_NOT_FOUND", "Product not found")
            return as_json({"product": self.product(has)})
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

    def product(self, has):
        price, tiers = self.price(has), []
        if has("advanced_prices"):  # the first holds for 1 to 9
            price, tiers = 5, [{"quantity": 9, "unitPrice": 1}, {"quantity": 10, "unitPrice": 0.8}]
        return {"id": PRODUCT, "available": not has("shown_sold_out"),
                "calculatedPrice": {"unitPrice": price, "quantity": 1}, "calculatedPrices": tiers}

    @staticmethod
    def price(has):
        if has("rounding"):
            return 0.9999999999999999
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
        if path == "/checkout/gateway" and not has("before_6_6"):
            return as_json({"payments": [] if has("no_payment") else [{"id": "p"}], "errors": [],
                            "shipments": [] if has("no_shipping") else [{"id": "s"}]})
        # Where the flag is not heard any more, all are listed, also those that nobody can choose.
        if path == "/shipping-method":
            return as_json({"elements": [] if has("no_shipping") and has("before_6_6") else [{"id": "s"}]})
        if path == "/payment-method":
            return as_json({"elements": [] if has("no_payment") and has("before_6_6") else [{"id": "p"}]})
        return error(404, "0", "no route")

    def view(self, token, cart, has, errors=None):
        items = [{"id": line, "referencedId": line, "quantity": 1,
                  "price": {"unitPrice": self.price(has)}} for line in cart["lines"]]
        return {"token": token, "lineItems": items, "errors": errors or [],
                "price": {"totalPrice": self.price(has) * len(items)}}

"""BigCommerce's storefront API, carts by a same-origin cookie, and the pages of the theme Cornerstone.

Follows the theme's templates 6.21 (form, hidden button, JSON-LD) and the API's description; what the
checkout's page holds besides its root is ours.
"""

import json

from doubles.base import Answer, Double, as_html, as_json, new_id, redirect

RELATED = """<article class="card" data-entity-id="87"><a href="/cart.php?action=add&amp;product_id=87">Add</a>
<script type="application/json">{"availability" : "https://schema.org/OutOfStock"}</script></article>"""


def error(status, title):
    return as_json({"status": status, "title": title, "type": "about:blank"}, status)


def page(body, title="Pool maintenance supplies - Acme"):
    return as_html(f"<head><title>{title}</title></head><body><svg><title>Maintenance contract</title>"
                   f"</svg>{body}</body>")


def product_page(has, url):
    sold_out = has("shown_sold_out")
    number = 99 if has("other_page") else 86
    offer = {"@type": "Offer", "priceCurrency": "EUR", "price": "1",
             "availability": "https://schema.org/" + ("OutOfStock" if sold_out else "InStock"),
             "url": f"{url}/probe-sock/"}
    ld = json.dumps({"@context": "https://schema.org/", "@type": "Product", "name": "Probe sock",
                     "url": f"{url}/probe-sock/", "offers": offer}).replace('"availability":', '"availability" :')
    wrapper = ' style="display: none"' if sold_out else ""
    button = "" if has("prices_for_customers") else \
        '<input id="form-action-addToCart" class="button button--primary" type="submit" value="Add to Cart">'
    form = (f'<form class="form" method="post" action="{url}/cart.php" enctype="multipart/form-data"\n'
            '  data-cart-item-add><input type="hidden" name="action" value="add">'
            f'<input type="hidden" name="product_id" value="{number}"/>'
            f'<div id="add-to-cart-wrapper" class="add-to-cart-wrapper"{wrapper}>{button}</div></form>')
    if has("sold_out_without_form"):
        form, ld = "", ld.replace("InStock", "OutOfStock")
    return page(f'<div class="productView" data-entity-id="{number}">{form}</div>{RELATED}'
                f'<script type="application/ld+json">{ld}</script>')


class BigCommerce(Double):
    ADDING = "^POST /api/storefront/carts"

    def answer(self, asked, shop, has):
        if has("in_maintenance"):
            return as_html("<head><title>Acme</title></head><body><h1>Down for Maintenance</h1></body>", 503)
        if has("suspended"):
            return as_html("<body>This account has been suspended</body>")
        url = f"{self.url}/{shop.name}"
        if asked.path == "/probe-sock/":
            if has("page_gone"):
                return as_html("<body>404</body>", 404)
            if has("start_page"):
                return page(f"<h1>Welcome</h1>{RELATED}", "Acme")
            return product_page(has, url)
        if asked.path == "/checkout":
            return self.checkout(url, has)
        if asked.path == "/checkout-loader.js":
            if has("dead_script"):
                return as_html("<body>404</body>", 404)
            return Answer(200, "/* loader */", "application/javascript")
        return self.api(asked, shop, has)

    @staticmethod
    def checkout(url, has):
        if has("checkout_to_cart"):
            return redirect("/cart.php")
        if has("checkout_login"):
            return redirect("/login.php?from=checkout")
        if has("empty_checkout"):
            return as_html("")
        if has("checkout_without_scripts"):
            return page('<div id="checkout-app"></div>')
        return page(f'<div id="checkout-app"></div><script src="{url}/checkout-loader.js"></script>', "Checkout")

    def api(self, asked, shop, has):
        """Opening a session and adding set the cookie; carts are the session's."""
        session = asked.cookies.get("SHOP_SESSION_TOKEN")
        cookies = []
        if session not in shop.carts:
            session = new_id()
            shop.carts[session] = {"id": new_id(), "lines": []}
            cookies = [("Set-Cookie", f"SHOP_SESSION_TOKEN={session}; Path=/; HttpOnly"),
                       ("Set-Cookie", "XSRF-TOKEN=forged-is-refused; Path=/")]
        cart = shop.carts[session]
        answer = self.answer_api(asked, cart, has)
        answer.headers += cookies
        return answer

    def answer_api(self, asked, cart, has):
        if asked.path == "/api/storefront/carts" and asked.method == "POST":
            return self.add(asked, cart, has)
        if asked.path == "/api/storefront/carts":
            if not cart.get("added") or has("lost_session"):
                return as_json([])
            return as_json([self.view(cart, has)])
        if asked.headers.get("X-XSRF-TOKEN") != "forged-is-refused":
            return error(403, "Forbidden")
        if asked.method == "DELETE":
            cart["lines"].clear()
            cart["added"] = False
            return Answer(204)
        if asked.path.startswith("/api/storefront/checkouts/"):
            if has("no_checkout"):
                return error(404, "Checkout not found")
            if has("checkout_not_readable"):
                return error(403, "Forbidden")
            return as_json({"id": cart["id"], "cart": self.view(cart, has)})
        return error(404, "Not found")

    @staticmethod
    def view(cart, has):
        price = 0 if has("free") else 2.5 if has("wrong_price") else 1
        if has("rounding"):
            price = 0.9999999999999999
        net = price / 1.19 if has("shown_with_tax") else price
        items = [{"productId": line, "quantity": 1, "sku": "PROBE-1", "salePrice": net, "listPrice": net}
                 for line in cart["lines"]]
        return {"id": cart["id"], "cartAmount": price * (len(items) or 1),
                "currency": {"code": "USD" if has("wrong_currency") else "EUR"},
                "lineItems": {"physicalItems": items, "digitalItems": []}}

    def add(self, asked, cart, has):
        if has("misleading_400"):
            return error(400, "cart not found")
        if has("sold_out"):
            return error(422, "Insufficient stock")
        if has("conflict"):
            return error(409, "Version conflict")
        if has("product_gone"):
            return error(404, "Product not found")
        if has("lost_when_adding"):
            return error(404, "Cart not found")
        cart["lines"].append(asked.json()["lineItems"][0]["productId"])
        cart["added"] = True
        if has("lost_cart"):
            cart["lines"].clear()
        answer = as_json(self.view(cart, has))
        if has("lost_later"):
            cart["lines"].clear()
        return answer

"""Magento: pages of the theme Luma, REST for guests, and GraphQL with `user_errors` at 200.

Follows 2.4.6 as read in its source and in saved pages of live shops: attributes, field names and
cookies are theirs, the prose is ours.
"""

import json
import urllib.parse

from doubles.base import Answer, Double, as_html, as_json, new_id, redirect

REST = "/rest/V1"
SKU = "PROBE-1"
LOGO = "<svg><title>Maintenance contract</title></svg>"
RELATED = """<div class="block related"><li class="item product product-item">
 <div class="stock unavailable"><span>Out of stock</span></div>
 <form data-role="tocart-form" data-product-sku="OTHER" action="/checkout/cart/add/product/9/" method="post">
  <input type="hidden" name="product" value="9"><button type="submit" disabled class="action tocart">Add</button></form></li></div>"""
BUTTON = ('<button type="submit"\n title="Add to Cart" class="action primary tocart"'
          ' id="product-addtocart-button"><span>Add to Cart</span></button>')


def error(status, message, parameters=None):
    return as_json({"message": message, **({"parameters": parameters} if parameters else {})}, status)


def page(body, title="Pool maintenance supplies - Acme"):
    return as_html(f"<head><title>{title}</title></head><body>{LOGO}{body}</body>")


def product_page(has, url, form_key):
    """Related products are sold out, as on many a healthy page."""
    sold_out = has("shown_sold_out")
    sku = "OTHER" if has("other_page") else SKU
    stock = "unavailable" if sold_out else "available"
    button = "" if sold_out or has("no_button") else BUTTON
    form = (f'<form data-product-sku="{sku}"\n action="{url}/checkout/cart/add/uenc/aHR0/product/77/"'
            ' method="post" id="product_addtocart_form">\n'
            '<input type="hidden" name="product" value="77" /><input type="hidden" name="item" value="77">'
            f'<input name="form_key" type="hidden" value="{form_key}" />'
            f'<input type="number" name="qty" id="qty" value="1" />{button}</form>')
    return page('<div class="product-info-main"><h1>Probe sock</h1><div class="product-info-stock-sku">'
                f'<div class="stock {stock}" title="Availability"><span>{stock}</span></div>'
                f'<div class="product attribute sku"><div class="value" itemprop="sku">{sku}</div></div>'
                f"</div>{form}</div>{RELATED}")


class Magento(Double):
    ADDING = r"^POST /rest/V1/guest-carts/\w+/items|^POST /checkout/cart/add/"

    def answer(self, asked, shop, has):
        if has("in_maintenance"):
            return as_html("<body><h1>Service Temporarily Unavailable</h1><p>The server is temporarily "
                           "unable to service your request due to maintenance downtime.</p></body>", 503)
        if has("suspended"):
            return as_html("<body>This account has been suspended</body>")
        if asked.path.startswith(REST):
            return self.guests(asked, shop, has)
        return self.pages(asked, shop, has)

    def pages(self, asked, shop, has):
        url = f"{self.url}/{shop.name}"
        if asked.path == "/probe-sock.html":
            if has("page_gone"):
                return as_html("<body>404</body>", 404)
            if has("start_page"):
                return page(f"<h1>Welcome</h1>{RELATED}", "Acme")
            if has("crashed"):
                return as_html("<body><h1>There has been an error processing your request</h1>"
                               "<p>Error log record number: a1b2c3</p></body>", 500)
            if has("other_host"):
                return redirect(f"{url.replace('127.0.0.1', 'localhost')}/parked.html")
            if has("key_on_product_page_alone"):
                answer, cart = self.open(asked, shop, has)
                page_of_it = product_page(has, url, cart["form_key"])
                page_of_it.headers += answer
                return page_of_it
            # The cache's page holds the form key of whoever filled it.
            return product_page(has, url, "ofSomebodyElse")
        if asked.path == "/parked.html":
            return product_page(has, url, "x")
        if asked.path.startswith("/static/"):
            if has("dead_script"):
                return as_html("<body>404</body>", 404)
            if has("script_is_a_page"):
                return page("Not here")
            return Answer(200, "/* require */", "application/javascript")
        return self.session(asked, shop, has)

    @staticmethod
    def open(asked, shop, has):
        """The customer by the cookie PHPSESSID; a cache that strips it makes each request a new one."""
        key = asked.cookies.get("PHPSESSID")
        headers = []
        if key not in shop.carts or has("stripped_cookies"):
            key = new_id()
            shop.carts[key] = {"lines": {}, "form_key": new_id()[:16]}
            headers = [("Set-Cookie", f"PHPSESSID={key}; path=/; HttpOnly")]
        return headers, shop.carts[key]

    def session(self, asked, shop, has):
        headers, cart = self.open(asked, shop, has)
        if asked.path == "/checkout/cart/":
            key = "" if has("key_on_product_page_alone") else (
                f'<input name="form_key" type="hidden" value="{cart["form_key"]}" />')
            answer = page(f"<h1>Shopping Cart</h1>{key}")
        elif asked.path.startswith("/checkout/cart/add/"):
            answer = self.add_by_form(asked, cart, has)
        elif asked.path == "/customer/section/load/":
            answer = as_json({"cart": self.section(cart, has)})
        elif asked.path == "/checkout/sidebar/removeItem/":
            if asked.form().get("form_key") != cart["form_key"]:
                return as_json({"success": False, "error_message": "We can't remove the item."})
            cart["lines"].pop(int(asked.form()["item_id"]), None)
            answer = as_json({"success": True})
        elif asked.path == "/checkout/":
            answer = self.checkout(f"{self.url}/{shop.name}/static/version1/frontend", cart, has)
        else:
            answer = as_html("<body>404</body>", 404)
        answer.headers += headers
        return answer

    @staticmethod
    def add_by_form(asked, cart, has):
        def told(kind, text):
            said = urllib.parse.quote(json.dumps([{"type": kind, "text": text}], separators=(",", ":")))
            return Answer(302, b"", "text/html", [("Location", "/probe-sock.html"),
                                                  ("Set-Cookie", f"mage-messages={said}; path=/")])

        if asked.form().get("form_key") != cart["form_key"]:
            return told("error", "Invalid Form Key. Please refresh the page.")
        if has("page_refuses"):
            return told("error", "The requested qty is not available")
        if not has("page_cart_lost"):
            cart["lines"][501] = SKU
        return told("success", "You added Probe sock to your shopping cart.")

    @staticmethod
    def section(cart, has):
        items = [{"item_id": str(key), "qty": 1, "product_sku": sku}
                 for key, sku in cart["lines"].items()]
        return {"summary_count": len(items), "items": items, "subtotalAmount": "1.0000",
                "possible_onepage_checkout": not has("checkout_off"),
                "isGuestCheckoutAllowed": not has("guest_checkout_off")}

    @staticmethod
    def checkout(static, cart, has):
        if not cart["lines"]:
            return redirect("/checkout/cart/")
        if has("checkout_to_cart") or has("minimum_amount"):
            disabled = ' disabled="disabled"' if has("minimum_amount") else ""
            return page('<form action="/checkout/cart/updatePost/" id="form-validate"></form><button type="button"'
                        f' data-role="proceed-to-checkout" class="action primary checkout"{disabled}></button>')
        if has("empty_checkout"):
            return as_html("")
        if has("checkout_crashed"):
            return as_html("<body><h1>There has been an error processing your request</h1></body>", 500)
        config = json.dumps({"quoteItemData": [] if has("checkout_lost_cart") else [{"sku": SKU}]},
                            separators=(",", ":"))
        if has("hyva_checkout"):
            return page('<div wire:id="hyva-checkout-main"><input name="email"></div>'
                        f'<script src="{static}/Hyva/default/alpine3.min.js"></script>')
        return page(f'<script src="{static}/Magento/luma/en_US/requirejs/require.js">'
                    '</script><div id="checkout" data-bind="scope:\'checkout\'" class="checkout-container"></div>'
                    f"<script>window.checkoutConfig = {config};</script>")

    def guests(self, asked, shop, has):
        if asked.path == f"{REST}/guest-carts":
            if has("report_id"):
                return error(500, "Internal Error. Details are available in Magento log file. "
                                  "Report ID: webapi-61f2")
            cart = new_id()
            shop.carts[cart] = {"lines": {}}
            return as_json(cart)
        parts = asked.path.removeprefix(f"{REST}/guest-carts/").split("/")
        cart = shop.carts.get(parts[0])
        lost = (has("lost_session") and parts[1] == "totals") or (
            has("lost_when_adding") and asked.method == "POST" and parts[1] == "items")
        if cart is None or lost:
            return error(404, "No such entity with %fieldName = %fieldValue",
                         {"fieldName": "cartId", "fieldValue": None})
        return self.rest(asked, parts, cart, has)

    REFUSALS = {
        "sold_out": "This product is out of stock.",
        "not_enough": "The requested qty is not available",
        "not_available": "Product that you are trying to add is not available.",
        "only_some": "Only 2 of 3 available",
        "no_source": "There are no source items with the in stock status",
        "sold_out_in_german": "Dieses Produkt ist nicht auf Lager.",
        "sold_out_in_french": "Ce produit est en rupture de stock.",
    }

    def rest(self, asked, parts, cart, has):
        price = 0 if has("free") else 2.5 if has("wrong_price") else 1
        if has("rounding"):
            price = 1.0000000000000002
        if parts[1] == "items" and asked.method == "POST":
            return self.add(asked, parts, cart, price, has)
        if parts[1] == "items" and asked.method == "GET":
            return as_json([{"item_id": key, "sku": sku} for key, sku in cart["lines"].items()])
        if parts[1] == "items":
            cart["lines"].pop(int(parts[2]), None)
            return as_json(True)
        if parts[1] == "totals":
            net = price / 1.19 if has("shown_with_tax") else price
            gross = price * 1.19 if has("shown_without_tax") else price
            items = [{"item_id": key, "qty": 1, "price": net, "price_incl_tax": gross}
                     for key in cart["lines"]]
            return as_json({"grand_total": price * len(items), "items_qty": len(items),
                            "items": items,
                            "quote_currency_code": "USD" if has("wrong_currency") else "EUR"})
        if parts[1] == "estimate-shipping-methods":
            if has("ships_to_germany_only"):
                return as_json([])
            nothing = has("no_shipping") or has("virtual")
            return as_json([] if nothing else [{"carrier_code": "f", "available": True}])
        if parts[1] == "payment-methods":
            return as_json([] if has("no_payment") else [{"code": "checkmo"}])
        return error(404, "Request does not match any route.")

    def add(self, asked, parts, cart, price, has):
        item = asked.json()["cartItem"]
        if item.get("quote_id") != parts[0]:
            return error(404, "No such entity with %fieldName = %fieldValue",
                         {"fieldName": "cartId", "fieldValue": item.get("quote_id")})
        for fault, message in self.REFUSALS.items():
            if has(fault):
                return error(400, message)
        if has("unknown_product"):
            return error(404, "The product that was requested doesn't exist. Verify the product and "
                              "try again.")
        if has("refused"):
            return error(400, "The fewest you may purchase is %1.", [5])
        if not has("lost_cart"):
            cart["lines"][77] = item["sku"]
        return as_json({"item_id": 77, "sku": item["sku"], "qty": 1, "name": "Probe sock", "price": price,
                        "product_type": "virtual" if has("virtual") else "simple", "quote_id": "5"})


class MagentoGraphql(Double):
    ADDING = "addProductsToCart"

    def answer(self, asked, shop, has):
        if asked.path != "/graphql":
            return as_html("<body>404</body>", 404)
        body = asked.json()
        query, variables = body["query"], body.get("variables") or {}
        if has("graphql_error"):
            return as_json({"errors": [{"message": "Internal server error"}], "data": None})
        if "products(" in query:
            return self.product(has)
        if "createEmptyCart" in query:
            cart = new_id()
            shop.carts[cart] = {"lines": []}
            return as_json({"data": {"createEmptyCart": cart}})
        if "createGuestCart" in query:  # 2.4.7 and later
            return as_json({"errors": [{"message": 'Cannot query field "createGuestCart" on type "Mutation".',
                                        "extensions": {"category": "graphql"}}]})
        cart = shop.carts.get(variables["cart"])
        lost = has("lost_session") or (has("lost_when_adding") and "addProductsToCart" in query)
        if cart is None or (lost and not query.startswith(("query Left", "mutation Open"))):
            return as_json({"errors": [{"message": "Could not find a cart with ID",
                                        "extensions": {"category": "graphql-no-such-entity"}}],
                            "data": {"cart": None}})
        if "addProductsToCart" in query:
            return self.add(variables, cart, has)
        if "removeItemFromCart" in query:
            cart["lines"].clear()
            return as_json({"data": {"removeItemFromCart": {"cart": {"total_quantity": 0}}}})
        if "setShippingAddressesOnCart" in query:
            return self.ship(variables, has)
        money = self.money(has)
        return as_json({"data": {"cart": {
            "total_quantity": len(cart["lines"]), "items": self.items(cart, has),
            "prices": {"grand_total": money},
            "available_payment_methods": [] if has("no_payment") else [{"code": "checkmo"}]}}})

    @staticmethod
    def ship(variables, has):
        if has("virtual"):
            return as_json({"errors": [{"message": "Shipping address is not allowed on cart: cart contains no "
                                                   "items for shipment.",
                                        "extensions": {"category": "graphql-input"}}],
                            "data": {"setShippingAddressesOnCart": None}})
        if has("address_refused") or variables["address"]["country_code"] != "US":
            return as_json({"errors": [{"message": "Region is required.",
                                        "extensions": {"category": "graphql-input"}}],
                            "data": {"setShippingAddressesOnCart": None}})
        ways = [] if has("no_shipping") else [{"carrier_code": "flatrate", "available": True}]
        return as_json({"data": {"setShippingAddressesOnCart": {"cart": {"shipping_addresses": [
            {"available_shipping_methods": ways}]}}}})

    @staticmethod
    def money(has):
        value = 0 if has("free") else 2.5 if has("wrong_price") else 1
        return {"value": 0.9999999999999999 if has("rounding") else value,
                "currency": "USD" if has("wrong_currency") else "EUR"}

    def product(self, has):
        items = [{"sku": SKU,
                  "stock_status": "OUT_OF_STOCK" if has("shown_sold_out") else "IN_STOCK",
                  "price_range": {"minimum_price": {"final_price": self.money(has)}}}]
        return as_json({"data": {"products": {"items": [] if has("product_gone") else items}}})

    def items(self, cart, has):
        money = self.money(has)
        net = {**money, "value": money["value"] / 1.19} if has("shown_with_tax") else money
        kind = "VirtualCartItem" if has("virtual") else "SimpleCartItem"
        return [{"__typename": kind, "uid": "Nzc=", "quantity": 1, "product": {"sku": sku},
                 "prices": {"price": net, "row_total_including_tax": money}} for sku in cart["lines"]]

    def add(self, variables, cart, has):
        for code in ("INSUFFICIENT_STOCK", "NOT_SALABLE", "PRODUCT_NOT_FOUND", "UNDEFINED"):
            if has(code.lower()):
                return self.refuse(code, f"the shop says {code}")
        if has("only_some"):
            return self.refuse("UNDEFINED", "Only 2 of 3 available")
        if not has("lost_cart"):
            cart["lines"].append(variables["sku"])
        answer = as_json({"data": {"addProductsToCart": {
            "cart": {"items": self.items(cart, has)}, "user_errors": []}}})
        if has("lost_later"):
            cart["lines"].clear()
        return answer

    @staticmethod
    def refuse(code, message):
        return as_json({"data": {"addProductsToCart": {
            "cart": {"items": []}, "user_errors": [{"code": code, "message": message}]}}})

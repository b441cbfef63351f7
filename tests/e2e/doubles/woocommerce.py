"""WooCommerce with block cart and checkout, as WooCommerce 9.9.5 on WordPress 6.9 was seen to answer.

A browser's cart hangs on the session's cookie and changes only with a Nonce; with a Cart-Token neither
is asked for, and the cart is another one. The checkout page makes a draft order once there is a cart.
"""

import time

from doubles import wordpress
from doubles.base import Answer, Double, as_json, new_id, redirect
from doubles.wordpress import SESSION, document

API = "/wp-json/wc/store/v1"
NONCE = "14a4562062"
REFUSALS = {  # of `add`: status, code, message
    "api_rate_limit": (400, "rate_limit_exceeded", "Too many requests."),
    "missing_nonce": (401, "woocommerce_rest_missing_nonce",
                      "Missing the Nonce header. This endpoint requires a valid nonce."),
    "sold_out": (400, "woocommerce_rest_product_out_of_stock",
                 "You cannot add &quot;Probe sock&quot; to the cart because the product is out of stock."),
    "partly_sold_out": (400, "woocommerce_rest_product_partially_out_of_stock",
                        "You cannot add that amount of &quot;Probe sock&quot; to the cart."),
    "not_purchasable": (400, "woocommerce_rest_product_not_purchasable",
                        "&quot;Probe sock&quot; is not available for purchase."),
    "choice_missing": (400, "woocommerce_rest_missing_variation_data",
                       "Missing variation data for variable product. Colour is a required field"),
    "members_only": (400, "woocommerce_rest_add_to_cart_error", "Sorry, this sock is for members only."),
    "invalid_key": (409, "woocommerce_rest_cart_invalid_key", "Cart item does not exist."),
    "server_error": (500, "woocommerce_rest_unknown_server_error", "Something went wrong.")}


def error(status, code, message, headers=()):
    return as_json({"code": code, "message": message, "data": {"status": status}}, status, headers)


class WooCommerce(Double):
    API = API

    def answer(self, asked, shop, has):
        if asked.path == "/index.php":  # with plain permalinks the API is a parameter
            asked.path = "/wp-json" + asked.query.get("rest_route", "")
        elif has("plain_permalinks") and asked.path.startswith("/wp-json"):
            return document("Home", "home blog", "<h1>Hello world!</h1>")
        answer = (wordpress.trouble(asked, has) or self.pages(asked, shop, has)
                  or self.api(asked, shop, has)
                  or error(404, "rest_no_route",
                           "No route was found matching the URL and request method."))
        if has("stripped_cookies"):  # by a cache in front
            answer.headers = [(key, value) for key, value in answer.headers if key != "Set-Cookie"]
        return answer

    # Pages

    def pages(self, asked, shop, has):
        if asked.path == "/product/probe-sock/":
            if has("page_gone"):
                return document("Page not found", "error404", wordpress.NOTHING_FOUND, status=404)
            if has("white_page"):
                return Answer(200, b"", "text/html; charset=UTF-8")
            return wordpress.product_page(has, self.prices(has))
        if asked.path == "/checkout/":
            return self.checkout_page(asked, shop, has)
        if asked.path == "/cart/":
            return document("Cart", "page-id-6 woocommerce-cart woocommerce-page woocommerce-no-js", """
<div data-block-name="woocommerce/cart" class="wp-block-woocommerce-cart alignwide is-loading">
<div data-block-name="woocommerce/filled-cart-block" class="wp-block-woocommerce-filled-cart-block"></div></div>""")
        if asked.path == "/my-account/":
            return document("My account", "page-id-8 woocommerce-account woocommerce-page", "<form></form>")
        return None

    def checkout_page(self, asked, shop, has):
        if has("checkout_fatal"):
            return Answer(500, wordpress.FATAL, "text/html; charset=utf-8")
        if has("checkout_drafted"):
            return document("Page not found", "error404", wordpress.NOTHING_FOUND, status=404)
        if has("checkout_other"):
            return document("Sample page", "page-id-2 page", "<p>This is an example page.</p>")
        if has("checkout_account"):
            return redirect("/my-account/")
        if shop.carts.get(asked.cookies.get(SESSION), {"lines": []})["lines"]:
            shop.drafts += 1
            return document("Checkout", "page-id-7 woocommerce-checkout woocommerce-page",
                            '<div data-block-name="woocommerce/checkout" class="wp-block-woocommerce-checkout"></div>')
        answer = redirect("/cart/")
        answer.headers += wordpress.PAGE_HEADERS
        return answer

    # Store API

    def api(self, asked, shop, has):
        path, method = asked.path.removeprefix(self.API), asked.method
        if method == "DELETE" and has("delete_refused"):  # by the host
            return Answer(405, "<html><head><title>405 Not Allowed</title></head></html>", "text/html")
        if method == "POST":
            method = asked.headers.get("X-HTTP-Method-Override", method)
        if path == "/products/38":
            return self.product(has)
        token = asked.headers.get("Cart-Token")
        if method != "GET" and not token:
            if not asked.headers.get("Nonce"):
                return error(*REFUSALS["missing_nonce"])
            if asked.headers["Nonce"] != NONCE or has("invalid_nonce"):
                return error(403, "woocommerce_rest_invalid_nonce", "Nonce is invalid.")
        session = token or asked.cookies.get(SESSION)
        if session not in shop.carts or has("lost_session"):
            session = new_id()
            shop.carts[session] = {"lines": [], "address": {
                "country": "" if has("location_unknown") or has("location_unknown_no_rates") else "DE",
                "state": "", "postcode": "", "city": ""}}
        cart = shop.carts[session]
        known = (method, path)
        if known == ("GET", "/cart"):
            return self.cart(session, cart, has)
        if known == ("POST", "/cart/add-item"):
            return self.add(asked, session, cart, has)
        if known == ("POST", "/cart/update-customer"):
            given = asked.json()["shipping_address"]
            if given.get("postcode") == "bad":
                return as_json({"code": "rest_invalid_param", "message": "Invalid parameter(s): shipping_address",
                                "data": {"status": 400, "params": {
                                    "shipping_address": "The provided postcode / ZIP is not valid"}}}, 400)
            cart["address"].update(given)
            return self.cart(session, cart, has)
        if known == ("DELETE", "/cart/items"):
            if not has("never_empty"):
                cart["lines"].clear()
            return as_json([], 200, self.headers(session, cart))
        if known == ("POST", "/checkout"):
            return self.order(asked, shop, session, cart, has)
        return None

    def product(self, has):
        if has("product_gone"):
            return error(404, "woocommerce_rest_product_invalid_id", "Invalid product ID.")
        return as_json({"id": 38, "name": "Probe sock", "parent": 0, "type": "simple", "sku": "PROBE-1",
                        "is_in_stock": not has("shown_sold_out"), "is_purchasable": not has("draft"),
                        "prices": self.prices(has)})

    @staticmethod
    def prices(has):
        return {"price": "0" if has("free") else "250" if has("wrong_price") else "100",
                "currency_code": "USD" if has("wrong_currency") else "EUR",
                "currency_minor_unit": 2}

    def headers(self, session, cart):
        headers = [("Nonce", NONCE), ("Nonce-Timestamp", str(int(time.time()))), ("User-ID", "0"),
                   ("Cart-Token", session), ("Cart-Hash", "bb1337" if cart["lines"] else "")]
        if cart["lines"]:
            headers += [("Set-Cookie", "woocommerce_items_in_cart=1; path=/"),
                        ("Set-Cookie", "woocommerce_cart_hash=bb1337; path=/"),
                        ("Set-Cookie", f"{SESSION}={session}; Max-Age=172800; path=/; HttpOnly")]
        return headers

    def cart(self, session, cart, has, status=200):
        prices = self.prices(has)
        if has("cart_with_tax"):  # which the product page shows without
            prices["price"] = "119"
        items = [{"id": line, "quantity": 1, "prices": prices,
                  "totals": {"line_subtotal": "100" if has("cart_with_tax") else prices["price"],
                             "line_subtotal_tax": "19" if has("cart_with_tax") else "0"}}
                 for line in cart["lines"]]
        return as_json({
            "items": items, "items_count": len(items), "errors": [],
            "totals": {"total_price": str(len(items) * int(prices["price"])),
                       "currency_code": prices["currency_code"], "currency_minor_unit": 2},
            "shipping_address": {"first_name": "", **cart["address"]},
            "needs_payment": bool(items), "needs_shipping": bool(items), **self.shipping(cart, has),
            "payment_methods": [] if has("no_payment") else ["bacs", "cod"],
        }, status, self.headers(session, cart))

    @staticmethod
    def shipping(cart, has):
        """Rates are worked out for the address that the shop knows or presumes, an unknown one too."""
        address = cart["address"]
        wanted = has("address_first") or has("address_first_no_rates")
        known = all(address[key] for key in ("country", "postcode", "city"))
        if not cart["lines"] or wanted and not known:
            return {"has_calculated_shipping": False, "shipping_rates": []}
        none = (has("no_shipping") or has("address_first_no_rates") or has("location_unknown_no_rates")
                or address["country"] != "DE")
        return {"has_calculated_shipping": True, "shipping_rates": [
            {"package_id": 0, "shipping_rates": [] if none else [{"rate_id": "flat_rate:1"}]}]}

    def add(self, asked, session, cart, has):
        for fault, (status, code, message) in REFUSALS.items():
            if has(fault):
                return error(status, code, message)
        if not has("lost_cart"):
            cart["lines"].append(asked.json()["id"])
            cart["choices"] = asked.json().get("variation")
        answer = self.cart(session, cart, has, 201)
        if has("lost_later"):
            cart["lines"].clear()
        return answer

    def order(self, asked, shop, session, cart, has):
        """Who may order at all is judged before the cart."""
        if has("checkout_api_fatal"):
            return Answer(500, wordpress.FATAL, "text/html; charset=utf-8")
        if "billing_address" not in asked.json():
            return error(400, "rest_missing_callback_param", "Missing parameter(s): billing_address")
        if has("guests_refused"):
            return error(403, "woocommerce_rest_guest_checkout_disabled", "You must be logged in to checkout.")
        if cart["lines"]:
            shop.drafts += 1
            return error(400, "woocommerce_rest_checkout_missing_payment_method", "No payment method provided.")
        return error(409, "woocommerce_rest_cart_empty", "Cannot place an order, your cart is empty.",
                     self.headers(session, cart))


class WooCommerceClassic(Double):
    """The same shop with the shortcodes' pages; its REST API is closed to guests."""

    OLD = False  # the old templates, of a theme like Storefront

    def answer(self, asked, shop, has):
        if asked.path.startswith("/wp-json"):
            return error(401, "rest_not_logged_in", "You are not currently logged in.")
        answer = (wordpress.trouble(asked, has) or self.page(asked, shop, has)
                  or document("Page not found", "error404", wordpress.NOTHING_FOUND, status=404))
        if has("stripped_cookies"):
            answer.headers = [(key, value) for key, value in answer.headers if key != "Set-Cookie"]
        return answer

    def page(self, asked, shop, has):
        cart = shop.carts.get(asked.cookies.get(SESSION), {"lines": []})
        if asked.path == "/product/probe-sock/":
            return self.product(asked, shop, has)
        if asked.path == "/cart/":
            return self.cart(asked, shop, cart, has)
        if asked.path == "/checkout/":
            return self.checkout(shop, cart, has)
        if asked.path == "/my-account/":
            return document("My account", "woocommerce-account woocommerce-page", "<form></form>")
        if asked.path == "/" and asked.query.get("wc-ajax") == "update_order_review":
            return self.review(asked, cart, has)
        return None

    def product(self, asked, shop, has):
        if has("page_gone"):
            return None
        if has("white_page"):
            return Answer(200, b"", "text/html; charset=UTF-8")
        page = wordpress.product_page(has, WooCommerce.prices(has))
        if asked.method != "POST":
            return page
        words = ("You cannot add &quot;Probe sock&quot; to the cart because the product is out of stock."
                 if has("sold_out") else "Please choose product options&hellip;"
                 if has("variations") and asked.form().get("attribute_colour") != "red"
                 else "Sorry, this sock is for members only." if has("members_only") else "")
        if words:
            page.body = page.body.replace(b"<footer>", f"{wordpress.notice(words, 'error', self.OLD)}<footer>".encode())
            return page
        if has("lost_cart"):
            return page
        session = new_id()
        shop.carts[session] = {"lines": [int(asked.form()["add-to-cart"])]}
        page.headers += [("Set-Cookie", "woocommerce_items_in_cart=1; path=/"),
                         ("Set-Cookie", f"{SESSION}={session}; Max-Age=172800; path=/; HttpOnly")]
        if has("lost_later"):
            shop.carts[session]["lines"].clear()
        return page

    def cart(self, asked, shop, cart, has):
        if has("cart_fatal"):
            return Answer(500, wordpress.FATAL, "text/html; charset=utf-8")
        if has("cart_block"):
            cart["lines"].clear()
            return document("Cart", "woocommerce-cart woocommerce-page",
                            '<div data-block-name="woocommerce/cart" class="wp-block-woocommerce-cart is-loading"></div>')
        if asked.query.get("remove_item"):
            cart["lines"].clear()
        classes = "page-id-15 woocommerce-cart woocommerce-page woocommerce-no-js"
        if not cart["lines"]:
            return document("Cart", classes, f"""<div class="woocommerce"><div class="wc-empty-cart-message">
	{wordpress.notice("Your cart is currently empty.", "info", self.OLD)}</div></div>""")
        price = "0.00" if has("free") else "1.00"
        number = 37 if has("variations") else 38
        problem = wordpress.notice("Sorry, we do not have enough &quot;Probe sock&quot;.", "error", self.OLD)
        return document("Cart", classes, f"""{problem if has("cart_error") else ""}
<form class="woocommerce-cart-form" action="/cart/" method="post">
<table class="shop_table shop_table_responsive cart woocommerce-cart-form__contents" cellspacing="0">
								<tr class="woocommerce-cart-form__cart-item cart_item">
						<td class="product-remove">
							<a href="{self.url}/{shop.name}/cart/?remove_item=d3d9446802&#038;_wpnonce=01b7066278" class="remove" aria-label="Remove Probe sock from cart" data-product_id="{number}" data-product_sku="PROBE-1">&times;</a>						</td>
						<td class="product-subtotal" data-title="Subtotal">
							<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol">&euro;</span>{price}</bdi></span>						</td>
					</tr>
</table></form>
<table><tr class="order-total">
			<th>Total</th>
			<td data-title="Total"><strong><span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol">&euro;</span>4.90</bdi></span></strong> </td>
		</tr></table>""")

    def checkout(self, shop, cart, has):
        if has("checkout_fatal"):
            return Answer(500, wordpress.FATAL, "text/html; charset=utf-8")
        if has("checkout_drafted"):
            return None
        if has("checkout_account"):
            return redirect("/my-account/")
        if not cart["lines"] or has("checkout_to_cart"):
            return redirect("/cart/")
        classes = "page-id-16 woocommerce-checkout woocommerce-page woocommerce-no-js"
        if has("checkout_empty_shell"):
            return document("Checkout", classes, "")
        if has("guests_refused"):
            return document("Checkout", classes, """<div class="woocommerce"><div class="woocommerce-notices-wrapper"></div>You must be logged in to checkout.</div>""")
        if has("login_form"):
            return document("Kasse", classes, """<div class="woocommerce"><form class="woocommerce-form woocommerce-form-login login" method="post" style="display:none;"></form></div>""")
        chosen = "" if has("location_unknown") else " selected='selected'"
        return document("Checkout", classes, f"""<form name="checkout" method="post" class="checkout woocommerce-checkout" action="/checkout/" enctype="multipart/form-data" aria-label="Checkout">
<select name="billing_country" id="billing_country" class="country_to_state country_select "><option value="">Select</option><option value="DE" {chosen}>Germany</option></select>
<div id="payment" class="woocommerce-checkout-payment">
<button type="submit" class="button alt" name="woocommerce_checkout_place_order" id="place_order" value="Place order" data-value="Place order">Place order</button></div></form>
<script>var wc_checkout_params = {{"ajax_url":"/wp-admin/admin-ajax.php","update_order_review_nonce":"16b6a7de35","is_checkout":"1"}};</script>""")

    def review(self, asked, cart, has):
        sent = asked.form()
        if sent.get("security") != "16b6a7de35" or has("invalid_nonce"):
            return Answer(403, "-1", "text/html; charset=UTF-8")
        if has("expired") or not cart["lines"]:
            return as_json({"fragments": {"form.woocommerce-checkout": wordpress.notice(
                "Sorry, your session has expired.", "error", self.OLD)}})
        if has("members_only_later"):
            return as_json({"result": "failure", "messages": wordpress.notice(
                "Members only.", "error", self.OLD), "reload": False, "fragments": {}})
        ways = ("" if has("no_payment") else """<li class="wc_payment_method payment_method_cod">
	<input id="payment_method_cod" type="radio" class="input-radio" name="payment_method" value="cod" /></li>""")
        rates = ("There are no shipping options available." if has("no_shipping") or sent["s_country"] != "DE"
                 else """<ul id="shipping_method" class="woocommerce-shipping-methods">
						<input type="hidden" name="shipping_method[0]" data-index="0" value="flat_rate:1" class="shipping_method" /></ul>""")
        row = ("" if has("address_first") and not sent["s_postcode"] else
               f'<tr class="woocommerce-shipping-totals shipping">\n\t<th>Shipping</th>\n\t<td>{rates}</td></tr>')
        return as_json({"result": "success", "messages": "", "reload": False, "fragments": {
            ".woocommerce-checkout-review-order-table": f'<table class="shop_table">{row}</table>',
            ".woocommerce-checkout-payment":
                f'<div id="payment"><ul class="wc_payment_methods payment_methods methods">{ways}</ul></div>'}})


class OldTemplates(WooCommerceClassic):
    """The same, with the templates of a theme that is not made of blocks."""

    OLD = True

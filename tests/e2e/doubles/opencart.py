"""OpenCart as 3.0.3.8 answers with its own theme and checkout.

Held against the real program. A sold-out product is added with a success, and only the way to the
checkout is shut; success of a step is `[]`; a database that is gone is told with 200.
"""

from doubles.base import Answer, Double, as_html, as_json, new_id, redirect

ROUTE = "/index.php?route="
CONTACT = 'Please <a href="/index.php?route=information/contact">contact us</a> for assistance!'
RELATED = ('<h3>Related Products</h3><div class="product-thumb transition"><p class="price"><h2>$7.00</h2>'
           '</p><button type="button" disabled>Out Of Stock</button><input type="hidden" '
           'name="product_id" value="41"></div>')


def shell(content, title="Probe sock"):
    return (f'<head><meta charset="UTF-8" /><title>{title}</title><script src="catalog/view/javascript/'
            f'jquery/jquery-3.7.1.min.js" type="text/javascript"></script>\n<link href="http://shop.example'
            f'/probe-sock" rel="canonical" /></head>\n<body><svg><title>Maintenance</title></svg>{content}'
            f'</body>')


class OpenCart(Double):
    def answer(self, asked, shop, has):
        if has("database_down"):
            return Answer(200, b"<b>Exception</b>: Error: Could not make a database link using shop@127.0.0.1! "
                          b"in <b>/srv/system/library/db/mysqli.php</b> on line <b>19</b>", "text/html")
        if has("maintenance"):
            return as_html(shell('<div id="common-maintenance" class="container"><h1>We are currently '
                                 'performing some scheduled maintenance.</h1></div>', "Maintenance"), 503,
                           [("Retry-After", "3600")])
        if has("suspended"):
            return as_html("<body>This account has been suspended</body>")
        if asked.path == "/probe-sock":
            return self.product(shop, has)
        if asked.path.startswith("/catalog/"):
            return as_html("", 404) if has("script_gone") else Answer(200, b"/*jQuery*/" * 200, "text/javascript")
        cart = shop.carts.get(asked.cookies.get("OCSESSID"))
        route = asked.query.get("route", "")
        known = {"checkout/cart": self.cart, "checkout/cart/add": self.add, "checkout/cart/remove": self.remove,
                 "checkout/checkout": self.checkout, "checkout/login": self.login,
                 "checkout/guest": self.guest, "checkout/checkout/country": self.country,
                 "checkout/guest/save": self.save_guest, "checkout/shipping_method": self.shipping,
                 "checkout/shipping_method/save": self.save_shipping,
                 "checkout/payment_method": self.payment}.get(route)
        return known(asked, cart, has) if known else as_html(shell("<p>Not found</p>", "Not found"), 404)

    @staticmethod
    def shown(has):
        return ("" if has("no_price") else "$0.00" if has("free") else "$2.00" if has("wrong_price")
                else "1,00 €" if has("comma") else "$1.00")

    def product(self, shop, has):
        if has("switched_off"):
            return as_html(shell("<h1></h1><p>Product not found!</p>", "Product not found!"), 404)
        headers = [("Set-Cookie", "currency=USD; path=/")] if has("wrong_currency") else [
            ("Set-Cookie", "currency=EUR; path=/")]
        if not has("no_cookie"):
            session = new_id()
            shop.carts[session] = {"lines": []}
            headers.append(("Set-Cookie", f"OCSESSID={session}; path=/; SameSite=Strict"))
        number = "9" if has("other_product") else "40"
        button = "" if has("no_button") else ('<button type="button" id="button-cart" data-loading-text='
                                              '"Loading..." class="btn btn-primary">Add to Cart</button>')
        price = f"<li>\n              <h2>{self.shown(has)}</h2>\n            </li>" if self.shown(has) else ""
        title = "Pool maintenance supplies - Acme" if has("pool_maintenance") else "Probe sock"
        return as_html(shell(
            f'<div id="content"><h2>Write a review</h2><h1>Probe sock</h1><ul class="list-unstyled"><li>'
            f'Availability: In Stock</li></ul><ul class="list-unstyled">{price}</ul><div id="product">'
            f'<input type="text" name="quantity" value="1" id="input-quantity" /><input type="hidden" '
            f'name="product_id" value="{number}" />{button}</div>{RELATED}</div>', title), 200, headers)

    @staticmethod
    def add(asked, cart, has):
        if has("not_sold"):
            return as_json([])
        if has("options"):
            return as_json({"error": {"option": {"218": "Radio required!"}}, "redirect": "/probe-sock"})
        if cart is not None and not has("lost_cart"):
            cart["lines"].append(asked.form()["product_id"])
        return as_json({"success": 'Success: You have added <a href="/probe-sock">Probe sock</a>!',
                        "total": "1 item(s) - $1.00"})

    @staticmethod
    def remove(asked, cart, has):
        if cart is not None and asked.form()["key"] == "1":
            cart["lines"] = []
        return as_json({"success": "Success: You have modified your shopping cart!",
                        "total": "0 item(s) - $0.00"})

    def cart(self, asked, cart, has):
        if not cart or not cart["lines"]:
            return as_html(shell('<div id="error-not-found"><div id="content"><h1>Shopping Cart</h1>'
                                 '<p>Your shopping cart is empty!</p></div></div>', "Shopping Cart"))
        words = ("Products marked with *** are not available in the desired quantity or not in stock!"
                 if has("sold_out") or has("backorder") else
                 "Minimum order amount for Probe sock is 3!" if has("minimum") else "")
        mark = '<span class="text-danger">***</span>' if has("sold_out") or has("backorder") else ""
        alert = (f'<div class="alert alert-danger alert-dismissible"><i class="fa fa-exclamation-circle"></i> '
                 f'{words}\n<button type="button" class="close">&times;</button></div>') if words else ""
        price = "$3.00" if has("dearer_cart") else self.shown(has)
        return as_html(shell(
            f'<div id="checkout-cart" class="container">{alert}<div id="content"><form method="post"><table>'
            f'<tbody><tr><td class="text-left"><a href="http://shop.example/probe-sock">Probe sock</a> {mark}</td>'
            f'<td><input type="text" name="quantity[1]" value="1" size="1" /></td><td class="text-right">{price}'
            f'</td><td class="text-right">{price}</td></tr></tbody></table></form></div></div>', "Shopping Cart"))

    @staticmethod
    def checkout(asked, cart, has):
        if not cart or not cart["lines"] or has("sold_out") or has("minimum") or has("shut"):
            return redirect(f"{ROUTE}checkout/cart")
        if has("empty_checkout"):
            return as_html("")
        names = ["checkout-option", "payment-address", "payment-method", "checkout-confirm"]
        names += [] if has("virtual") else ["shipping-address", "shipping-method"]
        return as_html(shell("".join(f'<div class="panel-collapse collapse" id="collapse-{name}"><div '
                                     f'class="panel-body"></div></div>' for name in names), "Checkout"))

    @staticmethod
    def login(asked, cart, has):
        guest = "" if has("no_guests") else '<input type="radio" name="account" value="guest" />'
        return Answer(200, '<div class="radio"><input type="radio" name="account" value="register" '
                      f'checked="checked" />{guest}</div><input type="button" id="button-account" />', "text/html")

    @staticmethod
    def guest(asked, cart, has):
        return Answer(200, '<fieldset id="account"><input type="text" name="firstname" value="" /></fieldset>'
                      '<select name="country_id"><option value=""> --- </option><option value="81">Germany</option>'
                      '<option value="222" selected="selected">United Kingdom</option></select>'
                      '<select name="zone_id"></select><input type="button" id="button-guest" />', "text/html")

    @staticmethod
    def country(asked, cart, has):
        return as_json({"country_id": asked.query["country_id"], "name": "Germany", "postcode_required": "1",
                        "zone": [{"zone_id": "1256", "name": "Berlin", "code": "BER"},
                                 {"zone_id": "1257", "name": "Brandenburg", "code": "BRG"}]})

    @staticmethod
    def save_guest(asked, cart, has):
        form = asked.form()
        if has("guest_turned_away"):
            return as_json({"redirect": f"{ROUTE}checkout/checkout"})
        if has("captcha"):
            return as_json({"error": {"captcha": "Warning: Verification code does not match the image!"}})
        if has("guest_refused") or form["country_id"] != "81" or form["zone_id"] != "1257":
            return as_json({"error": {"postcode": "Postcode must be between 2 and 10 characters!"}})
        cart["guest"] = True
        return as_json([])

    @staticmethod
    def shipping(asked, cart, has):
        if has("no_shipping") or "guest" not in cart:
            return Answer(200, '<div class="alert alert-warning alert-dismissible"><i class="fa"></i> Warning: No '
                          f'Shipping options are available. {CONTACT}</div>', "text/html")
        return Answer(200, '<label>         <input type="radio" name="shipping_method" value="flat.flat" '
                      'checked="checked" />\n        Flat Shipping Rate - $5.00</label>', "text/html")

    @staticmethod
    def save_shipping(asked, cart, has):
        if has("shipping_refused") or asked.form()["shipping_method"] != "flat.flat":
            return as_json({"error": {"warning": "Warning: Shipping method required!"}})
        cart["shipping"] = True
        return as_json([])

    @staticmethod
    def payment(asked, cart, has):
        way = ('<input type="radio" name="payment_method" value="cod" checked="checked" />'
               if ("shipping" in cart or has("virtual")) and not has("no_payment") else
               '<div class="alert alert-warning alert-dismissible"><i class="fa"></i> Warning: No Payment '
               f'options are available. {CONTACT}</div>')
        if has("php_error"):
            return Answer(200, b"<b>Error</b>: Call to undefined function nosuch() in "
                          b"<b>/srv/catalog/controller/checkout/payment_method.php</b> on line <b>4</b>", "text/html")
        return Answer(200, f'{way}<input type="button" id="button-payment-method" class="btn" />', "text/html")

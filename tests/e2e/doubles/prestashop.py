"""PrestaShop as 8.2.1 answers with its classic theme: pages, forms, blanks before `=` and all.

Held against the real program. The answer to an add is JSON that says text/html; an empty cart
suggests the very product; a switched-off product redirects to its category; ways to ship and to pay
show only after a guest has given an address.
"""

import json

from doubles.base import Answer, Double, as_html, new_id, redirect

PRODUCT = "6"
NEIGHBOURS = """
<section class="featured-products"><article class="product-miniature js-product-miniature"
 data-id-product="7" data-id-product-attribute="0"><form action="/cart" method="post">
<input type="hidden" name="id_product" value="7">
<button data-button-action="add-to-cart" type="submit" disabled>Add to cart</button></form>
<ul class="product-flags"><li class="product-flag out_of_stock">Out-of-Stock</li></ul></article>
<article class="product-miniature" data-id-product="6"></article></section>"""
STEPS = ("personal-information", "addresses", "delivery", "payment")


def shell(page, content, title="Probe sock"):
    return (f'<head><meta charset="utf-8"><title>{title}</title></head>\n'
            f'  <body id="{page}" class="lang-en country-fr currency-eur page-{page}">\n'
            f'<svg><title>Maintenance contract</title></svg>\n{content}{NEIGHBOURS}</body>')


def text_json(value):
    return Answer(200, json.dumps(value), "text/html; charset=utf-8")


class PrestaShop(Double):
    def answer(self, asked, shop, has):
        cart = shop.carts.get(asked.cookies.get("PrestaShop-test"))
        whole = self.whole_shop(has)
        if whole:
            return whole
        if asked.path in (f"/{PRODUCT}-probe-sock.html", "/8-home-accessories"):
            return self.product(asked, shop, has)
        controller = asked.query.get("controller")
        if asked.path == "/index.php" and "mylogout" in asked.query:
            return redirect("/8-home-accessories")
        if asked.path == "/index.php" and controller == "cart":
            if asked.method == "POST":
                return self.change(asked.form(), cart, has)
            return as_html(self.cart_page(cart, has))
        if asked.path == "/index.php" and controller == "order":
            return self.order(asked, shop, cart, has)
        return as_html(shell("pagenotfound", "", "404 error"), 404)

    @staticmethod
    def whole_shop(has):
        if has("maintenance"):
            return as_html('<head><title></title></head>\n  <body>\n\n    <div id="layout-error">'
                           '<section id="main"><h1>We\'ll be back soon.</h1><section id="content" '
                           'class="page-content page-maintenance"></section></section></div></body>',
                           503, [("Retry-After", "3600")])
        if has("database_down"):
            return as_html("<head><title>500 Server Error</title></head><body><h2>Oops</h2></body>", 500)
        if has("crash"):
            return Answer(500, b"", "text/html; charset=utf-8")
        if has("suspended"):
            return as_html("<body>This account has been suspended</body>")
        return None

    def product(self, asked, shop, has):
        if asked.path == "/8-home-accessories":
            return as_html(shell("category", "", "Home Accessories"))
        if has("switched_off"):
            return redirect("/8-home-accessories", 301)
        if has("page_gone") or has("page_gone_for_good"):
            return as_html(shell("product", "", "Probe"), 404 if has("page_gone") else 410)
        headers = []
        if not has("no_cookie") and not has("old_no_cookie"):
            session = new_id()
            shop.carts[session] = {"lines": [], "step": 0}
            headers = [("Set-Cookie", f"PrestaShop-test={session}; path=/; HttpOnly; SameSite=Lax")]
        title = "Pool maintenance supplies - Acme" if has("pool_maintenance") else "Probe sock"
        return as_html(shell("product", self.offer(has) + self.buy_form(has), title), 200, headers)

    @staticmethod
    def price(has):
        return 0 if has("free") else 2 if has("wrong_price") else 1

    def offer(self, has):
        return ('<script type="application/ld+json">\n' + json.dumps(
            {"@context": "https://schema.org/", "@type": "Product", "name": "Probe sock",
             "offers": {"@type": "Offer", "priceCurrency": "EUR", "price": str(self.price(has)),
                        "availability": "https://schema.org/InStock"}}) + "</script>")

    @staticmethod
    def buy_form(has):
        number = "9" if has("other_product") else PRODUCT
        dead = has("shown_sold_out") or has("not_for_sale")
        word = "Rupture de stock" if has("shown_sold_out") else ""
        icon = '<i class="material-icons product-unavailable">&#xE14B;</i>' if word else ""
        button = "" if has("catalogue") else f"""
          <button
            class="btn btn-primary add-to-cart"
            data-button-action="add-to-cart"
            type="submit"
            {"disabled" if dead else ""}
          >Add to cart</button>
      <span id="product-availability" class="js-product-availability">{icon}
                    {word}</span>"""
        return f"""
                <form action="//shop/index.php?controller=cart" method="post" id="add-to-cart-or-refresh">
                  <input type="hidden" name="token" value="t1">
                  <input type="hidden" name="id_product" value="{number}" id="product_page_product_id">
                  <input type="hidden" name="id_customization" value="0" class="js-product-customization-id">
                  <input type="number" name="qty" id="quantity_wanted" value="1" min="1">
                  <div class="product-add-to-cart js-product-add-to-cart">{button}</div></form>"""

    def cart_page(self, cart, has):
        lines = cart["lines"] if cart else []
        if not lines:
            return shell("cart", '<div class="cart-overview js-cart"><span class="no-items">There are no '
                         'more items in your cart</span></div><div class="checkout text-sm-center">'
                         '<button type="button" class="btn btn-primary disabled" disabled>Checkout</button>')
        way = '<a href="/order" class="btn btn-primary">Proceed to checkout</a>'
        if has("minimum_order"):
            way = ('<div class="alert alert-warning" role="alert">\n A minimum shopping cart total of '
                   '€100.00 (tax excl.) is required to validate your order.</div><button type="button" '
                   'class="btn btn-primary disabled" disabled>Proceed to checkout</button>')
        return shell("cart", "".join(f"""
          <li class="cart-item"><a
              class                       = "remove-from-cart"
              rel                         = "nofollow"
              href                        = "/index.php?controller=cart&amp;delete=1"
              data-link-action            = "delete-from-cart"
              data-id-product             = "{line}"
              data-id-product-attribute   = "0"
              data-id-customization       = ""
          ></a></li>""" for line in lines) +
                     f'<div class="checkout cart-detailed-actions js-cart-detailed-actions">{way}</div>'
                     '<script>var prestashop = {"static_token":"t1"};</script>')

    def change(self, form, cart, has):
        if has("catalogue"):
            return Answer(200, b"", "text/html; charset=utf-8")
        if "delete" in form:
            if cart is not None:
                cart["lines"] = [one for one in cart["lines"] if one != form["id_product"]]
            return text_json({"success": True, "id_product": 6, "quantity": 0,
                              "cart": {"products": [], "products_count": 0}, "errors": ""})
        if has("sold_out"):
            return text_json({"hasError": True, "quantity": 0, "errors": [
                "Vous ne pouvez acheter que 0 \"Probe sock\"."]})
        if has("refused"):
            return text_json({"hasError": True, "quantity": 0, "errors": [
                "You already have the maximum number of pieces."]})
        if cart is None and has("old_no_cookie"):
            return text_json({"success": True, "quantity": None, "errors": ""})
        if cart is not None and not has("lost_cart"):
            cart["lines"].append(form["id_product"])
        price = self.price(has)
        return text_json({
            "success": True, "id_product": 6, "id_product_attribute": 0, "quantity": 1, "errors": "",
            "cart": {"products": [{"id_product": form["id_product"], "id_product_attribute": "0",
                                   "quantity": 1, "price": f"€{price}.00", "price_amount": price}],
                     "products_count": 1, "minimalPurchaseRequired": ""}})

    def order(self, asked, shop, cart, has):
        if has("checkout_login"):
            return redirect("/index.php?controller=authentication&back=order")
        form = asked.form() if asked.method == "POST" else {}
        if form.get("deleteAddress") and form["token"] == "t2":
            shop.carts.pop(f"address {form['id_address']}", None)
            cart["step"] = 1
            return redirect("/index.php?controller=order")
        if has("checkout_to_cart") and cart:
            cart["lines"] = []
        if has("checkout_refuses") or not cart or not cart["lines"]:
            return redirect("/index.php?controller=cart&action=show")
        if has("other_page"):
            return as_html(shell("index", "Welcome"))
        if has("empty_checkout"):
            return as_html("")
        errors = self.take(form, shop, cart, has) if form else ""
        if asked.method == "POST" and not errors:
            return redirect("/index.php?controller=order")
        return as_html(shell("checkout", errors + self.steps(cart, has)))

    @staticmethod
    def take(form, shop, cart, has):
        """One step of the order page; what the shop has against it."""
        if "submitCreate" in form and cart["step"] == 0:
            if has("guest_refused") or "@" not in form["email"] or "psgdpr" not in form:
                return "<form><li class='alert alert-danger'>Invalid format.</li></form>"
            cart["step"] = 1
        if "saveAddress" in form and cart["step"] == 1:
            if form["postcode"] != "75001" or form["id_country"] != "8" or form["token"] != "t2":
                return ('<form><li class="alert alert-danger">Invalid postcode - should look like '
                        '"NNNNN"</li></form>')
            cart["address"] = new_id()
            shop.carts[f"address {cart['address']}"] = {"lines": ["an address"]}
            cart["step"] = 3 if has("virtual") else 2
        if "confirmDeliveryOption" in form and cart["step"] == 2 and not has("carrier_refused"):
            cart["step"] = 3 if form.get(f"delivery_option[{cart['address']}]") else 2
        return ""

    def steps(self, cart, has):
        parts = (self.person(has), self.address(cart), self.carriers(cart, has), self.payment(has))
        return "".join(f"""
  <section  id    = "checkout-{name}-step"
            class = "checkout-step {'-current -reachable js-current-step' if cart["step"] == at
                                    else '-reachable -complete' if cart["step"] > at else '-unreachable'}"
  >{part if cart["step"] >= at else ''}</section>""" for at, (name, part) in enumerate(zip(STEPS, parts))
                       if not (has("virtual") and name == "delivery"))

    @staticmethod
    def person(has):
        return (f'<form action="/index.php?controller=order" id="customer-form" class="js-customer-form" method="post">'
                f'<input name="firstname" type="text" value="" required><input name="lastname" value="">'
                f'<input id="field-email" name="email" type="email" value="" required>'
                f'<input name="password" type="password" value="" {"required" if has("no_guests") else ""}>'
                f'<input name="psgdpr" type="checkbox" value="1" required>'
                f'<input type="hidden" name="submitCreate" value="1">'
                f'<button name="continue" type="submit" value="1">Continue</button></form>')

    @staticmethod
    def address(cart):
        if "address" in cart:
            return (f'<input type="radio" name="id_address_delivery" value="{cart["address"]}" checked>'
                    f'<a data-link-action="delete-address" href="//shop/index.php?controller=order&id_address='
                    f'{cart["address"]}&deleteAddress=1&token=t2">Delete</a><p class="alert alert-danger '
                    f'js-address-error" style="display: none">Your address is incomplete</p>')
        return ('<div class="js-address-form"><form method="POST" action="//shop/index.php?controller=order&'
                'id_address=0"><div id="delivery-address"><form method="POST"><input type="hidden" name="token" '
                'value="t2"><input name="address1" value=""><input name="postcode" value=""><input name="city" '
                'value=""><select name="id_country"><option value disabled>choose</option><option value="8" '
                'selected>France</option><option value="1">Germany</option></select><input type="hidden" '
                'name="saveAddress" value="delivery"><input name = "use_same_address" type = "checkbox" '
                'value = "1" checked ><form><button name="confirm-addresses" value="1">Continue</button>'
                '</form></form></div></form></div>')

    @staticmethod
    def carriers(cart, has):
        if has("no_carrier"):
            return ('<p class="alert alert-danger">Unfortunately, there are no carriers available for your '
                    'delivery address.</p>')
        number = cart.get("address")
        return (f'<form class="clearfix" id="js-delivery" method="post"><input type="radio" '
                f'name="delivery_option[{number}]" value="1," checked><input type="radio" '
                f'name="delivery_option[{number}]" value="2,"></form>')

    @staticmethod
    def payment(has):
        way = ('<p class="alert alert-danger">Unfortunately, there are no payment method available.</p>'
               if has("no_payment") else
               '<input id="payment-option-1" data-module-name="ps_wirepayment" name="payment-option" type="radio">')
        return f'<div class="payment-options ">{way}</div>'

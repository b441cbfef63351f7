"""PrestaShop's classic theme: without a cookie an add is skipped, and still called a success."""

from doubles.base import Answer, Double, as_html, as_json, new_id, redirect


class PrestaShop(Double):
    def answer(self, asked, shop, has):
        session = asked.cookies.get("PrestaShop-test")
        if asked.path == "/1-probe-sock.html":
            return self.product(shop, has)
        controller = asked.query.get("controller")
        if asked.path != "/index.php" or controller not in ("cart", "order"):
            return as_html("<body>404</body>", 404)
        cart = shop.carts.get(session)
        if asked.method == "POST":
            return self.change(asked.form(), cart, has)
        if controller == "cart":
            lines = "".join(f'<li class="cart-item" data-id-product="{line}">'
                            for line in (cart or {"lines": []})["lines"])
            return as_html(f'<body id="cart"><ul>{lines}</ul></body>')
        if has("checkout_login"):
            return redirect("/index.php?controller=authentication&back=order")
        if has("checkout_to_cart") or not cart or not cart["lines"]:
            return redirect("/index.php?controller=cart&action=show")
        if has("other_page"):
            return as_html('<body id="index">Welcome</body>')
        return as_html('<body id="checkout"><section id="checkout-personal-information-step">'
                       '</section></body>')

    @staticmethod
    def product(shop, has):
        if has("page_gone"):
            return as_html("<body>404</body>", 404)
        if has("maintenance"):
            return as_html("<body>We'll be back soon.</body>", 503)
        headers = []
        if not has("no_cookie"):
            session = new_id()
            shop.carts[session] = {"lines": []}
            headers = [("Set-Cookie", f"PrestaShop-test={session}; Path=/; HttpOnly")]
        disabled = "disabled" if has("shown_sold_out") else ""
        form = ('<form id="add-to-cart-or-refresh"><input type="hidden" name="token" value="t1">'
                f'<button class="btn add-to-cart" {disabled}>Add to cart</button></form>')
        return as_html(f"<body><h1>Probe sock</h1>"
                       f"{'<input name=token value=t1>' if has('no_button') else form}</body>",
                       200, headers)

    @staticmethod
    def change(form, cart, has):
        if has("catalog"):
            return Answer(200, b"", "application/json")
        if "delete" in form:
            if cart is not None:
                cart["lines"] = [one for one in cart["lines"] if one != form["id_product"]]
            return as_json({"success": True, "quantity": 0, "errors": ""})
        if has("sold_out"):
            return as_json({"hasError": True,
                            "errors": ["The item Probe sock in your cart is no longer available."]})
        if has("refused"):
            return as_json({"hasError": True, "errors": ["You cannot do this."]})
        if cart is None:
            return as_json({"success": True, "quantity": None, "errors": ""})
        if not has("lost_cart"):
            cart["lines"].append(form["id_product"])
        return as_json({"success": True, "id_product": form["id_product"], "quantity": 1,
                        "cart": {}, "errors": ""})

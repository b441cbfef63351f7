"""A server-rendered shop that no platform file knows: HTTP/1.0, forms with tokens that change with
every page, a session cookie with a path, relative redirects."""

import html

from doubles.base import Double, as_html, new_id, redirect


class CornerShop(Double):
    PROTOCOL = "HTTP/1.0"

    def answer(self, asked, shop, has):
        if asked.method == "GET" and asked.path == "/wares/4711":
            return self.ware(asked, shop, has)
        cart = shop.carts.get(asked.cookies.get("corner"))
        if asked.path == "/wares/basket.cgi":
            return self.basket(asked, cart, has)
        if asked.path == "/wares/till":
            if has("account"):
                return redirect("sign-in?back=till")
            if not cart or not cart["lines"]:
                return redirect("basket.cgi")
            ways = "" if has("no_payment") else '<input type="radio" name="pay" value="invoice">'
            return as_html(f'<body><h1>Till</h1><form action="order">{ways}</form></body>')
        return as_html("<body>404</body>", 404)

    def ware(self, asked, shop, has):
        headers = []
        cart = shop.carts.get(asked.cookies.get("corner"))
        if cart is None:
            key = new_id()
            cart = shop.carts[key] = {"lines": [], "token": ""}
            headers = [("Set-Cookie", f"corner={key}; Path=/{shop.name}/wares; HttpOnly")]
        button = "<em>Sold out</em>" if has("sold_out") else "<button>Into the basket</button>"
        price = "12.50" if has("other_price") else "9.50"
        return as_html(f"<body><h1>Probe sock</h1><b class='price'>&euro; {price}</b>"
                       f'<form id="buy" method="post" action="basket.cgi">{self.token(cart, has)}'
                       f'<input name="ware" value="4711">{button}</form></body>', 200, headers)

    @staticmethod
    def token(cart, has):
        """Only the newest one is good, and only once."""
        cart["token"] = new_id()
        if has("no_token"):
            return ""
        return f'<input type="hidden" name="csrf" value="{html.escape(cart["token"])}=">'

    def basket(self, asked, cart, has):
        if cart is None or (has("lost_session") and asked.method == "GET"):
            return as_html("<body><p>Welcome, stranger. Your basket is empty.</p></body>")
        if asked.method == "POST":
            form = asked.form()
            if form.get("csrf") != cart["token"] + "=" or has("stale_token"):
                return as_html("<body>This form has expired.</body>", 403)
            cart["token"] = ""
            if form["do"] == "empty":
                cart["lines"].clear()
            elif not has("lost_cart"):
                cart["lines"].append(form["ware"])
            return redirect("basket.cgi", 303)
        rows = "".join(f'<tr data-ware="{line}"><td>Probe sock</td></tr>' for line in cart["lines"])
        return as_html(f"<body><table>{rows}</table><form id='empty' method='post'>"
                       f"{self.token(cart, has)}</form></body>")

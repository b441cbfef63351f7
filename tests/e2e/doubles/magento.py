"""Magento: REST for guests, and GraphQL with `user_errors` at 200."""

from doubles.base import Double, as_html, as_json, new_id, page

REST = "/rest/default/V1"


def error(status, message, **parameters):
    return as_json({"message": message, "parameters": parameters}, status)


class Magento(Double):
    def answer(self, asked, shop, has):
        if asked.path == "/probe-sock.html":
            if has("page_gone"):
                return as_html("<body>404</body>", 404)
            if has("shown_sold_out"):
                return page('<div class="stock unavailable">Out of stock</div>')
            return page()
        if asked.path == f"{REST}/guest-carts":
            if has("report_id"):
                return error(500, "Internal Error. Details are available in Magento log file. "
                                  "Report ID: webapi-61f2")
            cart = new_id()
            shop.carts[cart] = {"lines": {}}
            return as_json(cart)
        parts = asked.path.removeprefix(f"{REST}/guest-carts/").split("/")
        cart = shop.carts.get(parts[0])
        if cart is None or (has("lost_session") and parts[1] == "totals"):
            return error(404, "No such entity with %fieldName = %fieldValue", fieldName="cartId")
        return self.rest(asked, parts, cart, has)

    def rest(self, asked, parts, cart, has):
        price = 0 if has("free") else 2.5 if has("wrong_price") else 1
        if parts[1] == "items" and asked.method == "POST":
            item = asked.json()["cartItem"]
            if item.get("quote_id") != parts[0]:
                return error(404, "No such entity with %fieldName = %fieldValue")
            if has("sold_out"):
                return error(400, "This product is out of stock.")
            if has("not_enough"):
                return error(400, "The requested qty is not available")
            if has("not_available"):
                return error(400, "Product that you are trying to add is not available.")
            if has("refused"):
                return error(400, "The order is too small.")
            if not has("lost_cart"):
                cart["lines"][77] = item["sku"]
            return as_json({"item_id": 77, "sku": item["sku"], "qty": 1, "name": "Probe sock",
                            "price": price, "product_type": "simple", "quote_id": "5"})
        if parts[1] == "items":
            cart["lines"].pop(int(parts[2]), None)
            return as_json(True)
        if parts[1] == "totals":
            items = [{"item_id": key, "qty": 1, "price": price} for key in cart["lines"]]
            return as_json({"grand_total": price * len(items), "items_qty": len(items),
                            "items": items,
                            "quote_currency_code": "USD" if has("wrong_currency") else "EUR"})
        if parts[1] == "estimate-shipping-methods":
            return as_json([] if has("no_shipping") else [{"carrier_code": "f", "available": True}])
        if parts[1] == "payment-methods":
            return as_json([] if has("no_payment") else [{"code": "checkmo"}])
        return error(404, "Request does not match any route.")


class MagentoGraphql(Double):
    def answer(self, asked, shop, has):
        if asked.path != "/graphql":
            return as_html("<body>404</body>", 404)
        query, variables = asked.json()["query"], asked.json()["variables"]
        if has("graphql_error"):
            return as_json({"errors": [{"message": "Internal server error"}], "data": None})
        if "products(" in query:
            return self.product(has)
        if "createGuestCart" in query:
            cart = new_id()
            shop.carts[cart] = {"lines": []}
            return as_json({"data": {"createGuestCart": {"cart": {"id": cart}}}})
        cart = shop.carts.get(variables["cart"])
        if cart is None:  # a cleanup after a run that got no cart
            return as_json({"errors": [{"message": "Required parameter \"cart_id\" is missing"}]})
        if "addProductsToCart" in query:
            return self.add(variables, cart, has)
        if "removeItemFromCart" in query:
            cart["lines"].clear()
            return as_json({"data": {"removeItemFromCart": {"cart": {"total_quantity": 0}}}})
        if has("lost_session"):
            return as_json({"errors": [{"message": "Could not find a cart with ID",
                                        "extensions": {"category": "graphql-no-such-entity"}}],
                            "data": {"cart": None}})
        money = self.money(has)
        return as_json({"data": {"cart": {
            "total_quantity": len(cart["lines"]), "items": self.items(cart, has),
            "prices": {"grand_total": money},
            "available_payment_methods": [] if has("no_payment") else [{"code": "checkmo"}]}}})

    @staticmethod
    def money(has):
        return {"value": 0 if has("free") else 2.5 if has("wrong_price") else 1,
                "currency": "USD" if has("wrong_currency") else "EUR"}

    def product(self, has):
        items = [{"sku": "PROBE-1",
                  "stock_status": "OUT_OF_STOCK" if has("shown_sold_out") else "IN_STOCK",
                  "price_range": {"minimum_price": {"final_price": self.money(has)}}}]
        return as_json({"data": {"products": {"items": [] if has("product_gone") else items}}})

    def items(self, cart, has):
        return [{"uid": "Nzc=", "quantity": 1, "product": {"sku": sku},
                 "prices": {"price": self.money(has)}} for sku in cart["lines"]]

    def add(self, variables, cart, has):
        for code in ("INSUFFICIENT_STOCK", "NOT_SALABLE", "PRODUCT_NOT_FOUND", "UNDEFINED"):
            if has(code.lower()):
                return as_json({"data": {"addProductsToCart": {
                    "cart": {"items": []},
                    "user_errors": [{"code": code, "message": f"the shop says {code}"}]}}})
        if not has("lost_cart"):
            cart["lines"].append(variables["sku"])
        answer = as_json({"data": {"addProductsToCart": {
            "cart": {"items": self.items(cart, has)}, "user_errors": []}}})
        if has("lost_later"):
            cart["lines"].clear()
        return answer

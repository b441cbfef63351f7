"""Vendure's Shop API: GraphQL whose refusals are all HTTP 200, a session in two cookies.

Follows the real Vendure 3.7.3, which tests/e2e/stores runs."""

from doubles.base import Double, as_html, as_json, new_id


def errors(message, **extensions):
    return as_json({"errors": [{"message": message, "extensions": extensions}], "data": None})


def refusal(code, message):
    return {"__typename": "ErrorResult", "errorCode": code, "message": message}


class Vendure(Double):
    ADDING = "mutation Add"

    def answer(self, asked, shop, has):
        if asked.path != "/shop-api" or asked.method != "POST":
            return as_html("<body>Cannot GET</body>", 404)
        if has("table_renamed"):
            return errors("SQLITE_ERROR: no such table: product_variant",
                          code="INTERNAL_SERVER_ERROR")
        key = asked.cookies.get("session")
        headers = []
        if key not in shop.carts or has("bearer_only"):
            key = new_id()
            shop.carts[key] = {"lines": []}
            if not has("bearer_only"):
                headers = [("Set-Cookie", f"session={key}; Path=/; HttpOnly"),
                           ("Set-Cookie", "session.sig=c2ln; Path=/; HttpOnly")]
        body = asked.json()
        for operation in ("Product", "Open", "Add", "Cart", "Empty", "Address", "Methods", "Shipping"):
            if body["query"].split("{")[0].split("(")[0].split()[-1] == operation:
                data = getattr(self, operation.lower())(shop.carts[key]["lines"],
                                                        body.get("variables") or {}, has)
                return data if not isinstance(data, dict) else as_json({"data": data}, 200, headers)
        return errors("Syntax Error", code="GRAPHQL_PARSE_FAILED")

    @staticmethod
    def price(has):
        return 0 if has("free") else 250 if has("wrong_price") else 100

    @staticmethod
    def currency(has):
        return "USD" if has("wrong_currency") else "EUR"

    def product(self, _, variables, has):
        if has("product_gone") or variables["slug"] != "probe-sock":
            return {"product": None}
        return {"product": {"name": "Probe sock", "variants": [{
            "id": "9" if has("variant_gone") else "1", "priceWithTax": self.price(has),
            "sku": "OTHER" if has("other_sku") else "PROBE-1", "currencyCode": self.currency(has),
            "stockLevel": "OUT_OF_STOCK" if has("shown_sold_out") else "IN_STOCK"}]}}

    @staticmethod
    def open(lines, _, __):
        return {"activeOrder": {"id": "1"} if lines else None}

    def add(self, lines, variables, has):
        if has("disabled"):
            return errors('No ProductVariant with the id "1" could be found', code="ENTITY_NOT_FOUND")
        if has("sold_out"):
            return {"addItemToOrder": refusal("INSUFFICIENT_STOCK_ERROR", "No items were added to "
                                              "the order due to insufficient stock")}
        if has("order_limit"):
            return {"addItemToOrder": refusal("ORDER_LIMIT_ERROR", "Cannot add items: the limit of "
                                              "999 items is reached")}
        if not has("lost_cart"):
            lines.append(variables["variant"])
        answer = {"addItemToOrder": {"__typename": "Order", "totalQuantity": len(lines)}}
        if has("lost_later"):
            lines.clear()
        return answer

    def cart(self, lines, _, has):
        price = self.price(has)
        order = {"currencyCode": self.currency(has), "totalQuantity": len(lines),
                 "totalWithTax": price * len(lines),
                 "lines": [{"quantity": 1, "unitPriceWithTax": price, "productVariant": {"id": line}}
                           for line in lines]}
        # A visitor without an order has none, rather than an empty one.
        return {"activeOrder": None if has("bearer_only") or has("lost_session") else order,
                "availableCountries": [{"code": "AT"}]}

    @staticmethod
    def empty(lines, _, has):
        if has("lost_session"):
            return {"removeAllOrderLines": refusal("NO_ACTIVE_ORDER_ERROR", "No active order")}
        lines.clear()
        return {"removeAllOrderLines": {"__typename": "Order"}}

    @staticmethod
    def address(_, variables, has):
        address = variables["address"]
        if "tillwatch/" not in address["fullName"] or address["countryCode"] != "AT":
            return errors("The country code is not available", code="INVALID")
        if has("order_gone"):
            return {"setOrderShippingAddress": refusal("NO_ACTIVE_ORDER_ERROR", "No active order")}
        return {"setOrderShippingAddress": {"__typename": "Order"}}

    @staticmethod
    def methods(_, __, has):
        payment = [{"code": "cash", "isEligible": not has("not_eligible"),
                    "eligibilityMessage": "from 50 EUR on"}]
        return {"eligibleShippingMethods": [] if has("no_shipping") else
                [{"id": "3", "code": "post", "priceWithTax": 500}],
                "eligiblePaymentMethods": [] if has("no_payment") else payment}

    def shipping(self, lines, variables, has):
        if has("shipping_refused") or variables["method"] != ["3"]:
            return {"setOrderShippingMethod": refusal("INELIGIBLE_SHIPPING_METHOD_ERROR",
                                                      "This Order is not eligible for it")}
        return {"setOrderShippingMethod": {
            "__typename": "Order", "totalWithTax": self.price(has) * len(lines) + 500,
            "shippingLines": [{"shippingMethod": {"id": "3"}}]}}

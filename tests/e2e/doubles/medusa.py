"""Medusa 2's Store API: a publishable key, carts by id, prices in major units.

Held against the real Medusa 2.21.2: status, codes and messages are its own.
"""

from doubles.base import Double, as_json, new_id


def error(status, message, kind="not_allowed", **more):
    return as_json({**more, "type": kind, "message": message}, status)


class Medusa(Double):
    ADDING = "^POST /store/carts/.*/line-items"

    def answer(self, asked, shop, has):
        if not asked.headers.get("x-publishable-api-key"):
            return error(400, "Publishable API key required in the request header: x-publishable-api-key. "
                              "You can manage your keys in settings in the dashboard.")
        if asked.headers["x-publishable-api-key"] != "pk_test" or has("bad_key"):
            return error(400, "A valid publishable key is required to proceed with the request")
        if has("database_gone"):
            return error(500, "An unknown error occurred.", "unknown_error", code="unknown_error")
        parts = asked.path.strip("/").split("/")
        if parts[:2] == ["store", "products"]:
            return self.product(has)
        if asked.path == "/store/carts":
            cart = {"id": new_id(), "lines": [], "metadata": asked.json()["metadata"]}
            shop.carts[cart["id"]] = cart
            return as_json({"cart": self.view(cart, has)})
        if parts[:2] == ["store", "carts"]:
            return self.cart(asked, parts, shop, has)
        if asked.path == "/store/shipping-options":
            return as_json({"shipping_options": [] if has("no_shipping") else [{"id": "so_1"}]})
        if asked.path == "/store/payment-providers":
            listed = [{"id": "pp_stripe_stripe" if has("provider_gone") else "pp_system_default"}]
            return as_json({"payment_providers": [] if has("no_payment") else listed})
        if parts[:2] == ["store", "payment-collections"]:
            return self.pay(asked, parts, shop, has)
        return error(404, "Not found", "not_found")

    @staticmethod
    def pay(asked, parts, shop, has):
        if len(parts) == 2:
            cart = shop.carts[asked.json()["cart_id"]]
            return as_json({"payment_collection": {"id": f"pay_col_{cart['id']}", "payment_sessions": []}})
        provider = asked.json()["provider_id"]
        if has("provider_gone"):
            return error(500, "An unknown error occurred.", "unknown_error", code="unknown_error")
        if provider != "pp_system_default":
            return error(400, f"Payment provider {provider} is not enabled in the cart's region reg_1.",
                         "invalid_data")
        shop.carts[parts[2].removeprefix("pay_col_")]["session"] = provider
        return as_json({"payment_collection": {"id": parts[2], "payment_sessions": [
            {"id": "payses_1", "provider_id": provider, "status": "pending"}]}})

    @staticmethod
    def price(has):
        if has("rounding"):
            return 1.0000000000000002
        return 0 if has("free") else 2.5 if has("wrong_price") else 1

    def product(self, has):
        if has("product_gone"):
            return error(404, "Product with id: prod_1 was not found", "not_found")
        variant = {"id": "variant_1", "sku": "PROBE-1", "manage_inventory": True,
                   "allow_backorder": False,
                   "inventory_quantity": 0 if has("shown_sold_out") else 7,
                   "calculated_price": {"calculated_amount": self.price(has),
                                        "currency_code": "usd" if has("wrong_currency") else "eur"}}
        return as_json({"product": {"id": "prod_1", "variants": [variant]}})

    def view(self, cart, has):
        items = [{"id": f"cali_{line}", "variant_id": line, "quantity": 1,
                  "unit_price": self.price(has)} for line in cart["lines"]]
        return {"id": cart["id"], "items": items, "total": self.price(has) * len(items),
                "currency_code": "usd" if has("wrong_currency") else "eur"}

    def cart(self, asked, parts, shop, has):
        cart = shop.carts.get(parts[2])
        adding = parts[3:] == ["line-items"]
        if cart is None or (has("lost_session") and asked.method == "GET") or (
                has("lost_when_adding") and adding):
            return error(404, f"Cart with id '{parts[2]}' not found", "not_found")
        if asked.method == "DELETE":
            cart["lines"] = [one for one in cart["lines"] if f"cali_{one}" != parts[4]]
            cart["session"] = None
            return as_json({"id": parts[4], "object": "line-item", "deleted": True, "parent": {}})
        if adding:
            if has("sold_out"):
                return error(400, "Some variant does not have the required inventory",
                             code="insufficient_inventory")
            if has("not_published"):
                return error(400, "Variants variant_1 do not exist or belong to a product that is "
                                  "not published", "invalid_data")
            if not has("lost_cart"):
                cart["lines"].append(asked.json()["variant_id"])
            answer = as_json({"cart": self.view(cart, has)})
            if has("lost_later"):
                cart["lines"].clear()
            return answer
        return as_json({"cart": self.view(cart, has)})

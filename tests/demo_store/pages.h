#pragma once

// The demo store's web pages. Everything shown is escaped.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/demo_store/carts.h"

namespace demo_store {

// How one product is shown: a fault may change its price or its stock.
struct Offer {
  const Product* product;
  int price;  // minor units
  bool available;
  // What the page's JSON-LD says of it, where that differs.
  std::optional<int> markup_price;
  bool markup_available = true;
};

struct CartLine {
  const Product* product;
  int quantity;
  int price;  // minor units, of one
};

std::string money(int minor_units, std::string_view currency);

std::string home_page(const std::vector<Offer>& offers, int cart_count);
std::string search_page(std::string_view query, const std::vector<Offer>& found, int cart_count);
std::string product_page(const Offer& offer, int cart_count);
std::string cart_page(const std::vector<CartLine>& lines, std::string_view currency);
std::string checkout_page(const std::vector<CartLine>& lines, std::string_view currency,
                          bool with_shipping, bool with_payment);
// A heading and a sentence: not found, the queue, the password page, ...
std::string notice_page(std::string_view title, std::string_view text);
std::string password_page();
std::string login_page();
// As Cloudflare shows it.
std::string challenge_page();
// Of a store that is closed: no theme, no product, status 200.
std::string maintenance_page();

// What people do to a theme: a page without its tracking tag, with an app's script, with another
// theme published.
std::string without_tag(std::string page);
std::string with_app_script(std::string page);
std::string with_other_theme(std::string page);
std::string with_maintenance_in_title(std::string page);
// A page that a script of the checkout's draws.
std::string checkout_shell(std::string_view script);

std::string style_sheet();

}  // namespace demo_store

#include "tests/demo_store/faults.h"

#include <algorithm>

namespace demo_store {

const std::vector<FaultKind>& fault_kinds() {
  static const std::vector<FaultKind> kinds{
      // The goods and the cart.
      {"sold_out", "the page says sold out and the cart refuses with 422 Cart Error"},
      {"stock_drift", "available:true everywhere, while the cart says sold out"},
      {"product_gone", "the product pages are 404"},
      {"wrong_price", "page, JSON and cart show ten times the price"},
      {"zero_price", "page, JSON and cart show a price of 0"},
      {"wrong_currency", "the cart is in another currency"},
      {"markup_price", "the page's JSON-LD, and nothing else, says another price"},
      {"markup_sold_out", "the page's JSON-LD, and nothing else, says OutOfStock"},
      {"lost_cart", "adding answers OK, but the next cart read is empty"},
      {"no_cookie", "the cart cookie is not set, so every request has a cart of its own"},
      {"html_for_json", "the cart's JSON paths answer 200 with a web page"},
      {"broken_json", "the cart's JSON is cut off in the middle"},
      {"graphql_cart_null", "GraphQL answers 200 with cart:null"},
      {"graphql_warnings", "GraphQL answers 200 with an out-of-stock warning only"},
      {"graphql_throttled", "GraphQL answers 200 with errors:[Throttled]"},
      {"sold_out_in_german",
       "the cart refuses with 422 in German: its \"Cart Error\" is translated too"},
      {"refused_in_german",
       "the cart refuses with 422 in German, for another reason than the stock"},
      {"other_product_page", "the product's page is the start page, as in place of a removed one"},
      // The checkout.
      {"checkout_empty", "the checkout answers 200 with an empty page"},
      {"checkout_shell",
       "the checkout page is drawn by a script, which answers: customers can buy"},
      {"checkout_dead_script", "the checkout page is drawn by a script, which is gone"},
      {"checkout_elsewhere", "the checkout is below /checkout/, as on shop.app: customers can buy"},
      {"checkout_queue", "the checkout redirects to /throttle/queue"},
      {"checkout_stock_problems", "the checkout redirects to its stock-problems page"},
      {"checkout_to_cart", "the checkout redirects to /cart"},
      {"checkout_login", "the checkout redirects to /account/login"},
      {"no_payment", "the checkout page offers no payment method"},
      {"no_shipping", "the checkout page offers no shipping method"},
      // What is done to the theme: customers can buy all the same.
      {"tag_gone", "the pages have lost the tag of the tracking"},
      {"app_installed", "the pages load the script of an app from another host"},
      {"theme_published", "the pages wear another theme"},
      {"maintenance_in_title",
       "the pages' titles and an icon speak of maintenance: customers can buy"},
      // The whole store.
      {"suspended", "every page answers 200 and says that the account has been suspended"},
      {"password_in_market", "every page redirects to /zh-hant-tw/password"},
      {"password", "every page redirects to /password"},
      {"maintenance", "every page answers 200 with a maintenance notice"},
      {"unavailable", "every page answers 503"},
      {"error", "every page answers 500"},
      {"bad_gateway", "every page answers 502"},
      {"rate_limit", "every page answers 429 with Retry-After"},
      {"security_rejection", "every page answers 430 Shopify Security Rejection"},
      {"challenge_403", "every page answers 403 with a Cloudflare challenge"},
      {"challenge_429", "every page answers 429 with a Cloudflare challenge"},
      {"slow", "the first byte comes late: 20 s, or `delay` seconds"},
      // The connection, written straight to the socket.
      {"reset", "the connection is reset at once"},
      {"reset_mid_body", "the connection is reset in the middle of the body"},
      {"close_early", "the connection is closed in the middle of the body"},
      {"no_answer", "the connection is closed without an answer"},
      {"not_http", "the answer is not HTTP"},
      {"drip", "one byte a second, or every `delay` seconds"},
      {"broken_chunks", "the chunked encoding is broken"},
      {"broken_gzip", "the body says gzip and is not"},
      {"endless_body", "the body never ends"},
      {"gzip_bomb", "400 MB of nothing in 400 KB of gzip"},
      {"many_headers", "200,000 headers"},
      {"redirect_loop", "every page redirects to the next, in circles"},
      {"invalid_utf8", "the page is not valid UTF-8"},
      {"deep_html", "a page of 300,000 elements inside each other"},
      {"huge_attributes", "a page with attributes of a megabyte each"},
  };
  return kinds;
}

bool Faults::arm(const std::string& name, ArmedFault fault) {
  const auto& kinds = fault_kinds();
  if (std::none_of(kinds.begin(), kinds.end(), [&](const FaultKind& k) { return k.name == name; }))
    return false;
  armed_[name] = std::move(fault);
  return true;
}

void Faults::disarm(const std::string& name) { armed_.erase(name); }

void Faults::disarm_all() { armed_.clear(); }

const ArmedFault* Faults::armed(std::string_view name, std::string_view path) {
  drop_expired();
  const auto found = armed_.find(name);
  if (found == armed_.end() || !path.starts_with(found->second.path)) return nullptr;
  return &found->second;
}

const std::map<std::string, ArmedFault, std::less<>>& Faults::all() {
  drop_expired();
  return armed_;
}

void Faults::drop_expired() {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(
      armed_, [&](const auto& entry) { return entry.second.until && *entry.second.until <= now; });
}

}  // namespace demo_store

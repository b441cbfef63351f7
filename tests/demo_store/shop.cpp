#include "tests/demo_store/shop.h"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "tests/demo_store/hostile.h"
#include "tests/demo_store/pages.h"

namespace demo_store {
namespace json_ = boost::json;
namespace {

using std::chrono::milliseconds;

const json_::value* member(const json_::value& value, std::string_view name) {
  return value.is_object() ? value.get_object().if_contains(name) : nullptr;
}

// The whole number that the text begins with.
std::int64_t integer(std::string_view text, std::int64_t otherwise = 0) {
  std::int64_t value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::int64_t integer(const json_::value* value, std::int64_t otherwise) {
  if (value == nullptr) return otherwise;
  if (value->is_int64()) return value->get_int64();
  if (value->is_string()) return integer(std::string_view(value->get_string()), otherwise);
  return otherwise;
}

// The body of a cart request, JSON or form, as JSON; an empty object where it is neither.
json_::value body_of(const Request& request) {
  if (request.content_type.starts_with("application/json")) {
    json_::error_code error;
    json_::value value = json_::parse(request.body, error);
    return error ? json_::value(json_::object()) : value;
  }
  json_::object fields;
  for (const auto& [name, value] : parse_form(request.body)) fields[name] = value;
  return fields;
}

Response cart_error(const std::string& description, const std::string& message = "Cart Error") {
  return json(422, json_::serialize(json_::object{
                       {"status", 422}, {"message", message}, {"description", description}}));
}

Response not_found(const Request& request) {
  if (request.path.ends_with(".js")) return json(404, R"({"status":404,"message":"Not Found"})");
  return html(404, notice_page("Page not found", "The page you were looking for does not exist."));
}

std::string kind_of(const std::string& path) {
  if (path == "/") return "home";
  if (path.starts_with("/products/")) return path.ends_with(".js") ? "product_json" : "product";
  if (path == "/cart/add.js" || path == "/cart/add") return "cart_add";
  if (path == "/cart.js") return "cart_read";
  if (path == "/cart/update.js" || path == "/cart/change.js") return "cart_update";
  if (path == "/cart/clear.js") return "cart_clear";
  if (path == "/cart") return "cart";
  if (path.starts_with("/cart/")) return "permalink";
  if (path.starts_with("/checkout")) return "checkout";
  return "other";
}

}  // namespace

Reply Shop::handle(const Request& request) {
  count(request);
  Reply reply;
  if (const ArmedFault* slow = faults_.armed("slow", request.path))
    reply.delay = slow->delay.count() > 0 ? slow->delay : milliseconds(20000);
  std::optional<Response> fault = whole_store_fault(request);
  reply.response = fault ? std::move(*fault) : answer(request);
  edit_theme(request, reply.response.body);
  for (const auto& [name, armed] : faults_.all()) {
    if (!request.path.starts_with(armed.path)) continue;
    const std::string target =
        request.query.empty() ? request.path : request.path + "?" + request.query;
    reply.raw = hostile_answer(name, armed.delay, reply.response, target);
    if (reply.raw) break;
  }
  return reply;
}

void Shop::edit_theme(const Request& request, std::string& page) {
  if (!page.starts_with("<!doctype html>")) return;
  const auto armed = [&](std::string_view name) { return faults_.is_armed(name, request.path); };
  if (armed("tag_gone")) page = without_tag(std::move(page));
  if (armed("app_installed")) page = with_app_script(std::move(page));
  if (armed("theme_published")) page = with_other_theme(std::move(page));
  if (armed("maintenance_in_title")) page = with_maintenance_in_title(std::move(page));
}

void Shop::count(const Request& request) {
  ++counters_.requests;
  ++counters_.by_kind[kind_of(request.path)];
  if (counters_.by_user_agent.size() < 20 || counters_.by_user_agent.contains(request.user_agent))
    ++counters_.by_user_agent[request.user_agent];
}

std::optional<Response> Shop::whole_store_fault(const Request& request) {
  const auto armed = [&](std::string_view name) { return faults_.is_armed(name, request.path); };
  const auto challenge = [](int status) {
    Response response = html(status, challenge_page());
    response.headers.emplace_back("cf-mitigated", "challenge");
    return response;
  };
  if (request.path.starts_with("/cdn/") || request.path.starts_with("/tag/")) return std::nullopt;
  if (armed("challenge_403")) return challenge(403);
  if (armed("challenge_429")) return challenge(429);
  if (armed("rate_limit")) {
    Response response = html(429, notice_page("Too many requests", "Please wait a moment."));
    response.headers.emplace_back("Retry-After", "30");
    return response;
  }
  if (armed("security_rejection"))
    return html(430, "<html><body><h1>Shopify Security Rejection</h1></body></html>");
  if (armed("unavailable"))
    return html(503, notice_page("Service unavailable", "We are having trouble. Sorry!"));
  if (armed("bad_gateway"))
    return html(502, "<html><head><title>502 Bad Gateway</title></head><body></body></html>");
  if (armed("error"))
    return html(500, notice_page("Something went wrong", "What happened? We do not know either."));
  if (armed("maintenance")) return html(200, maintenance_page());
  if (armed("suspended"))
    return html(200, "<html><body>This account has been suspended</body></html>");
  const bool at_password = request.path.ends_with("/password");
  if (armed("password") && !at_password) return redirect("/password");
  if (armed("password_in_market") && !at_password) return redirect("/zh-hant-tw/password");
  return std::nullopt;
}

Response Shop::answer(const Request& request) {
  const std::string& path = request.path;
  if (path == "/") return home(request);
  if (path == "/search") return home(request);
  if (path.ends_with("/password")) return html(200, password_page());
  if (path == "/account/login") return html(200, login_page());
  if (path == "/throttle/queue")
    return html(200, notice_page("You are in line", "Many people are checking out right now."));
  if (path.ends_with("/stock-problems"))
    return html(200, notice_page("Inventory issues", "Some items are no longer available."));
  if (path.starts_with("/cdn/shop/t/") && path.ends_with("/assets/theme.css"))
    return {200, {{"Content-Type", "text/css"}}, style_sheet()};
  if ((path.starts_with("/cdn/shop/t/") && path.ends_with("/assets/theme.js")) ||
      path == "/tag/gtag.js" || path == "/cdn/shopifycloud/checkout-web/assets/app.js")
    return {200, {{"Content-Type", "text/javascript"}}, "/* the demo store's own */\n"};
  if (path.starts_with("/products/")) {
    std::string handle = path.substr(std::string_view("/products/").size());
    const bool as_json = handle.ends_with(".js");
    if (as_json) handle.resize(handle.size() - 3);
    const Product* product = product_by_handle(handle);
    if (product == nullptr || faults_.is_armed("product_gone", path)) return not_found(request);
    return as_json ? product_json(request, *product) : product_page(request, *product);
  }
  if (path == "/cart") return cart_page(request);
  if (path == "/checkout") return start_checkout(request);
  if (path.starts_with("/checkouts/cn/") || path.starts_with("/checkout/cn/"))
    return checkout_page(request);
  if (path.starts_with("/api/") && path.ends_with("/graphql.json")) return graphql(request);

  std::optional<Response> response;
  if (path == "/cart.js") response = cart_json(request);
  if (path == "/cart/add.js" || path == "/cart/add") response = add(request);
  if (path == "/cart/update.js") response = update(request);
  if (path == "/cart/change.js") response = change(request);
  if (path == "/cart/clear.js" || path == "/cart/clear") response = clear(request);
  if (!response) return path.starts_with("/cart/") ? permalink(request) : not_found(request);
  if (faults_.is_armed("html_for_json", path))
    return html(200, notice_page("Demo Socks", "This is not what a script asked for."));
  if (faults_.is_armed("broken_json", path)) response->body.resize(response->body.size() / 2);
  return std::move(*response);
}

Response Shop::home(const Request& request) {
  const bool searching = request.path == "/search";
  const std::string query = request.query_value("q");
  std::vector<Offer> offers;
  for (const Product& product : products()) {
    const std::string words = product.title + " " + product.sku + " " + product.handle;
    if (searching && words.find(query) == std::string::npos) continue;
    offers.push_back({&product, price(request, product), !sold_out(request, false), {}});
  }
  const Cart* cart = cart_of(request);
  const int count = cart == nullptr ? 0 : cart->item_count();
  Response response =
      html(200, searching ? search_page(query, offers, count) : home_page(offers, count));
  if (!request.cookies.contains("_shopify_essential"))
    response.headers.emplace_back("Set-Cookie", "_shopify_essential=" + random_token() +
                                                    "; path=/; max-age=31536000; HttpOnly");
  return response;
}

Response Shop::product_page(const Request& request, const Product& product) {
  if (faults_.is_armed("other_product_page", request.path)) return home(request);
  const Cart* cart = cart_of(request);
  Offer offer{&product, price(request, product), !sold_out(request, false), {}};
  if (faults_.is_armed("markup_price", request.path)) offer.markup_price = 2 * offer.price + 1;
  offer.markup_available = !faults_.is_armed("markup_sold_out", request.path);
  Response response =
      html(200, demo_store::product_page(offer, cart == nullptr ? 0 : cart->item_count()));
  if (!request.cookies.contains("_shopify_essential"))
    response.headers.emplace_back("Set-Cookie", "_shopify_essential=" + random_token() +
                                                    "; path=/; max-age=31536000; HttpOnly");
  return response;
}

Response Shop::product_json(const Request& request, const Product& product) {
  const bool available = !sold_out(request, false);
  const int amount = price(request, product);
  const json_::object variant{
      {"id", product.variant},      {"title", "Default Title"}, {"sku", product.sku},
      {"available", available},     {"price", amount},          {"requires_shipping", true},
      {"compare_at_price", nullptr}};
  return json(200, json_::serialize(json_::object{{"id", product.id},
                                                  {"title", product.title},
                                                  {"handle", product.handle},
                                                  {"description", product.description},
                                                  {"vendor", "Demo Socks"},
                                                  {"price", amount},
                                                  {"price_min", amount},
                                                  {"price_max", amount},
                                                  {"available", available},
                                                  {"url", "/products/" + product.handle},
                                                  {"variants", json_::array{variant}}}));
}

Response Shop::cart_page(const Request& request) {
  Cart* cart = cart_of(request);
  if (request.method == "POST") {
    if (parse_form(request.body).contains("checkout")) return redirect("/checkout");
    if (cart != nullptr) cart->lines.clear();
    return redirect("/cart");
  }
  std::vector<CartLine> lines;
  if (cart != nullptr) {
    for (const Line& line : cart->lines)
      lines.push_back({line.product, line.quantity, price(request, *line.product)});
  }
  return html(200, demo_store::cart_page(lines, currency_shown(request)));
}

Response Shop::cart_json(const Request& request) {
  const Cart none;
  const Cart* cart = cart_of(request);
  return json(200, json_::serialize(describe(request, cart == nullptr ? none : *cart)));
}

Response Shop::add(const Request& request) {
  if (request.method != "POST") return not_found(request);
  const bool from_page = !request.path.ends_with(".js");
  const json_::value body = body_of(request);
  const json_::value* items = member(body, "items");
  const json_::array wanted =
      items != nullptr && items->is_array() ? items->get_array() : json_::array{body};
  if (wanted.size() > 50) return cart_error("Too many items.");

  for (const json_::value& item : wanted) {
    const Product* product = product_by_variant(integer(member(item, "id"), 0));
    if (product == nullptr) {
      if (member(item, "id") == nullptr)
        return json(400, R"({"status":"bad_request","message":"Bad Request",)"
                         R"("description":"Required parameter missing or invalid: items"})");
      return json(404,
                  R"({"status":404,"message":"Cart Error","description":"Cannot find variant"})");
    }
    if (sold_out(request, true)) {
      if (from_page) return redirect("/products/" + product->handle);
      return cart_error("The product '" + product->title + "' is already sold out.");
    }
    if (faults_.is_armed("sold_out_in_german", request.path))
      return cart_error("Das Produkt \"" + product->title + "\" ist bereits ausverkauft.",
                        "Warenkorbfehler");
    if (faults_.is_armed("refused_in_german", request.path))
      return cart_error("Dieser Artikel wird nur im Abonnement verkauft.", "Warenkorbfehler");
  }

  Response response = json(200, "");
  const bool forget = faults_.is_armed("lost_cart", request.path);
  Cart& cart = cart_or_new(request, response);
  json_::array added;
  for (const json_::value& item : wanted) {
    const Product* product = product_by_variant(integer(member(item, "id"), 0));
    const std::int64_t quantity = integer(member(item, "quantity"), 1);
    cart.change(*product, static_cast<int>(std::clamp<std::int64_t>(quantity, 1, 1000)));
    const auto line = std::find_if(cart.lines.begin(), cart.lines.end(),
                                   [&](const Line& l) { return l.product == product; });
    const json_::value* properties = member(item, "properties");
    if (properties != nullptr && properties->is_object())
      line->properties = properties->get_object();
    added.push_back(describe(request, *line));
  }
  if (forget) cart.lines.clear();
  if (from_page) {
    Response to_cart = redirect("/cart");
    for (const auto& header : response.headers)
      if (header.first == "Set-Cookie") to_cart.headers.push_back(header);
    return to_cart;
  }
  response.body = json_::serialize(items != nullptr ? json_::value(json_::object{{"items", added}})
                                                    : added.front());
  return response;
}

Response Shop::update(const Request& request) {
  Response response = json(200, "");
  Cart& cart = cart_or_new(request, response);
  const json_::value body = body_of(request);
  if (const json_::value* attributes = member(body, "attributes");
      attributes != nullptr && attributes->is_object()) {
    if (cart.attributes.empty()) ++counters_.marked_carts;
    for (const auto& attribute : attributes->get_object()) {
      if (cart.attributes.size() < 50) cart.attributes[attribute.key()] = attribute.value();
    }
  }
  if (const json_::value* note = member(body, "note"); note != nullptr && note->is_string())
    cart.note = note->get_string();
  if (const json_::value* updates = member(body, "updates");
      updates != nullptr && updates->is_object()) {
    for (const auto& wanted : updates->get_object()) {
      const Product* product = product_by_variant(integer(std::string_view(wanted.key())));
      if (product == nullptr) continue;
      const int now = cart.change(*product, 0);
      cart.change(*product, static_cast<int>(integer(&wanted.value(), now)) - now);
    }
  }
  response.body = json_::serialize(describe(request, cart));
  return response;
}

Response Shop::change(const Request& request) {
  Response response = json(200, "");
  Cart& cart = cart_or_new(request, response);
  const json_::value body = body_of(request);
  const Product* product = product_by_variant(integer(member(body, "id"), 0));
  if (product == nullptr)
    return json(400, R"({"status":"bad_request","message":"no valid id or line parameter"})");
  const int now = cart.change(*product, 0);
  const std::int64_t wanted =
      std::clamp<std::int64_t>(integer(member(body, "quantity"), now), 0, 1000);
  cart.change(*product, static_cast<int>(wanted) - now);
  response.body = json_::serialize(describe(request, cart));
  return response;
}

Response Shop::clear(const Request& request) {
  const Cart none;
  Cart* cart = cart_of(request);
  if (cart != nullptr) cart->lines.clear();
  return json(200, json_::serialize(describe(request, cart == nullptr ? none : *cart)));
}

// /cart/{variant}:{quantity}[,{variant}:{quantity}...]
Response Shop::permalink(const Request& request) {
  std::vector<std::pair<const Product*, int>> wanted;
  std::string_view rest = std::string_view(request.path).substr(std::string_view("/cart/").size());
  while (!rest.empty() && wanted.size() < 50) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    const std::size_t colon = item.find(':');
    const Product* product = product_by_variant(integer(item));
    if (colon == std::string_view::npos || product == nullptr) return not_found(request);
    const std::int64_t quantity =
        std::clamp<std::int64_t>(integer(item.substr(colon + 1)), 1, 1000);
    wanted.emplace_back(product, static_cast<int>(quantity));
  }
  if (wanted.empty()) return not_found(request);
  if (sold_out(request, true))
    return redirect("/checkouts/co/" + random_token() + "/stock-problems");
  Cart& cart = carts_.create();
  for (const auto& [product, quantity] : wanted) cart.change(*product, quantity);
  Response response = open_checkout(request, cart);
  set_cart_cookie(request, cart, response);
  return response;
}

Response Shop::start_checkout(const Request& request) {
  const Cart* cart = cart_of(request);
  if (cart == nullptr || cart->lines.empty()) return redirect("/cart");
  return open_checkout(request, *cart);
}

Response Shop::open_checkout(const Request& request, const Cart& cart) {
  const auto armed = [&](std::string_view name) { return faults_.is_armed(name, request.path); };
  if (armed("checkout_queue")) return redirect("/throttle/queue?_ctd=" + random_token());
  if (armed("checkout_stock_problems"))
    return redirect("/checkouts/co/" + cart.token + "/stock-problems");
  if (armed("checkout_to_cart")) return redirect("/cart");
  if (armed("checkout_login")) return redirect("/account/login?checkout_url=%2Fcheckout");
  ++counters_.checkouts;
  if (armed("checkout_elsewhere")) return redirect("/checkout/cn/" + cart.token);
  return redirect("/checkouts/cn/" + cart.token);
}

Response Shop::checkout_page(const Request& request) {
  const auto armed = [&](std::string_view name) { return faults_.is_armed(name, request.path); };
  const Cart* cart = carts_.find(request.path.substr(request.path.rfind('/') + 1));
  if (cart == nullptr || cart->lines.empty()) return redirect("/cart");
  if (armed("checkout_empty")) return html(200, "<html></html>");
  if (armed("checkout_shell")) return html(200, checkout_shell("app.js"));
  if (armed("checkout_dead_script")) return html(200, checkout_shell("gone.js"));
  std::vector<CartLine> lines;
  for (const Line& line : cart->lines)
    lines.push_back({line.product, line.quantity, price(request, *line.product)});
  return html(200, demo_store::checkout_page(lines, currency_shown(request), !armed("no_shipping"),
                                             !armed("no_payment")));
}

// The Storefront API's cartCreate, whatever the query asks for. The cart is not kept.
Response Shop::graphql(const Request& request) {
  const auto armed = [&](std::string_view name) { return faults_.is_armed(name, request.path); };
  if (armed("graphql_throttled"))
    return json(200, R"({"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}]})");
  json_::object cart{{"id", "gid://shopify/Cart/" + random_token()},
                     {"checkoutUrl", "/cart/c/" + random_token() + "?key=" + random_token()},
                     {"totalQuantity", 1}};
  json_::array warnings;
  if (armed("graphql_warnings") || armed("sold_out")) {
    cart["totalQuantity"] = 0;
    warnings.push_back(json_::object{{"code", "MERCHANDISE_OUT_OF_STOCK"},
                                     {"target", "gid://shopify/CartLine/1"},
                                     {"message", "The product is already sold out."}});
  }
  const bool null_cart = armed("graphql_cart_null");
  const json_::object created{
      {"cart", null_cart ? json_::value(nullptr) : json_::value(std::move(cart))},
      {"userErrors", json_::array{}},
      {"warnings", warnings}};
  return json(200,
              json_::serialize(json_::object{{"data", json_::object{{"cartCreate", created}}}}));
}

Cart* Shop::cart_of(const Request& request) {
  const auto cookie = request.cookies.find("cart");
  return cookie == request.cookies.end() ? nullptr : carts_.find(cookie->second);
}

Cart& Shop::cart_or_new(const Request& request, Response& response) {
  if (Cart* cart = cart_of(request)) return *cart;
  Cart& cart = carts_.create();
  set_cart_cookie(request, cart, response);
  return cart;
}

void Shop::set_cart_cookie(const Request& request, const Cart& cart, Response& response) {
  if (faults_.is_armed("no_cookie", request.path)) return;
  const std::string rest = "; path=/; max-age=1209600; SameSite=Lax";
  response.headers.emplace_back("Set-Cookie", "cart=" + cart.token + rest);
  response.headers.emplace_back("Set-Cookie", "cart_sig=" + random_token() + rest + "; HttpOnly");
  response.headers.emplace_back("Set-Cookie", "cart_ver=demo%3A1" + rest);
}

bool Shop::sold_out(const Request& request, bool for_adding) {
  return faults_.is_armed("sold_out", request.path) ||
         (for_adding && faults_.is_armed("stock_drift", request.path));
}

int Shop::price(const Request& request, const Product& product) {
  if (faults_.is_armed("zero_price", request.path)) return 0;
  return product.price * (faults_.is_armed("wrong_price", request.path) ? 10 : 1);
}

std::string Shop::currency_shown(const Request& request) {
  return std::string(faults_.is_armed("wrong_currency", request.path) ? "USD" : currency);
}

json_::object Shop::describe(const Request& request, const Line& line) {
  const Product& product = *line.product;
  const int amount = price(request, product);
  return {{"id", product.variant},
          {"variant_id", product.variant},
          {"product_id", product.id},
          {"key", std::to_string(product.variant) + ":demo"},
          {"quantity", line.quantity},
          {"title", product.title},
          {"handle", product.handle},
          {"sku", product.sku},
          {"price", amount},
          {"line_price", amount * line.quantity},
          {"url", "/products/" + product.handle + "?variant=" + std::to_string(product.variant)},
          {"requires_shipping", true},
          {"properties", line.properties}};
}

json_::object Shop::describe(const Request& request, const Cart& cart) {
  json_::array items;
  int total = 0;
  for (const Line& line : cart.lines) {
    items.push_back(describe(request, line));
    total += price(request, *line.product) * line.quantity;
  }
  return {{"token", cart.token},
          {"note", cart.note},
          {"attributes", cart.attributes},
          {"original_total_price", total},
          {"total_price", total},
          {"total_discount", 0},
          {"items_subtotal_price", total},
          {"item_count", cart.item_count()},
          {"items", items},
          {"requires_shipping", !cart.lines.empty()},
          {"currency", currency_shown(request)},
          {"cart_level_discount_applications", json_::array{}}};
}

}  // namespace demo_store

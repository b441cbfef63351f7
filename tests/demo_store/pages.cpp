#include "tests/demo_store/pages.h"

#include <cstdio>

#include <boost/json/serialize.hpp>

namespace demo_store {
namespace {

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

constexpr std::string_view app_script =
    "<script async src=\"https://cdn.reviews.example/widget.js?v=7\"></script>\n";

// What a theme puts on each page: its own id, its assets, the tags of the shop's tracking.
constexpr std::string_view theme_scripts = R"(<script>
  var Shopify = Shopify || {};
  Shopify.shop = "demo-store.example";
  Shopify.theme = {"name":"Woollen","id":140000000001,"schema_name":"Woollen","schema_version":"1.0.0","theme_store_id":null,"role":"main"};
</script>
<script src="/cdn/shop/t/1/assets/theme.js" defer></script>
<!-- tag --><script async src="/tag/gtag.js?id=G-DEMO000001"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  function gtag() { dataLayer.push(arguments); }
  gtag("js", new Date());
  gtag("config", "G-DEMO000001");
</script><!-- /tag -->
)";

std::string layout(std::string_view title, std::string_view head, std::string_view main,
                   int cart_count) {
  std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
  page += escape(title);
  page += " – Demo Socks</title>\n";
  page += "<link rel=\"stylesheet\" href=\"/cdn/shop/t/1/assets/theme.css\">\n";
  page += theme_scripts;
  page += head;
  page += "</head>\n<body>\n<header><a class=\"logo\" href=\"/\">Demo <b>Socks</b></a>";
  page += "<nav><a href=\"/\">Shop</a><a href=\"/search?q=sock\">Search</a>";
  page += "<a class=\"cart-link\" href=\"/cart\">Cart <span class=\"count\">";
  page += std::to_string(cart_count);
  page += "</span></a></nav></header>\n<main>\n";
  page += main;
  page += "\n</main>\n<footer>A demonstration store. Nothing here can be bought.</footer>\n";
  page += "</body>\n</html>\n";
  return page;
}

std::string picture(const Product& product) {
  const std::string shape =
      product.handle.ends_with("mug")
          ? "<path d='M30 30h40v44q0 6-6 6H36q-6 0-6-6z'/><path d='M70 40h8q8 0 8 9t-8 9h-8' "
            "fill='none' stroke-width='6'/>"
          : "<path d='M40 14h26v40l-6 10-22 20q-10 6-16-3-4-9 4-15l14-12z'/>";
  return "<svg class=\"picture\" viewBox=\"0 0 100 100\" role=\"img\" aria-label=\"" +
         escape(product.title) + "\" style=\"fill:" + product.color + ";stroke:" + product.color +
         "\">" + shape + "</svg>";
}

std::string tiles(const std::vector<Offer>& offers) {
  std::string out = "<ul class=\"tiles\">";
  for (const Offer& offer : offers) {
    out += "<li><a href=\"/products/" + offer.product->handle + "\">" + picture(*offer.product);
    out += "<span>" + escape(offer.product->title) + "</span><span class=\"price\">";
    out += offer.available ? money(offer.price, currency) : std::string("Sold out");
    out += "</span></a></li>";
  }
  return out + "</ul>";
}

std::string json_ld(const Offer& offer) {
  char price[32];
  const int shown = offer.markup_price.value_or(offer.price);
  std::snprintf(price, sizeof price, "%d.%02d", shown / 100, shown % 100);
  const boost::json::object product{
      {"@context", "http://schema.org/"},
      {"@type", "Product"},
      {"name", offer.product->title},
      {"sku", offer.product->sku},
      {"url", "/products/" + offer.product->handle},
      {"description", offer.product->description},
      {"offers", boost::json::array{
                     boost::json::object{{"@type", "Offer"},
                                         {"sku", offer.product->sku},
                                         {"price", price},
                                         {"priceCurrency", currency},
                                         {"availability", offer.available && offer.markup_available
                                                              ? "http://schema.org/InStock"
                                                              : "http://schema.org/OutOfStock"}}}}};
  return "<script type=\"application/ld+json\">" + boost::json::serialize(product) + "</script>\n";
}

std::string lines_table(const std::vector<CartLine>& lines, std::string_view shown_currency) {
  std::string out = "<table>";
  int total = 0;
  for (const CartLine& line : lines) {
    total += line.price * line.quantity;
    out += "<tr><td>" + escape(line.product->title) + "</td><td>" + std::to_string(line.quantity) +
           " ×</td><td class=\"price\">" + money(line.price, shown_currency) + "</td></tr>";
  }
  return out + "<tr class=\"total\"><td>Total</td><td></td><td class=\"price\">" +
         money(total, shown_currency) + "</td></tr></table>";
}

std::string radio(std::string_view field, std::string_view value, std::string_view label) {
  std::string out = "<label class=\"choice\"><input type=\"radio\" checked name=\"";
  out += field;
  out += "\" value=\"";
  out += value;
  out += "\"> ";
  out += label;
  return out + "</label>";
}

}  // namespace

std::string money(int minor_units, std::string_view shown_currency) {
  char text[48];
  std::snprintf(text, sizeof text, "%d.%02d ", minor_units / 100, minor_units % 100);
  return text + std::string(shown_currency);
}

std::string home_page(const std::vector<Offer>& offers, int cart_count) {
  return layout("Home", "",
                "<h1>Socks for people on call</h1><p class=\"lead\">A small store that can be "
                "broken on demand.</p>" +
                    tiles(offers),
                cart_count);
}

std::string search_page(std::string_view query, const std::vector<Offer>& found, int cart_count) {
  return layout("Search", "",
                "<h1>Search</h1><form action=\"/search\"><input name=\"q\" value=\"" +
                    escape(query) + "\"><button>Search</button></form><p>" +
                    std::to_string(found.size()) + " found for “" + escape(query) + "”.</p>" +
                    tiles(found),
                cart_count);
}

std::string product_page(const Offer& offer, int cart_count) {
  const Product& product = *offer.product;
  std::string main = "<article class=\"product\">" + picture(product) + "<div><h1>";
  main += escape(product.title) + "</h1><p class=\"price\">" + money(offer.price, currency);
  main += "</p><p>" + escape(product.description) + "</p><p class=\"sku\">" + product.sku + "</p>";
  main += "<form method=\"post\" action=\"/cart/add\" class=\"product-form\">";
  main += "<input type=\"hidden\" name=\"id\" value=\"" + std::to_string(product.variant) + "\">";
  main += "<input type=\"number\" name=\"quantity\" value=\"1\" min=\"1\" max=\"10\">";
  main += offer.available ? "<button type=\"submit\" name=\"add\">Add to cart</button>"
                          : "<button type=\"submit\" name=\"add\" disabled>Sold out</button>";
  return layout(product.title, json_ld(offer), main + "</form></div></article>", cart_count);
}

std::string cart_page(const std::vector<CartLine>& lines, std::string_view shown_currency) {
  int count = 0;
  for (const CartLine& line : lines) count += line.quantity;
  if (count == 0)
    return layout("Your cart", "",
                  "<h1>Your cart is empty</h1><p><a class=\"button\" href=\"/\">Continue "
                  "shopping</a></p>",
                  0);
  return layout("Your cart", "",
                "<h1>Your cart</h1>" + lines_table(lines, shown_currency) +
                    "<form method=\"post\" action=\"/cart\"><button name=\"clear\" "
                    "class=\"quiet\">Empty the cart</button><button name=\"checkout\">Check "
                    "out</button></form>",
                count);
}

std::string checkout_page(const std::vector<CartLine>& lines, std::string_view shown_currency,
                          bool with_shipping, bool with_payment) {
  int count = 0;
  for (const CartLine& line : lines) count += line.quantity;
  std::string main = "<h1>Checkout</h1>" + lines_table(lines, shown_currency);
  main += "<form class=\"checkout\" onsubmit=\"return false\"><section id=\"contact\"><h2>Contact";
  main += "</h2><input type=\"email\" name=\"checkout[email]\" placeholder=\"Email\"></section>";
  main += "<section id=\"shipping\"><h2>Shipping method</h2>";
  main += with_shipping ? radio("checkout[shipping_rate][id]", "standard", "Standard, 3 days, free")
                        : "<p class=\"problem\">Shipping is not available for your order.</p>";
  main += "</section><section id=\"payment\"><h2>Payment</h2>";
  main += with_payment ? radio("checkout[payment_gateway]", "card", "Credit card") +
                             radio("checkout[payment_gateway]", "invoice", "Invoice")
                       : "<p class=\"problem\">This store can’t accept payments right now.</p>";
  main += "</section><button disabled>Pay now</button><p class=\"sku\">This is where the";
  main += " demonstration ends: nobody can pay.</p></form>";
  return layout("Checkout", "", main, count);
}

std::string notice_page(std::string_view title, std::string_view text) {
  return layout(title, "", "<h1>" + escape(title) + "</h1><p>" + escape(text) + "</p>", 0);
}

std::string password_page() {
  return layout("Opening soon", "",
                "<h1>Opening soon</h1><p>Enter the store with a password.</p><form method=\"post\" "
                "action=\"/password\"><input type=\"hidden\" name=\"form_type\" "
                "value=\"storefront_password\"><input type=\"password\" "
                "name=\"password\"><button>Enter</button></form>",
                0);
}

std::string login_page() {
  return layout("Log in", "",
                "<h1>Log in</h1><p>Please log in to check out.</p><form method=\"post\" "
                "action=\"/account/login\"><input type=\"hidden\" name=\"form_type\" "
                "value=\"customer_login\"><input type=\"email\" name=\"customer[email]\" "
                "placeholder=\"Email\"><input type=\"password\" "
                "name=\"customer[password]\"><button>Sign in</button></form>",
                0);
}

std::string challenge_page() {
  return "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body>"
         "<h1>Your connection needs to be verified before you can proceed</h1><noscript>Enable "
         "JavaScript and cookies to continue</noscript></body></html>";
}

std::string maintenance_page() {
  return "<!doctype html><html><head><title>We’ll be back soon</title></head><body><h1>We’ll be "
         "back soon</h1><p>Our store is down for maintenance. Please come back "
         "later.</p></body></html>";
}

std::string without_tag(std::string page) {
  const auto begin = page.find("<!-- tag -->");
  const auto end = page.find("<!-- /tag -->");
  if (begin != page.npos && end != page.npos) page.erase(begin, end - begin);
  return page;
}

std::string with_app_script(std::string page) {
  const auto head = page.find("</head>");
  if (head != page.npos) page.insert(head, app_script);
  return page;
}

std::string with_other_theme(std::string page) {
  for (const auto& [old, published] :
       {std::pair<std::string_view, std::string_view>("\"Woollen\",\"id\":140000000001",
                                                      "\"Winter\",\"id\":140000000002"),
        {"/cdn/shop/t/1/", "/cdn/shop/t/2/"}}) {
    for (auto at = page.find(old); at != page.npos; at = page.find(old, at)) {
      page.replace(at, old.size(), published);
    }
  }
  return page;
}

std::string with_maintenance_in_title(std::string page) {
  const auto title = page.find("<title>");
  if (title != page.npos) page.insert(title + 7, "Pool maintenance supplies, closed shoes: ");
  const auto body = page.find("<body>");
  if (body != page.npos) {
    page.insert(body + 6, "<svg><title>Maintenance contract, be right back</title></svg>");
  }
  return page;
}

std::string checkout_shell(std::string_view script) {
  return "<!doctype html>\n<html><head><title>Checkout</title></head><body><div id=\"app\"></div>"
         "<script type=\"module\" src=\"/cdn/shopifycloud/checkout-web/assets/" +
         std::string(script) + "\"></script></body></html>\n";
}

std::string style_sheet() {
  return R"(:root { color-scheme: light dark; --ink: #1c2420; --paper: #fbfaf6; --line: #dedad0; --accent: #2f6f4f; }
@media (prefers-color-scheme: dark) { :root { --ink: #ecebe4; --paper: #171a18; --line: #353b37; --accent: #7fc39f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 0 1.5rem; font: 17px/1.55 Georgia, serif; color: var(--ink); background: var(--paper); }
header { display: flex; justify-content: space-between; align-items: baseline; padding: 1.5rem 0; border-bottom: 1px solid var(--line); }
nav { display: flex; gap: 1.5rem; }
a { color: inherit; text-decoration: none; }
a:hover { color: var(--accent); }
.logo { font-size: 1.3rem; letter-spacing: .02em; }
.count { display: inline-block; min-width: 1.5em; text-align: center; border-radius: 1em; background: var(--accent); color: var(--paper); font-size: .8em; }
main { padding: 2rem 0 4rem; }
h1 { font-weight: normal; font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.lead { font-size: 1.15rem; opacity: .8; }
.tiles { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 1.5rem; }
.tiles a { display: flex; flex-direction: column; }
.picture { width: 100%; background: color-mix(in srgb, var(--line) 45%, transparent); border-radius: .5rem; padding: 1.5rem; }
.price { opacity: .75; font-variant-numeric: tabular-nums; }
.product { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 2.5rem; }
.sku { font-size: .85rem; opacity: .6; }
form { display: flex; gap: .75rem; flex-wrap: wrap; }
.checkout { flex-direction: column; max-width: 26rem; gap: 0; }
input:not([type=radio]) { font: inherit; padding: .5rem .7rem; border: 1px solid var(--line); border-radius: .35rem; background: transparent; color: inherit; }
input[type=number] { width: 5rem; }
.choice { display: block; padding: .5rem .7rem; border: 1px solid var(--line); border-radius: .35rem; margin-bottom: .4rem; }
button, .button { font: inherit; padding: .5rem 1.2rem; border: 0; border-radius: .35rem; background: var(--accent); color: var(--paper); cursor: pointer; }
.checkout button { margin-top: 1.5rem; }
button.quiet { background: transparent; color: inherit; border: 1px solid var(--line); }
button:disabled { opacity: .5; cursor: default; }
table { width: 100%; border-collapse: collapse; margin-bottom: 1.5rem; }
td { padding: .6rem 0; border-bottom: 1px solid var(--line); }
td.price { text-align: right; }
.total td { font-weight: bold; border: 0; }
.problem { padding: .7rem; border-left: 4px solid #b5533c; background: color-mix(in srgb, #b5533c 12%, transparent); }
footer { border-top: 1px solid var(--line); padding: 1.5rem 0; font-size: .85rem; opacity: .7; }
)";
}

}  // namespace demo_store

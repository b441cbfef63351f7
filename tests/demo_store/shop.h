#pragma once

// The store: which request gets which reply, healthy or with what is armed in `faults`. It speaks
// the contract of a Shopify theme: product page and JSON, the cart's JSON paths, permalinks, the
// checkout up to the payment, which nobody can pass.

#include <cstddef>
#include <map>
#include <string>

#include "tests/demo_store/carts.h"
#include "tests/demo_store/faults.h"
#include "tests/demo_store/http.h"

namespace demo_store {

// What was asked since the start.
struct Counters {
  std::size_t requests = 0;
  std::map<std::string, std::size_t> by_kind;        // "product", "cart_add", ...
  std::map<std::string, std::size_t> by_user_agent;  // the first 20
  std::size_t marked_carts = 0;                      // that got an attribute
  std::size_t checkouts = 0;                         // opened
};

class Shop {
 public:
  Reply handle(const Request& request);

  Faults& faults() { return faults_; }
  Counters& counters() { return counters_; }
  const Carts& carts() const { return carts_; }

 private:
  Response answer(const Request& request);
  std::optional<Response> whole_store_fault(const Request& request);
  void edit_theme(const Request& request, std::string& page);
  void count(const Request& request);

  Response home(const Request& request);
  Response product_page(const Request& request, const Product& product);
  Response product_json(const Request& request, const Product& product);
  Response cart_page(const Request& request);
  Response cart_json(const Request& request);
  Response add(const Request& request);
  Response update(const Request& request);
  Response change(const Request& request);
  Response clear(const Request& request);
  Response permalink(const Request& request);
  Response start_checkout(const Request& request);
  Response open_checkout(const Request& request, const Cart& cart);
  Response checkout_page(const Request& request);
  Response graphql(const Request& request);

  Cart* cart_of(const Request& request);
  Cart& cart_or_new(const Request& request, Response& response);
  void set_cart_cookie(const Request& request, const Cart& cart, Response& response);
  bool sold_out(const Request& request, bool for_adding);
  int price(const Request& request, const Product& product);
  std::string currency_shown(const Request& request);
  boost::json::object describe(const Request& request, const Line& line);
  boost::json::object describe(const Request& request, const Cart& cart);

  Faults faults_;
  Carts carts_;
  Counters counters_;
};

}  // namespace demo_store

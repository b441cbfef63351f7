#pragma once

// The goods of the demo store and its customers' carts, kept by cart token. Bounded: the carts
// longest untouched give way to new ones.

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace demo_store {

struct Product {
  std::int64_t id;       // of the product
  std::int64_t variant;  // of its only variant, which is what a cart holds
  std::string handle;
  std::string title;
  std::string sku;
  std::string description;
  int price;          // minor units
  std::string color;  // of its picture
};

const std::vector<Product>& products();
const Product* product_by_handle(std::string_view handle);
const Product* product_by_variant(std::int64_t variant);
inline constexpr std::string_view currency = "EUR";

struct Line {
  const Product* product;
  int quantity = 0;
  boost::json::object properties;
};

struct Cart {
  std::string token;
  std::vector<Line> lines;
  boost::json::object attributes;
  std::string note;

  int item_count() const;
  // The line's new total; lines that reach 0 leave the cart.
  int change(const Product& product, int by);
};

class Carts {
 public:
  Cart& create();
  // nullptr for a token nobody was given.
  Cart* find(const std::string& token);
  std::size_t size() const { return by_token_.size(); }
  std::size_t created() const { return created_; }
  std::size_t non_empty() const;

 private:
  std::list<Cart> carts_;  // touched last at the front
  std::map<std::string, std::list<Cart>::iterator> by_token_;
  std::size_t created_ = 0;
};

// 32 random hex digits.
std::string random_token();

}  // namespace demo_store

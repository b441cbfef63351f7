#include "tests/demo_store/carts.h"

#include <algorithm>
#include <array>
#include <random>

namespace demo_store {
namespace {

constexpr std::size_t most_carts = 5000;
constexpr int most_of_a_line = 1000;

}  // namespace

const std::vector<Product>& products() {
  static const std::vector<Product> all{
      {8001, 4123, "probe-sock", "Probe sock", "PROBE-1",
       "A single sock. It exists to be put into carts and taken out again.", 100, "#2f6f4f"},
      {8002, 4124, "wool-sock", "Wool sock", "WOOL-2",
       "Thick, grey and warm: for people whose checkout breaks at night.", 1290, "#7a6a58"},
      {8003, 4125, "striped-sock", "Striped sock", "STRIPE-3",
       "Two colours, one foot. Sold in pairs, since customers insisted.", 990, "#b5533c"},
      {8004, 4126, "enamel-mug", "Enamel mug", "MUG-4",
       "Holds 0.3 litres of whatever keeps the on-call person awake.", 1450, "#3a5a8c"}};
  return all;
}

const Product* product_by_handle(std::string_view handle) {
  const auto found = std::find_if(products().begin(), products().end(),
                                  [&](const Product& p) { return p.handle == handle; });
  return found == products().end() ? nullptr : &*found;
}

const Product* product_by_variant(std::int64_t variant) {
  const auto found = std::find_if(products().begin(), products().end(),
                                  [&](const Product& p) { return p.variant == variant; });
  return found == products().end() ? nullptr : &*found;
}

int Cart::item_count() const {
  int count = 0;
  for (const Line& line : lines) count += line.quantity;
  return count;
}

int Cart::change(const Product& product, int by) {
  auto line = std::find_if(lines.begin(), lines.end(),
                           [&](const Line& l) { return l.product == &product; });
  if (line == lines.end()) line = lines.insert(lines.end(), Line{&product, 0, {}});
  line->quantity = std::clamp(line->quantity + by, 0, most_of_a_line);
  const int quantity = line->quantity;
  if (quantity == 0) lines.erase(line);
  return quantity;
}

Cart& Carts::create() {
  if (carts_.size() >= most_carts) {
    by_token_.erase(carts_.back().token);
    carts_.pop_back();
  }
  carts_.emplace_front();
  carts_.front().token = random_token();
  by_token_[carts_.front().token] = carts_.begin();
  ++created_;
  return carts_.front();
}

Cart* Carts::find(const std::string& token) {
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return nullptr;
  carts_.splice(carts_.begin(), carts_, found->second);
  return &carts_.front();
}

std::size_t Carts::non_empty() const {
  return static_cast<std::size_t>(
      std::count_if(carts_.begin(), carts_.end(), [](const Cart& c) { return !c.lines.empty(); }));
}

std::string random_token() {
  static std::mt19937_64 random{std::random_device{}()};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string token;
  for (int i = 0; i < 32; ++i) token += digits[random() % digits.size()];
  return token;
}

}  // namespace demo_store

#include "config/grammar/expectations.h"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "config/grammar/explanations.h"
#include "config/yaml/mapping.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

using namespace std::chrono_literals;

constexpr int most_tls_days = 3650;
constexpr std::size_t largest_body = 1U << 30;

template <typename Expectation, typename Compile>
void read_each(Mapping& map, std::string_view key, std::vector<Expectation>& into, Texts& texts,
               const Compile& compile) {
  const Node* node = map.find(key);
  if (node == nullptr) return;
  for_each_item(*node, [&](const Node& item) {
    read_said(item, key, texts, [&](const Node& that, Explanation explanation) {
      auto value = compile(that, key);
      into.push_back({std::move(value), std::move(explanation)});
    });
  });
}

constexpr std::array<std::pair<std::string_view, ExpectKey>, expect_key_count> expect_keys{
    {{"status", ExpectKey::status},
     {"final_url", ExpectKey::final_url},
     {"headers", ExpectKey::headers},
     {"cookies", ExpectKey::cookies},
     {"contains", ExpectKey::contains},
     {"not_contains", ExpectKey::not_contains},
     {"body_at_least", ExpectKey::body_at_least},
     {"body_at_most", ExpectKey::body_at_most},
     {"matches", ExpectKey::matches},
     {"json", ExpectKey::json},
     {"xpath", ExpectKey::xpath},
     {"max_time", ExpectKey::max_time},
     {"tls_days_left", ExpectKey::tls_days_left}}};

// What stands first in the file is judged first.
std::vector<ExpectKey> order_of(const Node& node) {
  std::vector<ExpectKey> order;
  for_each_entry(node, [&](const Node& written, const Node&) {
    for (const auto& [text, key] : expect_keys) {
      if (text == written.text) order.push_back(key);
    }
  });
  return order;
}

}  // namespace

Expect read_expect(const Node& node, Texts& texts) {
  Expect expect;
  Mapping map(node, "`expect`", texts.problems());
  expect.order = order_of(node);
  map.read("status", expect.status, statuses);
  if (const Node* headers = map.find("headers")) {
    expect.headers = read_header_expectations(*headers, texts);
  }
  const auto text = [&](const Node& that, std::string_view key) {
    if (that.is_scalar() && that.text.empty()) {
      Report(texts.problems(), key).must_be(that, "a text that is not empty");
    }
    return texts.text(that, key);
  };
  const auto pattern = [&](const Node& that, std::string_view key) {
    return texts.pattern(that, key);
  };
  read_each(map, "contains", expect.contains, texts, text);
  read_each(map, "not_contains", expect.not_contains, texts, text);
  read_each(map, "matches", expect.matches, texts, pattern);
  read_each(map, "json", expect.json, texts,
            [&](const Node& that, std::string_view key) { return texts.jq(that, key); });
  read_each(map, "xpath", expect.xpath, texts,
            [&](const Node& that, std::string_view key) { return texts.xpath(that, key); });
  map.read("max_time", expect.max_time, DurationWithin{1ms, 10min});
  read_each(map, "final_url", expect.final_url, texts, pattern);
  if (const Node* cookies = map.find("cookies"))
    expect.cookies = read_cookie_expectations(*cookies, texts);
  map.read("tls_days_left", expect.tls_days_left, WholeNumber{0, most_tls_days});
  map.read("body_at_least", expect.body_at_least, BytesWithin{0, largest_body});
  map.read("body_at_most", expect.body_at_most, BytesWithin{0, largest_body});
  if (expect.body_at_least.value_or(0) > expect.body_at_most.value_or(largest_body)) {
    texts.problems().add(node.place, "`body_at_least` is above `body_at_most`");
  }
  map.done();
  return expect;
}

}  // namespace tillwatch::config::reading

#include <set>

#include <doctest/doctest.h>

#include "daemon/record/prerequisites.h"

namespace tillwatch::tests {
namespace {

using Probes = std::vector<std::shared_ptr<const config::Probe>>;

void add(Probes& probes, const std::shared_ptr<const config::Store>& store, const std::string& name,
         std::vector<std::string> needs) {
  auto probe = std::make_shared<config::Probe>();
  probe->store = store;
  probe->name = name;
  probe->needs = std::move(needs);
  probes.push_back(probe);
}

std::string named(const Probes& probes, const std::string& probe,
                  const std::set<std::string>& failing) {
  for (const auto& one : probes) {
    if (one->name != probe) continue;
    const auto found = failing_prerequisite(probes, *one, [&](const config::Probe& other) {
      return failing.contains(other.store->name + "/" + other.name);
    });
    return found == nullptr ? "" : found->store->name + "/" + found->name;
  }
  return "no such probe";
}

}  // namespace

TEST_CASE("the failing prerequisite is the deepest one, of the same store") {
  auto store = std::make_shared<config::Store>();
  store->name = "acme";
  auto other = std::make_shared<config::Store>();
  other->name = "other";
  Probes probes;
  add(probes, other, "home", {});
  add(probes, store, "home", {});
  add(probes, store, "cart", {"home"});
  add(probes, store, "pay", {"cart", "home"});

  CHECK_EQ(named(probes, "pay", {}), "");
  CHECK_EQ(named(probes, "pay", {"other/home"}), "");
  CHECK_EQ(named(probes, "pay", {"acme/cart"}), "acme/cart");
  CHECK_EQ(named(probes, "pay", {"acme/cart", "acme/home"}), "acme/home");
  CHECK_EQ(named(probes, "pay", {"acme/home"}), "acme/home");
  CHECK_EQ(named(probes, "cart", {"acme/pay"}), "");
}

TEST_CASE("an outcome names its prerequisite after its own words") {
  config::Probe home;
  home.name = "home";
  probes::Outcome outcome;
  outcome.message = "the cart is empty";
  name_prerequisite(outcome, home);
  CHECK_EQ(outcome.message, "the cart is empty; the probe home, which this one needs, fails too");
}

}  // namespace tillwatch::tests

#include "daemon/service/status.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "daemon/surfaces/wording.h"

namespace tillwatch::service {
namespace {

constexpr std::size_t most_bytes = 240;

std::string counted(std::size_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

auto weight(const StoreNumber& store) {
  return std::make_tuple(store.state == State::broken, store.minutes.broken, store.minutes.unknown);
}

// The counting break of the store that has lasted longest; null where none lasts.
const Break* first_open(const std::vector<Break>& open, const std::string& store) {
  const Break* first = nullptr;
  for (const Break& one : open) {
    if (one.store != store || !one.counts || one.ended_at) continue;
    if (first == nullptr || one.started_at < first->started_at) first = &one;
  }
  return first;
}

std::string since(UtcTime begin, UtcTime now) {
  using std::chrono::days;
  using std::chrono::floor;
  const bool today = floor<days>(begin) == floor<days>(now);
  return (today ? wording::clock(begin) : wording::date(begin, now)) + " UTC";
}

std::string of_store(const StoreNumber& store, const std::vector<Break>& open, UtcTime now) {
  std::string text = store.store + ": " + wording::hours(store.hours()) + " h of " +
                     wording::hours(budget_hours) + " h";
  if (store.state == State::broken) {
    if (const Break* one = first_open(open, store.store)) {
      text += ", " + std::string(name(one->area)) + " broken since " + since(one->started_at, now);
    }
  } else if (store.state != State::ok) {
    text += ", now " + std::string(name(store.state));
  }
  return text;
}

}  // namespace

std::string status_line(const std::vector<StoreNumber>& stores, const std::vector<Break>& open,
                        std::size_t probes, UtcTime now) {
  if (stores.empty()) return "no store is configured yet";
  const auto worst = std::max_element(
      stores.begin(), stores.end(),
      [](const StoreNumber& a, const StoreNumber& b) { return weight(a) < weight(b); });
  const auto broken = static_cast<std::size_t>(std::count_if(
      stores.begin(), stores.end(), [](const auto& one) { return one.state == State::broken; }));
  std::string tail = "; " + counted(stores.size(), "store");
  if (broken > 1) tail += ", " + std::to_string(broken) + " of them broken";
  tail += ", " + counted(probes, "probe");
  std::string text = of_store(*worst, open, now);
  text.resize(std::min(text.size(), most_bytes - tail.size()));
  return text + tail;
}

boost::asio::awaitable<std::string> status_line(Queries& queries, std::size_t probes) {
  const UtcTime now = queries.now();
  BreakFilter lasting;
  lasting.from = now;
  const std::vector<StoreNumber> stores = co_await queries.numbers();
  const std::vector<Break> open = co_await queries.breaks(lasting);
  co_return status_line(stores, open, probes, now);
}

}  // namespace tillwatch::service

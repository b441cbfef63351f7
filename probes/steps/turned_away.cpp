#include "probes/steps/turned_away.h"

#include "config/expressions/pattern.h"
#include "probes/steps/classify.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

std::string retry_after_of(const Response& response) {
  const std::string* after = response.header("retry-after");
  return after ? ", Retry-After: " + one_line(*after, 40) : std::string();
}

constexpr std::size_t largest_page = 128U << 10;  // of a wall: they are small

// Whether the headers alone tell.
bool looks_at_page(const config::Rule& mark) { return mark.body || mark.xpath || mark.title; }

std::optional<Finding> wall_of(const config::Walls& walls, Answer& answer,
                               const Variables& variables) {
  const bool is_large = answer.body().size() > largest_page;
  const bool may_be_page =
      !is_large && (!walls.pages || walls.pages->found_in_utf8(answer.body(), variables.lookup()));
  for (const config::Wall& wall : walls.list) {
    for (const config::WallMark& mark : wall.marks) {
      if (is_large && looks_at_page(mark.when)) continue;
      if (!may_be_page && config::is_of_page_alone(mark.when)) continue;
      if (!holds(mark.when, answer, nullptr, variables)) continue;
      return Finding(Reason::blocked, wall.title + " answered in the store's place (" + mark.seen +
                                          ", status " + std::to_string(answer.status()) + ")");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Finding> turned_away(const config::Store& store, Answer& answer,
                                   const Variables& variables) {
  if (answer.status() == 0) return std::nullopt;
  if (store.walls) {
    if (std::optional<Finding> wall = wall_of(*store.walls, answer, variables)) return wall;
  }
  // 430 is Shopify's "Security Rejection".
  if (answer.status() == 429 || answer.status() == 430) {
    return Finding(Reason::throttled, "the store limits our rate: status " +
                                          std::to_string(answer.status()) +
                                          retry_after_of(answer.response()));
  }
  return std::nullopt;
}

}  // namespace tillwatch::probes

#include "config/walls.h"

#include <utility>

#include "config/expressions/jq.h"
#include "config/expressions/pattern.h"

namespace tillwatch::config {

bool is_of_page_alone(const Rule& mark) {
  return mark.body && mark.status.empty() && mark.headers.empty() && mark.cookies.empty();
}

Walls walls_of(std::vector<Wall> list) {
  std::string any;
  for (const Wall& wall : list) {
    for (const WallMark& mark : wall.marks) {
      if (!is_of_page_alone(mark.when)) continue;
      any += (any.empty() ? "(?:" : "|(?:") + mark.when.body->text() + ")";
    }
  }
  Walls walls;
  walls.list = std::move(list);
  try {
    if (!any.empty()) walls.pages = Pattern::compile(any);
  } catch (const ExpressionError&) {
    // Each is fine, but all together are too large for one: they are looked for one by one.
  }
  return walls;
}

}  // namespace tillwatch::config

#include "config/nearest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace tillwatch::config::reading {
namespace {

constexpr std::size_t longest_word = 64;
constexpr std::size_t most_listed = 12;

// Optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.empty() || word.size() > longest_word) return {};
  std::size_t best = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  std::string_view found;
  for (const std::string_view candidate : known) {
    if (candidate.size() > longest_word) continue;
    const std::size_t edits = distance(word, candidate);
    if (edits < best) {
      best = edits;
      found = candidate;
    }
  }
  return found;
}

std::string hint(std::string_view word, const std::vector<std::string_view>& known) {
  if (const auto near = nearest(word, known); !near.empty()) {
    return " (did you mean `" + std::string(near) + "`?)";
  }
  if (known.empty() || known.size() > most_listed) return {};
  std::string text = " (known: ";
  for (std::size_t i = 0; i < known.size(); ++i) {
    text += (i > 0 ? ", `" : "`") + std::string(known[i]) + "`";
  }
  return text + ")";
}

}  // namespace tillwatch::config::reading

#include <algorithm>
#include <iterator>
#include <map>

#include "probes/page/fingerprint.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_named = 10;  // assets of one difference

std::string name_of(const std::string& text) { return text; }
std::string name_of(const Fingerprint::Tag& tag) { return tag.kind + " " + tag.id; }

// A list as long as this may have lost what stands behind its last, so nothing can be said of it.
template <typename Value>
struct Lists {
  std::vector<Value> vanished;
  std::vector<Value> appeared;
};
template <typename Value>
Lists<Value> compared(const std::vector<Value>& before, const std::vector<Value>& after,
                      std::size_t most) {
  Lists<Value> lists;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(lists.vanished));
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(lists.appeared));
  const auto cut = [&](std::vector<Value>& list, const std::vector<Value>& other) {
    if (other.size() < most) return;
    std::erase_if(list, [&](const Value& one) { return other.back() < one; });
  };
  cut(lists.vanished, after);
  cut(lists.appeared, before);
  return lists;
}

// What stays the same of an asset when only its version changes: without query, numbers and hashes.
std::string stem_of(const std::string& asset) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  std::string stem;
  const std::string path = asset.substr(0, asset.find('?'));
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = at;
    bool number = false;
    while (end < path.size() && is_hex(path[end])) number = path[end++] <= '9' || number;
    if (number) {
      stem += '#';
    } else {
      stem.append(path, at, end - at);
    }
    if (end < path.size()) stem += path[end++];
    at = end;
  }
  return stem;
}

class Differences {
 public:
  void value(std::string_view kind, const std::string& name, const std::string& before,
             const std::string& after) {
    if (before == after) return;
    if (before.empty()) {
      add(kind, name + " " + after + " appeared");
    } else if (after.empty()) {
      add(kind, name + " " + before + " vanished");
    } else {
      add(kind, name + " " + before + " -> " + after);
    }
  }

  template <typename Value>
  void list(std::string_view kind, const std::string& name, const Lists<Value>& lists) {
    for (const Value& one : lists.vanished) add(kind, name + name_of(one) + " vanished");
    for (const Value& one : lists.appeared) add(kind, name + name_of(one) + " appeared");
  }

  void assets(const Lists<std::string>& lists) {
    std::multimap<std::string, std::string> gone;
    for (const std::string& asset : lists.vanished) gone.emplace(stem_of(asset), asset);
    std::vector<std::string> words;
    for (const std::string& asset : lists.appeared) {
      const auto old = gone.find(stem_of(asset));
      if (old == gone.end()) {
        words.push_back("asset " + asset + " appeared");
        continue;
      }
      words.push_back("asset " + old->second + " -> " + asset);
      gone.erase(old);
    }
    for (const auto& [stem, asset] : gone) words.push_back("asset " + asset + " vanished");
    const std::size_t more = words.size() - std::min(words.size(), most_named);
    words.resize(words.size() - more);
    for (std::string& one : words) add("asset", std::move(one));
    if (more > 0) {
      add("asset", "and " + std::to_string(more) + (more == 1 ? " more asset" : " more assets"));
    }
  }

  std::vector<Difference> take() { return std::move(all_); }

 private:
  void add(std::string_view kind, std::string words) { all_.push_back({kind, std::move(words)}); }
  std::vector<Difference> all_;
};

std::string theme_of(const Fingerprint& print) {
  if (print.theme_name.empty()) return print.theme;
  if (print.theme.empty()) return print.theme_name;
  return print.theme + " (" + print.theme_name + ")";
}

}  // namespace

std::vector<Difference> differences(const Fingerprint& before, const Fingerprint& after) {
  Differences found;
  found.value("theme", "theme", theme_of(before), theme_of(after));
  found.list("generator", "generator ",
             compared(before.generators, after.generators, Fingerprint::most_generators));
  found.list("script_host", "script host ",
             compared(before.script_hosts, after.script_hosts, Fingerprint::most_hosts));
  found.list("tag", "", compared(before.tags, after.tags, Fingerprint::most_tags));
  found.assets(compared(before.assets, after.assets, Fingerprint::most_assets));
  found.value("price", "price", before.price, after.price);
  return found.take();
}

}  // namespace tillwatch::probes

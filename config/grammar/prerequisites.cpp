#include "config/grammar/prerequisites.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "config/kinds.h"
#include "config/nearest.h"
#include "config/yaml/mapping.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
void Prerequisites::list(const Node& node, const Probe* probe) {
  const Node* name = node.value("name");
  std::string own = probe != nullptr ? probe->name : name != nullptr ? name->text : std::string();
  if (own.empty()) return;
  std::vector<std::string> needs = probe != nullptr ? probe->needs : std::vector<std::string>();
  const bool is_new = probes_.emplace(own, Listed{std::move(needs), node.value("needs")}).second;
  if (!is_new) {
    problems_.add(name->place, "there is already a probe `" + own + "` in this store");
  }
}

void Prerequisites::check_names() const {
  std::vector<std::string_view> known;
  for (const auto& [name, probe] : probes_) known.push_back(name);
  for (const auto& [name, probe] : probes_) {
    if (probe.node == nullptr) continue;
    for_each_item(*probe.node, [&, &own = name](const Node& item) {
      if (!item.is_scalar() || item.text.empty() || item.secret) return;
      if (item.text == own) {
        problems_.add(item.place, "the probe `" + own + "` needs itself");
      } else if (!probes_.contains(item.text)) {
        problems_.add(item.place, "`needs` names no probe of this store: " + shown(item) +
                                      hint(item.text, known));
      }
    });
  }
}

// Depth-first; a circle is reported once, at the probe that closes it.
class Prerequisites::CircleFinder {
 public:
  CircleFinder(const Listing& probes, Problems& problems) : probes_(probes), problems_(problems) {}

  void visit(const std::string& name) {
    if (done_[name]) return;
    const auto begin = std::find(path_.begin(), path_.end(), name);
    if (begin != path_.end()) return report(begin);
    const auto found = probes_.find(name);
    if (found == probes_.end()) return;
    path_.push_back(name);
    for (const std::string& need : found->second.needs) {
      if (need != name) visit(need);
    }
    path_.pop_back();
    done_[name] = true;
  }

 private:
  void report(std::vector<std::string>::iterator begin) {
    std::string circle;
    for (auto it = begin; it != path_.end(); ++it) circle += *it + " -> ";
    problems_.add(probes_.find(path_.back())->second.node->place,
                  "`needs` goes in a circle: " + circle + *begin);
  }

  const Listing& probes_;
  Problems& problems_;
  std::vector<std::string> path_;
  std::map<std::string, bool> done_;
};

void Prerequisites::check() {
  check_names();
  CircleFinder finder(probes_, problems_);
  for (const auto& [name, probe] : probes_) finder.visit(name);
}

bool Prerequisites::leads_to(const std::string& from, const std::string& to) const {
  std::set<std::string> seen;
  std::vector<std::string> open{from};
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    if (name == to) return true;
    const auto found = probes_.find(name);
    if (found == probes_.end() || !seen.insert(name).second) continue;
    open.insert(open.end(), found->second.needs.begin(), found->second.needs.end());
  }
  return false;
}

// The usual ones go from a later type to an earlier one, so that they make no circle by themselves.
void Prerequisites::complete(std::vector<Probe>& probes) const {
  for (Probe& probe : probes) {
    const auto listed = probes_.find(probe.name);
    if (listed == probes_.end() || listed->second.node != nullptr) continue;
    for (const ProbeType type : kind_of(probe.type).needs) {
      for (const Probe& other : probes) {
        if (other.type == type && !leads_to(other.name, probe.name)) {
          probe.needs.push_back(other.name);
        }
      }
      if (!probe.needs.empty()) break;
    }
  }
}

}  // namespace tillwatch::config::reading

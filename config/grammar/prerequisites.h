#pragma once

// `needs`: which probes of a store explain that another one fails.

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/yaml/document.h"
#include "config/yaml/problems.h"

namespace tillwatch::config::reading {

class Prerequisites {
 public:
  explicit Prerequisites(Problems& problems) : problems_(problems) {}

  // Each probe of the store in turn; null where it could not be read whole. Reports a name that is
  // already taken.
  void list(const Node& node, const Probe* probe);
  // Reports names that no probe has, and circles.
  void check();
  // Gives those without a `needs` of their own the usual ones of their type: a cart needs the
  // storefront, a checkout the cart, a beacon the storefront.
  void complete(std::vector<Probe>& probes) const;

 private:
  struct Listed {
    std::vector<std::string> needs;
    const Node* node;  // of `needs`; may be null
  };
  using Listing = std::map<std::string, Listed, std::less<>>;
  class CircleFinder;

  void check_names() const;
  bool leads_to(const std::string& from, const std::string& to) const;

  Problems& problems_;
  Listing probes_;
};

}  // namespace tillwatch::config::reading

#include "probes/transport.h"

#include <algorithm>

namespace tillwatch::probes {

const std::string* Response::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& one) { return one.first == name; });
  return found == headers.end() ? nullptr : &found->second;
}

std::shared_ptr<Mailbox> Transport::open_mailbox(const std::shared_ptr<const config::EmailFlow>&,
                                                 SteadyTime) {
  return nullptr;
}

}  // namespace tillwatch::probes

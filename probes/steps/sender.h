#pragma once

// Who sends a request: a run of a probe, as a synthetic customer, or whoever else fills one in.

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "probes/network/local_network.h"
#include "probes/transport.h"

namespace tillwatch::probes {

// All that is pointed to outlives the sending.
struct Sender {
  Sender(std::shared_ptr<const config::Store> to, config::Duration patience)
      : site(std::move(to)), timeout(patience) {}

  std::shared_ptr<const config::Store> site;  // limits, TLS, walls
  config::Duration timeout;                   // of all requests together
  // Headers: these marks first, then the others; the step's own come last, and the later one wins.
  std::vector<std::pair<std::string, std::string>> marks;
  std::vector<const std::vector<config::Header>*> headers;
  std::vector<const std::vector<config::Rule>*> rules;  // after the step's own
  // Asked where nothing was reached; null: then it is nobody's fault but the other side's.
  LocalNetwork* network = nullptr;
  std::function<void(Request&)> finish;  // has the last word on each request; may be empty
};

// A run of `probe`. Its rules are left out.
Sender synthetic_customer(const config::Probe& probe, std::string_view run_id,
                          LocalNetwork& network);

}  // namespace tillwatch::probes

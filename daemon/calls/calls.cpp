#include "daemon/calls/calls.h"

#include <utility>

#include "probes/calls.h"
#include "probes/kinds.h"

namespace tillwatch {

void Calls::configure(std::shared_ptr<const config::Config> config) {
  config_ = std::move(config);
  hooks_.configure(*config_);
  for (const std::string& address : hooks_.ambiguous()) {
    log_.warn(
        "several stores have this address, so none of them is called at it; put the "
        "store's name and a dot before the probe's",
        {{"address", "/hooks/" + address}});
  }
}

HookAnswer Calls::call(const HookCall& call) {
  HookAnswer answer;
  if (stopped_ || !config_) {
    answer.status = 503;
    answer.text = "tillwatch is stopping";
    return answer;
  }
  time_.poll();
  const auto found = hooks_.find(call.path);
  if (!found) return answer;
  const std::string name = full_name(*found->probe);
  const ProbeMemories::Entry& heard_by = *memories_.find(name);
  const config::Probe& probe = *heard_by.probe;
  const bool looks_at_once = probes::kind_of(probe).is_looked_at_at_once();
  // What fell due before the call comes before it.
  if (looks_at_once && runner_.look_is_due(name)) runner_.look(name);

  probes::Call heard;
  heard.rest = found->rest;
  heard.query = call.query;
  heard.body = call.body;
  heard.id = call.id;
  heard.at = time_.now().utc;
  heard.listening_since = heard_by.listening_since;
  probes::CallAnswer said = probes::take_call(probe, *heard_by.memory, heard, *config_->redactor);
  answer.status = said.status;
  answer.text = std::move(said.text);
  if (heard_by.memory->changed) memories_.save_soon(name);
  if (said.run_at_once && looks_at_once) {
    runner_.look(name);
  } else if (said.run_at_once) {
    // The run may have to wait its turn, and what it says may be about now.
    recorder_.expect_result(probe);
    runner_.run_now(name);
  }
  recorder_.write_if_urgent();
  runner_.dispatch_if_due();
  return answer;
}

}  // namespace tillwatch

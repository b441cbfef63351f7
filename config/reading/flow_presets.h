#pragma once

// The files of config/flows (how a marketing tool's flow is triggered) and config/mailboxes (how a
// mailbox behind an HTTP API is searched). They are data of one form: values that the probe gives,
// and steps.

#include <string>
#include <string_view>
#include <vector>

#include "config/reading/platform.h"

namespace tillwatch::config {

struct BuiltinPreset {
  std::string_view name;
  std::string_view text;
};
const std::vector<BuiltinPreset>& builtin_flows();
const std::vector<BuiltinPreset>& builtin_mailboxes();

namespace reading {

struct FlowPreset {
  std::vector<PlatformVariable> values;
  ReadPlan steps;   // the trigger, or a mailbox's search
  ReadPlan remove;  // of a mailbox; its plan may be null
};

FlowPreset read_flow(const BuiltinPreset& builtin, Problems& problems);
FlowPreset read_mailbox(const BuiltinPreset& builtin, Problems& problems);

}  // namespace reading
}  // namespace tillwatch::config

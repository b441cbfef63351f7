#pragma once

// Reads `receivers:` and `alerts:`, and the files of config/data/receivers that say what a kind of
// receiver is sent.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/alerting.h"
#include "config/config.h"
#include "config/grammar/plans.h"
#include "config/presets/library.h"
#include "config/presets/presets.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// A file of config/data/receivers.
struct ReceiverKind {
  std::string name;
  bool is_signed = false;
  Duration spacing{0};
  std::optional<Duration> resend;
  std::shared_ptr<const Jq> retry_after;
  std::vector<Setting> settings;
  std::map<Severity, boost::json::object> by_severity;
  boost::json::object when_over;
  ReadPlan send;
  ReadPlan resolve;  // its plan is null where it is sent as the others are
};

// What `{{ name }}` may say in a receiver's file, beside its settings.
const std::vector<std::string_view>& message_names();

class ReceiverKinds {
 public:
  // `folder` is that of the platforms; the files of its folder `receivers` are read.
  ReceiverKinds(const std::filesystem::path& folder, Problems& problems);

  Library<ReceiverKind> kinds;
};

Alerting read_alerting(const Node& node, Problems& problems);
// Adds the receivers to the configuration, whose stores are known.
void read_receivers(const Node& node, ReceiverKinds& kinds, Config& config, Problems& problems);

}  // namespace tillwatch::config::reading

#include "daemon/schedule/memories.h"

#include <utility>

#include <boost/json/parse.hpp>

#include "config/kinds/email_flow.h"
#include "config/kinds/heartbeat.h"
#include "probes/calls.h"

namespace tillwatch {
namespace {

// What cannot be read is forgotten: it is a help, not the record.
std::shared_ptr<probes::Memory> remembered(const std::string& stored) {
  auto memory = std::make_shared<probes::Memory>();
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(stored, error);
  if (!error && value.is_object()) memory->values = value.get_object();
  return memory;
}

// Whether it is of the same kind, and called at the same address.
bool same_calls(const config::Probe& before, const config::Probe& now) {
  if (before.type != now.type) return false;
  if (now.email_flow) return before.email_flow->hook_secret == now.email_flow->hook_secret;
  return now.heartbeat == nullptr || before.heartbeat->ping == now.heartbeat->ping;
}

}  // namespace

void ProbeMemories::configure(const config::Config& config, UtcTime now, const Stored& stored) {
  std::unordered_map<std::string, Entry> before = std::exchange(entries_, {});
  for (const auto& probe : config.probes) {
    const std::string name = full_name(*probe);
    Entry& entry = entries_[name];
    const auto known = before.find(name);
    if (known == before.end()) {
      entry.memory = remembered(stored(*probe));
      entry.listening_since = now;
      if (set_before_.count() != 0) probes::clock_was_set(*probe, *entry.memory, set_before_);
    } else {
      entry = std::move(known->second);
      if (!same_calls(*entry.probe, *probe)) entry.listening_since = now;
    }
    entry.probe = probe;
  }
  set_before_ = {};
  configured_ = true;
}

ProbeMemories::Entry* ProbeMemories::find(const std::string& full_name) {
  const auto found = entries_.find(full_name);
  return found == entries_.end() ? nullptr : &found->second;
}

void ProbeMemories::clock_was_set(std::chrono::milliseconds forward) {
  if (!configured_) set_before_ += forward;
  for (auto& [name, entry] : entries_) {
    probes::clock_was_set(*entry.probe, *entry.memory, forward);
    entry.listening_since += forward;
    if (entry.memory->changed) save_soon(name);
  }
}

std::vector<ProbeMemories::Entry*> ProbeMemories::take_to_save() {
  std::vector<Entry*> list;
  for (const std::string& name : std::exchange(to_save_, {})) {
    if (Entry* entry = find(name)) list.push_back(entry);
  }
  return list;
}

}  // namespace tillwatch

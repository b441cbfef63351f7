// Reads the files of config/data/receivers.

#include "config/grammar/headers.h"
#include "config/grammar/receivers.h"
#include "config/grammar/rules.h"
#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

using namespace std::chrono_literals;

// `priority: {critical: P1, warning: P3, info: P5, over: P5}`
void read_by_severity(const Node& node, ReceiverKind& kind, Problems& problems) {
  Mapping shape(node, "`by_severity`", problems);
  for_each_entry(node, [&](const Node& key, const Node& value) {
    Mapping map(value, "a value by severity", problems);
    for (const Severity one : all_severities) {
      const Node* given = map.require(name(one));
      if (given != nullptr) kind.by_severity[one][key.text] = typed(*given);
    }
    if (const Node* given = map.find("over")) kind.when_over[key.text] = typed(*given);
    map.done();
  });
}

Names names_of(const ReceiverKind& kind) {
  Names names;
  for (const std::string_view name : message_names()) names.add(std::string(name));
  for (const Setting& setting : kind.settings) names.add(setting.name);
  if (!kind.by_severity.empty()) {
    for (const auto& value : kind.by_severity.begin()->second) names.add(value.key());
  }
  return names;
}

// One request: a second one would be sent again when the first has arrived and it has not.
ReadPlan read_message(const Node& node, const PlanBase& base, const Names& names,
                      Problems& problems) {
  ReadPlan plan = read_plan(node, nullptr, base, problems);
  if (plan.plan && plan.plan->steps.size() > 1) {
    problems.add(node.place, "a message is one request, not several");
  }
  check_uses(plan.uses, names, plan.captures, problems);
  return plan;
}

ReceiverKind read_kind(std::string_view text, const std::string* file, const std::string& stem,
                       Problems& problems) {
  ReceiverKind kind;
  const std::size_t before = problems.count();
  Document document(text, file, problems);
  if (document.root() == nullptr) {
    if (problems.count() == before) problems.add({file}, "the file is empty");
    return kind;
  }
  Mapping map(*document.root(), "a receiver file", problems);
  read_name(map, "receiver", stem, kind.name);
  map.read("signed", kind.is_signed, yes_or_no);
  map.read("spacing", kind.spacing, DurationWithin{0ms, 1min});
  Duration resend{};
  if (map.read("resend", resend, DurationWithin{1s, 1h})) kind.resend = resend;
  if (const Node* node = map.find("settings")) kind.settings = read_declared(*node, problems);
  if (const Node* node = map.find("by_severity")) read_by_severity(*node, kind, problems);
  Texts texts(problems);
  if (const Node* node = map.find("retry_after")) kind.retry_after = texts.jq(*node, "retry_after");
  PlanBase base;
  if (const Node* node = map.find("headers")) base.headers = read_headers(*node, texts);
  if (const Node* node = map.find("classify")) base.rules = read_rules(*node, texts);
  base.uses = texts.uses();
  const Names names = names_of(kind);
  const Node* send = map.require("send", "the request that an alert is");
  const Node* resolve = map.find("resolve");
  map.done();
  if (send == nullptr) return kind;
  kind.send = read_message(*send, base, names, problems);
  if (resolve != nullptr) kind.resolve = read_message(*resolve, base, names, problems);
  return kind;
}

}  // namespace

const std::vector<std::string_view>& message_names() {
  static const std::vector<std::string_view> names{
      "alert",       "annotations", "area",          "details",        "ends_at", "event",
      "id",          "kind",        "labels",        "link",           "owner",   "sequence",
      "source",      "severity",    "started_at",    "status",         "text",    "title",
      "short_title", "store",       "escaped_title", "escaped_details"};
  return names;
}

ReceiverKinds::ReceiverKinds(const std::filesystem::path& folder, Problems& problems)
    : kinds("receivers", builtin_receivers(), read_kind, problems) {
  std::error_code error;
  if (!folder.empty() && std::filesystem::is_directory(folder / "receivers", error)) {
    kinds.read_folder(folder / "receivers");
  }
}

}  // namespace tillwatch::config::reading

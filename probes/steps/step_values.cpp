#include "probes/steps/step_values.h"

#include <algorithm>

#include "config/template.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_worked_out = 4096;  // bytes of one value

config::JsonDocument answer_before(int status) {
  boost::json::object facts;
  facts["status"] = status == 0 ? boost::json::value() : boost::json::value(status);
  return config::JsonDocument(boost::json::value(std::move(facts)));
}

Finding comes_to_nothing(const config::Capture& let, const std::string& why) {
  return Finding(Reason::captured_nothing, "no value for \"" + let.name + "\" from " +
                                               in_quotes(let.json->text(), 120) + why);
}

// What the store gave stays the store's, also in a value that is made of it.
bool is_of_the_store(const config::Jq& from, const Variables& variables) {
  if (from.text().find("captured") != std::string::npos) return true;
  return std::ranges::any_of(from.names(),
                             [&](const std::string& name) { return variables.is_captured(name); });
}

const config::Capture* condition_of(const config::Step& step) {
  const auto found = std::ranges::find_if(
      step.captures, [](const config::Capture& one) { return one.key == "if" && one.json; });
  return found == step.captures.end() ? nullptr : &*found;
}

}  // namespace

bool is_before_request(const config::Capture& capture) {
  return capture.from == config::Capture::From::json && !capture.key.empty();
}

bool is_conditional(const config::Step& step) { return condition_of(step) != nullptr; }

bool is_wanted(const config::Step& step, int status, const Variables& variables,
               std::optional<Finding>& trouble) {
  const config::Capture* condition = condition_of(step);
  if (condition == nullptr) return true;
  std::string error;
  const bool wanted = condition->json->holds(answer_before(status), variables.document(), error);
  if (!error.empty()) {
    trouble = Finding(Reason::captured_nothing,
                      in_quotes(condition->json->text(), 120) + " cannot be told: " + error);
  }
  return wanted;
}

std::optional<Finding> work_out(const config::Step& step, int status, Variables& variables,
                                boost::json::object& own, int number) {
  for (const config::Capture& let : step.captures) {
    if (!is_before_request(let) || let.name.empty()) continue;
    config::Jq::Result result = let.json->run(answer_before(status), variables.document());
    if (!result.error.empty()) return comes_to_nothing(let, ": " + result.error);
    if (!result.value) return comes_to_nothing(let, "");
    if (config::plain_text(*result.value).size() > most_worked_out) {
      return comes_to_nothing(let, ": it has more than 4 KiB");
    }
    if (is_of_the_store(*let.json, variables)) {
      variables.capture(let.name, std::move(*result.value));
    } else {
      own.insert_or_assign(let.name, std::move(*result.value));
      variables.begin_step(number);  // what jq sees of it is made anew
    }
  }
  return std::nullopt;
}

}  // namespace tillwatch::probes

#include "probes/steps/step_values.h"

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

Finding comes_to_nothing(const config::Let& let, const std::string& why) {
  return Finding(Reason::captured_nothing, "no value for \"" + let.name + "\" from " +
                                               in_quotes(let.value->text(), 120) + why);
}

// What the store gave stays the store's, also in a value that is made of it.
bool is_of_the_store(const config::Jq& from) {
  return from.text().find("captured") != std::string::npos;
}

}  // namespace

bool is_wanted(const config::Step& step, int status, const Variables& variables,
               std::optional<Finding>& trouble) {
  if (!step.condition) return true;
  std::string error;
  const bool wanted = step.condition->holds(answer_before(status), variables.document(), error);
  if (!error.empty()) {
    trouble = Finding(Reason::captured_nothing,
                      in_quotes(step.condition->text(), 120) + " cannot be told: " + error);
  }
  return wanted;
}

std::optional<Finding> work_out(const config::Step& step, int status, Variables& variables,
                                boost::json::object& own, int number) {
  for (const config::Let& let : step.lets) {
    config::Jq::Result result = let.value->run(answer_before(status), variables.document());
    if (!result.error.empty()) return comes_to_nothing(let, ": " + result.error);
    if (!result.value) return comes_to_nothing(let, "");
    if (config::plain_text(*result.value).size() > most_worked_out) {
      return comes_to_nothing(let, ": it has more than 4 KiB");
    }
    if (is_of_the_store(*let.value)) {
      variables.capture(let.name, std::move(*result.value));
    } else {
      own.insert_or_assign(let.name, std::move(*result.value));
      variables.begin_step(number);  // what jq sees of it is made anew
    }
  }
  return std::nullopt;
}

}  // namespace tillwatch::probes

#include "probes/finding.h"

#include "probes/text.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t max_quote = 300;

// Empty where the body holds no such words.
std::string quote_of(const config::Jq& quote, Answer& answer, const Variables& variables) {
  const config::JsonDocument* body = answer.json_if_likely();
  if (!body) return {};
  const config::Jq::Result words = quote.run(*body, variables.document());
  return words.value ? one_line(config::plain_text(*words.value), max_quote) : std::string();
}

}  // namespace

Finding::Finding(Reason why, std::string words)
    : verdict(why >= Reason::blocked ? Verdict::unknown : Verdict::fail),
      reason(why),
      message(std::move(words)) {}

Finding spoken(const config::Saying& saying, Reason reason, std::string message, Answer& answer,
               const Variables& variables) {
  if (!saying.message.empty()) message = saying.message.render(variables.lookup());
  if (saying.quote) {
    const std::string quote = quote_of(*saying.quote, answer, variables);
    if (quote.empty()) return Finding(saying.reason.value_or(reason), std::move(message));
    message = saying.message.empty() ? quote : message + ": " + quote;
  }
  return Finding(saying.reason.value_or(reason), std::move(message));
}

}  // namespace tillwatch::probes

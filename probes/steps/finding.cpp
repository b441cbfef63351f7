#include "probes/steps/finding.h"

#include "probes/text/plain_words.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t max_quote = 300;

std::optional<std::string> words_found(const config::Quote& quote, Answer& answer,
                                       const Variables& variables) {
  if (quote.xpath) {
    const config::HtmlDocument* page = answer.html_if_likely();
    return page ? quote.xpath->text_of(*page, variables.lookup()) : std::nullopt;
  }
  if (quote.pattern) return quote.pattern->capture(answer.body(), variables.lookup());
  const config::JsonDocument* body = answer.json_if_likely();
  if (!body) return std::nullopt;
  const config::Jq::Result found = quote.json->run(*body, variables.document());
  if (!found.value) return std::nullopt;
  return config::plain_text(*found.value);
}

// Empty where the answer holds no such words.
std::string quote_of(const config::Quote& quote, Answer& answer, const Variables& variables) {
  if (!quote) return {};
  const std::optional<std::string> words = words_found(quote, answer, variables);
  return words ? one_line(plain_words(*words), max_quote) : std::string();
}

}  // namespace

Finding::Finding(Reason why, std::string words)
    : verdict(why >= Reason::blocked ? Verdict::unknown : Verdict::fail),
      reason(why),
      message(std::move(words)) {}

Finding internal_error(const std::exception& error) {
  return Finding(Reason::internal, std::string("an error of the monitor itself: ") + error.what());
}

Finding spoken(const config::Explanation& explanation, Reason reason, std::string message,
               Answer& answer, const Variables& variables) {
  if (!explanation.message.empty()) message = explanation.message.render(variables.lookup());
  const std::string quote = quote_of(explanation.quote, answer, variables);
  if (!quote.empty()) message = explanation.message.empty() ? quote : message + ": " + quote;
  return Finding(explanation.reason.value_or(reason), std::move(message));
}

}  // namespace tillwatch::probes

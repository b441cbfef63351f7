#include "probes/steps/captures.h"

#include "config/ascii.h"
#include "config/utf8.h"
#include "probes/steps/form.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

using config::Capture;

constexpr std::size_t max_bytes = 4096;      // of one captured value
constexpr std::size_t max_form = 64U << 10;  // of a captured form

std::string source_of(const Capture& capture) {
  switch (capture.from) {
    case Capture::From::json:
      return in_quotes(capture.json->text(), 120);
    case Capture::From::xpath:
    case Capture::From::form:
      return in_quotes(capture.xpath->text(), 120);
    case Capture::From::pattern:
      return in_quotes(capture.pattern->text(), 120);
    case Capture::From::header:
      return "the header " + capture.key;
    case Capture::From::cookie:
      return "the cookie " + capture.key;
  }
  return {};
}

Finding nothing(const Capture& capture, const std::string& why) {
  return Finding(Reason::captured_nothing,
                 "no value for \"" + capture.name + "\" from " + source_of(capture) + why);
}

// Nothing was found: the default, or the end of the step.
std::optional<Finding> absent(const Capture& capture, const std::string& why,
                              Variables& variables) {
  if (!capture.otherwise) return nothing(capture, why);
  variables.capture(capture.name, *capture.otherwise, capture.otherwise_written);
  return std::nullopt;
}

std::optional<std::string> text_of(const Capture& capture, Answer& answer, Session& session,
                                   const Variables& variables) {
  switch (capture.from) {
    case Capture::From::xpath: {
      const config::HtmlDocument* page = answer.html();
      return page ? capture.xpath->text_of(*page, variables.lookup()) : std::nullopt;
    }
    case Capture::From::pattern:
      return capture.pattern->capture(answer.body(), variables.lookup());
    case Capture::From::header: {
      const std::string* value = answer.response().header(lower(capture.key));
      return value ? std::optional<std::string>(*value) : std::nullopt;
    }
    default:
      return session.cookie(capture.key, answer.url());
  }
}

std::optional<Finding> take_json(const Capture& capture, Answer& answer, Variables& variables) {
  const config::JsonDocument* body = answer.json();
  if (!body) {
    return Finding(Reason::json, "no value for \"" + capture.name + "\": " + answer.json_error());
  }
  config::Jq::Result result = capture.json->run(*body, variables.document());
  if (!result.error.empty()) return nothing(capture, ": " + result.error);
  if (!result.value || result.value->is_null()) return absent(capture, "", variables);
  const std::size_t size = config::plain_text(*result.value).size();
  if (size == 0) return absent(capture, ": it is empty", variables);
  if (size > max_bytes) return nothing(capture, ": it has more than 4 KiB");
  variables.capture(capture.name, std::move(*result.value));
  variables.note_page(capture.name, answer.url());
  return std::nullopt;
}

std::optional<Finding> take_text(const Capture& capture, Answer& answer, Session& session,
                                 Variables& variables) {
  const std::optional<std::string> text = text_of(capture, answer, session, variables);
  if (!text) return absent(capture, "", variables);
  if (text->empty()) return absent(capture, ": it is empty", variables);
  if (text->size() > max_bytes) return nothing(capture, ": it has more than 4 KiB");
  variables.capture(capture.name, boost::json::string(config::to_utf8(*text)));
  variables.note_page(capture.name, answer.url());
  return std::nullopt;
}

std::optional<Finding> take_form(const Capture& capture, Answer& answer, Variables& variables) {
  const config::HtmlDocument* page = answer.html_if_likely();
  const auto fields = page ? capture.xpath->form_of(*page, variables.lookup()) : std::nullopt;
  if (!fields) return nothing(capture, ": there is no such form");
  boost::json::value kept = kept_form(*fields);
  if (config::plain_text(kept).size() > max_form) {
    return nothing(capture, ": it has more than 64 KiB");
  }
  variables.capture(capture.name, std::move(kept));
  return std::nullopt;
}

std::optional<Finding> take(const Capture& capture, Answer& answer, Session& session,
                            Variables& variables) {
  if (capture.from == Capture::From::json) return take_json(capture, answer, variables);
  if (capture.from == Capture::From::form) return take_form(capture, answer, variables);
  return take_text(capture, answer, session, variables);
}

}  // namespace

std::optional<Finding> take_captures(const std::vector<Capture>& captures, Answer& answer,
                                     Session& session, Variables& variables) {
  for (const Capture& capture : captures) {
    if (std::optional<Finding> missing = take(capture, answer, session, variables)) return missing;
  }
  return std::nullopt;
}

}  // namespace tillwatch::probes

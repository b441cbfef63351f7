#include "probes/steps/answer.h"

#include "probes/text/body_text.h"
#include "probes/text/text.h"

namespace tillwatch::probes {

Answer::Answer(const Response& response, const std::string& url) : response_(response), url_(url) {
  decoded_ = decoded_body(response, skip_);
}

const config::JsonDocument* Answer::json() {
  if (!json_read_) {
    json_read_ = true;
    json_ = config::JsonDocument::parse(body(), json_error_);
  }
  return json_ ? &*json_ : nullptr;
}

std::string Answer::json_error() const {
  const char first = first_character(body());
  std::string words = "expected JSON, got " + kind_of(body());
  if (first == '{' || first == '[') words += " (" + json_error_ + ")";
  return words;
}

const config::JsonDocument* Answer::json_if_likely() {
  const char first = first_character(body());
  return first == '{' || first == '[' || first == '"' ? json() : nullptr;
}

const config::HtmlDocument* Answer::html() {
  if (!html_read_) {
    html_read_ = true;
    html_ = config::HtmlDocument::parse(body());
  }
  return html_ ? &*html_ : nullptr;
}

const config::HtmlDocument* Answer::html_if_likely() {
  return first_character(body()) == '<' ? html() : nullptr;
}

}  // namespace tillwatch::probes

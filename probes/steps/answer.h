#pragma once

// One response as rules, expectations and captures look at it. JSON and HTML are parsed when first
// asked for, and once.

#include <optional>
#include <string>
#include <string_view>

#include "config/expressions/jq.h"
#include "config/expressions/xpath.h"
#include "probes/transport.h"

namespace tillwatch::probes {

class Answer {
 public:
  // `response` outlives this. `url` is what was asked.
  Answer(const Response& response, const std::string& url);

  const Response& response() const { return response_; }
  const std::string& url() const { return url_; }
  int status() const { return response_.status; }
  // As a browser would have it: UTF-8, whatever it came in.
  std::string_view body() const {
    return decoded_ ? std::string_view(*decoded_) : std::string_view(response_.body).substr(skip_);
  }

  // Any JSON value; nullptr, with json_error(), where the body is none.
  const config::JsonDocument* json();
  // "expected JSON, got an HTML page titled ...", for people.
  std::string json_error() const;
  // Like json(), but only of an object, an array or a string: what APIs answer with. Costs nothing
  // on an HTML page.
  const config::JsonDocument* json_if_likely();
  // nullptr where no page could be made of the body.
  const config::HtmlDocument* html();
  // Like html(), but only where the body looks like markup.
  const config::HtmlDocument* html_if_likely();

 private:
  const Response& response_;
  const std::string& url_;
  std::size_t skip_ = 0;                // of the body: its mark
  std::optional<std::string> decoded_;  // where it came in another encoding, or with faults
  bool json_read_ = false;
  bool html_read_ = false;
  std::optional<config::JsonDocument> json_;
  std::optional<config::HtmlDocument> html_;
  std::string json_error_;
};

}  // namespace tillwatch::probes

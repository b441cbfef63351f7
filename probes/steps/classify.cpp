#include "probes/steps/classify.h"

#include <algorithm>

#include "probes/http/url.h"
#include "probes/steps/expectations.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t longest_title = 400;

bool sets_cookie(const config::HeaderExpectation& expected, const Response& response,
                 const config::Template::Lookup& lookup) {
  return std::ranges::any_of(response.headers, [&](const auto& header) {
    if (header.first != "set-cookie") return false;
    const std::string_view cookie = std::string_view(header.second);
    const auto equals = cookie.find('=');
    if (cookie.substr(0, equals) != expected.name || equals == cookie.npos) return false;
    const auto value = cookie.substr(equals + 1, cookie.find(';', equals) - equals - 1);
    return !expected.pattern || expected.pattern->found_in(value, lookup);
  });
}

// Of the page itself: not a drawing's.
bool title_holds(const config::Pattern& pattern, Answer& answer,
                 const config::Template::Lookup& lookup) {
  static const auto title = config::XPath::compile("(//title[not(ancestor::svg)])[1]");
  const config::HtmlDocument* page = answer.html_if_likely();
  if (!page) return false;
  const std::optional<std::string> text = title->text_of(*page, lookup);
  return text && pattern.found_in(one_line(*text, longest_title), lookup);
}

}  // namespace

bool holds(const config::Rule& rule, Answer& answer, const std::string* location,
           const Variables& variables) {
  const auto& lookup = variables.lookup();
  if (!rule.status.empty() && !is_among(answer.status(), rule.status)) return false;
  if (rule.redirect &&
      (!location || !rule.redirect->found_in(path_and_query_of(*location), lookup))) {
    return false;
  }
  const auto header = [&](const config::HeaderExpectation& one) {
    return header_holds(one, answer.response(), variables);
  };
  const auto cookie = [&](const config::HeaderExpectation& one) {
    return sets_cookie(one, answer.response(), lookup);
  };
  if (!std::ranges::all_of(rule.headers, header)) return false;
  if (!std::ranges::all_of(rule.cookies, cookie)) return false;
  if (rule.body && !rule.body->found_in_utf8(answer.body(), lookup)) return false;
  if (rule.json) {
    const config::JsonDocument* body = answer.json_if_likely();
    std::string error;
    if (!body || !rule.json->holds(*body, variables.document(), error)) return false;
  }
  if (rule.title && !title_holds(*rule.title, answer, lookup)) return false;
  if (rule.xpath) {
    const config::HtmlDocument* page = answer.html_if_likely();
    if (!page || !rule.xpath->holds(*page, lookup)) return false;
  }
  return true;
}

namespace {

// What a rule without a message of its own says.
std::string sentence_of(Reason reason) {
  switch (reason) {
    case Reason::sold_out:
      return "the probe product is sold out";
    case Reason::unavailable:
      return "the probe product is not available";
    case Reason::password_page:
      return "the store asks its visitors for a password";
    case Reason::maintenance_page:
      return "the store says that it is closed for maintenance";
    case Reason::login_required:
      return "the store asks for an account";
    case Reason::queue:
      return "the store holds its customers in a waiting room";
    case Reason::empty_cart:
      return "the cart is empty after adding";
    case Reason::lost_session:
      return "the store has forgotten the session of the request before";
    case Reason::no_payment:
      return "the checkout offers no payment method";
    case Reason::no_shipping:
      return "the checkout offers no shipping method";
    case Reason::refused:
      return "the store refuses";
    case Reason::blocked:
      return "a bot wall answered in the store's place";
    case Reason::throttled:
      return "the store limits our rate";
    default:
      return "the answer means " + std::string(name(reason));
  }
}

}  // namespace

std::optional<Finding> first_rule(const std::vector<config::Rule>& rules, Answer& answer,
                                  const std::string* location, const Variables& variables,
                                  bool after_expectations) {
  for (const config::Rule& rule : rules) {
    if (rule.after_expectations != after_expectations) continue;
    if (!holds(rule, answer, location, variables)) continue;
    const Reason reason = rule.explanation.reason.value_or(Reason::refused);
    Finding finding = spoken(rule.explanation, reason, sentence_of(reason), answer, variables);
    finding.verdict = rule.verdict;
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> graphql_failure(Answer& answer) {
  static const auto first_error = config::Jq::compile(
      "if type == \"object\" and (.errors | type) == \"array\" and (.errors | length) > 0 "
      "then .errors[0] | if type == \"object\" then .message // tojson else tojson end "
      "else empty end");
  const config::JsonDocument* body = answer.json_if_likely();
  if (!body) return std::nullopt;
  const config::Jq::Result error =
      first_error->run(*body, config::JsonDocument(boost::json::value(nullptr)));
  if (!error.value) return std::nullopt;
  return Finding(Reason::refused, "the GraphQL API answers with an error: " +
                                      one_line(config::plain_text(*error.value), 300));
}

}  // namespace tillwatch::probes

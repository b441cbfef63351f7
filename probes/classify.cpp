#include "probes/classify.h"

#include <algorithm>
#include <array>

#include "probes/expectations.h"
#include "probes/text.h"
#include "probes/url.h"

namespace tillwatch::probes {
namespace {

struct BotWall {
  std::string_view header;
  std::string_view value;
  int status;  // 0: any
  std::string_view name;
};

// Headers that bot walls are documented to set on the answers which are theirs, not the store's.
constexpr std::array bot_walls{
    // developers.cloudflare.com/cloudflare-challenges: on every challenge page, no other value
    BotWall{"cf-mitigated", "challenge", 0, "Cloudflare"},
    // docs.aws.amazon.com/waf: of the CAPTCHA and challenge actions
    BotWall{"x-amzn-waf-action", "challenge", 0, "AWS WAF"},
    BotWall{"x-amzn-waf-action", "captcha", 0, "AWS WAF"},
    // vercel.com/docs/headers/response-headers
    BotWall{"x-vercel-mitigated", "challenge", 0, "Vercel"},
    BotWall{"x-vercel-mitigated", "deny", 0, "Vercel"},
};

std::string retry_after_of(const Response& response) {
  const std::string* after = response.header("retry-after");
  return after ? ", Retry-After: " + one_line(*after, 40) : std::string();
}

bool in(const std::vector<config::StatusRange>& ranges, int status) {
  return std::ranges::any_of(ranges, [&](const config::StatusRange& range) {
    return range.first <= status && status <= range.last;
  });
}

bool holds(const config::Rule& rule, Answer& answer, const std::string* location,
           const Variables& variables) {
  const auto& lookup = variables.lookup();
  if (!rule.status.empty() && !in(rule.status, answer.status())) return false;
  if (rule.redirect &&
      (!location || !rule.redirect->found_in(path_and_query_of(*location), lookup))) {
    return false;
  }
  if (rule.header && !header_holds(*rule.header, answer.response(), variables)) return false;
  if (rule.body && !rule.body->found_in(answer.body(), lookup)) return false;
  if (rule.json) {
    const config::JsonDocument* body = answer.json_if_likely();
    std::string error;
    if (!body || !rule.json->holds(*body, variables.document(), error)) return false;
  }
  if (rule.xpath) {
    const config::HtmlDocument* page = answer.html_if_likely();
    if (!page || !rule.xpath->holds(*page, lookup)) return false;
  }
  return true;
}

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

std::optional<Finding> turned_away(const Response& response) {
  for (const BotWall& wall : bot_walls) {
    const std::string* value = response.header(wall.header);
    if (value && *value == wall.value && (wall.status == 0 || wall.status == response.status)) {
      return Finding(Reason::blocked, std::string(wall.name) + " answered in the store's place (" +
                                          std::string(wall.header) + ": " +
                                          std::string(wall.value) + ", status " +
                                          std::to_string(response.status) + ")");
    }
  }
  // 430 is Shopify's "Security Rejection".
  if (response.status == 429 || response.status == 430) {
    return Finding(Reason::throttled, "the store limits our rate: status " +
                                          std::to_string(response.status) +
                                          retry_after_of(response));
  }
  return std::nullopt;
}

std::optional<Finding> first_rule(const std::vector<config::Rule>& rules, Answer& answer,
                                  const std::string* location, const Variables& variables) {
  for (const config::Rule& rule : rules) {
    if (!holds(rule, answer, location, variables)) continue;
    const Reason reason = rule.saying.reason.value_or(Reason::refused);
    Finding finding = spoken(rule.saying, reason, sentence_of(reason), answer, variables);
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

#include "probes/steps/own_words.h"

#include <algorithm>
#include <memory>

#include "probes/text/plain_words.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

using config::Pattern;

constexpr std::size_t longest_words = 200;
constexpr std::size_t longest_error_page = 64U << 10;
constexpr std::size_t last_part = 4096;

const config::Template::Lookup no_values = [](std::string_view) { return nullptr; };

// How pages begin that stand where a database could not be reached, or where a program gave up.
constexpr std::string_view program_errors =
    "(?i)^\\s*"
    // What PHP and the shops put before their words.
    "(?:(?:php |uncaught )?(?:fatal error|parse "
    "error|error|warning|[a-z_\\\\]*exception)\\s*:\\s*)*"
    "(?:"
    // WordPress, wp-includes/load.php and class-wp-fatal-error-handler.php (seen)
    "error establishing a database connection|there has been a critical error on this website|"
    // OpenCart, system/library/db/*.php (seen)
    "could not make a database link|could not connect to (?:the )?database|"
    // PrestaShop, classes/db/DbPDO.php (U)
    "link to database cannot be established|"
    // Magento, pub/errors/default/report.phtml (U)
    "there has been an error processing your request|"
    // PDO's own words, and MySQL's
    "(?:connection failed: )?sqlstate\\[[0-9a-z]{5}\\]|"
    "(?:\\(?[0-9]{4}\\)?:? )?(?:mysql server has gone away|too many connections|"
    "can't connect to (?:local )?(?:mysql|mariadb|server)|lost connection to mysql server)|"
    // Drupal, core/lib/Drupal/Core/EventSubscriber/FinalExceptionSubscriber.php (U)
    "the website encountered an unexpected error\\. (?:please )?try again later|"
    // PHP itself, with html_errors off
    "(?:php )?(?:fatal|parse) error: .+? in \\S+ on line [0-9]+|"
    "uncaught [a-z_\\\\]*(?:error|exception): "
    ")";

// PHP's own error, as it prints it into pages, and OpenCart's handlers, which name an exception by
// its class (seen): nothing comes after it but what is left to close.
constexpr std::string_view php_error =
    "(?s)<b>((?:(?:Fatal|Parse) [Ee]rror|[A-Za-z_\\\\]*(?:Error|Exception))</b>:.*? on line "
    "<b>[0-9]+)</b>(?:<br />)?"
    "(?:\\s|</[a-z]+>)*$";

// What PHP complains of and goes on.
constexpr std::string_view php_warnings =
    "(?s)^\\s*(?:(?:<br />\\s*)?<b>(?:Warning|Notice|Deprecated|Strict Standards)</b>:.*? "
    "on "
    "line <b>[0-9]+</b>(?:<br />)?\\s*)+";

// What an error page has none of: what a shop's pages are made of.
constexpr std::string_view parts_of_a_shop =
    "(?i)<(?:form|input|button|img|nav|select)\\b|application/ld\\+json";

constexpr std::string_view scripts_and_styles =
    "(?is)<script\\b.*?</script\\s*>|<style\\b.*?</style\\s*>|<title\\b.*?</title\\s*>|<!--.*?-->";

// Compiled once: what nobody keeps is compiled anew each time.
struct Patterns {
  std::shared_ptr<const Pattern> errors = Pattern::compile(program_errors);
  std::shared_ptr<const Pattern> php = Pattern::compile(php_error);
  std::shared_ptr<const Pattern> warnings = Pattern::compile(php_warnings);
  std::shared_ptr<const Pattern> shop = Pattern::compile(parts_of_a_shop);
  std::shared_ptr<const Pattern> hidden = Pattern::compile(scripts_and_styles);
};
const Patterns& patterns() {
  static const Patterns all;
  return all;
}

// Without what is no text: a page's scripts, its styles and its title.
std::string text_of_page(std::string_view body) {
  const Pattern& hidden = *patterns().hidden;
  std::string rest;
  std::size_t at = 0;
  while (const auto match = hidden.find(body, at)) {
    rest += body.substr(at, match->begin - at);
    if (match->end <= at) break;
    at = match->end;
  }
  rest += body.substr(at);
  return one_line(plain_words(rest), 1000);
}

std::string words_of_json(Answer& answer) {
  static const auto message = config::Jq::compile(
      "[(.message)?, (.error.message)?, (.error_description)?, (.error)?, (.errors[0].message)?, "
      "(.errors[0])?, (.errors)?, (.detail)?, (.title)?, (.[0].message)?] | "
      "map(select(type == \"string\" and length > 0)) | .[0]");
  const config::JsonDocument* body = answer.json_if_likely();
  if (!body) return {};
  const auto found = message->run(*body, config::JsonDocument(boost::json::value(nullptr)));
  if (!found.value || !found.value->is_string()) return {};
  return one_line(plain_words(std::string_view(found.value->get_string())), longest_words);
}

}  // namespace

std::string own_words(Answer& answer) {
  const char first = first_character(answer.body());
  if (first == '\0') return {};
  if (first == '{' || first == '[') return words_of_json(answer);
  if (first != '<') return one_line(answer.body(), longest_words);
  std::string title = title_of(answer.body());
  if (!title.empty()) return title;
  const std::string text = text_of_page(answer.body().substr(0, longest_error_page));
  return text.size() <= longest_words ? text : std::string();
}

ProgramError program_error(const Answer& answer) {
  std::string_view body = answer.body();
  const char first = first_character(body);
  if (first == '\0' || first == '{' || first == '[') return {};
  const std::string_view end = body.substr(body.size() - std::min(body.size(), last_part));
  // It is looked for where its last words stand, which is nearly nowhere.
  const bool may_be_php = end.find(" on line <b>") != end.npos;
  if (const auto match = may_be_php ? patterns().php->find(end) : std::nullopt) {
    std::string words(match->mark);
    words.erase(words.find("</b>"), 4);
    return {one_line(plain_words(words), longest_words),
            !patterns().shop->found_in_utf8(body, no_values)};
  }
  if (body.size() > longest_error_page) return {};
  const bool begins_with_tag = body.find_first_not_of(" \t\r\n\f\v") == body.find('<');
  if (const auto match = begins_with_tag ? patterns().warnings->find(body) : std::nullopt) {
    body.remove_prefix(match->end);
  }
  if (patterns().shop->found_in_utf8(body, no_values)) return {};
  const std::string text = text_of_page(body);
  const bool is_error = patterns().errors->found_in_utf8(text, no_values);
  return {is_error ? one_line(text, longest_words) : std::string(), is_error};
}

}  // namespace tillwatch::probes

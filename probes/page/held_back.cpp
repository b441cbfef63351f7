#include "probes/page/held_back.h"

#include <algorithm>
#include <array>
#include <optional>

#include "probes/text/entities.h"

namespace tillwatch::probes {
namespace {

std::string in_small_letters(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

std::string trimmed_type(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return in_small_letters(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

// HTML's JavaScript MIME types. With a parameter behind it ("; charset=utf-8") none of them is.
bool is_javascript(std::string_view type) {
  static constexpr std::array<std::string_view, 16> types{"application/ecmascript",
                                                          "application/javascript",
                                                          "application/x-ecmascript",
                                                          "application/x-javascript",
                                                          "text/ecmascript",
                                                          "text/javascript",
                                                          "text/javascript1.0",
                                                          "text/javascript1.1",
                                                          "text/javascript1.2",
                                                          "text/javascript1.3",
                                                          "text/javascript1.4",
                                                          "text/javascript1.5",
                                                          "text/jscript",
                                                          "text/livescript",
                                                          "text/x-ecmascript",
                                                          "text/x-javascript"};
  return std::find(types.begin(), types.end(), type) != types.end();
}

// Blocks that a framework's own script reads as the settings of what it runs.
bool is_settings(const PageTag& script, std::string_view type) {
  if (type == "text/x-magento-init") return true;
  if (type != "application/json") return false;
  const std::string id = in_small_letters(script.attribute("id").value_or(""));
  return id == "__next_data__" || id == "__nuxt_data__" || id == "web-pixels-manager-setup" ||
         script.attribute("data-drupal-selector") || script.attribute("data-nuxt-data");
}

// A tool's own mark of a script that it holds back: (S) and (C) of facts about consent tools.
struct HeldMark {
  std::string_view by;
  std::string_view type;       // begins so, or ends so where it begins with `*`; empty: any
  std::string_view attribute;  // begins so where it ends in `*`; empty: none is needed
  std::string_view value;      // of the attribute: a word of it begins so; empty: any
  bool waits = true;
};
constexpr HeldMark held_marks[] = {
    {"Partytown", "text/partytown", "", "", false},
    {"Rocket Loader", "*-text/javascript", "", "", false},
    {"Rocket Loader", "*-module", "", "", false},
    {"Rocket Loader", "*-application/javascript", "", "", false},
    {"Rocket Loader", "text/rocketscript", "", "", false},
    {"PageSpeed", "text/psajs", "", "", false},
    {"Phastpress", "text/phast", "", "", false},
    {"WP Rocket", "rocketlazyloadscript", "", ""},
    {"LiteSpeed", "litespeed/javascript", "", ""},
    {"Perfmatters", "pmdelayedscript", "", ""},
    {"NitroPack", "nitropack/inlinescript", "", ""},
    {"Flying Scripts", "lazy", "", ""},
    {"Flying Scripts", "flying", "", ""},
    {"Debloat", "text/debloat-script", "", ""},
    {"Swift Performance", "swift/lazyloadscript", "", ""},
    {"Cookiebot", "text/plain", "data-cookieconsent", ""},
    {"OneTrust", "text/plain", "class", "optanon-category"},
    {"OneTrust", "text/plain", "class", "ot-"},
    {"Usercentrics", "text/plain", "data-usercentrics", ""},
    {"Didomi", "didomi/", "", ""},
    {"CookieYes", "text/plain", "data-cookieyes*", ""},
    {"CookieYes", "text/plain", "data-cli-*", ""},
    {"Complianz", "text/plain", "class", "cmplz"},
    {"Complianz", "text/plain", "data-cmplz*", ""},
    {"Complianz", "text/plain", "data-service", ""},
    {"Borlabs Cookie", "text/template", "data-borlabs-*", ""},
    {"Borlabs Cookie", "text/plain", "data-borlabs-*", ""},
    {"Klaro", "text/plain", "data-name", ""},
    {"Klaro", "opt-in", "data-name", ""},
    {"Termly", "text/plain", "data-categories", ""},
    {"Termly", "text/plain", "data-autoblocked", ""},
    {"iubenda", "", "class", "_iub_cs_activate"},
    {"iubenda", "text/plain", "data-iub-purposes", ""},
    {"TrustArc", "text/plain", "trackertype", ""},
    {"TrustArc", "text/plain", "class", "trustecm"},
    {"consentmanager", "text/plain", "class", "cmplazyload"},
    {"consentmanager", "text/plain", "data-cmp-*", ""},
    {"CookieFirst", "text/plain", "data-cookiefirst-category", ""},
    {"Cookie-Script", "text/plain", "data-cookiescript", ""},
    {"Cookie Information", "text/plain", "data-category-consent", ""},
    {"Cookie Information", "text/plain", "data-consent-src", ""},
    {"Osano", "text/plain", "data-osano", ""},
    {"Real Cookie Banner", "", "consent-required", ""},
    {"CCM19", "text/x-ccm-loader", "", ""},
    {"Secure Privacy", "text/plain", "data-consent-category", ""},
    {"CookieHub", "text/plain", "data-consent", ""},
    {"TermsFeed", "text/plain", "cookie-consent", ""},
    {"TermsFeed", "text/plain", "data-cookie-consent", ""},
    {"Pandectes", "text/plain", "data-pandectes*", ""},
    {"Pandectes", "text/plain", "class", "pandectes"},
    {"cookieconsent", "text/plain", "data-cookiecategory", ""},
    {"cookieconsent", "text/plain", "data-category", ""},
    {"Ketch", "text/plain", "data-purposes", ""},
    {"Enzuzo", "text/plain", "data-enzuzo*", ""},
    {"Axeptio", "text/plain", "data-axeptio*", ""},
};

bool has_mark(const PageTag& script, const HeldMark& mark) {
  if (mark.attribute.empty()) return true;
  bool found = false;
  script.each_attribute([&](std::string_view name, std::string_view value) {
    const std::string called = in_small_letters(name);
    const bool open = mark.attribute.ends_with('*');
    const std::string_view wanted =
        mark.attribute.substr(0, mark.attribute.size() - (open ? 1 : 0));
    if (open ? !std::string_view(called).starts_with(wanted) : called != wanted) return;
    if (mark.value.empty()) {
      found = true;
      return;
    }
    const std::string words = " " + in_small_letters(value);
    found = found || words.find(" " + std::string(mark.value)) != words.npos;
  });
  return found;
}

bool is_type_of(const HeldMark& mark, std::string_view type) {
  if (mark.type.starts_with('*')) return type.ends_with(mark.type.substr(1));
  return type.starts_with(mark.type);
}

}  // namespace

ScriptState state_of(const PageTag& script) {
  using Runs = ScriptState::Runs;
  ScriptState state;
  if (script.within != PageTag::Within::page) return state;
  const auto written = script.attribute("type");
  const std::string type = trimmed_type(decoded_entities(written.value_or("")));
  for (const HeldMark& mark : held_marks) {
    // A type that runs is not held back, whatever stands beside it.
    const bool runs = type.empty() || is_javascript(type) || type == "module";
    if (runs || !is_type_of(mark, type) || !has_mark(script, mark)) continue;
    state.runs = Runs::later;
    state.by = mark.by;
    state.waits = mark.waits;
    return state;
  }
  const std::string language = trimmed_type(script.attribute("language").value_or(""));
  const bool classic = written ? type.empty() ? written->empty() : is_javascript(type)
                               : language.empty() || is_javascript("text/" + language);
  const bool left_out = classic && script.attribute("nomodule").has_value();
  if ((classic && !left_out) || type == "module" || is_settings(script, type))
    state.runs = Runs::now;
  return state;
}

}  // namespace tillwatch::probes

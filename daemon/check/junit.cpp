#include <charconv>
#include <map>

#include "config/utf8.h"
#include "daemon/check/report.h"

namespace tillwatch {
namespace {

// XML 1.0 has no way to write most control characters, U+FFFE and U+FFFF.
std::string xml(std::string_view raw) {
  static constexpr std::string_view replacement = "\xEF\xBF\xBD";
  const std::string text = config::to_utf8(raw);
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::string_view rest(text.data() + i, text.size() - i);
    if (byte == '&') {
      safe += "&amp;";
    } else if (byte == '<') {
      safe += "&lt;";
    } else if (byte == '>') {
      safe += "&gt;";
    } else if (byte == '"') {
      safe += "&quot;";
    } else if (byte == '\n' || byte == '\t' || byte == '\r') {
      safe += "&#" + std::to_string(byte) + ";";
    } else if (byte < 0x20 || byte == 0x7F) {
      safe += replacement;
    } else if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {
      safe += replacement;
      i += 2;
    } else {
      safe += text[i];
    }
  }
  return safe;
}

std::string seconds(probes::Microseconds time) {
  char digits[32];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, static_cast<double>(time.count()) / 1e6,
                    std::chars_format::fixed, 3)
          .ptr;
  return {digits, end};
}

struct Suite {
  std::string name;
  std::string cases;
  int tests = 0;
  int failures = 0;
  int errors = 0;
  probes::Microseconds time{0};

  std::string counts() const {
    return "tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) +
           "\" errors=\"" + std::to_string(errors) + "\" time=\"" + seconds(time) + "\"";
  }
};

std::string details(const probes::Outcome& outcome) {
  std::string text;
  if (!outcome.step.empty()) text += "at \"" + outcome.step + "\"\n";
  if (outcome.evidence) {
    text += outcome.evidence->url + " answered " + std::to_string(outcome.evidence->status) + "\n" +
            outcome.evidence->body + "\n";
  }
  return text;
}

// What a pass does not stand for, and what was left behind.
std::string notes_of(const probes::Outcome& outcome) {
  std::string text = outcome.note;
  if (!outcome.cleanup.empty()) text += (text.empty() ? "" : "; ") + outcome.cleanup;
  return text.empty() ? text : "      <system-out>" + xml(text) + "</system-out>\n";
}

void add_case(Suite& suite, const Checked& checked) {
  const probes::Outcome& outcome = checked.outcome;
  ++suite.tests;
  suite.time += outcome.duration;
  suite.cases += "    <testcase classname=\"" + xml(suite.name) + "\" name=\"" +
                 xml(checked.probe->name) + "\" time=\"" + seconds(outcome.duration) + "\"";
  const std::string notes = notes_of(outcome);
  if (outcome.verdict == Verdict::pass) {
    suite.cases += notes.empty() ? "/>\n" : ">\n" + notes + "    </testcase>\n";
    return;
  }
  const bool failed = outcome.verdict == Verdict::fail;
  ++(failed ? suite.failures : suite.errors);
  const std::string tag = failed ? "failure" : "error";
  suite.cases += ">\n      <" + tag + " type=\"" + std::string(name(outcome.reason)) +
                 "\" message=\"" + xml(outcome.message) + "\">" + xml(details(outcome)) + "</" +
                 tag + ">\n" + notes + "    </testcase>\n";
}

}  // namespace

std::string report_junit(const Checklist& list) {
  std::vector<Suite> suites;
  std::map<const config::Store*, std::size_t> places;
  for (const Checked& checked : list) {
    const auto [place, is_new] = places.try_emplace(checked.probe->store.get(), suites.size());
    if (is_new) suites.emplace_back().name = checked.probe->store->name;
    add_case(suites[place->second], checked);
  }
  Suite all;
  for (const Suite& suite : suites) {
    all.tests += suite.tests;
    all.failures += suite.failures;
    all.errors += suite.errors;
    all.time += suite.time;
    all.cases += "  <testsuite name=\"" + xml(suite.name) + "\" " + suite.counts() + ">\n" +
                 suite.cases + "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tillwatch\" " +
         all.counts() + ">\n" + all.cases + "</testsuites>\n";
}

}  // namespace tillwatch

#include <algorithm>
#include <array>
#include <charconv>

#include "config/utf8.h"
#include "daemon/check/printable.h"
#include "daemon/check/report.h"
#include "daemon/surfaces/kind_words.h"

namespace tillwatch {
namespace {

constexpr std::size_t excerpt_bytes = 300;

// The parts of the terminal's alphabet that we use; nothing without colour.
struct Paint {
  bool on = false;
  std::string operator()(const char* code, std::string_view text) const {
    if (!on) return std::string(text);
    return std::string("\x1b[") + code + "m" + std::string(text) + "\x1b[0m";
  }
  std::string good(std::string_view text) const { return (*this)("32", text); }
  std::string bad(std::string_view text) const { return (*this)("1;31", text); }
  std::string doubtful(std::string_view text) const { return (*this)("33", text); }
  std::string soft(std::string_view text) const { return (*this)("2", text); }
  std::string strong(std::string_view text) const { return (*this)("1", text); }
  std::string verdict(Verdict verdict, std::string_view text) const {
    switch (verdict) {
      case Verdict::pass:
        return good(text);
      case Verdict::fail:
        return bad(text);
      case Verdict::unknown:
        break;
    }
    return doubtful(text);
  }
};

std::string_view mark(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "✓";
    case Verdict::fail:
      return "✗";
    case Verdict::unknown:
      break;
  }
  return "?";
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// "0.4 ms", "12 ms", "1.24 s"
std::string time_text(probes::Microseconds time) {
  const auto us = std::max<long long>(time.count(), 0);
  char digits[32];
  double value = static_cast<double>(us) / 1e3;
  int places = us < 10'000 ? 1 : 0;
  const char* unit = " ms";
  if (us >= 1'000'000) {
    value = static_cast<double>(us) / 1e6;
    places = 2;
    unit = " s";
  }
  const auto end =
      std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, places).ptr;
  return std::string(digits, end) + unit;
}

std::string phases_text(const probes::Phases& phases) {
  std::string text;
  const auto add = [&](const char* phase, const std::optional<probes::Microseconds>& time) {
    if (!time) return;
    if (!text.empty()) text += " · ";
    text += phase;
    text += ' ';
    text += time_text(*time);
  };
  add("dns", phases.dns);
  add("connect", phases.connect);
  add("tls", phases.tls);
  add("first byte", phases.first_byte);
  add("transfer", phases.transfer);
  return text;
}

std::string sentence(const probes::Outcome& outcome) {
  if (!outcome.message.empty()) return printable(outcome.message);
  return std::string(name(outcome.reason));
}

void write_steps(std::string& out, const probes::Outcome& outcome, const Paint& paint) {
  std::size_t width = 0;
  for (const auto& step : outcome.steps) width = std::max(width, printable(step.name).size());
  for (const auto& step : outcome.steps) {
    const bool decided = step.name == outcome.step && outcome.verdict != Verdict::pass;
    const Verdict verdict = decided ? outcome.verdict : Verdict::pass;
    out += "      " + paint.verdict(verdict, mark(verdict)) + " " +
           padded(printable(step.name), width) + "  " +
           (step.status > 0 ? std::to_string(step.status) : "---") + "  " +
           padded(time_text(step.total), 9) + paint.soft(phases_text(step.phases)) + "\n";
  }
}

void write_evidence(std::string& out, const probes::Evidence& evidence, const Paint& paint) {
  if (evidence.status == 0 && evidence.body.empty()) return;
  out += "    the shop answered";
  if (evidence.status > 0) out += " " + std::to_string(evidence.status);
  if (!evidence.url.empty()) out += " at " + printable(evidence.url);
  const std::string body = readable(evidence.body);
  if (body.empty()) {
    out += evidence.is_empty ? " with an empty body\n" : "\n";
    return;
  }
  const auto excerpt = config::cut_utf8(body, excerpt_bytes);
  out += ":\n      " + paint.soft(excerpt) + (excerpt.size() < body.size() ? " ..." : "") + "\n";
}

void write_probe(std::string& out, const Checked& checked, std::size_t width, const Paint& paint) {
  const probes::Outcome& outcome = checked.outcome;
  out += "  " + paint.verdict(outcome.verdict, mark(outcome.verdict)) + " " +
         paint.strong(padded(checked.probe->name, width)) + "  " +
         padded(std::string(name(checked.probe->type)), 13) + time_text(outcome.duration) +
         (checked.probe->counts ? "" : paint.soft("  does not count")) + "\n";
  write_steps(out, outcome, paint);
  for (const std::string* note : {&outcome.note, &outcome.cleanup}) {
    if (!note->empty()) out += "    " + paint.doubtful(printable(*note)) + "\n";
  }
  if (outcome.verdict != Verdict::pass) {
    out += "    ";
    if (!outcome.step.empty()) out += "at \"" + printable(outcome.step) + "\": ";
    out += paint.verdict(outcome.verdict, sentence(outcome)) +
           paint.soft(" (" + std::string(name(outcome.reason)) + ")") + "\n";
    if (!checked.prerequisite.empty()) {
      out += "    it needs " + printable(checked.prerequisite) + ", which fails too\n";
    }
    if (outcome.evidence) write_evidence(out, *outcome.evidence, paint);
  }
}

bool is_about_product(Reason reason) {
  return reason == Reason::sold_out || reason == Reason::unavailable || reason == Reason::price ||
         reason == Reason::currency;
}

// What a customer wants of that probe.
std::string deed(const Checked& checked) {
  const wording::KindWords& words = wording::words_of(checked.probe->type);
  const bool with_product =
      !words.deed_with_product.empty() && is_about_product(checked.outcome.reason);
  if (with_product) return std::string(words.deed_with_product);
  if (!words.deed.empty()) return std::string(words.deed);
  return "use \"" + printable(checked.probe->name) + "\"";
}

// "a", "a or b", "a, b or c"
std::string any_of(const std::vector<std::string>& deeds) {
  std::string text;
  for (std::size_t i = 0; i < deeds.size(); ++i) {
    if (i > 0) text += i + 1 < deeds.size() ? ", " : " or ";
    text += deeds[i];
  }
  return text;
}

// Probes of one store that found the same.
struct Finding {
  const config::Store* store;
  Verdict verdict;
  std::string what;
  std::vector<std::string> deeds;                 // what customers want to do
  std::vector<const wording::KindWords*> silent;  // what they do not notice, each once
};

std::vector<Finding> findings_of(const Checklist& list) {
  std::vector<Finding> findings;
  for (const Checked& checked : list) {
    const config::Store* store = checked.probe->store.get();
    const Verdict verdict = checked.outcome.verdict;
    const std::string what = sentence(checked.outcome);
    auto same = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.store == store && finding.verdict == verdict &&
             (verdict == Verdict::pass || finding.what == what);
    });
    if (same == findings.end()) same = findings.insert(same, Finding{store, verdict, what, {}, {}});
    const wording::KindWords* one = &wording::words_of(checked.probe->type);
    if (one->silently_broken.empty()) {
      same->deeds.push_back(deed(checked));
    } else if (std::ranges::find(same->silent, one) == same->silent.end()) {
      same->silent.push_back(one);
    }
  }
  return findings;
}

// "customers cannot add to cart, visits and sales are not tracked"
std::string broken_text(const Finding& finding) {
  std::string text;
  if (!finding.deeds.empty()) text = "customers cannot " + any_of(finding.deeds);
  for (const wording::KindWords* one : finding.silent) {
    text += (text.empty() ? "" : ", ") + std::string(one->silently_broken);
  }
  return text;
}
std::string doubt_text(const Finding& finding) {
  std::string text;
  if (!finding.deeds.empty()) text = "customers can " + any_of(finding.deeds);
  for (const wording::KindWords* one : finding.silent) {
    text += (text.empty() ? "" : ", or whether ") + std::string(one->silently_in_doubt);
  }
  return "nobody can tell whether " + text;
}

// More than what was checked is not said: a feed sells nothing.
std::string good_text(const Finding& finding) {
  if (!finding.deeds.empty()) return "customers can buy";
  std::string text;
  for (const wording::KindWords* one : finding.silent) {
    text += (text.empty() ? "" : ", ") + std::string(one->silently_in_doubt);
  }
  return text;
}

// The last lines: what a customer of each store cannot do, or may not be able to.
void write_closing(std::string& out, const Checklist& list, const Paint& paint) {
  const auto findings = findings_of(list);
  for (const Finding& finding : findings) {
    const std::string& store = finding.store->name;
    if (finding.verdict == Verdict::fail) {
      out += paint.bad(store + ": " + broken_text(finding)) + ": " + finding.what + "\n";
    } else if (finding.verdict == Verdict::unknown) {
      out += paint.doubtful(store + ": " + doubt_text(finding)) + ": " + finding.what + "\n";
    } else if (std::none_of(findings.begin(), findings.end(), [&](const Finding& other) {
                 return other.store == finding.store && other.verdict != Verdict::pass;
               })) {
      out += paint.good(store + ": " + good_text(finding)) + ": every check passed\n";
    }
  }
}

}  // namespace

Verdict verdict_of(const Checklist& list) {
  Verdict worst = Verdict::pass;
  for (const Checked& checked : list) {
    if (checked.outcome.verdict == Verdict::fail) return Verdict::fail;
    // What only the daemon can hear says nothing of this check.
    if (checked.outcome.reason == Reason::not_heard) continue;
    if (checked.outcome.verdict == Verdict::unknown) worst = Verdict::unknown;
  }
  return worst;
}

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return 0;
    case Verdict::fail:
      return 1;
    case Verdict::unknown:
      break;
  }
  return 3;
}

std::string report_text(const Checklist& list, bool colour) {
  const Paint paint{colour};
  std::array<std::size_t, 3> counts{};
  std::size_t width = 0;
  for (const Checked& checked : list) {
    ++counts[static_cast<std::size_t>(checked.outcome.verdict)];
    width = std::max(width, checked.probe->name.size());
  }
  std::string out;
  const config::Store* store = nullptr;
  for (const Checked& checked : list) {
    if (checked.probe->store.get() != store) {
      store = checked.probe->store.get();
      out += (out.empty() ? "" : "\n") + paint.strong(store->name) + "  " +
             paint.soft(printable(store->url)) + "\n";
    }
    write_probe(out, checked, width, paint);
  }
  out += "\n" + std::to_string(counts[0]) + " passed, " + std::to_string(counts[1]) + " failed, " +
         std::to_string(counts[2]) + " could not tell\n";
  write_closing(out, list, paint);
  return out;
}

}  // namespace tillwatch

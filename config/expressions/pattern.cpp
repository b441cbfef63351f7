#include "config/expressions/pattern.h"

#include <re2/re2.h>

#include "config/expressions/shared.h"
#include "config/utf8.h"

namespace tillwatch::config {
namespace {

std::unique_ptr<re2::RE2> compiled(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(2 << 20);  // of the program and its automaton, together
  return std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
}

std::string quoted(std::string_view value, std::string_view) {
  return re2::RE2::QuoteMeta(re2::StringPiece(value.data(), value.size()));
}

// The first group of the first match, or the whole match.
std::optional<std::string_view> match(const re2::RE2& pattern, std::string_view subject) {
  re2::StringPiece groups[2];
  const int count = pattern.NumberOfCapturingGroups() > 0 ? 2 : 1;
  if (!pattern.ok() || !pattern.Match(re2::StringPiece(subject.data(), subject.size()), 0,
                                      subject.size(), re2::RE2::UNANCHORED, groups, count)) {
    return std::nullopt;
  }
  const re2::StringPiece& found = groups[count - 1];
  return std::string_view(found.data(), found.size());
}

bool finds(const re2::RE2& pattern, std::string_view subject) {
  return pattern.ok() && pattern.Match(re2::StringPiece(subject.data(), subject.size()), 0,
                                       subject.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

}  // namespace

Pattern::Pattern() = default;
Pattern::~Pattern() = default;

std::shared_ptr<const Pattern> Pattern::compile(std::string_view text) {
  static SharedByText<Pattern> programs;
  return programs.get(text, [&] {
    std::shared_ptr<Pattern> result(new Pattern);
    try {
      result->template_ = Template(text);
    } catch (const TemplateError& error) {
      throw ExpressionError(error.what());
    }
    const auto any = boost::json::value("x");
    auto program = compiled(result->template_.render([&](std::string_view) { return &any; }));
    if (!program->ok()) throw ExpressionError(program->error());
    if (result->template_.is_constant()) result->constant_ = std::move(program);
    return std::shared_ptr<const Pattern>(std::move(result));
  });
}

std::optional<Pattern::Match> Pattern::find(std::string_view subject, std::size_t from) const {
  if (!constant_) return std::nullopt;
  re2::StringPiece groups[2];
  const int count = constant_->NumberOfCapturingGroups() > 0 ? 2 : 1;
  if (!constant_->Match(re2::StringPiece(subject.data(), subject.size()), from, subject.size(),
                        re2::RE2::UNANCHORED, groups, count)) {
    return std::nullopt;
  }
  const auto begin = static_cast<std::size_t>(groups[0].data() - subject.data());
  const re2::StringPiece& mark = groups[count - 1];
  return Match{begin, begin + groups[0].size(), std::string_view(mark.data(), mark.size())};
}

bool Pattern::found_in(std::string_view subject, const Template::Lookup& lookup) const {
  if (found_in_utf8(subject, lookup)) return true;
  // Broken bytes match no `.`: look again with them replaced.
  return !is_utf8(subject) && found_in_utf8(to_utf8(subject), lookup);
}

bool Pattern::found_in_utf8(std::string_view text, const Template::Lookup& lookup) const {
  if (constant_) return finds(*constant_, text);
  return finds(*compiled(template_.render(lookup, quoted)), text);
}

std::optional<std::string> Pattern::capture(std::string_view subject,
                                            const Template::Lookup& lookup) const {
  const auto fresh = constant_ ? nullptr : compiled(template_.render(lookup, quoted));
  const re2::RE2& pattern = constant_ ? *constant_ : *fresh;
  if (const auto found = match(pattern, subject)) return to_utf8(*found);
  if (is_utf8(subject)) return std::nullopt;
  const std::string mended = to_utf8(subject);
  const auto found = match(pattern, mended);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

}  // namespace tillwatch::config

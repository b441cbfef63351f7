#include "config/grammar/headers.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "config/yaml/mapping.h"
#include "config/yaml/text.h"
#include "config/yaml/values.h"

namespace tillwatch::config::reading {
namespace {

constexpr std::array<std::string_view, 6> of_the_transport{
    "connection", "content-length", "expect", "transfer-encoding", "trailer", "upgrade"};

bool is_token(std::string_view text) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || marks.find(c) != marks.npos;
  });
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::optional<std::string> header_name(const Node& key, Problems& problems) {
  if (is_token(key.text)) return key.text;
  problems.add(key.place, shown(key) + " cannot be the name of a header");
  return std::nullopt;
}

std::vector<Header> read_headers(const Node& node, Texts& texts) {
  std::vector<Header> headers;
  Mapping shape(node, "`headers`", texts.problems());
  for_each_entry(node, [&](const Node& key, const Node& value) {
    const auto name = header_name(key, texts.problems());
    if (!name) return;
    const auto lower = lower_case(*name);
    if (std::find(of_the_transport.begin(), of_the_transport.end(), lower) !=
        of_the_transport.end()) {
      texts.problems().add(key.place, shown(key) + " is set by tillwatch itself");
      return;
    }
    if (has_control_characters(value.text)) {
      Report(texts.problems(), *name).say(value, "must be in one line");
      return;
    }
    headers.push_back({*name, texts.text(value, *name)});
  });
  return headers;
}

}  // namespace tillwatch::config::reading

#include "daemon/web/http.h"

#include <algorithm>

namespace tillwatch {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

const std::string* find(const Pairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? nullptr : &found->second;
}

}  // namespace

const std::string* HttpRequest::header(std::string_view name) const { return find(headers, name); }
const std::string* HttpRequest::parameter(std::string_view name) const { return find(query, name); }

HttpResponse plain_text(int status, std::string_view text) {
  std::string body(text);
  body += '\n';
  return {status, "text/plain; charset=utf-8", std::move(body)};
}

}  // namespace tillwatch

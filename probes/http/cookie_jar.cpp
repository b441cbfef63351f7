#include "probes/http/cookie_jar.h"

#include <array>
#include <cstddef>

namespace tillwatch::probes {

namespace {

struct Cookie {
  std::string_view domain;
  bool subdomains = false;
  std::string_view path;
  bool secure = false;
  std::string_view name;
  std::string_view value;
};

std::optional<Cookie> parse(std::string_view line) {
  constexpr std::string_view http_only = "#HttpOnly_";
  if (line.starts_with(http_only)) line.remove_prefix(http_only.size());
  std::array<std::string_view, 7> fields;
  for (std::size_t i = 0; i + 1 < fields.size(); ++i) {
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos) return std::nullopt;
    fields[i] = line.substr(0, tab);
    line.remove_prefix(tab + 1);
  }
  fields.back() = line;
  Cookie cookie;
  cookie.domain = fields[0];
  cookie.subdomains = fields[1] == "TRUE";
  cookie.path = fields[2];
  cookie.secure = fields[3] == "TRUE";
  cookie.name = fields[5];
  cookie.value = fields[6];
  if (cookie.domain.starts_with('.')) cookie.domain.remove_prefix(1);
  return cookie;
}

bool host_matches(const Cookie& cookie, std::string_view host) {
  if (host == cookie.domain) return true;
  return cookie.subdomains && host.size() > cookie.domain.size() && host.ends_with(cookie.domain) &&
         host[host.size() - cookie.domain.size() - 1] == '.';
}

bool path_matches(const Cookie& cookie, std::string_view path) {
  if (cookie.path == "/" || path == cookie.path) return true;
  return path.starts_with(cookie.path) &&
         (cookie.path.ends_with('/') || path[cookie.path.size()] == '/');
}

}  // namespace

std::optional<std::string> cookie_for(const std::vector<std::string>& lines, std::string_view name,
                                      const CookieTarget& target) {
  std::optional<std::string> value;
  std::size_t longest = 0;
  for (const std::string& line : lines) {
    const auto cookie = parse(line);
    if (!cookie || cookie->name != name || (cookie->secure && !target.secure)) continue;
    if (!host_matches(*cookie, target.host) || !path_matches(*cookie, target.path)) continue;
    if (value && cookie->path.size() <= longest) continue;
    value = std::string(cookie->value);
    longest = cookie->path.size();
  }
  return value;
}

}  // namespace tillwatch::probes

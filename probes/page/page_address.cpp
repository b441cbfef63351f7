#include "probes/page/page_address.h"

#include <optional>
#include <vector>

#include "probes/text/entities.h"

namespace tillwatch::probes {
namespace {

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

// Decoded, but for what would then mean something else: `kept` stays, in capital letters.
std::string percent_decoded(std::string_view text, std::string_view kept) {
  static constexpr std::string_view capitals = "0123456789ABCDEF";
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_value(text[i + 2]) : std::nullopt;
    if (!low) {
      plain += text[i];
      continue;
    }
    const char c = static_cast<char>(*high * 16 + *low);
    if (kept.find(c) == std::string_view::npos) {
      plain += c;
    } else {
      plain += '%';
      plain += capitals[*high];
      plain += capitals[*low];
    }
    i += 2;
  }
  return plain;
}

// Without blanks around it and without the fragment. "" of an address that is no page's
// ("mailto:x").
std::string_view trimmed_address(std::string_view url) {
  while (!url.empty() && static_cast<unsigned char>(url.front()) <= ' ') url.remove_prefix(1);
  while (!url.empty() && static_cast<unsigned char>(url.back()) <= ' ') url.remove_suffix(1);
  return url.substr(0, url.find('#'));
}

// From the path on; whether it is a whole address.
std::string_view path_and_query(std::string_view url, bool& whole) {
  url = trimmed_address(url);
  auto host = url.find("://");
  if (host != url.npos && host < url.find_first_of("/?")) {
    host += 3;
  } else {
    host = url.starts_with("//") ? 2 : url.npos;
  }
  whole = host != url.npos;
  if (!whole) return url;
  const auto end = url.find_first_of("/?", host);
  return end == url.npos ? std::string_view() : url.substr(end);
}

// "." and ".." as browsers resolve them, empty segments kept.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  while (!path.empty()) {
    path.remove_prefix(1);  // the `/`
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string plain;
  for (const std::string_view segment : kept) plain.append("/").append(segment);
  return plain;
}

std::map<std::string, std::string> parameters_of(std::string_view url) {
  std::map<std::string, std::string> all;
  url = trimmed_address(url);
  const auto mark = url.find('?');
  if (mark == url.npos) return all;
  const std::string query = decoded_entities(url.substr(mark + 1));
  std::string_view rest = query;
  while (!rest.empty() && all.size() < 100) {
    const std::string_view one = rest.substr(0, rest.find_first_of("&;"));
    rest.remove_prefix(one.size() < rest.size() ? one.size() + 1 : one.size());
    const auto equal = one.find('=');
    const std::string_view value = equal == one.npos ? std::string_view() : one.substr(equal + 1);
    all.emplace(percent_decoded(one.substr(0, equal), {}), percent_decoded(value, {}));
  }
  return all;
}

// Without the `/` at its end.
std::string comparable_path(std::string_view url, std::string_view base) {
  bool whole = false;
  std::string_view path = path_and_query(url, whole);
  const bool only_query = path.starts_with('?') && !whole;
  path = path.substr(0, path.find('?'));
  std::string full;
  if (!whole && !path.starts_with('/') && (!path.empty() || only_query)) {
    bool ignored = false;
    std::string_view folder = path_and_query(base, ignored);
    folder = folder.substr(0, folder.find('?'));
    full = only_query ? folder : folder.substr(0, folder.rfind('/') + 1);
    if (!full.starts_with('/')) full.insert(0, "/");
  }
  full += path;
  full = percent_decoded(without_dots(full), "/?#%");
  while (full.ends_with('/')) full.pop_back();
  return full;
}

}  // namespace

PageAddress::PageAddress(std::string_view url, std::string_view base)
    : path_(comparable_path(url, base)), parameters_(parameters_of(url)) {}

std::string PageAddress::parameter(const std::string& name) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? std::string() : found->second;
}

bool PageAddress::is_same_page(const PageAddress& other) const {
  if (path_ != other.path_) return false;
  for (const auto& [name, value] : parameters_) {
    const auto found = other.parameters_.find(name);
    if (found != other.parameters_.end() && found->second != value) return false;
  }
  return true;
}

}  // namespace tillwatch::probes

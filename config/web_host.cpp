#include <arpa/inet.h>
#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "config/utf8.h"
#include "config/web_url.h"

namespace tillwatch::config {
namespace {

constexpr std::size_t longest_host = 2048;  // names end at 253; nothing of use is longer

int host_hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string host_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && host_hex_digit(text[i + 1]) >= 0 &&
                        host_hex_digit(text[i + 2]) >= 0;
    if (escape) {
      result += static_cast<char>(host_hex_digit(text[i + 1]) * 16 + host_hex_digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool is_forbidden_in_host(char c) {
  static constexpr std::string_view forbidden("\0\t\n\r #/:<>?@[\\]^|", 17);
  return forbidden.find(c) != std::string_view::npos;
}
bool is_forbidden_in_domain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return is_forbidden_in_host(c) || byte <= 0x1F || c == '%' || byte == 0x7F;
}

// Letters, digits and the like, in which no label is a name in another script's disguise.
bool is_plain_name(std::string_view lower) {
  const bool ascii = std::all_of(lower.begin(), lower.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii && !lower.starts_with("xn--") && lower.find(".xn--") == lower.npos;
}

// UTS 46 as browsers ask for it: not transitional, hyphens and lengths are the resolver's affair.
std::optional<std::string> idna(std::string_view name) {
  struct Close {
    void operator()(UIDNA* idna) const { uidna_close(idna); }
  };
  UErrorCode error = U_ZERO_ERROR;
  static const std::unique_ptr<UIDNA, Close> rules(
      uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                          UIDNA_NONTRANSITIONAL_TO_UNICODE,
                      &error));
  if (!rules) return std::nullopt;
  std::array<char, longest_host> room;
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  error = U_ZERO_ERROR;
  const int size =
      uidna_nameToASCII_UTF8(rules.get(), name.data(), static_cast<int>(name.size()), room.data(),
                             static_cast<int>(room.size()), &info, &error);
  constexpr std::uint32_t pardoned = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                                     UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
                                     UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;
  if (U_FAILURE(error) || size <= 0 || (info.errors & ~pardoned) != 0) return std::nullopt;
  return std::string(room.data(), static_cast<std::size_t>(size));
}

// The numbers of "0x7f.1"; an empty part stands for what is none.
std::vector<std::string_view> host_parts(std::string_view host) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto dot = host.find('.');
    parts.push_back(host.substr(0, dot));
    if (dot == host.npos) break;
    host.remove_prefix(dot + 1);
  }
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  return parts;
}

// Decimal, octal after 0, hexadecimal after 0x.
std::optional<std::uint64_t> ipv4_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t base = 10;
  if (text.size() >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() >= 2 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = host_hex_digit(c);
    if (digit < 0 || static_cast<std::uint64_t>(digit) >= base) return std::nullopt;
    value = std::min<std::uint64_t>(value * base + static_cast<std::uint64_t>(digit), 1ULL << 40U);
  }
  return value;
}

bool ends_in_number(std::string_view host) {
  const std::string_view last = host_parts(host).back();
  const bool digits = !last.empty() && last.find_first_not_of("0123456789") == last.npos;
  return digits || ipv4_number(last).has_value();
}

std::optional<std::string> ipv4(std::string_view host) {
  const auto parts = host_parts(host);
  if (parts.size() > 4) return std::nullopt;
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = ipv4_number(parts[i]);
    if (!number) return std::nullopt;
    const std::size_t bytes = i + 1 < parts.size() ? 1 : 5 - parts.size();  // the last fills up
    if (*number >= 1ULL << (8 * bytes)) return std::nullopt;
    address = (address << (8 * bytes)) + *number;
  }
  std::string text;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    text += (text.empty() ? "" : ".") + std::to_string((address >> shift) & 0xFFU);
  }
  return text;
}

using Pieces = std::array<unsigned, 8>;

// The longest run of zeros, of at least two.
std::pair<std::size_t, std::size_t> longest_zeros(const Pieces& pieces) {
  std::size_t best = 0;
  std::size_t length = 1;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::size_t end = i;
    while (end < pieces.size() && pieces[end] == 0) ++end;
    if (end - i > length) {
      best = i;
      length = end - i;
    }
  }
  return length > 1 ? std::pair(best, length) : std::pair(pieces.size(), std::size_t{0});
}

std::string host_hex_text(unsigned value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), digits[value % 16]);
    value /= 16;
  } while (value != 0);
  return text;
}

std::optional<std::string> ipv6(std::string_view text) {
  in6_addr address{};
  if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) return std::nullopt;
  Pieces pieces{};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i] = address.s6_addr[2 * i] * 256U + address.s6_addr[2 * i + 1];
  }
  const auto [zeros, length] = longest_zeros(pieces);
  std::string result;
  for (std::size_t i = 0; i < pieces.size();) {
    if (i == zeros) {
      result += "::";
      i += length;
    } else {
      if (!result.empty() && result.back() != ':') result += ':';
      result += host_hex_text(pieces[i++]);
    }
  }
  return "[" + result + "]";
}

}  // namespace

std::optional<std::string> web_host(std::string_view text) {
  if (text.size() > longest_host) return std::nullopt;
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return std::nullopt;
    return ipv6(text.substr(1, text.size() - 2));
  }
  std::string name = host_decoded(text);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (!is_plain_name(name)) {
    const auto ascii = is_utf8(name) ? idna(name) : std::nullopt;
    if (!ascii) return std::nullopt;
    name = *ascii;
  }
  if (name.empty() || std::any_of(name.begin(), name.end(), is_forbidden_in_domain)) {
    return std::nullopt;
  }
  return ends_in_number(name) ? ipv4(name) : std::optional(std::move(name));
}

std::optional<std::string> opaque_host(std::string_view text) {
  if (text.starts_with('[')) return web_host(text);
  if (std::any_of(text.begin(), text.end(), is_forbidden_in_host)) return std::nullopt;
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      result += c;
    } else {
      constexpr std::string_view digits = "0123456789ABCDEF";
      result += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return result;
}

}  // namespace tillwatch::config

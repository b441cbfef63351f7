#include "probes/network/network_facts.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace tillwatch::probes {

namespace {

// include/uapi/linux/route.h
constexpr unsigned route_is_up = 0x0001;
constexpr unsigned route_is_reject = 0x0200;
constexpr std::size_t most_resolvers = 3;  // MAXNS of the C library

std::vector<std::vector<std::string>> rows(std::string_view text) {
  std::vector<std::vector<std::string>> all;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    auto& row = all.emplace_back();
    for (std::string word; words >> word;) row.push_back(std::move(word));
  }
  return all;
}

bool usable(const std::string& hexadecimal_flags) {
  unsigned flags = 0;
  const char* end = hexadecimal_flags.data() + hexadecimal_flags.size();
  const auto parsed = std::from_chars(hexadecimal_flags.data(), end, flags, 16);
  return parsed.ec == std::errc() && (flags & route_is_up) && !(flags & route_is_reject);
}

bool zeros(const std::string& digits) {
  return !digits.empty() && digits.find_first_not_of('0') == std::string::npos;
}

}  // namespace

// Iface Destination Gateway Flags RefCnt Use Metric Mask ...
bool has_default_route_v4(std::string_view text) {
  const auto all = rows(text);
  return std::any_of(all.begin(), all.end(), [](const auto& row) {
    return row.size() >= 8 && zeros(row[1]) && zeros(row[7]) && usable(row[3]);
  });
}

// destination length source length next-hop metric references use flags device
bool has_default_route_v6(std::string_view text) {
  const auto all = rows(text);
  return std::any_of(all.begin(), all.end(), [](const auto& row) {
    return row.size() >= 10 && zeros(row[0]) && zeros(row[1]) && usable(row[8]) && row[9] != "lo";
  });
}

std::vector<boost::asio::ip::address> resolvers_of(std::string_view text) {
  std::vector<boost::asio::ip::address> resolvers;
  for (const auto& row : rows(text)) {
    if (row.size() < 2 || row[0] != "nameserver" || resolvers.size() == most_resolvers) continue;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(row[1], error);
    if (!error) resolvers.push_back(address);
  }
  if (resolvers.empty()) resolvers.emplace_back(boost::asio::ip::address_v4::loopback());
  return resolvers;
}

// RFC 1035, 4.1: a header with "recursion desired" and one question: ".", NS, IN.
std::array<std::uint8_t, 17> dns_question(std::uint16_t id) {
  return {static_cast<std::uint8_t>(id >> 8),
          static_cast<std::uint8_t>(id & 0xff),
          1,
          0,
          0,
          1,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          2,
          0,
          1};
}

bool is_dns_answer(const std::uint8_t* bytes, std::size_t size, std::uint16_t id) {
  return size >= 12 && bytes[0] == id >> 8 && bytes[1] == (id & 0xff) && (bytes[2] & 0x80) != 0;
}

std::optional<HostPort> host_port_of(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  HostPort found;
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  found.host = host;
  const auto parsed =
      std::from_chars(text.data() + colon + 1, text.data() + text.size(), found.port);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || found.port == 0 ||
      host.empty()) {
    return std::nullopt;
  }
  return found;
}

}  // namespace tillwatch::probes

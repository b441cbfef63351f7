#pragma once

// What the kernel's and the resolver's files say about this machine's network. Pure functions.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace tillwatch::probes {

// Whether the text of /proc/net/route, /proc/net/ipv6_route holds a default route that is up.
bool has_default_route_v4(std::string_view text);
bool has_default_route_v6(std::string_view text);

// The resolvers of a resolv.conf, at most three, as the C library takes them; without any, the one
// on this machine.
std::vector<boost::asio::ip::address> resolvers_of(std::string_view text);

// The smallest question: the name servers of the root.
std::array<std::uint8_t, 17> dns_question(std::uint16_t id);
// Any answer to that question, a refusal too: it came from a resolver that lives.
bool is_dns_answer(const std::uint8_t* bytes, std::size_t size, std::uint16_t id);

struct HostPort {
  std::string host;
  unsigned short port = 0;
};
// `host:port`, `192.0.2.1:port`, `[2001:db8::1]:port`.
std::optional<HostPort> host_port_of(std::string_view text);

}  // namespace tillwatch::probes

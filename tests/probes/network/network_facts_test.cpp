#include "probes/network/network_facts.h"

#include <doctest/doctest.h>

namespace tillwatch::probes {

TEST_CASE("A default route is one to everywhere that is up and no rejection") {
  const std::string head =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
  const std::string local = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
  CHECK_FALSE(has_default_route_v4(""));
  CHECK_FALSE(has_default_route_v4(head + local));
  CHECK(has_default_route_v4(head + local +
                             "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"));
  CHECK_FALSE(has_default_route_v4("*\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0\n"));
  CHECK_FALSE(has_default_route_v4("eth0\t00000000\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"));
  CHECK_FALSE(has_default_route_v4("eth0\t00000000\t0000"));

  const std::string zero(32, '0');
  const std::string tail = " 00000400 00000001 00000000 ";
  const std::string gateway = "fe800000000000000000000000000001";
  CHECK(has_default_route_v6(zero + " 00 " + zero + " 00 " + gateway + tail + "00000003 eth0\n"));
  CHECK_FALSE(has_default_route_v6(zero + " 00 " + zero + " 00 " + zero +
                                   " ffffffff 00000001 00000000 00200200       lo\n"));
  CHECK_FALSE(has_default_route_v6("20010db8000000000000000000000000 40 " + zero + " 00 " + zero +
                                   tail + "00000001 eth0\n"));
}

TEST_CASE("The resolvers are those of resolv.conf, three at most, or this machine") {
  const auto resolvers = resolvers_of(
      "# a comment\nsearch example\nnameserver 192.0.2.1\nnameserver nonsense\n"
      "nameserver 2001:db8::53\nnameserver 192.0.2.2 # third\nnameserver 192.0.2.3\n");
  REQUIRE(resolvers.size() == 3);
  CHECK(resolvers[0].to_string() == "192.0.2.1");
  CHECK(resolvers[1].to_string() == "2001:db8::53");
  CHECK(resolvers[2].to_string() == "192.0.2.2");
  REQUIRE(resolvers_of("").size() == 1);
  CHECK(resolvers_of("")[0].is_loopback());
}

TEST_CASE("Only an answer to our own question counts") {
  const auto question = dns_question(0x1234);
  CHECK_FALSE(is_dns_answer(question.data(), question.size(), 0x1234));
  auto answer = question;
  answer[2] |= 0x80;
  answer[3] |= 0x05;  // refused
  CHECK(is_dns_answer(answer.data(), answer.size(), 0x1234));
  CHECK_FALSE(is_dns_answer(answer.data(), answer.size(), 0x1235));
  CHECK_FALSE(is_dns_answer(answer.data(), 11, 0x1234));
}

TEST_CASE("A host and port is read, IPv6 in brackets") {
  CHECK(host_port_of("one.test:53")->host == "one.test");
  CHECK(host_port_of("one.test:53")->port == 53);
  CHECK(host_port_of("[2001:db8::1]:443")->host == "2001:db8::1");
  for (const char* bad : {"", ":", "one.test", "one.test:", ":53", "one.test:0", "one.test:65536",
                          "one.test:5x", "2001:db8::1:443", "[]:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(host_port_of(bad));
  }
}

}  // namespace tillwatch::probes

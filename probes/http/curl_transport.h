#pragma once

// The real network: libcurl's multi interface on one Asio executor.
//
// Threads: that of the executor, but for the resolver's own.

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "probes/http/resolver.h"
#include "probes/transport.h"

namespace tillwatch::probes {

struct CurlTransportOptions {
  CurlTransportOptions() = default;
  Lookup lookup = &look_up;
  Resolver::Limits resolver;
};

// Loads the system's certificate authorities, once, and ignores SIGPIPE for the process. Throws
// std::runtime_error. The transport outlives its sessions, and the executor's context outlives it.
std::unique_ptr<Transport> make_curl_transport(
    const boost::asio::any_io_executor& executor,
    CurlTransportOptions options = CurlTransportOptions());

}  // namespace tillwatch::probes

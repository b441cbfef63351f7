#pragma once

// The number in one line, for `systemctl status`:
// "acme: 0.4 h of 2 h, checkout broken since 14:02 UTC; 3 stores, 18 probes".

#include <cstddef>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/ledger/answers.h"
#include "daemon/surfaces/queries.h"

namespace tillwatch::service {

// Tells of the store that matters most: one that is broken, else the one with the most broken time.
// `open`: the breaks that last.
std::string status_line(const std::vector<StoreNumber>& stores, const std::vector<Break>& open,
                        std::size_t probes, UtcTime now);

// The same of now.
boost::asio::awaitable<std::string> status_line(Queries& queries, std::size_t probes);

}  // namespace tillwatch::service

#pragma once

// The status page at `/`: one self-contained HTML document without scripts.

#include <string>

#include "daemon/surfaces/queries.h"
#include "daemon/web/http.h"

namespace tillwatch {

// `?store=NAME` shows that store alone. With many stores, those without trouble are shown in short.
boost::asio::awaitable<std::string> status_page(const HttpRequest& request, Queries& queries);

}  // namespace tillwatch

#pragma once

// GET /api/v1/...: the number, the breaks and the minutes as JSON. What is answered comes from
// Queries alone.

#include "daemon/surfaces/queries.h"
#include "daemon/web/http.h"

namespace tillwatch {

// {"error": message}
HttpResponse json_error(int status, std::string_view message);

// The longest stretch of time that one request may ask for.
inline constexpr int longest_range_days = 400;

// Answers a GET whose path begins with /api/.
boost::asio::awaitable<HttpResponse> answer_api(const HttpRequest& request, Queries& queries);

}  // namespace tillwatch

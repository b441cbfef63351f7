#pragma once

// All addresses of the daemon: who answers what, and who may.

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/calls/hooks.h"
#include "daemon/surfaces/commands.h"
#include "daemon/surfaces/queries.h"
#include "daemon/web/http.h"

namespace tillwatch {

// What is before the reasons where a configuration is refused.
inline constexpr std::string_view reload_refused =
    "The configuration was not reloaded, the old one stays in use:\n";

class Site {
 public:
  using Words = std::function<std::string()>;
  using LongWords = std::function<boost::asio::awaitable<std::string>()>;

  // What the site needs of the daemon. All of it is called on the loop.
  struct Hooks {
    Words token;       // for writes; empty: writes are refused
    Words not_ready;   // empty once the daemon is ready, else what it waits for
    LongWords scrape;  // the text of /metrics; empty: refused, too many at once
  };

  // What it is given outlives the site, the site outlives its servers.
  Site(Queries& queries, Commands& commands, HookListener& listener, Hooks hooks)
      : queries_(queries), commands_(commands), listener_(listener), hooks_(std::move(hooks)) {}

  boost::asio::awaitable<HttpResponse> answer(HttpRequest request);
  Handler handler() {
    return [this](HttpRequest request) { return answer(std::move(request)); };
  }

 private:
  boost::asio::awaitable<HttpResponse> page(const HttpRequest& request);
  boost::asio::awaitable<HttpResponse> metrics();
  boost::asio::awaitable<HttpResponse> reload(const HttpRequest& request);

  Queries& queries_;
  Commands& commands_;
  HookListener& listener_;
  Hooks hooks_;
};

}  // namespace tillwatch

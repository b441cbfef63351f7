#pragma once

// All addresses of the daemon: who answers what, and who may.

#include <functional>
#include <string>

#include "daemon/calls/hooks.h"
#include "daemon/surfaces/queries.h"
#include "daemon/web/http.h"

namespace tillwatch {

class Site {
 public:
  using Words = std::function<std::string()>;
  using LongWords = std::function<boost::asio::awaitable<std::string>()>;

  // What the site needs of the daemon. All of it is called on the loop.
  struct Hooks {
    Words token;       // for writes; empty: writes are refused
    Words not_ready;   // empty once the daemon is ready, else what it waits for
    LongWords scrape;  // the text of /metrics; empty: refused, too many at once
    LongWords reload;  // empty once the new configuration is in use, else what is wrong with it
  };

  // The queries and the listener outlive the site, the site outlives its server.
  Site(Queries& queries, HookListener& listener, Hooks hooks)
      : queries_(queries), listener_(listener), hooks_(std::move(hooks)) {}

  boost::asio::awaitable<HttpResponse> answer(HttpRequest request);
  Handler handler() {
    return [this](HttpRequest request) { return answer(std::move(request)); };
  }

 private:
  HttpResponse page(const HttpRequest& request);
  boost::asio::awaitable<HttpResponse> metrics();
  boost::asio::awaitable<HttpResponse> reload(HttpRequest request);

  Queries& queries_;
  HookListener& listener_;
  Hooks hooks_;
};

}  // namespace tillwatch

#pragma once

// A store without a network: a function answers each request. With it comes all that a run needs,
// on a clock that stands still unless an answer takes time.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "config/loader.h"
#include "probes/run.h"

namespace tillwatch::probes {

class FakeClock final : public Clock {
 public:
  UtcTime wall() const override { return UtcTime(std::chrono::hours(24 * 365 * 50)) + passed(); }
  SteadyTime steady() const override { return now_; }
  void pass(Microseconds time) { now_ += time; }

 private:
  std::chrono::milliseconds passed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch());
  }
  SteadyTime now_{};
};

class FakeNetwork final : public LocalNetwork {
 public:
  boost::asio::awaitable<std::string> trouble(std::string host) override {
    asked.push_back(std::move(host));
    co_return words;
  }
  std::string words;
  std::vector<std::string> asked;
};

// Header names are compared as written here.
inline std::string sent_header(const Request& request, std::string_view name) {
  std::string found = "(none)";
  for (const auto& [key, value] : request.headers) {
    if (key == name) found = found == "(none)" ? value : found + "|" + value;
  }
  return found;
}

inline Response answer(int status, std::string body = "",
                       decltype(Response::headers) headers = {}) {
  Response response;
  response.connected = true;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  response.total = std::chrono::milliseconds(10);
  return response;
}

inline Response redirect(int status, std::string location) {
  decltype(Response::headers) headers;
  headers.emplace_back("location", std::move(location));
  return answer(status, "", std::move(headers));
}

inline Response failure(TransportError error, bool connected = false, std::string words = "") {
  Response response;
  response.error = error;
  response.connected = connected;
  response.error_text = std::move(words);
  return response;
}

class FakeStore final : public Transport {
 public:
  using Handler = std::function<Response(const Request&)>;

  std::unique_ptr<Session> open(std::shared_ptr<const config::Store>) override {
    if (opens_throw) throw std::runtime_error("no handle");
    ++sessions;
    return std::make_unique<Jar>(*this);
  }

  Handler handler = [](const Request&) { return answer(200); };
  bool opens_throw = false;
  FakeClock* clock = nullptr;
  std::map<std::string, std::string> cookies;
  std::vector<Request> requests;
  int sessions = 0;

 private:
  class Jar final : public Session {
   public:
    explicit Jar(FakeStore& store) : store_(store) {}
    boost::asio::awaitable<Response> perform(Request request) override {
      store_.requests.push_back(request);
      Response response = store_.handler(request);
      if (request.sink && response.status == 200 && response.error == TransportError::none) {
        stream(request, response);
      }
      if (store_.clock) store_.clock->pass(response.total);
      co_return response;
    }
    std::optional<std::string> cookie(const std::string& name, const std::string&) override {
      const auto found = store_.cookies.find(name);
      if (found == store_.cookies.end()) return std::nullopt;
      return found->second;
    }

   private:
    // In small parts, so that readers meet every seam.
    static void stream(const Request& request, Response& response) {
      const std::string body = std::move(response.body);
      response.body.clear();
      for (std::size_t at = 0; at < body.size(); at += 7) {
        if (at + 7 > request.most_streamed) {
          response.error = TransportError::too_large;
          return;
        }
        if (!request.sink(response, std::string_view(body).substr(at, 7))) {
          response.error = TransportError::cancelled;
          return;
        }
      }
    }
    FakeStore& store_;
  };
};

// One probe of one store, to be filled and run.
struct Stage {
  Stage() {
    store.name = "acme";
    store.url = "https://acme.example";
    static const auto walls = config::load_text("stores: []\n", "walls")->walls;
    store.walls = walls;
    transport.clock = &clock;
  }

  config::Step& step(std::string_view url, config::Method method = config::Method::get) {
    return add(plan.steps, url, method);
  }
  config::Step& cleanup(std::string_view url, config::Method method = config::Method::post) {
    return add(plan.cleanup, url, method);
  }

  std::shared_ptr<const config::Probe> made() {
    probe.name = "probe";
    probe.store = std::make_shared<config::Store>(store);
    probe.plan = std::make_shared<config::Plan>(plan);
    return std::make_shared<config::Probe>(probe);
  }

  // Throws what escapes run().
  Outcome run() {
    boost::asio::io_context loop;
    const RunContext context(transport, clock, network, redactor);
    Outcome outcome;
    std::exception_ptr escaped;
    boost::asio::co_spawn(loop, probes::run(made(), context),
                          [&](std::exception_ptr error, Outcome result) {
                            escaped = error;
                            outcome = std::move(result);
                          });
    loop.run();
    if (escaped) std::rethrow_exception(escaped);
    return outcome;
  }

  // Answers each request with the next of `responses`, then with the last one again.
  void answers(std::vector<Response> responses) {
    transport.handler = [responses, at = std::size_t{0}](const Request&) mutable {
      return responses[std::min(at++, responses.size() - 1)];
    };
  }

  std::string sent_urls() const {
    std::string urls;
    for (const Request& request : transport.requests) {
      urls += (urls.empty() ? "" : ", ") + request.method + " " + request.url;
    }
    return urls;
  }

  FakeClock clock;
  FakeNetwork network;
  FakeStore transport;
  config::Redactor redactor;
  config::Store store;
  config::Probe probe;
  config::Plan plan;

 private:
  static config::Step& add(std::vector<config::Step>& steps, std::string_view url,
                           config::Method method) {
    config::Step& step = steps.emplace_back();
    step.name = "step " + std::to_string(steps.size());
    step.url = config::Template(url);
    step.method = method;
    return step;
  }
};

}  // namespace tillwatch::probes

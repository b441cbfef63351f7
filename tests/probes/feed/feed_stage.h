#pragma once

// A probe of the type `feed` on a store without a network.

#include "config/kinds/feed.h"
#include "probes/feed/reader.h"
#include "probes/feed/values.h"
#include "tests/probes/fake_store.h"

namespace tillwatch::probes {

inline std::string rss(const std::string& items, const std::string& head = "") {
  return R"(<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel>)" + head +
         items + "</channel></rss>";
}
inline std::string item(const std::string& id, const std::string& price = "9.50 EUR",
                        const std::string& stock = "in_stock") {
  return "<item><g:id>" + id + "</g:id><link>https://acme.example/p/" + id + "</link><g:price>" +
         price + "</g:price><g:availability>" + stock + "</g:availability></item>";
}
inline std::string page(const std::string& price, const std::string& stock = "InStock",
                        const std::string& currency = "EUR") {
  return R"(<html><script type="application/ld+json">{"@graph":[{"@type":"Product","sku":"a",)"
         R"("offers":{"@type":"Offer","price":")" +
         price + R"(","priceCurrency":")" + currency + R"(","availability":"https://schema.org/)" +
         stock + R"("}}]}</script></html>)";
}

struct FeedStage : Stage {
  FeedStage() {
    probe.type = ProbeType::feed;
    step("/feed");
    store.product["id"] = "a";
    transport.handler = [this](const Request& request) {
      if (!request.url.ends_with("/feed")) return answer(200, shop);
      return answer(200, body, headers);
    };
  }
  std::string found() {
    probe.feed = std::make_shared<const config::Feed>(feed);
    boost::asio::io_context loop;
    RunContext context(transport, clock, network, redactor);
    context.memory = memory;
    boost::asio::co_spawn(loop, probes::run(made(), context),
                          [&](std::exception_ptr error, Outcome result) {
                            REQUIRE_FALSE(error);
                            outcome = std::move(result);
                          });
    loop.run();
    return outcome.verdict == Verdict::pass ? "pass" : std::string(name(outcome.reason));
  }
  config::Feed feed;
  std::shared_ptr<Memory> memory = std::make_shared<Memory>();
  std::string body = rss(item("a") + item("b"));
  std::string shop = page("9.50");
  decltype(Response::headers) headers;
  Outcome outcome;
};

}  // namespace tillwatch::probes

// A storefront's run: which answer is the product page, what is held against it, what is returned.

#include <doctest/doctest.h>

#include <fstream>

#include "config/kinds/storefront.h"
#include "config/loader.h"
#include "probes/page/fingerprint.h"
#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

std::string page(const std::string& price, const std::string& stock = "InStock") {
  return R"(<html><script src="https://cdn.example/)" + price + R"(.js"></script>)" +
         R"(<script type="application/ld+json">{"@type":"Product","sku":"A","offers":{)" +
         R"("@type":"Offer","priceCurrency":"EUR","price":")" + price + R"(","availability":")" +
         stock + R"("}}</script></html>)";
}

struct StorefrontStage : Stage {
  StorefrontStage() {
    probe.type = ProbeType::storefront;
    hold(config::StructuredData::checked);
    store.product["sku"] = "A";
    store.product["price"] = 1;
  }
  void hold(config::StructuredData data) {
    config::Storefront storefront;
    storefront.structured_data = data;
    storefront.marks = std::make_shared<const config::PageMarks>();
    probe.storefront = std::make_shared<const config::Storefront>(storefront);
  }
  std::string assets() const {
    return outcome.fingerprint && !outcome.fingerprint->assets.empty()
               ? outcome.fingerprint->assets.front()
               : "none";
  }
  std::string found() {
    outcome = run();
    return outcome.verdict == Verdict::pass ? "pass" : std::string(name(outcome.reason));
  }
  Outcome outcome;
};

}  // namespace

TEST_CASE("a storefront whose page agrees passes with its fingerprint") {
  StorefrontStage stage;
  stage.step("/{{ product.sku }}");
  stage.answers({answer(200, page("1.00"))});
  CHECK(stage.found() == "pass");
  REQUIRE(stage.outcome.fingerprint);
  CHECK(stage.outcome.fingerprint->price == "1.00 EUR");
  CHECK(stage.outcome.fingerprint->script_hosts == std::vector<std::string>{"cdn.example"});
  CHECK_FALSE(stage.outcome.evidence);
}

TEST_CASE("a disagreement is told with the page as evidence, after all steps") {
  StorefrontStage stage;
  stage.step("/{{ product.sku }}");
  stage.step("/{{ product.sku }}.js");
  stage.answers({answer(200, page("2.00")), answer(200, R"({"price":100})")});
  CHECK(stage.found() == "price");
  CHECK(stage.outcome.verdict == Verdict::fail);
  CHECK(stage.outcome.step == "step 1");
  CHECK(stage.outcome.steps.size() == 2);
  REQUIRE(stage.outcome.evidence);
  CHECK(stage.outcome.evidence->url == "https://acme.example/A");
  CHECK(stage.outcome.evidence->body.starts_with("<html>"));
  CHECK(stage.outcome.fingerprint);
  // What a step finds comes first.
  stage.answers({answer(200, page("2.00")), answer(500)});
  CHECK(stage.found() == "http_status");
  CHECK(stage.outcome.step == "step 2");
  CHECK(stage.assets() == "cdn.example/2.00.js");
}

TEST_CASE("the product page is the last page of a step that names the product") {
  StorefrontStage stage;
  stage.step("/");
  stage.step("/{{ product.sku }}");
  stage.step("/cart");
  stage.answers({answer(200, page("3")), answer(200, page("1")), answer(200, page("4"))});
  CHECK(stage.found() == "pass");
  CHECK(stage.assets() == "cdn.example/1.js");
  stage.answers({answer(200, page("3")), answer(200, "{}"), answer(200, page("4"))});
  CHECK(stage.found() == "pass");
  CHECK(stage.assets() == "none");
  // Where none names it: the last page.
  stage.plan.steps.clear();
  stage.step("/");
  stage.step("/sock");
  stage.answers({answer(200, page("3")), answer(200, "\xEF\xBB\xBF\n" + page("1"))});
  CHECK(stage.found() == "pass");
  CHECK(stage.assets() == "cdn.example/1.js");
}

TEST_CASE(
    "a page that is not as expected has a fingerprint, one that means something else has none") {
  StorefrontStage stage;
  stage.step("/{{ product.sku }}").expect.contains.push_back({config::Template("Sock"), {}});
  stage.answers({answer(200, page("2.00"))});
  CHECK(stage.found() == "body");
  CHECK(stage.assets() == "cdn.example/2.00.js");
  for (const Response& other :
       {answer(404, page("1")), answer(503, page("1")), answer(429, page("1")), redirect(302, "/x"),
        answer(200, "plain text"), failure(TransportError::timeout)}) {
    stage.answers({other});
    CHECK(stage.found() != "pass");
    CHECK_FALSE(stage.outcome.fingerprint);
  }
}

TEST_CASE("structured data may be required, or left alone") {
  StorefrontStage stage;
  stage.step("/{{ product.sku }}");
  stage.answers({answer(200, "<html></html>")});
  CHECK(stage.found() == "pass");
  stage.hold(config::StructuredData::required);
  CHECK(stage.found() == "body");
  CHECK(stage.outcome.evidence->url == "https://acme.example/A");
  stage.answers({answer(200, "{}")});
  CHECK(stage.found() == "body");
  stage.answers({answer(200, page("1"))});
  CHECK(stage.found() == "pass");
  stage.answers({answer(200, page("1", "SoldOut"))});
  CHECK(stage.found() == "sold_out");
  stage.hold(config::StructuredData::ignored);
  CHECK(stage.found() == "pass");
  CHECK(stage.assets() == "cdn.example/1.js");
}

TEST_CASE("a block that cannot be read is told") {
  StorefrontStage stage;
  stage.step("/{{ product.sku }}");
  const std::string broken = R"(<script type="application/ld+json">{"@type":"Product",</script>)";
  stage.answers({answer(200, "<html>" + broken + page("1"))});
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note.starts_with(
      "the JSON-LD (block 1) cannot be read: it ends too early in line 1"));
  stage.answers({answer(200, "<html>" + broken)});
  CHECK(stage.found() == "pass");
  stage.hold(config::StructuredData::required);
  CHECK(stage.found() == "body");
  CHECK(stage.outcome.message.find("cannot be read: it ends too early in line 1, column 20, near "
                                   "\"{\"@type\":\"Product\",\"") != std::string::npos);
  stage.hold(config::StructuredData::ignored);
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.note.empty());
}

TEST_CASE("other types of probe look at no page's data and return no fingerprint") {
  StorefrontStage stage;
  stage.probe.type = ProbeType::http;
  stage.probe.storefront = nullptr;
  stage.step("/{{ product.sku }}");
  stage.answers({answer(200, page("2.00"))});
  CHECK(stage.found() == "pass");
  CHECK_FALSE(stage.outcome.fingerprint);
}

TEST_CASE("a secret that the page repeats is not in its fingerprint") {
  StorefrontStage stage;
  stage.redactor.add_secret("hunter22");
  stage.step("/{{ product.sku }}");
  stage.answers({answer(200,
                        "<script src=https://hunter22.example/hunter22.js></script>"
                        "<meta name=generator content=hunter22>")});
  CHECK(stage.found() == "pass");
  CHECK(stage.outcome.fingerprint->assets ==
        std::vector<std::string>{"[secret].example/[secret].js"});
  CHECK(stage.outcome.fingerprint->script_hosts == std::vector<std::string>{"[secret].example"});
  CHECK(stage.outcome.fingerprint->generators == std::vector<std::string>{"[secret]"});
}

namespace {

struct Manual {
  std::string example;
  std::vector<std::pair<std::string, std::string>> rows;  // an offer, what is found
};

// The section about storefronts of probes/README.md.
Manual manual() {
  std::ifstream stream(TILLWATCH_PROBES_README);
  Manual read;
  bool section = false;
  bool example = false;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("## ")) section = line == "## storefront";
    if (line == "```") example = false;
    if (example) read.example += line + "\n";
    if (line == "```yaml storefront") example = true;
    const auto cell = line.find(" | ");
    if (!section || cell == line.npos) continue;
    std::string offer = line.substr(2, cell - 2);
    if (offer.starts_with('`')) offer = offer.substr(1, offer.size() - 2);
    if (offer.starts_with('"') || offer == "none") read.rows.emplace_back(offer, line.substr(cell));
  }
  return read;
}

std::string row_of(const Outcome& outcome) {
  std::string text = " | " + std::string(name(outcome.verdict));
  if (outcome.reason != Reason::none) text += ", `" + std::string(name(outcome.reason)) + "`";
  return text + " |" + (outcome.message.empty() ? "" : " " + outcome.message) + " |";
}

}  // namespace

TEST_CASE("the manual's storefront finds what the manual says") {
  const Manual read = manual();
  REQUIRE(read.rows.size() == 7);
  const auto loaded = config::load_text(read.example, "README.md");
  for (const auto& row : read.rows) {
    const auto& offer = row.first;
    const auto& promised = row.second;
    Stage stage;
    std::string page = "<html><title>Probe sock</title>";
    if (offer != "none") {
      page += R"(<script type="application/ld+json">{"@type": "Product", "sku": "PROBE-1",)"
              R"("offers": {"@type": "Offer", )" +
              offer + "}}</script>";
    }
    stage.transport.handler = [&](const Request&) {
      Response response = answer(200, page);
      response.certificate_expiry = stage.clock.wall() + std::chrono::hours(24 * 20);
      return response;
    };
    boost::asio::io_context loop;
    Outcome outcome;
    const RunContext context(stage.transport, stage.clock, stage.network, *loaded->redactor);
    boost::asio::co_spawn(loop, probes::run(loaded->probes.at(0), context),
                          [&](std::exception_ptr, Outcome result) { outcome = std::move(result); });
    loop.run();
    CHECK_MESSAGE(row_of(outcome) == promised, offer);
  }
}

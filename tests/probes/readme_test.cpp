// The example of probes/README.md, and every row of the table under it.

#include <doctest/doctest.h>

#include <fstream>

#include "config/loader.h"
#include "tests/probes/fake_store.h"

using namespace tillwatch;
using namespace tillwatch::probes;

namespace {

std::vector<std::string> manual() {
  std::ifstream stream(TILLWATCH_PROBES_README);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string example() {
  std::string text;
  bool inside = false;
  for (const std::string& line : manual()) {
    if (line == "```") inside = false;
    if (inside) text += line + "\n";
    if (line == "```yaml config") inside = true;
  }
  return text;
}

// The two last cells of the row that begins with `first`.
std::string promised(const std::string& first) {
  for (const std::string& line : manual()) {
    if (line.starts_with("| " + first + " |")) return line.substr(first.size() + 5);
  }
  return "no such row: " + first;
}

constexpr auto page = "<title>Sock</title><input name=nonce value=n1><button name=add>";

std::string found(const Response& first, const Response& second) {
  Stage stage;
  stage.transport.handler = [&](const Request& request) {
    if (request.method == "DELETE") return answer(204);
    return request.method == "GET" ? first : second;
  };
  const auto config = config::load_text(example(), "README.md");
  boost::asio::io_context loop;
  Outcome outcome;
  const RunContext context(stage.transport, stage.clock, stage.network, *config->redactor);
  boost::asio::co_spawn(loop, probes::run(config->probes.at(0), context),
                        [&](std::exception_ptr, Outcome result) { outcome = std::move(result); });
  loop.run();
  CHECK(stage.transport.requests.back().method == "DELETE");
  std::string text(name(outcome.verdict));
  if (outcome.reason != Reason::none) text += ", `" + std::string(name(outcome.reason)) + "`";
  return text + " | " + outcome.message + (outcome.message.empty() ? "|" : " |");
}

}  // namespace

TEST_CASE("the manual's example finds what the manual says") {
  const Response shown = answer(200, page);
  const auto add = [&](int status, const std::string& body) {
    return found(shown, answer(status, body));
  };
  CHECK(add(200, R"({"items":1,"total":9.5})") ==
        promised(R"(page, then `{"items":1,"total":9.5}`)"));
  CHECK(add(422, R"({"error":"Sold out"})") ==
        promised(R"(page, then 422 `{"error":"Sold out"}`)"));
  CHECK(add(200, R"({"items":0,"total":0})") == promised(R"(page, then `{"items":0,"total":0}`)"));
  CHECK(add(200, R"({"items":1,"total":8})") == promised(R"(page, then `{"items":1,"total":8}`)"));
  CHECK(add(200, "<title>Closed</title>") == promised("page, then an HTML page"));
  CHECK(found(answer(200, "<title>Sock</title>"), shown) == promised("a page without the button"));
  CHECK(found(answer(503), shown) == promised("503"));
  CHECK(found(answer(429, "", {{"retry-after", "60"}}), shown) ==
        promised("429 with Retry-After: 60"));
}

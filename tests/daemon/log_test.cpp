#include "daemon/log.h"

#include <sstream>

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <boost/json/parse.hpp>

using namespace tillwatch;
using namespace std::chrono;

namespace {

const UtcTime noon = sys_days{year{2026} / 11 / 21} + 12h + 5ms;

std::string line(LogFormat format, std::string_view message, Log::Fields fields) {
  return log_line(format, noon, LogLevel::warn, message, fields, nullptr);
}

}  // namespace

TEST_CASE("a logfmt line quotes only what needs it") {
  CHECK(line(LogFormat::logfmt, "break opened", {{"store", "acme"}, {"runs", 2}, {"why", ""}}) ==
        "time=2026-11-21T12:00:00.005Z level=warn msg=\"break opened\" store=acme runs=2 why=\"\"");
}

TEST_CASE("hostile text can neither end a line nor forge a field nor reach the terminal") {
  const std::string text =
      line(LogFormat::logfmt, "a\nlevel=error msg=\"x\" \x1b[2J\x7f\r\xc2\x9b", {});
  CHECK(text ==
        "time=2026-11-21T12:00:00.005Z level=warn "
        "msg=\"a\\nlevel=error msg=\\\"x\\\" \\u001b[2J\\u007f\\u000d\\u009b\"");
}

TEST_CASE("a JSON line is JSON whatever the text holds") {
  const std::string text =
      line(LogFormat::json, "\"\\\n\t\x01\xff\xc3 \xed\xa0\x80 \xf0\x9f\x9b\x92 gr\xc3\xbc\xc3\x9f",
           {{"n", -3}, {"ok", true}, {"who", "a\"b"}});
  const auto value = boost::json::parse(text);
  CHECK(value.at("level").as_string() == "warn");
  CHECK(value.at("n").as_int64() == -3);
  CHECK(value.at("ok").as_bool());
  CHECK(value.at("who").as_string() == "a\"b");
  const std::string message(value.at("msg").as_string());
  CHECK(message.find("\xf0\x9f\x9b\x92 gr\xc3\xbc\xc3\x9f") != std::string::npos);
  CHECK(message.starts_with("\"\\\n\t\x01\xEF\xBF\xBD"));
}

TEST_CASE("lines below the level are left out, the others end in one newline") {
  std::ostringstream out;
  Log log(LogLevel::warn, LogFormat::logfmt, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  log.debug("one");
  log.info("two");
  log.warn("three {} %v");
  log.error("four");
  const std::string text = out.str();
  CHECK(text.find("one") == std::string::npos);
  CHECK(text.find("two") == std::string::npos);
  CHECK(text.find("msg=\"three {} %v\"\n") != std::string::npos);
  CHECK(text.ends_with("level=error msg=four\n"));
}

TEST_CASE("levels and formats are found by their names") {
  CHECK(log_level_named("debug") == LogLevel::debug);
  CHECK(log_level_named("error") == LogLevel::error);
  CHECK_FALSE(log_level_named("loud"));
  CHECK(log_format_named("json") == LogFormat::json);
  CHECK_FALSE(log_format_named("xml"));
}

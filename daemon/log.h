#pragma once

// The program's log: one line an event, on stderr, as logfmt or JSON, with every secret taken out.
//
// Threads: any. Never throws.

#include <concepts>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/redactor.h"
#include "probes/clock.h"

namespace spdlog {
class logger;
namespace sinks {
class sink;
}
}  // namespace spdlog

namespace tillwatch {

enum class LogLevel : unsigned char { debug, info, warn, error };
enum class LogFormat : unsigned char { logfmt, json };
std::optional<LogLevel> log_level_named(std::string_view text);
std::optional<LogFormat> log_format_named(std::string_view text);

// One `key=value` of a line. Keys are ours: [a-z_]+.
struct LogField {
  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const char* text) : key(name), value(text) {}
  LogField(std::string_view name, const std::string& text) : key(name), value(text) {}
  LogField(std::string_view name, UtcTime time) : key(name), value(to_rfc3339(time)) {}
  LogField(std::string_view name, std::integral auto number)
      : key(name), value(std::to_string(number)), is_number(true) {}
  LogField(std::string_view name, bool flag)
      : key(name), value(flag ? "true" : "false"), is_number(true) {}

  std::string_view key;
  std::string value;
  bool is_number = false;  // written without quotes
};

class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  // To stderr; where that is the journal, with priorities in place of times.
  Log(LogLevel level, LogFormat format);
  Log(LogLevel level, LogFormat format, std::shared_ptr<spdlog::sinks::sink> sink);

  // The secrets of the configuration in use.
  void set_redactor(std::shared_ptr<const config::Redactor> redactor);

  void debug(std::string_view message, Fields fields = {});
  void info(std::string_view message, Fields fields = {});
  void warn(std::string_view message, Fields fields = {});
  void error(std::string_view message, Fields fields = {});

 private:
  void write(LogLevel level, std::string_view message, Fields fields);

  LogFormat format_;
  bool to_journal_ = false;
  std::shared_ptr<spdlog::logger> logger_;
  std::shared_ptr<const config::Redactor> redactor_;  // exchanged atomically; may be null
};

// One line without its newline; hostile text cannot end it or forge a field.
std::string log_line(LogFormat format, std::optional<UtcTime> time, LogLevel level,
                     std::string_view message, Log::Fields fields,
                     const config::Redactor* redactor);

}  // namespace tillwatch

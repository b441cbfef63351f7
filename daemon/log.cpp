#include "daemon/log.h"

#include <algorithm>
#include <array>
#include <atomic>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "config/utf8.h"
#include "daemon/service/journal.h"

namespace tillwatch {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> format_names{"logfmt", "json"};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

service::Priority priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return service::Priority::debug;
    case LogLevel::info:
      return service::Priority::info;
    case LogLevel::warn:
      return service::Priority::warning;
    case LogLevel::error:
      break;
  }
  return service::Priority::error;
}

void append_escape(std::string& to, unsigned char byte) {
  static constexpr std::string_view digits = "0123456789abcdef";
  to += "\\u00";
  to += digits[byte >> 4];
  to += digits[byte & 15];
}

// In double quotes, as JSON has it; control characters (which terminals obey) become escapes.
void append_quoted(std::string& to, std::string_view raw) {
  const std::string text = config::to_utf8(raw);
  to += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      to += '\\';
      to += text[i];
    } else if (byte == '\n') {
      to += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      append_escape(to, byte);
    } else if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      append_escape(to, static_cast<unsigned char>(text[++i]));  // U+0080 to U+009F
    } else {
      to += text[i];
    }
  }
  to += '"';
}

bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  });
}

class LineWriter {
 public:
  LineWriter(LogFormat format, const config::Redactor* redactor)
      : json_(format == LogFormat::json), redactor_(redactor) {}

  void add(std::string_view key, std::string_view value, bool bare = false) {
    if (json_) {
      line_ += line_.empty() ? "{\"" : ",\"";
      line_ += key;
      line_ += "\":";
    } else {
      if (!line_.empty()) line_ += ' ';
      line_ += key;
      line_ += '=';
    }
    const std::string clean = redactor_ != nullptr ? redactor_->clean(value) : std::string(value);
    if (json_ ? bare && clean == value : is_plain(clean)) {
      line_ += clean;
    } else {
      append_quoted(line_, clean);
    }
  }
  std::string finish() {
    if (json_) line_ += '}';
    return std::move(line_);
  }

 private:
  bool json_;
  const config::Redactor* redactor_;
  std::string line_;
};

template <typename Enum, std::size_t size>
std::optional<Enum> named(const std::array<std::string_view, size>& names, std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::optional<LogLevel> log_level_named(std::string_view text) {
  return named<LogLevel>(level_names, text);
}
std::optional<LogFormat> log_format_named(std::string_view text) {
  return named<LogFormat>(format_names, text);
}

std::string log_line(LogFormat format, std::optional<UtcTime> time, LogLevel level,
                     std::string_view message, Log::Fields fields,
                     const config::Redactor* redactor) {
  LineWriter line(format, redactor);
  if (time) line.add("time", to_rfc3339(*time));
  line.add("level", level_names[static_cast<std::size_t>(level)]);
  line.add("msg", message);
  for (const LogField& field : fields) line.add(field.key, field.value, field.is_number);
  return line.finish();
}

Log::Log(LogLevel level, LogFormat format)
    : Log(level, format, std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
  to_journal_ = service::stderr_is_journal();
}

Log::Log(LogLevel level, LogFormat format, std::shared_ptr<spdlog::sinks::sink> sink)
    : format_(format), logger_(std::make_shared<spdlog::logger>("tillwatch", std::move(sink))) {
  logger_->set_level(to_spdlog(level));
  logger_->set_pattern("%v");
  logger_->flush_on(spdlog::level::debug);
}

void Log::set_redactor(std::shared_ptr<const config::Redactor> redactor) {
  std::atomic_store(&redactor_, std::move(redactor));
}

void Log::write(LogLevel level, std::string_view message, Fields fields) {
  if (!logger_->should_log(to_spdlog(level))) return;
  const auto redactor = std::atomic_load(&redactor_);
  const auto time = to_journal_ ? std::nullopt : std::optional(SystemClock().wall());
  std::string line = log_line(format_, time, level, message, fields, redactor.get());
  if (to_journal_) line = service::for_journal(priority_of(level), line);
  logger_->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void Log::debug(std::string_view message, Fields fields) {
  write(LogLevel::debug, message, fields);
}
void Log::info(std::string_view message, Fields fields) { write(LogLevel::info, message, fields); }
void Log::warn(std::string_view message, Fields fields) { write(LogLevel::warn, message, fields); }
void Log::error(std::string_view message, Fields fields) {
  write(LogLevel::error, message, fields);
}

}  // namespace tillwatch

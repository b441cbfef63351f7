#pragma once

// The command line as a value. Flags as Prometheus' tools have them.

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/log.h"

namespace tillwatch {

enum class Command : unsigned char {
  run,
  reload,
  check,
  validate,
  platforms,
  ledger,
  alert_test,
  alert_list
};
enum class LedgerTask : unsigned char { backup, check };
enum class CheckFormat : unsigned char { text, json, junit };

struct ListenAddress {
  std::string address;  // numeric
  unsigned short port = 0;
};

struct Options {
  Command command = Command::run;
  std::filesystem::path config_file = "/etc/tillwatch/tillwatch.yaml";
  std::filesystem::path platforms;  // a folder; empty: the built-in ones alone
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::logfmt;
  // run
  std::optional<ListenAddress> listen_address;  // instead of the configuration's
  // run, reload, alert list
  std::filesystem::path control_socket;  // empty: in systemd's runtime directory
  // check, validate
  std::vector<std::pair<std::string, std::string>> set;
  // check
  CheckFormat format = CheckFormat::text;
  std::vector<std::string> stores;  // only these; empty: all
  std::vector<std::string> probes;
  // ledger
  LedgerTask ledger_task = LedgerTask::backup;
  std::filesystem::path ledger_file;  // the copy to make, or what to check
  // alert test
  std::string receiver;  // empty: every one
  // platforms
  std::string platform;  // whose file is shown; empty: a list
};

// Instead of doing anything: what to print and the exit code.
struct Leave {
  int code = 0;
  std::string text;  // to stdout where the code is 0, else to stderr
};

// The exit code of a usage or configuration error.
inline constexpr int usage_error = 2;

std::variant<Options, Leave> parse_options(int count, const char* const* arguments);

}  // namespace tillwatch

#include "daemon/options.h"

#include <map>

#include <boost/asio/ip/address.hpp>

#include <CLI/CLI.hpp>

#include "config/nearest.h"

namespace tillwatch {
namespace {

constexpr const char* about =
    "tillwatch walks an online store's purchase path the way a customer does and keeps its\n"
    "Zero-Revenue-Break Hours.";
constexpr const char* exit_codes =
    "Exit codes of check: 0 all passed, 1 broken, 3 could not tell; 2 for a wrong command line or\n"
    "configuration.";

// "127.0.0.1:9889", "[::1]:9889", ":9889" (all interfaces), "localhost:9889".
ListenAddress listen_address(const std::string& text) {
  const CLI::ValidationError wrong("--web.listen-address",
                                   "`" + text + "` is no address and port, like 127.0.0.1:9889");
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) throw wrong;
  ListenAddress result;
  result.address = text.substr(0, colon);
  if (result.address.starts_with('[') && result.address.ends_with(']')) {
    result.address = result.address.substr(1, result.address.size() - 2);
  } else if (result.address.find(':') != std::string::npos) {
    throw wrong;
  }
  if (result.address.empty()) result.address = "0.0.0.0";
  if (result.address == "localhost") result.address = "127.0.0.1";
  boost::system::error_code error;
  boost::asio::ip::make_address(result.address, error);
  const std::string port = text.substr(colon + 1);
  const bool is_number = !port.empty() && port.size() <= 5 &&
                         port.find_first_not_of("0123456789") == std::string::npos;
  if (error || !is_number || std::stoi(port) > 65535) throw wrong;
  result.port = static_cast<unsigned short>(std::stoi(port));
  return result;
}

std::pair<std::string, std::string> setting(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw CLI::ValidationError("--set", "`" + text +
                                            "` is no KEY=VALUE, like "
                                            "store.url=https://preview.example");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

template <typename Value, typename Named>
CLI::callback_t one_of(Value& into, Named named, const char* option, const char* known) {
  return [&into, named, option, known](const CLI::results_t& values) {
    const auto value = named(values.back());
    if (!value) {
      throw CLI::ValidationError(option, "`" + values.back() + "` is none of " + known);
    }
    into = *value;
    return true;
  };
}

std::optional<CheckFormat> check_format_named(std::string_view text) {
  static const std::map<std::string_view, CheckFormat> formats{
      {"text", CheckFormat::text}, {"json", CheckFormat::json}, {"junit", CheckFormat::junit}};
  const auto found = formats.find(text);
  if (found == formats.end()) return std::nullopt;
  return found->second;
}

void add_platforms_option(CLI::App& command, Options& options) {
  command
      .add_option("--config.platforms", options.platforms,
                  "A folder of platform files that override or add to the built-in ones")
      ->type_name("FOLDER");
}

void add_config_options(CLI::App& command, Options& options) {
  command.add_option("--config.file", options.config_file, "The configuration")
      ->capture_default_str()
      ->type_name("FILE");
  add_platforms_option(command, options);
}

void add_log_options(CLI::App& command, Options& options) {
  command
      .add_option(
          "--log.level",
          one_of(options.log_level, log_level_named, "--log.level", "debug, info, warn, error"),
          "debug, info, warn or error (info)")
      ->type_name("LEVEL");
  command
      .add_option("--log.format",
                  one_of(options.log_format, log_format_named, "--log.format", "logfmt, json"),
                  "logfmt or json (logfmt)")
      ->type_name("FORMAT");
}

void add_control_option(CLI::App& command, Options& options) {
  command
      .add_option("--control.socket", options.control_socket,
                  "The daemon's local socket ($RUNTIME_DIRECTORY/control)")
      ->type_name("FILE");
}

void add_run(CLI::App& app, Options& options) {
  CLI::App* run = app.add_subcommand("run", "Run the daemon");
  run->callback([&options] { options.command = Command::run; });
  add_config_options(*run, options);
  run->add_option("--web.listen-address", CLI::callback_t([&options](const CLI::results_t& values) {
                    options.listen_address = listen_address(values.back());
                    return true;
                  }),
                  "Where to listen, instead of what the configuration says; port 0: any free one")
      ->type_name("ADDRESS:PORT");
  add_control_option(*run, options);
  add_log_options(*run, options);
}

void add_reload(CLI::App& app, Options& options) {
  CLI::App* reload = app.add_subcommand(
      "reload", "Have the running daemon take the new configuration, and wait for its answer");
  reload->callback([&options] { options.command = Command::reload; });
  reload->footer("Exit codes: 0 the new configuration is in use, 1 no daemon answers, 2 refused.");
  add_control_option(*reload, options);
}

void add_set_option(CLI::App& command, Options& options) {
  command
      .add_option("--set", CLI::callback_t([&options](const CLI::results_t& values) {
                    for (const std::string& value : values) options.set.push_back(setting(value));
                    return true;
                  }),
                  "Another value for the configuration, like store.url=https://preview.example")
      ->type_name("KEY=VALUE")
      ->type_size(1)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_check(CLI::App& app, Options& options) {
  CLI::App* check = app.add_subcommand("check", "Run every probe once, as a release checklist");
  check->callback([&options] { options.command = Command::check; });
  check->footer(exit_codes);
  add_config_options(*check, options);
  add_set_option(*check, options);
  check
      ->add_option("--format",
                   one_of(options.format, check_format_named, "--format", "text, json, junit"),
                   "text, json or junit (text)")
      ->type_name("FORMAT");
  check->add_option("--store", options.stores, "Only this store; may be repeated")
      ->type_name("NAME")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  check->add_option("--probe", options.probes, "Only probes of this name; may be repeated")
      ->type_name("NAME")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_log_options(*check, options);
}

void add_validate(CLI::App& app, Options& options) {
  CLI::App* validate = app.add_subcommand("validate", "Check the configuration and exit");
  validate->callback([&options] { options.command = Command::validate; });
  add_config_options(*validate, options);
  add_set_option(*validate, options);
}

void add_platforms(CLI::App& app, Options& options) {
  CLI::App* platforms =
      app.add_subcommand("platforms", "List the platforms and what they need of a store");
  platforms->callback([&options] { options.command = Command::platforms; });
  add_platforms_option(*platforms, options);
  CLI::App* show = platforms->add_subcommand("show", "Print a platform's file");
  show->fallthrough();
  show->add_option("NAME", options.platform, "The platform")->required()->type_name("");
}

void add_ledger(CLI::App& app, Options& options) {
  CLI::App* ledger = app.add_subcommand("ledger", "Copy or check the ledger");
  ledger->require_subcommand(1);
  ledger->callback([&options] { options.command = Command::ledger; });
  CLI::App* backup =
      ledger->add_subcommand("backup", "Copy the ledger into a new file, beside a running daemon");
  add_config_options(*backup, options);
  backup->add_option("FILE", options.ledger_file, "The new file")->required()->type_name("");
  CLI::App* check = ledger->add_subcommand("check", "Say whether a file is a whole ledger");
  check->callback([&options] { options.ledger_task = LedgerTask::check; });
  check->add_option("FILE", options.ledger_file, "The ledger, or a backup of it")
      ->required()
      ->type_name("");
}

void add_alert(CLI::App& app, Options& options) {
  CLI::App* alert = app.add_subcommand("alert", "Try the receivers of alerts, see what is open");
  alert->require_subcommand(1);
  CLI::App* test = alert->add_subcommand(
      "test", "Send a marked test alert to a receiver, or to each, and say what it answers");
  test->callback([&options] { options.command = Command::alert_test; });
  add_config_options(*test, options);
  test->add_option("RECEIVER", options.receiver, "Only this receiver")->type_name("");
  CLI::App* list = alert->add_subcommand(
      "list", "Show the open alerts of the running daemon, and what waits to be delivered");
  list->callback([&options] { options.command = Command::alert_list; });
  add_config_options(*list, options);
  add_control_option(*list, options);
}

// What is not known, with what may have been meant.
Leave unexpected(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const std::string name = chosen.empty() ? "tillwatch" : "tillwatch " + command.get_name();
  const auto rest = app.remaining(true);
  const std::string first = rest.empty() ? "" : rest.front();
  std::vector<std::string> names;
  if (first.starts_with('-')) {
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& known : option->get_lnames()) names.push_back("--" + known);
    }
  } else {
    for (const CLI::App* known : command.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(known->get_name());
    }
  }
  const std::string word = first.substr(0, first.find('='));
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view near = config::reading::nearest(word, known);
  std::string text = name + ": unknown " +
                     (first.starts_with('-') ? "option"
                      : chosen.empty()       ? "command"
                                             : "argument") +
                     " `" + first + "`";
  if (!near.empty()) text += "; did you mean `" + std::string(near) + "`?";
  return {usage_error, text + "\nSee " + name + " --help\n"};
}

}  // namespace

std::variant<Options, Leave> parse_options(int count, const char* const* arguments) {
  Options options;
  CLI::App app(about, "tillwatch");
  app.set_version_flag("--version", "tillwatch " TILLWATCH_VERSION);
  app.footer(exit_codes);
  add_run(app, options);
  add_reload(app, options);
  add_check(app, options);
  add_validate(app, options);
  add_platforms(app, options);
  add_ledger(app, options);
  add_alert(app, options);
  try {
    app.parse(count, arguments);
  } catch (const CLI::CallForVersion& version) {
    return Leave{0, std::string(version.what()) + "\n"};
  } catch (const CLI::CallForHelp&) {
    return Leave{0, app.help()};
  } catch (const CLI::ExtrasError&) {
    return unexpected(app);
  } catch (const CLI::ParseError& error) {
    return Leave{usage_error, std::string("tillwatch: ") + error.what() + "\n"};
  }
  if (app.get_subcommands().empty()) return Leave{usage_error, app.help()};
  return options;
}

}  // namespace tillwatch

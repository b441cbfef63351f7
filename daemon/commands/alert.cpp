// `tillwatch alert test` and `tillwatch alert list`.

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include "config/loader.h"
#include "config/nearest.h"
#include "config/template.h"
#include "daemon/alerts/delivery.h"
#include "daemon/alerts/message.h"
#include "daemon/check/printable.h"
#include "daemon/commands/client.h"
#include "daemon/commands/subcommands.h"
#include "probes/http/curl_transport.h"
#include "probes/run_id.h"

namespace tillwatch {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using ConfigPtr = std::shared_ptr<const config::Config>;

constexpr int not_delivered = 1;

json::object test_message(AlertEvent event, int sequence, const std::string& uid, UtcTime now,
                          const config::Config& config) {
  AlertRow row;
  row.uid = uid;
  row.sequence = sequence;
  row.opened_at = now;
  if (event == AlertEvent::resolve) row.resolved_at = now;
  row.key.store = config.stores.empty() ? "example" : config.stores.front()->name;
  row.key.subject = "checkout";
  Condition condition;
  condition.key = row.key;
  condition.severity = Severity::info;
  condition.since = now;
  condition.what = "customers cannot add to cart";
  condition.was = "this was a test of tillwatch, nothing was broken";
  condition.why = "this alert was sent by `tillwatch alert test`";
  condition.area = "checkout";
  condition.more["test"] = true;
  return compose(row, condition, event, now, config.web.external_url);
}

Delivery deliver_now(const std::shared_ptr<const config::Receiver>& receiver, json::object message,
                     const config::Config& config, const Clock& clock) {
  asio::io_context loop{1};
  const auto transport = probes::make_curl_transport(loop.get_executor());
  const DeliveryContext context(*transport, clock, *config.redactor);
  Delivery result;
  auto done = [&result](const std::exception_ptr& broken, Delivery delivery) {
    if (broken) std::rethrow_exception(broken);
    result = std::move(delivery);
  };
  asio::co_spawn(loop, deliver(receiver, std::move(message), context), std::move(done));
  loop.run();
  return result;
}

std::string in_words(const Delivery& delivery) {
  const char* verdict = delivery.result == Delivery::Result::delivered ? "delivered"
                        : delivery.result == Delivery::Result::failed
                            ? "NOT delivered; the daemon would try again"
                        : delivery.result == Delivery::Result::turned_down
                            ? "TURNED DOWN; the daemon would try again for an hour"
                            : "REFUSED; it will never be taken as it is";
  return std::string(verdict) + ": " + printable(delivery.answer);
}

// A test that opens something is closed again.
bool try_receiver(const std::shared_ptr<const config::Receiver>& receiver,
                  const config::Config& config) {
  const SystemClock clock;
  const std::string uid = "tw-test-" + probes::new_run_id();
  const Delivery sent = deliver_now(
      receiver, test_message(AlertEvent::test, 1, uid, clock.wall(), config), config, clock);
  std::cout << receiver->name << " (" << receiver->kind << "): " << in_words(sent) << "\n";
  if (sent.result != Delivery::Result::delivered) return false;
  if (receiver->resolve == receiver->send && !receiver->resend) return true;
  const Delivery closed = deliver_now(
      receiver, test_message(AlertEvent::resolve, 2, uid, clock.wall(), config), config, clock);
  std::cout << receiver->name << ", its end: " << in_words(closed) << "\n";
  return closed.result == Delivery::Result::delivered;
}

// The name, or one of the addresses of a name ("am" is "am/1" and "am/2").
bool is_named(const config::Receiver& receiver, const std::string& name) {
  return name.empty() || receiver.name == name || receiver.name.starts_with(name + "/");
}

std::string address_of(const config::Web& web) {
  std::string host = web.address == "0.0.0.0" ? "127.0.0.1" : web.address;
  if (host.find(':') != std::string::npos) host = "[" + (host == "::" ? "::1" : host) + "]";
  return "http://" + host + ":" + std::to_string(web.port);
}

// The daemon that is meant: at its socket; where a configuration is named, the one that listens
// where that says.
DaemonClient daemon_of(const Options& options) {
  const bool named = options.config_file != Options().config_file;
  const std::filesystem::path socket = daemon_socket(options);
  if (!options.control_socket.empty() || (!named && access(socket.c_str(), W_OK) == 0)) {
    return DaemonClient::at_socket(socket);
  }
  return DaemonClient::at_address(address_of(load_configuration(options)->web));
}

std::string text(const json::value& from, std::string_view key) {
  const json::value* value = from.is_object() ? from.get_object().if_contains(key) : nullptr;
  return value == nullptr || value->is_null() ? std::string()
                                              : printable(config::plain_text(*value));
}

void print_alert(const json::value& alert) {
  const std::string store = text(alert, "store");
  std::cout << text(alert, "severity") << "  " << (store.empty() ? "tillwatch" : store) << "  "
            << text(alert, "kind");
  if (!text(alert, "subject").empty()) std::cout << " " << text(alert, "subject");
  std::cout << "  since " << text(alert, "started_at") << "\n    " << text(alert, "title") << "\n";
  std::string told;
  if (const auto* list = alert.as_object().if_contains("receivers"); list && list->is_array()) {
    for (const json::value& one : list->get_array()) {
      told += (told.empty() ? "" : ", ") + printable(config::plain_text(one));
    }
  }
  std::cout << "    " << (told.empty() ? "no receiver takes it" : "told: " + told) << "\n";
}

void print_message(const json::value& message) {
  std::cout << text(message, "receiver") << "  " << text(message, "event") << "  of "
            << text(message, "created_at") << "  attempts: " << text(message, "attempts");
  if (!text(message, "answer").empty()) std::cout << "\n    " << text(message, "answer");
  std::cout << "\n";
}

const json::array& list_of(const json::value& status, std::string_view key) {
  static const json::array none;
  const json::value* list = status.is_object() ? status.get_object().if_contains(key) : nullptr;
  return list != nullptr && list->is_array() ? list->get_array() : none;
}

}  // namespace

int alert_test(const Options& options) {
  const ConfigPtr config = load_configuration(options);
  bool found = false;
  bool delivered = true;
  for (const auto& receiver : config->receivers) {
    if (!is_named(*receiver, options.receiver)) continue;
    found = true;
    delivered = try_receiver(receiver, *config) && delivered;
  }
  if (found) return delivered ? 0 : not_delivered;
  if (options.receiver.empty()) {
    std::cerr << "tillwatch: no receiver is configured; give `receivers:` in "
              << options.config_file.string() << "\n";
    return usage_error;
  }
  std::vector<std::string_view> known;
  for (const auto& receiver : config->receivers) known.push_back(receiver->name);
  std::cerr << "tillwatch: no receiver is named `" << options.receiver << "`"
            << config::reading::hint(options.receiver, known) << "\n";
  return usage_error;
}

int alert_list(const Options& options) {
  const DaemonClient daemon = daemon_of(options);
  const DaemonAnswer answer = daemon.get("/api/v1/alerts");
  if (answer.status != 200) {
    std::cerr << "tillwatch: the daemon does not answer at " << daemon.place() << " ("
              << (answer.status == 0 ? answer.body : "status " + std::to_string(answer.status))
              << "); is it running with this configuration?\n";
    return not_delivered;
  }
  boost::system::error_code error;
  const json::value status = json::parse(answer.body, error);
  const json::array& open = list_of(status, "alerts");
  const json::array& outbox = list_of(status, "outbox");
  std::cout << (open.empty() ? "No alert is open.\n" : "Open alerts:\n");
  for (const json::value& alert : open) print_alert(alert);
  std::cout << (outbox.empty() ? "Nothing waits to be delivered.\n" : "Waiting to be delivered:\n");
  for (const json::value& message : outbox) print_message(message);
  return 0;
}

}  // namespace tillwatch

#include "daemon/alerts/delivery.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <utility>

#include "config/expressions/jq.h"
#include "config/template.h"
#include "daemon/alerts/signature.h"
#include "probes/run_id.h"
#include "probes/steps/sending.h"
#include "probes/text/text.h"

// GCC 12 miscompiles some full expressions that hold a co_await: keep every one of them a plain
// statement of its own (tests/lint/coroutines looks after that).

namespace tillwatch {

namespace asio = boost::asio;
using std::chrono::seconds;

namespace {

constexpr std::size_t longest_answer = 300;
constexpr std::size_t longest_trouble = 600;
constexpr seconds longest_wait = std::chrono::hours(1);
constexpr int resends_to_live = 4;  // Prometheus gives its alerts as long

void sign(probes::Request& request, const config::Receiver& receiver, const std::string& id,
          UtcTime at) {
  const std::string now =
      std::to_string(std::chrono::floor<seconds>(at).time_since_epoch().count());
  request.headers.emplace_back("webhook-id", id);
  request.headers.emplace_back("webhook-timestamp", now);
  request.headers.emplace_back("webhook-signature",
                               webhook_signature(receiver.keys, id, now, request.body));
}

// It says who sends it, and nothing of a synthetic customer.
probes::Sender messenger(const config::Receiver& receiver, const config::Plan& plan, std::string id,
                         const Clock& clock) {
  probes::Sender sender(receiver.site, receiver.timeout);
  sender.marks.emplace_back("User-Agent", "tillwatch/" TILLWATCH_VERSION);
  sender.headers = {&plan.headers};
  if (receiver.keys.empty()) return sender;
  sender.finish = [&receiver, &clock, id = std::move(id)](probes::Request& request) {
    sign(request, receiver, id, clock.wall());
  };
  return sender;
}

std::optional<config::Duration> bounded(double wait) {
  if (!(wait >= 0)) return std::nullopt;
  const double most = static_cast<double>(longest_wait.count());
  return config::Duration(static_cast<long long>(std::ceil(std::min(wait, most) * 1000)));
}

// Seconds, or a date (RFC 9110, section 10.2.3).
std::optional<config::Duration> header_wait(const std::string& text, UtcTime now) {
  double wait = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), wait);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return bounded(wait);
  std::tm date{};
  if (strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return std::nullopt;
  const UtcTime until{seconds(timegm(&date))};
  return bounded(std::max(0.0, std::chrono::duration<double>(until - now).count()));
}

std::optional<config::Duration> wait_of(const config::Receiver& receiver,
                                        const probes::Response& response, UtcTime now) {
  if (receiver.retry_after) {
    std::string error;
    const auto body = config::JsonDocument::parse(response.body, error);
    if (body) {
      const config::JsonDocument nothing{boost::json::value(boost::json::object())};
      const auto found = receiver.retry_after->run(*body, nothing);
      boost::system::error_code none;
      if (found.value && found.value->is_number()) {
        return bounded(found.value->to_number<double>(none));
      }
    }
  }
  const std::string* header = response.header("retry-after");
  return header != nullptr ? header_wait(*header, now) : std::nullopt;
}

// A no to what was sent, or to who sent it. Any other 4xx may come from what stands before the
// receiver, and only for now.
bool is_final(int status) {
  constexpr std::array no{400, 401, 403, 410, 413, 422};
  return status < 400 || std::ranges::find(no, status) != no.end();
}

// Standard Webhooks and the receivers' own documents agree on these: contracts of each in
// config/data/receivers. `why`: it was not delivered.
Delivery::Result result_of(const std::optional<probes::Finding>& why,
                           const probes::Response& response) {
  if (!why) return Delivery::Result::delivered;
  const int status = response.status;
  const bool whole = response.error == probes::TransportError::none && status != 0;
  const bool later = status == 408 || status == 425 || status == 429 || status >= 500 ||
                     why->verdict == Verdict::unknown;
  if (!whole || later || why->reason == Reason::internal) return Delivery::Result::failed;
  return is_final(status) ? Delivery::Result::refused : Delivery::Result::turned_down;
}

std::string answer_of(const std::optional<probes::Finding>& why, const probes::Response& response,
                      const config::Redactor& redactor) {
  if (response.status == 0 || response.error != probes::TransportError::none) {
    return why ? probes::one_line(redactor.clean(why->message), longest_trouble) : std::string();
  }
  std::string text = "status " + std::to_string(response.status);
  const std::string_view head = std::string_view(response.body).substr(0, 4096);
  const std::string body = probes::one_line(redactor.clean(head), longest_answer);
  if (!body.empty()) text += ": " + body;
  return text;
}

std::string text_of(const boost::json::object& message, std::string_view key) {
  const auto* value = message.if_contains(key);
  return value != nullptr ? config::plain_text(*value) : std::string();
}

bool is_over(const boost::json::object& message) {
  return text_of(message, "event") == name(AlertEvent::resolve);
}

// What depends on the receiver, and on when it is told.
void complete(boost::json::object& message, const config::Receiver& receiver, UtcTime now) {
  const auto add = [&message](const boost::json::object& values) {
    for (const auto& value : values) message.insert_or_assign(value.key(), value.value());
  };
  const auto severity = severity_named(text_of(message, "severity")).value_or(Severity::critical);
  const auto found = receiver.by_severity.find(severity);
  if (found != receiver.by_severity.end()) add(found->second);
  if (is_over(message)) add(receiver.when_over);
  if (receiver.resend && text_of(message, "status") == "firing") {
    message["ends_at"] = to_rfc3339(now + resends_to_live * *receiver.resend);
  }
}

}  // namespace

// The message stands where the receiver's settings do: as values of ours, unlike what a store gave.
asio::awaitable<Delivery> deliver(std::shared_ptr<const config::Receiver> receiver,
                                  boost::json::object message, DeliveryContext context) {
  complete(message, *receiver, context.clock.wall());
  const config::Plan& plan = is_over(message) ? *receiver->resolve : *receiver->send;
  std::string id = text_of(message, "id") + "." + text_of(message, "sequence");
  probes::Sending sending(plan, messenger(*receiver, plan, std::move(id), context.clock),
                          probes::new_run_id(), context.transport, context.clock, context.redactor,
                          std::move(message));
  const std::optional<probes::Finding> why = co_await probes::send_plan(sending);
  const probes::Response& response = sending.exchange().response();
  Delivery delivery;
  delivery.result = result_of(why, response);
  delivery.status = response.status;
  delivery.answer = answer_of(why, response, context.redactor);
  if (why) delivery.retry_after = wait_of(*receiver, response, context.clock.wall());
  co_return delivery;
}

}  // namespace tillwatch

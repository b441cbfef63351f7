#include "daemon/alerts/alerts.h"

#include <set>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include "daemon/alerts/delivery.h"
#include "probes/run_id.h"

// GCC 12 miscompiles some full expressions that hold a co_await: keep every one of them a plain
// statement of its own (tests/lint/coroutines looks after that).

namespace tillwatch {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// Better told without a record than not told, where the disk is full.
constexpr auto longest_hold = 30s;
constexpr auto between_beats = 60s;
constexpr auto moment = 2s;

double random_share() {
  const std::string id = probes::new_run_id();  // 16 hex digits
  return static_cast<double>(std::stoul(id.substr(0, 8), nullptr, 16)) / 4294967296.0;
}

std::string new_alert_id() { return "tw-" + probes::new_run_id(); }

// Whether the heartbeat of the monitor itself was heard; in words where it was not.
asio::awaitable<std::string> beat_once(probes::Transport& transport, std::string url,
                                       SteadyTime deadline) {
  auto site = std::make_shared<config::Store>();
  site->name = "heartbeat";
  std::unique_ptr<probes::Session> session = transport.open(std::move(site));
  probes::Request request;
  request.url = std::move(url);
  request.headers.emplace_back("User-Agent", "tillwatch/" TILLWATCH_VERSION);
  request.deadline = deadline;
  probes::Response response = co_await session->perform(std::move(request));
  std::string trouble;
  if (response.error != probes::TransportError::none) {
    trouble = "no answer: " + response.error_text;
  } else if (response.status < 200 || response.status >= 300) {
    trouble = "status " + std::to_string(response.status);
  }
  co_return trouble;
}

}  // namespace

Alerts::Alerts(asio::io_context& loop, const Clock& clock, probes::Transport& transport,
               AlertListener& listener, Log& log, std::vector<AlertRow> alerts,
               std::vector<MessageRow> messages)
    : loop_(loop),
      clock_(clock),
      transport_(transport),
      listener_(listener),
      log_(log),
      outbox_(random_share),
      open_alerts_(std::move(alerts), std::move(messages), outbox_, new_alert_id),
      wake_(loop),
      drained_(loop) {}

void Alerts::configure(std::shared_ptr<const config::Config> config, UtcTime now) {
  config_ = std::move(config);
  open_alerts_.configure(*config_, now);
  show();
  pump();
}

void Alerts::apply(const std::string& store, std::vector<Condition> conditions, UtcTime now) {
  open_alerts_.apply(store, std::move(conditions), now);
}

void Alerts::tick(UtcTime now, bool probing) {
  open_alerts_.tick(now);
  const SteadyTime steady = clock_.steady();
  if (!outbox_.holds()) {
    held_since_.reset();
  } else if (!held_since_) {
    held_since_ = steady;
  } else if (steady - *held_since_ > longest_hold) {
    outbox_.release(open_alerts_.last_message());
    held_since_.reset();
  }
  show();
  pump();
  beat(probing);
}

void Alerts::take_changes(LedgerRows& into) {
  OpenAlerts::Changes changes = open_alerts_.take_changes();
  into.alerts = std::move(changes.alerts);
  into.messages = std::move(changes.messages);
  taken_ = open_alerts_.last_message();
}

void Alerts::submitted(long long ticket) { tickets_.emplace_back(ticket, taken_); }

void Alerts::durable(long long ticket) {
  while (!tickets_.empty() && tickets_.front().first <= ticket) {
    outbox_.release(tickets_.front().second);
    tickets_.pop_front();
  }
  pump();
}

void Alerts::pump() {
  if (stopping_) return;
  const SteadyTime now = clock_.steady();
  while (auto sending = outbox_.take(now)) start(std::move(*sending));
  const auto next = outbox_.next_wake();
  if (!next) return;
  wake_.expires_at(*next);
  wake_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) pump();
  });
}

void Alerts::start(Outbox::Sending sending) {
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(sending.row.body, error);
  boost::json::object message;
  if (!error && body.is_object()) message = body.get_object();
  const auto flight = flights_.emplace(flights_.end());
  const auto slot = flight->cancel.slot();
  const DeliveryContext context(transport_, clock_, *config_->redactor);
  auto receiver = sending.receiver;
  // The configuration outlives the delivery: its redactor is in use.
  auto done = [this, flight, sending = std::move(sending), config = config_](
                  const std::exception_ptr& broken, const Delivery& delivery) {
    if (broken) std::rethrow_exception(broken);  // a delivery never throws
    flights_.erase(flight);
    ended(sending, delivery);
  };
  asio::co_spawn(loop_, deliver(std::move(receiver), std::move(message), context),
                 asio::bind_cancellation_slot(slot, std::move(done)));
}

void Alerts::ended(const Outbox::Sending& sending, const Delivery& answered) {
  const UtcTime now = clock_.wall();
  Delivery delivery = answered;
  bool falls_back = delivery.result == Delivery::Result::refused;
  if (delivery.result == Delivery::Result::turned_down) {
    const auto so_far = outbox_.turned_down(sending.row, clock_.steady());
    delivery.result = so_far.result;
    falls_back = so_far.is_first;
  }
  const MessageRow row = outbox_.finished(sending.row, delivery, clock_.steady(), now);
  open_alerts_.save(row);
  if (falls_back) open_alerts_.refused(row, now);
  log_delivery(sending, delivery);
  if (stopping_ && flights_.empty()) drained_.cancel();
  pump();
}

void Alerts::log_delivery(const Outbox::Sending& sending, const Delivery& delivery) {
  const MessageRow& row = sending.row;
  listener_.alert_sent(row.receiver, delivery.result);
  const int attempts = row.attempts + 1;
  switch (delivery.result) {
    case Delivery::Result::delivered:
      if (row.id < 0) return;  // only repeated
      log_.info("alert delivered", {{"receiver", row.receiver},
                                    {"event", name(row.event)},
                                    {"alert", row.alert},
                                    {"attempts", attempts}});
      return;
    case Delivery::Result::turned_down:  // by now it is one of the others
    case Delivery::Result::failed:
      if (attempts > 1) return;  // the first one has said it
      log_.warn("alert not delivered, it will be tried again", {{"receiver", row.receiver},
                                                                {"event", name(row.event)},
                                                                {"alert", row.alert},
                                                                {"answer", delivery.answer}});
      return;
    case Delivery::Result::refused:
      log_.error("alert refused for good", {{"receiver", row.receiver},
                                            {"event", name(row.event)},
                                            {"alert", row.alert},
                                            {"answer", delivery.answer}});
  }
}

void Alerts::show() {
  const UtcTime now = clock_.wall();
  std::vector<ReceiverBacklog> backlogs;
  for (const Outbox::ReceiverStatus& status : outbox_.status()) {
    const auto age = status.oldest ? now - *status.oldest : std::chrono::milliseconds(0);
    backlogs.push_back(
        {status.receiver, status.pending, std::chrono::duration<double>(age).count()});
  }
  listener_.alerts_changed(open_alerts_.open().size(), backlogs);
}

// An outside service notices when this stops.
void Alerts::beat(bool probing) {
  if (stopping_ || !config_ || config_->alerting.heartbeat_url.empty() || !probing) return;
  const SteadyTime now = clock_.steady();
  if (beaten_at_ && now - *beaten_at_ < between_beats) return;
  beaten_at_ = now;
  const auto flight = flights_.emplace(flights_.end());
  const auto slot = flight->cancel.slot();
  auto done = [this, flight](const std::exception_ptr& broken, const std::string& trouble) {
    flights_.erase(flight);
    const bool failed = broken || !trouble.empty();
    if (failed && !std::exchange(beat_failed_, true)) {
      log_.warn("the monitor's own heartbeat was not heard", {{"answer", trouble}});
    }
    if (!failed) beat_failed_ = false;
    if (stopping_ && flights_.empty()) drained_.cancel();
  };
  std::string url = config_->alerting.heartbeat_url;
  asio::co_spawn(loop_, beat_once(transport_, std::move(url), now + 15s),
                 asio::bind_cancellation_slot(slot, std::move(done)));
}

const Condition* Alerts::condition_of(const AlertKey& key) const {
  const auto found = open_alerts_.open().find(key);
  return found == open_alerts_.open().end() ? nullptr : &found->second.condition;
}

std::vector<std::string> Alerts::stores() const {
  std::set<std::string> stores;
  for (const auto& [key, open] : open_alerts_.open()) stores.insert(key.store);
  return {stores.begin(), stores.end()};
}

AlertStatus Alerts::status() const {
  AlertStatus status;
  std::map<long long, const OpenAlerts::Open*> by_id;
  for (const auto& [key, open] : open_alerts_.open()) {
    by_id[open.row.id] = &open;
    OpenAlert shown;
    shown.id = open.row.uid;
    shown.kind = key.kind;
    shown.severity = open.condition.severity;
    shown.store = key.store;
    shown.subject = key.subject;
    shown.owner = open.condition.owner;
    shown.started_at = open.condition.since;
    shown.title =
        open.condition.what + (open.condition.why.empty() ? "" : ": " + open.condition.why);
    for (const auto& [receiver, at] : open.told) shown.receivers.push_back(receiver);
    status.open.push_back(std::move(shown));
  }
  for (const Outbox::Queued& queued : outbox_.list()) {
    WaitingMessage shown;
    const auto alert = by_id.find(queued.row.alert);
    shown.alert = alert != by_id.end() ? alert->second->row.uid : std::string();
    shown.receiver = queued.row.receiver;
    shown.event = std::string(name(queued.row.event));
    shown.created_at = queued.row.created_at;
    shown.attempts = queued.row.attempts;
    shown.last_attempt_at = queued.row.last_attempt_at;
    shown.answer = queued.row.answer;
    status.outbox.push_back(std::move(shown));
  }
  return status;
}

asio::awaitable<void> Alerts::drain() {
  stopping_ = true;
  wake_.cancel();
  for (const bool cancel : {false, true}) {
    if (flights_.empty()) co_return;
    if (cancel) {
      for (Flight& flight : flights_) flight.cancel.emit(asio::cancellation_type::terminal);
    }
    boost::system::error_code ended;
    drained_.expires_after(cancel ? 5s : moment);
    co_await drained_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
}

}  // namespace tillwatch

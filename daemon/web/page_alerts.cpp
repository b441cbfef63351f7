#include "daemon/web/page_alerts.h"

#include <algorithm>
#include <map>

#include "config/utf8.h"
#include "daemon/surfaces/wording.h"
#include "daemon/web/page_parts.h"

namespace tillwatch {
namespace {

using page::number_of;
using page::pill;
using wording::html;

constexpr std::size_t most_alerts_shown = 12;
constexpr std::size_t longest_answer = 160;

std::string_view colour(Severity severity) {
  return severity == Severity::critical  ? "broken"
         : severity == Severity::warning ? "suspect"
                                         : "maintenance";
}

std::string waiting_words(const WaitingMessage& message, UtcTime now) {
  std::string text = html(message.receiver) + " (" + html(message.event);
  text += ", waits for " + wording::duration(now - message.created_at);
  if (message.attempts > 0) text += ", " + number_of(message.attempts, "attempt");
  if (!message.answer.empty()) {
    text += ", the last: " + html(config::cut_utf8(message.answer, longest_answer));
  }
  return text + ")";
}

void add_to(std::string& list, const std::string& one) {
  if (!list.empty()) list += ", ";
  list += one;
}

// Who was told, and who could not be told yet.
std::string told(const OpenAlert& alert, const std::vector<WaitingMessage>& outbox, UtcTime now) {
  std::string waiting;
  std::string delivered;
  for (const std::string& receiver : alert.receivers) {
    const auto message = std::find_if(outbox.begin(), outbox.end(), [&](const auto& one) {
      return one.alert == alert.id && one.receiver == receiver;
    });
    if (message == outbox.end()) {
      add_to(delivered, html(receiver));
    } else {
      add_to(waiting, waiting_words(*message, now));
    }
  }
  std::string text;
  if (!delivered.empty()) text = "delivered to " + delivered;
  if (!waiting.empty()) {
    text += (text.empty() ? "" : " · ");
    text += "<b class=\"late\">not delivered</b> to " + waiting;
  }
  if (text.empty()) text = "<b class=\"late\">nobody is told</b>: no receiver takes it";
  if (!alert.owner.empty()) text += " · owner: " + html(alert.owner);
  return text;
}

// Messages of alerts that are over and still wait: the end of something that somebody waits for.
std::string left_over(const std::vector<WaitingMessage>& outbox, UtcTime now) {
  std::map<std::string, std::pair<int, const WaitingMessage*>> by_receiver;
  for (const WaitingMessage& message : outbox) {
    if (!message.alert.empty()) continue;
    auto& [count, oldest] = by_receiver[message.receiver];
    ++count;
    if (oldest == nullptr || message.created_at < oldest->created_at) oldest = &message;
  }
  std::string text;
  for (const auto& [receiver, waiting] : by_receiver) {
    text += "<p class=\"none\"><b class=\"late\">not delivered</b>: " +
            number_of(waiting.first, "message") + " about what is over, the oldest to " +
            waiting_words(*waiting.second, now) + "</p>";
  }
  return text;
}

}  // namespace

std::string open_alerts(const AlertStatus& status, const std::string* only, UtcTime now) {
  std::string rows;
  std::size_t count = 0;
  for (const OpenAlert& alert : status.open) {
    if (only != nullptr && !alert.store.empty() && alert.store != *only) continue;
    if (++count > most_alerts_shown) continue;
    rows += "<tr><td>" + pill(colour(alert.severity), name(alert.severity)) + "</td><td><b>" +
            (alert.store.empty() ? "tillwatch" : html(alert.store)) + "</b>: " + html(alert.title) +
            "<br><small>" + told(alert, status.outbox, now) + "</small></td><td>" +
            wording::duration(now - alert.started_at) + "</td></tr>";
  }
  const std::string over = only == nullptr ? left_over(status.outbox, now) : std::string();
  if (rows.empty() && over.empty()) return {};
  std::string text =
      "<section class=\"store alerts\"><div class=\"top\"><h2>Open alerts</h2></div>";
  if (!rows.empty()) text += "<div class=\"wide\"><table>" + rows + "</table></div>";
  if (count > most_alerts_shown) {
    text += "<p class=\"none\">and " + std::to_string(count - most_alerts_shown) +
            " more in <a href=\"/api/v1/alerts\">/api/v1/alerts</a></p>";
  }
  return text + over + "</section>";
}

}  // namespace tillwatch

// How the tokens of an email flow stand in the probe's memory.

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

#include "probes/mail/flow_tokens.h"

namespace tillwatch::probes {

namespace json = boost::json;
using std::chrono::milliseconds;

namespace {

std::int64_t number(UtcTime time) { return time.time_since_epoch().count(); }

std::optional<std::int64_t> integer(const json::object& from, std::string_view key) {
  const json::value* value = from.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<UtcTime> time_of(const json::object& from, std::string_view key) {
  const auto value = integer(from, key);
  if (!value) return std::nullopt;
  return UtcTime(milliseconds(*value));
}

std::string text_of(const json::object& from, std::string_view key) {
  const json::value* value = from.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

}  // namespace

void FlowTokens::read(const Memory& memory) {
  const json::object& values = memory.values;
  had_mailbox_ = values.contains("mailbox");
  next_ = time_of(values, "next");
  late_pass_ = time_of(values, "late");
  last_ = time_of(values, "last");
  failures_ = static_cast<int>(
      std::clamp<std::int64_t>(integer(values, "failures").value_or(0), 0, 1'000'000));
  tokens_.clear();
  const json::value* list = values.if_contains("tokens");
  if (list == nullptr || !list->is_array()) return;
  for (const json::value& item : list->get_array()) {
    if (!item.is_object() || tokens_.size() >= most_flow_tokens) continue;
    const json::object& one = item.get_object();
    Token token;
    token.text = text_of(one, "token");
    const auto state = integer(one, "state");
    const auto sent_at = time_of(one, "sent");
    if (token.text.empty() || !state || !sent_at || *state < 0 ||
        *state > static_cast<int>(State::done)) {
      continue;
    }
    token.state = static_cast<State>(*state);
    token.sent_at = *sent_at;
    token.absent_until = time_of(one, "absent").value_or(*sent_at);
    token.looked_at = time_of(one, "looked").value_or(*sent_at);
    token.seen_at = time_of(one, "seen").value_or(*sent_at);
    token.arrived_at = time_of(one, "arrived").value_or(*sent_at);
    token.mails = static_cast<int>(integer(one, "mails").value_or(0));
    token.calls = static_cast<int>(integer(one, "calls").value_or(0));
    token.call_ids = call_ids_of(one);
    token.reason = reason_named(text_of(one, "reason")).value_or(Reason::internal);
    token.message = text_of(one, "message");
    token.step = text_of(one, "step");
    tokens_.push_back(std::move(token));
  }
  std::ranges::stable_sort(tokens_, {}, &Token::sent_at);
}

void FlowTokens::save(Memory& memory) const {
  json::object values;
  if (next_ && *next_ != UtcTime::max()) values["next"] = number(*next_);
  if (next_ && *next_ == UtcTime::max()) values["next"] = number(UtcTime::max());
  if (late_pass_) values["late"] = number(*late_pass_);
  if (last_) values["last"] = number(*last_);
  if (had_mailbox_) values["mailbox"] = true;
  values["failures"] = failures_;
  json::array list;
  for (const Token& token : tokens_) {
    json::object one{{"token", token.text},
                     {"state", static_cast<int>(token.state)},
                     {"sent", number(token.sent_at)},
                     {"absent", number(token.absent_until)},
                     {"looked", number(token.looked_at)}};
    if (token.mails + token.calls > 0) {
      one["seen"] = number(token.seen_at);
      one["arrived"] = number(token.arrived_at);
      one["mails"] = token.mails;
      one["calls"] = token.calls;
      if (!token.call_ids.empty()) {
        one["call_ids"] = json::array(token.call_ids.begin(), token.call_ids.end());
      }
    }
    if (token.state == State::refused) {
      one["reason"] = name(token.reason);
      one["message"] = token.message;
      one["step"] = token.step;
    }
    list.push_back(std::move(one));
  }
  values["tokens"] = std::move(list);
  if (values == memory.values) return;
  memory.values = std::move(values);
  memory.changed = true;
}

std::vector<std::string> FlowTokens::call_ids_of(const json::object& token) {
  std::vector<std::string> ids;
  const json::value* list = token.if_contains("call_ids");
  if (list == nullptr || !list->is_array()) return ids;
  for (const json::value& id : list->get_array()) {
    if (id.is_string() && ids.size() < most_call_ids) ids.emplace_back(id.get_string());
  }
  return ids;
}

}  // namespace tillwatch::probes

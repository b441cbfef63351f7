#pragma once

// The fixed vocabularies of the configuration and of every surface: areas, probe types, verdicts
// and reasons. Their names are label values and JSON values, so they are never renamed.

#include <array>
#include <optional>
#include <string_view>

namespace tillwatch {

// What a broken probe stops. Each area of a store has an owner.
enum class Area : unsigned char { checkout, fulfilment, tracking, email };
inline constexpr std::array all_areas{Area::checkout, Area::fulfilment, Area::tracking,
                                      Area::email};

// The kinds of probe; kinds.h has a row for each.
enum class ProbeType : unsigned char {
  storefront,
  add_to_cart,
  checkout,
  http,
  beacon,
  email_flow,
  order_sync,
  heartbeat,
  feed
};
inline constexpr std::array all_probe_types{
    ProbeType::storefront, ProbeType::add_to_cart, ProbeType::checkout,
    ProbeType::http,       ProbeType::beacon,      ProbeType::email_flow,
    ProbeType::order_sync, ProbeType::heartbeat,   ProbeType::feed};

// What one run found. `unknown`: the monitor could not tell; never counted as ok, never as broken.
enum class Verdict : unsigned char { pass, fail, unknown };

// Why a run did not pass. A small fixed list, so that it can be a metric label and an alert can
// name the cause. `none` belongs to a pass and is written as an empty string.
enum class Reason : unsigned char {
  none,
  dns,               // the store's name did not resolve
  connect,           // no TCP connection
  tls,               // the handshake or the certificate was refused
  certificate,       // the certificate is valid, but for fewer days than expected
  timeout,           // the store did not answer in time
  protocol,          // not HTTP, a reset, broken framing, an invalid encoding
  too_large,         // body, headers or redirects beyond the limits
  http_status,       // a status that was not expected
  redirect,          // redirected to somewhere that was not expected, or in circles
  header,            // a header is missing or differs
  body,              // the text of the body is not as expected
  json,              // not JSON, or not as expected
  html,              // an XPath expectation does not hold
  slow,              // answered, but later than max_time
  captured_nothing,  // a capture found nothing
  sold_out,          // the probe product cannot be bought
  unavailable,       // the probe product is disabled, unpublished or unknown to the store
  password_page,     // the store asks visitors for a password
  maintenance_page,  // the store says that it is closed for maintenance
  login_required,    // the checkout asks for an account
  queue,             // the store holds customers in a waiting room
  empty_cart,        // the cart is empty after adding
  lost_session,      // the store has forgotten the session of the request before
  price,             // zero or another price
  currency,          // another currency
  no_payment,        // the checkout offers no payment method
  no_shipping,       // the checkout offers no shipping method
  refused,           // the platform says no in its own words
  tag_missing,       // a page lacks a tag, container or pixel that it must carry
  rejected,          // a collector did not accept an event
  dropped,           // a collector said that it accepted an event, and has not kept it
  campaign_lost,     // campaign parameters did not survive the way to the page
  not_received,      // what should have arrived has not
  duplicate,         // what should have arrived once has arrived more often
  missed,            // a job has not reported in time
  job_failed,        // a job reported that it failed
  unsynced,          // paid orders that the fulfilment has not taken over
  malformed,         // a document cannot be read as what it should be
  stale,             // older than it may be
  shrunk,            // holds far fewer items than it did before
  drift,             // two sources that must agree do not
  blocked,           // unknown: a bot wall answered
  throttled,         // unknown: the store limits our rate
  local_network,     // unknown: this machine has no network or no resolver
  no_mailbox,        // unknown: the mailbox that would prove an arrival could not be read
  not_heard,         // unknown: nothing could be heard while the monitor was down
  cancelled,         // unknown: the run was cancelled
  internal,          // unknown: an error of our own
};
inline constexpr Reason last_reason = Reason::internal;

std::string_view name(Area area);
std::string_view name(ProbeType type);
std::string_view name(Verdict verdict);
std::string_view name(Reason reason);

std::optional<Area> area_named(std::string_view text);
std::optional<ProbeType> probe_type_named(std::string_view text);
std::optional<Reason> reason_named(std::string_view text);

// What a run with this reason is: pass for none, unknown where the monitor could not tell, else
// fail.
Verdict verdict_of(Reason reason);

}  // namespace tillwatch

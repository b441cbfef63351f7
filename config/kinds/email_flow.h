#pragma once

// What a probe of type `email_flow` has beside its steps (the trigger): how an arrival is proven.

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/steps.h"

namespace tillwatch::config {

// A folder on an IMAP server, always over TLS.
struct ImapMailbox {
  std::string host;
  unsigned short port = 993;
  bool starttls = false;  // `imap://`: plain at first, then TLS; else TLS at once
  std::string folder;     // percent-encoded, as it stands in a URL
  std::string user;
  std::string password;
  std::filesystem::path ca_file;  // a private CA in place of the system's; empty: the system's
  // What an IMAP SEARCH asks, all of it: keys as SUBJECT, TO, BODY, TEXT, each with a text.
  std::vector<std::pair<std::string, Template>> match;
};

// A mailbox behind an HTTP API. A search that passes found one mail, one that fails as
// `not_received` none, as `duplicate` several; anything else could not look.
struct HttpMailbox {
  std::shared_ptr<const Plan> search;
  std::shared_ptr<const Plan> remove;  // may be null
};

struct EmailFlow {
  // What presets and steps call by name, beside `token`; rendered for each run.
  std::vector<std::pair<std::string, JsonTemplate>> values;
  std::vector<std::pair<std::string, JsonTemplate>> mailbox_values;
  std::shared_ptr<const Plan> remove;          // takes back what the trigger left; may be null
  Duration within{};                           // from the trigger to the arrival
  Duration poll = std::chrono::seconds(30);    // between two looks, once some time has passed
  Duration settle = std::chrono::seconds(10);  // in which a second copy is still waited for
  std::shared_ptr<const ImapMailbox> imap;     // any of these may be missing, but not all
  std::shared_ptr<const HttpMailbox> http;
  std::string hook_secret;  // the flow calls /hooks/flow/PROBE/SECRET; empty: it does not
};

}  // namespace tillwatch::config

#pragma once

// What /hooks/ asks of the running monitor: to take a call that somebody makes to a probe. One
// implementation in the daemon (daemon/monitor.h); tests of the web bring their own.
//
// Threads: the loop's. Answers at once.

#include <string>
#include <utility>
#include <vector>

namespace tillwatch {

struct HookCall {
  std::string path;  // percent-decoded, after "/hooks/"
  std::vector<std::pair<std::string, std::string>> query;
  std::string body;  // cut to what a call may carry
  std::string id;    // of this call, as its sender's headers have it; empty: none
};

struct HookAnswer {
  int status = 404;
  std::string text = "not found";
};

class HookListener {
 public:
  virtual ~HookListener() = default;
  // An address that belongs to no probe gets the answer above, and so does a wrong secret.
  virtual HookAnswer call(const HookCall& call) = 0;
};

}  // namespace tillwatch

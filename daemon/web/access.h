#pragma once

// Who may write: a user of the local socket, or who bears the token.

#include <optional>
#include <string>

#include "daemon/surfaces/commands.h"
#include "daemon/web/http.h"

namespace tillwatch {

struct Admission {
  std::optional<Caller> caller;  // none: refused
  HttpResponse refusal;
};
// An empty token: nobody may over TCP.
Admission admit_writer(const HttpRequest& request, const std::string& token);

}  // namespace tillwatch

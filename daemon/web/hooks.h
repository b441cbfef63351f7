#pragma once

// /hooks/...: calls to a probe, from whoever knows its address. No token: the address is the
// secret.

#include "daemon/calls/hooks.h"
#include "daemon/web/http.h"

namespace tillwatch {

inline constexpr std::string_view hooks_root = "/hooks/";

// `request.path` begins with hooks_root.
HttpResponse answer_hook(const HttpRequest& request, HookListener& listener);

}  // namespace tillwatch

#pragma once

// Which scripts of a page a browser runs, and which of the others some tool runs later: a consent
// manager once the visitor agrees, Partytown, Rocket Loader.

#include <string>
#include <string_view>

#include "probes/page/page_tags.h"

namespace tillwatch::probes {

struct ScriptState {
  enum class Runs : unsigned char { now, later, never };
  Runs runs = Runs::never;
  std::string_view by;  // who runs it later: "Cookiebot"
  bool waits = false;   // for the visitor to agree, or to do something
};
ScriptState state_of(const PageTag& script);

}  // namespace tillwatch::probes

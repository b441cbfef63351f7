#pragma once

// What a JsonDocument holds; for the files of this folder.

#include "config/expressions/jq.h"
#include "config/expressions/jv.h"

namespace tillwatch::config {

struct JsonDocument::Handle {
  Jv value;
};

}  // namespace tillwatch::config

#pragma once

// Reads what a step sends after its headers.

#include "config/grammar/texts.h"
#include "config/steps.h"
#include "config/yaml/mapping.h"

namespace tillwatch::config::reading {

// At most one of `json`, `form` (with or instead of it `form_of`), `text`, `graphql`.
Body read_body(Mapping& map, Texts& texts);

}  // namespace tillwatch::config::reading

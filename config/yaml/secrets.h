#pragma once

// `${env:NAME}`, `${file:PATH}` and `${credential:NAME}` inside the texts of the user's files.

#include <filesystem>

#include "config/redactor.h"
#include "config/yaml/document.h"
#include "config/yaml/problems.h"

namespace tillwatch::config::reading {

// Puts the values in place of the references in every scalar, marks those scalars as secret and
// makes the values known to the redactor. `$${` becomes `${`. Paths are relative to `folder`.
// Missing ones are reported by their reference.
void resolve_secrets(Document& document, const std::filesystem::path& folder, Redactor& redactor,
                     Problems& problems);

}  // namespace tillwatch::config::reading

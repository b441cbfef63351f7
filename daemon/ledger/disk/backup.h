#pragma once

// Copies of a ledger, made while a daemon writes to it, and what can be said of such a file.

#include <filesystem>

namespace tillwatch {

// One moment of the ledger at `from`, whole and checked, in the new file `to`. Reads alone, beside
// a running daemon. Throws LedgerError; then there is no file `to`.
void back_up_ledger(const std::filesystem::path& from, const std::filesystem::path& to);

// Throws LedgerError where the file is no ledger of this version, or damaged.
void check_ledger(const std::filesystem::path& file);

}  // namespace tillwatch

#pragma once

// Answers that no well-behaved server gives.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tests/demo_store/http.h"

namespace demo_store {

// The answer of the fault of that name; none if it is no fault of the connection. `whole` is what
// the store would have answered, `target` what was asked for.
std::optional<RawAnswer> hostile_answer(std::string_view fault, std::chrono::milliseconds delay,
                                        const Response& whole, const std::string& target);

}  // namespace demo_store

#pragma once

// What a flow says when it calls /hooks/flow/...: which of the tokens that are waited for stand in
// it, however it is written down. Pure.

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tillwatch::probes {

// The tokens of `wanted` (lower-case hexadecimal digits) that `text` holds: as they are, in any
// case, and behind percent-encoding, JSON's escapes, HTML's entities, quoted-printable, base64 and
// encoded-words (RFC 2047), also one within the other. Bounded in work, whatever the text.
std::set<std::string> tokens_in(std::string_view text, const std::set<std::string>& wanted);

}  // namespace tillwatch::probes

#pragma once

// Reads a block of JSON-LD as its readers do: search engines and the libraries that look for
// structured data are not strict. What only we could make sense of is read too, and told.

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

namespace tillwatch::probes {

struct JsonLd {
  std::vector<boost::json::value> values;  // empty where nothing could be read
  // Why search engines cannot read it, with the place, "bad escape \x27 in line 3, column 12, at
  // \"...\""; empty where they can.
  std::string problem;
};
// `memory` outlives the values.
JsonLd read_json_ld(std::string_view block, const boost::json::storage_ptr& memory);

}  // namespace tillwatch::probes

#pragma once

#include <string_view>

#include <boost/json/array.hpp>

namespace tillwatch::probes {

// The things of schema.org that stand in a page's own markup (microdata: itemscope, itemprop; RDFa:
// typeof, property), each as JSON-LD would have it. Bounded; empty where the page has none, or
// could be parsed only in more time than it is worth.
boost::json::array things_in_markup(std::string_view page);

}  // namespace tillwatch::probes

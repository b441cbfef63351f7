#pragma once

// URLs of requests and redirects, read as browsers read them: http and https only, absolute,
// without user, password, fragment.

#include <optional>
#include <string>
#include <string_view>

#include "config/template.h"

namespace tillwatch::probes {

// Percent-encodes all but letters, digits and "-._~".
std::string encode_component(std::string_view value);
// As application/x-www-form-urlencoded wants it.
std::string encode_form(std::string_view value);

// The URL of a step. `store_url` has no trailing slash; a path goes below it. A placeholder at the
// very beginning stands for a URL or a path; every other one for a value, which is encoded, so it
// can add no path, parameter or fragment. `found_on`: the page that gave the value at the
// beginning, which then is a link of that page. None where the result is no http(s) URL.
std::optional<std::string> step_url(const config::Template& url, const std::string& store_url,
                                    const config::Template::Lookup& lookup,
                                    std::string_view found_on = {});

// A Location or link, resolved against the URL that answered with it; may be of any scheme. None
// where even a browser makes no URL of it.
std::optional<std::string> resolve_location(const std::string& base, std::string_view location);

std::string_view scheme_of(std::string_view url);  // "https"; empty if it has none
bool is_http(std::string_view url);                // http or https, with a host
std::string host_of(const std::string& url);       // "acme.example", without the port
std::string path_and_query_of(const std::string& url);
// Scheme, host and port are the same.
bool same_origin(const std::string& one, const std::string& other);

}  // namespace tillwatch::probes

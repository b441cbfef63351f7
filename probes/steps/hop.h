#pragma once

// A hop is one request of a step: the step's own, or one that a redirect leads to.

#include <optional>
#include <string>

#include "config/config.h"
#include "probes/steps/finding.h"
#include "probes/steps/sender.h"
#include "probes/steps/variables.h"
#include "probes/transport.h"

namespace tillwatch::probes {

struct Hop {
  std::string method;
  std::string url;
  std::string body;
  std::string_view content_type;  // of the body; empty if there is none
  bool lost_body = false;         // a redirect made a GET of it
  // Where the step's headers may go whole: other origins get no credentials.
  std::string trusted_origin;
};

// The step's own request. None where its URL comes to no http(s) URL; see url_trouble(). `page`:
// the fields of the form that the step sends; see form.h.
std::optional<Hop> first_hop(const config::Step& step, const config::Store& store,
                             const Variables& variables,
                             const config::FormFields& page = config::FormFields());
// What is wrong with the URL of a step that has no first hop.
Finding url_trouble(const config::Step& step, const Variables& variables);

// What goes over the network: the hop with the headers of sender and step, the later one winning. A
// header without a value is not sent.
Request request_of(const Hop& hop, const config::Step& step, const Sender& sender,
                   const Variables& variables, const config::Redactor& redactor);

// Where the answer sends the customer; none where it does not (also a Location that is no URL).
std::optional<std::string> redirect_of(const Response& response, const std::string& url);

// Turns `hop` into the one that `location` leads to, by the browsers' rules; or says why a
// customer gets no further.
std::optional<Finding> follow(Hop& hop, const std::string& location, int status,
                              const config::Redactor& redactor);

}  // namespace tillwatch::probes

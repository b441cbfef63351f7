#pragma once

// The message that receivers are sent: what `{{ name }}` of config/data/receivers stands for, and
// the JSON of a webhook. Its schema is in daemon/README.md. Pure.

#include <string>

#include <boost/json/object.hpp>

#include "daemon/alerts/condition.h"
#include "daemon/ledger/disk/alert_rows.h"

namespace tillwatch {

// `page`: the address of the daemon's page; may be empty. `row`'s sequence is the message's.
boost::json::object compose(const AlertRow& row, const Condition& condition, AlertEvent event,
                            UtcTime now, const std::string& page);

}  // namespace tillwatch
